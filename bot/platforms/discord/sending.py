"""Sends deliveries to Discord, and says for certain what came of each.

Every message carries its delivery's nonce and ``enforce_nonce``: whatever sends it again within
some minutes (discord.py itself after a 5xx, or the desk) gets the first one back. A watch on the HTTP
session tells whether a request was written when its answer is lost, so that only what really is
doubtful counts as such.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import aiohttp
import discord

from bot.locales import N_
from bot.platforms.discord.places import Place
from bot.render.clean import hide
from bot.render.discord_messages import plain_payload, texts, without_pictures
from digests.model import Chat, Delivery
from digests.ports import (
    Absent,
    Doubt,
    Found,
    Gone,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Uneditable,
    Unknown,
    Wait,
)

# ------------ Posts in a forum: a digest or a story in each, with the forum's own tags.

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


# ------------ Looks whether a doubtful delivery stands in a channel. Reads only.

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


# ------------ Messages of components: a payload as discord.py takes it, and what such a message says.


class _Drawn(discord.ui.LayoutView):
    """Components that are drawn already. Presses are read from their ids, so that discord.py need not
    remember the view."""

    def __init__(self, components: list[dict[str, Any]]) -> None:
        super().__init__(timeout=None)
        self._components = components
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        return self._components

    def has_components_v2(self) -> bool:
        return True


def said(content: dict[str, Any]) -> dict[str, Any]:
    """What a message says, as arguments: components alone, or content and embeds."""
    if content.get("components"):
        return {"view": _Drawn(content["components"])}
    embeds = [discord.Embed.from_dict(one) for one in content["embeds"]]
    return {"content": content["content"] or None, "embeds": embeds}


def shown(message: discord.Message) -> list[str]:
    """The texts that a message's components show, in order."""
    return texts([cast(dict[str, Any], one.to_dict()) for one in message.components])


T = TypeVar("T")
Audio = Callable[[int], Awaitable[bytes | None]]
"""The recording of a digest, by the digest's id."""

Roles = Callable[[], Awaitable[Collection[str]]]
"""Ids of the roles that a message may mention."""


async def no_roles() -> Collection[str]:
    return ()


_log = logging.getLogger(__name__)

SEND_TIMEOUT = 60.0  # seconds; discord.py's own waits for 429 and 5xx are at most about 30 in a row
BANNED = timedelta(minutes=10)  # a 429 that is not from Discord's API: the address is kept out
BAD_TOKEN = timedelta(minutes=5)
_PUBLISH_TIMEOUT = 5.0
_ARCHIVED = 50083
_LOCKED = 160005
_NO_CHANNEL = {10003, 10004}
_UNEDITABLE = {
    10008: Uneditable("The message has been deleted.", deleted=True),
    30046: Uneditable("Discord lets the message be edited no more for now."),
    50005: Uneditable("The message is not mine."),
}
_NO_RIGHT = 50013
_PICTURES = ("image.url", "thumbnail.url", "media.url")  # in a refusal: of an embed, of a component
_TRY_AGAIN = {500, 502, 504, 524}  # what discord.py sends again by itself


class _NoRecording(Exception):
    """The recording a delivery carries is not there."""


class _AnswerLost(Exception):
    """Discord failed while it may have carried out what must not be asked for twice."""


@dataclass
class _Attempt:
    """What became of the requests of one send. ``doubts``: written, and no answer that settles it."""

    once: bool = False
    doubts: int = 0
    everyone: bool = False  # a 429 was for the whole bot


_attempt: ContextVar[_Attempt | None] = ContextVar("discord_attempt", default=None)


def watch() -> aiohttp.TraceConfig:
    """For ``discord.Client(http_trace=...)``: notes when a message's request is written and answered."""

    async def written(_: aiohttp.ClientSession, __: SimpleNamespace, about: Any) -> None:
        attempt = _attempt.get()
        if attempt is not None and about.method != "GET":
            attempt.doubts += 1

    async def answered(_: aiohttp.ClientSession, __: SimpleNamespace, about: Any) -> None:
        attempt = _attempt.get()
        if attempt is None or about.method == "GET":
            return
        status = about.response.status
        if 400 <= status < 500:
            attempt.doubts -= 1
        if status == 429 and about.response.headers.get("X-RateLimit-Scope") == "global":
            attempt.everyone = True
        if attempt.once and status in _TRY_AGAIN:
            raise _AnswerLost(str(status))

    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(written)
    config.on_request_end.append(answered)
    return config


