"""From candidates to a digest: which stories, in which order, told in full or as headlines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from digests.edit.schedule import local
from digests.model import Article, Brief, Chat, ChatSettings, Digest, DigestItem, Link, Source, Story
from digests.ports import Candidate
from digests.text.links import host, public, shown


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


MOST_HEADLINES = 20
"""A list longer than this is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A story chosen for a digest, with its brief and the entries it uses up."""

    story: Story
    brief: Brief
    entry_ids: tuple[int, ...]
    updated: bool = False
    minor: bool = False  # fit for a headline only


def compose(
    chat: Chat,
    picks: Sequence[Pick],
    sources: Mapping[int, Source],
    now: datetime,
    *,
    sample: bool = False,
) -> Digest:
    """The digest of these picks, best first: as many stories as the chat wants, the rest as headlines.

    Several stories stand under the moment on the chat's own clocks; one needs no heading.
    """
    wish = chat.settings
    items = [_item(pick, sources) for pick in picks if not pick.minor]
    minor = [_item(pick, sources) for pick in picks if pick.minor]
    most = max(1, wish.stories)
    first = items[:most]
    if wish.topics or wish.headings:
        first = _by_topic(first, wish)
    return Digest(
        chat_id=chat.id,
        created=now,
        title=local(wish, now).strftime("%Y-%m-%dT%H:%M") if len(picks) > 1 else "",
        items=tuple(first),
        headlines=(*items[most:], *minor)[:MOST_HEADLINES],
        sample=sample,
        style=wish.style,
    )


def _by_topic(items: list[DigestItem], wish: ChatSettings) -> list[DigestItem]:
    """The wished topics first, in their order. With headings the stories of every other topic stand
    together as well, where its best one stood, and those of none come last."""
    order = {topic.casefold(): place for place, topic in enumerate(wish.topics)}
    last = len(order)
    places: list[int] = []
    found: list[DigestItem] = []
    for item in items:
        topics = [topic.casefold() for topic in item.topics]
        # of a story's topics the one wished for most, else its first
        topic = min(topics, key=lambda one: order.get(one, last), default="")
        if wish.headings and topic:
            order.setdefault(topic, len(order))
        places.append(order.get(topic, len(items) + last))
        found.append(replace(item, heading=topic if wish.headings else ""))
    return [item for _, item in sorted(zip(places, found, strict=True), key=lambda pair: pair[0])]


def _item(pick: Pick, sources: Mapping[int, Source]) -> DigestItem:
    story = pick.story
    articles = story.lead_first
    return DigestItem(
        story_id=story.id,
        version=story.version,
        brief=pick.brief,
        links=links_of(articles, sources),
        image=next((a.image for a in articles if a.image), None),
        topics=_topics(articles, sources, pick.brief),
        entry_ids=pick.entry_ids,
        updated=pick.updated,
        published=story.lead.published,
    )


def links_of(articles: Sequence[Article], sources: Mapping[int, Source]) -> tuple[Link, ...]:
    """One link a source, the lead's first; two sources of one name are told apart by their addresses.

    A report without an address of its own has its source's site.
    """
    links: dict[tuple[int, str], Link] = {}
    feeds: dict[tuple[int, str], str] = {}
    for article in articles:
        source = sources.get(article.source_id)
        feed = source.url if source else ""
        site = (source.name if source else "") or article.site or host(feed)
        key = (article.source_id, "") if source else (0, site or article.url)
        url = article.url or (public(urljoin(feed, "/")) if feed else "")
        if key not in links and all(url != link.url or not url for link in links.values()):
            links[key], feeds[key] = Link(site=site, url=url), feed
    often = Counter(link.site for link in links.values())
    return tuple(
        replace(link, site=_told_apart(link, feeds[key])) if often[link.site] > 1 else link
        for key, link in links.items()
    )


def _told_apart(link: Link, feed: str) -> str:
    """The name with as much of the feed's address as tells it from another of that name."""
    where = re.sub(r"^https?://(?:www\.)?", "", shown(feed or link.url)).rstrip("/")
    return f"{link.site} · {where[:80]}"


def _topics(articles: Sequence[Article], sources: Mapping[int, Source], brief: Brief) -> tuple[str, ...]:
    """The sources' own topics, then those a model filed the story under."""
    topics: dict[str, None] = {}
    for article in articles:
        source = sources.get(article.source_id)
        topics.update(dict.fromkeys(source.topics if source else ()))
    return tuple(dict.fromkeys((*topics, *brief.topics)))
