"""What the extractive summarizer knows of a language's phrases, as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from digests.text.languages import Forms, any_of, language_of
from digests.text.stems import stems
from digests.text.words import has_cjk

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


@lru_cache(maxsize=256)
def phrases(language: str) -> Phrases:
    """The language's phrases; a language without any has English furniture and nothing else.

    ``language`` is an ISO 639-1 code, with or without a region ("pt-BR").
    """
    return _of(language_of(language).code)


@cache
def _of(code: str) -> Phrases:
    known = language_of(code)
    links, linked_by_comma = _ended(known.links), _ended(known.comma)
    return Phrases(
        opening_link=_pattern(rf"[\W_]*?(?:{links}|(?:{linked_by_comma})(?=\s*{_COMMA}))\s*{_COMMA}?\s*"),
        opening_pronoun=_pattern(rf"\W*(?:{_ended(known.pronouns)})"),
        opening_furniture=_pattern(rf"\W*(?:{_ended(known.furniture + language_of('en').furniture)})"),
        hedge=_anywhere(known.hedges),
        urging=_stems(known.urging),
        person=_stems(known.person),
        said=_anywhere(known.said),
        trailing=_anywhere(known.trailing),
        speaker=_anywhere(known.speaker),
        hanging=_pattern(rf"(?<!\w)(?:{_ended(known.hanging)})\W*$"),
        partial=_anywhere(known.partial),
        counted=tuple(map(_anywhere, known.counted)),
    )


def _ended(forms: Forms) -> str:
    """The forms as alternatives, each ending where a word ends in scripts that have words."""
    ends = (form + r"(?!\w)" if form[-1].isalpha() and not _UNSPACED.search(form) else form for form in forms)
    return any_of(ends, r"\s+")


def _anywhere(forms: Forms) -> re.Pattern[str]:
    """The forms inside a sentence. Korean forms take particles, so they may go on there."""
    if any(map(has_cjk, forms)):
        return _pattern(any_of(forms, r"\s+"))
    return _pattern(rf"(?<!\w)(?:{_ended(forms)})")


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stems(word)[0] for word in words)


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)
