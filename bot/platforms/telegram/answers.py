"""What people see of the bot in conversation: typing, answers of any length, menus that change in place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.conversation import File, Person, Reply
from bot.locales import N_, _
from bot.platforms.telegram.buttons import Buttons
from bot.platforms.telegram.client import failure_of, outcome_of, wait_of
from bot.platforms.telegram.delivery import entities_for
from bot.render import telegram_entities as render
from bot.render.rich import Rich, Span
from digests.clock import Clock
from digests.model import Chat, Failure, FailureKind
from digests.ports import NotSent, Refused

T = TypeVar("T")

log = logging.getLogger(__name__)

_TYPING = 4.5  # seconds; Telegram shows it for five
_AT_ONCE = 0.3  # an answer that comes sooner needs no typing
_TRIES = 4
_LONGEST_WAIT = timedelta(seconds=60)  # an answer waits out a flood limit up to that
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


Turn = Callable[[Chat], AbstractAsyncContextManager[Callable[[timedelta], None]]]
"""Waits until a message may be written to a chat, and counts it; gives what is to be told of a
flood wait, so that others keep it too."""


def free(_chat: Chat) -> AbstractAsyncContextManager[Callable[[timedelta], None]]:
    """At once, uncounted."""
    return nullcontext(lambda _delay: None)


class Answers:
    """Posts replies. A lost answer is not posted again: the person can ask once more."""

    def __init__(self, bot: Bot, buttons: Buttons, clock: Clock, turn: Turn = free) -> None:
        self._bot = bot
        self._turn = turn
        self._buttons = buttons
        self._clock = clock
        self._typing: dict[tuple[str, str | None], tuple[asyncio.Task[None], int]] = {}

    @asynccontextmanager
    async def typing(self, chat: Chat) -> AsyncIterator[None]:
        """Show that the bot is at work, for as long as it takes: once in a chat, however much it is at."""
        place = chat.address, chat.thread
        task, others = self._typing.get(place) or (asyncio.create_task(self._type(chat)), 0)
        self._typing[place] = task, others + 1
        try:
            yield
        finally:
            task, left = self._typing.pop(place)
            if left > 1:
                self._typing[place] = task, left - 1
            else:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _type(self, chat: Chat) -> None:
        await asyncio.sleep(_AT_ONCE)
        thread = int(chat.thread) if chat.thread else None
        while True:
            with suppress(TelegramError):
                await self._bot.send_chat_action(
                    int(chat.address), ChatAction.TYPING, message_thread_id=thread
                )
            await asyncio.sleep(_TYPING)

    async def say(
        self, chat: Chat, reply: Reply, person: Person, to: Message | None, *, menu: Message | None = None
    ) -> list[int]:
        """Post the reply under the message it answers, or put it in a menu's place; the ids posted.

        A reply with buttons that answers a press changes the message pressed. Files follow the text.
        """
        found = await self._say(chat, reply, person, to, menu)
        for file in reply.files:
            posted = await self._post(chat, partial(self._document, file))
            if isinstance(posted, Failure):
                told = _("I can't send {file}: {reason}.").format(file=file.name, reason=_(posted.reason))
                posted = await self._post(chat, partial(self._text, render.draw((Span(told),)), None, to))
            if not isinstance(posted, Failure):
                found.append(posted)
        return found

    async def _say(
        self, chat: Chat, reply: Reply, person: Person, to: Message | None, menu: Message | None
    ) -> list[int]:
        keyboard = self._buttons.keyboard(reply, person, self._clock())
        pieces = render.pieces(reply.text)
        image = render.web_link(reply.image)
        in_place = menu is not None and keyboard is not None and len(pieces) == 1 and not image
        if in_place and await self._change(chat, menu, pieces[0], keyboard):
            return []
        if image and len(pieces) == 1:
            pictured = await self._photo(chat, image, pieces[0], keyboard, to)
            if pictured is not None:
                return [pictured]
        found: list[int] = []
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            drawn = render.draw(piece)
            markup = keyboard if last else None
            send = partial(self._text, drawn, markup, None if number else to)
            posted = await self._post(chat, send, styled=bool(drawn.entities))
            if isinstance(posted, Failure):
                break
            found.append(posted)
        return found

    async def _post(
        self, chat: Chat, send: Callable[[Chat, bool], Awaitable[Message]], *, styled: bool = False
    ) -> int | Failure:
        """One message, ``styled`` or plain; why when it could not be posted, which is logged too."""
        failure = Failure(FailureKind.CONNECT, N_("Telegram could not be reached"))
        for attempt in range(_TRIES):
            try:
                message = await self._in_turn(chat, partial(send, chat, styled))
            except TelegramError as error:
                outcome = outcome_of(error)
                if isinstance(outcome, Refused) and styled:
                    styled = False  # plain text rather than nothing
                elif not await self._worth_another(error, attempt):
                    log.warning("telegram: an answer in %s was not posted: %s", chat.address, outcome)
                    return failure_of(error)
            else:
                return message.message_id
        return failure

    async def _in_turn(self, chat: Chat, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask when it is the answer's turn, and after a flood wait again: a 429 proves that nothing
        was posted."""
        tries = 0
        while True:
            tries += 1
            async with self._turn(chat) as told_to_wait:
                try:
                    return await ask()
                except RetryAfter as error:
                    wait = wait_of(error)
                    told_to_wait(wait)
                    if wait > _LONGEST_WAIT or tries == _TRIES:
                        raise
            await asyncio.sleep(wait.total_seconds())

    async def _text(
        self,
        drawn: render.Message,
        keyboard: InlineKeyboardMarkup | None,
        to: Message | None,
        chat: Chat,
        styled: bool,
    ) -> Message:
        return await self._bot.send_message(
            int(chat.address),
            drawn.text,
            entities=entities_for(drawn.entities) if styled else [],
            reply_markup=keyboard,
            link_preview_options=_NO_PREVIEW,
            message_thread_id=int(chat.thread) if chat.thread else None,
            reply_parameters=_reply(to),
        )

    async def ask(self, chat: Chat, question: str, under: Message) -> int | None:
        """Put a question that is answered with a reply; the message's id."""
        (piece, *_more) = render.pieces((Span(question),))
        posted = await self._post(chat, partial(self._question, render.draw(piece), under))
        return None if isinstance(posted, Failure) else posted

    async def _question(self, drawn: render.Message, under: Message, chat: Chat, _styled: bool) -> Message:
        # a group's others need not see a field opened for one of them
        markup = ForceReply() if chat.kind == "private" else None
        return await self._bot.send_message(
            int(chat.address),
            drawn.text if markup else f"{drawn.text}\n" + _("Answer this message."),
            reply_markup=markup,
            message_thread_id=int(chat.thread) if chat.thread else None,
            reply_parameters=_reply(under),
        )

    async def _document(self, file: File, chat: Chat, _styled: bool) -> Message:
        return await self._bot.send_document(
            int(chat.address),
            InputFile(file.content, filename=file.name),
            message_thread_id=int(chat.thread) if chat.thread else None,
        )

    async def _worth_another(self, error: TelegramError, attempt: int) -> bool:
        """Wait, if that is all that is needed; only after errors that prove nothing was posted."""
        if isinstance(outcome_of(error), NotSent):
            await asyncio.sleep(0.5 * 2**attempt)
            return True
        return False

    async def _change(
        self, chat: Chat, menu: Message | None, piece: Rich, keyboard: InlineKeyboardMarkup | None
    ) -> bool:
        drawn = render.draw(piece)
        try:
            await self._in_turn(
                chat,
                lambda: self._bot.edit_message_text(
                    drawn.text,
                    int(chat.address),
                    menu.message_id if menu else None,
                    entities=entities_for(drawn.entities),
                    reply_markup=keyboard,
                    link_preview_options=_NO_PREVIEW,
                ),
            )
        except BadRequest as error:
            return "not modified" in error.message.lower()
        except TelegramError:
            return False
        return True

    async def _photo(
        self, chat: Chat, image: str, piece: Rich, keyboard: InlineKeyboardMarkup | None, to: Message | None
    ) -> int | None:
        """The reply as a picture with a caption; None where Telegram takes no such picture."""
        drawn = render.draw(piece)
        if render.utf16(drawn.text) > render.CAPTION:
            return None
        try:
            message = await self._in_turn(
                chat,
                lambda: self._bot.send_photo(
                    int(chat.address),
                    image,
                    caption=drawn.text,
                    caption_entities=entities_for(drawn.entities),
                    reply_markup=keyboard,
                    message_thread_id=int(chat.thread) if chat.thread else None,
                    reply_parameters=_reply(to),
                ),
            )
        except BadRequest:
            return None
        except TelegramError as error:
            log.warning("telegram: a picture in %s was not posted: %s", chat.address, outcome_of(error))
            return 0  # it may have been: the text would come twice
        return message.message_id


def _reply(to: Message | None) -> ReplyParameters | None:
    """Where several people talk, the answer points to the question."""
    if to is None or to.chat.type in ("private", "channel"):
        return None
    return ReplyParameters(to.message_id, allow_sending_without_reply=True)
