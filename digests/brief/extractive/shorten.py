"""Cuts that leave a sentence's facts as they are: no figure, negation or hedge ever goes."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from digests.brief.extractive.phrases import phrases
from digests.text.calendar_dates import dates
from digests.text.languages import any_of, base, every, language_of, lexicon
from digests.text.tokens import clean
from digests.text.words import Room

_SPACE = re.compile(r"\s+")
_AGENCY = r"\((?:[^\W\d_]|[ .&/-]){2,30}\)"
_DATELINE = re.compile(
    rf"(?:[^\W\d_][^.!?()]{{1,60}}\s{_AGENCY}\s*[-–—―:]+\s*"  # London, Nov 8 (Agency) -
    r"|(?:[^\W\d_]|[ .,'/-]){2,40}?(?<=[^\W\d_a-zß-ÿ]{3})\s*[–—―]\s+"  # LONDON —
    r"|【[^】]{1,20}】|\([^()=]{1,20}=[^()]{1,20}\)\s*(?:\S{2,4}\s?기자\s*=\s*)?"  # (서울=통신) … 기자 =
    r"|本[报報刊台网](?:[^，。\s]{0,12}[讯訊电電])\s*"  # 本报讯
    r"|[^，。、\s]{2,24}?[日月](?:电|電|讯|訊)(?:\s*[（(][^（）()]{1,30}[）)])?[\s:：]*)"  # …11月8日电
)
# a headline that a bar parts from the first sentence
_HEADLINE = re.compile(r"[^|.!?।。！？]{3,150}\s\|\s+(?=[^|]{20,}$)")
_PARENTHESES = re.compile(r"\s*[(（]([^()（）]{1,120})[)）]")
_QUOTES = re.compile("[\"“”„«»「」『』]|(?<!\\w)['‘’]|['’](?!\\w)")
_QUOTES_IN_PARENTHESES = frozenset({"ar", "fa", "ur", "ps", "ckb"})  # where they serve as quotation marks
_END = ".。।۔"
_WHEN = r"(?:\s+(?:on|in|at|to|late|early|yesterday|today)(?:\s+[^\s,]+){0,4})?"
_ON_DAY = re.compile(r"\s+on\s+\w+day\b")  # the day of saying, not of what is said
_NAME = r"[^\W\d_a-zß-ÿ][\w'’.-]+"
_APPOSITION = re.compile(
    rf"({_NAME}(?:\s{_NAME}){{1,3}}),\s([^()\"“”]{{3,200}}),\s(?=[^\W\d_A-ZÀ-Þ])(?=[^,]*$)"
)
_BREAK = re.compile(r"\s*[,;:،؛，；：、–—]")


@cache
def _joining() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(every(lambda known: known.joins))})\b")


@lru_cache(maxsize=1024)
def tidy(sentence: str, language: str) -> str:
    """The sentence on one line, without its dateline, the word that ties it to the one before, and asides."""
    plain = _SPACE.sub(" ", sentence).strip()
    if "|" in plain:
        plain = _without_opening(plain, _HEADLINE)
    plain = _without_opening(plain, _DATELINE)
    return _parentheses(_without_opening(plain, phrases(language).opening_link), language)


@lru_cache(maxsize=1024)
def shorter(sentence: str, language: str) -> tuple[str, ...]:
    """The tidy sentence itself, then ever shorter forms of it that still are whole sentences."""
    forms = [sentence]
    for cut in (_attribution, _titles, _apposition, _last_clause):
        forms.append(cut(forms[-1], language))
    return tuple(dict.fromkeys(forms))


def clip(sentence: str, room: Room, limit: int) -> str:
    """As much of the sentence as ``limit`` allows, ended by an ellipsis at a break if one is near."""
    if room.size(sentence) <= limit:
        return sentence
    kept = _longest(sentence, limit, room)
    breaks = [match.start() for match in _BREAK.finditer(kept) if match.end() < len(kept)]
    if breaks and breaks[-1] > len(kept) * 0.6:
        kept = kept[: breaks[-1]]
    return kept.rstrip(" ,;:،؛，；：、–—-.") + "…" if kept else ""


def _longest(sentence: str, limit: int, room: Room) -> str:
    """The longest beginning that leaves room for the ellipsis and cuts no word or figure."""
    if room.characters:
        kept = sentence[: max(0, limit - 1)]
        return re.sub(r"[\dA-Za-z.,]+$", "", kept) if sentence[len(kept) :][:1].isalnum() else kept
    ends = [match.end() for match in re.finditer(r"\S+", sentence)]
    low, high = 0, len(ends)
    while low < high:  # the size grows with the text, so the last end that fits can be bisected
        middle = (low + high + 1) // 2
        if room.size(sentence[: ends[middle - 1]]) <= limit:
            low = middle
        else:
            high = middle - 1
    return sentence[: ends[low - 1]] if low else ""


def _without_opening(sentence: str, opening: re.Pattern[str]) -> str:
    match = opening.match(sentence)
    rest = sentence[match.end() :] if match else sentence
    return rest[:1].upper() + rest[1:] if rest else sentence


def _droppable(text: str, language: str) -> bool:
    """Whether nothing in the text bears on what is true: no figure, date, negation, hedge or quotation."""
    lower = text.casefold()
    words = re.findall(r"\w+(?:['’]\w+)?", lower)
    return not (
        any(c.isnumeric() for c in text)
        or _QUOTES.search(text)
        or phrases(language).hedge.search(text)
        or any(word in lexicon(language).negations or word.endswith(("n't", "n’t")) for word in words)
        or any(word in lexicon(language).numbers for word in words)
        or (max(text, default="") >= "\u3040" and any(n in lower for n in lexicon(language).negations))
        or dates(clean(text), language)
    )


def _parentheses(sentence: str, language: str) -> str:
    if not ("(" in sentence or "（" in sentence) or base(language) in _QUOTES_IN_PARENTHESES:
        return sentence

    def drop(match: re.Match[str]) -> str:
        abbreviates = match[1].isupper()  # it may be used further on
        return match[0] if abbreviates or not _droppable(match[1], language) else ""

    return _PARENTHESES.sub(drop, sentence)


def _attribution(sentence: str, language: str) -> str:
    """Without ", police said on Monday." where what is left is a whole statement of its own."""
    if sentence[-1:] not in _END or _QUOTES.search(sentence):
        return sentence
    said = phrases(language).said.pattern
    head, comma, tail = sentence[:-1].rpartition(",")
    known = language_of(language)
    if not comma or not known.said_last or len(tail.split()) > 8 or len(head.split()) < 8:
        return sentence
    told = re.fullmatch(rf"\s*[^\s,]+(?:\s+[^\s,]+){{0,4}}?\s+(?:{said}){_WHEN}\s*", tail, re.IGNORECASE)
    inverted = "," not in head and re.match(rf"\s*(?:a\s|ont\s|hat\s)?(?:{said})", tail, re.IGNORECASE)
    attributes = inverted or (told and known.code == "en")
    return _ended(head, sentence) if attributes and _droppable(_ON_DAY.sub("", tail), language) else sentence


def _titles(sentence: str, language: str) -> str:
    """With the first alone of several titles of the person whose name opens the sentence."""
    match = _matched_apposition(sentence, language)
    first, several, _ = match[2].partition(", ") if match else ("", "", "")
    return f"{match[1]}, {first}, {sentence[match.end() :]}" if match and several else sentence


def _apposition(sentence: str, language: str) -> str:
    """Without what a person is, after the name that opens the sentence."""
    match = _matched_apposition(sentence, language)
    return f"{match[1]} {sentence[match.end() :]}" if match else sentence


def _matched_apposition(sentence: str, language: str) -> re.Match[str] | None:
    """Name and apposition, where a single clause without a comma follows.

    Of several items each must be a title with a capital: another could be a clause.
    """
    match = _APPOSITION.match(sentence)
    if match is None or _joining().match(sentence, match.end()):
        return None
    items = match[2].split(", ")
    described = all(any(word.islower() for word in item.split()) for item in items)
    titled = len(items) == 1 or all(item[0].isupper() for item in items)
    return match if described and titled and _droppable(match[2], language) else None


def _last_clause(sentence: str, language: str) -> str:
    """Without a last clause that only adds to a whole statement: ", which …", "; …"."""
    head, mark, tail = _cut_last(sentence, phrases(language).trailing)
    whole = len(head.split()) >= 8 or (not head.isascii() and " " not in head and len(head) >= 15)
    if not mark or not whole or _QUOTES.search(sentence) or not _droppable(tail, language):
        return sentence
    return _ended(head, sentence)


def _cut_last(sentence: str, opens: re.Pattern[str]) -> tuple[str, str, str]:
    semicolon = re.search("[;；؛]", sentence)
    if semicolon:
        return sentence[: semicolon.start()], semicolon.group(), sentence[semicolon.end() :]
    head, comma, tail = sentence.rpartition(",")
    return (head, comma, tail) if opens.match(tail.lstrip()) else (sentence, "", "")


def _ended(head: str, sentence: str) -> str:
    """``head`` with the sentence's own full stop, spaced as there."""
    space = " " if sentence[-2:-1] == " " else ""
    return head.rstrip() + (space + sentence[-1] if sentence[-1] in _END else ".")
