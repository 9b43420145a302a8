"""Where one sentence ends and the next begins, in every script the desk reads.

A terminator is only a candidate. What stands before it (an abbreviation, an initial, a number)
and after it (a lower-case letter, a closing quote that goes on) decides.
"""

from __future__ import annotations

import re
from functools import cache

from digests.text.bounds import in_pieces
from digests.text.languages import UNKNOWN, Words, every, language_of

# “ ‘ and « close in German, Czech or Danish when they stand right behind the mark, as they never open there.
_CLOSERS = "\"'”’»›“‘«‹)\\]」』）】〕》〉＂］"
_WIDE_CLOSERS = "\"'”’»›)\\]」』）】〕》〉＂］"  # in Chinese “ opens behind a full stop
# One alternative an idea: full-width terminators, those of Indic, Ethiopic, Burmese and Khmer, Arabic, and the ASCII family.
_END = re.compile(
    rf"(?P<wide>[。！？｡]+[{_WIDE_CLOSERS}]*)"
    rf"|(?P<always>[।॥።፧။។៕]+[{_CLOSERS}]*)"
    rf"|(?P<plain>[.!?…؟۔]+(?:[{_CLOSERS}]+|\s?»)*)"
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*|[\u2028\u2029\f]+")
_SPACE = re.compile(r"\s+")
_LAST_WORD = re.compile(r"[^\s(\[“\"'«„‘—–/]*$")
_NEXT_WORD = re.compile(r"[\"'“‘«„‹¿¡(\[\s—–-]*([^\W_]+(?:['’][^\W_]+)?)")
_LOOK_BACK = 24  # characters; longer words are no abbreviations
_LOOK_AHEAD = 32
_QUOTE_OPEN, _QUOTE_CLOSE = "「『（《【", "」』）》】"
_CJK_QUOTE = re.compile(f"[{_QUOTE_OPEN}{_QUOTE_CLOSE}]")
_QUOTE_REACH = 160  # characters; a quotation longer than that is cut inside
_GOES_ON = "、，,；;：:とっってでがはもにをの」』）"  # after a closed quotation the sentence continues


def split_sentences(text: str, language: str = "und") -> list[str]:
    """The sentences of ``text`` in order, runs of white space as one space; linear in its length.

    ``language`` is ISO 639-1 and sharpens abbreviations and ordinal dots. A blank line always
    ends a sentence, and none is longer than ``bounds.SENTENCE``. Joined, the sentences hold every
    character of ``text`` but white space.
    """
    found: list[str] = []
    for paragraph in _BLANK_LINE.split(text):
        for sentence in _split_paragraph(_SPACE.sub(" ", paragraph).strip(), language):
            found.extend(in_pieces(sentence))
    return found


def _split_paragraph(text: str, language: str) -> list[str]:
    if not text:
        return []
    inside = _quoted_spans(text)
    span = 0
    start = 0
    sentences: list[str] = []
    for match in _END.finditer(text):
        end = match.end()
        while span < len(inside) and inside[span][1] < end:
            span += 1
        if span < len(inside) and inside[span][0] < match.start():
            continue
        if end < len(text) and _ends_here(text, match, start, language):
            sentences.append(text[start:end].strip())
            start = end + (text[end] == " ")
    sentences.append(text[start:])  # never empty: a sentence is only cut off where text follows
    return sentences


def _quoted_spans(text: str) -> list[tuple[int, int]]:
    """Outermost bracketed CJK quotations short enough to stay whole, as (open, close) positions."""
    spans: list[tuple[int, int]] = []
    depth, opened = 0, 0
    for match in _CJK_QUOTE.finditer(text):
        if depth and match.start() - opened > _QUOTE_REACH:
            depth = 0  # never closed, or too long to keep whole
        if match.group() in _QUOTE_OPEN:
            if not depth:
                opened = match.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                spans.append((opened, match.start()))
    return spans


def _ends_here(text: str, match: re.Match[str], start: int, language: str) -> bool:
    end = match.end()
    following = text[end]
    if match["always"]:
        return True
    if match["wide"]:
        return following not in _GOES_ON or match.group()[-1] in "。！？｡"
    marks = match["plain"]
    if following != " ":
        # Scraped text often loses the space between two sentences: "ended.The next".
        glued = _NEXT_WORD.match(text, end, end + _LOOK_AHEAD)
        return (
            marks == "."
            and text[max(start, match.start() - 2) : match.start()].islower()
            and glued is not None
            and glued.start(1) == end
            and starts_sentence(glued[1])
        )
    ahead = _NEXT_WORD.match(text, end, end + _LOOK_AHEAD)
    word = ahead[1] if ahead else ""
    if word[:1].islower():
        return False
    if marks != ".":
        return marks != "!" or starts_sentence(word) or not _is_marked_name(text, match.start(), start)
    found = _LAST_WORD.search(text, max(start, match.start() - _LOOK_BACK), match.start())
    before = found[0] if found else ""
    first = match.start() - len(before) == start
    if (
        ahead
        and len(before) == len(word) == 1
        and before.isalpha()
        and text[ahead.end() : ahead.end() + 1] == "."
    ):
        return False  # "J. K. Rowling", "z. B."
    return not _dot_belongs(before, word, first, language)


def _is_marked_name(text: str, end: int, start: int) -> bool:
    """Whether a name that is written with an exclamation mark stands before it: "Yum! Foods"."""
    found = _LAST_WORD.search(text, max(start, end - _LOOK_BACK), end)
    return found is not None and found[0][:1].isupper() and found[0].casefold() in _marked_names()


def _dot_belongs(before: str, after: str, first: bool, language: str) -> bool:
    """Whether the dot after ``before`` is part of it and the sentence goes on with ``after``.

    ``first``: nothing of the sentence stands before it.
    """
    lower = before.casefold()
    known, shared = language_of(language), language_of(UNKNOWN)
    if before.isdecimal():
        if first:
            return len(before) <= 3  # "1. The first point"
        return known.ordinal_dot and len(before) <= 2 and not starts_sentence(after)
    if _has_dot(lower, known.address, shared.address) and (
        before != lower or not before.isascii() or known.code != "en"
    ):
        return lower not in language_of("en").address_or_word or not starts_sentence(after)
    if _has_dot(lower, known.before_numbers, shared.before_numbers) and after[:1].isdecimal():
        return True
    if len(before) == 1 and before.isalpha():
        # An initial ("J. Smith"), also in Arabic script, unless the next word opens a sentence.
        return not before.islower() and not starts_sentence(after)
    if _has_dot(lower, known.abbreviations, shared.abbreviations) or _is_dotted(before):
        return not starts_sentence(after)
    return False


def _has_dot(word: str, own: Words, shared: Words) -> bool:
    """Whether a small word stands in its language's list, or where that is empty in the one for all."""
    return word in (own or shared)


@cache
def _openers() -> Words:
    return frozenset(every(lambda known: known.openers))


@cache
def _marked_names() -> Words:
    return frozenset(every(lambda known: known.marked_names))


def starts_sentence(word: str) -> bool:
    """Whether ``word`` is a capitalised function word such as ``The`` or ``Der``."""
    return word[:1].isupper() and word.casefold() in _openers()


def _is_dotted(word: str) -> bool:
    """``U.S``, ``p.m``, ``т.д``: single letters with dots between."""
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) == 1 and part.isalpha() for part in parts)
