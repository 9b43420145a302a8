"""Bytes to text where what the server, the document and the bytes say may all differ."""

from __future__ import annotations

import codecs
import re

_XML = re.compile(
    rb"""^[^<]{0,100}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:\-]{1,40})["']""", re.IGNORECASE
)
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:\-]{1,40})""", re.IGNORECASE)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE)
_FEED_REACH, _PAGE_REACH = 2048, 4096  # bytes in which a document may declare itself
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STARTS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# As browsers read them: the name on the tin is the smaller set, the bytes use the larger.
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_SHIFTING = ("iso2022", "hz")  # pure ASCII on the wire, so valid UTF-8 proves nothing
_NO_TEXT = frozenset({"utf-7", "punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Codecs of Python's own that no document is written in; some raise for any bytes, some for none."""
# Control bytes but tab, line breaks and ESC (ISO-2022-JP needs it); no encoding of pages uses them.
_CONTROL = bytes(byte for byte in range(0x20) if byte not in b"\t\n\x0c\r\x1b") + b"\x7f"
_STRANGE = _CONTROL.replace(b"\0", b"")  # every second byte of UTF-16 is a NUL
_FEW = 0.02  # of a text's bytes: a broken one may hold some
_UNWANTED = "\0\x1b\ufeff"  # what no parser of pages wants


def decode(body: bytes, charset: str | None = None) -> str:
    """A feed's text; never raises. ``charset`` is what the server declared.

    A byte order mark decides; then UTF-8 if the bytes are valid in it, for hardly anything else
    is by chance; then whichever declared encoding reads the bytes without an error.
    """
    if (marked := _marked(body)) is not None:
        return marked
    for start, name in _STARTS:
        if body.startswith(start):
            return body.decode(name, "replace")
    head = body[:_FEED_REACH]
    in_document = [m.group(1).decode("ascii") for m in (_XML.search(head), _META.search(head)) if m]
    declared = [found for found in map(_codec, [charset, *in_document]) if found]
    shifting = [name for name in declared if name.startswith(_SHIFTING)]
    for name in [*shifting, "utf-8", *declared]:
        try:
            return body.decode(name)
        except UnicodeError:
            continue
    if _nearly_utf8(body):
        return body.decode("utf-8", "replace")
    # a declaration the bytes have just belied is worth no more than none
    return body.decode(next((name for name in declared if name != "utf-8"), "cp1252"), "replace")


def decode_page(body: bytes, charset: str | None = None) -> str:
    """A page's text; never raises. ``charset`` is what the server declared; the page's own word goes first.

    Bytes that are valid UTF-8 are UTF-8 whatever anyone says. Undecodable bytes become U+FFFD;
    control characters go.
    """
    if (marked := _marked(body)) is not None:
        return _wanted(marked)
    return _wanted(_unmarked_page(body.translate(None, _CONTROL), charset))


def _wanted(text: str) -> str:
    for sign in _UNWANTED:  # a hundred times as fast as a table for all of them, where there are none
        text = text.replace(sign, "")
    return text


def is_text(body: bytes) -> bool:
    """Whether ``body`` can be text at all: its beginning is not full of control characters, as an
    image's or a broken answer's is, in which any bytes would read as words of some language."""
    if any(body.startswith(mark) for mark, _ in _MARKS):
        return True
    start = body[:_PAGE_REACH]
    return len(start) - len(start.translate(None, _STRANGE)) <= len(start) * _FEW


def _unmarked_page(body: bytes, charset: str | None) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    head = body[:_PAGE_REACH]
    own = _XML.search(head) or _CHARSET.search(head)
    for claim in (own[1].decode("ascii") if own else None, charset):
        name = _codec(claim)
        if not name or name.startswith("utf-16"):  # a page that could be read so far is not in UTF-16
            continue
        if name == "utf-8":
            text = body.decode("utf-8", "replace")
            if text.count("\ufffd") * 20 <= sum(1 for byte in body if byte >= 0x80):
                return text  # UTF-8 with a few broken places
            continue
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            if name != "cp1252":
                text = body.decode(name, "replace")
                if text.count("\ufffd") * 100 <= len(text):
                    return text
    return body.decode("cp1252", "replace")


def _marked(body: bytes) -> str | None:
    """The text behind a byte order mark, None where there is none."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    return None


def _codec(name: str | None) -> str | None:
    """The codec to read a declared encoding with; None for a name that no text's encoding has."""
    if not name:
        return None
    try:
        found = codecs.lookup(name.strip()).name
        b"a".decode(found)  # refuses what turns bytes into bytes, such as rot13
    except (LookupError, ValueError):
        return None
    return None if found in _NO_TEXT else _LARGER.get(found, found)


def _nearly_utf8(body: bytes) -> bool:
    """Whether a few stray or cut bytes spoil what is otherwise UTF-8."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return bad * 10 < sum(1 for c in text[:20_000] if c > "\x7f") and bad < 50
