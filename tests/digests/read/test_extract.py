"""Reading an entry and its page: what serves when, and what is left out."""

from __future__ import annotations

import pickle
import random
from datetime import UTC, datetime

import pytest

from digests.model import Article, Entry, Failure, FailureKind, Page
from digests.read.extract import extract_html, read_article

TEXT = [
    "The harbour board of Pell voted on Tuesday to close the old lock, which has leaked since the spring of 2019.",
    "Repairs would have cost 3.4 million crowns, said the board's engineer, Ada Lind. The lock is used by 40 boats a week.",
    "A footbridge will take its place in the summer. Two members of the board voted against the plan.",
]
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
FULL = f"<html lang=en><head><title>Lock closes - Pell News</title></head><body><article>{BODY}</article></body></html>"


def page(html: str | bytes, content_type: str = "text/html", url: str = "https://news.example/a") -> Page:
    body = html.encode() if isinstance(html, str) else html
    return Page(url=url, status=200, body=body, content_type=content_type)


def article(entry: Entry, of: Page | None) -> Article:
    read = read_article(entry, of)
    assert isinstance(read, Article)
    return read


def test_a_page_is_read() -> None:
    entry = Entry(
        id=7,
        source_id=3,
        url="https://news.example/a",
        title="Lock &amp; quay <b>close</b>",
        authors=("A. Lind",),
    )
    read = article(entry, page(FULL))
    assert list(read.paragraphs) == TEXT
    assert len(read.sentences) == 5
    assert (read.entry_id, read.source_id, read.language, read.site) == (7, 3, "en", "news.example")
    assert read.title == "Lock & quay close"
    assert read.byline == "A. Lind"
    assert (read.excerpt, read.warnings) == (False, ())


def test_it_can_run_in_another_process() -> None:
    assert pickle.loads(pickle.dumps(read_article)) is read_article


def test_without_a_page_the_feed_serves() -> None:
    html = f"<p>{TEXT[0]}</p><p><a href=x>Continue reading</a></p>"
    for missing in (None, page(""), page(b"\xff\xd8\xff", "image/jpeg"), page("<html><body></body></html>")):
        read = article(Entry(html=html), missing)
        assert list(read.paragraphs) == TEXT[:1]
        assert read.excerpt
        assert "feed" in read.warnings[0]


def test_nothing_at_all_is_a_failure() -> None:
    no_page = read_article(Entry(title="Only a title", html=" "), None)
    assert isinstance(no_page, Failure)
    assert no_page.kind is FailureKind.EMPTY
    no_text = read_article(Entry(), page("<html></html>"))
    assert isinstance(no_text, Failure)
    assert no_text.kind is FailureKind.UNREADABLE


LOCKED = [
    f"<article><p>{TEXT[0]}</p><p>Subscribe to continue reading.</p></article>",
    f'<script type="application/ld+json">{{"@type":"NewsArticle","isAccessibleForFree":false}}</script><p>{TEXT[0]}</p>',
    f'<meta property="article:content_tier" content="locked"><p>{TEXT[0]}</p>',
    f"<p>{TEXT[0]}</p><p>Dieser Artikel ist nur für Abonnenten.</p>",
    f"<p>{TEXT[0]}</p><p>この記事は会員限定です。残り 1200文字</p>",
]


@pytest.mark.parametrize("html", LOCKED)
def test_behind_a_paywall_the_feed_serves_and_it_is_said(html: str) -> None:
    feed = " ".join(TEXT)
    read = article(Entry(html=f"<p>{feed}</p>"), page(html))
    assert read.paragraphs == (feed,)
    assert read.excerpt
    assert "subscribers" in read.warnings[0]


def test_a_paywalled_page_serves_when_the_feed_has_less() -> None:
    read = article(Entry(html="<p>Short.</p>"), page(LOCKED[0]))
    assert read.paragraphs[0] == TEXT[0]
    assert read.excerpt


def test_a_whole_article_with_a_lock_in_its_markup_is_not_locked() -> None:
    assert not extract_html(FULL.replace(BODY, BODY * 12 + "<p>Subscribe to continue reading.</p>")).paywalled


