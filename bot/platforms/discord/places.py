"""Discord's channels as chats, and who may do what in them."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import aiohttp
import discord

from bot.conversation import Desk, Person
from bot.locales import N_, _, listed, speaking
from bot.platforms.discord.buttons import Buttons
from bot.render.discord_messages import messages
from digests.model import Chat, Failure, FailureKind

PLATFORM = "discord"
_log = logging.getLogger(__name__)
_MENTION = re.compile(r"<#(\d+)>|(\d{15,20})")

Place = discord.abc.GuildChannel | discord.Thread


def chat_of(channel: Any) -> Chat:
    """The chat a channel, thread or private conversation is. Its address is Discord's own id."""
    return Chat(
        platform=PLATFORM,
        address=str(channel.id),
        kind=_kind(channel),
        title=f"#{channel.name}" if isinstance(channel, Place) else "",
    )


def standing(channel: Any, message_id: int) -> tuple[tuple[str, str], ...]:
    """Where a message stands, each way the desk may have it: in its channel, or in a forum's post."""
    ways = [(str(channel.id), str(message_id))]
    parent = getattr(channel, "parent_id", None)
    if parent:
        ways.append((str(parent), f"{channel.id}/{message_id}"))
    return tuple(ways)


def _kind(channel: Any) -> str:
    if isinstance(channel, discord.Thread):
        return "thread"
    if isinstance(channel, discord.ForumChannel):
        return "forum"
    if isinstance(channel, discord.abc.GuildChannel):
        return "news" if channel.type is discord.ChannelType.news else "text"
    return "private"


def person_of(user: discord.User | discord.Member, language: str | None = None) -> Person:
    """The person behind a Discord account."""
    return Person(id=f"{PLATFORM}:{user.id}", name=user.display_name, language=language)


def is_place(channel: Any) -> bool:
    """Whether digests can go there: everything with messages, and forums."""
    return isinstance(
        channel,
        discord.TextChannel
        | discord.ForumChannel
        | discord.Thread
        | discord.VoiceChannel
        | discord.StageChannel,
    )


def missing_right(channel: Place, me: discord.Member) -> str | None:
    """What the bot lacks to post digests there, in plain words; None when it lacks nothing."""
    try:
        have = channel.permissions_for(me)
    except discord.ClientException:  # a thread whose parent is not known
        return _("I can't see the channel this thread belongs to")
    thread, forum = isinstance(channel, discord.Thread), isinstance(channel, discord.ForumChannel)
    needed = (
        (have.view_channel, "View Channel"),
        (have.send_messages or thread, "Send Messages"),
        (have.send_messages_in_threads or not (thread or forum), "Send Messages in Threads"),
        (have.embed_links or not have.send_messages, "Embed Links"),  # goes with Send Messages
        (have.read_message_history, "Read Message History"),
    )
    lacks = [name for there, name in needed if not there]
    if not lacks:
        return None
    return _("I lack {rights} in #{channel}").format(rights=listed(lacks), channel=channel.name)


class Places:
    """What Discord knows about chats and people: a ``bot.conversation.Directory``.

    With an ``asking`` interaction, the rights Discord computed for its person in its channel
    count; everywhere else the member is asked for anew. What can't be told is a no.
    """

    def __init__(
        self, client: Callable[[], discord.Client], asking: discord.Interaction[Any] | None = None
    ) -> None:
        self._client = client
        self._asking = asking

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        """``<#id>``, an id, ``#name`` or a name; from a server only that server's channels."""
        client = self._client()
        origin = client.get_channel(int(here.address)) if here.address.isdecimal() else None
        guild = getattr(origin, "guild", None) or (self._asking.guild if self._asking else None)
        mention = _MENTION.fullmatch(name.strip())
        if mention is not None:
            found = client.get_channel(int(mention[1] or mention[2]))
            if is_place(found) and (guild is None or getattr(found, "guild", None) == guild):
                return chat_of(found)
        elif guild is not None:
            wanted = name.strip().lstrip("#").casefold()
            named = [
                c for c in (*guild.channels, *guild.threads) if is_place(c) and c.name.casefold() == wanted
            ]
            if len(named) == 1:
                return chat_of(named[0])
            if named:
                several = _("several channels have that name; name it by its link, like <#123>")
                return Failure(FailureKind.UNSUPPORTED, several)
        if guild is None:
            return Failure(FailureKind.GONE, _("I can see no such channel"))
        none = _("there is no such channel on {server}").format(server=guild.name)
        return Failure(FailureKind.GONE, none)

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        """Whether the person has Manage Channels there; in a private chat, whether it is theirs."""
        platform, _colon, number = person.id.partition(":")
        if platform != PLATFORM or chat.platform != PLATFORM or not number.isdecimal():
            return False
        asking = self._asking
        if asking is not None and str(asking.channel_id) == chat.address and asking.user.id == int(number):
            return True if asking.guild_id is None else asking.permissions.manage_channels
        return await self._asked_anew(int(chat.address), int(number), lambda may: may.manage_channels)

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        """Whether the person is on its server and can see it; in a private chat, whether it is theirs."""
        platform, _colon, number = person.id.partition(":")
        if platform != PLATFORM or chat.platform != PLATFORM or not number.isdecimal():
            return False
        return await self._asked_anew(int(chat.address), int(number), lambda may: may.view_channel)

    def within(self, chat: Chat) -> tuple[str, ...]:
        """A thread's channel and the server."""
        channel: Any = self._client().get_channel(int(chat.address)) if chat.address.isdecimal() else None
        above = (getattr(channel, "parent_id", None), getattr(getattr(channel, "guild", None), "id", None))
        return tuple(str(one) for one in above if one)

    async def _asked_anew(
        self, channel_id: int, person_id: int, may: Callable[[discord.Permissions], bool]
    ) -> bool | Failure:
        client = self._client()
        try:
            channel = client.get_channel(channel_id) or await client.fetch_channel(channel_id)
            if isinstance(channel, discord.DMChannel):
                return channel.recipient is not None and channel.recipient.id == person_id
            if not isinstance(channel, Place):
                return False
            # A member's roles are asked for; what the roles and the channel allow, the gateway keeps current.
            member = await channel.guild.fetch_member(person_id)
            return may(channel.permissions_for(member))
        except (discord.NotFound, discord.Forbidden):
            return False
        except discord.ClientException:
            return False
        except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as error:
            _log.warning("could not ask Discord for a member's rights: %s", type(error).__name__)
            return Failure(FailureKind.CONNECT, _("Discord did not answer"))

    async def can_post(self, chat: Chat) -> Failure | None:
        """None when the bot may post there; else what is missing."""
        asking = self._asking
        if chat.kind == "private" and asking is not None and str(asking.channel_id) == chat.address:
            return None
        client = self._client()
        try:
            channel = client.get_channel(int(chat.address)) or await client.fetch_channel(int(chat.address))
        except (discord.NotFound, discord.Forbidden):
            return Failure(FailureKind.GONE, _("I can't see that channel"))
        except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError):
            return Failure(FailureKind.CONNECT, _("Discord did not answer"))
        if isinstance(channel, discord.DMChannel):
            return None
        if not isinstance(channel, Place) or not is_place(channel):
            return Failure(FailureKind.UNSUPPORTED, _("that channel takes no messages"))
        lacks = missing_right(channel, channel.guild.me)
        return Failure(FailureKind.GONE, lacks) if lacks else None


