"""What languages say: number words, months, negations, causes. The tables are in ``lexicon.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Groups = tuple[tuple[tuple[str, ...], ...], ...]
"""Groups of forms that mean the same; a form is a tuple of one or more words."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's words, case-folded. ``numbers`` and ``scales`` give values."""

    numbers: dict[str, float]
    scales: dict[str, float]
    long_scales: tuple[str, ...]  # those that may take an ending, the longest first
    months: Groups
    weekdays: Groups
    relative: Groups
    negations: frozenset[str]
    soft: frozenset[str]
    causes: re.Pattern[str]
    after: re.Pattern[str]
    titles: frozenset[str]
    stop: frozenset[str]
    starters: frozenset[str]


def _groups(line: str) -> Groups:
    return tuple(
        tuple(tuple(form.split("_")) for form in group.split()) for group in line.split("|") if group.strip()
    )


def _values(line: str) -> dict[str, float]:
    return {word: float(value) for word, _, value in (pair.partition("=") for pair in line.split())}


def _phrases(line: str) -> re.Pattern[str]:
    """Finds any of the phrases, as whole words where the script has them."""
    forms = [re.escape(form).replace("_", r"\s+") for form in sorted(line.split(), key=len, reverse=True)]
    if ord(line[0]) >= 0x2E80:
        return re.compile("|".join(forms))
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)")


@cache
def _tables() -> dict[str, dict[str, str]]:
    text = files("digests.text").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def lexicon(language: str) -> Lexicon:
    """The language's words; English for a language without a table.

    ``language`` is an ISO 639-1 code, with or without a region ("pt-BR").
    """
    tables = _tables()
    table = tables.get(language.partition("-")[0].casefold(), tables["en"])

    def words(key: str) -> frozenset[str]:
        return frozenset(table.get(key, "").split())

    numbers = _values(table.get("numbers", ""))
    if language in {"de", "it"}:
        numbers |= _joined(numbers, language)
    scales = _values(table.get("scales", ""))
    return Lexicon(
        numbers=numbers,
        scales=scales,
        long_scales=tuple(sorted((form for form in scales if len(form) > 5), key=len, reverse=True)),
        months=_groups(table.get("months", "")),
        weekdays=_groups(table.get("weekdays", "")),
        relative=_groups(table.get("relative", "")),
        negations=words("negations"),
        soft=words("soft"),
        causes=_phrases(table["causes"]),
        after=_phrases(table["after"]),
        titles=words("titles"),
        stop=words("stop") | words("negations"),
        starters=words("starters"),
    )


def is_negation(word: str, language: str) -> bool:
    """Whether a lower-case word denies what follows ("not", "didn't")."""
    return word in lexicon(language).negations or word.endswith("n't")


@cache
def units() -> dict[str, str]:
    """Every written form of a unit, lower-case, with the unit it stands for ("€" -> "eur")."""
    table = _tables()["units"]
    return {form.replace("_", " "): unit for unit, forms in table.items() for form in forms.split()}


@cache
def marks(name: str) -> tuple[str, ...]:
    """Marks of names in scripts without capitals, longest first; single characters where it is one run."""
    line = _tables()["marks"][name]
    return tuple(sorted(line.split() if " " in line else line, key=len, reverse=True))


@cache
def demonyms() -> frozenset[tuple[str, str]]:
    """Pairs of a country and its people that don't begin alike ("france", "french"), both ways."""
    words = _tables()["marks"]["demonyms"].split()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    return frozenset(pairs) | {(people, land) for land, people in pairs}


def _joined(numbers: dict[str, float], language: str) -> dict[str, float]:
    """German and Italian write 21 to 99 as one word: "einundzwanzig", "ventuno"."""
    units = {word: value for word, value in numbers.items() if value < 10 and value == int(value)}
    tens = {word: value for word, value in numbers.items() if 20 <= value <= 90}
    joined: dict[str, float] = {}
    for ten, high in tens.items():
        if language == "de":
            pairs = {f"{unit}und{ten}": low for unit, low in {**units, "ein": 1.0}.items()}
        else:
            pairs = {ten + unit: low for unit, low in units.items()}
            pairs |= {ten[:-1] + "uno": 1.0, ten[:-1] + "otto": 8.0, ten + "tré": 3.0}
        joined |= {word: high + low for word, low in pairs.items()}
    return joined