def test_a_stub_gives_way_to_the_feed() -> None:
    read = article(Entry(html=f"<p>{TEXT[0]} And more.</p>"), page(f"<p>{TEXT[0]}</p>"))
    assert "And more." in read.text
    assert read.excerpt
    assert "stub" in read.warnings[0]


def test_a_feed_that_carries_the_whole_article_wins() -> None:
    read = article(Entry(html=BODY * 6), page(FULL))
    assert not read.excerpt
    assert "feed" in read.warnings[0]
    assert article(Entry(html=BODY), page(f"<p>{TEXT[2]}</p>")).excerpt


def test_furniture_inside_the_article_goes() -> None:
    html = f"""<body class="has-sidebar"><div class="wrap"><h1>Lock closes</h1><p class="byline">By Ada Lind</p><div>
      <p>{TEXT[0]}</p><h2>Lock closes</h2><p>{TEXT[0]}</p><p>Advertisement</p>
      <div hidden><p>{TEXT[2]} hidden</p></div> <div style="display: none">gone gone gone</div>
      <p>Read more: Another story altogether</p><figure><figcaption>A lock</figcaption></figure>
      <p>{TEXT[1]}</p><ul class="tags"><li>Harbours</li></ul><p>{TEXT[2]}</p>
      <h3>Related stories</h3><p>{TEXT[1]} This one is another story's teaser.</p></div></div>
      <div class="comments"><p>{"I never liked that lock, and neither did my late mother. " * 20}</p></div></body>"""
    assert extract_html(html).paragraphs == ("Lock closes", *TEXT) or extract_html(html).paragraphs == tuple(
        TEXT
    )


def test_a_related_box_in_the_middle_does_not_end_the_article() -> None:
    html = f"<div><p>{TEXT[0]}</p><div><h3>More on this</h3><p>{TEXT[2][:70]}</p></div><p>{TEXT[1]}</p><p>{TEXT[2]}</p></div>"
    assert extract_html(html).paragraphs == tuple(TEXT)


def test_a_lead_outside_the_bulk_is_kept_and_crumbs_outside_are_not() -> None:
    bulk = "".join(f"<p>{paragraph} ({number})</p>" for number in range(3) for paragraph in TEXT)
    lead = "The old lock of Pell will close in summer, and a footbridge will take its place."
    crumbs = "<p><a href='/'>Home</a> / <a href='/pell'>Pell</a></p>"
    html = f"<main><div><p>{lead}</p>{crumbs}</div><div>{bulk}</div><h1>Next</h1></main>"
    found = extract_html(html).paragraphs
    assert found[0] == lead
    assert len(found) == 10


def test_headings_stand_only_between_paragraphs() -> None:
    html = f"<article><h1>Pell harbour today</h1><p>{TEXT[0]}</p><h2>The bill</h2><p>{TEXT[1]}</p><p>{TEXT[2]}</p><h2>What is next</h2></article>"  # noqa: E501
    assert extract_html("<title>Lock closes in Pell</title>" + html).paragraphs == (
        TEXT[0],
        "The bill",
        *TEXT[1:],
    )


def test_an_element_that_says_it_is_the_article_body_is_believed() -> None:
    other = f"<div><p>{TEXT[0]}</p></div>"
    html = f"<body>{other}<div class=promo itemprop=articleBody><p>{' '.join(TEXT)}</p></div></body>"
    assert extract_html(html).paragraphs == (" ".join(TEXT),)


def test_json_ld_about_other_things_says_nothing() -> None:
    html = '<script type="application/ld+json">{"@type":"WebSite","name":"Pell","headline":"no"}</script>'
    assert extract_html(html + BODY).title == ""


def test_text_between_line_breaks_and_loose_tags() -> None:
    html = f"<table><tr><td><a href=/>Home</a> | <a href=/n>News</a></td></tr><tr><td>{TEXT[0]}<br><br>{TEXT[1]}<br/> <br/>{TEXT[2]}</td></tr></table>"  # noqa: E501
    text = " ".join(extract_html(html).paragraphs)
    assert all(paragraph in text for paragraph in TEXT)
    assert "Home" not in text


def test_a_row_of_a_table_is_one_paragraph() -> None:
    rows = "<table><tr><th>Boats</th><th>Week</th></tr><tr><td>40</td><td>7</td></tr></table>"
    found = extract_html(
        f"<div>{BODY}{rows}<p>The board will hear the owners of boats in May, it said.</p></div>"
    ).paragraphs
    assert found[3:5] == ("Boats | Week", "40 | 7")


