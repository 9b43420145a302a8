"""Encodings, honest and lying; dates, sane and absurd."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from digests.read.metadata import parse_date
from digests.text.encoding import decode_page, is_text


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("žluťoučký".encode(), "iso-8859-1", "žluťoučký"),  # the server lies
        (b"\xef\xbb\xbfhi", "utf-16", "hi"),
        ("hi é".encode("utf-16"), None, "hi é"),
        ("<meta charset=gb2312>新闻".encode("gb18030"), "utf-8", "<meta charset=gb2312>新闻"),  # the page is right
        ("<?xml version='1.0' encoding='windows-1251'?>да".encode("cp1251"), None, "<?xml version='1.0' encoding='windows-1251'?>да"),  # noqa: E501
        ("caf\xe9 \x93q\x94".encode("latin-1"), "iso-8859-1", "café “q”"),  # read as browsers do
        ("caf\xe9".encode("latin-1"), "utf-8", "café"),
        ("é" * 100 + "x", "utf-8", None),
        (b"caf\xe9", "hex", "café"),  # no text encoding
        (b"caf\xe9", "no-such-thing", "café"),
        (b"caf\xe9 \x81", "cp1252", "café \ufffd"),
        (("日本" * 300).encode("cp932") + b"\x85", "shift_jis", "日本" * 300 + "\ufffd"),
        (b"\x81\x20\x81\x20\x81", "shift_jis", "\ufffd \ufffd \ufffd"),
        (b"a\x00b\x1fc", None, "abc"),
    ],
)  # fmt: skip
def test_decode(body: bytes | str, charset: str | None, text: str | None) -> None:
    if text is None:
        assert isinstance(body, str)
        broken = body.encode() + b"\xff"
        assert decode_page(broken, charset) == body + "\ufffd"
    else:
        assert isinstance(body, bytes)
        assert decode_page(body, charset) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01 10:00:00 UTC", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        (
            "2026-03-01T10:00:00.25Z",
            datetime(2026, 3, 1, 10, tzinfo=UTC),
        ),  # no news is a fraction of a second old
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 10:00:00 +0100", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("1772359200", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("1970-01-01", None),
        ("2999-01-01", None),
        ("2026-13-45", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(text: str, moment: datetime | None) -> None:
    assert parse_date(text) == moment


def test_a_date_after_the_latest_is_absurd() -> None:
    assert parse_date("2026-03-01", latest=datetime(2026, 2, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", True),
        ("Жълта река".encode("cp1251"), True),
        ("\u0416\u044a\u043b\u0442\u0430".encode("utf-16"), True),
        ("plain".encode("utf-16-le"), True),
        ("\u65b0\u805e".encode("iso2022_jp"), True),
        (b"one \x0b control character " + b"among many words " * 4, True),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x02\x03\x08\x06", False),
        (random.Random(1).randbytes(400), False),
    ],
)  # fmt: skip
def test_bytes_full_of_control_characters_are_no_text(body: bytes, text: bool) -> None:
    assert is_text(body) is text


@pytest.mark.parametrize("name", ["idna", "punycode", "undefined", "unicode_escape", "utf-7"])
def test_codecs_that_no_document_is_written_in_are_passed_over(name: str) -> None:
    assert decode_page(b"caf\xe9 au lait", name) == "café au lait"
    assert "caf" in decode_page(b"<meta charset=" + name.encode() + b">caf\xe9", None)
