"""An entry and its page become an article: clean text in order, and the facts around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from lxml import etree

from digests.model import Article, Entry, Failure, FailureKind, Page
from digests.read.blocks import Block, read_blocks
from digests.read.blocks import Page as Blocks
from digests.read.choose import choose_blocks, is_menu_line, is_notice
from digests.read.features import HEADINGS
from digests.read.furniture import ends_as_sentence, is_furniture_line, locks_the_rest
from digests.read.metadata import LATEST, Metadata, dated_line, parse_date, read_metadata
from digests.read.opinions import most_agreed, second_opinion
from digests.read.plain import own_text, paragraphs_of_text, text_of_pdf
from digests.text import bounds
from digests.text.detection import detect
from digests.text.door import admitted, door, plain_title
from digests.text.encoding import decode_page, is_text
from digests.text.links import host
from digests.text.sentences import split_sentences

MOST = 400  # attributes an element keeps; real pages stay far below a hundred

# Read as the HTML standard's tokenizer does. Every quantifier is possessive and every match goes on
# where the last one ended, so that one pass over the page is all it ever takes.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"'][^\s>]*+)?+)?+"""
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes|noscript"  # no elements inside these
_TAG = re.compile(
    r"<(?:!--(?:-?>|(?:[^-]++|-(?!-!?>))*+)"
    rf"|(?P<raw>{_RAW})\b(?:{_ATTRIBUTE}){{0,{MOST}}}+(?:[\s/]*+>(?:[^<]++|<(?!/(?P=raw)))*+|(?P<raw_over>(?:{_ATTRIBUTE})++))"
    rf"|[A-Za-z][^\s/>]*+(?:{_ATTRIBUTE}){{0,{MOST}}}+(?P<over>(?:{_ATTRIBUTE})++)?+)",
    re.IGNORECASE,
)

_OVER = ("over", "raw_over")


def trim_attributes(html: str) -> str:
    """``html`` with no element holding more than ``MOST`` attributes; linear in its length."""
    if not any(match.lastgroup in _OVER for match in _TAG.finditer(html)):
        return html
    return _TAG.sub(_cut, html)


def _cut(match: re.Match[str]) -> str:
    for group in ("over", "raw_over"):
        if match[group]:
            return match.string[match.start() : match.start(group)]
    return match[0]


