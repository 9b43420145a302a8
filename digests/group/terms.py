"""What a report is about, as weighted terms: names, numbers, and the words of its title."""

from __future__ import annotations

import re
from functools import lru_cache
from sys import intern

from digests.text.words import words

LOOKED_AT = 2000  # characters of a text
_TOP = 1500  # of those, where who, where and how many stand; background comes below
_NAMES = 40  # at most of a text, in order
_WORD = 0.15  # a plain word beside names, which weigh 1
_FIGURE = 1.5  # and a figure, which two reports seldom share by chance
_FEW_NAMES = 5  # with fewer (a script without capitals, say) the text's own words stand in:
_WORDS = 60  # so many from its top

# A capital inside a sentence marks a name; after a full stop or a quotation mark it says nothing.
# The pattern only skips the commonest small letters: whether it is a capital is asked afterwards.
_INITIAL = r"[^\W\d_a-zß-öø-ÿа-я]"
_NAME = re.compile(rf"(?<![.!?:\"“«„(\n] )(?<!^)(?<![\n\"“«„(])\b{_INITIAL}[^\W_]+(?:-[^\W_]+)*")
_NAMES_IN_ROW = re.compile(rf"\b{_INITIAL}[^\W_]+(?:[ -]{_INITIAL}[^\W_]+)+")
_NUMBER = re.compile(r"\d+(?:[.,:\-]\d+)*")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]")

# Words that only join others, in the languages with most feeds. The weights would find them by
# themselves in a large index; this spares a small one from being misled.
_JOINING_WORDS = """
    a an the of to in on for with at by from as is are be was were has have had it its this that these those
    and or but not no his her their our your my he she they we you i who what when where why how will would can
    could may might should do does did than then so if about into over after before up down out off just more
    most new says say said get gets via one two all also us been being there here
    de la el los las un una y en del al por con para que se su es lo como más o le les des du et dans pour sur
    une est au aux par qui que ce il elle der die das und ein eine einer im den dem von zu mit auf für ist sich
    nach bei aus wird wurde do da dos das em um uma no na os as ao com não di il per che gli della dei nel con
    и в на с по из за к от для не что о до при
"""
_JOINING = frozenset(_JOINING_WORDS.split())
_ENDINGS = ("ing", "ed", "er", "es", "ly", "e")


@lru_cache(maxsize=1 << 14)  # the words in use; every one ever met would be tens of megabytes
def stem(word: str) -> str:
    """A word without its commonest English endings; light, and harmless in other languages."""
    word = word.replace("’", "'")
    if word.endswith("'s"):
        word = word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return intern(word)


def stems(text: str) -> list[str]:
    """Stems of a text's words in order, joining words left out, parts of hyphenated words added."""
    found: list[str] = []
    for word in words(text):
        if word not in _JOINING and (len(word) > 1 or word.isdigit()):
            found.append(stem(word))
        if "-" in word:
            found.extend(stem(part) for part in word.split("-") if len(part) > 1 and part not in _JOINING)
    return found


def numbers(text: str) -> list[str]:
    """Numbers as written, in order."""
    return [intern(number) for number in _NUMBER.findall(text)]


def key_terms(title: str, text: str, language: str = "und") -> dict[str, float]:
    """Terms with their weights.

    A headline alone gives each of its words the weight 1. With a text, its names and numbers
    weigh 1 and the title's other words less: two earthquakes share their words, not their names.
    """
    heading = stems(title)
    if not text:
        return dict.fromkeys(heading, 1.0)
    text = text[:_TOP]
    named = list(names(text, language))[:_NAMES]
    figures = list(dict.fromkeys(numbers(f"{title} {text}")))[:_NAMES]
    weights = dict.fromkeys(heading, _WORD)
    if len(named) < _FEW_NAMES or language == "de":
        weights.update(dict.fromkeys(stems(text)[:_WORDS], _WORD))
    weights.update(dict.fromkeys(named, 1.0))
    weights.update(dict.fromkeys(figures, _FIGURE))
    return weights


def names(text: str, language: str = "und") -> dict[str, None]:
    """Stems of what looks like a name, in order: capitalised inside a sentence.

    German writes every noun so; there only two capitals in a row count.
    """
    pattern = _NAMES_IN_ROW if language == "de" else _NAME
    found = (match.group() for match in pattern.finditer(text))
    return dict.fromkeys(stems(" ".join(name for name in found if name[0].isupper())))


def opening(title: str, text: str) -> str:
    """The title and the first sentence of a text: what a report says is new."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:600])]
    return f"{title}\n{text[: ends[0]] if ends else text[:300]}"
