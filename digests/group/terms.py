"""What a report is about, as weighted terms: names, numbers, and the words of its title."""

from __future__ import annotations

import re

from digests.words import has_cjk, words

_LOOKED_AT = 3000  # characters of the text: who and where stand at the top, background below
_NAMES = 40  # at most of a text, in order
_TITLE_WORD = 0.3  # a title's plain words beside the names of its text, which count 1
_PAIRS = 60  # character pairs of a text in a script without capitals, for want of names

# A capital inside a sentence marks a name; after a full stop or a quotation mark it says nothing.
_NAME = re.compile(r"(?<![.!?:\"“«„(\n] )(?<!^)(?<![\n\"“«„(])\b[^\W\d_a-zß-öø-ÿа-я][^\W_]+(?:-[^\W_]+)*")
_CASED = re.compile(r"[a-zß-öø-ÿа-яάα-ω]")
_NUMBER = re.compile(r"\d+(?:[.,:\-]\d+)*")

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
_ENDINGS = ("ing", "ed", "er", "es", "ly", "e", "s")


def stem(word: str) -> str:
    """A word without its commonest English endings; light, and harmless in other languages."""
    word = word.replace("’", "'")
    if word.endswith("'s"):
        word = word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def stems(text: str) -> list[str]:
    """Stems of a text's words in order, joining words left out, parts of hyphenated words added."""
    found: list[str] = []
    for word in words(text):
        parts = [word, *word.split("-")] if "-" in word else [word]
        found.extend(
            stem(part) for part in parts if part not in _JOINING and (len(part) > 1 or part.isdigit())
        )
    return found


def numbers(text: str) -> list[str]:
    """Numbers as written, in order."""
    return _NUMBER.findall(text)


def key_terms(title: str, text: str) -> dict[str, float]:
    """Terms with their weights, the title's first.

    A headline alone gives each of its words the weight 1. With a text, its names and numbers
    weigh 1 and the title's other words less: two earthquakes share their words, not their names.
    """
    heading = stems(title)
    if not text:
        return dict.fromkeys(heading, 1.0)
    text = text[:_LOOKED_AT]
    weights = dict.fromkeys(heading, _TITLE_WORD)
    facts = dict.fromkeys(numbers(title))
    for match in _NAME.finditer(text):
        facts.update(dict.fromkeys(stems(match.group())))
    facts.update(dict.fromkeys(numbers(text)))
    weights.update(dict.fromkeys(list(facts)[:_NAMES], 1.0))
    if has_cjk(text) or not _CASED.search(text):
        weights.update(dict.fromkeys([*heading, *stems(text)[:_PAIRS]], _TITLE_WORD))
        weights.update(dict.fromkeys(list(facts)[:_NAMES], 1.0))
    return weights


_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]")


def opening(title: str, text: str) -> str:
    """The title and the first sentence or two of a text: what a report says is new."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:600])]
    return f"{title}\n{text[: ends[0]] if ends else text[:300]}"
