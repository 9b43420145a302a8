"""Which sentences of a pile of articles bear on a question: BM25 over sentences, with their titles' help.

Rare words weigh more, a sentence's length is evened out, and what an article's title says counts
for all its sentences, though less. Robertson and Zaragoza, "The Probabilistic Relevance
Framework: BM25 and Beyond" (2009), with their usual constants.

What an article is about stands in its title and its first sentences, and is “it” or “the project”
further down: there those words count as well. Who asks what something costs is answered by a sum.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from digests.brief.grounding.prompt_injection import gives_orders
from digests.model import Article
from digests.text.languages import any_of, every
from digests.text.stems import is_stop, stems

_K1, _B = 1.2, 0.75
_TITLE = 0.5  # what a word in the title counts for a sentence that does not hold it
_OPENING = 2  # sentences that say what an article is about, as its title does
_READ = 200  # sentences of one article
_SIGNS_OF_MONEY = "[€$£¥₹₽₩₺₴₫]"
_UNSPACED = ("han", "kana")  # scripts that set no words apart


@cache
def _asking() -> frozenset[str]:
    """Words of questions themselves; an answer does not repeat them."""
    return frozenset(stems(" ".join(every(lambda known: known.questions))))


@cache
def _asking_within() -> re.Pattern[str]:
    """The same where words are not set apart, or are ends of the verb: taken out of the question."""
    return re.compile(any_of(every(lambda known: known.questions_within)))


@cache
def _cost(*, unspaced: bool = False) -> re.Pattern[str]:
    """To cost, and what it costs, by the beginnings of the words."""
    found = every(lambda known: known.cost if not unspaced or known.script in _UNSPACED else ())
    return re.compile(f"(?:{any_of(found)})")


@cache
def _sum() -> re.Pattern[str]:
    whole = every(lambda known: known.money if known.script == "latin" else ())
    parts = every(lambda known: known.money if known.script != "latin" else ())
    return re.compile(rf"{_SIGNS_OF_MONEY}|\b(?:{any_of(whole)})\b|{any_of(parts)}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of an article. ``known`` is the share of the question's weight that it and its article's
    title and opening hold."""

    article: int
    sentence: int
    text: str
    score: float
    known: float


def retrieve(question: str, articles: Sequence[Article], limit: int = 20) -> tuple[Passage, ...]:
    """The sentences that fit best, best first; none where no word of the question is anywhere.

    Sentences that give orders to a machine are not found. Equal ones keep the articles' order.
    """
    language = articles[0].language if articles else "en"
    units = [
        (place, number, text, Counter(stems(text)), frozenset(stems(about)))
        for place, article in enumerate(articles)
        for about in [" ".join([article.title, *article.sentences[:_OPENING]])]
        for number, text in enumerate(article.sentences[:_READ])
        if not gives_orders(text)
    ]
    costs = _cost().search(question.casefold()) is not None
    wanted = asked(_cost(unspaced=True).sub(" ", question), language) or asked(question, language)
    if costs:
        wanted = frozenset(stem for stem in wanted if not _cost().match(stem)) or wanted
    if not units or not wanted:
        return ()
    average = sum(sum(words.values()) for _, _, _, words, _ in units) / len(units)
    vocabulary = frozenset(stem for _, _, _, words, title in units for stem in words.keys() | title)
    forms = {
        stem: frozenset(other for other in vocabulary if _same(stem, other, language)) for stem in wanted
    }
    weights = {
        stem: _rarity(
            sum(not its.isdisjoint(words.keys() | title) for _, _, _, words, title in units), len(units)
        )
        for stem, its in forms.items()
    }
    whole = sum(weights.values())
    found = []
    for place, number, text, words, title in units:
        size = _K1 * (1 - _B + _B * sum(words.values()) / average)
        score = known = said = 0.0
        for stem, weight in weights.items():
            times = sum(words[form] for form in forms[stem])
            if times:
                score += weight * times * (_K1 + 1) / (times + size)
                said += times
                known += weight
            elif not forms[stem].isdisjoint(title):
                score += weight * _TITLE
                known += weight
        if costs and _sum().search(text) and known:  # the answer to what it costs is a sum
            said += 1
            score += max(weights.values())
        elif costs:
            known = known / 2
        if said:
            found.append(Passage(place, number, text, score, known / whole))
    return tuple(sorted(found, key=lambda p: (-p.score, p.article, p.sentence))[:limit])


def asked(question: str, language: str) -> frozenset[str]:
    """The word beginnings a question asks about."""
    plain = _asking_within().sub(" ", question)
    return frozenset(s for s in stems(plain) if s not in _asking() and not is_stop(s, language))


def _same(one: str, other: str, language: str) -> bool:
    """Whether two word beginnings may be of one word: "vote" and "voted".

    English changes a word at its end alone; other languages put one ending in another's place, and
    write an article or a case to it.
    """
    short, long = sorted((one, other), key=len)
    if one == other or (len(short) >= 4 and len(long) - len(short) <= 2 and long.startswith(short)):
        return True
    return language != "en" and len(short) >= 5 and long.startswith(short[:-1])


def _rarity(holding: int, units: int) -> float:
    return math.log(1 + (units - holding + 0.5) / (holding + 0.5))
