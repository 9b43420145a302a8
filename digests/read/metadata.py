"""What a page says about its article to machines: JSON-LD, OpenGraph and plain meta elements."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import islice
from operator import itemgetter
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from digests.read.blocks import Block
from digests.read.features import HEADINGS
from digests.text.languages import any_of, every
from digests.text.links import host
from digests.text.machine_dates import machine_date, parse_moment

_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}(?!\d)(?:[T ]\d{2}:?\d{2}(?::?\d{2})?(?:[.,]\d+)?\s*(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)?)?"
)
_LONGEST, _SHORTEST = 64, 8  # characters; a year or a month alone is no moment
_DATES_LINE = 100  # characters of a line that says when; a longer one tells of something
_PROSE = 120  # characters of a paragraph
_FEW = 3  # lines before the headline, and paragraphs behind it
_MANY = 20  # lines behind it
_STOPS = (".", "!", "?", "。")
_LISTS = frozenset(("li", "td", "th", "dd", "dt", "figcaption"))
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # no web page is older; a date before it is a mistake
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(text: str, latest: datetime = LATEST) -> datetime | None:
    """ISO 8601, RFC 2822 or Unix seconds as UTC; a missing zone is read as UTC.

    None for what can't be read and for absurd moments: before the web, or after ``latest``.
    """
    text = text.strip()[:_LONGEST]
    iso = _ISO.match(text)  # what stands behind a standard moment is no part of it
    moment = machine_date(iso[0] if iso else text) if len(text) >= _SHORTEST else None
    return moment if moment and EARLIEST <= moment <= latest else None


def dated_line(blocks: Sequence[Block], title: str, latest: datetime = LATEST) -> datetime | None:
    """The moment of the line nearest behind the headline that tells one, else of one right before it.

    Lists, tables and captions tell of other moments, sentences of what happened, links of other pages.
    """
    headline = title.casefold()
    heads = [
        place
        for place, block in enumerate(blocks)
        if headline
        and len(block.text) < 2 * len(headline) + _DATES_LINE
        and headline in block.text.casefold()
    ]
    head = (
        heads[0] if heads else next((place for place, block in enumerate(blocks) if block.tag == "h1"), None)
    )
    if head is None:
        return None
    head = next((place for place in heads if blocks[place].tag in HEADINGS), head)
    behind = blocks[head + 1 : head + _MANY]
    paragraphs = [place for place, block in enumerate(behind) if len(block.text) > _PROSE]
    behind = behind[: paragraphs[_FEW]] if len(paragraphs) > _FEW else behind
    for block in [*behind, *reversed(blocks[max(0, head - _FEW) : head])]:
        text = block.text
        if (
            len(text) > _DATES_LINE
            or block.tag in _LISTS
            or block.linked * 2 > len(text)
            or text.endswith(_STOPS)
        ):
            continue
        found = parse_moment(text)
        if found is not None and EARLIEST <= found <= latest:
            return found
    return None


_ARTICLE_TYPE = re.compile(r"Article|BlogPosting|Report|LiveBlog|SocialMediaPosting|Review$")
_JSON_LIMIT = 500_000  # characters of one JSON-LD element
_JSON_NODES = 3_000
_FRAME = " \t\r\n/*;"  # around JSON that is wrapped for old browsers
_META_LIMIT = 500
_LINE = 80  # characters of a line with a date and a byline; a sentence with a date in it is longer
_MOST_TIMES = 20
_ELSEWHERE = frozenset(("nav", "aside", "footer"))  # where other articles are named
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^<>]{1,500}>")
_WORDS = re.compile(r"[\W_]+")
_SURE_HEAD = 20  # characters; a shorter h1 may be a section's name
_BY = re.compile(rf"^(?:{any_of(every(lambda known: known.by))})\s+", re.IGNORECASE)
_SURE_PART = 15  # characters
_SURE_NAME = 3
_MOST_HEADS = 5
# What each claim to the headline is worth: JSON-LD's, what is shared, the card's, the first h1 and others.
# What a window's title repeats was written for search engines, where there are other claims.
_LINKED, _SHARED, _CARDED, _HEAD, _OTHER_HEAD, _WINDOW = 1.5, 1.0, 0.6, 0.3, 0.1, -0.3
_SEPARATORS = " |–—-·•»:｜"
_SEPARATOR = re.compile(r"\s+[|–—·•»:-]\s+|\s*[|｜]\s*|\s+::\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Everything as the page puts it, cleaned of markup; "" or None where it says nothing."""

    title: str = ""
    byline: str = ""
    site: str = ""
    published: str = ""
    updated: str = ""
    image: str | None = None
    language: str | None = None
    body: str = ""  # JSON-LD articleBody
    description: str = ""
    live: bool = False  # a live blog
    article: bool = False  # the page says that it is one article
    locked: bool = False  # the page says that it is not free to read


