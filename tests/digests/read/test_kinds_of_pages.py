"""Pages of kinds and languages that few collections hold: what is read of each, and what kind it is told to be."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from digests.model import Article, Entry, Failure, Page
from digests.read.extract import extract_html, read_article

# Three paragraphs of one report, in languages with few pages; the last one ends the article.
REPORTS = {
    "th": [
        "สภาเมืองลงมติเมื่อวันอังคารให้ปิดประตูน้ำเก่าซึ่งรั่วมาตั้งแต่ปี 2562",
        "วิศวกรกล่าวว่าการซ่อมแซมจะต้องใช้เงินสามล้านบาทและใช้เวลาสองปี",
        "สะพานคนเดินจะสร้างเสร็จในฤดูร้อนหน้า สมาชิกสองคนลงคะแนนคัดค้าน",
    ],
    "km": [
        "ក្រុមប្រឹក្សាក្រុងបានបោះឆ្នោតនៅថ្ងៃអង្គារឱ្យបិទទ្វារទឹកចាស់ដែលលេចធ្លាយតាំងពីឆ្នាំ ២០១៩។",
        "វិស្វករបាននិយាយថាការជួសជុលត្រូវការប្រាក់បីលានរៀល។",
        "ស្ពានថ្មើរជើងនឹងសាងសង់រួចនៅរដូវក្ដៅខាងមុខ។",
    ],
    "bn": [
        "শহরের পরিষদ মঙ্গলবার পুরনো জলকপাট বন্ধ করার পক্ষে ভোট দিয়েছে, যা ২০১৯ সাল থেকে চুঁইয়ে পড়ছে।",
        "প্রকৌশলী বলেছেন, মেরামতে ত্রিশ লাখ টাকা লাগত এবং দুই বছর সময় লাগত।",
        "আগামী গ্রীষ্মে সেখানে একটি পায়ে চলার সেতু হবে।",
    ],
    "sw": [
        "Baraza la mji lilipiga kura Jumanne kufunga lango la zamani la maji ambalo limekuwa likivuja tangu mwaka wa 2019.",
        "Mhandisi alisema kwamba ukarabati ungegharimu shilingi milioni tatu na kuchukua miaka miwili.",
        "Daraja la waenda kwa miguu litakamilika wakati wa kiangazi, alisema mwenyekiti wa baraza.",
    ],
    "af": [
        "Die stadsraad het Dinsdag gestem om die ou sluis te sluit, wat al sedert die lente van 2019 lek.",
        "Herstelwerk sou drie miljoen rand gekos het, het die ingenieur gesê, en twee jaar geduur het.",
        "'n Voetbrug sal in die somer sy plek inneem, en twee lede het teen die plan gestem.",
    ],
    "ne": [
        "नगर परिषद्ले मङ्गलबार सन् २०१९ देखि चुहिरहेको पुरानो ढोका बन्द गर्ने निर्णय गरेको छ।",
        "मर्मत गर्न तीस लाख रुपैयाँ लाग्ने इन्जिनियरले बताएका छन्।",
        "आगामी गर्मीमा त्यहाँ पैदल पुल बन्नेछ।",
    ],
    "fa": [
        "شورای شهر روز سه‌شنبه به بستن دریچه قدیمی آب که از سال ۱۳۹۸ نشت می‌کند رأی داد.",
        "مهندس شهر گفت تعمیر آن سه میلیون تومان هزینه داشت و دو سال طول می‌کشید.",
        "یک پل عابر پیاده تابستان آینده جای آن را می‌گیرد و دو عضو با این طرح مخالفت کردند.",
    ],
    "vi": [
        "Hội đồng thành phố hôm thứ Ba đã bỏ phiếu đóng cửa cống cũ bị rò rỉ từ năm 2019.",
        "Kỹ sư cho biết việc sửa chữa sẽ tốn ba tỷ đồng và mất hai năm.",
        "Một cây cầu đi bộ sẽ thay thế vào mùa hè, và hai thành viên đã bỏ phiếu chống.",
    ],
    "is": [
        "Bæjarráð samþykkti á þriðjudag að loka gömlu lokunni sem hefur lekið frá vorinu 2019.",
        "Viðgerð hefði kostað þrjár milljónir króna, sagði verkfræðingurinn, og tekið tvö ár.",
        "Göngubrú kemur í staðinn í sumar og tveir fulltrúar greiddu atkvæði gegn tillögunni.",
    ],
    "lt": [
        "Miesto taryba antradienį nubalsavo uždaryti senąjį šliuzą, kuris praleidžia vandenį nuo 2019 metų pavasario.",
        "Remontas būtų kainavęs tris milijonus eurų ir trukęs dvejus metus, sakė inžinierė.",
        "Vasarą jo vietoje bus pastatytas pėsčiųjų tiltas, o du nariai balsavo prieš.",
    ],
}
TEASERS = "".join(
    f"<div class='card'><h3><a href='/n/{number}'>A walk of the week, number {number}</a></h3><p>Short.</p></div>"
    for number in range(12)
)
CONSENT = (
    "<p>We and our partners store cookies on your device. Cookies help us to measure how the site is used.</p>"
    "<p>You can change your cookie settings or withdraw your consent at any time.</p><button>Accept all</button>"
)


def wrapped(article: str, *, head: str = "", language: str = "en") -> str:
    return (
        f"<html lang='{language}'><head><title>Old lock</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"{article}<div class='teasers'>{TEASERS}</div><footer>© 2026</footer></body></html>"
    )


WRAPPERS = (
    "<main><article><h1>Old lock</h1>{}</article></main>",
    "<div class='layout has-sidebar'><div class='story'><h1>Old lock</h1>{}</div></div>",
    "<aside class='main-column'><h1>Old lock</h1>{}</aside>",
    "<section style='display:none' id='S:1'><h1>Old lock</h1>{}</section>",
)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("language", REPORTS)
def test_an_article_of_any_language_in_any_frame(language: str, wrapper: str) -> None:
    report = REPORTS[language]
    body = wrapper.format("".join(f"<p>{paragraph}</p>" for paragraph in report))
    found = extract_html(wrapped(body, language=language))
    assert found.paragraphs == tuple(report)
    assert found.language == language
    assert found.kind == "article"


def test_a_list_of_articles_is_told_and_never_an_article() -> None:
    page = f"<html><head><title>Walks</title></head><body><h1>Walks</h1>{TEASERS}</body></html>"
    assert extract_html(page).kind == "index"
    fetched = Page(url="https://a.example/", status=200, body=page.encode(), content_type="text/html")
    refused = read_article(Entry(url="https://a.example/"), fetched)
    assert isinstance(refused, Failure)
    assert "list of articles" in refused.reason
    told = read_article(Entry(url="https://a.example/", html=f"<p>{REPORTS['af'][0]}</p>"), fetched)
    assert isinstance(told, Article)
    assert told.excerpt
    assert told.paragraphs == (REPORTS["af"][0],)


def test_a_notice_before_the_page_is_told() -> None:
    page = f"<html><head><title>Before you go on</title></head><body><div>{CONSENT}</div></body></html>"
    assert extract_html(page).kind == "consent"
    fetched = Page(url="https://a.example/", status=200, body=page.encode(), content_type="text/html")
    refused = read_article(Entry(url="https://a.example/"), fetched)
    assert isinstance(refused, Failure)
    assert "consent" in refused.reason


@pytest.mark.parametrize("place", ["notice-layer", "x1", "cmp-box"])
def test_a_notice_beside_the_article_is_left_out(place: str) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in REPORTS["af"])
    page = wrapped(f"<div class='{place}'>{CONSENT}</div><div class='c'><h1>Ou sluis</h1>{body}</div>")
    assert extract_html(page).paragraphs == tuple(REPORTS["af"])


def test_news_about_cookies_stays() -> None:
    text = (
        "The court ruled on Tuesday that cookies may be set only after consent was given.",
        "The site had set forty cookies before its visitors could say anything about a cookie.",
        "Its owner will appeal, and until then the cookies are gone, a spokeswoman told the paper in Easton.",
        "The case was brought by a teacher who had counted them one evening with her class.",
    )
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text)
    found = extract_html(wrapped(f"<main><article><h1>Ruling on trackers</h1>{body}</article></main>"))
    assert found.paragraphs == text
    assert found.kind == "article"


def test_a_live_blog_is_told() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Storm: live"}</script>'
    )
    body = "".join(f"<h2>{hour}:15</h2><p>{REPORTS['sw'][0]} {hour}.</p>" for hour in range(8, 12))
    found = extract_html(wrapped(f"<main>{body}</main>", head=head, language="sw"))
    assert found.kind == "live"
    assert sum(REPORTS["sw"][0] in paragraph for paragraph in found.paragraphs) == 4


def test_a_moment_in_a_sentence_is_not_the_article_s() -> None:
    lead = "The hearing on the lock will begin on <time datetime='2031-03-12'>12 March</time> in the old town hall."
    body = f"<p>{lead}</p><p>{REPORTS['af'][1]}</p><p>{REPORTS['af'][2]}</p>"
    found = extract_html(wrapped(f"<main><article><h1>Hearing</h1>{body}</article></main>"))
    assert found.published is None
    assert "begin on 12 March in" in found.text
    dated = extract_html(
        wrapped(f"<main><p><time datetime='2026-03-12T08:00Z'>12 March</time></p>{body}</main>")
    )
    assert dated.published is not None
    assert dated.published.isoformat() == "2026-03-12T08:00:00+00:00"


def test_a_paragraph_that_is_one_link_stays_between_others() -> None:
    linked = f"<p><a href='/n/1'>{REPORTS['lt'][1]}</a></p>"
    body = f"<p>{REPORTS['lt'][0]}</p>{linked}<p>{REPORTS['lt'][2]}</p>"
    assert extract_html(wrapped(f"<main><article>{body}</article></main>")).paragraphs == tuple(REPORTS["lt"])


def test_what_is_set_into_an_article_stays() -> None:
    first, second, third = REPORTS["is"]
    table = "<figure class='t'><table><tr><td>Lokan</td><td>3,4</td></tr></table><figcaption>x</figcaption></figure>"
    body = f"<p>{first} <x-term>Lokan</x-term> er gömul.</p><p>{second}</p>{table}<p>{third}</p>"
    found = extract_html(wrapped(f"<main><article>{body}</article></main>", language="is"))
    assert found.paragraphs == (f"{first} Lokan er gömul.", second, "Lokan | 3,4", third)


CLOCKS = (
    "<section><time>{}:15</time><h3>News of the hour</h3>{}</section>",
    "<h2>{}.15 Uhr: News of the hour</h2>{}",
    "<div>Updated {}:15 pm</div>{}",
)


@pytest.mark.parametrize("entry", CLOCKS)
@pytest.mark.parametrize("hours", [range(8, 14), range(18, 10, -1)])
def test_a_live_blog_is_told_by_its_times_of_day(entry: str, hours: range) -> None:
    told = [
        f"At {hour} the harbour board of Pell told the owners of boats what is to come next."
        for hour in hours
    ]
    body = "".join(entry.format(hour, f"<p>{text}</p>") for hour, text in zip(hours, told, strict=True))
    found = extract_html(wrapped(f"<main><article><h1>Storm over Pell</h1>{body}</article></main>"))
    assert found.kind == "live"
    assert [paragraph for paragraph in found.paragraphs if paragraph.startswith("At ")] == told


def test_times_that_are_no_live_blog() -> None:
    report = "".join(f"<p>{paragraph}</p>" for paragraph in REPORTS["af"])
    few = "".join(f"<h2>{hour}:15</h2>{report}" for hour in (9, 10, 11))
    jumbled = "".join(f"<h2>{hour}:15</h2>{report}" for hour in (9, 18, 7, 20, 3, 12))
    teasers = "".join(
        f"<div>{hour}:15</div><p><a href='/{hour}'>{REPORTS['af'][0]}</a></p>" for hour in range(8, 14)
    )
    for page in (few, jumbled, f"<article>{report}</article>{teasers}"):
        assert extract_html(wrapped(f"<main><h1>Ou sluis</h1>{page}</main>")).kind == "article"


LOCKS = (
    "Neem nu een abonnement om dit artikel te lezen.",
    "Log in om verder te lezen.",
    "Jetzt abonnieren und weiterlesen.",
    "Abonnez-vous pour lire la suite de notre enquête.",
)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_told_and_is_no_text(lock: str) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in REPORTS["af"])
    found = extract_html(wrapped(f"<main><h1>Ou sluis</h1>{body}<h3>Want more?</h3><p>{lock}</p></main>"))
    assert found.paywalled
    assert found.paragraphs == tuple(REPORTS["af"])


KINDS = Path(__file__).parents[2] / "golden" / "kinds"
TOLD: dict[str, dict[str, Any]] = tomllib.loads((KINDS / "expected.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(path.stem for path in KINDS.glob("*.html")))
def test_a_page_of_its_kind(name: str) -> None:
    expected, found = TOLD[name], extract_html((KINDS / f"{name}.html").read_bytes(), "https://a.example/x")
    assert (found.kind, found.language, found.title) == (
        expected["kind"],
        expected["language"],
        expected["title"],
    )
    assert found.paywalled is expected.get("paywalled", False)
    assert expected.get("published", "None") == str(found.published.date() if found.published else None)
    for absent in expected["absent"]:
        assert not any(absent in paragraph for paragraph in found.paragraphs), absent
    if "begins" in expected:
        assert found.paragraphs[0].startswith(expected["begins"])
        assert found.paragraphs[-1].endswith(expected["ends"])
        assert len(found.paragraphs) >= expected["paragraphs"]
