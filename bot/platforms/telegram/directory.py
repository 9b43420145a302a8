"""What Telegram says about chats and the people in them, asked anew each time."""

from __future__ import annotations

import asyncio
import logging
import re

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
)
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.conversation import Command, Desk, Person
from bot.locales import LANGUAGES, N_, _, speaking
from bot.platforms.telegram.answers import Answers
from bot.platforms.telegram.client import failure_of, wait_of
from bot.platforms.telegram.requests import PLATFORM, chat_of
from digests.model import Chat, Failure, FailureKind

_NAME = re.compile(r"(?:https?://)?(?:t\.me/|telegram\.me/|@)?([A-Za-z]\w{3,31})/?")
_MANAGING = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
_IN = (*_MANAGING, ChatMember.MEMBER, ChatMember.RESTRICTED)


class TelegramDirectory:
    """Implements ``bot.conversation.Directory``; what can't be told is a ``Failure``."""

    def __init__(self, bot: Bot, bot_id: int) -> None:
        self._bot = bot
        self._bot_id = bot_id

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        name = name.strip()
        number = re.fullmatch(r"-?\d{1,19}", name)
        named = _NAME.fullmatch(name)
        if not number and not named:
            return Failure(FailureKind.BAD_URL, N_("that is not the name of a Telegram chat"))
        asked = int(name) if number else f"@{named[1]}" if named else name
        try:
            return chat_of(await self._bot.get_chat(asked))
        except TelegramError as error:
            return failure_of(error)

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        """Its administrators; one who is anonymous speaks as the group itself, an editor as the channel.

        A channel that speaks in a group (linked or not) manages only itself.
        """
        platform, _, number = person.id.partition(":")
        if platform != PLATFORM or not re.fullmatch(r"-?\d+", number):
            return False
        if number == chat.address:
            return True
        if number.startswith("-") or chat.kind == "private":
            return False
        member = await self._member(chat, int(number))
        return member if isinstance(member, Failure) else member is not None and member.status in _MANAGING

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        platform, _, number = person.id.partition(":")
        if platform != PLATFORM or not number.isdecimal() or chat.kind == "private":
            return platform == PLATFORM and number == chat.address
        member = await self._member(chat, int(number))
        if member is None or isinstance(member, Failure):
            return False if member is None else member
        return member.status in _IN and (not isinstance(member, ChatMemberRestricted) or member.is_member)

    def within(self, chat: Chat) -> tuple[str, ...]:
        return ()

    async def _member(self, chat: Chat, user: int) -> ChatMember | Failure | None:
        """How a person stands in a chat; None: the chat has never seen them."""
        try:
            return await self._bot.get_chat_member(int(chat.address), user)
        except BadRequest as error:
            if re.search(r"user not found|participant_id_invalid|user_id_invalid", error.message.lower()):
                return None
            return failure_of(error)
        except TelegramError as error:
            return failure_of(error)

    async def can_post(self, chat: Chat) -> Failure | None:
        if chat.kind == "private":
            return None
        try:
            me = await self._bot.get_chat_member(int(chat.address), self._bot_id)
            if me.status not in _IN:
                return Failure(FailureKind.GONE, N_("the bot is not in that chat; add it first"))
            if chat.kind == "channel":
                return (
                    None
                    if may_post(me)
                    else _missing(N_("the bot needs to be an administrator who may post messages"))
                )
            if isinstance(me, ChatMemberRestricted):
                return (
                    None if me.can_send_messages else _missing(N_("the bot needs the right to send messages"))
                )
            if me.status == ChatMember.MEMBER:
                full = await self._bot.get_chat(int(chat.address))
                if full.permissions and not full.permissions.can_send_messages:
                    return _missing(
                        N_("the bot needs to be an administrator: members may not write in that chat")
                    )
        except TelegramError as error:
            return failure_of(error)
        return None


def may_post(member: ChatMember) -> bool:
    """Whether this standing in a channel lets the bot post there."""
    return member.status == ChatMember.OWNER or (
        isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    )


def _missing(what: str) -> Failure:
    return Failure(FailureKind.GONE, what)


