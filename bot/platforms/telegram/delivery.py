"""Digests on their way to Telegram: drawn, sent once, and looked for when that is in doubt."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from telegram import (
    Bot,
    InputFile,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, TelegramError

from bot.locales import speaking
from bot.platforms.telegram.buttons import under_digest
from bot.platforms.telegram.finder import Look, row_of
from bot.platforms.telegram.outcomes import (
    edit_outcome_of,
    failure_of,
    outcome_of,
    refuses_preview,
)
from bot.render.digest_text import blocks, spoken_caption
from bot.render.rich import Rich, Span, plain, text
from bot.render.telegram_entities import Entity, cut, draw, messages, prepare, web_link
from digests.clock import Clock
from digests.model import Chat, Delivery, Digest, Part
from digests.ports import Absent, Doubt, Found, Outcome, Refused, Sent, Unknown, Wait

log = logging.getLogger(__name__)

T = TypeVar("T")

LastSent = Callable[[str | None, datetime | None], Awaitable[str | None]]
"""The newest message posted to an address (None: to any person) that was recorded by a moment."""
Audio = Callable[[int], Awaitable[bytes | None]]
"""The recording of a digest, by the digest's id."""

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
    where a look begins after a restart.
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
    ) -> None:
        self._bot = bot
        self._audio = audio
        self._bot_id = bot_id
        self._ops_chat = ops_chat
        self._clock = clock
        self._last_sent = last_sent
        self._throttled: dict[str, datetime] = {}  # chats that met a flood wait, and when
        self._newest: dict[str, int] = {}  # the newest message id seen in each row of ids
        self._before: dict[int, int] = {}  # the same, as a delivery that is in doubt was sent

    # ------------------------------------------------------------ drawing

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        """One message where it fits. A mention or command in outside text is inert."""
        spans: list[Span] = []
        ends: list[tuple[int, tuple[int, ...]]] = []  # where each block ends, and its stories
        length = 0
        with speaking(chat.settings.language):
            drawn_blocks = blocks(digest)
        for block in drawn_blocks:
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
        with speaking(chat.settings.language):
            caption = spoken_caption(digest)
        drawn = messages(text(caption), commands=False)[0]
        return Part(payload=Content(drawn.text).payload(), plain=caption, audio=digest.id)

    # ------------------------------------------------------------ sending

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        """Post or edit one message. Asked once, whatever happens; only where Telegram refuses what
        is to be shown under the text, once more without it."""
        if delivery.edits is not None:
            return await self._edit(chat, delivery, delivery.edits)
        newest = self._newest.get(row_of(chat.address), 0)
        outcome = await self._post(chat, delivery, Content.of(delivery))
        if isinstance(outcome, Doubt) and newest:
            self._before[delivery.id] = newest
        return outcome

    async def _post(self, chat: Chat, delivery: Delivery, content: Content) -> Outcome:
        if delivery.content.audio:
            return await self._speak(chat, delivery, content)
        reply = _number(delivery.reply_to)
        try:
            message = await _showing(
                content,
                lambda preview: self._bot.send_message(
                    int(chat.address),
                    content.text,
                    entities=_entities(content),
                    link_preview_options=preview,
                    disable_notification=chat.settings.silent or delivery.part > 0,
                    message_thread_id=_number(chat.thread),
                    reply_markup=under_digest(chat, delivery.content.stories),
                    reply_parameters=ReplyParameters(reply, allow_sending_without_reply=True)
                    if reply
                    else None,
                ),
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
            await _showing(
                content,
                lambda preview: self._bot.edit_message_text(
                    content.text,
                    int(chat.address),
                    number,
                    entities=_entities(content),
                    link_preview_options=preview,
                    reply_markup=under_digest(chat, delivery.content.stories),
                ),
            )
        except TelegramError as error:
            if "not modified" not in error.message.lower():
                return self._outcome(chat, edit_outcome_of(error))
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
        """Remember the newest message id of a chat: where a look for what is sent next begins."""
        row = row_of(address)
        self._newest[row] = max(message_id, self._newest.get(row, 0))

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        """Forward what came after the chat's last known message into the ops chat, silently, and
        compare; the copies are deleted. A bot can't read a chat's history in any other way."""
        if delivery.edits is not None:
            return Absent()  # an edit can be repeated: no one sees it twice
        if self._ops_chat is None:
            return Unknown("a Telegram bot can't read a chat, and no ops_chat is set to look through")
        known = self._before.get(delivery.id) or await self._known(chat, delivery.started)
        if not known:
            return Unknown("no earlier message of the chat is known to look after")
        content = Content.of(delivery)
        look = Look(
            self._bot, self._bot_id, self._ops_chat, int(chat.address), content.text, content.entities
        )
        found = await look.after(known)
        if not isinstance(found, Unknown) or not found.later:
            self._before.pop(delivery.id, None)
        return found

    async def _known(self, chat: Chat, started: datetime | None) -> int:
        """The newest message id stored before a send started; what was seen since proves nothing."""
        if self._last_sent is None:
            return 0
        stored = [await self._last_sent(chat.address, started)]
        if not row_of(chat.address):
            stored.append(await self._last_sent(None, started))
        return max(_number(number) or 0 for number in stored)


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


async def _showing(content: Content, ask: Callable[[LinkPreviewOptions], Awaitable[T]]) -> T:
    """Ask with what is to be shown under the text; where Telegram refuses just that, without it."""
    try:
        return await ask(_preview_options(content))
    except BadRequest as error:
        if content.preview is None or not refuses_preview(error):
            raise
        log.info("telegram: %s is not shown: %s", content.preview, failure_of(error).reason)
    return await ask(LinkPreviewOptions(is_disabled=True))


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
