"""Digests on their way to Telegram: drawn, sent once, and looked for when that is in doubt."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

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
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from bot.locales import speaking
from bot.platforms.telegram.buttons import under_digest
from bot.platforms.telegram.client import (
    Client,
    edit_outcome_of,
    failure_of,
    lacks_method,
    outcome_of,
    refuses_preview,
    refuses_rich,
    unchanged,
    wait_of,
)
from bot.render.digest_text import Layout, blocks_of, layout, spoken_caption
from bot.render.rich import Span, plain, text
from bot.render.telegram_entities import Entity, cut, draw, messages, prepare, web_link
from bot.render.telegram_rich import RichMessage, rich_message, words_of
from digests.clock import Clock
from digests.model import Chat, Delivery, Digest, Part
from digests.ports import (
    Absent,
    Doubt,
    Found,
    Gone,
    Moved,
    Outcome,
    Redrawn,
    Refused,
    Sent,
    Uneditable,
    Unknown,
    Wait,
)

# ------------ Looks for a message that may have been posted to Telegram, through copies in the ops chat.


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


log = logging.getLogger(__name__)

T = TypeVar("T")

LastSent = Callable[[str | None, datetime | None], Awaitable[str | None]]
"""The newest message posted to an address (None: to any person) that was recorded by a moment."""
Audio = Callable[[int], Awaitable[bytes | None]]
"""The recording of a digest, by the digest's id."""

_SOON, _CHATS_AT_ONCE = timedelta(seconds=2), 3


@dataclass(frozen=True, slots=True)
class Content:
    """What one message shows: the JSON a ``Part`` carries. ``rich`` is its better form; ``others`` are the
    messages that the text and entities go on in where that form is not taken."""

    text: str
    entities: tuple[Entity, ...] = ()
    preview: str | None = None
    above: bool = False  # what is shown of the preview stands above the text
    rich: RichMessage | None = None
    others: tuple[Part, ...] = ()
    first: tuple[int, ...] = ()  # the stories that the text itself tells then

    @staticmethod
    def of(delivery: Delivery) -> Content:
        """The delivery's content, without markup where it goes as plain text."""
        if delivery.plain:
            drawn = messages(text(delivery.content.plain), commands=False)
            return Content(drawn[0].text if drawn else "…")
        data = json.loads(delivery.content.payload)
        return Content(
            data["text"],
            tuple(Entity(*entity) for entity in data["entities"]),
            data["preview"],
            data.get("above", False),
            RichMessage(*data["rich"]) if data.get("rich") else None,
            tuple(
                Part(payload=payload, plain=words, stories=tuple(stories))
                for payload, words, stories in data.get("others", ())
            ),
            tuple(data.get("first", ())),
        )

    def payload(self) -> str:
        data: dict[str, Any] = {
            "text": self.text,
            "entities": [[e.type, e.offset, e.length, e.url] for e in self.entities],
            "preview": self.preview,
            "above": self.above,
        }
        if self.rich is not None:
            data["rich"] = [self.rich.html, self.rich.right_to_left]
            data["others"] = [[part.payload, part.plain, part.stories] for part in self.others]
            data["first"] = self.first
        return json.dumps(data, ensure_ascii=False)


