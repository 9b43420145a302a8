"""Digests for the gallery: short and long, in other scripts, changed, in a list, of one story."""

from __future__ import annotations

from datetime import UTC, datetime

from digests.model import Brief, BriefSentence, Digest, DigestItem, Link

NOW = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)

_STORIES = (
    ("Quay Bridge closed after barge strikes pillar", ("Herald", "Post", "Radio"), (
        "A gravel barge struck a pillar of the Quay Bridge in Marrow early on Sunday, and four people were hurt.",
        "The city closed the bridge to all traffic; engineers will look at the pillar on Monday.",
        "Trams of lines 3 and 8 end at the market until further notice.")),
    ("Council raises ferry fares by eight per cent", ("Herald", "Gazette"), (
        "A single crossing costs 3.40 from January, the council decided by 21 votes to 17.",
        "Monthly passes stay at 62, and children under twelve cross for free.")),
    ("Record 2,140 seals counted on Ladd sands", ("Coast News",), (
        "Wardens counted 2,140 grey seals on the sands, 270 more than last year.",
        "They put the rise down to two quiet winters and a ban on nets close to the shore.")),
    ("Chip maker to build its second plant in Ostwick", ("Post", "Wire"), (
        "The company will spend 1.1 billion on a plant for 900 people, to open in 2029.",
        "The state adds 180 million; two villages object to the water it will draw.")),
    ("Old market hall reopens with forty stalls", ("Gazette", "Radio"), (
        "The hall of 1897 opened again on Saturday after three years of work.",
        "Forty of its sixty stalls are let, half of them to traders who stood there before.")),
    ("Storm warning for the northern coast", ("Weather Office",), (
        "Gusts of up to 110 kilometres an hour are expected from Monday night.",
        "Ferries to the outer islands will not sail before Wednesday.")),
    ("Museum finds a lost drawing in its own cellar", ("Herald",), (
        "A red chalk drawing missing since 1944 lay between two maps in a drawer.",
        "It will be shown from March.")),
    ("Drivers vote for a strike on Thursday", ("Post", "Herald", "Wire"), (
        "Seventy-eight per cent of the bus drivers voted to stop work for a day.",
        "They ask for 6.5 per cent; the city has offered 3.9.")),
    ("Harbour bathing water is clean again", ("Coast News", "Radio"), (
        "All nine samples of November kept the limits, the first time since August.",)),
    ("Chess club takes its third title", ("Gazette",), (
        "Ladd beat Marrow by 4.5 to 3.5 in the last round.",)),
)  # fmt: skip
_MORE = ("Library opens on Sundays", "Two streets get new lime trees", "Choir looks for tenors")


def story(
    number: int, headline: str, sites: tuple[str, ...], sentences: tuple[str, ...], **more: object
) -> DigestItem:
    brief = Brief(
        headline=headline,
        sentences=tuple(BriefSentence(one, (0,)) for one in sentences),
        source_sentences=(),
        language=str(more.pop("language", "en")),
    )
    hosts = [(site, site.casefold().replace(" ", "-")) for site in sites]
    links = tuple(Link(site, f"https://{host}.example/{number}") for site, host in hosts)
    return DigestItem(story_id=number, version=1, brief=brief, links=links, **more)  # type: ignore[arg-type]


def told(count: int, pictures: tuple[int, ...] = (1, 3, 5)) -> tuple[DigestItem, ...]:
    return tuple(
        story(
            n,
            *one,
            image=f"https://pictures.example/{one[1][0].split()[0].lower()}-{n}.jpg"
            if n in pictures
            else None,
        )
        for n, one in enumerate(_STORIES[:count], 1)
    )


def digest(*items: DigestItem, **more: object) -> Digest:
    title = "2026-11-29T18:00" if len(items) > 1 else ""
    return Digest(chat_id=1, created=NOW, items=items, **{"title": title, **more})  # type: ignore[arg-type]


_LONG = " and what the neighbouring towns, the harbour company and both unions say about it in long and careful words"


def cases() -> tuple[tuple[str, str, Digest], ...]:
    """What each shows, the language of its chat, and the digest."""
    headlines = tuple(story(n, one, ("Gazette",), ()) for n, one in enumerate(_MORE, 11))
    changed = story(1, _STORIES[0][0], _STORIES[0][1], (
        _STORIES[0][2][0], "The bridge opened to pedestrians at noon; five people are now known to be hurt.",
    ), image="https://pictures.example/herald-1.jpg", updated=True,
        changed=("The bridge opened to pedestrians at noon; five people are now known to be hurt.",))  # fmt: skip
    long = tuple(story(n, one[0] + _LONG, one[1], one[2]) for n, one in enumerate(_STORIES[:3], 1))
    topics = [("city", 0), ("city", 1), ("nature", 2), ("business", 3)]
    arabic = (
        story(1, "إغلاق جسر الرصيف بعد اصطدام بارجة بأحد أعمدته", ("الجريدة", "الإذاعة"), (
            "اصطدمت بارجة محملة بالحصى بأحد أعمدة الجسر فجر الأحد وأصيب أربعة أشخاص.",
            "أغلقت البلدية الجسر أمام حركة المرور إلى حين فحص العمود يوم الاثنين."), language="ar",
            image="https://pictures.example/jisr-1.jpg"),
        story(2, "المجلس يرفع أجرة العبّارة ثمانية في المئة", ("الجريدة",), (
            "تصبح أجرة العبور 3.40 ابتداءً من يناير.",), language="ar"),
    )  # fmt: skip
    japanese = (
        story(1, "砂利運搬船が橋脚に衝突、岸壁橋が通行止めに", ("港新聞", "ラジオ・ラッド"), (
            "日曜未明、砂利を積んだ運搬船がマロウの岸壁橋の橋脚に衝突し、4人がけがをした。",
            "市は橋を全面通行止めとし、月曜に橋脚を調べる。"), language="ja", image="https://pictures.example/hashi-1.jpg"),
        story(2, "渡し船の運賃、1月から8%値上げ", ("港新聞",), ("片道は3.40になる。",), language="ja"),
    )  # fmt: skip
    return (
        ("One story, at once", "en", digest(*told(1))),
        ("Five stories and further headlines", "en", digest(*told(5), headlines=headlines)),
        ("Ten stories and further headlines", "en", digest(*told(10), headlines=headlines)),
        ("Long titles", "en", digest(*long)),
        ("Under topics", "en", digest(*(
            story(n + 1, *_STORIES[n], heading=topic) for topic, n in topics))),
        ("A message edited: what is new stands out", "en", digest(changed, *told(3)[1:])),
        ("Headlines alone", "en", digest(*told(6), style="headlines", headlines=headlines)),
        ("In bullets", "en", digest(*told(3), style="bullets")),
        ("Arabic", "ar", digest(*arabic)),
        ("Japanese", "ja", digest(*japanese)),
    )  # fmt: skip