MAX_HTML = 4_000_000  # characters; the rest of a longer page is not looked at
_STUB = 300  # characters; a page with less is a stub when the feed has more
_FULL_FEED = 1.5  # times the page's text: a feed that long carries the whole article
_BODY_RATIO = 2.0  # times the chosen text: a JSON-LD body that long shows that the choice missed
_LEAST_BODY = 400  # characters
_NOTICE = 2_500  # characters; a consent notice is no longer
_TEASERS = 8  # headings that are links
_PROSE = 40  # characters of a paragraph that stands in no teaser
_FEW = 2
_CLOCK = re.compile(r"\D{0,12}?\b([01]?\d|2[0-3])[:.hH]([0-5]\d)\b(?![./]?\d)")
_CLOCK_LINE = 25  # characters of a line that says what time it was
_UPDATE = 60  # characters of what is told below it
_UPDATES = 4
_IN_ORDER = 0.8  # of a live blog's times that rise, or fall
_PREVIEW = 2500  # characters; no paywall gives that much away
_NO_ARTICLE = {
    "index": "The page is a list of articles, not one; this rests on the feed's own text.",
    "consent": "The page asks for consent before it shows its text; this rests on the feed's own text.",
}
_SQUASH = re.compile(r"\W+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page's HTML holds. Dates are aware and in UTC; ``language`` is ISO 639-1 or ``und``."""

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    byline: str = ""
    site: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: str | None = None
    language: str = "und"
    paywalled: bool = False
    kind: str = "article"  # or "live", "index" (a list of articles), "consent" (a notice before the page)
    asked: bool = False  # whether another extractor's opinion was heard

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def extract_html(
    html: bytes | str, url: str = "", charset: str | None = None, latest: datetime = LATEST
) -> Extracted:
    """The article of an HTML page.

    ``charset`` is the server's word, which may be wrong; dates after ``latest`` are ignored.
    Never fails: a page without an article gives no paragraphs. Time and memory grow with the
    size of the page, not with the depth of its nesting.
    """
    text = decode_page(html, charset) if isinstance(html, bytes) else html
    root = parse_html(text)
    if root is None:
        return Extracted()
    facts = read_metadata(root, url)
    page = read_blocks(root)  # not its body: the parser leaves an article in the head of a page without one
    choice = choose_blocks(page, facts.title, facts.description, facts.body)
    paragraphs = _paragraphs(choice.blocks, facts.title)
    if choice.doubtful:
        menus = {block.text for block in page.blocks if is_menu_line(block)}
        opinions = [paragraphs, _paragraphs(choice.ruled, facts.title), second_opinion(root, menus)]
        paragraphs = most_agreed(opinions)
    told = facts.body
    if len(told) >= _LEAST_BODY and len(told) > _BODY_RATIO * sum(map(len, paragraphs)):
        paragraphs = [line for line in told.split("\n") if not is_furniture_line(line)]
    paywalled = _is_paywalled(facts, page.blocks, sum(map(len, paragraphs)))
    if paywalled:
        paragraphs = _before_the_lock(paragraphs, page.blocks)
    text = "\n".join(paragraphs)
    return Extracted(
        title=facts.title,
        paragraphs=tuple(paragraphs),
        byline=facts.byline,
        site=facts.site or host(url),
        published=parse_date(facts.published, latest) or dated_line(page.blocks, facts.title, latest),
        updated=parse_date(facts.updated, latest),
        image=facts.image,
        language=detect(text or facts.title, facts.language),
        paywalled=paywalled,
        kind=_kind(facts, page, choice.blocks or choice.ruled, text),
        asked=choice.doubtful,
    )


def parse_html(html: str) -> etree._Element | None:
    # Limits stay on (huge_tree=False): the parser drops what is nested beyond reason.
    parser = etree.HTMLParser(
        encoding="utf-8",
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        no_network=True,
    )
    # With ``recover`` it raises for no text; it gives None for one without a single element.
    root: etree._Element | None = etree.fromstring(
        trim_attributes(html[:MAX_HTML]).encode("utf-8", "replace"), parser
    )
    return root


def _squash(text: str) -> str:
    return _SQUASH.sub("", text).casefold()


def _paragraphs(blocks: list[Block], title: str) -> list[str]:
    """Blocks as paragraphs: a table's row in one, no headline again, nothing said twice in a row."""
    found: list[str] = []
    headline = _squash(title)
    row = -1
    for index, block in enumerate(blocks):
        squashed = _squash(block.text) if len(block.text) <= 2 * len(title) + 40 else ""
        if index < 4 and squashed and squashed == headline:
            continue
        if block.cells >= 0 and block.cells == row and found:
            found[-1] += " | " + block.text
        elif not found or found[-1] != block.text:
            found.append(block.text)
        row = block.cells
    return found


def _is_paywalled(facts: Metadata, blocks: list[Block], length: int) -> bool:
    # A page may carry the lock's text ready-made and show the whole article all the same.
    if length >= _PREVIEW:
        return False
    return facts.locked or any(locks_the_rest(block.text) for block in blocks)


def _before_the_lock(paragraphs: list[str], blocks: list[Block]) -> list[str]:
    """What is free to read: without the lines that ask for a subscription, nor the heading above them."""
    free = [text for text in paragraphs if not locks_the_rest(text)]
    headings = {block.text for block in blocks if block.tag in HEADINGS}
    while free and free[-1] in headings:
        free.pop()
    return free


def _kind(facts: Metadata, page: Blocks, chosen: list[Block], text: str) -> str:
    """What sort of page it is, by what it says of itself and what its text is made of."""
    if facts.live or _is_running(page.blocks):
        return "live"
    if len(text) < _NOTICE and is_notice(text):
        return "consent"
    if facts.article:
        return "article"
    teasers = [block for block in page.blocks if block.tag in HEADINGS and block.linked * 2 > len(block.text)]
    cards = {block.row for block in teasers}
    prose = [
        block
        for block in chosen
        if block.tag not in HEADINGS and len(block.text) >= _PROSE and block.row not in cards
    ]
    return "index" if len(teasers) >= _TEASERS and len(prose) < _FEW else "article"


def _is_running(blocks: list[Block]) -> bool:
    """Whether the page goes on through the day: times of day alone or in headings, each above a paragraph, in order."""
    clocks = []
    for place, block in enumerate(blocks):
        alone = block.tag in HEADINGS or len(block.text) <= _CLOCK_LINE
        clock = _CLOCK.match(block.text) if alone and block.linked * 2 < len(block.text) else None
        if clock and any(
            len(other.text) >= _UPDATE and other.linked * 2 < len(other.text)
            for other in blocks[place + 1 : place + 4]
        ):
            clocks.append(int(clock[1]) * 60 + int(clock[2]))
    falls = sum(later < earlier for earlier, later in pairwise(clocks))
    rises = sum(later > earlier for earlier, later in pairwise(clocks))
    return len(clocks) >= _UPDATES and max(falls, rises) >= (len(clocks) - 1) * _IN_ORDER


# ---------------------------------------------------------------- the port


def read_article(entry: Entry, page: Page | None) -> Article | Failure:
    """Implements ``ports.Extractor``: the article, from the page where it can be read, else the feed.

    ``excerpt`` is set with a warning whenever less than the whole article was to be had.
    """
    entry = door(entry)
    latest = entry.found + timedelta(days=2) if entry.found else LATEST
    from_feed = door(_feed_text(entry))  # what its HTML spells out too
    extracted = door(_read_page(page, latest)) if page is not None else Extracted()
    page_size, feed_size = len(extracted.text), sum(map(len, from_feed))
    paragraphs, excerpt = extracted.paragraphs, False
    warnings: tuple[str, ...] = ()
    if extracted.kind in _NO_ARTICLE:
        paragraphs, excerpt = from_feed, True
        warnings = (_NO_ARTICLE[extracted.kind],)
    elif not page_size:
        paragraphs, excerpt = from_feed, True
        warnings = ("The page could not be read; this rests on the feed's own text.",)
    elif extracted.paywalled:
        paragraphs, excerpt = from_feed if feed_size >= page_size or feed_size >= _STUB else paragraphs, True
        warnings = ("The page is for subscribers; this rests on the part that is free.",)
    elif feed_size >= _FULL_FEED * page_size and feed_size >= _STUB:
        paragraphs, excerpt = from_feed, page_size < _STUB and feed_size < 4 * _STUB
        warnings = ("The page holds less text than the feed; this rests on the feed's own text.",)
    elif page_size < _STUB and feed_size > page_size:
        paragraphs, excerpt = from_feed, True
        warnings = ("The page is a stub; this rests on the feed's own text.",)
    if not paragraphs:
        if page is None:
            return Failure(FailureKind.EMPTY, "The page was not fetched and the feed gives no text.")
        why = _NO_ARTICLE.get(extracted.kind, "Neither the page nor the feed holds any text.")
        return Failure(FailureKind.UNREADABLE, why)
    paragraphs = bounds.first_texts(paragraphs)
    image = extracted.image or entry.image
    language = detect("\n".join(paragraphs), entry.language or extracted.language)
    return Article(
        entry_id=entry.id,
        source_id=entry.source_id,
        url=entry.url or (page.url if page else ""),
        title=bounds.cut(plain_title(entry.title) or extracted.title, bounds.FACT),
        paragraphs=paragraphs,
        sentences=_sentences(paragraphs, language),
        language=language,
        byline=bounds.cut(extracted.byline or ", ".join(entry.authors), bounds.FACT),
        site=bounds.cut(extracted.site or host(entry.url), bounds.FACT),
        published=entry.published or extracted.published,
        updated=entry.updated or extracted.updated,
        image=image if image and len(image) <= bounds.ADDRESS else None,
        excerpt=excerpt,
        warnings=warnings,
    )


def read_text(text: str) -> Article:
    """A plain text file as an article: headline first if it has one, paragraphs cleaned."""
    title, lines = paragraphs_of_text(admitted(text))
    paragraphs = bounds.first_texts(lines)
    language = detect("\n".join(paragraphs))
    return Article(
        title=bounds.cut(title, bounds.FACT),
        paragraphs=paragraphs,
        sentences=_sentences(paragraphs, language),
        language=language,
    )


def _sentences(paragraphs: Iterable[str], language: str) -> tuple[str, ...]:
    return bounds.first_sentences(s for p in paragraphs for s in split_sentences(p, language))


def _read_page(page: Page, latest: datetime) -> Extracted:
    kind = page.content_type.partition(";")[0].strip().lower()
    if page.body[:1024].lstrip().startswith(b"%PDF-") or kind == "application/pdf":
        return _of_text(text_of_pdf(page.body), page.url)
    if not is_text(page.body):
        return Extracted()
    if kind == "text/plain" or kind == "text/markdown":
        return _of_text(decode_page(page.body, page.charset), page.url)
    if kind and "html" not in kind and "xml" not in kind and kind != "application/octet-stream":
        return Extracted()
    return extract_html(page.body, page.url, page.charset, latest)


def _of_text(text: str, url: str) -> Extracted:
    title, paragraphs = paragraphs_of_text(text)
    return Extracted(
        title=title, paragraphs=tuple(paragraphs), site=host(url), language=detect("\n".join(paragraphs))
    )


def _feed_text(entry: Entry) -> tuple[str, ...]:
    """The entry's own text; a feed's markup has little furniture, so only its plain lines go."""
    html = entry.html
    root = parse_html(html)
    if root is None:
        return ()
    kept = []
    for block in read_blocks(root).blocks:
        only_links = block.linked * 10 > len(block.text) * 9 and not ends_as_sentence(block.text)
        block.text = own_text(block.text)
        if block.text and not only_links and not is_furniture_line(block.text):
            kept.append(block)
    return tuple(_paragraphs(kept, plain_title(entry.title)))
