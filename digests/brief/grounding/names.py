"""Names of a claim that its source does not carry, and names that changed places."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

from digests.text.languages import Language, Words, any_of, every, language_of, lexicon
from digests.text.tokens import HAN, HANGUL, Token, alike, bare, lower, same_name, tokens

_HAN_RUN = re.compile(rf"[{HAN}]+")
_KATAKANA = re.compile("[ァ-ヺー・]{3,}")
_EVERYDAY = re.compile(
    r"(?:s|ing|ed|ly|ment|ness|ion|ity|ance|ence|al|ive|able|ous|ful|less|[aáeéií]?r[áa]n?|ou|ó)$"
)
_HINDI_AUXILIARIES = frozenset(["गया", "गए", "गई", "गये", "गयी", "जाएगा", "जाएगी", "जाएंगे", "रहा", "रहे", "रही"])
_KOREAN_VERBS = ("하지", "했다", "한다", "하는", "되는", "하고", "해서", "하기로")


@cache
def _han() -> Language:
    """Chinese with what Japanese adds to it: a name in characters may be of either."""
    zh, ja = language_of("zh"), language_of("ja")
    return replace(
        zh,
        honorifics=zh.honorifics + ja.honorifics,
        places=zh.places + ja.places,
        reporting=zh.reporting + ja.reporting,
    )


@cache
def _agent() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{any_of(every(lambda known: known.agents))})\s+(?:\w+\s+){{0,2}}[^\W\d_]")


@cache
def _never_names() -> re.Pattern[str]:
    """Endings of everyday words that no name has."""
    return re.compile(rf"(?:{any_of(every(lambda known: known.never_names))})$")


@cache
def _maybe_names() -> re.Pattern[str]:
    """Endings of everyday words and of names, so the source must have a form of the word."""
    return re.compile(rf"(?:{any_of(every(lambda known: known.maybe_names))})$")


@cache
def _acronyms() -> Words:
    return frozenset(every(lambda known: known.acronyms))


def missing_names(claim: str, source: str, language: str, *, headline: bool = False) -> list[str]:
    """Names in a ``clean`` claim that its ``clean`` source does not hold, as the claim writes them."""
    source_tokens = tokens(source)
    claim_tokens = tokens(claim)
    if _cased(claim):
        missing = _capitalised(claim, claim_tokens, source_tokens, language, headline=headline)
        return missing or _chimeras(claim, claim_tokens, source, source_tokens, lexicon(language).stop)
    if _HAN_RUN.search(claim) or _KATAKANA.search(claim):
        return _latin(claim_tokens, source) + _unspaced(claim, source)
    return _latin(claim_tokens, source) + _uncased(claim_tokens, source_tokens, language)


def swapped_names(claim: str, source: str, language: str) -> str | None:
    """A name that stands on the other side of the same verb than in the source, if there is one.

    "Ana beat Eva" against "Eva beat Ana": each name occurs, the roles do not. Only words that
    stand once in both are looked at, so a sentence turned to the passive is left in peace.
    """
    if not _cased(claim) or bool(_agent().search(claim)) != bool(_agent().search(source)):
        return None
    ours, theirs = tokens(claim), tokens(source)
    stop = lexicon(language).stop
    skip = {t.key for t in theirs if not t.capital} | stop
    named = {t.key for t in theirs if t.capital and t.key not in skip and not _calendar(t.key, language)}
    for here, there in _pivots(ours, theirs, stop):
        left, right = _beside(ours, here, named)
        source_left = {t.key for t in theirs[:there]} & named
        source_right = {t.key for t in theirs[there + 1 :]} & named
        if not left or left in source_left or left not in source_right:
            continue
        if right in source_left or (right is None and _touching(ours, here, theirs, there, named)):
            return next(t.text for t in ours if t.key == left)
    return None


def _pivots(ours: list[Token], theirs: list[Token], stop: frozenset[str]) -> list[tuple[int, int]]:
    """Where small words that stand once in both texts stand."""
    pivots = []
    for key in sorted({t.key for t in ours if not t.capital and len(t.key) > 2 and t.key not in stop}):
        here = [i for i, t in enumerate(ours) if t.key == key]
        there = [i for i, t in enumerate(theirs) if t.key == key]
        if len(here) == 1 and len(there) == 1:
            pivots.append((here[0], there[0]))
    return pivots


def _beside(words: list[Token], at: int, names: set[str]) -> tuple[str | None, str | None]:
    left = next((words[i].key for i in range(at - 1, max(-1, at - 4), -1) if words[i].key in names), None)
    right = next(
        (words[i].key for i in range(at + 1, min(len(words), at + 8)) if words[i].key in names), None
    )
    return left, right


def _touching(ours: list[Token], here: int, theirs: list[Token], there: int, named: set[str]) -> bool:
    """Whether the name touches its verb in both, from the left here and from the right there."""
    return (
        0 < there < len(theirs) - 1
        and theirs[there - 1].key in named
        and ours[here - 1].key == theirs[there + 1].key
    )


def _cased(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(c.islower() or c.isupper() for c in letters) * 2 > len(letters)


def _latin(claim: list[Token], source: str) -> list[str]:
    """Latin words inside a text of another script are names."""
    low = lower(source)
    return [t.text for t in claim if t.text.isascii() and t.text.isalpha() and t.key not in low]


def _opens(claim: str, token: Token) -> bool:
    before = claim[: token.start].rstrip(" \"'“”«»„‘(¿¡-–—")
    return not before or before[-1] in ".!?:;…"


def _capitalised(
    claim: str, ours: list[Token], theirs: list[Token], language: str, *, headline: bool
) -> list[str]:
    words = lexicon(language)
    keys = {t.key for t in theirs}
    parts = {part for key in keys for part in re.split(r"[-'.]", key)}
    titled = headline and sum(t.capital for t in ours) * 3 > len(ours) * 2
    missing = []
    for at, token in enumerate(ours):
        if not token.capital or token.key in words.stop or len(token.key) < 2 or token.key in _acronyms():
            continue
        pieces = [p for p in re.split(r"'", token.key) if len(p) > 1] or [token.key]
        if any(piece in parts or any(same_name(piece, key, language) for key in keys) for piece in pieces):
            continue
        if (
            _initials(token, theirs)
            or _spelt_out(ours, at, theirs)
            or token.key in words.numbers
            or token.key in words.scales
            or _calendar(token.key, language)
        ):
            continue
        plain = token.text[1:].islower()
        ordinary = plain and (
            token.key in words.starters
            or _never_names().search(token.key) is not None
            or _lower_form(token, theirs)
            or _other_form(token, theirs)
        )
        follows = at + 1 < len(ours) and ours[at + 1].capital
        if _opens(claim, token) or titled:
            if ordinary or (plain and not follows and not titled and _opening_word(ours, at, language)):
                continue
            if plain and not follows and titled and not _slot(ours, at, theirs, words.stop):
                continue
        elif (
            language_of(language).nouns_have_capitals
            and plain
            and (ordinary or (not _slot(ours, at, theirs, words.stop) and not _german_name(ours, at)))
        ) or (ordinary and _lower_form(token, theirs)):
            continue
        missing.append(token.text)
    return missing


def _opening_word(ours: list[Token], at: int, language: str) -> bool:
    """Whether a word that opens a sentence is followed by a preposition: "Prior to this", "Savings of".

    A name seldom is, and where it is its ending seldom is an everyday one.
    """
    following = ours[at + 1].key if at + 1 < len(ours) else ""
    return following in language_of(language).prepositions and (
        language != "en" or following in {"to", "than"} or _EVERYDAY.search(ours[at].key) is not None
    )


def _lower_form(token: Token, theirs: list[Token]) -> bool:
    """Whether the source writes the word small: "Prime Minister" for "the prime minister"."""
    return any(
        not t.capital and (t.key == token.key or (len(t.key) > 4 and same_name(t.key, token.key)))
        for t in theirs
    )


def _other_form(token: Token, theirs: list[Token]) -> bool:
    """Whether a word that may open a sentence is built on one of the source's: "Repairing" for "repairs"."""
    return _maybe_names().search(token.key) is not None and any(
        not t.capital and alike(t.key, token.key) for t in theirs
    )


