"""Who may do what, in which chat, and how much. Asked anew for every command; what can't be told is a no."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation import CONSOLE_PERSON, Directory, Person
from bot.live import LiveSettings
from bot.locales import _
from bot.platforms import platforms
from digests.model import Chat, Failure
from digests.ports import Store

HOUR = timedelta(hours=1)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the store may know of a token. Tokens are 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(f"newsdesk:{token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Access:
    """The admins are the desk's own, as ``platform:id``; they may configure sources everywhere.

    The chats in ``allow_chats`` are the only ones served, as ``platform:address`` (of Discord a channel or a
    whole server), besides those an admin allows in chat; where there are none, every chat is.
    """

    live: LiveSettings
    store: Store | None = None

    def is_admin(self, person: Person) -> bool:
        return person.id == CONSOLE_PERSON or person.id in self.live.admins

    async def refuses_admin(self, person: Person) -> str | None:
        """None for an admin of the desk; else the refusal to show."""
        if self.is_admin(person):
            return None
        return _(
            "Only the desk's admins may do that. Whoever runs this bot adds one by writing "
            '"{person}" into admins of [access] in its configuration.'
        ).format(person=person.id)

    async def refuses_manager(self, chat: Chat, person: Person, directory: Directory) -> str | None:
        """None when the platform says this person manages the chat, or its managers added them and
        they are still in it."""
        if person.id in await self._added(chat) and await directory.present(chat, person) is True:
            return None
        return await self.refuses_owner(chat, person, directory)

    async def refuses_owner(self, chat: Chat, person: Person, directory: Directory) -> str | None:
        """None when the platform itself says this person manages the chat; else the refusal to show."""
        answer = await directory.manages(chat, person)
        if answer is True:
            return None
        where = f"“{chat.title}”" if chat.title else _("this chat")
        if isinstance(answer, Failure):
            return _(
                "I could not check your rights in {where}: {reason}. Nothing was changed; try again."
            ).format(where=where, reason=_(answer.reason).rstrip("."))
        return _(platforms()[chat.platform].managers).format(where=where)

    async def serves(self, chat: Chat) -> bool:
        """Whether the desk serves that very chat, whoever asks."""
        if not self.live.allow_chats or chat.platform == "console":
            return True
        added = await self.store.people.allowed() if self.store is not None else []
        return f"{chat.platform}:{chat.address}" in {*self.live.allow_chats, *(f"{p}:{a}" for p, a in added)}

    async def refuses_chat(self, chat: Chat, person: Person, directory: Directory) -> str | None:
        """None when the desk serves that chat, or the server it is on; an admin is served everywhere."""
        if not self.live.allow_chats or self.is_admin(person) or chat.platform == "console":
            return None
        added = await self.store.people.allowed() if self.store is not None else []
        served = {*self.live.allow_chats, *(f"{platform}:{address}" for platform, address in added)}
        if not served.isdisjoint(f"{chat.platform}:{one}" for one in (chat.address, *directory.within(chat))):
            return None
        return _(
            "I serve only chats that my admins allowed. One of them can send /allow add {chat} to let this one in."
        ).format(chat=f"{chat.platform}:{chat.address}")

    async def limit(self, chat: Chat, kind: str) -> int | None:
        """The most of that kind the chat may have, None: no limit."""
        own = await self.store.people.limits(chat.id) if self.store is not None and chat.id else {}
        return own.get(kind, self.live.limits.get(kind))

    async def refuses_summary(self, chat: Chat, now: datetime, count: int = 1) -> str | None:
        """None when the chat may ask for so many summaries more within the hour; then they count."""
        most = await self.limit(chat, "summaries")
        if most is None:
            return None
        if self.store is None or await self.store.people.ask(
            chat.platform, chat.address, count, most, now, now - HOUR
        ):
            return None
        return _(
            "This chat may ask for {most} summaries an hour, and has. Try again later, or ask the desk's "
            "admin for more with /limits."
        ).format(most=most)

    async def refuses_subscription(self, chat: Chat, more: int = 1) -> str | None:
        """None when the stored chat may follow so many sources more."""
        most = await self.limit(chat, "subscriptions")
        if most is None or self.store is None:
            return None
        have = len(await self.store.subscriptions.of_chat(chat.id))
        if have + more <= most:
            return None
        return _(
            "This chat follows {have} sources and may follow {most}. End one with /unsubscribe, or ask the "
            "desk's admin for more with /limits."
        ).format(have=have, most=most)

    async def refuses_source(self, chat: Chat, person: Person, now: datetime, count: int = 1) -> str | None:
        """None when the person may bring so many new sources more within the hour; then they count.

        They may bring as many as their chat may follow: what is left again would be no bound.
        """
        most = await self.limit(chat, "subscriptions")
        if most is None or self.store is None or self.is_admin(person):
            return None
        platform, _colon, number = person.id.partition(":")
        if await self.store.people.ask(platform, f"brings {number}", count, most, now, now - HOUR):
            return None
        return _(
            "You may bring {most} new sources an hour, and have. Try again later, or follow one that the "
            "desk has already."
        ).format(most=most)

    async def _added(self, chat: Chat) -> set[str]:
        """People whom the chat's managers made managers; a topic's are its group's, too."""
        found: set[str] = set()
        if self.store is None:
            return found
        for thread in {chat.thread, None}:
            stored = await self.store.chats.find(chat.platform, chat.address, thread)
            found.update(await self.store.people.managers(stored.id) if stored else ())
        return found
