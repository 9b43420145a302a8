"""What is kept, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long the desk remembers. ``articles`` must be longer than the rarest digest's rhythm.

    A source's newest ``identities`` entries are recognised however old they are, since a feed may
    still list them.
    """

    articles: timedelta = timedelta(days=90)
    digests: timedelta = timedelta(days=365)
    audit: timedelta = timedelta(days=730)
    calls: timedelta = timedelta(days=400)
    identities: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was forgotten."""

    digests: int = 0
    articles: int = 0
    entries: int = 0
