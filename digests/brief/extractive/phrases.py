"""What the extractive summarizer knows of a language's phrases. The tables are in ``phrases.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from digests.text.stems import stems
from digests.text.words import has_cjk

_NOTHING = re.compile(r"(?!)")
_COMMA = "[,،，、]"
_UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")  # Chinese and Japanese


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's phrases. ``opening_*`` match at the start of a sentence; sets hold stems."""

    opening_link: re.Pattern[str]
    opening_pronoun: re.Pattern[str]
    opening_furniture: re.Pattern[str]
    hedge: re.Pattern[str]
    urging: frozenset[str]
    person: frozenset[str]
    said: re.Pattern[str]
    trailing: re.Pattern[str]
    counted: tuple[re.Pattern[str], ...]
    partial: re.Pattern[str]
    speaker: re.Pattern[str]
    hanging: re.Pattern[str]


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads(
        files("digests.brief.extractive").joinpath("phrases.toml").read_text(encoding="utf-8")
    )


@cache
def phrases(language: str) -> Phrases:
    """The language's phrases; a language without a table has English furniture and nothing else.

    ``language`` is an ISO 639-1 code, with or without a region ("pt-BR").
    """
    tables = _tables()
    table = tables.get(language.partition("-")[0].casefold(), {})
    links, linked_by_comma = _forms(table.get("links", "")), _forms(table.get("comma", ""))
    furniture = table.get("furniture", "") + " " + tables["en"]["furniture"]
    return Phrases(
        opening_link=_pattern(
            rf"[\W_]*?(?:{links or '(?!)'}|(?:{linked_by_comma or '(?!)'})(?=\s*{_COMMA}))\s*{_COMMA}?\s*"
        ),
        opening_pronoun=_pattern(rf"\W*(?:{_forms(table.get('pronouns', '')) or '(?!)'})"),
        opening_furniture=_pattern(rf"\W*(?:{_forms(furniture)})"),
        hedge=_anywhere(table.get("hedges", "")),
        urging=_stems(table.get("urging", "")),
        person=_stems(table.get("person", "")),
        said=_anywhere(table.get("said", "")),
        trailing=_anywhere(table.get("trailing", "")),
        speaker=_anywhere(table.get("speaker", "")),
        hanging=_pattern(rf"(?<!\w)(?:{_forms(table.get('hanging', '')) or '(?!)'})\W*$"),
        partial=_anywhere(table.get("partial", "")),
        counted=tuple(_anywhere(group) for group in table.get("counted", "").split("|")),
    )


def _forms(listed: str) -> str:
    """The listed forms as alternatives, each ending where a word ends in scripts that have words."""
    return "|".join(
        form.replace("_", r"\s+") + (r"(?!\w)" if form[-1].isalpha() and not _UNSPACED.search(form) else "")
        for form in listed.split()
    )


def _anywhere(listed: str) -> re.Pattern[str]:
    """The listed forms inside a sentence. Korean forms take particles, so they may go on there."""
    if not listed:
        return _NOTHING
    if has_cjk(listed):
        return _pattern("|".join(form.replace("_", r"\s+") for form in listed.split()))
    return _pattern(rf"(?<!\w)(?:{_forms(listed)})")


def _stems(listed: str) -> frozenset[str]:
    return frozenset(stems(form)[0] for form in listed.split())


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)