class TelegramDelivery:
    """The ``Channel`` half of Telegram. ``bot`` serves deliveries alone, so that a person's
    command never waits for a connection that the backlog holds.

    ``last_sent`` gives the id of the newest message known to have been posted to a chat before:
    where a look begins after a restart.
    """

    platform = "telegram"

    def __init__(
        self,
        bot: Client,
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
        self._rich = True  # until the server says that it does not know rich messages
        self._throttled: dict[str, datetime] = {}  # chats that met a flood wait, and when
        self._newest: dict[str, int] = {}  # the newest message id seen in each row of ids
        self._before: dict[int, int] = {}  # the same, as a delivery that is in doubt was sent

    # ------------------------------------------------------------ drawing

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        """One message where it fits. A mention or command in outside text is inert."""
        return digest_parts(digest, chat, rich=self._rich)

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        """The part that carries the digest's recording, under a caption of its own."""
        with speaking(chat.settings.language):
            caption = spoken_caption(digest, chat)
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
        if content.rich is not None:
            outcome = await self._post_rich(chat, delivery, content.rich)
            if outcome is not None:
                return outcome
            if content.others:
                return Redrawn(_in_its_place(delivery, content))
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

    async def _post_rich(self, chat: Chat, delivery: Delivery, rich: RichMessage) -> Outcome | None:
        """Post the rich form; None where Telegram does not take it."""
        reply = _number(delivery.reply_to)
        params = {
            "chat_id": int(chat.address),
            "disable_notification": chat.settings.silent or delivery.part > 0,
            "message_thread_id": _number(chat.thread),
            "reply_markup": under_digest(chat, delivery.content.stories),
            "reply_parameters": ReplyParameters(reply, allow_sending_without_reply=True) if reply else None,
        }
        try:
            posted = await self._showing_rich(
                rich, lambda shown: self._bot.ask("sendRichMessage", rich_message=shown.payload(), **params)
            )
        except TelegramError as error:
            return self._outcome(chat, outcome_of(error))
        if posted is None:
            return None
        self.saw(chat.address, posted["message_id"])
        return Sent(str(posted["message_id"]))

    async def _edit_rich(self, chat: Chat, delivery: Delivery, number: int, rich: RichMessage) -> bool:
        """Give a message the rich form; false where Telegram does not take it."""
        edited = await self._showing_rich(
            rich,
            lambda shown: self._bot.ask(
                "editMessageText",
                chat_id=int(chat.address),
                message_id=number,
                rich_message=shown.payload(),
                reply_markup=under_digest(chat, delivery.content.stories),
            ),
        )
        return edited is not None

    async def _showing_rich(self, rich: RichMessage, ask: Callable[[RichMessage], Awaitable[T]]) -> T | None:
        """Ask with the pictures, where those are refused without, and not at all of a server that does not
        know rich messages. None: it does not take the message as a rich one."""
        if not self._rich:
            return None
        try:
            try:
                return await ask(rich)
            except BadRequest as error:
                if not rich.pictured or unchanged(error):
                    raise
                log.info("telegram: a digest goes without pictures: %s", failure_of(error).reason)
            return await ask(rich.without_pictures())
        except BadRequest as error:
            if refuses_rich(error):
                log.warning("telegram: a digest is refused as a rich message: %s", failure_of(error).reason)
                return None
            raise
        except InvalidToken as error:
            if not lacks_method(error):
                raise
            log.warning("telegram: the server knows no rich messages; digests go as texts from now on")
            self._rich = False
            return None

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
            if content.rich is not None and await self._edit_rich(chat, delivery, number, content.rich):
                return Sent(edits)
            if content.others:
                return Uneditable("Telegram takes it as several messages only")
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
            if not unchanged(error):
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
        rich = content.rich.words if content.rich is not None else ""
        look = Look(
            self._bot, self._bot_id, self._ops_chat, int(chat.address), content.text, content.entities, rich
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


def digest_parts(digest: Digest, chat: Chat, *, rich: bool) -> tuple[Part, ...]:
    """The digest's messages. One of several stories is a ``rich`` message where the server takes those, and may
    be any number of others where not."""
    with speaking(chat.settings.language):
        laid = layout(digest, chat=chat)
    classic = _classic(digest, chat, laid)
    shown = rich_message(laid, images=chat.settings.images) if rich and laid.title else None
    if shown is None or chat.settings.previews:
        return classic
    first, *others = classic
    content = replace(Content.of(_held(first)), rich=shown, others=tuple(others), first=first.stories)
    return (
        Part(
            payload=content.payload(),
            plain="".join(part.plain for part in classic),
            stories=tuple(dict.fromkeys(story for part in classic for story in part.stories)),
        ),
    )


def _classic(digest: Digest, chat: Chat, laid: Layout) -> tuple[Part, ...]:
    """The digest as texts with entities, one message where it fits."""
    spans: list[Span] = []
    ends: list[tuple[int, tuple[int, ...]]] = []  # where each block ends, and its stories
    length = 0
    for block in blocks_of(laid):
        drawn = prepare(((Span(block.gap), *block.text) if spans else block.text), commands=False)
        spans += drawn
        length += len(plain(drawn))
        ends.append((length, block.stories))
    preview, above = _preview(digest, chat)
    parts: list[Part] = []
    start = 0
    for piece in cut(tuple(spans)):
        end = start + len(plain(piece))
        shown = draw(piece)
        content = Content(shown.text, shown.entities, None if parts else preview, above and not parts)
        parts.append(Part(payload=content.payload(), plain=plain(piece), stories=_stories(ends, start, end)))
        start = end
    return tuple(parts)


def _held(part: Part) -> Delivery:
    return Delivery(digest_id=0, chat_id=0, part=0, content=part, nonce="")


def _in_its_place(delivery: Delivery, content: Content) -> tuple[Part, ...]:
    """The texts that say what the rich message would have."""
    rest = sum(len(part.plain) for part in content.others)
    first = Part(
        payload=replace(content, rich=None, others=()).payload(),
        plain=delivery.content.plain[: len(delivery.content.plain) - rest],
        stories=content.first,
    )
    return (first, *content.others)


def _stories(ends: list[tuple[int, tuple[int, ...]]], start: int, end: int) -> tuple[int, ...]:
    """The stories of the blocks that the stretch from ``start`` to ``end`` touches."""
    found: dict[int, None] = {}
    first = 0
    for last, stories in ends:
        if first < end and last > start:
            found.update(dict.fromkeys(stories))
        first = last
    return tuple(found)


def _preview(digest: Digest, chat: Chat) -> tuple[str | None, bool]:
    """The one thing shown with a digest, and whether above its text: the first story's page, or the picture of
    the only or the top story."""
    first = digest.items[:1]
    if chat.settings.previews:
        return next((link.url for item in first for link in item.links if web_link(link.url)), None), False
    if chat.settings.images:
        return next((item.image for item in first if web_link(item.image)), None), True
    return None, False


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
    return LinkPreviewOptions(
        url=content.preview, prefer_large_media=True, show_above_text=content.above or None
    )


def _entities(content: Content) -> list[MessageEntity]:
    return entities_for(content.entities)


def entities_for(entities: tuple[Entity, ...]) -> list[MessageEntity]:
    """The client's own entities."""
    return [MessageEntity(e.type, e.offset, e.length, url=e.url) for e in entities]


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None
