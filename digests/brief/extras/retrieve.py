"""Which sentences of a pile of articles bear on a question: BM25 over sentences, with their titles' help.

Rare words weigh more, a sentence's length is evened out, and what an article's title says counts
for all its sentences, though less. Robertson and Zaragoza, "The Probabilistic Relevance
Framework: BM25 and Beyond" (2009), with their usual constants.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digests.brief.grounding.prompt_injection import gives_orders
from digests.model import Article
from digests.text.stems import is_stop, stems

_K1, _B = 1.2, 0.75
_TITLE = 0.5  # what a word in the title counts for a sentence that does not hold it
_READ = 200  # sentences of one article
# Words of questions themselves; an answer does not repeat them.
_ASKING = frozenset(
    stems(
        "what who whom whose when where which why how many much long did does tell about there any "
        "qué quién cuándo dónde cuál cuánto cuántos cuántas por cómo quoi qui quand où quel quelle combien "
        "comment pourquoi was wer wann wo welche welcher wie viele viel warum wem wen что кто когда где какой "
        "какая сколько почему как quanto quantos quando onde qual quem como perché chi dove quale quanti ne kim "
        "nerede zaman nasıl kaç neden apa siapa kapan mana berapa mengapa bagaimana"
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of an article. ``known`` is the share of the question's weight it and its title hold."""

    article: int
    sentence: int
    text: str
    score: float
    known: float


def retrieve(question: str, articles: Sequence[Article], limit: int = 20) -> tuple[Passage, ...]:
    """The sentences that fit best, best first; none where no word of the question is anywhere.

    Sentences that give orders to a machine are not found. Equal ones keep the articles' order.
    """
    units = [
        (place, number, text, Counter(stems(text)), frozenset(stems(article.title)))
        for place, article in enumerate(articles)
        for number, text in enumerate(article.sentences[:_READ])
        if not gives_orders(text)
    ]
    wanted = asked(question, articles[0].language if articles else "en")
    if not units or not wanted:
        return ()
    average = sum(sum(words.values()) for _, _, _, words, _ in units) / len(units)
    vocabulary = frozenset(stem for _, _, _, words, title in units for stem in words.keys() | title)
    forms = {stem: frozenset(other for other in vocabulary if _same(stem, other)) for stem in wanted}
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
        if said:
            found.append(Passage(place, number, text, score, known / whole))
    return tuple(sorted(found, key=lambda p: (-p.score, p.article, p.sentence))[:limit])


def asked(question: str, language: str) -> frozenset[str]:
    """The word beginnings a question asks about."""
    return frozenset(s for s in stems(question) if s not in _ASKING and not is_stop(s, language))


def _same(one: str, other: str) -> bool:
    """Whether two word beginnings may be of one word: "vote" and "voted"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= 4 and len(long) - len(short) <= 2 and long.startswith(short))


def _rarity(holding: int, units: int) -> float:
    return math.log(1 + (units - holding + 0.5) / (holding + 0.5))
