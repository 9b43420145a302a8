"""What a page says about its article to machines: JSON-LD, OpenGraph and plain meta elements."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from digests.text.languages import any_of, every

_ARTICLE_TYPE = re.compile(r"Article|BlogPosting|Report|LiveBlog|SocialMediaPosting|Review$")
_JSON_LIMIT = 500_000  # characters of one JSON-LD element
_JSON_NODES = 3_000
_META_LIMIT = 500
_LINE = 80  # characters of a line with a date and a byline; a sentence with a date in it is longer
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"<[^<>]{1,500}>")
_WORDS = re.compile(r"[\W_]+")
_SURE_HEAD = 20  # characters; a shorter h1 may be a section's name
_BY = re.compile(rf"^(?:{any_of(every(lambda known: known.by))})\s+", re.IGNORECASE)
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
            _text(linked.get("headline")), first("og:site_name") or _names(linked.get("publisher")),
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
            data = json.loads(
                text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";"), strict=False
            )
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
    """The first moment that stands by itself; one in a sentence is what the sentence is about."""
    for count, element in enumerate(root.iter("time")):
        if element.get("datetime") and not _in_prose(element):
            return element.get("datetime", "")
        if count > 20:
            break
    return ""


def _in_prose(element: etree._Element) -> bool:
    """Whether words of a sentence stand on both sides of an element, or a paragraph goes on behind it."""
    if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
        return False
    parent = element.getparent()
    if parent is None or parent.tag not in ("p", "li", "td", "dd", "blockquote", "b", "strong", "em"):
        return False
    around = " ".join("".join(map(str, parent.itertext())).split())
    return len(around) > _LINE or around.endswith((".", "!", "?", "。"))


def _without_site(claim: str, site: str) -> str:
    """A headline without its last part, where that is the site's name."""
    parts = _SEPARATOR.split(claim)
    last = parts[-1].casefold().strip()
    if len(parts) > 1 and last and site and (last in site.casefold() or site.casefold() in last):
        return claim[: claim.rfind(parts[-1])].rstrip(" |–—-·•»:｜")
    return claim


def _folded(title: str) -> str:
    return " ".join(_WORDS.sub(" ", title.casefold()).split())


def _title(root: etree._Element, shared: str, carded: str, headline: str, site: str) -> str:
    """The headline, without the site's name that window titles carry."""
    element = next(root.iter("title"), None)
    window = _clean("".join(map(str, element.itertext()))[:2000]) if element is not None else ""
    heads = []
    for count, h1 in enumerate(root.iter("h1")):
        text = _clean(" ".join("".join(map(str, h1.itertext())).split())[:500])
        if text:
            heads.append(text)
        if count >= 4:
            break
    shared, headline = _without_site(shared, site), _without_site(headline, site)
    known = {_folded(head) for head in heads}
    if headline and _folded(headline) == _folded(shared):
        return headline
    for head in heads:
        # An h1 with the site's name, a date or a section behind it in what is shared.
        if len(head) >= _SURE_HEAD and _folded(shared).startswith(_folded(head)):
            return head
    if headline:
        # Two claims for social networks that agree speak for the page more than one for search engines.
        agreed = shared and _folded(shared) == _folded(_without_site(carded, site))
        return shared if agreed and _folded(shared) not in known else headline
    for head in heads:
        for claim in (shared, window):
            # The site's own name may stand in an h1 too, but not first in a claim.
            if claim and (
                claim.casefold().startswith(head.casefold())
                or (head.casefold() in claim.casefold() and len(head) * 2 > len(claim))
            ):
                return head
    claim = shared or window
    if not claim:
        return heads[0] if heads else ""
    parts = _SEPARATOR.split(claim)
    longest = max(parts, key=len)
    return (
        longest
        if len(longest) * 2 > len(claim) and len(longest) >= 15 and claim.startswith(longest)
        else claim
    )
