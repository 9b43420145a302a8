"""Words of a text, in any script, for the steps that compare texts."""

from __future__ import annotations

import re
import unicodedata

import regex

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
