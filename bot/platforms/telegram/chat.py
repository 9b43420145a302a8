"""Telegram: the desk's commands and digests, on python-telegram-bot.

Deliveries and conversations have a client each, so that a person is answered at once whatever
the backlog holds. Updates come by long polling, or to a webhook.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

import telegram
from starlette.routing import BaseRoute
from telegram import (
    CallbackQuery,
    Message,
    MessageReactionUpdated,
)
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.conversation import Desk, Person, Reply, Request
from bot.locales import N_, _, speaking
from bot.platforms.telegram.answers import Answers, Turn, free
from bot.platforms.telegram.buttons import Buttons
from bot.platforms.telegram.client import attachment, client, failure_of
from bot.platforms.telegram.delivery import Audio, LastSent, TelegramDelivery
from bot.platforms.telegram.directory import Life, TelegramDirectory, keep_menus
from bot.platforms.telegram.requests import (
    PLATFORM,
    Asked,
    asked,
    chat_of,
    links_of,
    own_words,
    person_of,
    reaction_of,
    standing,
    text_of,
)
from bot.platforms.telegram.updates import Lead, Updates, alone, update_routes
from bot.render.rich import plain
from digests.clock import Clock
from digests.errors import ConfigError
from digests.model import Chat, Delivery, Digest, Failure, Part
from digests.ports import Absent, Found, Outcome, Unknown

log = logging.getLogger(__name__)

_TOAST = 200  # characters that the answer to a press may say
_KEPT = 4  # messages of one person that wait for an answer, of which Telegram is told only with it
_KEPT_OF_ALL = 40  # of everybody's
_WAITING = 50  # of one person's, beyond which nothing more is heard of them until some are answered
_RETRY = timedelta(seconds=10)  # between tries to reach Telegram at the start
_EXPIRED = N_("This button is too old. Send the command again.")
_NOT_YOURS = N_("This button is for the person who asked. Send the command yourself.")


class TelegramChat:
    """Implements ``ports.Channel`` and, for commands, ``conversation.Directory``.

    ``base_url`` ends in ``/bot``, as the client wants it. ``timeout``: how long an answer is
    waited for, after which a message is in doubt. ``turn`` lets an answer go
    ahead of a backlog. ``lead`` elects the one of many processes that asks for updates, unless there
    is a ``webhook_url`` they are sent to. The token is never logged, shown or raised.
    """

    platform = PLATFORM

    def __init__(
        self,
        token: str,
        desk: Desk,
        *,
        clock: Clock,
        base_url: str | None = None,
        ops_chat: int | None = None,
        last_sent: LastSent | None = None,
        audio: Audio | None = None,
        timeout: timedelta = timedelta(seconds=30),
        turn: Turn = free,
        lead: Lead = alone,
        webhook_url: str = "",
    ) -> None:
        for name in ("httpx", "httpcore", "telegram.Bot"):  # they log addresses, which hold the token
            if logging.getLogger(name).level == logging.NOTSET:
                logging.getLogger(name).setLevel(logging.WARNING)
        self._desk = desk
        self._clock = clock
        self._webhook_url = webhook_url
        number = token.partition(":")[0]
        if not number.isdigit():
            raise ConfigError(
                "telegram.token is not a bot's token: it looks like 123456:letters, from @BotFather"
            )
        self._bot_id = int(number)
        seconds = timeout.total_seconds()
        self._requests = [
            HTTPXRequest(
                connection_pool_size=size, read_timeout=seconds, connect_timeout=10, pool_timeout=seconds
            )
            for size in (64, 2, 32)
        ]
        self._bot = client(token, base_url, self._requests[0], self._requests[1])
        self._delivery = TelegramDelivery(
            client(token, base_url, self._requests[2], self._requests[1]),
            self._bot_id,
            ops_chat=ops_chat,
            clock=clock,
            last_sent=last_sent,
            audio=audio,
        )
        self._directory = TelegramDirectory(self._bot, self._bot_id)
        self._buttons = Buttons()
        self._answers = Answers(self._bot, self._buttons, clock, turn)
        self._life = Life(desk, self._answers)
        self._queue: asyncio.Queue[telegram.Update] = asyncio.Queue()
        self._updates = Updates(self._bot, self._queue, clock, lead=lead, webhook_url=webhook_url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._menus: asyncio.Task[None] | None = None
        self._pending: Counter[int] = Counter()  # messages that wait for an answer, by person
        self._name = ""

    def __repr__(self) -> str:
        return f"TelegramChat({self._bot_id})"

    # ------------------------------------------------------------ Channel and Directory

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        return self._delivery.parts(digest, chat)

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        return self._delivery.spoken(digest, chat)

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        return await self._delivery.send(chat, delivery)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        return await self._delivery.find(chat, delivery)

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        return await self._directory.lookup(name, here)

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        return await self._directory.manages(chat, person)

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        return await self._directory.present(chat, person)

    def within(self, chat: Chat) -> tuple[str, ...]:
        return self._directory.within(chat)

    async def can_post(self, chat: Chat) -> Failure | None:
        return await self._directory.can_post(chat)

    # ------------------------------------------------------------ life

    async def connect(self) -> None:
        """Be able to send. A refused token is a ``ConfigError``; an unreachable Telegram is not."""
        await asyncio.gather(*(request.initialize() for request in self._requests))
        await self._log_in()

    async def start(self) -> None:
        """Be able to send, and listen; while Telegram can't be reached it is tried again."""
        await self.connect()
        self._updates.reopen()
        self._loops = [asyncio.create_task(self._listen()), asyncio.create_task(self._take_all())]

    async def stop(self) -> None:
        """Listen no more, let what is being answered finish, close every connection."""
        self._updates.close()
        listening, taking = self._loops[:1], self._loops[1:]
        if self._menus is not None:
            listening.append(self._menus)
        for loop in listening:
            loop.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        await self._updates.finish()
        unfinished = [*taking, *self._tasks]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await asyncio.gather(*(request.shutdown() for request in self._requests))
        self._loops = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _log_in(self) -> bool:
        try:
            await self._bot.initialize()
        except InvalidToken:
            # The client's own words hold the token.
            raise ConfigError(
                "Telegram does not accept telegram.token; take a fresh one from @BotFather"
            ) from None
        except TelegramError as error:
            log.warning("telegram: %s; trying again", failure_of(error).reason)
            return False
        except Exception:  # an answer of another shape: of a server of one's own, or of a proxy
            log.exception("telegram: its answer could not be read; trying again")
            return False
        self._name = self._bot.username
        return True

    async def _listen(self) -> None:
        while not self._name and not await self._log_in():  # noqa: ASYNC110 - a pause between tries
            await asyncio.sleep(_RETRY.total_seconds())
        self._menus = asyncio.create_task(keep_menus(self._bot, self._desk.commands))
        while True:
            try:
                return await self._updates.listen()
            except Exception:
                self._updates.broke_off()
                log.exception("telegram: listening broke off; trying again")
            await asyncio.sleep(_RETRY.total_seconds())

    def unready(self) -> str | None:
        """Why nothing is heard of what people write, None while it is."""
        return self._updates.unready()

    def knows_secret(self, secret: str) -> bool:
        """Whether an update that comes with it is one of Telegram's, before it is read."""
        return self._updates.knows(secret)

    def routes(self) -> Sequence[BaseRoute]:
        """Where Telegram sends updates to, if it does."""
        return update_routes(self._webhook_url, self.knows_secret, self.take_update)

    async def take_update(self, secret: str, body: bytes) -> bool:
        """An update sent to the webhook, in its secret header and body; false: not by Telegram."""
        return await self._updates.take(secret, body)

    async def _take_all(self) -> None:
        """Take updates in order: what happens to a chat before what comes next, answers side by side."""
        while True:
            update = await self._queue.get()
            answering = None
            try:
                answering = await self._take(update)
            except Exception:
                log.exception("telegram: an update could not be taken")
            person = update.effective_user
            # Telegram gives a hundred that are not taken and no more: they must not be those of a few
            many = len(self._tasks) > _KEPT_OF_ALL or (person and self._pending[person.id] > _KEPT)
            if answering is None or many:
                self._updates.taken(update)
            else:
                answering.add_done_callback(partial(self._answered, update))

    def _answered(self, update: telegram.Update, _: asyncio.Task[None]) -> None:
        self._updates.taken(update)

    async def _take(self, update: telegram.Update) -> asyncio.Task[None] | None:
        """The answer that was begun, if one was."""
        message = update.message or update.channel_post
        if update.my_chat_member:
            await self._life.changed(update.my_chat_member)
        elif update.message_reaction:
            await self._reacted(update.message_reaction)
        elif update.callback_query:
            return self._start(self._pressed(update.callback_query), update.callback_query.from_user)
        elif message:
            self._delivery.saw(str(message.chat.id), message.message_id)
            if not await self._life.happened(message):
                return self._start(self._answer(message), message.from_user)
        return None

    def _start(
        self, work: Coroutine[Any, Any, None], user: telegram.User | None
    ) -> asyncio.Task[None] | None:
        person = user.id if user else 0
        if self._pending[person] >= _WAITING:
            log.warning("telegram: person %s sends more than can be answered", person)
            work.close()
            return None
        self._pending[person] += 1
        task = asyncio.create_task(self._guarded(work, user.language_code if user else None))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, person))
        return task

    def _ended(self, person: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._pending[person] -= 1
        if not self._pending[person]:
            del self._pending[person]

    async def _guarded(self, work: Coroutine[Any, Any, None], language: str | None) -> None:
        try:
            with speaking(language):
                await work
        except Exception:
            log.exception("telegram: an answer failed")

    # ------------------------------------------------------------ conversation

    @property
    def _invite(self) -> str:
        return f"https://t.me/{self._name}?startgroup=start"

    async def _answer(self, message: Message) -> None:
        wish = self._reply_to_question(message) or asked(message, self._name, partial(attachment, self._bot))
        known = {command.name for command in self._desk.commands} | {"start"}
        if wish is None or (not wish.addressed and wish.command not in known):
            return
        chat = chat_of(message.chat, message)
        request = Request(
            command=wish.command,
            words=wish.words,
            chat=chat,
            person=person_of(message.from_user, message.sender_chat),
            directory=self,
            reply_text=wish.reply_text,
            reply_links=wish.reply_links,
            attachments=wish.attachments,
            message=wish.message,
            invite=self._invite,
        )
        async with self._answers.typing(chat):
            reply = await self._desk.handle(request)
        await self._say(request, reply, message)

    def _reply_to_question(self, message: Message) -> Asked | None:
        """What a message that answers one of the bot's questions asks for."""
        question, words = message.reply_to_message, text_of(message)
        if question is None or not words or words.startswith("/") or not own_words(message):
            return None
        person = person_of(message.from_user, message.sender_chat)
        press = self._buttons.answered(str(message.chat.id), question.message_id, person, self._clock())
        return None if press is None else Asked(press.command, f"{press.words} {words}".strip())

    async def _pressed(self, query: CallbackQuery) -> None:
        """A press is a command of the person who pressed, as if typed; rights are asked anew."""
        message = query.message
        press = self._buttons.read(query.data or "", self._clock())
        if press is None or not isinstance(message, Message):
            await self._hush(query, _(_EXPIRED))
            return
        person = person_of(query.from_user)
        chat = chat_of(message.chat, message)
        if press.owner not in (None, person.id) and not await self._speaks_for(press.owner, chat, person):
            await self._hush(query, _(_NOT_YOURS))
            return
        self._buttons.spend(press)
        if not press.quiet:
            await self._hush(query, None)
        if press.asks:
            self._buttons.give_back(press)
            posted = await self._answers.ask(chat, press.asks, message)
            if posted is not None:
                self._delivery.saw(chat.address, posted)
                self._buttons.put(press, person, chat.address, posted, self._clock())
            return
        request = Request(
            command=press.command,
            words=press.words,
            chat=chat,
            person=person,
            directory=self,
            reply_text=text_of(message),
            reply_links=links_of(message),
            message=standing(message),
            invite=self._invite,
        )
        if press.quiet:
            await self._whisper(query, request, message)
            return
        async with self._answers.typing(chat):
            reply = await self._desk.handle(request)
        if not reply.ok:
            self._buttons.give_back(press)
        await self._say(request, reply, message, menu=message)

    async def _whisper(self, query: CallbackQuery, request: Request, digest: Message) -> None:
        """Answer a press under a digest where only the one who pressed sees it, if it fits there."""
        reply = await self._desk.handle(request)
        said = plain(reply.text)
        if reply.buttons or len(said) > _TOAST:
            await self._hush(query, None)
            await self._say(request, reply, digest)
        else:
            await self._hush(query, said, alert=not reply.ok)

    async def _reacted(self, change: MessageReactionUpdated) -> None:
        """A reaction to a digest is a vote on its stories; nothing is said to it."""
        wish = reaction_of(change)
        if wish is not None:
            request = Request(
                command=wish.command,
                words=wish.words,
                chat=chat_of(change.chat),
                person=person_of(change.user, change.actor_chat),
                directory=self,
                message=wish.message,
            )
            await self._desk.handle(request)

    async def _speaks_for(self, owner: str | None, chat: Chat, person: Person) -> bool:
        """A press shows the real person behind an anonymous admin's command."""
        return owner == f"{PLATFORM}:{chat.address}" and await self.manages(chat, person) is True

    async def _say(self, request: Request, reply: Reply, to: Message, *, menu: Message | None = None) -> None:
        for posted in await self._answers.say(request.chat, reply, request.person, to, menu=menu):
            self._delivery.saw(request.chat.address, posted)

    async def _hush(self, query: CallbackQuery, words: str | None, *, alert: bool = True) -> None:
        """Stop the button's spinning, with a word where there is one to say."""
        try:
            await self._bot.answer_callback_query(query.id, words, show_alert=alert and words is not None)
        except TelegramError as error:
            log.info("telegram: a press was not confirmed: %s", failure_of(error).reason)
