"""From candidates to a digest: which stories, in which order, told in full or as headlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digests.edit.schedule import local_day
from digests.model import Article, Brief, Chat, Digest, DigestItem, Link, Source, Story

MOST_HEADLINES = 20
"""A list longer than this is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A story chosen for a digest, with its brief and the entries it uses up."""

    story: Story
    brief: Brief
    entry_ids: tuple[int, ...]
    updated: bool = False


def compose(
    chat: Chat,
    picks: Sequence[Pick],
    sources: Mapping[int, Source],
    now: datetime,
    *,
    sample: bool = False,
) -> Digest:
    """The digest of these picks, best first: as many stories as the chat wants, the rest as headlines.

    Several stories stand under the chat's own date; one needs no heading.
    """
    items = [_item(pick, sources) for pick in picks]
    most = max(1, chat.settings.stories)
    return Digest(
        chat_id=chat.id,
        created=now,
        title=local_day(chat.settings, now).isoformat() if len(picks) > 1 else "",
        items=tuple(items[:most]),
        headlines=tuple(items[most : most + MOST_HEADLINES]),
        sample=sample,
    )


def _item(pick: Pick, sources: Mapping[int, Source]) -> DigestItem:
    story = pick.story
    articles = story.lead_first
    return DigestItem(
        story_id=story.id,
        version=story.version,
        brief=pick.brief,
        links=_links(articles, sources),
        image=next((a.image for a in articles if a.image), None),
        topics=_topics(articles, sources),
        entry_ids=pick.entry_ids,
        updated=pick.updated,
        published=story.lead.published,
    )


def _links(articles: Sequence[Article], sources: Mapping[int, Source]) -> tuple[Link, ...]:
    """One link a source, the lead's first: the same agency text twice on one site is named once."""
    links: dict[str, Link] = {}
    for article in articles:
        source = sources.get(article.source_id)
        site = (source.name if source else "") or article.site
        links.setdefault(site or article.url, Link(site=site, url=article.url))
    return tuple(links.values())


def _topics(articles: Sequence[Article], sources: Mapping[int, Source]) -> tuple[str, ...]:
    topics: dict[str, None] = {}
    for article in articles:
        source = sources.get(article.source_id)
        topics.update(dict.fromkeys(source.topics if source else ()))
    return tuple(topics)
