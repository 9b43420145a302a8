"""What a model is shown of articles: all of it where that fits in one call, else the best of it.

An article too long for one call is either shortened to its best sentences by the measure the
extractive summarizer goes by, which costs nothing, or split into pieces that a model reads one
by one. Both give source sentences, so that what is written from them can be traced as ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from digests.brief.extractive.sentence_selection import candidates
from digests.brief.grounding.prompt_injection import gives_orders
from digests.brief.llm.drafts import Sources
from digests.brief.llm.prompt import one_line
from digests.model import BriefRequest, SourceSentence

ROOM = 16_000  # characters of source sentences in one call, about 4,000 English tokens
_LONGEST = 4_000  # characters of one sentence; more is none
_MOST_PIECES = 12


def usable(request: BriefRequest) -> Sources:
    """The articles' sentences in order, without those that give orders to a machine."""
    return tuple(
        SourceSentence(text, number)
        for number, article in enumerate(request.articles)
        for text in article.sentences
        if len(text) <= _LONGEST and one_line(text) and not gives_orders(text)
    )


def size(source: Iterable[SourceSentence]) -> int:
    """Characters."""
    return sum(len(sentence.text) for sentence in source)


def shortened(source: Sources, request: BriefRequest, room: int = ROOM) -> Sources:
    """The best sentences within the room, each article's by turns, in their own order.

    A source that joins a story late must still be heard.
    """
    queues = [_best_first(source, number, request) for number in range(len(request.articles))]
    taken: list[int] = []
    while any(queues):
        for queue in queues:
            while queue:
                index = queue.pop(0)
                if len(source[index].text) <= room:
                    room -= len(source[index].text)
                    taken.append(index)
                    break
    return tuple(source[index] for index in sorted(taken))


def pieces(source: Sources, room: int = ROOM) -> tuple[Sources, ...]:
    """The sentences in as few pieces in order as the room allows; empty when that is too many."""
    found: list[list[SourceSentence]] = [[]]
    left = room
    for sentence in source:
        if len(sentence.text) > left:
            found.append([])
            left = room
        found[-1].append(sentence)
        left -= len(sentence.text)
    return tuple(map(tuple, found)) if len(found) <= _MOST_PIECES else ()


def _best_first(source: Sources, number: int, request: BriefRequest) -> list[int]:
    """Indexes of one article's sentences: what it opens with, then by what they are worth."""
    article = request.articles[number]
    indexes = [index for index, sentence in enumerate(source) if sentence.article == number]
    found = candidates([source[i].text for i in indexes], article.title, article.language)
    # What many sentences say is worth saying once: each of them gets its part of it.
    saying = Counter(unit for c in found for unit in c.measured.shares)
    worth = {
        indexes[c.place]: c.merit
        + 100
        * sum(value / saying[unit] for unit, value in c.measured.shares.items())
        / max(1, c.measured.length)
        for c in found
    }
    opening, rest = indexes[:3], indexes[3:]
    return opening + sorted(rest, key=lambda index: -worth.get(index, -1.0))
