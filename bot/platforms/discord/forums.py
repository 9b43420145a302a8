"""Posts in a forum: a digest or a story in each, with the forum's own tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord

from bot.platforms.discord.drawn import said
from bot.platforms.discord.finder import Looking
from digests.model import Chat, Delivery

_MOST_TAGS = 5
_MOST_POSTS = 1000  # remembered


class Forums:
    """Makes posts and knows which one a later part belongs to."""

    def __init__(self, client: Callable[[], discord.Client], looking: Looking) -> None:
        self._client = client
        self._looking = looking
        self._posts: dict[tuple[str, int, str], int] = {}  # a forum's address, a digest, a post's name

    async def create(
        self, chat: Chat, delivery: Delivery, content: dict[str, Any], mentions: discord.AllowedMentions
    ) -> str:
        """A new post; its message's id. It takes no nonce: ask for it once."""
        forum = self._client().get_channel(int(chat.address)) or await self._client().fetch_channel(
            int(chat.address)
        )
        if not isinstance(forum, discord.ForumChannel):
            raise discord.ClientException("the channel is no forum any more")
        made = await forum.create_thread(
            name=content["name"],
            applied_tags=tags_for(forum, content.get("topics", ())),
            allowed_mentions=mentions,
            **said(content),
        )
        while len(self._posts) >= _MOST_POSTS:
            del self._posts[next(iter(self._posts))]
        self._posts[_key(chat, delivery, content)] = made.thread.id
        return f"{made.thread.id}/{made.message.id}"

    async def post_of(self, chat: Chat, delivery: Delivery, content: dict[str, Any]) -> int | None:
        """The post a part goes into: the one it answers, or the one its first part made.

        None when this part has to make one.
        """
        if delivery.reply_to is not None and "/" in delivery.reply_to:
            return int(delivery.reply_to.partition("/")[0])
        if content.get("first", delivery.part == 0):
            return None
        known = self.known(chat, delivery, content)
        return known if known is not None else await self._looking.post_named(chat, content["name"])

    def known(self, chat: Chat, delivery: Delivery, content: dict[str, Any]) -> int | None:
        """The post made for it, as long as this process remembers."""
        return self._posts.get(_key(chat, delivery, content))


def tags_for(forum: discord.ForumChannel, topics: tuple[str, ...] | list[str]) -> list[discord.ForumTag]:
    """The forum's tags that are called like one of the topics; any one where it requires a tag."""
    wanted = {topic.casefold() for topic in topics}
    named = [tag for tag in forum.available_tags if tag.name.casefold() in wanted]
    fitting = [tag for tag in named if not tag.moderated][:_MOST_TAGS]  # those are for moderators
    return fitting or (list(forum.available_tags[:1]) if forum.flags.require_tag else [])


def _key(chat: Chat, delivery: Delivery, content: dict[str, Any]) -> tuple[str, int, str]:
    return chat.address, delivery.digest_id, str(content["name"])
