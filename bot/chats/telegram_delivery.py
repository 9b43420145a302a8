"""Digests on their way to Telegram: drawn, sent once, and looked for when that is in doubt."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import (
    Bot,
    InputFile,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginUser,
    ReplyParameters,
)
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.chats.telegram_outcomes import failure_of, outcome_of, wait_of
from bot.render.digest_text import Labels, blocks, spoken_caption
from bot.render.rich import Rich, Span, plain, text
from bot.render.telegram_entities import Entity, cut, draw, messages, prepare, web_link
from digests.clock import Clock
from digests.model import Chat, Delivery, Digest, Part
from digests.ports import Absent, Found, Gone, Moved, Outcome, Refused, Sent, Unknown, Wait

log = logging.getLogger(__name__)

LastSent = Callable[[Chat], Awaitable[str | None]]
Audio = Callable[[int], Awaitable[bytes | None]]
"""The recording of a digest, by the digest's id."""

LOOK_AHEAD = 30  # message ids after the last known one that a look goes through
MISSES = 8  # ids in a row that do not exist: the chat ends before them
PATIENCE = timedelta(seconds=60)  # in all, for flood waits during a look
_SOON, _CHATS_AT_ONCE = timedelta(seconds=2), 3


@dataclass(frozen=True, slots=True)
class Content:
    """What one message shows: the JSON a ``Part`` carries."""

    text: str
    entities: tuple[Entity, ...] = ()
    preview: str | None = None

    @staticmethod
    def of(delivery: Delivery) -> Content:
        """The delivery's content, without markup where it goes as plain text."""
        if delivery.plain:
            drawn = messages(text(delivery.content.plain), commands=False)
            return Content(drawn[0].text if drawn else "…")
        data = json.loads(delivery.content.payload)
        return Content(data["text"], tuple(Entity(*entity) for entity in data["entities"]), data["preview"])

    def payload(self) -> str:
        return json.dumps(
            {
                "text": self.text,
                "entities": [[e.type, e.offset, e.length, e.url] for e in self.entities],
                "preview": self.preview,
            },
            ensure_ascii=False,
        )


class TelegramDelivery:
    """The ``Channel`` half of Telegram. ``bot`` serves deliveries alone, so that a person's
    command never waits for a connection that the backlog holds.

    ``last_sent`` gives the id of the newest message known to have been posted to a chat before:
    where a look begins after a restart. ``labels`` gives the few words of a digest in a language.
    """

    platform = "telegram"

    def __init__(
        self,
        bot: Bot,
        bot_id: int,
        *,
        ops_chat: int | None,
        clock: Clock,
        last_sent: LastSent | None = None,
        audio: Audio | None = None,
        labels: Callable[[str | None], Labels] = lambda language: Labels(),
    ) -> None:
        self._bot = bot
        self._audio = audio
        self._bot_id = bot_id
        self._ops_chat = ops_chat
        self._clock = clock
        self._last_sent = last_sent
        self._labels = labels
        self._throttled: dict[str, datetime] = {}  # chats that met a flood wait, and when
        self._newest: dict[str, int] = {}  # the newest message id seen in each chat

    # ------------------------------------------------------------ drawing

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        """One message where it fits. A mention or command in outside text is inert."""
        spans: list[Span] = []
        ends: list[tuple[int, tuple[int, ...]]] = []  # where each block ends, and its stories
        length = 0
        for block in blocks(digest, self._labels(chat.settings.language)):
            drawn = prepare(((Span("\n\n"), *block.text) if spans else block.text), commands=False)
            spans += drawn
            length += len(plain(drawn))
            ends.append((length, block.stories))
        parts: list[Part] = []
        start = 0
        for piece in cut(tuple(spans)):
            end = start + len(plain(piece))
            preview = None if parts else _preview(digest, chat)
            parts.append(_part(piece, preview, _stories(ends, start, end)))
            start = end
        return tuple(parts)

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        """The part that carries the digest's recording, under a caption of its own."""
        caption = spoken_caption(digest)
        return Part(payload=Content(caption).payload(), plain=caption, audio=digest.id)

    # ------------------------------------------------------------ sending

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        """Post or edit one message; asked once, whatever happens."""
        if delivery.edits is not None:
            return await self._edit(chat, delivery, delivery.edits)
        content = Content.of(delivery)
        if delivery.content.audio:
            return await self._speak(chat, delivery, content)
        reply = _number(delivery.reply_to)
        try:
            message = await self._bot.send_message(
                int(chat.address),
                content.text,
                entities=_entities(content),
                link_preview_options=_preview_options(content),
                disable_notification=chat.settings.silent or delivery.part > 0,
                message_thread_id=_number(chat.thread),
                reply_parameters=ReplyParameters(reply, allow_sending_without_reply=True) if reply else None,
            )
        except TelegramError as error:
            return self._outcome(chat, outcome_of(error))
        self.saw(chat.address, message.message_id)
        return Sent(str(message.message_id))

    async def _speak(self, chat: Chat, delivery: Delivery, content: Content) -> Outcome:
        """Post a recording as a voice message."""
        sound = await self._audio(delivery.content.audio) if self._audio else None
        if sound is None:
            return Refused("its recording is not kept any more")
        try:
            message = await self._bot.send_voice(
                int(chat.address),
                InputFile(sound, filename="digest.ogg"),
                caption=content.text,
                disable_notification=True,  # the digest itself has rung
                message_thread_id=_number(chat.thread),
            )
        except TelegramError as error:
            if isinstance(error, BadRequest) and "voice" in error.message.lower():
                return Refused(f"voice messages are not taken there: {failure_of(error).reason}")
            return self._outcome(chat, outcome_of(error))
        self.saw(chat.address, message.message_id)
        return Sent(str(message.message_id))

    async def _edit(self, chat: Chat, delivery: Delivery, edits: str) -> Outcome:
        number = _number(edits)
        if number is None:
            return Refused(f"{edits[:40]} is not a message of Telegram")
        content = Content.of(delivery)
        try:
            await self._bot.edit_message_text(
                content.text,
                int(chat.address),
                number,
                entities=_entities(content),
                link_preview_options=_preview_options(content),
            )
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                return self._outcome(chat, outcome_of(error, repeatable=True))
        except TelegramError as error:
            return self._outcome(chat, outcome_of(error, repeatable=True))
        return Sent(edits)

    def _outcome(self, chat: Chat, outcome: Outcome) -> Outcome:
        """A 429 does not say whether it is meant for one chat; for several at once it is for the bot."""
        if not isinstance(outcome, Wait):
            return outcome
        now = self._clock()
        recent = {address: at for address, at in self._throttled.items() if now - at < _SOON}
        self._throttled = recent | {chat.address: now}
        return Wait(outcome.delay, whole_platform=len(self._throttled) >= _CHATS_AT_ONCE)

    # ------------------------------------------------------------ looking

    def saw(self, address: str, message_id: int) -> None:
        """Remember the newest message id of a chat: where a look begins."""
        self._newest[address] = max(message_id, self._newest.get(address, 0))

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        """Forward what came after the chat's last known message into the ops chat, silently, and
        compare; the copies are deleted. A bot can't read a chat's history in any other way."""
        if delivery.edits is not None:
            return Absent()  # an edit can be repeated: no one sees it twice
        if self._ops_chat is None:
            return Unknown("a Telegram bot can't read a chat, and no ops_chat is set to look through")
        stored = await self._last_sent(chat) if self._last_sent else None
        known = max(self._newest.get(chat.address, 0), _number(stored) or 0)
        if not known:
            return Unknown("no earlier message of the chat is known to look after")
        look = _Look(self._bot, self._bot_id, self._ops_chat, int(chat.address), Content.of(delivery))
        return await look.after(known)


