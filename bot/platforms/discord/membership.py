"""What happens to channels: the right to write is lost or comes back, a channel or server goes.

The gateway keeps rights current, so that a pause ends without anyone having to say so.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import aiohttp
import discord

from bot.conversation import Desk
from bot.locales import N_, speaking
from bot.platforms.discord.buttons import Buttons
from bot.platforms.discord.places import PLATFORM, Place, chat_of, is_place, missing_right
from bot.render.discord_messages import messages
from digests.model import Chat

_log = logging.getLogger(__name__)
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
