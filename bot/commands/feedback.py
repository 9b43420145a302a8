"""/like, /dislike, /mute and /ranking: what a chat's people want more and less of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.commands.registry import WHERE, YOUR_SAY, command
from bot.commands.service import Service, label, refuse, say
from bot.commands.story import STORY, Told, seen, story_numbered, told_in, unknown_story
from bot.commands.subscriptions import split_where
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, _n, moment, number
from bot.render.clean import clean
from bot.render.rich import Span, bold
from digests.group.rank import features, weights
from digests.model import Chat, DigestItem, Mute, Story, Vote

WEEK = timedelta(days=7)
SHOWN = 8
ALL, OFF = "all", "off"
"""Instead of a number: every story of the message the command is about; a vote on them taken back."""
_NUMBER = re.compile(r"#?(\d{1,12})")


@command("like", N_("more stories like this"), topic=YOUR_SAY, place=1, example="/like 12", options=(STORY,))
async def like(service: Service, request: Request) -> Reply:
    """A thumb up for a story: by its number, or as an answer to the message that told it."""
    return await _vote(service, request, 1)


@command("dislike", N_("less like this"), topic=YOUR_SAY, place=2, example="/dislike 12", options=(STORY,))
async def dislike(service: Service, request: Request) -> Reply:
    """A thumb down: less like this."""
    return await _vote(service, request, -1)


async def _vote(service: Service, request: Request, value: int) -> Reply:
    words = request.words.strip().casefold()
    if words in {ALL, OFF}:
        return await _vote_on_all(service, request, value, off=words == OFF)
    command = "like" if value > 0 else "dislike"
    named = _NUMBER.fullmatch(words)
    chat = await service.stored(request.chat)
    if named is None:
        told = await told_in(service, request)
        if len(told.items) != 1:
            return await _which(service, chat, told.items, command)
        chat = told.chat or chat
        found = await seen(service, chat, told.items[0].story_id)
    else:
        found = await story_numbered(service, chat, int(named[1]))
    if found is None:
        return unknown_story(named[1] if named is not None else "?")
    await _save(service, request, chat, [found], value)
    title = clean(found.lead.title, 150)
    if value > 0:
        return say(
            _("Noted: more like “{title}”. /ranking shows what that does.").format(title=title), private=True
        )
    number = (await service.store.library.numbers(chat.id, [found.id]))[found.id]
    rows = [(Button(_("Mute this story"), "mute", f"story {number}"),)]
    source = (await _numbers(service, chat)).get(found.lead.source_id)
    if source is not None:
        rows.append((Button(_("Mute this source for a week"), "mute", f"source {source}"),))
    return say(
        _("Noted: less like “{title}”. /ranking shows what that does.").format(title=title),
        buttons=tuple(rows),
        private=True,
    )


async def _vote_on_all(service: Service, request: Request, value: int, *, off: bool) -> Reply:
    """A thumb under a digest's message, or one taken back, for every story the message tells."""
    told = await told_in(service, request)
    ids = [item.story_id for item in told.items]
    if told.chat is None or not ids or told.chat.settings.feedback == "off":
        return refuse(_("I don't know any more what that message told. /search finds it by its words."))
    if off:
        await service.store.feedback.withdraw(told.chat.id, ids, request.person.id, value)
        return say(_("Your vote is taken back."), private=True)
    library = service.store.library
    found = [story for id_ in ids if (story := await library.story(told.chat.id, id_)) is not None]
    await _save(service, request, told.chat, found, value)
    if len(ids) == 1:
        title = clean(told.items[0].brief.headline, 80)
        said = _("Noted: more like “{title}”.") if value > 0 else _("Noted: less like “{title}”.")
        return say(said.format(title=title), private=True)
    said = (
        _n("Noted: more like this {count} story.", "Noted: more like these {count} stories.", len(ids))
        if value > 0
        else _n("Noted: less like this {count} story.", "Noted: less like these {count} stories.", len(ids))
    )
    more = _("“…” takes them one by one.")
    return say(said.format(count=number(len(ids))) + " " + more, private=True)


async def _save(service: Service, request: Request, chat: Chat, stories: list[Story], value: int) -> None:
    sources = await service.sources_of(chat)
    for story in stories:
        vote = Vote(
            chat_id=chat.id,
            story_id=story.id,
            person=request.person.id,
            value=value,
            features=features(story, sources),
            at=service.clock(),
        )
        await service.store.feedback.vote(vote)


async def _which(service: Service, chat: Chat, items: Sequence[DigestItem], command: str) -> Reply:
    if not items:
        last = await service.store.digests.last(chat.id, 1)
        items = [item for digest in last for item in digest.items]
    if not items:
        return refuse(
            _("Which story? Answer one of my digests with /{command}, or send a story's number.").format(
                command=command
            )
        )
    sign = "👍" if command == "like" else "👎"
    numbers = await service.store.library.numbers(chat.id, [item.story_id for item in items[:10]])
    rows = tuple(
        (Button(f"{sign} {clean(item.brief.headline, 55)}", command, f"{numbers[item.story_id]}"),)
        for item in items[:10]
        if item.story_id in numbers
    )
    return say(_("Which story?"), buttons=rows, private=True)


