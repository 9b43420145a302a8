"""A digest holds a mixture: no source and no topic fills it while others wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from digests.model import Source
from digests.ports import Candidate

_SHARE = 3  # a source or topic may have one story in three,
_LEAST = 2  # and this many of a short digest


def mixed(ranked: Sequence[Candidate], most: int, sources: Mapping[int, Source]) -> list[Candidate]:
    """The candidates, best first, so that of the first ``most`` a third at most, or two, are of one source or
    one topic. The others follow as they were; where too few wait, they fill the room.

    A story that several sources report counts for none of them; its topic is the first of its lead's source.
    """
    share = max(_LEAST, -(-most // _SHARE))
    taken: Counter[object] = Counter()
    first: list[Candidate] = []
    later: list[Candidate] = []
    for candidate in ranked:
        marks = _marks(candidate, sources)
        if len(first) < most and all(taken[mark] < share for mark in marks):
            taken.update(marks)
            first.append(candidate)
        else:
            later.append(candidate)
    return first + later


def _marks(candidate: Candidate, sources: Mapping[int, Source]) -> list[object]:
    story = candidate.story
    of = {article.source_id for article in story.articles}
    marks: list[object] = list(of) if len(of) == 1 else []
    source = sources.get(story.lead.source_id) if story.articles else None
    if source is not None and source.topics:
        marks.append(source.topics[0].casefold())
    return marks
