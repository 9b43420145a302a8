"""/sources: what the desk watches, for its admins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.registry import THE_DESK, Group
from bot.commands.service import SOURCE, Service, because, label, linked, offered_sources, refuse, say
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, _n, ago, number
from bot.reasons import pace, reason_of
from bot.render.clean import clean
from bot.render.digest_text import digest_text
from bot.render.rich import Rich, Span, bold, filled, link
from digests.model import Demand, Failure, Feed, PollState, Source
from digests.text.links import host
from digests.watch.resolve import apart, count, resolve

_SELECTOR = " css:"
"""Stands before the CSS selector of a page's links, which goes to the end."""


_ADDRESS = Option(name="address", help=N_("a feed's or site's address"))
SOURCES = Group("sources", N_("what the desk watches"), topic=THE_DESK, place=1, complete=offered_sources)


@SOURCES.verb(
    "add",
    N_("watch another source"),
    place=2,
    example="/sources add https://example.com Example #world",
    options=(
        _ADDRESS,
        Option(name="name", help=N_("its name, and #topics"), required=False),
        Option(
            name="selector",
            help=N_("for a page without a feed: a CSS selector of its links"),
            required=False,
            prefix="css:",
        ),
    ),
    changes=True,
)
async def add(service: Service, request: Request) -> Reply:
    """Add a source: address, then a name, topics (``#topic``) and a page's selector if wanted."""
    pasted, css, selector = request.words.partition(_SELECTOR)
    address, rest = split_address(pasted)
    if not is_address(address) or count(rest):  # a name is no address, and of two none is guessed
        return refuse(
            _("Which address? Send /sources add https://example.com/feed Its name #topic #another.")
        )
    known = await service.named_of_all(address)
    if known is not None:
        return await _there(service, known)
    after = f"{rest}{_SELECTOR}{selector}".strip() if css else rest
    first = await find(service, address, Again("sources", "add", after), selector.strip())
    if isinstance(first, Reply):
        return first
    known = await service.store.sources.by_url(first.url)
    if known is not None:
        return await _there(service, known)
    words = rest.split()
    name = " ".join(word for word in words if not word.startswith("#"))
    topics = tuple(word[1:] for word in words if word.startswith("#") and len(word) > 1)
    source = await service.store.sources.add(
        replace(first, name=name or first.name, topics=topics, origin="admin"), service.clock()
    )
    said = _(
        "Added {source} as number {number}. A chat follows it with /subscribe {number}; "
        "/sources test {number} shows what it would give."
    )
    return say(filled(said, source=linked(source), number=Span(str(source.id))))


async def _there(service: Service, known: Source) -> Reply:
    if known.origin == "chat":  # what somebody brought for their chat is for every chat from now on
        await service.store.sources.update(replace(known, origin="admin"))
    return say(
        _("The desk has {source} already, as number {number}.").format(source=label(known), number=known.id)
    )


@SOURCES.verb(
    "remove",
    N_("watch a source no longer"),
    place=3,
    example="/sources remove 3",
    options=(SOURCE,),
    changes=True,
)
async def remove(service: Service, request: Request) -> Reply:
    """Remove a source and its subscriptions."""
    source = await _wanted(service, request, "remove")
    if isinstance(source, Reply):
        return source
    followers = await service.store.subscriptions.of_source(source.id)
    await service.store.sources.remove(source.id)
    said = [_("Removed {source}.").format(source=label(source))]
    if followers:
        ended = _n(
            "{count} subscription ended with it.", "{count} subscriptions ended with it.", len(followers)
        )
        said.append(ended.format(count=number(len(followers))))
    if source.origin == "config":
        said.append(
            _(
                "It stands in the configuration file, too: it comes back at the next start unless you remove "
                "it there."
            )
        )
    return say(" ".join(said))


@SOURCES.verb(
    "pause",
    N_("stop reading a source for a while"),
    place=4,
    example="/sources pause 3",
    options=(SOURCE,),
    changes=True,
)
async def pause(service: Service, request: Request) -> Reply:
    """Stop polling a source until it is resumed."""
    return await _set_paused(service, request, True)


