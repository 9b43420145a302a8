"""Feed documents to values: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1 and 1.1.

Two readers of XML, one walk over the tree. Expat is the fast one and takes only what is well
formed and has no document type: no entities, no external documents. What it refuses is decoded,
mended (control characters, HTML's entities, loose ampersands, the document type cut out) and
read again by lxml in its forgiving mode.
"""

from __future__ import annotations

import html.entities
import re
from typing import Any, Final
from xml.etree import ElementTree

from lxml import etree

from digests.model import Failure, FailureKind, Feed
from digests.watch.encodings import decode
from digests.watch.feed_json import parse_json_feed
from digests.watch.feed_xml import read_tree

SMALL: Final = 64 * 1024
"""Bytes up to which a document may be parsed on the event loop: some milliseconds at the worst."""

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_NUMBER = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));", re.IGNORECASE)
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_FEED_ROOT = re.compile(r"<(?:[A-Za-z0-9_.\-]{1,40}:)?(rss|rdf|feed|channel)[\s>/]", re.IGNORECASE)


def parse_feed(
    body: bytes, content_type: str = "", charset: str | None = None, url: str = ""
) -> Feed | Failure:
    """A feed, or in plain words why the document is none.

    ``content_type`` only helps the words of a refusal: feeds come under every label. ``charset``
    is the server's claim. ``url`` is the address the document came from, the base of relative
    ones. Pure, picklable, bounded: 500 items, 1,000 characters a name or title.
    """
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return Failure(FailureKind.EMPTY, "the document is empty")
    if start[:1] == b"{":
        return parse_json_feed(decode(body, charset), url)
    root = _fast(body)
    if root is None:
        text = decode(body, charset)
        if text.lstrip()[:1] == "{":
            return parse_json_feed(text, url)
        if not _FEED_ROOT.search(text[:20_000]):
            return _not_a_feed(text, content_type)
        root = _forgiving(text)
    feed = None if root is None else read_tree(root, url)
    return _not_a_feed(decode(body[:2000], charset), content_type) if feed is None else feed


def _fast(body: bytes) -> Any:
    """Expat's tree of a UTF-8 document without a document type; None: not for this reader."""
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body or b"<!doctype" in body[:4096]:
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if b"\0" in body[:64]:
        return None
    parser = ElementTree.XMLParser(encoding="utf-8")  # noqa: S314 - what S314 warns of was refused above
    try:
        parser.feed(body.lstrip())
        return parser.close()
    except ElementTree.ParseError:
        return None


def _forgiving(text: str) -> Any:
    """lxml's tree of a mended document; None when nothing can be made of it."""
    mended = _CONTROLS.sub("", _without_doctype(_DECLARATION.sub("", text, count=1)))
    pieces = _CDATA.split(mended)
    pieces[::2] = [
        _LOOSE.sub("&amp;", _NUMBER.sub(_numbered, _NAMED.sub(_named, piece))) for piece in pieces[::2]
    ]
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring("".join(pieces).strip().encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        return None


def _numbered(match: re.Match[str]) -> str:
    """A numeric reference as it stands, nothing where its number is no character of XML."""
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    fine = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return match.group() if fine else ""


def _named(match: re.Match[str]) -> str:
    name = match.group(1)
    return match.group() if name in _XML_NAMES else html.entities.html5.get(name + ";", match.group())


def _without_doctype(text: str) -> str:
    """Cut out the document type, its inner declarations included; it stands before the root."""
    found = re.search(r"<!DOCTYPE", text[:200_000], re.IGNORECASE)
    root = _FEED_ROOT.search(text[:200_000])
    if found is None or (root and root.start() < found.start() and "[" not in text[: root.start()]):
        return text
    end = text.find(">", found.end())
    bracket = text.find("[", found.end())
    if -1 < bracket < end:
        closed = re.compile(r"\]\s*>").search(text, bracket)
        end = closed.end() - 1 if closed else -1
    return text[: found.start()] + (text[end + 1 :] if end >= 0 else "")


def _not_a_feed(text: str, content_type: str) -> Failure:
    looks_html = "html" in content_type or re.search(r"<(!doctype\s+)?html", text[:2000], re.IGNORECASE)
    what = "a web page" if looks_html else "a document of another kind"
    return Failure(FailureKind.NOT_A_FEED, f"the address gives {what}, not a feed")
