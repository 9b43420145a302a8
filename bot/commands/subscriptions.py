"""/subscribe, /unsubscribe and /subscriptions."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.commands.registry import FOLLOWING, WHERE, command
from bot.commands.rhythm import rhythm
from bot.commands.service import (
    SOURCE,
    Service,
    because,
    label,
    linked,
    offered_sources,
    own_sources,
    refuse,
    say,
)
from bot.commands.sources import Again, find, is_address, split_address
from bot.conversation import Button, Option, Person, Reply, Request
from bot.locales import N_, _, _n, number
from bot.reasons import late
from bot.render.rich import Rich, Span, bold, filled, link
from digests.desk.backfilling import subscribe as subscribe_to
from digests.edit.schedule import parse_cadence
from digests.model import Chat, Entry, Source, Subscription
from digests.watch.cadence import lateness
from digests.watch.resolve import count

_HOW_MANY = re.compile(r"(?<=\s)(none|newest|last\s{1,9}(\d{1,3}))$", re.IGNORECASE)
_HOW_LONG = 20  # characters that say how many, at a text's end
_MOST_AT_ONCE = 10
_MORE = (3, 5, 10)
_RECENT = 9  # entries whose lateness is told


@command(
    "subscribe",
    N_("follow a source in this chat"),
    topic=FOLLOWING,
    place=1,
    example="/subscribe https://example.com",
    options=(
        SOURCE,
        Option(
            name="show",
            help=N_("what to show at once: none, newest, last 5"),
            required=False,
            choices=("none", "newest", "last 3", "last 5", "last 10"),
        ),
        WHERE,
    ),
    managers_only=True,
    complete=offered_sources,
)
async def subscribe(service: Service, request: Request) -> Reply:
    """Subscribe the chat, or the channel named last, to a source of the desk or an address."""
    words, where = split_where(request.words)
    words, newest = _how_many(words)
    if not words:
        return refuse(
            _(
                "Which source? Send /subscribe with an address or a name, like /subscribe https://example.com "
                "or /subscribe 3. /sources list shows what the desk has."
            )
        )
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    missing = await request.directory.can_post(chat)
    if missing is not None:
        return refuse(
            _("{chat}: I can't post there, because {reason}. Give me that right, then try again.").format(
                chat=title(chat), reason=_(missing.reason).rstrip(".")
            )
        )
    source = await source_for(service, words, chat, request.person, where or "", request)
    if isinstance(source, Reply):
        return source
    return await _subscribed(service, request, chat, source, newest, f" {where}" if where else "")


async def _subscribed(
    service: Service, request: Request, chat: Chat, source: Source, wanted: int | None, suffix: str
) -> Reply:
    """``wanted``: how many of the newest items to show now; None: the newest, unless subscribed already."""
    now = service.clock()
    chat = await service.stored(chat)
    refusal = await service.access.refuses_subscription(chat)
    if refusal and source.id not in {s.id for _, s in await service.store.subscriptions.of_chat(chat.id)}:
        return refuse(refusal)
    if chat.paused:
        await service.store.chats.set_paused(chat.id, None)
    known = {known.id for _, known in await service.store.subscriptions.of_chat(chat.id)}
    theirs = source.origin == "chat" and source.id not in known  # as new to this chat as to the desk
    if theirs or not await service.store.entries.newest(source.id, 1):
        taken = await service.desk.intake.poll(source, now)
        if taken.failure is not None:
            return refuse(
                _("I can't read {source}: {reason} Nothing was subscribed.").format(
                    source=label(source), reason=because(taken.failure)
                )
            )
    if source.id in known and wanted is None:
        return say(
            _("{chat} follows {source} already. /subscriptions lists all it follows.").format(
                chat=title(chat), source=label(source)
            )
        )
    newest = 1 if wanted is None else wanted
    most = await service.access.limit(chat, "subscriptions")
    begun = await subscribe_to(service.store, chat, source, request.person.id, now, newest=newest, most=most)
    if begun is None:  # others were subscribing at the same moment
        return refuse(await service.access.refuses_subscription(chat) or "")
    _new, samples = begun
    number = await _number(service, chat, source)
    called = (await service.sources_of(chat))[source.id]
    shown = await _sample(service, chat, samples)
    follows = (
        *filled(_("{chat} now follows {source}."), chat=Span(title(chat)), source=bold(label(called))),
        Span(f" {rhythm(chat.settings)} {_told(shown)}"),
    )
    return Reply(text=follows, buttons=(_choices(number, newest, suffix),) if samples or not newest else ())


async def _number(service: Service, chat: Chat, source: Source) -> int:
    pairs = await service.store.subscriptions.of_chat(chat.id)
    return next(one.number for one, known in pairs if known.id == source.id)


def _choices(subscription: int, chosen: int, suffix: str) -> tuple[Button, ...]:
    """How many of its items a person may have at once; what was sent can't be taken back."""
    labels = {0: _("None"), 1: _("Newest")}
    labels |= {count: _("Last {count}").format(count=number(count)) for count in _MORE}
    words = {0: "none", 1: "newest"}
    return tuple(
        Button(
            f"✓ {said}" if count == chosen else said,
            "subscribe",
            f"#{subscription} {words.get(count, f'last {count}')}{suffix}",
        )
        for count, said in labels.items()
        if count == chosen or count == 0 or count > chosen
    )