@SOURCES.verb(
    "resume",
    N_("read a paused source again"),
    place=5,
    example="/sources resume 3",
    options=(SOURCE,),
    changes=True,
)
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
        return say(
            _("Paused {source}: it is not read until /sources resume {number}.").format(
                source=label(source), number=source.id
            )
        )
    return say(_("{source} is read again from now on.").format(source=label(source)))


@SOURCES.verb(
    "test",
    N_("show what a source would give"),
    place=6,
    example="/sources test https://example.com",
    options=(SOURCE,),
)
async def look(service: Service, request: Request) -> Reply:
    """Show what a source, of the desk or any address, would have posted; posts nothing."""
    if not request.words.strip():
        return refuse(_("Which one? Send /sources test with a number or an address."))
    source = await service.named_of_all(request.words)
    if source is None:
        found = await service.desk.asks.find(request.words.strip())
        if isinstance(found, Failure):
            return refuse(
                _("I can't read {address}: {reason}").format(
                    address=request.words.strip(), reason=because(found)
                )
            )
        source = found[0]
    chat = replace(request.chat, settings=service.live.chat_defaults)
    sample = await service.desk.asks.sample(source, chat, service.clock())
    if isinstance(sample, Failure):
        return refuse(
            _("{source} would give nothing: {reason}").format(source=label(source), reason=because(sample))
        )
    head = _("{source} would give this. Nothing was posted.").format(source=label(source))
    return say((bold(head), Span("\n\n"), *digest_text(sample)))


@SOURCES.verb("list", N_("every source with its health"), place=1, example="/sources list")
async def listing(service: Service, request: Request) -> Reply:
    """Every source with its health, how late its news is, and why it is asked when it is."""
    sources = await service.store.sources.all()
    if not sources:
        return say(_("The desk watches nothing yet. /sources add https://example.com adds the first source."))
    states = await service.store.sources.states()
    now = service.clock()
    demands = await service.store.sources.demands([source.id for source in sources], now)
    count = _n("{count} source", "{count} sources", len(sources)).format(count=number(len(sources)))
    lines: list[Span] = [bold(count), Span("\n")]
    for source in sources:
        state = states.get(source.id, PollState())
        asked = pace(source, state, demands.get(source.id, Demand()), now, request.chat.settings.zone)
        said = " · ".join(part for part in (health(source, state, now), asked) if part)
        lines += [Span(f"{source.id}. "), linked(source), Span(f": {said}\n")]
    return say(_without_last_break(lines))


def health(source: Source, state: PollState, now: datetime) -> str:
    """How a source does, in a phrase."""
    if source.paused:
        return _("paused")
    if state.ended:
        return _("ended: the site says it is gone for good")
    if state.failure is not None:
        failing = _n(
            "failing ({count} in a row): {reason}", "failing ({count} in a row): {reason}", state.failures
        )
        said = failing.format(count=number(state.failures), reason=reason_of(state.failure))
        if state.next_poll is None:
            return said
        return _("{health}, next try {when}").format(health=said, when=ago(state.next_poll, now))
    if state.last_ok is None:
        return _("not read yet")
    return _("fine, read {when}").format(when=ago(state.last_ok, now))


async def _wanted(service: Service, request: Request, verb: str) -> Source | Reply:
    if not request.words.strip():
        return refuse(
            _("Which one? Send /sources {verb} with a number from /sources list.").format(verb=verb)
        )
    source = await service.named_of_all(request.words)
    if source is None:
        return refuse(
            _("The desk has no source called “{name}”. /sources list shows what there is.").format(
                name=request.words.strip()
            )
        )
    return source


def _without_last_break(lines: list[Span]) -> Rich:
    last = lines[-1]
    return (*lines[:-1], replace(last, text=last.text.removesuffix("\n")))


# ------------ From what a person pasted to one source: several feeds are picked from, a page is shown before it is
# saved.

SAVE = "save:"
"""Stands before the address of a page that was shown and shall be saved."""

DROP = "drop:"
"""Stands in place of an address that was shown and shall not."""

