"""Negations that a claim drops or adds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from digests.text.languages import Language, language_of, lexicon
from digests.text.tokens import CLAUSE_END, HAN, HANGUL, KANA, Token, alike, content, known, tokens

_TURKISH = re.compile(r"^(.{2,}?)(?:m[ae](?:d[ıi]|y[ae]c|z|m[ıi]ş|y[ae]n|ktan|kten|s[ıi]n)|m[ıiuü]yor)")
_UN = re.compile(r"^(?:un(?!der|til|io|it|iv|cle|ique)|dis(?!t|c|p|k|h)|non)\w{4,}$|\w{4,}less$")
_ARABIC_VERB = re.compile(r"^س?[يتنأ](?=.{3})")
_MODIFIERS = re.compile(r"ly$|mente$|ment$")


@dataclass(slots=True)
class _Polarity:
    """Content words of a sentence by the negation that reaches them."""

    plain: set[str] = field(default_factory=set)
    negated: set[str] = field(default_factory=set)  # right under a negation
    near: set[str] = field(default_factory=set)  # further on in its clause
    soft: set[str] = field(default_factory=set)  # "denied", "unable", "unhurt": a negation may be paraphrase


def turned(claim: str, source: str, language: str) -> str | None:
    """A word negated on one side and affirmed on the other, None when there is none.

    Both texts are ``clean``; the source's lines are its sentences. Each word is looked up in the
    line that shares most with the claim: another line may negate it of someone else.
    """
    words = lexicon(language)
    read = _unspaced if language in {"zh", "ja"} else _spaced
    ours = read(claim, language, words)
    said = content(claim, language)
    lines: list[tuple[int, _Polarity]] = []
    for line in filter(str.strip, source.split("\n")):
        theirs = read(line, language, words)
        if language in {"zh", "ja"}:  # words have no ends there: a negated stretch is looked up in the text
            ours.plain |= {word for word in theirs.negated if word in claim and word not in ours.negated}
            theirs.plain = {word for word in ours.negated if word in line and word not in theirs.negated}
        have = set(content(line, language))  # once a line: each word of the claim is held against it
        lines.append((sum(known(word, have) for word in said), theirs))
    soft = set[str]().union(*(polarity.soft for _, polarity in lines))
    for word in sorted(ours.plain - ours.negated - ours.near):
        about = _closest(word, lines)
        if (
            about
            and not ours.soft - soft
            and all(_has(p.negated, word) and not _has(p.plain, word) for p in about)
        ):
            return word
    for word in sorted(ours.negated):
        about = _closest(word, lines) or [polarity for _, polarity in lines]
        if not any(_has(p.negated | p.near, word) or p.soft - ours.soft for p in about) and (
            any(_has(p.plain, word) for p in about) or not any(p.negated for p in about)
        ):
            return word
    return None


def _closest(word: str, lines: list[tuple[int, _Polarity]]) -> list[_Polarity]:
    """Of the lines that hold the word, those that share most with the claim."""
    holding = [(share, p) for share, p in lines if _has(p.plain | p.negated | p.near, word)]
    best = max((share for share, _ in holding), default=0)
    return [polarity for share, polarity in holding if share == best]


def _has(group: set[str], word: str) -> bool:
    return any(_same(word, other) for other in group)


def _same(one: str, other: str) -> bool:
    if alike(one, other):
        return True
    if "\u0600" <= one[0] <= "\u06ff":
        one, other = _ARABIC_VERB.sub("", one), _ARABIC_VERB.sub("", other)
        return one[:3] == other[:3]
    short, long = sorted((one, other), key=len)
    return len(short) >= (1 if HANGUL[0] <= one[0] <= HANGUL[2] else 4) and long.startswith(short)


def _spaced(text: str, language: str, words: Language) -> _Polarity:
    found = _Polarity()
    stream = tokens(text)
    breaks = [match.start() for match in CLAUSE_END.finditer(text)]
    reach: dict[int, str] = {}
    for at, token in enumerate(stream):
        found.soft |= {token.key} if _is_soft(token, language, words) else set()
        if language == "tr" and _TURKISH.match(token.key):
            reach[at] = "negated"
        elif (_negates(token, language, words) and not _not_only(stream, at)) or _fails(stream, at, language):
            first = True
            for i in _scope(at, len(stream), "tr" if token.key in words.behind else language):
                low, high = sorted((token.start, stream[i].start))
                if any(low < stop < high for stop in breaks):
                    break
                if stream[i].key in words.stop or _MODIFIERS.search(stream[i].key):
                    continue
                reach.setdefault(i, "negated" if first else "near")
                first = False
    for at, token in enumerate(stream):
        if token.key in words.stop or not token.key[0].isalpha():
            continue
        kind = reach.get(at, "plain")
        stem = _stem(token.key, language) if kind == "negated" else token.key
        getattr(found, kind).add(stem)
    return found


def _scope(at: int, size: int, language: str) -> list[int]:
    """The places a negation at ``at`` reaches, the nearest first."""
    if language in {"tr", "ko"}:
        return list(range(at - 1, max(-1, at - 4), -1))
    if language == "hi":
        return [i for i in (at - 1, at + 1, at + 2) if 0 <= i < size]
    return list(range(at + 1, min(size, at + 6)))


def _stem(word: str, language: str) -> str:
    if language == "tr" and (match := _TURKISH.match(word)):
        return match.group(1)
    return re.sub(r"(?<=.)지(?:는|도|를)?$", "", word) if language == "ko" else word


def _fails(stream: list[Token], at: int, language: str) -> bool:
    """ "Failed to" and its like, with the word that links it to its verb where the language has one."""
    known = language_of(language)
    return stream[at].key in known.unmaking and (
        not known.unmaking_link or (at + 1 < len(stream) and stream[at + 1].key in known.unmaking_link)
    )


def _negates(token: Token, language: str, words: Language) -> bool:
    if language == "ko":
        return token.key.startswith(("않", "없", "못"))
    return token.key in words.negations or (language == "en" and token.key.endswith("n't"))


def _not_only(stream: list[Token], at: int) -> bool:
    return stream[at].key == "not" and at + 1 < len(stream) and stream[at + 1].key in {"only", "just"}


def _is_soft(token: Token, language: str, words: Language) -> bool:
    if language == "ko":
        return any(word in token.key for word in words.soft)
    return token.key in words.soft or (language == "en" and _UN.match(token.key) is not None)


def _unspaced(text: str, language: str, words: Language) -> _Polarity:
    """Chinese: the two characters after a negation; Japanese: the stretch of kanji before one."""
    marks = "|".join(re.escape(mark) for mark in sorted(words.negations, key=len, reverse=True))
    if language == "zh":
        pattern = rf"(?:{marks})(?![仅僅只断斷同少足过過])(?:有|会|會|能|曾|再|是|被|在|想|愿|得|对|對|予)?([{HAN}]{{2}})"
    else:
        pattern = rf"([{HAN}]{{1,6}})[{KANA}]{{0,5}}?(?:{marks})"
    found = _Polarity(negated={match.group(1) for match in re.finditer(pattern, text)})
    found.soft = {mark for mark in words.soft if mark in text}
    return found
