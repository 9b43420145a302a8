"""The summarizer that needs no key: it picks the sources' own sentences and cuts them safely."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digests.brief.length import Room
from digests.model import (
    Brief,
    BriefRequest,
    BriefSentence,
    Failure,
    FailureKind,
    SourceSentence,
)

EXCERPT_WARNING = "Rests on an excerpt: the whole article could not be read."


class ExtractiveSummarizer:
    """Writes briefs out of the articles' own sentences. Needs no network, no key and no model."""

    name = "extractive"

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        """``deadline`` needs no watching: the work takes milliseconds."""
        return write_brief(request)


def write_brief(request: BriefRequest) -> Brief | Failure:
    """A brief within the request's bounds, or why there is none. Pure."""
    source = tuple(
        SourceSentence(text, index)
        for index, article in enumerate(request.articles)
        for text in article.sentences or article.paragraphs
    )
    lead = request.articles[0] if request.articles else None
    if lead is None or not (lead.title.strip() or source):
        return Failure(FailureKind.EMPTY, "The article holds no text to brief.")
    room = Room.asked(request, " ".join(s.text for s in source[:20]) or lead.title)
    chosen = _first_that_fit(source, room)
    return Brief(
        headline=lead.title.strip() or source[0].text,
        sentences=chosen,
        source_sentences=source,
        language=lead.language,
        summarizer=ExtractiveSummarizer.name,
        warnings=_warnings(request),
    )


def _first_that_fit(source: Sequence[SourceSentence], room: Room) -> tuple[BriefSentence, ...]:
    chosen: list[BriefSentence] = []
    used = 0
    for index, sentence in enumerate(source):
        if len(chosen) == room.sentences:
            break
        size = room.size(sentence.text)
        if used + size <= room.limit:
            chosen.append(BriefSentence(sentence.text, (index,)))
            used += size
    return tuple(chosen)


def _warnings(request: BriefRequest) -> tuple[str, ...]:
    warnings = [w for article in request.articles for w in article.warnings]
    if any(article.excerpt for article in request.articles):
        warnings.append(EXCERPT_WARNING)
    return tuple(dict.fromkeys(warnings))
