"""Words of a sentence with their places and case, and what counts as the same word."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from digests.text.languages import UNKNOWN, Words, demonyms, language_of, languages, lexicon

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005"
KANA = "\u3040-\u30ff"
HANGUL = "\uac00-\ud7af"
# Python's \w leaves out the vowel signs of Devanagari and the marks of Arabic.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0970-\u097f\u200c"
_WORD = re.compile(
    rf"[{HAN}{KANA}]+|(?:[^\W_{HAN}{KANA}]|[{_MARKS}])+(?:['.](?:[^\W\d_{HAN}{KANA}]|[{_MARKS}])+)*"
)
UNSPACED = re.compile(rf"[{HAN}{KANA}]")
CLAUSE_END = re.compile(r"[,;:.!?،؛。、，；：！？।](?!\d)|\s[-–—]\s|\n")
REMEMBERED = 2_000  # characters; what was read in a text of up to so many is kept for the next who asks
_QUOTE_LIKE = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'", "\u0060": "'", "\u00b4": "'"})
_HIDDEN = re.compile(
    "[\u200b\u200d\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe00-\ufe0f\U000e0000-\U000e007f]"
)
_ARABIC_PREFIXES = tuple(re.compile(p) for p in ("^(?:ال|لل)", "^[وفبلك]", "^[وفبلك](?:ال|لل)"))
_KOREAN_ENDING = re.compile(
    r"(?<=..)(?:에게서|에서는|으로부터|에서|에게|으로|이라고|라고|까지|부터|에는|에도|이다|은|는|이|가|을|를|의|에|도|로|와|과|만|씨)$"
)
_DOUBLED = ("ed", "ing", "er", "ers")  # endings before which English doubles a letter
_DEMONYM = re.compile(r"(?:an|ans|ian|ians|ese|ish|ch|i|is|sh|er|ers|ed)$")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written, lower-case, and where it stands (characters)."""

    text: str
    key: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() or (len(self.text) > 1 and self.text[1:2].isupper())


def clean(text: str) -> str:
    """The text in one spelling: NFKC, straight apostrophes, ASCII digits, nothing invisible."""
    plain = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).translate(_QUOTE_LIKE)
    if plain.isascii():
        return plain
    return "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in plain)


def lower(text: str) -> str:
    """Lower case of the same length, so that places stay right (the Turkish İ has two when lowered)."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower()[0] for c in text)


def hidden(text: str) -> bool:
    """Whether the text holds characters that reorder or hide other text, or halves of one (surrogates)."""
    return re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]", text) is not None


def tokens(text: str) -> list[Token]:
    """Words of a ``clean`` text in order; a run of Chinese or Japanese is one token."""
    return list(_kept(text) if len(text) <= REMEMBERED else _tokens(text))


@lru_cache(maxsize=1024)
def _kept(text: str) -> tuple[Token, ...]:
    return _tokens(text)


def _tokens(text: str) -> tuple[Token, ...]:
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        end = match.end()
        if word.endswith(("'s", "'S")):
            word, end = word[:-2], end - 2
        found.append(Token(word, lower(word), match.start(), end))
    return tuple(found)


def alike(one: str, other: str) -> bool:
    """Whether two lower-case words are forms of one word, by their common beginning."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if "\u0600" <= one[0] <= "\u06ff":
        ours, theirs = _arabic(one), _arabic(other)
        return bool(
            ours & theirs or {w[:4] for w in ours if len(w) > 3} & {w[:4] for w in theirs if len(w) > 3}
        )
    if HANGUL[0] <= one[0] <= HANGUL[2]:
        return len(short) >= 2 and long.startswith(short[:2])
    if one[:3] != other[:3] or any(c.isdigit() for c in one + other):
        return False
    shared = len(_common(one, other))
    if shared == len(short) >= 3 and long[shared:] in {f"{short[-1]}{end}" for end in _DOUBLED}:
        return True  # "drop", "dropped"
    return shared >= 0.6 * len(long) and shared >= max(3, len(short) - 3)


@cache
def _cyrillic_endings() -> Words:
    own = (known.name_endings for known in languages() if known.script == "cyrillic")
    return frozenset[str]().union(*own)


def same_name(one: str, other: str, language: str = UNKNOWN) -> bool:
    """Whether two lower-case words name the same, inflected at most: stricter than ``alike``."""
    if one == other:
        return True
    if not one or not other:
        return False
    if "\u0600" <= one[0] <= "\u06ff":
        return bool(_arabic(one) & _arabic(other))
    if HANGUL[0] <= one[0] <= HANGUL[2]:
        return bare(one) == bare(other)
    if (one, other) in demonyms():
        return True
    shared = len(_common(one, other))
    rests = one[shared:], other[shared:]
    if "\u0400" <= one[0] <= "\u04ff":
        return shared >= 3 and all(not rest or rest in _cyrillic_endings() for rest in rests)
    if any(c.isdigit() for c in one + other):
        return False
    endings = language_of(language).name_endings
    if endings and all(not rest or rest in endings for rest in rests):
        return shared >= 4 or (shared == 3 and max(map(len, rests)) == 1)
    if min(len(one), len(other)) == shared and rests[0] + rests[1] in {"s", "es", "n", "nya", "ns"}:
        return shared >= 3
    return shared >= 4 and bool(_DEMONYM.search(one) or _DEMONYM.search(other)) and max(map(len, rests)) <= 4


def _arabic(word: str) -> set[str]:
    """An Arabic word as it stands and without the article, conjunction or preposition written onto it."""
    return {word, *(rest for p in _ARABIC_PREFIXES if len(rest := p.sub("", word)) > 2)}


def bare(word: str) -> str:
    """A Korean word without its particle."""
    return _KOREAN_ENDING.sub("", word)


def _common(one: str, other: str) -> str:
    size = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        size += 1
    return one[:size]


def content(text: str, language: str) -> list[str]:
    """Words that carry content, lower-case; in Chinese and Japanese pairs of characters."""
    stop = lexicon(language).stop
    found: list[str] = []
    for token in tokens(text):
        if UNSPACED.match(token.key):
            pairs = [token.key[i : i + 2] for i in range(max(1, len(token.key) - 1))]
            found.extend(pair for pair in pairs if not re.fullmatch("[\u3040-\u309f]*", pair))
        elif token.key not in stop and token.key.removesuffix("n't") not in stop:
            found.append(token.key)
    return found


def known(word: str, source: set[str]) -> bool:
    """Whether a form of the word is among the source's words."""
    return word in source or any(
        alike(word, other) for other in source if other[:1] == word[:1] or "\u0600" <= word[0] <= "\u06ff"
    )


def coverage(claim: str, source: str, language: str) -> float:
    """Share of the claim's content words that the source knows in some form, 0 to 1.

    Numbers count as known, whatever their form: the check of numbers is there for them.
    """
    said = content(claim, language)
    table = lexicon(language)
    have = set(content(source, language)) | {token.key for token in tokens(source)}
    sure = [word[0].isdigit() or word in table.numbers or word in table.scales for word in said]
    return (
        sum(n or known(word, have) for n, word in zip(sure, said, strict=True)) / len(said) if said else 1.0
    )