_SHOWN = 2  # of each feed's newest items
_LISTED = 5  # of a page's


@dataclass(frozen=True, slots=True)
class Again:
    """How a button asks the same with another address."""

    command: str
    before: str = ""
    after: str = ""

    def button(self, name: str, address: str) -> Button:
        return Button(name, self.command, " ".join(w for w in (self.before, address, self.after) if w))


def split_address(words: str) -> tuple[str, str]:
    """The address a person typed or pasted, or a button brings, apart from the other words."""
    if words.startswith((SAVE, DROP)):
        address, _space, rest = words.partition(" ")
        return address, rest.strip()
    return apart(words)


def is_address(address: str) -> bool:
    """Whether this is worth looking up, and not a mere word."""
    return any(mark in address for mark in ".:") or resolve(address) is not None


async def find(service: Service, address: str, again: Again, selector: str = "") -> Source | Reply:
    """The source at an address, not stored yet; or what the person is asked or told instead.

    ``selector`` is a CSS selector of the links of a page, which is then read as it stands.
    """
    if address.startswith(DROP):
        return say(_("Nothing was saved."))
    if selector or address.startswith(SAVE):
        return await _page(service, address, again, selector)
    found = await service.desk.asks.find(address)
    if isinstance(found, Failure):
        return _unread(address, found)
    if len(found) != 1:
        return await _which(service, found, again)
    source = found[0]
    if source.kind == "page":
        return await _page(service, source.url, again, "")
    if source.kind != "feed":  # a known site that has not been asked yet
        feed = await service.desk.asks.look(source, service.clock())
        if isinstance(feed, Failure):
            return _unread(source.url, feed)
        source = replace(source, name=clean(feed.title, 100) or source.name)
    return source


def _unread(address: str, failure: Failure) -> Reply:
    return refuse(
        _("I can't read {address}: {reason} Nothing was added.").format(
            address=address, reason=because(failure)
        )
    )


async def _page(service: Service, address: str, again: Again, selector: str) -> Source | Reply:
    """A page without a feed: what would be read of it, and whether that is what was meant."""
    url = address.removeprefix(SAVE)
    url = url if "://" in url[:10] else f"https://{url}"
    options = (("selector", selector),) if selector else ()
    source = Source(url=url, kind="page", name=host(url), options=options)
    feed = await service.desk.asks.look(source, service.clock())
    if isinstance(feed, Failure):
        return _unread(url, feed)
    source = replace(source, name=clean(feed.title, 100) or source.name)
    if address.startswith(SAVE):
        return source
    shown: Rich = (
        Span(_("There is no feed at {name}, but a list of articles. This is what I would read:").format(name=label(source))),
        Span("\n"),
        *_items(feed, _LISTED),
        Span("\n" + _("Save it?")),
    )  # fmt: skip
    buttons = (again.button(_("Yes, save it"), f"{SAVE}{url}"), again.button(_("No"), DROP))
    return Reply(text=shown, buttons=(buttons,), private=True)


async def _which(service: Service, found: Sequence[Source], again: Again) -> Reply:
    """Several feeds: each with its newest items, to pick from."""
    now = service.clock()
    feeds = await asyncio.gather(*(service.desk.asks.look(source, now) for source in found))
    lines: list[Span] = [Span(_("There are several feeds there. Which one?"))]
    for place, (source, feed) in enumerate(zip(found, feeds, strict=True), 1):
        lines += [Span(f"\n\n{place}. "), link(label(source), source.url)]
        if isinstance(feed, Feed):
            lines += [Span("\n"), *_items(feed, _SHOWN)]
        else:
            lines.append(Span("\n" + because(feed)))
    buttons = tuple(
        (again.button(f"{place}. {label(source)}"[:60], source.url),) for place, source in enumerate(found, 1)
    )
    return Reply(text=tuple(lines), buttons=buttons, private=True)


def _items(feed: Feed, most: int) -> list[Span]:
    titles = [clean(entry.title, 120) or entry.url for entry in feed.entries[:most]]
    return [piece for title in titles for piece in (Span("• "), bold(title), Span("\n"))][:-1]