def test_a_list_in_a_cell_is_part_of_its_row() -> None:
    hours = (("Mon", "10 AM - 8 PM"), ("Tue", "Closed"), ("Sun", "11 AM - 7 PM"))
    rows = "".join(f"<tr><td>{day}</td><td><ul><li>{told}</li></ul></td></tr>" for day, told in hours)
    found = extract_html(
        f"<main><article>{BODY}<table>{rows}</table><p>{TEXT[1]} It may close.</p></article></main>"
    )
    assert [" | ".join(row) for row in hours] == list(found.paragraphs[-4:-1])


def test_a_quoted_post_stays_and_readers_posts_go() -> None:
    post = "<blockquote class='twitter-tweet'><p>They close our lock, and nobody asked us.</p></blockquote>"
    html = f"<article><p>{TEXT[0]}</p><div class='social-embed'>{post}</div><p>{TEXT[1]}</p></article>"
    assert "nobody asked us" in extract_html(html).text


def test_a_form_around_the_whole_page_hides_nothing() -> None:
    assert extract_html(f"<body><form>{BODY}</form></body>").paragraphs == tuple(TEXT)


def test_json_ld_body_serves_when_the_markup_holds_no_article() -> None:
    body = "\\n".join(TEXT * 2) + "\\nAdvertisement"
    html = f'<script type="application/ld+json">[{{"@type":["NewsArticle"],"articleBody":"{body}"}}]</script>Wait.'
    assert extract_html(html).paragraphs == tuple(TEXT * 2)


def test_plain_text_and_pdf_pages() -> None:
    plain = article(Entry(), page("Lock closes\n\n" + "\n\n".join(TEXT), "text/plain; charset=utf-8"))
    assert list(plain.paragraphs) == TEXT
    assert plain.title == "Lock closes"
    broken = read_article(Entry(html=BODY), page(b"%PDF-1.7 broken", "application/pdf"))
    assert isinstance(broken, Article)
    assert broken.excerpt


FACTS = """<html lang="en-GB"><head><title>Lock closes | Pell News</title>
<meta property="og:title" content="Lock closes | Pell News"><meta property="og:site_name" content="Pell &amp;amp; Sons">
<meta name="author" content="By Ada Lind"><meta property="og:image" content="/lead.jpg">
<meta property="article:published_time" content="2026-03-01T10:00:00+01:00"><meta name="lastmod" content="2026-03-02">
</head><body><h1>Pell News</h1><h1>Lock closes</h1>%s</body></html>"""


def test_facts_from_meta_elements() -> None:
    found = extract_html(FACTS % BODY, "https://www.pell.example/x/y")
    assert (found.title, found.byline, found.site) == ("Lock closes", "Ada Lind", "Pell & Sons")
    assert found.published == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert found.updated == datetime(2026, 3, 2, tzinfo=UTC)
    assert found.image == "https://www.pell.example/lead.jpg"


def test_a_date_long_after_the_entry_was_found_is_ignored() -> None:
    found = datetime(2026, 2, 1, tzinfo=UTC)
    assert article(Entry(found=found), page(FACTS % BODY)).published is None


LINKED = """<script type="application/ld+json">not json</script><script type="text/javascript">1</script>
<script type="application/ld+json">{"@type":"WebPage","@graph":[7,{"@type":"Person"},{"@type":"NewsArticle",
"headline":"Lock closes","author":[{"name":"Ada Lind"},"Bo Ek",{"name":"https://x.example/me"}],
"publisher":{"name":"Pell News"},"datePublished":["2026-03-01"],"image":[{"url":"https://i.example/a.jpg"}],
"articleBody":["too short"], "inLanguage":{"name":"en"}}]}</script>"""


def test_facts_from_json_ld() -> None:
    found = extract_html(LINKED + BODY, "https://pell.example/")
    assert (found.title, found.byline, found.site) == ("Lock closes", "Ada Lind, Bo Ek", "Pell News")
    assert found.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.image == "https://i.example/a.jpg"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>A lock closes in Pell - Pell News</title>", "A lock closes in Pell"),
        ("<title>Pell</title>", "Pell"),
        ("<h1>Only a headline here</h1>", "Only a headline here"),
        ("<h1></h1>" * 9, ""),
        ('<meta property="og:title" content="One - Two - Three">', "One - Two - Three"),
    ],
)
def test_titles(head: str, title: str) -> None:
    assert extract_html(head + BODY).title == title


