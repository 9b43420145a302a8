"""What a chat's people like, as a number for a story: from votes, explainable and bounded.

A vote says something about the story's sources, its topics and what it is about. Each such feature
has a weight from all votes on it,

    weight = (up - down) / (up + down + 2)

which one vote moves by a third and many can't move beyond 1. A story's taste is the sum of three
means, the known weights of its sources, of its topics and of its terms, doubled and cut to -2 … 2:
as much as three more sources, and never more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import fmean

from digests.group.terms import FIGURE, NAME, terms_of
from digests.model import Source, Story, Vote

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