def read_metadata(root: etree._Element, url: str) -> Metadata:
    """The facts about the article in ``root``; addresses are made absolute against ``url``."""
    meta = _meta_elements(root)
    linked = _linked_data(root)

    def first(*names: str) -> str:
        return next((meta[name] for name in names if meta.get(name)), "")

    tier = first("article:content_tier", "content_tier")
    return Metadata(
        title=_title(
            root, first("og:title", "twitter:title", "title"), first("twitter:title"),
            _text(linked.get("headline")), first("og:site_name") or _names(linked.get("publisher")), url,
        ),
        byline=_names(linked.get("author")) or _byline(
            first("author", "article:author", "dc.creator", "parsely-author", "byl")
        ),
        site=first("og:site_name") or _names(linked.get("publisher")) or first("application-name"),
        published=_text(linked.get("datePublished"))
        or first(
            "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created", "pubdate",
            "publishdate", "publish-date", "parsely-pub-date", "sailthru.date", "article.published", "og:published_time",
        )
        or _first_time(root),
        updated=_text(linked.get("dateModified"))
        or first("article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified"),
        image=_address(first("og:image:secure_url", "og:image", "twitter:image", "twitter:image:src"), url)
        or _address(_image(linked.get("image")), url),
        language=root.get("lang")
        or first("og:locale", "content-language", "language")
        or _text(linked.get("inLanguage"))
        or None,
        body=_body(linked.get("articleBody")),
        description=first("og:description", "description", "twitter:description"),
        live="LiveBlogPosting" in str(linked.get("@type")),
        article=bool(linked) or first("og:type").lower() == "article",
        locked=str(linked.get("isAccessibleForFree")).strip().lower() == "false" or tier in ("locked",),
    )  # fmt: skip


def _meta_elements(root: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for count, element in enumerate(root.iter("meta")):
        if count >= _META_LIMIT:
            break
        attributes = element.attrib
        content = attributes.get("content")
        name = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("itemprop")
            or attributes.get("http-equiv")
        )
        if content and name:
            found.setdefault(name.strip().lower(), _clean(content[:2000]))
    return found


def _linked_data(root: etree._Element) -> dict[str, Any]:
    """The page's article object in JSON-LD, ``{}`` if it has none."""
    for element in root.iter("script"):
        if "ld+json" not in (element.get("type") or "").lower():
            continue
        text = (element.text or "")[:_JSON_LIMIT]
        try:
            data = json.loads(_bare(text), strict=False)
        except (ValueError, RecursionError):
            continue
        waiting: list[Any] = [data]
        for _ in range(_JSON_NODES):
            if not waiting:
                break
            value = waiting.pop()
            if isinstance(value, list):
                waiting.extend(reversed(value[:_JSON_NODES]))
            elif isinstance(value, dict):
                kinds = value.get("@type")
                names = kinds if isinstance(kinds, list) else [kinds]
                if any(isinstance(kind, str) and _ARTICLE_TYPE.search(kind) for kind in names):
                    return value
                waiting.extend(inner for inner in (value.get("@graph"), value.get("mainEntity")) if inner)
    return {}


def _bare(text: str) -> str:
    """JSON without the marks that hide it from old browsers."""
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
        text = text.strip(_FRAME).removeprefix(opening).removesuffix(closing)
    return text.strip(_FRAME)


def _clean(text: str) -> str:
    """Without markup and entities (some pages escape twice), white space as one space."""
    return _SPACE.sub(" ", unescape(_TAG.sub(" ", unescape(text)))).strip()


def _text(value: object) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    return _clean(value[:2000]) if isinstance(value, str) else ""


def _names(value: object) -> str:
    found = [_byline(_text(item)) for item in (value if isinstance(value, list) else [value])]
    return ", ".join(dict.fromkeys(name for name in found if name))


def _byline(text: str) -> str:
    """A person's or agency's name; addresses and overlong texts are none."""
    if "://" in text or text.startswith("@") or len(text) > 120:
        return ""
    return _BY.sub("", text)


def _body(value: object) -> str:
    if isinstance(value, list):
        value = "\n".join(item for item in value if isinstance(item, str))
    if not isinstance(value, str):
        return ""
    lines = re.split(r"\n+|</p>|<br\s*/?>", unescape(value).replace("\\n", "\n"))
    return "\n".join(line for line in map(_clean, lines) if line)


