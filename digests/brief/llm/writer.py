"""A model as a writer: what it said in words of its own, and how much of that stood.

A small model copies well and retells badly, and the gate does not see all that it makes up. So a
model is held to the words of its sources until it has shown that what it retells stands.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from digests.brief.grounding.check import CutKind, Grounded, ground
from digests.model import Article, Brief

_ENOUGH = 12  # sentences in words of its own before a model is believed in them
_REMEMBERED = 50  # the last of them
_FAILING = 0.1  # share that may be cut: of what people found true the gate cuts half of this


@dataclass(slots=True)
class Writer:
    """``name`` is the summarizer's. Of the last sentences in its own words: whether the gate let each through."""

    name: str
    stood: deque[bool] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def believed(self) -> bool:
        """Whether it may tell the news in words of its own."""
        failed = len(self.stood) - sum(self.stood)
        return len(self.stood) >= _ENOUGH and failed <= _FAILING * len(self.stood)

    def judged(self, brief: Brief, articles: tuple[Article, ...]) -> Grounded:
        """A new brief of this writer as the gate leaves it; the writer is the better known for it."""
        grounded = ground(brief, articles)
        failed = sum(cut.kind is not CutKind.FREE for cut in grounded.cuts)
        theirs = {source.text for source in brief.source_sentences} | {a.title for a in articles}
        said = [brief.headline, *(sentence.text for sentence in brief.sentences)]
        own = sum(bool(text) and text not in theirs for text in said)
        self.stood.extend([True] * (own - failed) + [False] * failed)
        return grounded
