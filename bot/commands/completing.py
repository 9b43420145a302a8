"""What is offered while a person types an option: sources, and places of the clock."""

from __future__ import annotations

from bot.commands.service import Service, label
from bot.commands.zones import city, find_zones
from bot.conversation import Option
from bot.locales import N_
from digests.model import Chat
from digests.text.links import shown

SOURCE = Option(name="source", help=N_("a source's number, name or address"), completes=True)
_MOST = 25


async def offered_sources(service: Service, prefix: str, chat: Chat) -> list[str]:
    """Sources that the chat follows, and the desk's own; never what others brought."""
    return await _sources(service, prefix, chat, desk=True)


async def own_sources(service: Service, prefix: str, chat: Chat) -> list[str]:
    """Sources that the chat follows."""
    return await _sources(service, prefix, chat, desk=False)


async def offered_zones(service: Service, prefix: str, chat: Chat) -> list[str]:
    """Cities whose clocks a chat may go by."""
    return [city(zone) for zone in find_zones(prefix, service.clock())[0]] if prefix.strip() else []


async def _sources(service: Service, prefix: str, chat: Chat, *, desk: bool) -> list[str]:
    store = service.store
    stored = await store.chats.find(chat.platform, chat.address, chat.thread)
    if stored is None and not await service.access.serves(chat):
        return []
    # what others brought is theirs: neither listed here, nor confirmed to who guesses at its address
    pairs = await store.subscriptions.of_chat(stored.id) if stored else []
    known = {source.id: source for _, source in pairs}
    if desk:
        known |= {source.id: source for source in await store.sources.own()}
    wanted = prefix.casefold()
    named = {label(source): shown(source.url) for source in known.values()}
    return [n[:100] for n, url in named.items() if wanted in n.casefold() or wanted in url.casefold()][:_MOST]
