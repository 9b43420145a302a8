"""Tells the desk's admins what they should know: in the log always, and where they can be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from bot.access import CONSOLE_PERSON
from bot.locales import _
from bot.render.clean import clean
from digests.deliver.nonce import new_nonce
from digests.model import Chat, Delivery, Limit, Part, Source
from digests.ports import Channel, Sent

log = logging.getLogger(__name__)


@runtime_checkable
class LetterBox(Protocol):
    """A platform whose private chats have another address than their person."""

    async def letter_box(self, person: str) -> str | None:
        """Where that person can be written to, None: nowhere."""
        ...


class Telling:
    """Sends a line to each admin's private chat, and to the terminal if it is one of the chats.

    What can't be sent is in the log all the same.
    """

    def __init__(self, channels: Mapping[str, Channel], admins: Collection[str]) -> None:
        self._channels = channels
        self._admins = admins
        self._telling: set[asyncio.Task[None]] = set()

    async def tell(self, text: str) -> None:
        """Tell all of them."""
        log.warning("%s", text)
        if CONSOLE_PERSON.partition(":")[0] in self._channels:
            await self._tell(CONSOLE_PERSON, text)
        for admin in self._admins:
            await self._tell(admin, text)

    async def _tell(self, admin: str, text: str) -> None:
        platform, _colon, number = admin.partition(":")
        channel = self._channels.get(platform)
        if channel is None:
            return
        address = await channel.letter_box(number) if isinstance(channel, LetterBox) else number
        if address is None:
            log.warning("%s takes no private messages", admin)
            return
        outcome = await channel.send(Chat(platform=platform, address=address), _note(text))
        if not isinstance(outcome, Sent):
            log.warning("%s could not be told: %s", admin, type(outcome).__name__)

    async def tell_source(self, source: Source, what: str) -> None:
        """Tell them something about a source."""
        name = source.name or source.url
        await self.tell(
            f"{clean(name, 100)} (source {source.id}) {what}. /sources list shows how all of them do."
        )


    async def tell_cap(self, limit: Limit, used: int) -> None:
        """Tell them that a cap of what language models may cost is nearly used; does not wait for it.

        It is said in the middle of a brief that a digest waits for.
        """
        share = used / limit.cap if limit.cap else 1.0
        whose = (
            _("The {period} cap for language models")
            if limit.chat_id is None
            else _("The {period} cap for language models of chat {chat}")
        )
        text = _(
            "{whose} is {share} used: {used} of {cap}. Past it, briefs are written without a model. "
            "/budget shows where it went; the caps stand in [openai]."
        ).format(
            whose=whose.format(period=limit.period, chat=limit.chat_id),
            share=f"{share:.0%}",
            used=f"{used / 1_000_000:.4f}",
            cap=f"{limit.cap / 1_000_000:.4f}",
        )
        task = asyncio.create_task(self.tell(text))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


def _note(text: str) -> Delivery:
    part = Part(payload="{}", plain=text)  # which every platform can read
    return Delivery(digest_id=0, chat_id=0, part=0, content=part, nonce=new_nonce(), plain=True)
