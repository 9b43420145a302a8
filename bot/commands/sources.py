"""/sources: what the desk watches, for its admins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.commands.finding import Again, find
from bot.commands.service import Service, because, label, refuse, say
from bot.conversation import Reply, Request
from bot.render.digest_text import digest_text
from bot.render.rich import Rich, Span, bold, link
from digests.model import Failure, PollState, Source

_SELECTOR = "css:"
"""Stands before the CSS selector of a page's links, which goes to the end."""


async def add(service: Service, request: Request) -> Reply:
    """Add a source: address, then a name, topics (``#topic``) and a page's selector if wanted."""
    address, _, rest = request.words.strip().partition(" ")
    if not address:
        return refuse("Which address? Send /sources add https://example.com/feed Its name #topic #another.")
    known = await service.named(address)
    if known is not None:
        return say(f"The desk has {label(known)} already, as number {known.id}.")
    rest, _css, selector = rest.partition(_SELECTOR)
    after = f"{rest.strip()} {_SELECTOR}{selector}".strip() if selector else rest.strip()
    first = await find(service, address, Again("sources", "add", after), selector.strip())
    if isinstance(first, Reply):
        return first
    words = rest.split()
    name = " ".join(word for word in words if not word.startswith("#"))
    topics = tuple(word[1:] for word in words if word.startswith("#") and len(word) > 1)
    source = await service.store.sources.add(
        replace(first, name=name or first.name, topics=topics), service.clock()
    )
    return say(
        (Span("Added "), link(label(source), source.url), Span(f" as number {source.id}. "),
         Span(f"A chat follows it with /subscribe {source.id}; /sources test {source.id} shows what it would give."))
    )  # fmt: skip


async def remove(service: Service, request: Request) -> Reply:
    """Remove a source and its subscriptions."""
    source = await _wanted(service, request, "remove")
    if isinstance(source, Reply):
        return source
    followers = await service.store.subscriptions.of_source(source.id)
    await service.store.sources.remove(source.id)
    lost = f" {len(followers)} subscription(s) ended with it." if followers else ""
    again = " It stands in the configuration file, too: it comes back at the next start unless you remove it there."
    return say(f"Removed {label(source)}.{lost}{again if source.origin == 'config' else ''}")


async def pause(service: Service, request: Request) -> Reply:
    """Stop polling a source until it is resumed."""
    return await _set_paused(service, request, True)


async def resume(service: Service, request: Request) -> Reply:
    """Poll a paused source again."""
    return await _set_paused(service, request, False)


async def _set_paused(service: Service, request: Request, paused: bool) -> Reply:
    verb = "pause" if paused else "resume"
    source = await _wanted(service, request, verb)
    if isinstance(source, Reply):
        return source
    await service.store.sources.update(replace(source, paused=paused))
    if not paused:  # also one that had ended, or waits long after failures
        state = await service.store.sources.state(source.id)
        await service.store.sources.polled({source.id: replace(state, ended=False, next_poll=None)})
    if paused:
        return say(f"Paused {label(source)}: it is not read until /sources resume {source.id}.")
    return say(f"{label(source)} is read again from now on.")


async def look(service: Service, request: Request) -> Reply:
    """Show what a source, of the desk or any address, would have posted; posts nothing."""
    if not request.words.strip():
        return refuse("Which one? Send /sources test with a number or an address.")
    source = await service.named(request.words)
    if source is None:
        found = await service.desk.asks.find(request.words.strip())
        if isinstance(found, Failure):
            return refuse(f"I can't read {request.words.strip()}: {because(found)}")
        source = found[0]
    chat = replace(request.chat, settings=service.defaults)
    sample = await service.desk.asks.sample(source, chat, service.clock())
    if isinstance(sample, Failure):
        return refuse(f"{label(source)} would give nothing: {because(sample)}")
    return say(
        (bold(f"{label(source)} would give this. Nothing was posted."), Span("\n\n"), *digest_text(sample))
    )


async def listing(service: Service, request: Request) -> Reply:
    """Every source with its health."""
    sources = await service.store.sources.all()
    if not sources:
        return say("The desk watches nothing yet. /sources add https://example.com adds the first source.")
    states = await service.store.sources.states()
    now = service.clock()
    lines: list[Span] = [bold(f"{len(sources)} sources"), Span("\n")]
    for source in sources:
        lines += [
            Span(f"{source.id}. "),
            link(label(source), source.url),
            Span(f": {health(source, states.get(source.id, PollState()), now)}\n"),
        ]
    return say(_without_last_break(lines))


def health(source: Source, state: PollState, now: datetime) -> str:
    """How a source does, in a phrase."""
    if source.paused:
        return "paused"
    if state.ended:
        return "ended: the site says it is gone for good"
    if state.failure is not None:
        when = f", next try {ago(state.next_poll, now)}" if state.next_poll else ""
        return f"failing ({state.failures} in a row): {state.failure.reason.rstrip('.')}{when}"
    if state.last_ok is None:
        return "not read yet"
    return f"fine, read {ago(state.last_ok, now)}"


def ago(moment: datetime, now: datetime) -> str:
    """A moment as distance from now: “5 min ago”, “in 2 h”."""
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    if size < 60:
        return "just now" if seconds >= 0 else "in a moment"
    amount = (
        f"{size // 60:.0f} min"
        if size < 3600
        else f"{size // 3600:.0f} h"
        if size < 172800
        else f"{size // 86400:.0f} days"
    )
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


async def _wanted(service: Service, request: Request, verb: str) -> Source | Reply:
    if not request.words.strip():
        return refuse(f"Which one? Send /sources {verb} with a number from /sources list.")
    source = await service.named(request.words)
    if source is None:
        return refuse(f"The desk has no source “{request.words.strip()}”. /sources list shows what there is.")
    return source


def _without_last_break(lines: list[Span]) -> Rich:
    last = lines[-1]
    return (*lines[:-1], replace(last, text=last.text.removesuffix("\n")))