def _told(shown: int) -> str:
    if shown == 1:
        return _("Its newest item comes now as a sample; older ones count as seen.")
    if shown:
        return _n(
            "Its newest item comes now; older ones count as seen.",
            "Its {count} newest items come now; older ones count as seen.",
            shown,
        ).format(count=number(shown))
    return _("What it publishes from now on will be in it.")


def _how_many(words: str) -> tuple[str, int | None]:
    """What a person wants to see of a source at once, said after its name: none, newest, last 5."""
    match = _HOW_MANY.search(words, max(0, len(words) - _HOW_LONG))
    if match is None:
        return words, None
    wanted = match[1].casefold()
    count = {"none": 0, "newest": 1}.get(wanted, min(int(match[2] or 1), _MOST_AT_ONCE))
    return words[: match.start()].strip(), count


async def _sample(service: Service, chat: Chat, entries: list[Entry]) -> int:
    """Queue a digest of these entries; how many could be read and are in it."""
    now = service.clock()
    read = [entry.id for entry in entries if await service.desk.intake.read(entry, now) is not None]
    if not read:
        return 0
    await service.desk.intake.group_new(now)
    edited = await service.desk.editor.edit(chat, now, only=frozenset(read), sample=True)
    return len(read) if edited.digest is not None else 0


