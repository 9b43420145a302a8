"""What each language's file holds, and how it is asked."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import fields
from importlib.resources import files

import pytest

from digests.text import languages as package
from digests.text.languages import (
    SPECIAL,
    UNKNOWN,
    Language,
    base,
    demonyms,
    every,
    language_of,
    languages,
    lexicon,
    units,
)

_CODES = [known.code for known in languages()]
# Claims are checked by these; Chinese, Japanese and Korean write numbers and months in characters of their own.
_CHECKED = [
    known.code for known in languages() if known.negations and known.script not in ("han", "kana", "hangul")
]
_OWN = {"code", "name", "script"}


def _tables(code: str) -> dict[str, dict[str, str]]:
    """The keys of a file by their table."""
    told = tomllib.loads(files(package).joinpath(f"{code}.toml").read_text(encoding="utf-8"))
    return {name: table for name, table in told.items() if isinstance(table, dict)}


def _lacking(code: str) -> set[str]:
    """Fields for every language that are empty in this one."""
    known = language_of(code)
    every_language = {
        field.name for field in fields(Language) if field.type != "bool" and field.name not in SPECIAL | _OWN
    }
    return {name for name in every_language if not getattr(known, name)}


def _of_tables() -> dict[str, set[str]]:
    """For each table all keys that some file has in it."""
    found: dict[str, set[str]] = {}
    for code in _CODES:
        for table, keys in _tables(code).items():
            found.setdefault(table, set()).update(keys if table != "units" else {"units"})
    return found


@pytest.mark.parametrize("code", _CODES)
def test_a_language_file_is_whole_or_says_what_it_lacks(code: str) -> None:
    told = set(language_of(code).lacks)
    whole_tables = {name.strip("[]") for name in told if name.startswith("[")}
    told = {name for name in told if not name.startswith("[")}
    for table in whole_tables:
        assert table not in _tables(code)
        told |= {key for key in _of_tables()[table] if key not in SPECIAL}
    told -= {field.name for field in fields(Language) if field.type == "bool"}
    assert told - {"stop"} == _lacking(code) - {"stop"}  # negations alone make a list of stop words


@pytest.mark.parametrize("code", _CHECKED)
def test_the_languages_of_the_engine_know_by_what_claims_are_checked(code: str) -> None:
    known = language_of(code)
    assert known.negations
    assert known.causes
    assert known.opposites
    assert known.numbers
    assert known.stop > known.negations
    assert len(known.months) == 12
    assert len(known.weekdays) == 7
    assert lexicon(code) is known


@pytest.mark.parametrize("code", _CODES)
def test_a_file_is_consistent(code: str) -> None:
    known = language_of(code)
    assert known.code == code
    assert known.name
    assert len(known.months) in (0, 12)
    assert len(known.month_starts) in (0, 12)
    assert len(known.weekdays) in (0, 7)
    assert all(line.count("|") == 1 for line in known.opposites)
    for lines in (known.furniture_lines, known.tail_lines, known.lock_lines, known.feed_lines):
        for line in lines:
            re.compile(line)
    text = files(package).joinpath(f"{code}.toml").read_text(encoding="utf-8")
    for word in re.findall(r"[^\W\d_]+", text):
        scripts = {unicodedata.name(letter).split()[0] for letter in word}
        mixed = scripts & {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "DEVANAGARI", "HANGUL"}
        assert len(mixed) < 2, word


def test_claims_are_checked_in_these_languages_at_least() -> None:
    assert {"en", "es", "fr", "de", "pt", "it", "ru", "uk", "tr", "id", "ar", "hi"} <= set(_CHECKED)


def test_a_key_that_nothing_reads_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"xx\.toml: nothing is known by stopp"):
        package._language("xx", '[words]\nstopp = "a"')


def test_a_table_must_not_give_a_key_twice() -> None:
    with pytest.raises(ValueError, match=r"xx\.toml: twice: stop"):
        package._language("xx", '[words]\nstop = "a"\n[names]\nstop = "b"')


def test_tags_lead_to_their_language() -> None:
    assert base("pt-BR") == "pt"
    assert language_of("pt-BR") is language_of("PT")
    assert language_of("nb") is language_of("no")
    assert language_of("tlh").code == UNKNOWN
    assert lexicon("tlh") is language_of("en")
    assert lexicon("sv") is language_of("en")  # found out and cut into sentences, not checked


def test_what_all_languages_have_is_asked_at_once() -> None:
    openers = every(lambda known: known.openers)
    assert len(openers) == len(set(openers))
    assert {"the", "der", "он"} <= set(openers)
    assert units()["per cent"] == "%"
    assert units()["दिन"] == "day"
    assert ("france", "french") in demonyms()
    assert ("french", "france") in demonyms()


@pytest.mark.parametrize(
    ("code", "word", "value"), [("de", "einundzwanzig", 21), ("it", "ventuno", 21), ("it", "trentatré", 33)]
)
def test_twenty_one_is_one_word_in_some_languages(code: str, word: str, value: float) -> None:
    assert language_of(code).numbers[word] == value
