"""Numbers of a text with their units, however a language writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, zip_longest

from digests.text.calendar_dates import dates
from digests.text.languages import Forms, Language, Words, any_of, every, lexicon, units
from digests.text.tokens import CLAUSE_END, REMEMBERED, UNSPACED, alike, lower, tokens

_CJK_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_CJK_SCALE = {"十": 10, "百": 100, "千": 1000}
_CJK_GROUP = {
    "万": 10**4,
    "萬": 10**4,
    "億": 10**8,
    "亿": 10**8,
    "兆": 10**12,
    "만": 10**4,
    "억": 10**8,
    "조": 10**12,
    "천": 1000,
    "백": 100,
}
_DIGITS = r"\d+(?:[.,٫٬'\u00a0\u202f ](?=\d)\d+)*"
_NUMBER = re.compile(
    r"(?P<cjk>[〇零一二三四五六七八九十百千两兩万萬億亿兆]+)"
    r"|(?P<mixed>\d[\d.,]*(?:[万萬億亿兆千百만억조천백]\s?\d*[\d.,]*)+)"
    r"|(?P<digits>\d+(?:[.,٫٬'’](?=\d)\d+)*(?:[\u00a0\u202f ]\d{3}(?!\d))*)"
)
_WORD = re.compile(r"[^\W\d_]+(?:[\u0900-\u0963]|[^\W\d_])*(?:'[^\W\d_]+)?")
# Written now as a sign, now as a word: they don't tell what a number counts.
_PRICED = frozenset(["%", "usd", "eur", "gbp", "jpy", "cny", "inr", "rub", "try", "krw", "idr", "brl"])
_SIGN = r"(?:\s[^\W\d_]{1,3}(?=\s))?\W*(?:(?:us|r|a|c|hk|nt)?\s?[$€£¥₹₽₺₩₴]|rp\.?|rs\.?|usd|eur)?\W*$"


@dataclass(frozen=True, slots=True)
class _Around:
    """What any language says around numbers."""

    joins: Words  # what follows "and" is not what a number counts
    both: Words
    alone: Words
    within: Words
    definite: re.Pattern[str]
    of: re.Pattern[str]
    span: re.Pattern[str]
    per: Forms
    half_behind: Forms
    half_before: Forms
    percent: Forms
    hedged_before: tuple[tuple[re.Pattern[str], dict[str, re.Pattern[str]]], ...]
    hedged_after: dict[str, re.Pattern[str]]


@cache
def _around() -> _Around:
    before = {
        "about": every(lambda known: known.about),
        "below": every(lambda known: known.below),
        "above": every(lambda known: known.above),
        "at most": every(lambda known: known.at_most),
    }
    after = {
        "about": every(lambda known: known.about_after),
        "below": every(lambda known: known.below_after),
        "above": every(lambda known: known.above_after),
        "at most": every(lambda known: known.at_most_after),
    }
    spaced = {kind: re.compile(rf"(?<![^\W\d_])(?:{any_of(f)}){_SIGN}") for kind, f in before.items()}
    unspaced = {
        kind: re.compile(rf"(?:{any_of(form for form in forms if ord(form[0]) >= 0x2E80)}){_SIGN}")
        for kind, forms in before.items()
    }
    of = any_of(every(lambda known: known.of))
    definite = any_of(every(lambda known: known.definite))
    spans = any_of(every(lambda known: known.spans))
    return _Around(
        joins=frozenset(every(lambda known: known.joins)),
        both=frozenset(every(lambda known: known.both)),
        alone=frozenset(every(lambda known: known.scales_alone)),
        within=frozenset(every(lambda known: known.within_numbers)) | {""},
        definite=re.compile(rf"(?<!\w)(?:{definite}) $"),
        of=re.compile(rf"\s*(?:[^\W\d_]+\s+)?(?:{of})\s*(?:[^\W\d_]{{1,5}}\s+)?"),
        span=re.compile(rf"\s*(?:-|–|—|{spans})\s*[$€£]?\s*"),
        per=tuple(f"{word} " for word in every(lambda known: known.per)),
        half_behind=tuple(f" {any_of((form,))} " for form in every(lambda known: known.and_a_half)),
        half_before=tuple(f"{word} " for word in every(lambda known: known.half_more)),
        percent=every(lambda known: known.percent_before),
        hedged_before=tuple(
            (re.compile("|".join(pattern.pattern for pattern in patterns.values())), patterns)
            for patterns in (spaced, unspaced)
        ),
        hedged_after={
            kind: re.compile(rf"[^\W\d_]{{0,4}}?\s?[^\W\d_]{{0,3}}?(?:{any_of(forms)})")
            for kind, forms in after.items()
        },
    )


@dataclass(frozen=True, slots=True)
class Number:
    """A number as read. ``values`` are its possible readings ("1.234" is 1234 or 1.234)."""

    text: str
    values: frozenset[float]
    unit: str | None
    start: int
    end: int
    hedge: str = ""  # how it stands to the exact one: "about", "below", "above", "at most"; "" for exact
    worded: bool = False


def numbers(text: str, language: str, taken: tuple[tuple[int, int], ...] = ()) -> list[Number]:
    """Numbers of a ``clean`` text in order; spans in ``taken`` (dates) are left out.

    The value one in words is no number here: it is an article in most languages.
    """
    return list((_kept if len(text) <= REMEMBERED else _numbers)(text, language, taken))


@lru_cache(maxsize=1024)
def _kept(text: str, language: str, taken: tuple[tuple[int, int], ...]) -> tuple[Number, ...]:
    return _numbers(text, language, taken)


def _numbers(text: str, language: str, taken: tuple[tuple[int, int], ...]) -> tuple[Number, ...]:
    words = lexicon(language)
    low = lower(text)
    found = [_read(match, low, words) for match in _NUMBER.finditer(text)]
    found += _worded(low, words, [(n.start, n.end) for n in found])
    kept = [n for n in found if n.values and not any(s < n.end and n.start < e for s, e in taken)]
    return tuple(sorted(_shared_scale(kept, text), key=lambda n: n.start))


_MOST = 60  # numbers in a sentence of any use; each is held against all that the source counts


def unsupported(claim: str, source: str, language: str) -> Number | None:
    """The first number of a ``clean`` claim that its ``clean`` source does not give.

    A number must occur with its value and, where both have one, its unit; and it must count what
    it counts in the source: "3 dead, 12 hurt" does not support "12 dead". Days of the month are
    the date check's and support no other number.
    """
    if pair := _lost_pair(claim, source):
        return pair
    lines = [line for line in source.split("\n") if line.strip()]
    read = [numbers(line, language, _spans(line, language)) for line in lines]
    have = [number for line in read for number in line]
    years = [n for line in lines for n in numbers(line, language) if n.text.isdigit() and len(n.text) == 4]
    counted = [_counted(line, found, language) for line, found in zip(lines, read, strict=True)]
    pairs = [pair for line, found in zip(lines, read, strict=True) for pair in _of_pairs(line, found)]
    said = numbers(claim, language, _spans(claim, language))
    if len(said) > _MOST:
        return said[_MOST]
    low = lower(claim)
    settled = {
        number
        for one, all_ in _of_pairs(claim, said)
        if any(_supported(one, [a]) and _supported(all_, [b]) for a, b in pairs)
        for number in (one, all_)
    }
    for number in said:
        if number.text in _around().both or (
            number.worded and 2.0 in number.values and _around().definite.search(low[: number.start])
        ):
            continue  # "both sides", "the two": what there are two of need not have been counted
        if not _supported(number, have + years):
            return number
        if number not in settled and _counts_another(number, claim, read, counted, language):
            return number
    return None


def _counts_another(
    number: Number,
    claim: str,
    read: list[list[Number]],
    counted: list[list[tuple[str, Number]]],
    language: str,
) -> bool:
    """Whether every line that gives the number counts what the claim counts by another number.

    Another line may count things of the same word that are others ("56 cases in 2014"), so there
    both words that follow must be the same.
    """
    holding = [i for i, found in enumerate(read) if _supported(number, found)]
    words = _followers(claim, number, language)
    for word in _followers(claim, number, language, phrase=True):
        counters = [n for i in holding for key, n in counted[i] if alike(key, word)]
        if counters:
            return not _supported(number, counters)
    if len(words) < 2:
        return False
    phrases = []
    for line in counted:
        keys: dict[Number, list[str]] = {}
        for key, n in line:
            keys.setdefault(n, []).append(key)
        phrases += [
            n for n, own in keys.items() if all(any(alike(key, word) for key in own) for word in words)
        ]
    return bool(phrases) and not _supported(number, phrases)


def _of_pairs(text: str, found: list[Number]) -> list[tuple[Number, Number]]:
    """Numbers of a part and its whole: "two of its seven piers"."""
    return [
        (one, two)
        for one, two in pairwise(found)
        if 0 < two.start - one.end < 40 and _around().of.fullmatch(lower(text[one.end : two.start]))
    ]


def _spans(text: str, language: str) -> tuple[tuple[int, int], ...]:
    return tuple((d.start, d.end) for d in dates(text, language) if d.month is not None or d.day is not None)


_ASIDE = re.compile(r"\([^()]*\)")
_PAIR = re.compile(r"(?<![\d.,:/-])(\d{1,3})\s?[-–:]\s?(\d{1,3})(?![\d/-]|[.,:]\d)")


def _lost_pair(claim: str, source: str) -> Number | None:
    """A score, time or span ("6-4", "14:30") the source does not have as a pair."""
    for match in _PAIR.finditer(claim):
        one, two = match.groups()
        if not re.search(rf"(?<!\d){one}\W{{0,3}}(?:\w{{1,4}}\W{{1,3}})?{two}(?!\d)", source):
            return Number(match.group(), frozenset(), None, *match.span())
    return None


def _counted(text: str, found: list[Number], language: str) -> list[tuple[str, Number]]:
    """What each number counts; a part counts what its whole does."""
    counted = [(word, number) for number in found for word in _followers(text, number, language)]
    return counted + [
        (word, part) for part, whole in _of_pairs(text, found) for word in _followers(text, whole, language)
    ]


def _followers(text: str, number: Number, language: str, *, phrase: bool = False) -> list[str]:
    """Up to two content words right after a number in its clause: what it counts.

    With ``phrase`` a small word ends them ("870 cases have been reported" counts cases).
    """
    rest = _ASIDE.sub(" ", text[number.end : number.end + 90]).partition(")")[0]
    rest = CLAUSE_END.split(rest)[0]
    if UNSPACED.match(rest.lstrip()):
        return [rest.lstrip()[:2]]
    words: list[str] = []
    for token in tokens(rest)[:4]:
        if token.key in _around().joins or token.key[0].isdigit():
            break
        unit = units().get(token.key) or units().get(token.key.removesuffix("s"))
        if token.key in lexicon(language).stop:
            if words and phrase:
                break
        elif unit not in _PRICED:
            words.append(token.key)
    return words[:2]


def _supported(claim: Number, source: list[Number]) -> bool:
    for other in source:
        if claim.unit and other.unit and claim.unit != other.unit:
            continue
        if claim.values & other.values:
            return True
        if (claim.hedge or claim.worded) and any(
            _rounds(exact, claimed, claim.hedge) for exact in other.values for claimed in claim.values
        ):
            return True
    return False


def _rounds(exact: float, claimed: float, hedge: str) -> bool:
    """Whether ``claimed``, said with ``hedge``, is a rounder way to say ``exact``."""
    if exact < 2 or claimed <= 0 or _digits_of(claimed) > min(3, _digits_of(exact)):
        return False
    ratio = claimed / exact
    if hedge == "above":
        return 0.5 <= ratio <= 1
    if hedge == "at most":
        return 1 <= ratio <= 1.5
    if hedge == "below":
        return 0.98 <= ratio <= 1.12
    if hedge == "about" and _digits_of(claimed) < _digits_of(exact):
        return abs(ratio - 1) <= 0.05
    return abs(ratio - 1) <= 0.025 and exact >= 10 and float(f"{exact:.{_digits_of(claimed)}g}") == claimed


def _digits_of(value: float) -> int:
    """Significant digits: 2 in 1200."""
    return len(f"{value:.10g}".split("e")[0].replace(".", "").strip("0")) or 1


def _read(match: re.Match[str], low: str, words: Language) -> Number:
    start, end = match.span()
    if match["cjk"]:
        values = _cjk(match["cjk"], low, start, end)
    elif match["mixed"]:
        values = {_mixed(match["mixed"])}
    else:
        values = _digits(match["digits"])
        scale = _WORD.match(low, _skip(low, end))
        known = words.scales.get(scale.group()) if scale and _skip(low, end) - end <= 1 else None
        if scale and known and (scale.group() not in {"m", "k"} or _priced(low, start, scale.end())):
            values, end = {value * known for value in values}, scale.end()
            further = _WORD.match(low, _skip(low, end))  # "1,25 mil millones"
            if further and known == 1000 and words.scales.get(further.group(), 0) >= 10**6:
                values, end = {value * words.scales[further.group()] for value in values}, further.end()
    if start and low[start - 1] in "-−" and (start == 1 or low[start - 2] in " (\u00a0"):
        values = {-value for value in values}
    return _number(low, values, start, end, worded=False)


def _number(low: str, values: set[float], start: int, end: int, *, worded: bool) -> Number:
    rounded = frozenset(round(value, 6) for value in values)
    return Number(
        low[start:end], rounded, _unit(low, start, end), start, end, _hedge(low, start, end), worded
    )


def _hedge(low: str, start: int, end: int) -> str:
    before, after = low[max(0, start - 24) : start], low[end : end + 24]
    for anything, patterns in _around().hedged_before:
        if anything.search(before):
            return next((kind for kind, pattern in patterns.items() if pattern.search(before)), "")
    return next((kind for kind, pattern in _around().hedged_after.items() if pattern.match(after)), "")


def _skip(low: str, at: int) -> int:
    while at < len(low) and low[at] in " -\u00a0\u202f":
        at += 1
    return at


def _digits(text: str) -> set[float]:
    compact = re.sub(r"[\u00a0\u202f '’٬]", "", text).replace("٫", ".")
    marks = re.findall(r"[.,]", compact)
    if not marks:
        return {float(compact)}
    last = marks[-1]
    as_decimal = compact.replace("," if last == "." else ".", "").replace(",", ".")
    as_groups = re.sub(r"[.,]", "", compact)
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}", compact) is not None
    readings = set()
    if marks.count(last) == 1:
        readings.add(float(as_decimal))
    if grouped or marks.count(last) > 1:
        readings.add(float(as_groups))
    return readings


def _mixed(text: str) -> float:
    """12万3千, 3억 5000만."""
    total = 0.0
    for amount, scales in re.findall(r"([\d.,]+)\s?([万萬億亿兆千百만억조천백]*)", text):
        value = float(amount.replace(",", "").rstrip(".") or 0)
        for scale in scales:
            value *= _CJK_SCALE.get(scale, 0) or _CJK_GROUP[scale]
        total += value
    return total


def _cjk(text: str, low: str, start: int, end: int) -> set[float]:
    """Chinese numerals; a lone 一, 千 or 万 is more often part of a word than a number."""
    if (
        text in {"一", "十", "百", "千", "万", "萬", "億", "亿", "兆", "零"}
        and start
        and low[start - 1] != "第"
    ):
        return set()
    if len(text) == 1 and text in "千万百零":
        return set()
    if all(c in _CJK_DIGIT for c in text):
        return {float("".join(str(_CJK_DIGIT[c]) for c in text))} - ({1.0} if text == "一" else set())
    total = section = current = 0
    for char in text:
        if char in _CJK_DIGIT:
            current = _CJK_DIGIT[char]
        elif char in _CJK_SCALE:
            section += (current or 1) * _CJK_SCALE[char]
            current = 0
        else:
            total += ((section + current) or 1) * _CJK_GROUP[char]
            section = current = 0
    return {float(total + section + current)}


def _worded(low: str, words: Language, taken: list[tuple[int, int]]) -> list[Number]:
    """Number words, put together: "two hundred and five", "quatre-vingt-dix"."""
    found: list[Number] = []
    total = current = 0.0
    start = end = -1

    def close() -> None:
        nonlocal total, current, start, end
        if start >= 0:
            found.append(_number(low, {total + current}, start, end, worded=True))
        total, current, start, end = 0.0, 0.0, -1, -1

    inside = 0  # spans and words both stand in order
    for match in _WORD.finditer(low):
        word = match.group()
        while inside < len(taken) and taken[inside][1] <= match.start():
            inside += 1
        if inside < len(taken) and taken[inside][0] <= match.start():
            close()
            continue
        value = words.numbers.get(word)
        scale = _scale(word, words)
        before = low[max(0, match.start() - 8) : match.start()]
        if value is not None and before.endswith(_around().half_before):
            value += 0.5
        if value == 100 and before.endswith(_around().per):
            value = None  # of "per cent", the unit
        if value == 0.5 and before.endswith(_around().half_behind):
            close()  # "a month and a half"
            continue
        gap = low[end : match.start()] if start >= 0 else ""
        if start >= 0 and gap.strip(" -\u00a0") not in _around().within:
            close()
        if value is None and current and _adds(current, 1):  # "twenty-one"; alone it may be an article
            value = words.ones_in_compounds.get(word)
        if value is not None:
            if start >= 0 and not _adds(current, value):
                if (current, value) == (4, 20):
                    current, end = 80, match.end()
                    continue
                close()
            start = match.start() if start < 0 else start
            current, end = current + value, match.end()
        elif scale and start >= 0:
            if scale >= 1000:
                total, current = total + (current or 1) * scale, 0.0
            else:
                current = (current or 1) * scale
            end = match.end()
        elif scale and word in _around().alone and not before.endswith(_around().per):
            start, end = match.start(), match.end()
            total, current = (scale, 0.0) if scale >= 1000 else (0.0, scale)
    close()
    return found


@cache
def _long_scales(code: str) -> tuple[str, ...]:
    """A language's scales that may take an ending, the longest first."""
    return tuple(sorted((form for form in lexicon(code).scales if len(form) > 5), key=len, reverse=True))


