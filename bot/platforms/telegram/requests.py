"""From an update of Telegram to a neutral request: who asks what, where, about which text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import telegram
from telegram import Message, MessageEntity, MessageReactionUpdated, ReactionTypeEmoji

from bot.conversation import Attachment, Person, vote_of
from bot.render.telegram_rich import links_of as rich_links
from bot.render.telegram_rich import texts_of
from digests.model import Chat

PLATFORM = "telegram"
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@(\w+))?(?:\s+|$)")
# What follows ?start= or ?startgroup= in a link to the bot: subscribe_3 subscribes to source 3.
_LINKED = re.compile(r"(subscribe)_(\d{1,18})")
_QUOTES = {
    MessageEntity.BLOCKQUOTE,
    MessageEntity.EXPANDABLE_BLOCKQUOTE,
    MessageEntity.PRE,
    MessageEntity.CODE,
}
_KINDS = {"private": "private", "group": "group", "supergroup": "group", "channel": "channel"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asks for, still without a chat and a person.

    ``addressed`` is false for a command that could be meant for another bot in the group.
    """

    command: str
    words: str = ""
    reply_text: str = ""
    reply_links: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    addressed: bool = True
    message: tuple[tuple[str, str], ...] = ()


def chat_of(chat: telegram.Chat | telegram.ChatFullInfo, message: Message | None = None) -> Chat:
    """The place a message stands in: a forum's topic is one of its own."""
    thread = None
    if message is not None and message.is_topic_message and message.message_thread_id:
        thread = str(message.message_thread_id)
    return Chat(
        platform=PLATFORM,
        address=str(chat.id),
        thread=thread,
        kind=_KINDS.get(str(chat.type), "group"),
        title=chat.title or chat.full_name or "",
    )


def person_of(user: telegram.User | None, sender_chat: telegram.Chat | None = None) -> Person:
    """Who speaks. An anonymous admin and a channel speak as a chat, and have its id."""
    if sender_chat is not None:
        return Person(id=f"{PLATFORM}:{sender_chat.id}", name=sender_chat.title or "")
    if user is None:
        return Person(id=f"{PLATFORM}:0")
    return Person(id=f"{PLATFORM}:{user.id}", name=user.full_name, language=user.language_code)


def asked(message: Message, bot_name: str, attach: Callable[[telegram.Document], Attachment]) -> Asked | None:
    """The command in a message, None if there is none for this bot.

    Only who wrote a command gives it: one in a text that was passed on or quoted is text like any other.
    In a private chat a link, a file or a forwarded text needs no command: it is summarized.
    """
    text = text_of(message)
    own_files = _files(message, attach)
    command = _COMMAND.match(text) if own_words(message) else None
    if command:
        name, addressee = command.groups()
        if addressee and addressee.lower() != bot_name.lower():
            return None
        linked = _LINKED.fullmatch(text[command.end() :].strip()) if name.lower() == "start" else None
        if linked is not None:
            return Asked(linked[1], linked[2])
        answered = message.reply_to_message
        quote = message.quote.text if message.quote else ""
        hidden = _hidden_links(message)
        return Asked(
            name.lower(),
            text[command.end() :].strip(),
            quote or (text_of(answered) if answered else ""),
            (*(links_of(answered) if answered else ()), *hidden),
            own_files + (_files(answered, attach) if answered else ()),
            addressed=bool(addressee) or message.chat.type in ("private", "channel"),
            message=standing(answered) if answered else (),
        )
    if message.chat.type != "private":
        return None
    if own_files or links_of(message) or (text and not own_words(message)):
        return Asked("summarize", "", text, links_of(message), own_files)
    return Asked("help") if text else None


def own_words(message: Message) -> bool:
    """Whether a message begins with words of who sent it: not forwarded, not another bot's, not quoted."""
    if message.forward_origin or message.via_bot:
        return False
    return not any(e.type in _QUOTES and e.offset == 0 for e in message.entities or message.caption_entities)


def reaction_of(change: MessageReactionUpdated) -> Asked | None:
    """What a changed reaction asks for: a thumb on the message's stories, or one less."""
    before, now = (
        [vote for one in ones if isinstance(one, ReactionTypeEmoji) and (vote := vote_of(one.emoji))]
        for ones in (change.old_reaction, change.new_reaction)
    )
    if before == now:
        return None
    command, words = (now[-1], "all") if now else (before[-1], "off")
    return Asked(command, words, message=((str(change.chat.id), str(change.message_id)),))


def standing(message: Message) -> tuple[tuple[str, str], ...]:
    """Where a message stands, as the desk has it of its own."""
    return ((str(message.chat.id), str(message.message_id)),)


def text_of(message: Message) -> str:
    return message.text or message.caption or " ".join(texts_of(_rich(message)))


def _rich(message: Message) -> Any:
    """The blocks of a rich message, which the library passes on as they came."""
    return message.api_kwargs.get("rich_message")


def links_of(message: Message) -> tuple[str, ...]:
    """Addresses in a message in order, those hidden behind words too; each once."""
    found = _entities(message)
    links = [e.url or words for e, words in found if e.type in (MessageEntity.TEXT_LINK, MessageEntity.URL)]
    links += rich_links(_rich(message))
    return tuple(
        dict.fromkeys(link if "://" in link else f"https://{link}" for link in links if link.strip())
    )


def _hidden_links(message: Message) -> tuple[str, ...]:
    return tuple(e.url for e, _ in _entities(message) if e.type == MessageEntity.TEXT_LINK and e.url)


def _entities(message: Message) -> list[tuple[MessageEntity, str]]:
    found = message.parse_entities() if message.text else message.parse_caption_entities()
    return sorted(found.items(), key=lambda pair: pair[0].offset)


def _files(message: Message, attach: Callable[[telegram.Document], Attachment]) -> tuple[Attachment, ...]:
    return (attach(message.document),) if message.document else ()