class Sending:
    """The sending half of Discord's ``ports.Channel``."""

    def __init__(
        self,
        client: Callable[[], discord.Client],
        *,
        timeout: float = SEND_TIMEOUT,
        audio: Audio | None = None,
        roles: Roles = no_roles,
    ) -> None:
        self._client = client
        self._audio = audio
        self._timeout = timeout
        self._looking = Looking(client)
        self._forums = Forums(client, self._looking)
        self._roles = roles

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        """Post, edit or answer. At most one visible message; never raises for what Discord may do."""
        attempt = _Attempt()
        mark = _attempt.set(attempt)
        try:
            async with asyncio.timeout(self._timeout):
                sound = await self._sound(delivery)
                return Sent(await self._shown(chat, delivery, attempt, sound))
        except _NoRecording:
            return Refused("Its recording is not kept any more.")
        except discord.Forbidden as error:
            outcome = _settled(_outcome(error, attempt, delivery), delivery, attempt)
            if delivery.content.audio and isinstance(outcome, Gone) and error.code == _NO_RIGHT:
                return Refused("I may not post files there: give me Attach Files.")
            return outcome
        except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError, _AnswerLost) as error:
            return _settled(_outcome(error, attempt, delivery), delivery, attempt)
        finally:
            _attempt.reset(mark)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        """Look whether a doubtful delivery stands in the channel; posts nothing."""
        content = _content(delivery)
        try:
            async with asyncio.timeout(self._timeout):
                if chat.kind == "forum" and not delivery.edits:
                    post = self._forums.known(chat, delivery, content)
                    return await self._looking.in_forum(chat, delivery, content, post)
                look = await self._looking.in_channel(chat, delivery, content)
                if chat.kind == "news" and isinstance(look, Found):
                    await self._publish_found(chat, look.message_id)
                return look
        except (discord.NotFound, discord.Forbidden) as error:
            return Unknown(f"I can't look into the channel: {error.text or 'no access'}")
        except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
            return Unknown(f"Discord could not be asked just now ({type(error).__name__})", later=True)

    # ------------------------------------------------------------ ways to send

    async def _sound(self, delivery: Delivery) -> bytes | None:
        """The recording a delivery carries; None for a text."""
        if not delivery.content.audio:
            return None
        sound = await self._audio(delivery.content.audio) if self._audio else None
        if sound is None:
            raise _NoRecording
        return sound

    async def _shown(self, chat: Chat, delivery: Delivery, attempt: _Attempt, sound: bytes | None) -> str:
        """Send it with its pictures; where Discord refuses just those, without them."""
        content = _content(delivery)
        try:
            return await self._send(chat, delivery, content, attempt, sound)
        except discord.HTTPException as error:
            if error.status != 400 or not any(name in error.text for name in _PICTURES):
                raise
            _log.info("a picture in channel %s is not shown: %s", chat.address, error.text[:200])
        bare = {
            "components": without_pictures(content.get("components", [])),
            "embeds": [
                {k: v for k, v in embed.items() if k not in ("image", "thumbnail")}
                for embed in content.get("embeds", [])
            ],
        }
        return await self._send(chat, delivery, content | bare, attempt, sound)

    async def _send(
        self,
        chat: Chat,
        delivery: Delivery,
        content: dict[str, Any],
        attempt: _Attempt,
        sound: bytes | None,
    ) -> str:
        if delivery.edits is not None:
            place, message = address_of(chat, delivery.edits)
            target = self._client().get_partial_messageable(place).get_partial_message(message)
            # what a message without components said goes, where it becomes one with them
            says: dict[str, Any] = {"content": None, "embeds": []} | said(content)
            await self._woken(place, lambda: target.edit(**says))
            return delivery.edits
        if chat.kind == "forum":
            post = await self._forums.post_of(chat, delivery, content)
            if post is None:
                attempt.once = True  # a forum post takes no nonce: it is asked for once
                return await self._forums.create(chat, delivery, content, await self._mentions(content))
            posted = await self._posted(post, chat, delivery, content, sound)
            return f"{post}/{posted.id}"
        posted = await self._posted(int(chat.address), chat, delivery, content, sound)
        if chat.kind == "news":
            await self._publish(posted)
        return str(posted.id)

    async def _posted(
        self, place: int, chat: Chat, delivery: Delivery, content: dict[str, Any], sound: bytes | None
    ) -> discord.Message:
        channel = self._client().get_partial_messageable(place)
        mentions = await self._mentions(content)
        extra = said(content)
        if delivery.reply_to is not None:
            message = int(delivery.reply_to.rpartition("/")[2])
            extra["reference"] = discord.MessageReference(
                message_id=message, channel_id=place, fail_if_not_exists=False
            )

        def post() -> Awaitable[discord.Message]:
            if sound is not None:
                extra["file"] = discord.File(io.BytesIO(sound), "digest.ogg")
            return channel.send(
                nonce=delivery.nonce,
                silent=bool(content.get("silent")),
                allowed_mentions=mentions,
                **extra,
            )

        return await self._woken(place, post)

    async def _mentions(self, content: dict[str, Any]) -> discord.AllowedMentions:
        """Nobody, or the role the message names, if it is still one that may be mentioned."""
        role = str(content.get("role") or "")
        mentions = discord.AllowedMentions.none()
        if role and role in await self._roles():
            mentions.roles = [discord.Object(int(role))]
        return mentions

    async def _woken(self, place: int, act: Callable[[], Awaitable[T]]) -> T:
        """Do it; in an archived thread, after waking the thread."""
        try:
            return await act()
        except discord.HTTPException as error:
            if error.code != _ARCHIVED:
                raise
            await self._wake(place, error)
        return await act()

    async def _wake(self, place: int, archived: discord.HTTPException) -> None:
        """Open the thread again; where that is not allowed, that it is archived is all there is to say."""
        thread = await self._client().fetch_channel(place)
        if isinstance(thread, discord.Thread):
            try:
                await thread.edit(archived=False)
            except discord.Forbidden:
                raise archived from None

    async def _publish_found(self, chat: Chat, message_id: str) -> None:
        """Publish what was posted before the desk could."""
        channel = self._client().get_partial_messageable(int(chat.address))
        message = await channel.fetch_message(int(message_id))
        if not message.flags.crossposted:
            await self._publish(message)

    async def _publish(self, message: discord.Message) -> None:
        """Publish in an announcement channel. The message stands whether this works or not."""
        mark = _attempt.set(None)
        try:
            async with asyncio.timeout(_PUBLISH_TIMEOUT):
                await message.publish()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            _log.warning(
                "a message in channel %s was not published: %s", message.channel.id, type(error).__name__
            )
        finally:
            _attempt.reset(mark)


