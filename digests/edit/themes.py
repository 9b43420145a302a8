"""What belongs together stands together: a digest's stories by their topics."""

from __future__ import annotations

from collections.abc import Sequence

from digests.model import DigestItem


def by_theme(items: Sequence[DigestItem]) -> tuple[DigestItem, ...]:
    """The stories, weightiest first, each followed by the others on its topic.

    A story's topics are those its brief names, else its sources'. It joins the first of them that
    an earlier story has opened; one without topics stands alone. Nothing else changes its order.
    """
    groups: dict[str, list[DigestItem]] = {}
    for place, item in enumerate(items):
        topics = [topic.casefold() for topic in item.brief.topics or item.topics]
        theme = next((topic for topic in topics if topic in groups), topics[0] if topics else f"\0{place}")
        groups.setdefault(theme, []).append(item)
    return tuple(item for group in groups.values() for item in group)
