"""Tells the desk's admins what they should know: in the log always, and where they can be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Protocol, runtime_checkable

from bot.access import CONSOLE_PERSON
from bot.locales import _, _n, number, speaking
from bot.reasons import reason_of
from bot.render.clean import clean
from digests.brief.llm.budget import WARN_AT
from digests.deliver.nonce import new_nonce
from digests.model import Chat, Delivery, Limit, Part, PollState, Source
from digests.ports import Channel, Chats, Sent

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

    def __init__(self, channels: Mapping[str, Channel], admins: Collection[str], chats: Chats) -> None:
        self._channels = channels
        self._admins = admins
        self._chats = chats
        self._telling: set[asyncio.Task[None]] = set()

    async def tell(self, text: str) -> None:
        """Tell all of them, in these words."""
        await self.tell_all(lambda: text)

    async def tell_all(self, words: Callable[[], str]) -> None:
        """Tell each in the language of their private chat; the log is in English."""
        with speaking("en"):
            log.warning("%s", words())
        if CONSOLE_PERSON.partition(":")[0] in self._channels:
            await self._tell(CONSOLE_PERSON, words)
        for admin in list(self._admins):
            await self._tell(admin, words)

    async def _tell(self, admin: str, words: Callable[[], str]) -> None:
        platform, _colon, person = admin.partition(":")
        channel = self._channels.get(platform)
        if channel is None:
            return
        address = await channel.letter_box(person) if isinstance(channel, LetterBox) else person
        if address is None:
            log.warning("%s takes no private messages", admin)
            return
        known = await self._chats.find(platform, address, None)
        with speaking(known.settings.language if known else None):
            note = _note(words())
        outcome = await channel.send(Chat(platform=platform, address=address), note)
        if not isinstance(outcome, Sent):
            log.warning("%s could not be told: %s", admin, type(outcome).__name__)

    async def tell_source(self, source: Source, state: PollState) -> None:
        """Tell them that a source fails for good, or works again."""
        name = clean(source.name or source.url, 100)

        def words() -> str:
            if state.failure is None:
                return _(
                    "{source} (source {number}) works again. /sources list shows how all of them do."
                ).format(source=name, number=source.id)
            return _n(
                "{source} (source {number}) has failed {count} time in a row: {reason}. "
                "/sources list shows how all of them do.",
                "{source} (source {number}) has failed {count} times in a row: {reason}. "
                "/sources list shows how all of them do.",
                state.failures,
            ).format(
                source=name,
                number=source.id,
                count=number(state.failures),
                reason=reason_of(state.failure),
            )

        await self.tell_all(words)

    async def tell_cap(self, limit: Limit, used: int) -> None:
        """Tell them that a cap of what language models may cost is nearly used; does not wait for it.

        It is said in the middle of a brief that a digest waits for.
        """
        task = asyncio.create_task(self.tell_all(lambda: _of_cap(limit, used)))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


def _of_cap(limit: Limit, used: int) -> str:
    """What is used of a cap: most of it, or less where a single call could cost more than is left."""
    near = used >= limit.cap * WARN_AT
    if near and limit.chat_id is None:
        text = _(
            "The cap of {period} for language models is {share} used: {used} of {cap}. Past it, briefs "
            "are written without a model. /budget shows where it went; the caps stand in [openai]."
        )
    elif near:
        text = _(
            "The cap of {period} for language models of chat {chat} is {share} used: {used} of {cap}. "
            "Past it, briefs are written without a model. /budget shows where it went; the caps stand "
            "in [openai]."
        )
    elif limit.chat_id is None:
        text = _(
            "A call to a language model did not fit under the cap of {period}: {used} of {cap} are used, and "
            "the call could cost more than is left. What does not fit is written without a model. "
            "/budget shows where it went; the caps stand in [openai]."
        )
    else:
        text = _(
            "A call to a language model for chat {chat} did not fit under its cap of {period}: {used} of "
            "{cap} are used, and the call could cost more than is left. What does not fit is written "
            "without a model. /budget shows where it went; the caps stand in [openai]."
        )
    return text.format(
        period=limit.period,
        chat=limit.chat_id,
        share=f"{used / limit.cap:.0%}" if limit.cap else "100%",
        used=f"{used / 1_000_000:.4f}",
        cap=f"{limit.cap / 1_000_000:.4f}",
    )


def _note(text: str) -> Delivery:
    part = Part(payload="{}", plain=text)  # which every platform can read
    return Delivery(digest_id=0, chat_id=0, part=0, content=part, nonce=new_nonce(), plain=True)
