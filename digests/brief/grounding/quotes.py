"""Quotations, links and mentions of a claim that are not its source's."""

from __future__ import annotations

import re

from digests.text.languages import is_negation, lexicon
from digests.text.links import host
from digests.text.tokens import alike, clean, content, lower, tokens

_QUOTED = re.compile(
    r"[“„\"«](?P<a>[^“”„\"«»]+)(?:[”“\"»]|$)|「(?P<b>[^「」]{2,})(?:」|$)|『(?P<c>[^『』]{2,})(?:』|$)"
    r"|(?<![\w'])'(?P<d>[^']+(?:'\w[^']*)*)'(?!\w)|(?<!\w)‘(?P<e>[^‘’]+(?:’\w[^‘’]*)*)’(?!\w)"
)
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.|\[[^\]]*\])\s*")
_NOT_LETTERS = re.compile(r"[\W_]+")
_URL = re.compile(
    r"(?:https?|ftp|tg|discord)://\S+|\bwww\.\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*|<[@#]!?&?\d+>|<a?:\w+:\d+>|mailto:\S+|\]\(\s*\S+\)",
    re.I,
)
_DOMAIN = re.compile(r"(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,24}\b(?!\.\w)", re.I)
_MENTION = re.compile(r"(?<!\w)@\w{2,}|[\w.+-]+@[\w-]+\.\w+", re.U)


def altered_quote(claim: str, source: str) -> str | None:
    """A quotation of the claim that does not stand in the source letter for letter."""
    have = _letters(source)
    for match in _QUOTED.finditer(claim):
        quote = next(group for group in match.groups() if group is not None)
        at = 0
        for part in _ELLIPSIS.split(quote):
            letters = _letters(part)
            at = have.find(letters, at)
            if at < 0:
                return quote
    return None


def unquoted(claim: str, source: list[str], language: str) -> str | None:
    """The claim without the marks of quotations that are not word for word; None where it can't be said so.

    What is left is the desk's own wording, so the quotation must be a part of the claim's sentence (it
    begins small), and one sentence of the source must have its content words in their order; small words
    may differ ("failed to" for "did not"). A speech quoted whole stays a quotation or goes.
    """
    said = claim
    have = [[token.key for token in tokens(clean(line))] for line in source]
    letters = [_letters(clean(line)) for line in source]
    for match in _QUOTED.finditer(claim):
        quote = next(group for group in match.groups() if group is not None)
        if any(_letters(clean(quote)) in line for line in letters):
            continue
        words = content(clean(quote), language)
        negated = any(is_negation(token.key, language) for token in tokens(clean(quote)))
        if (
            not quote[0].islower()
            or not words
            or not any(_says(words, negated, line, language) for line in have)
        ):
            return None
        said = said.replace(match.group(), quote.strip(), 1)
    return said if said != claim else None


def _says(words: list[str], negated: bool, line: list[str], language: str) -> bool:
    """Whether a line has the words in their order, negated ("failed to") or not as they are."""
    at = -1
    places = []
    for word in words:
        at = next((i for i in range(at + 1, len(line)) if word == line[i] or alike(word, line[i])), -1)
        if at < 0:
            return False
        places.append(at)
    around = line[max(0, places[0] - 3) : places[-1]]
    return negated == any(is_negation(word, language) or word in lexicon(language).soft for word in around)


def _letters(text: str) -> str:
    """Letters and digits alone: spaces, quote marks and end punctuation may differ."""
    return _NOT_LETTERS.sub("", lower(text))


def foreign_link(claim: str, source: str, hosts: frozenset[str]) -> str | None:
    """A link, address or mention in the claim that is not the articles' own.

    A full link must lead to a host of the articles, even when the source text holds it: an
    article must not be able to place links. A bare domain name or a handle must be in the source.
    """
    for match in _URL.finditer(claim):
        text = match.group()
        if host(text if "//" in text else f"//{text}") not in hosts:
            return text
    low = lower(source)
    for pattern in (_DOMAIN, _MENTION):
        for match in pattern.finditer(claim):
            text = lower(match.group())
            if text.removeprefix("www.") in hosts:
                continue
            if text in {"@everyone", "@here", "@channel"} or text not in low:
                return match.group()
    return None


def quotations(text: str) -> int:
    """How many quotations a ``clean`` text holds."""
    return sum(1 for _ in _QUOTED.finditer(text))
