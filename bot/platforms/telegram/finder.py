"""Looks for a message that may have been posted to Telegram, through copies in the ops chat."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from telegram import Bot, Message, MessageOriginChannel, MessageOriginChat, MessageOriginUser
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.platforms.telegram.client import failure_of, outcome_of, wait_of
from bot.render.telegram_entities import Entity
from bot.render.telegram_rich import words_of
from digests.ports import Absent, Found, Gone, Moved, Refused, Unknown

log = logging.getLogger(__name__)

LOOK_AHEAD = 30  # message ids after the last known one that a look goes through
LOOK_AHEAD_SHARED = 200  # the same in private chats and basic groups, where most ids are of others
MISSES = 8  # ids in a row that do not exist: the chat ends before them
PATIENCE = timedelta(seconds=60)  # in all, for flood waits during a look

# A message that exists but can't be copied: a joining member, or anything in a chat that forbids it.
UNREADABLE = Unknown("a message after the last known one can't be looked at")


class Look:
    """One search for a message by its text, or by its words as a rich one, through copies in the ops chat."""

    def __init__(
        self,
        bot: Bot,
        bot_id: int,
        ops_chat: int,
        chat: int,
        text: str,
        entities: tuple[Entity, ...],
        rich: str = "",
    ) -> None:
        self._bot = bot
        self._bot_id = bot_id
        self._ops_chat = ops_chat
        self._chat = chat
        self._text = text
        self._entities = entities
        self._rich = rich
        self._copies: list[int] = []
        self._waited = timedelta()

    async def after(self, known: int) -> Found | Absent | Unknown:
        try:
            return await self._search(known)
        finally:
            await self._tidy()

    async def _search(self, known: int) -> Found | Absent | Unknown:
        if not row_of(str(self._chat)) and not row_of(str(self._ops_chat)):
            return await self._search_shared(known)
        misses = 0
        unreadable = False
        for number in range(known + 1, known + 1 + LOOK_AHEAD):
            copy = await self._copy(number)
            if isinstance(copy, Unknown):
                if copy is not UNREADABLE:
                    return copy
                unreadable = True
            elif copy is not None and self._is_it(copy):
                return Found(str(number))
            misses = misses + 1 if copy is None else 0
            # Only supergroups and channels count their own messages, one by one; elsewhere the
            # next message of this chat may have any later number.
            if misses >= MISSES and row_of(str(self._chat)):
                return UNREADABLE if unreadable and await self._protected() else Absent()
        return Unknown(f"not among the {LOOK_AHEAD} messages after the last known one")

    async def _search_shared(self, known: int) -> Found | Absent | Unknown:
        """In the row that all private chats and basic groups count in, the ops chat among them: what
        is posted there now ends the stretch that the message can be in."""
        try:
            probe = await self._bot.send_message(self._ops_chat, "…", disable_notification=True)
        except TelegramError as error:
            return Unknown(f"the ops chat can't be used to look: {failure_of(error).reason}", later=True)
        self._copies.append(probe.message_id)
        if probe.message_id - known > LOOK_AHEAD_SHARED:
            return Unknown(f"more than {LOOK_AHEAD_SHARED} messages have come and gone since")
        unreadable = False
        for number in range(known + 1, probe.message_id):
            copy = await self._copy(number)
            if isinstance(copy, Unknown):
                if copy is not UNREADABLE:
                    return copy
                unreadable = True
            elif copy is not None and self._is_it(copy):
                return Found(str(number))
        return UNREADABLE if unreadable and await self._protected() else Absent()

    async def _copy(self, number: int) -> Message | Unknown | None:
        """The copy of a message; None where there is no message."""
        while True:
            try:
                copy = await self._bot.forward_message(
                    self._ops_chat, self._chat, number, disable_notification=True
                )
            except RetryAfter as error:
                self._waited += wait_of(error)
                if self._waited > PATIENCE:
                    return Unknown("Telegram asks to wait before looking further", later=True)
                await asyncio.sleep(wait_of(error).total_seconds())
            except BadRequest as error:
                words = error.message.lower()
                if "to forward not found" in words:
                    return None
                if "can't be forwarded" in words or "forwards_restricted" in words:
                    return UNREADABLE
                return Unknown(f"the ops chat can't be used to look: {failure_of(error).reason}")
            except TelegramError as error:
                later = not isinstance(outcome_of(error), Gone | Moved | Refused)
                return Unknown(f"Telegram could not be asked: {failure_of(error).reason}", later=later)
            else:
                self._copies.append(copy.message_id)
                return copy

    async def _protected(self) -> bool:
        """Whether the chat forbids forwarding, so that the unreadable one could be the one looked for."""
        try:
            return (await self._bot.get_chat(self._chat)).has_protected_content is True
        except TelegramError:
            return True

    def _is_it(self, copy: Message) -> bool:
        origin = copy.forward_origin
        own = (
            (isinstance(origin, MessageOriginUser) and origin.sender_user.id == self._bot_id)
            or (isinstance(origin, MessageOriginChannel) and origin.chat.id == self._chat)
            or (isinstance(origin, MessageOriginChat) and origin.sender_chat.id == self._chat)
        )
        shown = {(e.offset, e.length, e.url) for e in copy.entities}
        links = {(e.offset, e.length, e.url) for e in self._entities if e.url}
        rich = copy.api_kwargs.get("rich_message")
        if own and self._rich and rich is not None:
            return words_of(rich) == self._rich
        return own and (copy.caption or copy.text) == self._text and links <= shown

    async def _tidy(self) -> None:
        if self._copies:
            try:
                await self._bot.delete_messages(self._ops_chat, self._copies)
            except TelegramError:
                log.warning("telegram: copies made to look for a message stay in the ops chat")


def row_of(address: str) -> str:
    """Which row of message ids a chat counts in: a supergroup or channel its own; private chats
    and basic groups share one, here ""."""
    return address if address.startswith("-100") else ""
