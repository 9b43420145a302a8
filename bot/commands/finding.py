"""From what a person pasted to one source: several feeds are picked from, a page is shown before it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands.service import Service, because, label, refuse, say
from bot.conversation import Button, Reply
from bot.locales import _
from bot.render.clean import clean
from bot.render.rich import Rich, Span, bold, link
from digests.model import Failure, Feed, Source
from digests.text.links import host
from digests.watch.resolve import apart, resolve

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
    for number, (source, feed) in enumerate(zip(found, feeds, strict=True), 1):
        lines += [Span(f"\n\n{number}. "), link(label(source), source.url)]
        if isinstance(feed, Feed):
            lines += [Span("\n"), *_items(feed, _SHOWN)]
        else:
            lines.append(Span("\n" + because(feed)))
    buttons = tuple(
        (again.button(f"{number}. {label(source)}"[:60], source.url),)
        for number, source in enumerate(found, 1)
    )
    return Reply(text=tuple(lines), buttons=buttons, private=True)


def _items(feed: Feed, most: int) -> list[Span]:
    titles = [clean(entry.title, 120) or entry.url for entry in feed.entries[:most]]
    return [piece for title in titles for piece in (Span("• "), bold(title), Span("\n"))][:-1]
