"""Words of a text, in any script, for the steps that compare texts."""

from __future__ import annotations

import re
import unicodedata

# Chinese characters, kana and Hangul syllables are written without spaces between words (Hangul
# partly): a run of them is cut into overlapping pairs, the usual unit where no dictionary is at hand.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Python's \w leaves out vowel signs and other marks, which are inside a word in Hindi and Arabic.
_MARK = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[.,'’\-][^\W_{_CJK}]+)*")
_LETTER = rf"(?:[^\W_{_CJK}]|[{_MARK}])"
_MARKED_TOKEN = re.compile(rf"[{_CJK}]+|{_LETTER}+(?:[.,'’\-]{_LETTER}+)*")
# A number with its sign and separators, a letter or digit with its marks, a currency, a percentage.
_SAID = re.compile(rf"(?:(?<!\w)[-+−])?\d+(?:[.,:/]\d+)*|(?:[^\W\d_]|[{_MARK}])+|[%‰°€$£¥₹₽]")
_IS_CJK = re.compile(rf"[{_CJK}]")
_IS_MARK = re.compile(rf"[{_MARK}]")


def words(text: str) -> list[str]:
    """Case-folded words in order; a run of Chinese, Japanese or Korean gives its character pairs."""
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
    """Whether the text holds any Chinese, Japanese or Korean character."""
    return _IS_CJK.search(text) is not None


def cjk_characters(text: str) -> int:
    """How many Chinese, Japanese and Korean characters the text holds."""
    return len(_IS_CJK.findall(text))
