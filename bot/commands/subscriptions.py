"""/subscribe, /unsubscribe and /subscriptions."""

from __future__ import annotations

from bot.commands.finding import DROP, Again, find
from bot.commands.rhythm import rhythm
from bot.commands.service import Service, because, label, refuse, say
from bot.conversation import Button, Reply, Request
from bot.render.rich import Span, bold, link
from digests.model import Chat, Entry, Source


async def subscribe(service: Service, request: Request) -> Reply:
    """Subscribe the chat, or the channel named last, to a source of the desk or an address."""
    words, where = split_where(request.words)
    if not words:
        return refuse(
            "Which source? Send /subscribe with an address or a name, like /subscribe https://example.com"
            " or /subscribe 3. /sources list shows what the desk has."
        )
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    missing = await request.directory.can_post(chat)
    if missing is not None:
        return refuse(f"I can't post in {title(chat)}: {missing.reason}. Give me that right, then try again.")
    source = await source_for(service, words, where or "")
    if isinstance(source, Reply):
        return source
    return await _subscribed(service, request, chat, source)


async def _subscribed(service: Service, request: Request, chat: Chat, source: Source) -> Reply:
    now = service.clock()
    chat = await service.stored(chat)
    refusal = await service.access.refuses_subscription(chat)
    if refusal and source.id not in {s.id for _, s in await service.store.subscriptions.of_chat(chat.id)}:
        return refuse(refusal)
    if chat.paused:
        await service.store.chats.set_paused(chat.id, None)
    if not await service.store.entries.newest(source.id, 1):
        taken = await service.desk.intake.poll(source, now)
        if taken.failure is not None:
            return refuse(f"I can't read {label(source)}: {because(taken.failure)} Nothing was subscribed.")
    new, sample = await service.desk.editor.subscribe(chat, source, request.person.id, now)
    if not new:
        return say(f"{title(chat)} is subscribed to {label(source)} already. /subscriptions lists them all.")
    shown = await _sample(service, chat, sample) if sample else False
    return say(
        (
            Span(f"{title(chat)} now follows "),
            bold(label(source)),
            Span(f". {rhythm(chat.settings)}"),
            Span(
                " Its newest item comes now as a sample; older ones count as seen."
                if shown
                else " What it publishes from now on will be in it."
            ),
        )
    )


async def _sample(service: Service, chat: Chat, entry: Entry) -> bool:
    """Queue a digest of one entry; False when it could not be read."""
    now = service.clock()
    if await service.desk.intake.read(entry, now) is None:
        return False
    await service.desk.intake.group_new(now)
    edited = await service.desk.editor.edit(chat, now, only=frozenset({entry.id}), sample=True)
    return edited.digest is not None


async def unsubscribe(service: Service, request: Request) -> Reply:
    """End a subscription of the chat, or of the channel named last."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    stored = await service.stored(chat)
    pairs = await service.store.subscriptions.of_chat(stored.id)
    source = await service.named(words) if words else None
    subscribed = [s for _, s in pairs]
    if source is None or source.id not in {s.id for s in subscribed}:
        if not subscribed:
            return refuse(f"{title(chat)} has no subscriptions. /subscribe begins one.")
        suffix = f" {where}" if where else ""
        return Reply(
            text=(Span("Which one should end? Tap it, or send /unsubscribe with its number."),),
            buttons=tuple(
                (Button(f"{s.id}. {label(s)}", "unsubscribe", f"{s.id}{suffix}"),) for s in subscribed
            ),
            private=True,
        )
    await service.store.subscriptions.remove(stored.id, source.id)
    return say(f"{title(chat)} no longer follows {label(source)}.")


async def subscriptions(service: Service, request: Request) -> Reply:
    """What the chat, or the channel named, follows; anyone in the chat may ask."""
    _, where = split_where(request.words)
    chat = await service.target(request, where) if where else request.chat
    if isinstance(chat, Reply):
        return chat
    stored = await service.store.chats.find(chat.platform, chat.address, chat.thread)
    pairs = await service.store.subscriptions.of_chat(stored.id) if stored else []
    if stored is None or not pairs:
        return say(f"{title(chat)} follows nothing yet. /subscribe with an address or a name begins.")
    lines = [bold(f"{title(chat)} follows"), Span("\n")]
    for _, source in pairs:
        lines += [Span(f"{source.id}. "), link(label(source), source.url), Span(_paused(source) + "\n")]
    lines.append(Span(rhythm(stored.settings)))
    if stored.paused:
        lines.append(Span(f" Paused: {stored.paused}. It goes on when I can write here again."))
    return say(tuple(lines))


async def source_for(service: Service, words: str, where: str = "") -> Source | Reply:
    """The desk's source for what a person typed, added if it is the address of a new one.

    A ``Reply`` asks which of several is meant, or says why there is none; ``where`` is the chat
    named in the question, which its buttons name too.
    """
    known = await service.named(words)
    if known is not None:
        return known
    if words != DROP and (" " in words or "." not in words):
        return refuse(
            f"The desk has no source called “{words}”. /sources list shows what there is; "
            "or paste an address that begins with https://."
        )
    first = await find(service, words, Again("subscribe", after=where))
    if isinstance(first, Reply):
        return first
    return await service.store.sources.add(first, service.clock())


def split_where(words: str) -> tuple[str, str | None]:
    """A chat named last (``@name``, ``#name`` or Discord's ``<#id>``) apart from the rest."""
    head, _, last = words.strip().rpartition(" ")
    if last.startswith(("@", "<#")) or (last.startswith("#") and not last[1:].isdecimal()):
        return head.strip(), last
    return words.strip(), None


def title(chat: Chat) -> str:
    """How a chat is called at the start of a sentence."""
    return chat.title if chat.title and chat.kind != "private" else "This chat"


def _paused(source: Source) -> str:
    return " (paused by an admin)" if source.paused else ""
