"""From stories to what a model is asked for, and from its draft to a brief of which something stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from digests.brief.extractive.sentence_selection import candidates
from digests.brief.grounding.prompt_injection import gives_orders
from digests.brief.llm.model_server import Account
from digests.brief.llm.prompt import Messages, Prompt, language_name, numbered, one_line
from digests.brief.llm.replies import Draft, in_language, read_draft
from digests.brief.llm.writer import Writer
from digests.brief.topics import TOPICS
from digests.model import Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence
from digests.text.tokens import content
from digests.text.words import Room

Sources = tuple[SourceSentence, ...]


def account(request: BriefRequest) -> Account:
    """Who pays for a brief: the chat it is for, and the lead's source."""
    return Account(request.chat_id, request.articles[0].source_id)


def asked_for(
    prompt: Prompt, request: BriefRequest, source: Sources, *, schema: bool, again: str = ""
) -> Messages:
    """The conversation for one story. Every source sentence stands on one line behind its number."""
    lines = numbered(sentence.text for sentence in source)
    return _conversation(prompt, request, source, lines, schema, again)


def asked_for_several(
    prompt: Prompt,
    requests: Sequence[BriefRequest],
    sources: Sequence[Sources],
    *,
    schema: bool,
    again: str = "",
) -> Messages:
    """The conversation for several stories with the same wishes; sentences are numbered through."""
    first = accumulate(map(len, sources), initial=1)
    texts = [
        f"Story {n}:\n{numbered((sentence.text for sentence in source), start)}"
        for n, (source, start) in enumerate(zip(sources, first, strict=False), 1)
    ]
    return _conversation(prompt, requests[0], sources[0], "\n\n".join(texts), schema, again)


def _conversation(
    prompt: Prompt, request: BriefRequest, sample: Sources, source: str, schema: bool, again: str
) -> Messages:
    room = Room.asked(request, " ".join(sentence.text for sentence in sample[:5]))
    fields = {
        "sentences": request.sentences,
        "length": f"{room.limit} {'characters' if room.characters else 'words'}",
        "language": language_name(request.articles[0].language) or "the language of the sentences",
        "topics": ", ".join(TOPICS),
        "source": source,
    }
    return prompt.messages(fields, schema=schema, again=again)


def read_brief(text: str, request: BriefRequest, source: Sources, writer: Writer) -> Brief | Failure:
    """An answer as a brief; else what is wrong with it, in a sentence a model can be told."""
    draft = read_draft(text)
    if draft is None:
        return Failure(FailureKind.MODEL, "The answer could not be read.")
    return brief_of(draft, request, source, writer)


def brief_of(draft: Draft, request: BriefRequest, source: Sources, writer: Writer) -> Brief | Failure:
    """A draft as a brief; else what is wrong with it. ``writer`` is the better known for it."""
    language = request.articles[0].language
    if not in_language(" ".join([draft.headline, *(s.text for s in draft.sentences)]), language):
        return Failure(FailureKind.MODEL, "The answer is in another language.")
    brief = Brief(
        headline=draft.headline if content(draft.headline, language) else request.articles[0].title,
        sentences=_within(draft, request, len(source), language),
        source_sentences=source,
        language=language,
        summarizer=writer.name,
        topics=draft.topics,
        score=draft.score,
        close=not writer.believed,
    )
    if not brief.sentences and request.sentences > 0:
        return Failure(
            FailureKind.MODEL, "No sentence of the answer cites a source sentence within the length."
        )
    grounded = writer.judged(brief, request.articles)
    if grounded.brief is None:
        reasons = " ".join(dict.fromkeys(cut.reason for cut in grounded.cuts))
        return Failure(FailureKind.MODEL, f"Nothing of the answer stands in the sources. {reasons}")
    return brief


def _within(draft: Draft, request: BriefRequest, sources: int, language: str) -> tuple[BriefSentence, ...]:
    """The draft's sentences that say something and cite what there is, within the request's bounds."""
    room = Room.asked(request, " ".join(sentence.text for sentence in draft.sentences))
    left = room.limit
    kept: list[BriefSentence] = []
    for sentence in draft.sentences:
        support = tuple(dict.fromkeys(n for n in sentence.cites if 0 <= n < sources))
        size = room.size(sentence.text)
        if support and content(sentence.text, language) and size <= left and len(kept) < room.sentences:
            kept.append(BriefSentence(sentence.text, support))
            left -= size
    return tuple(kept)


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
