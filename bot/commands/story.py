"""/story and /trending: how one story ran, and which stories run fastest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands.registry import READING, command
from bot.commands.service import Service, refuse, say
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, _n, moment
from bot.render.clean import clean
from bot.render.digest_text import link_span, supported
from bot.render.rich import Span, bold
from digests.edit.compose import links_of
from digests.model import Article, Brief, Chat, Digest, DigestItem, Source, Story
from digests.text.links import canonical

STORY = Option(name="story", help=N_("its number, from /search or /trending"), required=False)
MOST_REPORTS = 15
DIGESTS = 30
"""How many of a chat's digests are looked through for the stories a message told."""
WINDOW = timedelta(hours=24)
TRENDING = 8


@command(
    "story",
    N_("how a story ran, report by report"),
    topic=READING,
    place=4,
    example="/story 12",
    options=(STORY,),
)
async def story(service: Service, request: Request) -> Reply:
    """What the desk wrote of a story, and its reports in order of time: by its number, as an answer to a
    digest, or of a digest's message the story with an id (``=12``: a press)."""
    chat = await service.stored(request.chat)
    number = re.fullmatch(r"#?(\d{1,12})", request.words.strip())
    if rests := re.fullmatch(r"sources (\d{1,12})", request.words.strip()):
        return await _rests_on(service, chat, int(rests[1]))
    if number:
        return await _timeline(service, chat, await story_numbered(service, chat, int(number[1])), number[1])
    told = await told_in(service, request)
    items = told.items
    if told.chat is not None:
        chat = told.chat
    if one := re.fullmatch(r"=(\d{1,18})", request.words.strip()):
        items = tuple(item for item in items if item.story_id == int(one[1]))
    if len(items) == 1:
        found = await seen(service, chat, items[0].story_id)
        return await _timeline(service, chat, found, brief=items[0].brief)
    if items:
        numbers = await service.store.library.numbers(chat.id, [i.story_id for i in items[:10]])
        return say(
            _("Which story?"),
            buttons=tuple(
                (Button(clean(i.brief.headline, 60), "story", f"{numbers[i.story_id]}"),)
                for i in items[:10]
                if i.story_id in numbers
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
    """The story with those of its reports that this chat follows the sources of, or was told."""
    return await service.store.library.story(chat.id, story_id)


async def story_numbered(service: Service, chat: Chat, number: int) -> Story | None:
    """The same by the number that the chat's people know it by."""
    story_id = await service.store.library.numbered(chat.id, number)
    return None if story_id is None else await seen(service, chat, story_id)


def unknown_story(number: str) -> Reply:
    return refuse(_("I know no story {number} here. /search finds one by its words.").format(number=number))


async def _timeline(
    service: Service, chat: Chat, found: Story | None, asked: str = "?", *, brief: Brief | None = None
) -> Reply:
    if found is None:
        return unknown_story(asked)
    sources = await service.sources_of(chat)
    number = (await service.store.library.numbers(chat.id, [found.id]))[found.id]
    reports = sorted(found.articles, key=lambda one: _when(one, found))
    lines = [bold(clean(found.lead.title, 300) or "…")]
    if brief is not None and brief.sentences:
        lines.append(Span(f"\n{clean(brief.text)}"))
    for report in reports[-MOST_REPORTS:]:
        lines += [Span(f"\n\n{moment(_when(report, found), chat.settings.zone)} · ")]
        lines += [*_where(report, sources), Span(f"\n{clean(report.title, 200)}")]
    if len(reports) > MOST_REPORTS:
        more = len(reports) - MOST_REPORTS
        earlier = _n("{count} earlier report", "{count} earlier reports", more).format(count=more)
        lines.append(Span(f"\n\n{earlier}", italic=True))
    rows: list[tuple[Button, ...]] = [
        (Button("👍", "like", f"{number}"), Button("👎", "dislike", f"{number}")),
        (
            Button(_("Follow this story"), "filter", f"watch story:{number}"),
            Button(_("Mute this story"), "mute", f"story {number}"),
        ),
    ]
    if await service.store.digests.posted(chat.id, found.id) is not None:
        rows.append((Button(_("What it rests on"), "story", f"sources {number}"),))
    return say(tuple(lines), buttons=tuple(rows))


async def _rests_on(service: Service, chat: Chat, number: int) -> Reply:
    """What the desk posted of a story, each sentence with those of the sources that it rests on."""
    story_id = await service.store.library.numbered(chat.id, number)
    posted = None if story_id is None else await service.store.digests.posted(chat.id, story_id)
    if posted is None:
        return unknown_story(str(number))
    back = (Button(_("Back"), "story", f"{number}"),)
    return say(supported(posted[0].brief), buttons=(back,), private=True)


def _where(report: Article, sources: Mapping[int, Source]) -> list[Span]:
    return [link_span(link) for link in links_of([report], sources)]


def _when(article: Article, story: Story) -> datetime:
    when = article.published or article.updated or story.started
    assert when is not None
    return when


@command("trending", N_("what most sources report today"), topic=READING, place=5, example="/trending")
async def trending(service: Service, request: Request) -> Reply:
    """The stories of the last day that the most sources report, and how fast they come."""
    chat = await service.stored(request.chat)
    await service.desk.editor.read_up(chat, service.clock())
    stories = await service.store.library.trending(chat.id, service.clock() - WINDOW, TRENDING)
    if not stories:
        return say(_("Nothing has come in the last day. /subscribe with an address begins."))
    lines = [bold(_("Most reported in the last day"))]
    sources = await service.sources_of(chat)
    numbers = await service.store.library.numbers(chat.id, [one.id for one in stories])
    for place, one in enumerate(stories, 1):
        sites = len({article.source_id for article in one.articles})
        brought = _n("{count} source", "{count} sources", sites).format(count=sites)
        pace = _n("{count} report", "{count} reports", len(one.articles)).format(count=len(one.articles))
        lines += [
            Span(f"\n\n{place}. "),
            bold(clean(one.lead.title, 300) or "…"),
            Span(f"\n{brought}, {pace}"),
        ]
        lines += [Span(" · "), *_where(one.lead, sources), Span(f" · /story {numbers[one.id]}")]
    return say(tuple(lines))