@command(
    "unsubscribe",
    N_("stop following a source"),
    topic=FOLLOWING,
    place=2,
    example="/unsubscribe 3",
    options=(Option(name="source", help=N_("its number or name"), required=False, completes=True), WHERE),
    managers_only=True,
    complete=own_sources,
)
async def unsubscribe(service: Service, request: Request) -> Reply:
    """End a subscription of the chat, or of the channel named last."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    stored = await service.stored(chat)
    pairs = await service.store.subscriptions.of_chat(stored.id)
    source = await service.named(words, chat) if words else None
    if source is None or source.id not in {s.id for _, s in pairs}:
        if not pairs:
            return refuse(_("{chat} has no subscriptions. /subscribe begins one.").format(chat=title(chat)))
        suffix = f" {where}" if where else ""
        return Reply(
            text=(Span(_("Which one should end? Tap it, or send /unsubscribe with its number.")),),
            buttons=tuple(
                (Button(f"{one.number}. {label(s)}", "unsubscribe", f"{one.number}{suffix}"),)
                for one, s in pairs
            ),
            private=True,
        )
    await service.store.subscriptions.remove(stored.id, source.id)
    return say(_("{chat} no longer follows {source}.").format(chat=title(chat), source=label(source)))


@command(
    "subscriptions",
    N_("what this chat follows"),
    topic=FOLLOWING,
    place=3,
    example="/subscriptions",
    options=(WHERE,),
)
async def subscriptions(service: Service, request: Request) -> Reply:
    """What the chat, or the channel named, follows; anyone in the chat may ask."""
    where = split_where(request.words)[1]
    chat = await service.target(request, where) if where else request.chat
    if isinstance(chat, Reply):
        return chat
    stored = await service.store.chats.find(chat.platform, chat.address, chat.thread)
    pairs = await service.store.subscriptions.of_chat(stored.id) if stored else []
    invite = _invite(request)
    if stored is None or not pairs:
        nothing = _("{chat} follows nothing yet. /subscribe with an address or a name begins.")
        return say((Span(nothing.format(chat=title(chat))), *invite))
    lines = [bold(_("{chat} follows:").format(chat=title(chat))), Span("\n")]
    called = await service.sources_of(stored)
    at_once = await _at_once(service, stored)
    for one, source in pairs:
        said = _paused(source)
        if not said and (at_once or source.origin != "chat"):
            said = _late(one, await service.store.entries.newest(source.id, _RECENT))
        lines += [Span(f"{one.number}. "), linked(called[source.id]), Span(said + "\n")]
    lines.append(Span(f"{rhythm(stored.settings)} {_asked(at_once)}"))
    if stored.paused:
        paused = _("Paused: {reason}. It goes on when I can write here again.")
        lines.append(Span(" " + paused.format(reason=_(stored.paused).rstrip("."))))
    return say((*lines, *invite))


def _invite(request: Request) -> Rich:
    """In a private chat: how the bot comes into others."""
    if request.chat.kind != "private" or not request.invite:
        return ()
    return (Span("\n\n"), link(_("Add me to a group or a server"), request.invite))


async def source_for(
    service: Service, words: str, chat: Chat, person: Person, where: str = "", request: Request | None = None
) -> Source | Reply:
    """The source for what a person typed: the chat's or the desk's own, or what an address leads to. An
    admin of the desk may name any that it has.

    A ``Reply`` asks which of several is meant, or says why there is none; ``where`` is the chat
    named in the question, which its buttons name too. With a ``request`` a new one counts as brought
    by its person, and is polled once it is followed.
    """
    known = await service.named(words, chat, new=True)
    if known is None and service.access.is_admin(person):
        known = await service.named_of_all(words)
    if known is not None:
        return known
    address, rest = split_address(words)
    if not is_address(address) or (rest and count(words) != 1):  # words around one address do no harm
        return refuse(
            _(
                "The desk has no source called “{name}”. /sources list shows what there is; "
                "or paste an address that begins with https://."
            ).format(name=words)
        )
    known = await service.named(address, chat, new=True)
    if known is not None:
        return known
    first = await find(service, address, Again("subscribe", after=where))
    if isinstance(first, Reply):
        return first
    if request is not None:
        refusal = await service.access.refuses_source(request.chat, request.person, service.clock())
        if refusal:
            return refuse(refusal)
    # of one that somebody brought before, the chat calls it what it calls itself now
    stored = await service.store.sources.add(first, service.clock(), followed=request is None)
    return stored if stored.origin != "chat" else replace(stored, name=first.name, topics=first.topics)


def split_where(words: str) -> tuple[str, str | None]:
    """A chat named last (``@name``, ``#name`` or Discord's ``<#id>``) apart from the rest."""
    head, _space, last = words.strip().rpartition(" ")
    handle = last.startswith("@") and ("." in last or "@" in last[1:])  # of Mastodon or Bluesky: a source
    named = last.startswith(("@", "<#")) or (last.startswith("#") and not last[1:].isdecimal())
    if named and not handle:
        return head.strip(), last
    return words.strip(), None


def title(chat: Chat) -> str:
    """How a chat is called at the start of a sentence."""
    return chat.title if chat.title and chat.kind != "private" else _("This chat")


async def _at_once(service: Service, chat: Chat) -> bool:
    """Whether the chat waits for news at once: all of it, or what it watches for."""
    cadence = parse_cadence(chat.settings.cadence)
    return not (cadence.hours or cadence.times) or chat.id in await service.store.rules.watching()


def _asked(at_once: bool) -> str:
    if at_once:
        return _("Sources are asked whenever news of them is likely.")
    return _("Sources are asked shortly before each digest.")


def _late(subscription: Subscription, newest: list[Entry]) -> str:
    """How late news of it was found since the chat follows it. What came before is of others; so it is of
    what people brought for a chat that does not wait itself: that others do is no business of its."""
    after, since = subscription.after_entry, subscription.created  # a sample's are older than the wish
    theirs = [
        (entry.found - entry.published).total_seconds()
        for entry in newest
        if entry.found and entry.published and entry.id > after and since and entry.found > since
    ]
    found = lateness(theirs)
    return "" if found is None else f" · {late(found)}"


def _paused(source: Source) -> str:
    return " " + _("(paused by an admin)") if source.paused else ""
