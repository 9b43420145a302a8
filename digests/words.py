"""Words of a text, in any script, for the steps that compare texts."""

from __future__ import annotations

import re

# Chinese characters, kana and Hangul syllables are written without spaces between words (Hangul
# partly): a run of them is cut into overlapping pairs, the usual unit where no dictionary is at hand.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:[.,'’\-][^\W_{_CJK}]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")


def words(text: str) -> list[str]:
    """Case-folded words in order; a run of Chinese, Japanese or Korean gives its character pairs."""
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match.group().casefold()
        if _IS_CJK.match(token) and len(token) > 1:
            found.extend(token[i : i + 2] for i in range(len(token) - 1))
        else:
            found.append(token)
    return found


def has_cjk(text: str) -> bool:
    """Whether the text holds any Chinese, Japanese or Korean character."""
    return _IS_CJK.search(text) is not None
