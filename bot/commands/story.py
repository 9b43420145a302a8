"""/story and /trending: how one story ran, and which stories run fastest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands.service import Service, refuse, say
from bot.conversation import Button, Reply, Request
from bot.locales import _, _n, moment
from bot.render.clean import clean
from bot.render.digest_text import link_span
from bot.render.rich import Span, bold
from digests.model import Article, Chat, Digest, DigestItem, Link, Story
from digests.text.links import canonical

MOST_REPORTS = 15
DIGESTS = 30
"""How many of a chat's digests are looked through for the stories a message told."""
WINDOW = timedelta(hours=24)
TRENDING = 8


async def story(service: Service, request: Request) -> Reply:
    """The reports of a story in order of time: by its number, or as an answer to a digest."""
    chat = await service.stored(request.chat)
    number = re.fullmatch(r"#?(\d{1,12})", request.words.strip())
    if number:
        return await _timeline(service, chat, int(number[1]))
    told = await told_in(service, request)
    items = told.items
    if told.chat is not None:
        chat = told.chat
    if len(items) == 1:
        return await _timeline(service, chat, items[0].story_id)
    if items:
        return say(
            _("Which story?"),
            buttons=tuple(
                (Button(clean(i.brief.headline, 60), "story", f"{i.story_id}"),) for i in items[:10]
            ),
        )
    return refuse(
        _("Which story? Answer one of my digests with /story, or send its number from /search or /trending.")
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What the message a command is about told: to which chat, and with which digest it was posted."""

    items: tuple[DigestItem, ...] = ()
    chat: Chat | None = None
    digest: Digest | None = None


async def told_in(service: Service, request: Request) -> Told:
    """The stories of the message the command answers, or whose button was pressed.

    A message of a digest is known by its id, any other by the links in it.
    """
    digests = service.store.digests
    for address, message_id in request.message:
        carried = await digests.carried(request.chat.platform, address, message_id)
        if carried is None:
            continue
        chat = await service.store.chats.get(carried.chat_id)
        posted, now = await digests.get(carried.posted), await digests.get(carried.digest_id)
        told = [*now.items, *now.headlines] if now is not None else []
        return Told(tuple(item for item in told if item.story_id in carried.stories), chat, posted)
    wanted = {canonical(link) for link in request.reply_links}
    stored = await service.store.chats.find(request.chat.platform, request.chat.address, request.chat.thread)
    found: dict[int, DigestItem] = {}
    for digest in await digests.last(stored.id, DIGESTS) if wanted and stored is not None else ():
        for item in (*digest.items, *digest.headlines):
            if any(canonical(link.url) in wanted for link in item.links):
                found.setdefault(item.story_id, item)
    return Told(tuple(found.values()))


async def seen(service: Service, chat: Chat, story_id: int) -> Story | None:
    """The story, where this chat follows one of its sources or was told it."""
    if not await service.store.library.sees(chat.id, story_id):
        return None
    return await service.store.stories.get(story_id)


async def _timeline(service: Service, chat: Chat, story_id: int) -> Reply:
    found = await seen(service, chat, story_id)
    if found is None or not found.articles:
        return refuse(
            _("I know no story {number} here. /search finds one by its words.").format(number=story_id)
        )
    reports = sorted(found.articles, key=lambda one: _when(one, found))
    lines = [bold(clean(found.lead.title, 300) or "…")]
    for report in reports[-MOST_REPORTS:]:
        lines += [Span(f"\n\n{moment(_when(report, found), chat.settings.zone)} · ")]
        lines += [link_span(Link(report.site, report.url)), Span(f"\n{clean(report.title, 200)}")]
    if len(reports) > MOST_REPORTS:
        more = len(reports) - MOST_REPORTS
        earlier = _n("{count} earlier report", "{count} earlier reports", more).format(count=more)
        lines.append(Span(f"\n\n{earlier}", italic=True))
    rows = (
        (Button("👍", "like", f"{story_id}"), Button("👎", "dislike", f"{story_id}")),
        (Button(_("Mute this story"), "mute", f"story {story_id}"),),
    )
    return say(tuple(lines), buttons=rows)


def _when(article: Article, story: Story) -> datetime:
    when = article.published or article.updated or story.started
    assert when is not None
    return when


async def trending(service: Service, request: Request) -> Reply:
    """The stories of the last day that the most sources report, and how fast they come."""
    chat = await service.stored(request.chat)
    stories = await service.store.library.trending(chat.id, service.clock() - WINDOW, TRENDING)
    if not stories:
        return say(_("Nothing has come in the last day. /subscribe with an address begins."))
    lines = [bold(_("Most reported in the last day"))]
    for place, one in enumerate(stories, 1):
        sites = len({article.source_id for article in one.articles})
        sources = _n("{count} source", "{count} sources", sites).format(count=sites)
        pace = _n("{count} report", "{count} reports", len(one.articles)).format(count=len(one.articles))
        lines += [
            Span(f"\n\n{place}. "),
            bold(clean(one.lead.title, 300) or "…"),
            Span(f"\n{sources}, {pace}"),
        ]
        lines += [Span(" · "), link_span(Link(one.lead.site, one.lead.url)), Span(f" · /story {one.id}")]
    return say(tuple(lines))