@pytest.mark.parametrize(
    ("head", "image"),
    [
        ('<meta property="og:image" content="data:image/png;base64,xx">', None),
        ('<meta property="og:image" content="http://[bad">', None),
        ('<meta property="og:image" content="//i.example/a.jpg">', "https://i.example/a.jpg"),
    ],
)
def test_images(head: str, image: str | None) -> None:
    assert extract_html(head + BODY, "https://a.example/").image == image


def test_the_first_machine_readable_time_dates_a_page_that_says_nothing_else() -> None:
    html = "<time>soon</time>" * 3 + '<time datetime="2026-03-01">1 March</time>'
    assert extract_html(html + BODY).published == datetime(2026, 3, 1, tzinfo=UTC)
    assert extract_html("<time>soon</time>" * 30 + BODY).published is None


def test_an_address_that_is_none_costs_only_the_site() -> None:
    assert extract_html(BODY, "http://[bad").site == ""


def test_a_broken_answer_is_not_read_as_words() -> None:
    junk = page(random.Random(1).randbytes(400), "application/octet-stream")
    assert isinstance(read_article(Entry(title="T"), junk), Failure)
    read = read_article(Entry(title="T", html=BODY), junk)
    assert isinstance(read, Article)
    assert read.excerpt


def test_a_quotation_pulled_out_of_its_paragraph_is_told_once() -> None:
    more = tuple(
        f"Boat number {number} of the harbour was at the lock on Tuesday, its owner said."
        for number in range(9)
    )
    pulled = "“Repairs would have cost 3.4 million crowns, said the board's engineer, Ada Lind.”"
    html = f"<main><p>{TEXT[0]}</p><blockquote>{pulled}</blockquote>" + "".join(
        f"<p>{text}</p>" for text in (*TEXT[1:], *more)
    )
    assert extract_html(html).paragraphs == (*TEXT, *more)


def test_json_hidden_from_old_browsers_is_read() -> None:
    told = '{"@type": "NewsArticle", "headline": "Lock closed in Pell", "datePublished": "2026-03-03T10:00:00+01:00"}'
    for opening, closing in (
        ("<!--", "-->"),
        ("//<![CDATA[\n", "\n//]]>"),
        ("/*<![CDATA[*/", "/*]]>*/"),
        ("", ";"),
    ):
        html = f'<script type="application/ld+json">{opening}{told}{closing}</script><body>{BODY}</body>'
        found = extract_html(html)
        assert (found.title, found.published) == ("Lock closed in Pell", datetime(2026, 3, 3, 9, tzinfo=UTC))


def headline(head: str = "", *h1: str, url: str = "") -> str:
    heads = "".join(f"<h1>{text}</h1>" for text in h1)
    return extract_html(f"<html><head>{head}</head><body>{heads}{BODY}</body></html>", url).title


def shared(title: str, carded: str = "") -> str:
    card = f'<meta name="twitter:title" content="{carded}">' if carded else ""
    return f'<meta property="og:title" content="{title}">{card}'


def test_the_headline_is_the_claim_that_most_speaks_for() -> None:
    searched = "Pell lock 2026: date, cost and all you need to know"
    linked = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lock in Pell will close"}</script>'
    window = f"<title>{searched}</title>"
    # What the reader sees and JSON-LD say, against a text for search engines said three times.
    assert headline(linked + window + shared(searched, searched), "Lock in Pell will close") == (
        "Lock in Pell will close"
    )
    assert headline(window + shared("Lock in Pell will close", searched), "Lock in Pell will close") == (
        "Lock in Pell will close"
    )


def test_a_headline_is_told_without_the_name_of_its_site() -> None:
    url = "https://www.pellgazette.example/a"
    site = '<meta property="og:site_name" content="Pell Gazette">'
    assert headline(site + shared("Lock closes - News - Pell Gazette")) == "Lock closes - News"
    assert headline("<title>Pell Gazette » Lock closes</title>" + site, "Lock closes") == "Lock closes"
    assert headline("<title>Lock closes | Pell Gazette</title>", "Pell Gazette", "Lock closes", url=url) == (
        "Lock closes"
    )
    assert headline("<title>Lock closes in Pell for good | Society</title>") == "Lock closes in Pell for good"
    assert headline("", "Pell Gazette Example", url=url) == ""


