"""Bytes of a document to text, when what they claim to be written in may be a lie."""

from __future__ import annotations

import codecs
import re

_META = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE)
_META_REACH = 4096  # bytes in which a page may declare itself
# What browsers read these names as: each a superset of the one named.
_READ_AS = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
}
_NO_TEXT = frozenset({"idna", "punycode", "undefined", "raw-unicode-escape", "raw_unicode_escape",
                      "unicode-escape", "unicode_escape", "utf-7", "mbcs", "oem"})  # fmt: skip
"""Codecs of Python's own that no document is written in; some raise for any bytes, some for none."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Control bytes but tab, line breaks and ESC (ISO-2022-JP needs it); no encoding below uses them.
_CONTROL = bytes(byte for byte in range(0x20) if byte not in b"\t\n\x0c\r\x1b") + b"\x7f"
_STRANGE = _CONTROL.replace(b"\0", b"")  # every second byte of UTF-16 is a NUL
_FEW = 0.02  # of a text's bytes: a broken one may hold some


def is_text(body: bytes) -> bool:
    """Whether ``body`` can be text at all: its beginning is not full of control characters, as an
    image's or a broken answer's is, in which any bytes would read as words of some language."""
    if any(body.startswith(mark) for mark, _ in _BOMS):
        return True
    start = body[:_META_REACH]
    return len(start) - len(start.translate(None, _STRANGE)) <= len(start) * _FEW


def decode(body: bytes, charset: str | None = None) -> str:
    """The text of ``body``; ``charset`` is the server's word for it. Never fails.

    Bytes that are valid UTF-8 are UTF-8 whatever anyone says: other encodings practically never
    look like it by chance. Undecodable bytes become U+FFFD; control characters go.
    """
    for mark, marked in _BOMS:
        if body.startswith(mark):
            return _clean(body.decode(marked, "replace"))
    body = body.translate(None, _CONTROL)
    try:
        return _clean(body.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    for claim in (_declared(body), charset):
        name = _python_name(claim)
        if not name:
            continue
        if name == "utf-8":
            text = body.decode("utf-8", "replace")
            if text.count("\ufffd") * 20 <= sum(1 for byte in body if byte >= 0x80):
                return _clean(text)  # UTF-8 with a few broken places
            continue
        try:
            return _clean(body.decode(name))
        except UnicodeDecodeError:
            if name != "cp1252":
                text = body.decode(name, "replace")
                if text.count("\ufffd") * 100 <= len(text):
                    return _clean(text)
    return _clean(body.decode("cp1252", "replace"))


def _clean(text: str) -> str:
    """Without what no parser wants: NUL, ESC and stray byte order marks."""
    return text.replace("\0", "").replace("\x1b", "").replace("\ufeff", "")


def _declared(body: bytes) -> str | None:
    head = body[:_META_REACH]
    found = _XML.search(head) or _META.search(head)
    return found[1].decode("ascii") if found else None


def _python_name(claim: str | None) -> str | None:
    """The codec to read ``claim`` with; None for names no text encoding has."""
    if not claim:
        return None
    try:
        info = codecs.lookup(_READ_AS.get(claim.strip().lower(), claim.strip()))
    except (LookupError, ValueError):
        return None
    name = _READ_AS.get(info.name, info.name)
    if name in _NO_TEXT:
        return None
    # UTF-16 without a mark can't be read as ASCII, so a page that declares it that way lies.
    return name if getattr(info, "_is_text_encoding", True) and not name.startswith("utf-16") else None
