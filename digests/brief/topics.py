"""The topics a model may file a story under: a closed list, so that no answer can smuggle words in."""

from __future__ import annotations

from collections.abc import Iterable

TOPICS = (
    "politics", "economy", "business", "technology", "science", "health", "environment", "weather",
    "disasters", "crime", "justice", "conflict", "society", "education", "transport", "culture", "sports",
)  # fmt: skip


def fitting(topics: Iterable[str]) -> tuple[str, ...]:
    """Those that are on the list, at most three, each once."""
    named = (topic.strip().lstrip("#").casefold() for topic in topics)
    return tuple(dict.fromkeys(topic for topic in named if topic in TOPICS))[:3]
