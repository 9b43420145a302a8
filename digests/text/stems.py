"""Words by their beginnings, which stand for all their forms, and which of them carry content."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from digests.text.languages import lexicon
from digests.text.words import words

_LENGTH = 6  # letters
_PARTICLES = re.compile("[\u3040-\u309f了的在是和与及并也就都而着对将被把于]+")


def stems(text: str) -> tuple[str, ...]:
    """Words by their beginnings, in order; Chinese, Japanese and Korean by pairs of characters."""
    return tuple([word[:_LENGTH] for word in words(text)])


@cache
def _stop_stems(language: str) -> frozenset[str]:
    return frozenset(stem for word in lexicon(language).stop for stem in stems(word))


@lru_cache(maxsize=1 << 14)
def is_stop(stem: str, language: str) -> bool:
    """Whether the stem carries no content of its own."""
    return len(stem) < 2 or stem in _stop_stems(language) or _PARTICLES.fullmatch(stem) is not None


@lru_cache(maxsize=1024)
def content(text: str, language: str) -> frozenset[str]:
    """The stems of a text that carry content."""
    return frozenset(stem for stem in stems(text) if not is_stop(stem, language))
