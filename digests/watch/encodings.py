"""Bytes to text where what the server, the document and the bytes say may all differ."""

from __future__ import annotations

import codecs
import re

_DECLARED = re.compile(rb"""^[^<]{0,100}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:\-]{1,40})["']""")
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:\-]{1,40})""", re.IGNORECASE)
_BOMS = (
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
_NOT_FEEDS = frozenset({"utf-7", "punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})


def decode(body: bytes, charset: str | None = None) -> str:
    """The document's text; never raises. ``charset`` is what the server declared.

    A byte order mark decides; then UTF-8 if the bytes are valid in it, for hardly anything else
    is by chance; then whichever declared encoding reads the bytes without an error.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for start, name in _STARTS:
        if body.startswith(start):
            return body.decode(name, "replace")
    head = body[:2048]
    in_document = [m.group(1).decode("ascii") for m in (_DECLARED.search(head), _META.search(head)) if m]
    declared = [c for c in map(_codec, [charset, *in_document]) if c]
    shifting = [c for c in declared if c.startswith(_SHIFTING)]
    for name in [*shifting, "utf-8", *declared]:
        try:
            return body.decode(name)
        except UnicodeError:
            continue
    if _nearly_utf8(body):
        return body.decode("utf-8", "replace")
    # a declaration the bytes have just belied is worth no more than none
    return body.decode(next((name for name in declared if name != "utf-8"), "cp1252"), "replace")


def _codec(name: str | None) -> str | None:
    if not name:
        return None
    try:
        found = codecs.lookup(name).name
        b"a".decode(found)  # refuses what turns bytes into bytes, such as rot13
    except (LookupError, ValueError):
        return None
    if found in _NOT_FEEDS:
        return None
    return _LARGER.get(found, found)


def _nearly_utf8(body: bytes) -> bool:
    """Whether a few stray or cut bytes spoil what is otherwise UTF-8."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return bad * 10 < sum(1 for c in text[:20_000] if c > "\x7f") and bad < 50
