"""/story and /trending: how one story ran, and which stories run fastest."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.commands.service import Service, refuse, say
from bot.conversation import Button, Reply, Request
from bot.locales import _, _n, moment
from bot.render.clean import clean
from bot.render.digest_text import link_span
from bot.render.rich import Span, bold
from digests.model import Article, Chat, DigestItem, Link, Story
from digests.urls import canonical

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
    items = await told_in(service, chat, request.reply_links)
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


async def told_in(service: Service, chat: Chat, links: tuple[str, ...]) -> list[DigestItem]:
    """The stories a message told, by the links in it."""
    wanted = {canonical(link) for link in links}
    found: dict[int, DigestItem] = {}
    for digest in await service.store.digests.last(chat.id, DIGESTS) if wanted else ():
        for item in (*digest.items, *digest.headlines):
            if any(canonical(link.url) in wanted for link in item.links):
                found.setdefault(item.story_id, item)
    return list(found.values())


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
    rows = ((Button("👍", "like", f"{story_id}"), Button("👎", "dislike", f"{story_id}")),)
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