def _calendar(word: str, language: str) -> bool:
    """Months and weekdays are the date check's."""
    table = lexicon(language)
    return any((word,) == form for group in (*table.months, *table.weekdays) for form in group)


def _initials(token: Token, theirs: list[Token]) -> bool:
    """Initials: "UN" stands for "United Nations"."""
    letters = token.text.replace(".", "")
    if not letters.isupper() or len(letters) < 2:
        return False
    initials = "".join(t.text[0] for t in theirs if t.capital)
    return letters in initials


def _spelt_out(ours: list[Token], at: int, theirs: list[Token]) -> bool:
    """Whether the token is part of a run whose initials the source has: "European Commission" for "EC"."""
    start = end = at
    while start and ours[start - 1].capital:
        start -= 1
    while end + 1 < len(ours) and ours[end + 1].capital:
        end += 1
    short = {t.text.replace(".", "") for t in theirs if len(t.text) > 1 and t.text.replace(".", "").isupper()}
    runs = {
        "".join(t.text[0] for t in ours[i : j + 1])
        for i in range(start, at + 1)
        for j in range(max(at, i + 1), end + 1)
    }
    return bool(runs & short)


def _german_name(ours: list[Token], at: int) -> bool:
    """German nouns have capitals; a name has no article, adjective or preposition with article before it."""
    before = ours[at - 1]
    if before.capital and before.key not in lexicon("de").stop:
        return True
    return (
        re.search(
            r"^(?:der|die|das|den|dem|des|ein\w*|kein\w*|im|am|zum|zur|vom|beim|ins|\w+(?:e|en|er|es|em)|\d+)$",
            before.key,
        )
        is None
    )


