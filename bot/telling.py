"""Tells the desk's admins what they should know: in the log always, and where they can be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any

from bot.conversation import CONSOLE_PERSON
from bot.locales import _, _n, number, speaking
from bot.platforms.platform import LetterBox
from bot.reasons import reason_of
from bot.render.clean import clean
from digests.brief.llm.budget import WARN_AT
from digests.deliver.decide import new_nonce
from digests.model import Chat, Delivery, Limit, Part, PollState, Source
from digests.ports import Channel, Chats, Sent
from digests.text.links import shown

log = logging.getLogger(__name__)

_AT_ONCE = 10  # sources that are named in one message
_PATIENCE = 60.0  # seconds until an admin is given up


class Telling:
    """Sends a line to each admin's private chat, and to the terminal if it is one of the chats.

    What can't be sent is in the log all the same.
    """

    def __init__(
        self, channels: Mapping[str, Channel], admins: Callable[[], Collection[str]], chats: Chats
    ) -> None:
        self._channels = channels
        self._admins = admins
        self._chats = chats
        self._telling: set[asyncio.Task[None]] = set()
        self._sources: list[Callable[[], str]] = []  # what is still to be said of sources

    async def tell(self, text: str) -> None:
        """Tell all of them, in these words."""
        await self.tell_all(lambda: text)

    async def tell_all(self, words: Callable[[], str]) -> None:
        """Tell each in the language of their private chat; the log is in English."""
        with speaking("en"):
            log.warning("%s", words())
        await self._send(words)

    async def _send(self, words: Callable[[], str]) -> None:
        admins = list(self._admins())
        if CONSOLE_PERSON.partition(":")[0] in self._channels:
            admins.insert(0, CONSOLE_PERSON)
        await asyncio.gather(*(self._tell_safely(admin, words) for admin in admins))

    async def _tell_safely(self, admin: str, words: Callable[[], str]) -> None:
        """One that can't be reached, or is slow, is no matter to the others."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._tell(admin, words)
        except Exception as error:
            log.warning("%s could not be told: %s", admin, type(error).__name__)

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
        """Tell them that a source fails for good, or works again; does not wait for it.

        What is to be said of several meanwhile comes in one message.
        """
        name = clean(source.name or shown(source.url), 100)

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

        with speaking("en"):
            log.warning("%s", words())
        self._sources.append(words)
        if len(self._sources) == 1:
            self._aside(self._tell_sources())

    async def _tell_sources(self) -> None:
        """Say all that is to be said of sources, as much in one message as is read there."""
        while self._sources:
            some = self._sources[:_AT_ONCE]
            left = len(self._sources) - len(some)

            def together(some: list[Callable[[], str]] = some, left: int = left) -> str:
                lines = [words() for words in some]
                if left:
                    lines.append(
                        _n(
                            "There is the same to be said of {count} more source: see /sources list.",
                            "There is the same to be said of {count} more sources: see /sources list.",
                            left,
                        ).format(count=number(left))
                    )
                return "\n".join(lines)

            await self._send(together)
            del self._sources[: len(some) + left]

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def tell_cap(self, limit: Limit, used: int) -> None:
        """Tell them that a cap of what language models may cost is nearly used; does not wait for it.

        It is said in the middle of a brief that a digest waits for.
        """
        self._aside(self.tell_all(lambda: _of_cap(limit, used)))


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
