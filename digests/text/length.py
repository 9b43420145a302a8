"""How long a text is, in the unit a reader of its script counts in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from digests.model import BriefRequest
from digests.text.words import cjk_characters, has_cjk, words


def counts_characters(text: str) -> bool:
    """Whether the text is measured in characters: most of its letters are Chinese, Japanese or Korean."""
    return has_cjk(text) and cjk_characters(text) * 2 > sum(map(str.isalpha, text))


@lru_cache(maxsize=4096)
def word_count(text: str) -> int:
    """Words of a spaced script; the larger of two honest counts, so that a bound holds by either."""
    return max(len(text.split()), len(words(text)))


@dataclass(frozen=True, slots=True)
class Room:
    """The room a brief has. ``size`` of everything in it stays within ``limit``."""

    sentences: int
    limit: int
    characters: bool

    @classmethod
    def asked(cls, request: BriefRequest, sample: str) -> Room:
        """The request's bounds in the unit of ``sample``'s script."""
        characters = counts_characters(sample)
        return cls(request.sentences, request.characters if characters else request.words, characters)

    def size(self, text: str) -> int:
        """Characters with spaces and punctuation, or words."""
        return len(text) if self.characters else word_count(text)
