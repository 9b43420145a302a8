"""Words of a text, in any script, and how long a text is in the unit that its readers count in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from digests.model import BriefRequest

# Chinese characters, kana, Hangul syllables, Thai and Lao are written without spaces between words
# (Hangul partly): a run of them is cut into overlapping pairs, the usual unit where no dictionary is at hand.
_CJK = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Python's \w leaves out vowel signs and other marks, which are inside a word in most scripts of India.
_MARK = r"\p{M}\u200c\u200d"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[.,'’\-][^\W_{_CJK}]+)*")
_LETTER = rf"(?:[^\W_{_CJK}]|[{_MARK}])"
_MARKED_TOKEN = regex.compile(rf"[{_CJK}]+|{_LETTER}+(?:[.,'’\-]{_LETTER}+)*")
# A number with its sign and separators, a letter or digit with its marks, a currency, a percentage.
_SAID = regex.compile(rf"(?:(?<!\w)[-+−])?\d+(?:[.,:/]\d+)*|(?:[^\W\d_]|[{_MARK}])+|[%‰°€$£¥₹₽]")
_IS_CJK = re.compile(rf"[{_CJK}]")
_IS_MARK = regex.compile(rf"[{_MARK}]")


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is kept as running text."""
    return frozenset(text.split())


def words(text: str) -> list[str]:
    """Case-folded words in order; a run of Chinese, Japanese, Korean or Thai gives its character pairs."""
    pattern = _MARKED_TOKEN if _IS_MARK.search(text) else _TOKEN
    tokens = [token.casefold() for token in pattern.findall(text)]
    if not has_cjk(text):
        return tokens
    found: list[str] = []
    for token in tokens:
        if _IS_CJK.match(token) and len(token) > 1:
            found.extend(token[i : i + 2] for i in range(len(token) - 1))
        else:
            found.append(token)
    return found


def says_otherwise(before: str, after: str) -> bool:
    """Whether a text's words, numbers or signs of value changed; not its spaces, case, quotation
    marks, dashes between words or line ends."""
    return _said(before) != _said(after)


def _said(text: str) -> list[str]:
    plain = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return _SAID.findall(unicodedata.normalize("NFKC", plain).casefold())


def has_cjk(text: str) -> bool:
    """Whether the text holds any Chinese, Japanese, Korean or Thai character."""
    return _IS_CJK.search(text) is not None


def cjk_characters(text: str) -> int:
    """How many Chinese, Japanese, Korean and Thai characters the text holds."""
    return len(_IS_CJK.findall(text))


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
