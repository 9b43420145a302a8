"""Settings that may change while the desk runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Self

from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.brief.extras.speech import Narrator
from digests.brief.llm.batch import BatchWriter
from digests.brief.llm.models import Models
from digests.deliver.decide import OnDoubt
from digests.model import RetentionPolicy
from digests.ports import Summarizer
from digests.watch.cadence import Bounds


@dataclass(slots=True, kw_only=True)
class DeskSettings:
    """What the desk's parts look up at each use, so that another configuration is at work at once.

    ``models`` do what is more than a brief, in their order; ``narrator`` reads aloud and ``batches`` asks for
    briefs ahead, ``batch_lead`` before their digest, where there are such. ``deadline``: how long a digest or a
    person waits for a brief. ``together``: how many sources, and how many pages, are asked at once.
    """

    summarizer: Summarizer = field(default_factory=ExtractiveSummarizer)
    models: Models = field(default_factory=Models)
    narrator: Narrator | None = None
    batches: BatchWriter | None = None
    batch_lead: timedelta = timedelta(hours=3)
    deadline: timedelta = timedelta(seconds=30)
    bounds: Bounds = field(default_factory=Bounds)
    together: int = 50
    on_doubt: OnDoubt | None = None
    keep: RetentionPolicy = field(default_factory=RetentionPolicy)

    def become(self, other: Self) -> None:
        """Take over all its values at once: nothing else runs in between."""
        for one in fields(other):
            setattr(self, one.name, getattr(other, one.name))
