"""What happens to chats: the bot comes, goes or may write no more; a group moves, a topic opens again."""

from __future__ import annotations

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message

from bot.conversation import Desk, Person
from bot.locales import N_, speaking
from bot.platforms.telegram.answers import Answers
from bot.platforms.telegram.directory import may_post
from bot.platforms.telegram.requests import PLATFORM, chat_of

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
