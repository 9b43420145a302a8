"""The order stories are told in, each with the reasons for its place.

    score = sources + freshness + development + value + taste
      sources      log2(1 + distinct sources): the fourth witness adds less than the second
      freshness    3 * 0.5 ** (hours since the last report was published / half-life): it fades
      development  1 where the story has new facts since it was last told
      value        from -1 to 1 where a model gave the story a news value from 0 to 10
      taste        from -2 to 2 where the chat's people voted on such stories, see ``taste``

Three sources with a report of this moment score 2 + 3, one source twelve hours old 1 + 1.5.
Ties go to the newer story, then to the smaller id: an order never depends on chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from digests.group.terms import FIGURE, NAME, terms_of
from digests.model import Source, Story, Vote
from digests.ports import Candidate

MOST = 2.0
_DOUBT = 2  # votes that stand for not knowing yet
_TERMS = 8


def features(story: Story, sources: Mapping[int, Source]) -> tuple[str, ...]:
    """What a vote on the story is about: ``source:3``, ``topic:world``, ``term:bridge``."""
    found: dict[str, None] = {}
    for article in story.articles:
        found[f"source:{article.source_id}"] = None
        source = sources.get(article.source_id)
        for topic in source.topics if source else ():
            found[f"topic:{topic.casefold()}"] = None
    lead = story.lead
    kinds = terms_of(lead.title, lead.text, lead.language).kinds
    for term in sorted(
        kinds, key=lambda one: (not kinds[one] & FIGURE, not kinds[one] & NAME, not kinds[one])
    )[:_TERMS]:
        found[f"term:{term}"] = None
    return tuple(found)


def weights(votes: Iterable[Vote]) -> dict[str, float]:
    """Each feature's weight, between -1 and 1."""
    up: Counter[str] = Counter()
    down: Counter[str] = Counter()
    for vote in votes:
        (up if vote.value > 0 else down).update(vote.features)
    return {
        feature: (up[feature] - down[feature]) / (up[feature] + down[feature] + _DOUBT)
        for feature in up | down
    }


def taste(story_features: Iterable[str], weighed: Mapping[str, float]) -> float:
    """What the votes add to a story's score: -2 … 2, 0 where nothing is known."""
    kinds: dict[str, list[float]] = {}
    for feature in story_features:
        kinds.setdefault(feature.partition(":")[0], []).append(weighed.get(feature, 0.0))
    # Of many terms most are new; what is known of the others must not drown in them.
    means = [fmean(known) for kind in kinds.values() if (known := [one for one in kind if one])]
    return max(-MOST, min(MOST, 2 * sum(means)))


HALF_LIFE = timedelta(hours=12)
_FRESH = 3.0
_DEVELOPMENT = 1.0
_MIDDLE = 5.0  # of a news value


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with the parts its score is the sum of."""

    candidate: Candidate
    sources: float
    freshness: float
    development: float
    value: float = 0.0
    taste: float = 0.0

    @property
    def score(self) -> float:
        return self.sources + self.freshness + self.development + self.value + self.taste


def rank(
    candidates: Iterable[Candidate],
    now: datetime,
    *,
    half_life: timedelta = HALF_LIFE,
    values: Mapping[int, float] | None = None,
    tastes: Mapping[int, float] | None = None,
) -> list[Ranked]:
    """The candidates, the one to tell first at the front.

    By the stories' ids: ``values`` from 0 to 10, ``tastes`` from -2 to 2.

    A story without dates counts as one half-life old; a date in the future counts as now.
    """
    ranked = [_weigh(candidate, now, half_life, values or {}, tastes or {}) for candidate in candidates]
    return sorted(ranked, key=lambda r: (-r.score, -_moment(r.candidate), r.candidate.story.id))


def _weigh(
    candidate: Candidate,
    now: datetime,
    half_life: timedelta,
    values: Mapping[int, float],
    tastes: Mapping[int, float],
) -> Ranked:
    story = candidate.story
    told = _published(candidate)
    age = half_life if told is None else max(now - told, timedelta(0))
    return Ranked(
        candidate,
        sources=math.log2(1 + len({article.source_id for article in story.articles})),
        freshness=_FRESH * 0.5 ** (age / half_life),
        development=_DEVELOPMENT if 0 < candidate.told < story.version else 0.0,
        value=(values.get(story.id, _MIDDLE) - _MIDDLE) / _MIDDLE,
        taste=tastes.get(story.id, 0.0),
    )


def _moment(candidate: Candidate) -> float:
    told = _published(candidate)
    return told.timestamp() if told is not None else 0.0


def _published(candidate: Candidate) -> datetime | None:
    """When the newest of what is to be told was published; when it came where that isn't known."""
    story = candidate.story
    fresh = [a for a in story.articles if a.entry_id in candidate.entry_ids] or story.articles
    dates = [article.published for article in fresh if article.published is not None]
    if len(dates) < len(fresh) and story.updated is not None:
        dates.append(story.updated)
    return max(dates, default=story.updated)
