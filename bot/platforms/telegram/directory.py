"""What Telegram says about chats and the people in them, asked anew each time."""

from __future__ import annotations

import re

from telegram import (
    Bot,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
)
from telegram.error import BadRequest, TelegramError

from bot.conversation import Person
from bot.locales import N_
from bot.platforms.telegram.client import failure_of
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