@command(
    "mute",
    N_("no more of a story, or of a source for a week"),
    topic=YOUR_SAY,
    place=3,
    example="/mute source 3",
    options=(Option(name="what", help=N_("story 12, source 3, or off before it"), required=False), WHERE),
    managers_only=True,
)
async def mute(service: Service, request: Request) -> Reply:
    """Hear no more of a story, or of a source for a week."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    kind, _rest, which = words.partition(" ")
    if not kind:
        return await _mutes(service, chat)
    off = kind.casefold() == "off"
    if off:
        kind, _rest, which = which.partition(" ")
    by, feedback = request.person.id, service.store.feedback
    if kind.casefold() == "story":
        named = _NUMBER.fullmatch(which.strip())
        told = await told_in(service, request) if not which.strip() else Told()
        found = None
        if named is not None:
            found = await story_numbered(service, chat, int(named[1]))
        elif len(told.items) == 1:
            found = await seen(service, chat, told.items[0].story_id)
        if found is None:
            return refuse(_("Which story? Send /mute story with its number, from /search or /trending."))
        title = clean(found.lead.title, 150)
        numbers = await service.store.library.numbers(chat.id, [found.id])
        if off:
            await feedback.unmute(chat.id, "story", found.id)
            return say(_("“{title}” may be told again.").format(title=title))
        await feedback.mute(Mute(chat_id=chat.id, kind="story", target=found.id, created_by=by))
        return say(_("No more of “{title}”. /mute off story {number} takes it back.").format(
            title=title, number=numbers[found.id]))  # fmt: skip
    source = await service.named(which if kind.casefold() == "source" else f"{kind} {which}", chat)
    if source is None:
        return refuse(
            _("Send /mute source with a number from /subscriptions, or /mute story with a story's number.")
        )
    if off:
        await feedback.unmute(chat.id, "source", source.id)
        return say(_("{source} is heard again.").format(source=label(source)))
    until = service.clock() + WEEK
    await feedback.mute(Mute(chat_id=chat.id, kind="source", target=source.id, until=until, created_by=by))
    return say(_("{source} is muted until {when}. /mute off source {number} takes it back.").format(
        source=label(source), when=moment(until, chat.settings.zone),
        number=(await _numbers(service, chat)).get(source.id, source.id)))  # fmt: skip


async def _numbers(service: Service, chat: Chat) -> dict[int, int]:
    """What the chat's people call the sources by that it follows, by their ids."""
    return {one.source_id: one.number for one, _ in await service.store.subscriptions.of_chat(chat.id)}


async def _mutes(service: Service, chat: Chat) -> Reply:
    muted = await service.store.feedback.mutes(chat.id, service.clock())
    sources = await service.sources_of(chat)
    if not muted:
        return say(_("Nothing is muted. Send /mute source 3 or /mute story 12."))
    sources_numbers = await _numbers(service, chat)
    stories = [one.target for one in muted[:SHOWN] if one.kind == "story"]
    numbers = await service.store.library.numbers(chat.id, stories)
    rows: list[tuple[Button, ...]] = []
    for one in muted[:SHOWN]:
        source = sources.get(one.target) if one.kind == "source" else None
        story = await service.store.library.story(chat.id, one.target) if one.kind == "story" else None
        name = label(source) if source else story.lead.title if story else "…"
        number = sources_numbers.get(one.target) if one.kind == "source" else numbers.get(one.target)
        rows.append((Button(f"🔔 {clean(name, 55)}", "mute", f"off {one.kind} {number or one.target}"),))
    return say(_("Muted here; a tap takes it back."), buttons=tuple(rows), private=True)


@command(
    "ranking",
    N_("why stories stand where they do, and what your votes do"),
    topic=YOUR_SAY,
    place=4,
    example="/ranking",
    options=(Option(name="reset", help=N_("forget all votes"), required=False, choices=("reset",)), WHERE),
)
async def ranking(service: Service, request: Request) -> Reply:
    """Why the next stories stand where they do, and what the votes have to do with it."""
    words, where = split_where(request.words)
    resets = words.strip().casefold() == "reset"
    chat = await service.target(request, where) if resets or where else request.chat
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    if resets:
        count = await service.store.feedback.forget_votes(chat.id)
        return say(
            _n("{count} vote is forgotten.", "{count} votes are forgotten.", count).format(count=count)
        )
    votes = await service.store.feedback.votes(chat.id)
    lines = [bold(_("How stories are ranked here")), Span("\n")]
    lines.append(Span(_("Points for every further source, for being fresh and for new facts, and up to 2 more or "
                        "fewer by your votes on such sources, topics and words.")))  # fmt: skip
    for ranked in (await service.desk.editor.select(chat, service.clock())).ranked[:SHOWN]:
        parts = {
            _("sources"): ranked.sources,
            _("freshness"): ranked.freshness,
            _("new facts"): ranked.development,
            _("votes"): ranked.taste,
        }
        reasons = ", ".join(f"{name} {number(round(part, 1))}" for name, part in parts.items() if part)
        lines += [Span("\n\n"), bold(clean(ranked.candidate.story.lead.title, 200) or "…")]
        lines.append(Span(f"\n{number(round(ranked.score, 1))}: {reasons}"))
    lines.append(Span("\n\n" + await _weights(service, chat, votes)))
    rows = (
        ((Button(_("Forget all votes"), "ranking", f"reset{f' {where}' if where else ''}"),),)
        if votes
        else ()
    )
    return say(tuple(lines), buttons=rows)


async def _weights(service: Service, chat: Chat, votes: list[Vote]) -> str:
    if not votes:
        return _("Nobody has voted yet: /like or /dislike as an answer to a digest.")
    weighed = {name: weight for name, weight in weights(votes).items() if weight}
    strongest = sorted(weighed, key=lambda name: (-abs(weighed[name]), name))[: SHOWN * 2]
    names = {f"source:{id_}": label(source) for id_, source in (await service.sources_of(chat)).items()}
    lines = [f"{names.get(name) or name.partition(':')[2]} {weighed[name]:+.2f}" for name in strongest]
    count = _n("{count} vote counts:", "{count} votes count:", len(votes)).format(count=len(votes))
    return "\n".join([count, *(clean(line, 80) for line in lines)])
