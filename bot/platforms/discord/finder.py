"""Looks whether a doubtful delivery stands in a channel. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.platforms.discord.drawn import shown
from bot.platforms.discord.places import Place
from bot.render.discord_messages import texts
from digests.model import Chat, Delivery
from digests.ports import Absent, Found, Unknown

_PAGE = 100  # messages; the most Discord gives at once
_PAGES = 10
_SKEW = timedelta(hours=1)  # how far our clock may be ahead of Discord's


class Looking:
    """Knows a delivery's message by its nonce, or where Discord no longer says it by what it says."""

    def __init__(self, client: Callable[[], discord.Client]) -> None:
        self._client = client

    async def in_channel(
        self, chat: Chat, delivery: Delivery, content: dict[str, Any], place: int | None = None
    ) -> Found | Absent | Unknown:
        """In the channel's newest messages, back to the attempt's start."""
        if delivery.edits is not None:
            where, message_id = address_of(chat, delivery.edits)
            edited = await self._client().get_partial_messageable(where).fetch_message(message_id)
            return Found(delivery.edits) if _says(edited, content) else Absent()
        channel = self._client().get_partial_messageable(place or int(chat.address))
        since = _since(delivery)
        before: discord.Message | None = None
        for _ in range(_PAGES):
            page = [one async for one in channel.history(limit=_PAGE, before=before)]
            for message in page:
                if self._is(message, delivery, content, since):
                    return Found(str(message.id))
            if len(page) < _PAGE or (since is not None and page[-1].created_at < since):
                return Absent()
            before = page[-1]
        return Unknown(f"more than {_PAGE * _PAGES} messages have been posted since")

    async def in_forum(
        self, chat: Chat, delivery: Delivery, content: dict[str, Any], post: int | None
    ) -> Found | Absent | Unknown:
        """In the forum's own posts: the first message of one, or a later part inside it."""
        since = _since(delivery)
        for thread in await self._posts(chat):
            if thread.name != content["name"].strip() and thread.id != post:
                continue
            if delivery.part > 0:
                found = await self.in_channel(chat, delivery, content, thread.id)
                if isinstance(found, Found):
                    return Found(f"{thread.id}/{found.message_id}")
            if since is not None and thread.created_at is not None and thread.created_at < since:
                continue
            if _says(await thread.fetch_message(thread.id), content):
                return Found(f"{thread.id}/{thread.id}")
        return Absent()

    async def post_named(self, chat: Chat, name: str) -> int | None:
        """The newest post of ours in a forum with that name."""
        named = [thread.id for thread in await self._posts(chat) if thread.name == name.strip()]
        return max(named, default=None)

    async def _posts(self, chat: Chat) -> list[discord.Thread]:
        client = self._client()
        forum = client.get_channel(int(chat.address)) or await client.fetch_channel(int(chat.address))
        if not isinstance(forum, Place) or client.user is None:
            return []
        mine, threads = client.user.id, await forum.guild.active_threads()
        return [one for one in threads if one.parent_id == forum.id and one.owner_id == mine]

    def _is(
        self, message: discord.Message, delivery: Delivery, content: dict[str, Any], since: datetime | None
    ) -> bool:
        me = self._client().user
        if me is None or message.author.id != me.id:
            return False
        if message.nonce is not None:
            return str(message.nonce) == delivery.nonce
        return (since is None or message.created_at >= since) and _says(message, content)


def address_of(chat: Chat, message_id: str) -> tuple[int, int]:
    """Channel and message. In a forum a message id is ``post/message``."""
    post, _, message = message_id.rpartition("/")
    return int(post or chat.address), int(message)


def _since(delivery: Delivery) -> datetime | None:
    return delivery.started - _SKEW if delivery.started is not None else None


def _says(message: discord.Message, content: dict[str, Any]) -> bool:
    """Whether the message says just that; space does not count, since Discord trims it."""
    says = [message.content, *_texts(embed.to_dict() for embed in message.embeds), *shown(message)]
    wanted = [content.get("content", ""), *_texts(content.get("embeds", ()))]
    return _words(says) == _words([*wanted, *texts(content.get("components", ()))])


def _texts(embeds: Iterable[Any]) -> list[str]:
    return [embed.get(name) or "" for embed in embeds for name in ("title", "description")]


def _words(texts: list[str]) -> list[list[str]]:
    return [words for words in (text.split() for text in texts) if words]