WHEN = [
    ("<p>3.3.2026 | 10:15 Uhr | Ada Lind</p>", "", datetime(2026, 3, 3, 10, 15, tzinfo=UTC)),
    ("", "<div>5 mars 2026 à 10h15</div>", datetime(2026, 3, 5, 10, 15, tzinfo=UTC)),
    ("<p>The lock will close on 3 March 2026.</p>", "", None),
    ("<ul><li>3.3.2026</li></ul>", "", None),
    ("<div><a href=/x>Another page of 3.3.2026</a></div>", "", None),
    (f"<p>{TEXT[1] * 2}</p>" * 4 + "<div>3.3.2026</div>", "", None),
    ("<p>3.3.2126</p>", "", None),
]


@pytest.mark.parametrize(("behind", "before", "moment"), WHEN)
def test_a_line_around_the_headline_may_tell_when(behind: str, before: str, moment: datetime | None) -> None:
    html = f"<body>{before}<h1>Lock closed in Pell</h1>{behind}{BODY}</body>"
    assert extract_html(html, latest=datetime(2026, 12, 1, tzinfo=UTC)).published == moment


def test_a_moment_marked_as_that_of_publication_comes_first() -> None:
    other = "<nav><time datetime=2026-01-01>1.1.</time></nav><time datetime=2026-02-02>2.2.</time>"
    marked = '<span itemprop="datePublished">3.3.2026</span>'
    assert extract_html(f"<body>{other}{marked}{BODY}</body>").published == datetime(2026, 3, 3, tzinfo=UTC)
    assert extract_html(f"<body>{other}{BODY}</body>").published == datetime(2026, 2, 2, tzinfo=UTC)
    empty = '<span itemprop="datePublished"></span>'
    assert extract_html(f"<body>{empty}{BODY}</body>").published is None
    # One in a paragraph is what it tells of, unless the page says otherwise.
    told = "<p>The board met on <time datetime=2026-04-04 {}>Saturday</time> to close the lock of Pell.</p>"
    assert extract_html(f"<body>{told.format('')}{BODY}</body>").published is None
    assert extract_html(f"<body>{told.format('pubdate')}{BODY}</body>").published == datetime(
        2026, 4, 4, tzinfo=UTC
    )


def test_words_for_screen_readers_are_left_out_and_own_elements_of_a_site_stay() -> None:
    own = "<p>The board <x-name>of <b>Pell</b></x-name> voted<span hidden>, icon,</span> on Tuesday to close the lock.</p>"
    block = f"<x-frame><p>{TEXT[1]}</p></x-frame>"
    found = extract_html(f"<main>{own}{block}<p>{TEXT[2]}</p></main>").paragraphs
    assert found == ("The board of Pell voted on Tuesday to close the lock.", *TEXT[1:])


def test_an_article_ends_with_no_heading() -> None:
    more = tuple(
        f"Boat number {number} of the harbour was at the lock on Tuesday, its owner said."
        for number in range(9)
    )
    body = "".join(f"<p>{text}</p>" for text in (*TEXT, *more))
    found = extract_html(f"<main><article>{body}<h2>What happens now?</h2><p>{TEXT[0]}</p></article></main>")
    assert found.paragraphs == (*TEXT, *more)


def test_a_feeds_own_lines_are_none_of_its_text() -> None:
    entry = Entry(url="https://a.example/", title="Lock", html=f"{BODY}<p>Points: 12</p><p># Comments: 7</p>")
    found = read_article(entry, None)
    assert isinstance(found, Article)
    assert found.paragraphs == tuple(TEXT)
    abstract = "We measure how a lock leaks. " * 30
    entry = Entry(
        url="https://a.example/", html=f"<p>arXiv:2611.01234v1 Announce Type: new Abstract: {abstract}</p>"
    )
    found = read_article(entry, None)
    assert isinstance(found, Article)
    assert found.paragraphs == (abstract.strip(),)