# ------------ What happens to chats: the bot comes, goes or may write no more; a group moves, a topic opens again.

_HERE = (ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER, ChatMember.RESTRICTED)


class Life:
    """Tells the desk of it, and greets a group that the bot comes to."""

    def __init__(self, desk: Desk, answers: Answers) -> None:
        self._desk = desk
        self._answers = answers

    async def changed(self, change: ChatMemberUpdated) -> None:
        """The bot was added, removed, blocked, or its rights changed."""
        chat = chat_of(change.chat)
        before, now = change.old_chat_member, change.new_chat_member
        if now.status not in _HERE:
            reason = (
                N_("the person has blocked the bot")
                if chat.kind == "private"
                else N_("the bot was removed from the chat")
            )
            await self._desk.lost(chat, reason)
        elif chat.kind == "channel" and not may_post(now):
            await self._desk.lost(
                chat, N_("the bot is not an administrator of the channel with the right to post")
            )
        elif isinstance(now, ChatMemberRestricted) and not now.can_send_messages:
            await self._desk.lost(chat, N_("the bot has no right to write in the chat"))
        else:
            await self._desk.back(chat)
            with speaking(change.from_user.language_code):
                greeting = self._desk.greeting()
                if chat.kind == "group" and before.status not in _HERE and greeting is not None:
                    await self._answers.say(chat, greeting, Person(id=f"{PLATFORM}:0"), None)

    async def happened(self, message: Message) -> bool:
        """Whether the message only tells of an event of the chat."""
        if message.migrate_to_chat_id:
            await self._desk.moved(chat_of(message.chat), str(message.migrate_to_chat_id))
            return True
        if message.forum_topic_reopened:
            await self._desk.back(chat_of(message.chat, message))
            return True
        # A channel's post copied into its discussion group was answered in the channel.
        return bool(message.migrate_from_chat_id or message.is_automatic_forward)


# ------------ The menu of commands beside the message field, in each language, for each kind of chat.

log = logging.getLogger(__name__)

_MOST, _LONGEST = 100, 256
_SOON, _LATE = 5.0, 900.0  # seconds between tries


async def keep_menus(bot: Bot, commands: tuple[Command, ...]) -> None:
    """Set the menus, again and again until Telegram takes them. Without one the bot works all the same."""
    pause = _SOON
    while True:
        wait = pause
        try:
            return await set_menus(bot, commands)
        except RetryAfter as error:
            wait = max(pause, wait_of(error).total_seconds())
            log.info("telegram: the menu of commands waits %.0f s, as Telegram asks", wait)
        except TelegramError as error:
            log.warning("telegram: the menu of commands was not set: %s", failure_of(error).reason)
        except Exception:
            log.exception("telegram: its answer to the menu of commands could not be read")
        await asyncio.sleep(wait)
        pause = min(2 * pause, _LATE)


async def set_menus(bot: Bot, commands: tuple[Command, ...]) -> None:
    """Offer everything in private, to a group's administrators what they may do there, to its
    members what everyone may."""
    scopes: tuple[tuple[BotCommandScope, tuple[Command, ...]], ...] = (
        (BotCommandScopeDefault(), commands),
        (BotCommandScopeAllChatAdministrators(), tuple(c for c in commands if not c.admins_only)),
        (
            BotCommandScopeAllGroupChats(),
            tuple(c for c in commands if not (c.admins_only or c.managers_only)),
        ),
    )
    for scope, offered in scopes:
        english = _menu(offered, "en")
        await bot.set_my_commands(english, scope=scope)
        for language, code in _codes():
            menu = _menu(offered, language)
            if menu != english:
                await bot.set_my_commands(menu, scope=scope, language_code=code)


def _menu(commands: tuple[Command, ...], language: str) -> list[BotCommand]:
    with speaking(language):
        return [BotCommand(command.name, _(command.help)[:_LONGEST]) for command in commands[:_MOST]]


def _codes() -> list[tuple[str, str]]:
    """Languages with Telegram's two letters; of two that share them the first counts."""
    codes = {language.partition("-")[0]: language for language in reversed(LANGUAGES)}
    return [(language, code) for code, language in codes.items() if language != "en"]