def _slot(ours: list[Token], at: int, theirs: list[Token], stop: frozenset[str]) -> bool:
    """Whether the token stands where the source has another capitalised word."""
    left = ours[at - 1].key if at else None
    right = ours[at + 1].key if at + 1 < len(ours) else None
    for i, token in enumerate(theirs):
        if not token.capital or token.key in stop:
            continue
        before = theirs[i - 1].key if i else None
        after = theirs[i + 1].key if i + 1 < len(theirs) else None
        if right == after and (left == before or left is None) and (right or left):
            return True
    return False


def _chimeras(
    claim: str, ours: list[Token], source: str, theirs: list[Token], stop: frozenset[str]
) -> list[str]:
    """First name of one, last name of another: "Ana Ruiz and Eva Soto" never gives "Ana Soto"."""
    lower = {t.key for t in theirs if not t.capital} | stop
    for one, two in pairwise(ours):
        if (
            not (one.capital and two.capital)
            or claim[one.end : two.start] != " "
            or {one.key, two.key} & lower
        ):
            continue
        if _one_run(source, theirs, one.key, two.key):
            continue  # "President Volodymyr Zelenskyy" gives "President Zelenskyy"
        after = [_neighbour(source, theirs, i, 1) for i, t in enumerate(theirs) if same_name(t.key, one.key)]
        before = [
            _neighbour(source, theirs, i, -1) for i, t in enumerate(theirs) if same_name(t.key, two.key)
        ]
        if (
            after
            and before
            and all(after)
            and any(before)
            and not any(same_name(a or "", two.key) for a in after)
        ):
            return [f"{one.text} {two.text}"]
    return []


def _one_run(source: str, words: list[Token], first: str, last: str) -> bool:
    """Whether the first word stands before the last in one run of capitalised words."""
    open_run = False
    for at, token in enumerate(words):
        joined = at > 0 and token.capital and source[words[at - 1].end : token.start] == " "
        open_run = open_run and joined
        if open_run and same_name(token.key, last):
            return True
        open_run = open_run or (token.capital and same_name(token.key, first))
    return False


def _neighbour(source: str, words: list[Token], at: int, step: int) -> str | None:
    """The capitalised word next to the one at ``at``, in the same run."""
    other = at + step
    if not 0 <= other < len(words) or not words[other].capital:
        return None
    left, right = sorted((words[at], words[other]), key=lambda t: t.start)
    return words[other].key if source[left.end : right.start] == " " else None