def _image(value: object) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return value if isinstance(value, str) else ""


def _address(value: str, base: str) -> str | None:
    if not value or len(value) > 2000:
        return None
    try:
        address = urljoin(base, value.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def _first_time(root: etree._Element) -> str:
    """The moment marked as that of publication, else the first that stands by itself; one in a sentence is what
    the sentence is about, one beside the article another article's."""
    for element in islice(root.iterfind(".//*[@itemprop='datePublished']"), _MOST_TIMES):
        if told := element.get("datetime") or element.get("content") or _words(element):
            return told[:_LINE]
    for element in islice(root.iter("time"), _MOST_TIMES):
        around = {above.tag for above in element.iterancestors()}
        if element.get("datetime") and not around & _ELSEWHERE and not _in_prose(element):
            return element.get("datetime", "")
    return ""


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _in_prose(element: etree._Element) -> bool:
    """Whether words of a sentence stand on both sides of an element, or a paragraph goes on behind it."""
    if element.get("pubdate") is not None:
        return False
    parent = element.getparent()
    if parent is None or parent.tag not in ("p", "li", "td", "dd", "blockquote", "b", "strong", "em"):
        return False
    around = _words(parent)
    return len(around) > _LINE or around.endswith((".", "!", "?", "。"))


def _without_site(claim: str, names: set[str]) -> str:
    """A headline without its last or first part, where that is the site's name or the host's."""
    parts = _SEPARATOR.split(claim)
    while len(parts) > 1 and _is_name(parts[-1], names):
        claim = claim[: claim.rfind(parts.pop())].rstrip(_SEPARATORS)
    if len(parts) > 1 and _WORDS.sub("", parts[0].casefold()) in names:
        claim = claim[len(parts[0]) :].lstrip(_SEPARATORS)
    return claim


def _is_name(part: str, names: set[str]) -> bool:
    """Whether words say who publishes the page: most of a name of it, or it and more."""
    squashed = _WORDS.sub("", part.casefold())
    return any(
        (squashed in name and len(squashed) * 2 > len(name)) or (len(name) >= _SURE_NAME and name in squashed)
        for name in names
    )


def _folded(title: str) -> str:
    return " ".join(_WORDS.sub(" ", title.casefold()).split())


def _title(root: etree._Element, shared: str, carded: str, headline: str, site: str, url: str) -> str:
    """The headline, without the site's name that window titles carry: the claim that most speaks for."""
    names = {_WORDS.sub("", name.casefold()) for name in (site, host(url))} - {""}
    element = next(root.iter("title"), None)
    window = _clean("".join(map(str, element.itertext()))[:2000]) if element is not None else ""
    found = [_clean(_words(h1)[:500]) for h1 in islice(root.iter("h1"), _MOST_HEADS)]
    heads = [
        head for head in found if head and _folded(head) and _WORDS.sub("", head.casefold()) not in names
    ]
    if not heads:  # a smaller heading that the window names, too
        smaller = (_clean(_words(h2)[:500]) for h2 in islice(root.iter("h2", "h3"), _MOST_HEADS))
        heads = [head for head in smaller if _folded(head) in _folded(window) and len(head) * 2 > len(window)]
    claims: dict[str, list[Any]] = {}

    def claim(text: str, worth: float) -> None:
        if folded := _folded(text):
            claims.setdefault(folded, [0.0, text])[0] += worth

    for text, worth in ((headline, _LINKED), (shared, _SHARED), (carded, _CARDED)):
        claim(_headed(_without_site(text, names), heads), worth)
    for number, head in enumerate(heads):
        claim(head, _OTHER_HEAD if number else _HEAD)
    window = _without_site(window, names)
    searched = _folded(_headed(window, heads))
    if searched in claims:
        claims[searched][0] += _WINDOW if headline or shared else -_WINDOW
    if claims:
        best: str = max(claims.values(), key=itemgetter(0))[1]
        return best
    parts = _SEPARATOR.split(window)
    longest = max(parts, key=len)
    sure = len(longest) * 2 > len(window) and len(longest) >= _SURE_PART and window.startswith(longest)
    return longest if sure else window


def _headed(claim: str, heads: list[str]) -> str:
    """The h1 that a claim begins with, where it has only the site's name, a date or a section behind it."""
    folded = _folded(claim)
    for head in heads:
        if folded.startswith(_folded(head)) and (
            len(head) >= _SURE_HEAD or _SEPARATOR.match(claim, len(head))
        ):
            return head
    return claim
