"""What stands among an article's sentences and can't be a brief's: furniture, headings, loose ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from digests.brief.extractive.phrases import phrases
from digests.text.languages import lexicon
from digests.text.stems import content, is_stop, stems
from digests.text.words import counts_characters

_TRAIL = re.compile(r"\s[»›>|/•·]\s")
_CODE = re.compile(r"[{\[]\s*\"|\"\s*:\s*[\"{\[]|\bfunction\s*\(")  # data and scripts of a page
_LINK = re.compile(r"https?://|www\.|\S@\S+\.\w")
_ALL_OF_A_HEADLINE = 0.85  # share of a sentence's content; above it the sentence adds nothing to the headline
_LEAD_IN = 2  # words without content that may stand before a pronoun
_SHORT = 8  # words; a longer sentence may name itself what it ends on
_FURNITURE = 300  # characters at most
_HEADING, _FRAGMENT = 12, 4  # words; two characters stand for one where the script has no spaces
_HANGUL = re.compile("[\uac00-\ud7af]")
_LEAST_KOREAN = 3  # words
_NAME = r"[^\W\d_a-zß-ÿ][\w’'-]+"
_SUBJECT = re.compile(
    rf"\W*({_NAME})(?:\s\w{{1,3}}\s({_NAME}))?(?=\s[^\W\d_A-ZÀ-Þ])"
)  # "Ruiz", "Ruiz and Soto"
_FULL_NAME = re.compile(rf"{_NAME}(?:\s{_NAME})+")
_ALL_QUOTED = re.compile(
    r"(?:[\"“„«「『][^\"”“»」』]*[\"”“»」』]?|['‘](?:[^'’]|['’](?=\w))*['’]?)[\s.,!?…。！？，]*"
)
_MARK = re.compile('["“”„«»「」『』]')
_DASH = re.compile(r"[-–—―]\s*[^\W\d_]")
_QUOTED_SENTENCES = 8  # of one quotation, at most
_WORD = re.compile(r"\W*[\w'’-]+\W*")
_PAIRS = (("«", "»"), ("「", "」"), ("『", "』"), ("(", ")"), ("（", "）"))


class Use(IntEnum):
    """What a sentence is good for."""

    NEVER = 0
    IN_NEED = 1  # where the article has nothing better
    AFTER_ITS_NEIGHBOUR = 2  # only right behind the sentence before it, which says who is meant
    FREELY = 3


def use(sentence: str, place: int, title: str, language: str) -> Use:
    """``sentence`` is tidy; ``place`` is its index in the article."""
    if not any(c.isalnum() for c in sentence) or _is_furniture(sentence, language):
        return Use.NEVER
    if (
        _is_heading(sentence)
        or _is_torn(sentence)
        or _is_talk(sentence, language)
        or repeats(sentence, title, language)
    ):
        return Use.IN_NEED
    if place and points_back(sentence, language):
        return Use.AFTER_ITS_NEIGHBOUR
    return Use.FREELY


def repeats(sentence: str, title: str, language: str) -> bool:
    """Whether the sentence says no more than the headline."""
    if not title:
        return False
    said = content(sentence, language)
    return bool(said) and len(said & content(title, language)) >= _ALL_OF_A_HEADLINE * len(said)


def points_back(sentence: str, language: str) -> bool:
    """Whether the sentence is about something named earlier: "He …", "In his speech …", "The maker denies that."."""
    known = phrases(language)
    if known.speaker.search(sentence) or (len(sentence.split()) <= _SHORT and known.hanging.search(sentence)):
        return True
    pronoun = known.opening_pronoun
    start = 0
    for _ in range(_LEAD_IN):
        if pronoun.match(sentence, start):
            return True
        word = _WORD.match(sentence, start)
        if word is None or not all(is_stop(stem, language) for stem in stems(word.group())):
            return False
        start = word.end()
    return False


def introductions(sentences: Sequence[str], title: str, language: str) -> list[frozenset[int]]:
    """For every tidy sentence the places of those before it that say who its subject is.

    Empty where it needs none. "Ruiz denied it." is read alone only by who knows of "the minister, Ana Ruiz".
    """
    stop = lexicon(language).stop
    full: dict[str, list[int]] = {}  # a name behind another one, and where it stands so, in order
    found = []
    for place, sentence in enumerate(sentences):
        subject = _SUBJECT.match(sentence)
        names = [
            name for name in (subject.groups() if subject else ()) if name and name.casefold() not in stop
        ]
        known = [full[name] for name in names if name in full and name not in title]
        fewest = min(known, key=len, default=list[int]())
        found.append(frozenset(fewest))
        for run in _FULL_NAME.findall(sentence):
            for name in run.split()[1:]:
                full.setdefault(name, []).append(place)
    return found


def _is_talk(sentence: str, language: str) -> bool:
    """Whether a dash opens the sentence, as it opens what somebody says, and nothing tells who."""
    return _DASH.match(sentence) is not None and not phrases(language).said.search(sentence)


def inside_quotations(sentences: Sequence[str]) -> frozenset[int]:
    """The places of sentences that stand inside a quotation of several: no mark shows that someone speaks.

    A quotation that is not closed within ``_QUOTED_SENTENCES`` is taken for a stray mark.
    """
    inside: set[int] = set()
    opened: int | None = None
    for place, sentence in enumerate(sentences):
        if opened is not None and place - opened > _QUOTED_SENTENCES:
            opened = None
        marks = list(_MARK.finditer(sentence))
        if not len(marks) % 2:
            continue
        if opened is not None:
            inside.update(range(opened + 1, place))
        opened = place if _opens(sentence, marks[-1]) else None
    return frozenset(inside)


def _opens(sentence: str, mark: re.Match[str]) -> bool:
    """Whether a quotation mark opens a quotation: it stands at the start of a word, or is of that kind."""
    before, after = sentence[: mark.start()][-1:], sentence[mark.end() :][:1]
    if mark.group() in "「『":
        return True
    return (not before or before in " \u00a0\u202f([-–—:") and (after.isalnum() or mark.group() in "«„“")


def _is_furniture(sentence: str, language: str) -> bool:
    if _CODE.search(sentence):
        return True
    return len(sentence) < _FURNITURE and bool(
        phrases(language).opening_furniture.match(sentence)
        or len(_TRAIL.findall(sentence)) > 1
        or _LINK.search(sentence)
    )


def _is_heading(sentence: str) -> bool:
    """A line that no full stop ends, that a colon leaves open, or that is too short to tell anything."""
    spaced = len(sentence.split())
    length = len(sentence) // 2 if counts_characters(sentence) else spaced
    if _HANGUL.search(sentence) and spaced < _LEAST_KOREAN:
        return True
    return sentence[-1] in ":：" or length < _FRAGMENT or (sentence[-1].isalnum() and length < _HEADING)


def _is_torn(sentence: str) -> bool:
    """A quotation, or a part of one, and nothing else: who speaks is told elsewhere."""
    if _ALL_QUOTED.fullmatch(sentence):
        return True
    if sentence.isascii() and "(" not in sentence and ")" not in sentence:
        return sentence.count('"') % 2 > 0
    low = sentence.count("„")  # closed by either of the two high marks, the first of which may also open
    high = (sentence.count("“"), sentence.count("”"))
    torn = low != sum(high) if low else high[0] != high[1]
    return (
        torn or sentence.count('"') % 2 > 0 or any(sentence.count(a) != sentence.count(b) for a, b in _PAIRS)
    )