# A message that exists but can't be copied: a joining member, or anything in a chat that forbids it.
UNREADABLE = Unknown("a message after the last known one can't be looked at")


class _Look:
    """One search for a message by its text, through copies in the ops chat."""

    def __init__(self, bot: Bot, bot_id: int, ops_chat: int, chat: int, content: Content) -> None:
        self._bot = bot
        self._bot_id = bot_id
        self._ops_chat = ops_chat
        self._chat = chat
        self._content = content
        self._copies: list[int] = []
        self._waited = timedelta()

    async def after(self, known: int) -> Found | Absent | Unknown:
        try:
            return await self._search(known)
        finally:
            await self._tidy()

    async def _search(self, known: int) -> Found | Absent | Unknown:
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
            if misses >= MISSES and str(self._chat).startswith("-100"):
                return UNREADABLE if unreadable and await self._protected() else Absent()
        return Unknown(f"not among the {LOOK_AHEAD} messages after the last known one")

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
        links = {(e.offset, e.length, e.url) for e in self._content.entities if e.url}
        return own and (copy.caption or copy.text) == self._content.text and links <= shown

    async def _tidy(self) -> None:
        if self._copies:
            try:
                await self._bot.delete_messages(self._ops_chat, self._copies)
            except TelegramError:
                log.warning("telegram: copies made to look for a message stay in the ops chat")


def _part(piece: Rich, preview: str | None, stories: tuple[int, ...]) -> Part:
    drawn = draw(piece)
    return Part(
        payload=Content(drawn.text, drawn.entities, preview).payload(), plain=plain(piece), stories=stories
    )


def _stories(ends: list[tuple[int, tuple[int, ...]]], start: int, end: int) -> tuple[int, ...]:
    """The stories of the blocks that the stretch from ``start`` to ``end`` touches."""
    found: dict[int, None] = {}
    first = 0
    for last, stories in ends:
        if first < end and last > start:
            found.update(dict.fromkeys(stories))
        first = last
    return tuple(found)


def _preview(digest: Digest, chat: Chat) -> str | None:
    """The one thing shown under a digest: the first story's page, or the first picture."""
    if chat.settings.previews:
        return next((link.url for item in digest.items for link in item.links if web_link(link.url)), None)
    if chat.settings.images:
        return next((item.image for item in digest.items if web_link(item.image)), None)
    return None


def _preview_options(content: Content) -> LinkPreviewOptions:
    if content.preview is None:
        return LinkPreviewOptions(is_disabled=True)
    return LinkPreviewOptions(url=content.preview, prefer_large_media=True)


def _entities(content: Content) -> list[MessageEntity]:
    return entities_for(content.entities)


def entities_for(entities: tuple[Entity, ...]) -> list[MessageEntity]:
    """The client's own entities."""
    return [MessageEntity(e.type, e.offset, e.length, url=e.url) for e in entities]


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None