# ------------ What happens to channels: the right to write is lost or comes back, a channel or server goes.
#
# The gateway keeps rights current, so that a pause ends without anyone having to say so.

_REMOVED = N_("I was removed from the server; invite me again to go on")
_DELETED = N_("the channel was deleted")

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class Life:
    """Tells the desk what its chats lost and what came back. Each change once."""

    def __init__(self, desk: Desk, spawn: Spawn) -> None:
        self._desk = desk
        self._spawn = spawn
        self._untold: deque[Callable[[], Awaitable[None]]] = deque()
        self._lacks: dict[str, str | None] = {}  # address: what is missing there; None: nothing

    def look(self, guild: discord.Guild) -> None:
        """Compare all of a server's channels with what they were."""
        for channel in (*guild.channels, *guild.threads):
            self.look_at(channel)

    def look_at(self, channel: Place) -> None:
        """Compare one channel with what it was.

        One seen for the first time that can be written to counts as come back: the right may
        have returned while the desk was down. One that can't is left to the next digest.
        """
        if not is_place(channel):
            return
        address, lacks = str(channel.id), missing_right(channel, channel.guild.me)
        known = address in self._lacks
        before = self._lacks.get(address)
        self._lacks[address] = lacks
        if lacks is None and (not known or before is not None):
            self._tell(self._desk.back, chat_of(channel))
        elif lacks is not None and known and before is None:
            self._tell(self._desk.lost, chat_of(channel), lacks)

    def gone(self, address: str) -> None:
        """A send met a refusal: the next look that finds the right there brings the chat back."""
        self._lacks[address] = "refused"

    def heard(self, channel: object) -> None:
        """A person wrote from a private chat, which has no rights to watch: it is there again."""
        self._tell(self._desk.back, chat_of(channel))

    def left(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        for channel in (*guild.channels, *guild.threads):
            if is_place(channel):
                self._lacks[str(channel.id)] = _REMOVED
                self._tell(self._desk.lost, chat_of(channel), _REMOVED)

    def deleted(self, channel: Place) -> None:
        """A channel was deleted, and its threads with it."""
        gone = [one for one in channel.guild.threads if one.parent_id == channel.id]
        for one in (channel, *gone):
            self._lacks.pop(str(one.id), None)
            self._tell(self._desk.lost, chat_of(one), _DELETED)

    def deleted_thread(self, thread_id: int) -> None:
        """A thread was deleted; it need not have been known."""
        self._lacks.pop(str(thread_id), None)
        chat = Chat(platform=PLATFORM, address=str(thread_id), kind="thread")
        self._tell(self._desk.lost, chat, N_("the thread was deleted"))

    async def greet(self, guild: discord.Guild) -> None:
        """Say hello where the server wants such things said, if there is a greeting."""
        channel = guild.system_channel
        if channel is None or missing_right(channel, guild.me) is not None:
            return
        try:
            with speaking(guild.preferred_locale.value):
                greeting = self._desk.greeting()
                if greeting is not None:
                    view = Buttons().view(greeting.buttons, 0, "start", greeting.choices)
                    extra: dict[str, Any] = {} if view is None else {"view": view}
                    (first, *_rest) = messages(greeting.text)
                    await channel.send(first, nonce=f"{guild.id}0", **extra)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            _log.warning("no greeting on server %s: %s", guild.id, type(error).__name__)

    def _tell(self, tell: Callable[..., Awaitable[None]], *about: object) -> None:
        """One at a time and in order: what was lost and came back must not arrive the other way round."""
        self._untold.append(partial(tell, *about))
        if len(self._untold) == 1:
            self._spawn(self._tell_all())

    async def _tell_all(self) -> None:
        while self._untold:
            try:
                await self._untold[0]()
            except Exception:
                _log.exception("the desk could not note a change of a Discord channel")
            finally:
                self._untold.popleft()