def _scale(word: str, words: Language) -> float | None:
    """What the word multiplies by; a long one may have an ending ("milyondan")."""
    if len(word) < 3:
        return None
    if known := words.scales.get(word):
        return known
    forms = _long_scales(words.code)
    return next((words.scales[form] for form in forms if word.startswith(form)), None)


def _adds(current: float, value: float) -> bool:
    if current == 0 or value < 1:
        return current == 0
    if current % 100 in {60, 80} and 10 <= value < 20:
        return True
    power = 10 if current % 100 else 100
    return current % 10 == 0 and value < power


def _priced(low: str, start: int, end: int) -> bool:
    """Whether a sign of money stands before or after."""
    before, after = low[max(0, start - 3) : start].rstrip()[-1:], low[end : end + 2].lstrip()[:1]
    return bool(before and before in "$€£¥₹₽₺₩₴#") or bool(after and after in "$€£¥₹₽₺₩₴")


_LINK = re.compile(r"(?:de |d'|di |of )")  # "1,250 million of euros" in the languages that say so


def _unit(low: str, start: int, end: int) -> str | None:
    """The unit next to a number: a sign before it, or a sign or word right after it."""
    signs = units()
    before = low[max(0, start - 8) : start].rstrip()
    for size in (3, 2, 1):
        if before[-size:] in signs and not before[-size - 1 : -size].isalpha():
            return signs[before[-size:]]
    if before.endswith(_around().percent):
        return "%"
    rest = low[_skip(low, end) : _skip(low, end) + 24]
    rest = rest[link.end() :] if (link := _LINK.match(rest)) else rest
    word = re.match(r"[^\W\d_]*", rest)
    length = word.end() if word else 0
    for size in range(len(rest), 0, -1):
        unit = signs.get(rest[:size])
        # A form may take an ending of three letters, a short one "s" alone; Chinese has no word ends.
        ending = 3 if size > 2 else int(rest[size : size + 1] == "s")
        if unit and (ord(rest[0]) >= 0x2E80 or length - size <= ending):
            return unit
    return None


def _shared_scale(found: list[Number], text: str) -> list[Number]:
    """In "5 to 10 million" the first number may count millions too."""
    ordered = sorted(found, key=lambda n: n.start)
    result = []
    for number, following in zip_longest(ordered, ordered[1:]):
        values = number.values
        if following and _around().span.fullmatch(text[number.end : following.start]):
            for scale in (1e3, 1e6, 1e9):
                if min(following.values) >= scale > max(number.values) > 0:
                    values = values | {value * scale for value in number.values}
        result.append(
            Number(number.text, values, number.unit, number.start, number.end, number.hedge, number.worded)
        )
    return result
