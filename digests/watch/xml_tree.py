"""Two readers of XML from strangers, which give trees of the same shape.

Expat is the fast one and takes only what is well formed and has no document type: no entities,
no external documents. What it refuses is decoded, mended (control characters, HTML's entities,
loose ampersands, the document type cut out) and read again by lxml in its forgiving mode.
"""

from __future__ import annotations

import html.entities
import re
from typing import Any, Final
from xml.etree import ElementTree

from lxml import etree

from digests.text.encoding import decode

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_NUMBER = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));", re.IGNORECASE)
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_ROOT = re.compile(r"<(?:[A-Za-z0-9_.\-]{1,40}:)?(rss|rdf|feed|channel|opml|urlset)[\s>/]", re.IGNORECASE)


def any_tree(body: bytes, charset: str | None = None) -> Any:
    """The tree of a document by whichever reader takes it, None when neither does."""
    root = fast_tree(body)
    return forgiving_tree(decode(body, charset)) if root is None else root


def fast_tree(body: bytes) -> Any:
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


def forgiving_tree(text: str) -> Any:
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
        return etree.fromstring("".join(pieces).replace("\0", "").strip().encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        return None


def _numbered(match: re.Match[str]) -> str:
    """A numeric reference as it stands; where its number is no character of XML, a NUL, which goes
    once all is mended: what stands around it must not become another reference."""
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    fine = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return match.group() if fine else "\0"


def _named(match: re.Match[str]) -> str:
    name = match.group(1)
    return match.group() if name in _XML_NAMES else html.entities.html5.get(name + ";", match.group())


def _without_doctype(text: str) -> str:
    """Cut out the document type, its inner declarations included; it stands before the root."""
    found = re.search(r"<!DOCTYPE", text[:200_000], re.IGNORECASE)
    root = _ROOT.search(text[:200_000])
    if found is None or (root and root.start() < found.start() and "[" not in text[: root.start()]):
        return text
    end = text.find(">", found.end())
    bracket = text.find("[", found.end())
    if -1 < bracket < end:
        closed = re.compile(r"\]\s*>").search(text, bracket)
        end = closed.end() - 1 if closed else -1
    return text[: found.start()] + (text[end + 1 :] if end >= 0 else "")


def html_tree(body: bytes, charset: str | None = None) -> Any:
    """The tree of a web page, None when there is nothing in it. Asks nobody, nests 256 deep."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    return etree.fromstring(decode(body, charset).encode("utf-8", "replace"), parser)