def _uncased(ours: list[Token], theirs: list[Token], language: str) -> list[str]:
    """Korean, Arabic, Hindi: a word the source lacks that stands where a name would."""
    words = lexicon(language)
    skip = words.stop | words.titles | words.numbers.keys() | words.scales.keys()
    keys = [t.key for t in theirs]
    missing = []
    for at, token in enumerate(ours):
        if token.key in skip or token.text[0].isdigit() or any(same_name(token.key, key) for key in keys):
            continue
        if _korean_name(ours, at) or (
            not any(alike(token.key, key) for key in keys)
            and (
                _in_anothers_place(ours, at, keys)
                or (at and ours[at - 1].key in words.titles)
                or (at and language == "ar" and _other_surname(ours[at - 1].key, token.key, keys))
            )
        ):
            missing.append(token.text)
    return missing


def _korean_name(ours: list[Token], at: int) -> bool:
    token = ours[at]
    if not HANGUL[0] <= token.key[0] <= HANGUL[2]:
        return False
    stem = bare(token.key)
    if len(stem) > 2 and stem.endswith(language_of("ko").places):
        return True
    follows = ours[at + 1].key if at + 1 < len(ours) else ""
    titled = any(follows.startswith(title) for title in lexicon("ko").titles)
    return len(token.key) in {2, 3, 4} and token.key[0] in language_of("ko").surnames and titled


def _in_anothers_place(ours: list[Token], at: int, keys: list[str]) -> bool:
    left = ours[at - 1].key if at else None
    right = ours[at + 1].key if at + 1 < len(ours) else None
    if right in _HINDI_AUXILIARIES or ours[at].key.endswith(_KOREAN_VERBS):
        return False  # a verb stands there
    for i in range(len(keys)):
        before = keys[i - 1] if i else None
        after = keys[i + 1] if i + 1 < len(keys) else None
        if before == left and after == right:
            return True
    return False


def _other_surname(first: str, last: str, keys: list[str]) -> bool:
    """Arabic: after the same word another one with the article, as in a full name."""
    follows = [two for one, two in pairwise(keys) if one == first]
    return last.startswith("ال") and bool(follows) and all(word.startswith("ال") for word in follows)


def _unspaced(claim: str, source: str) -> list[str]:
    """Chinese and Japanese: stretches of the claim that the source lacks and that look like names."""
    missing = [
        m.group() for m in _KATAKANA.finditer(claim) if m.group().strip("・ー") and m.group() not in source
    ]
    for run in _HAN_RUN.finditer(claim):
        for start, end in _uncovered(run.group(), source):
            text = run.group()[start:end]
            at = run.start() + start
            follows = claim[run.start() + end : run.start() + end + 3]
            if not text.startswith(_han().reporting) and _looks_like_name(text, follows, claim, at, source):
                missing.append(text)
    return missing


def _looks_like_name(text: str, follows: str, claim: str, at: int, source: str) -> bool:
    if follows.startswith((*_han().honorifics, *_han().places)):
        return True
    if len(text) > 1 and text.endswith(_han().places):
        return True
    if text[0] in _han().surnames and 2 <= len(text) <= 3:
        return True
    if len(text) >= 2 and all(c in _han().sounds for c in text):
        return True
    left, right = claim[max(0, at - 2) : at], claim[at + len(text) : at + len(text) + 2]
    if len(text) == 1:  # another surname before the same given name
        surname = f"[{_han().surnames}]"
        return (
            re.match(surname, text) is not None
            and len(right) > 1
            and re.search(surname + right, source) is not None
        )
    if len(left) + len(right) < 3:
        return False
    return re.search(rf"{re.escape(left)}[{HAN}]{{2,4}}{re.escape(right)}", source) is not None


def _uncovered(run: str, source: str) -> list[tuple[int, int]]:
    """Stretches of a run no pair of whose characters stands in the source."""
    covered = [False] * len(run)
    for i in range(len(run)):
        for size in (2, 1) if len(run) == 1 else (2,):
            if i + size <= len(run) and run[i : i + size] in source:
                covered[i : i + size] = [True] * size
    stretches = []
    start = None
    for i, done in enumerate([*covered, True]):
        if not done and start is None:
            start = i
        elif done and start is not None:
            end = i
            while start < end and run[start] in source:
                start += 1
            while end > start and run[end - 1] in source:
                end -= 1
            if start < end:
                stretches.append((start, end))
            start = None
    return stretches