def _content(delivery: Delivery) -> dict[str, Any]:
    """What to send: the payload, or the plain text under the same name."""
    payload: dict[str, Any] = json.loads(delivery.content.payload)
    if not delivery.plain:
        return payload
    return payload | plain_payload(delivery.content.plain, edit=delivery.edits is not None)


# ---------------------------------------------------------------- outcomes


def _settled(outcome: Outcome, delivery: Delivery, attempt: _Attempt) -> Outcome:
    """An edit can be made twice without harm, so that what became of it needs no inquiry."""
    if isinstance(outcome, Doubt) and delivery.edits is not None:
        return NotSent(outcome.reason)
    if attempt.doubts > 0 and not isinstance(outcome, Doubt):
        return Doubt("An earlier request may have been carried out before Discord refused the next.")
    return outcome


def _outcome(error: Exception, attempt: _Attempt, delivery: Delivery) -> Outcome:
    """What an error says about the message."""
    if isinstance(error, discord.RateLimited):
        return Wait(timedelta(seconds=error.retry_after), whole_platform=attempt.everyone)
    if isinstance(error, discord.DiscordServerError):
        return Doubt(f"Discord answered {error.status}.")
    if isinstance(error, _AnswerLost):
        return Doubt(f"Discord answered {error}.")
    if isinstance(error, discord.HTTPException):
        return _answer(error, attempt, edits=delivery.edits is not None)
    if isinstance(error, discord.ClientException):
        return Gone("The channel has changed its kind; subscribe it again.")
    if attempt.doubts > 0:
        return Doubt("The connection ended before Discord answered.")
    return NotSent(f"Discord can't be reached ({type(error).__name__}).")


def _answer(error: discord.HTTPException, attempt: _Attempt, *, edits: bool) -> Outcome:
    status, code, said = error.status, error.code, hide(error.text)[:300]
    if code in _UNEDITABLE:
        return _UNEDITABLE[code]
    if status == 429:
        asked = error.response.headers.get("Retry-After", "")
        long = timedelta(seconds=float(asked)) if asked.replace(".", "", 1).isdecimal() else BANNED
        # Discord's own answers come through a proxy and say so; without, the whole address is kept out.
        banned = "Via" not in error.response.headers
        return Wait(max(long, timedelta(seconds=1)), whole_platform=attempt.everyone or banned)
    if status == 401:
        return Wait(BAD_TOKEN, whole_platform=True)
    if code == 0 and status in (403, 404):  # not the API's own answer, but of something in between
        return NotSent(f"Something before Discord answered {status}.")
    if status == 404 and edits and code not in _NO_CHANNEL:  # of what is to be edited, not of its channel
        return _UNEDITABLE[10008]
    if status == 404 or code in _NO_CHANNEL:
        return Gone(N_("The channel has been deleted, or I was removed from its server."))
    if status == 403 or code in (_ARCHIVED, _LOCKED):
        return Gone(_FORBIDDEN.get(code, f"Discord forbids it: {said}."))
    if code in (50008, 50024):
        return Gone(N_("The channel takes no messages."))
    return Refused(f"Discord refused the message: {said}")


_FORBIDDEN = {
    50001: N_("I can't see the channel any more: give me View Channel there."),
    50013: N_("I lack a right in the channel: give me Send Messages and Embed Links there."),
    50007: N_("This person takes no messages from me."),
    _ARCHIVED: N_("The thread is archived and I can't open it again."),
    _LOCKED: "The thread is locked: unlock it, or give me Manage Threads there.",
}
