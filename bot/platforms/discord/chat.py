"""Discord: the desk's digests as messages, its commands as slash commands, on discord.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.conversation import Desk, Person
from bot.locales import N_, speaking
from bot.platforms.discord.answers import Answers
from bot.platforms.discord.buttons import under_stories
from bot.platforms.discord.commands import Translator, add_commands, add_menu
from bot.platforms.discord.places import PLATFORM, Life, Places
from bot.platforms.discord.sending import SEND_TIMEOUT, Audio, Roles, Sending, no_roles, watch
from bot.render.discord_messages import digest_parts, spoken_part
from digests.errors import ConfigError
from digests.model import Chat, Delivery, Digest, Failure, Part
from digests.ports import Absent, Found, Gone, NotSent, Outcome, Unknown

_log = logging.getLogger(__name__)
_MOST_SLEEP = 30.0  # seconds discord.py may wait for a 429 by itself, the least it takes
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0  # seconds between tries to log in
_LONGEST_OFFER = 900.0  # seconds between tries to register the commands
_REFUSED_PAUSE = 600.0  # the same where it refused the token, of which it counts the tries
_BEGIN = 30.0  # seconds that a start waits for all that
_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)


class DiscordChat:
    """Implements ``digests.ports.Channel`` and ``bot.conversation.Directory``.

    ``start`` logs in and returns once commands are served, or goes on trying in the background where
    Discord can't be reached or understood; a token Discord refuses raises ``ConfigError``. ``api_base`` and
    ``gateway`` point discord.py elsewhere, for all its clients in this process, until ``stop``.
    A send is given up, and counts as doubtful if it was written, after ``send_timeout`` seconds.
    ``roles`` gives the ids of the roles a digest may mention; nothing else is ever mentioned.
    Its servers are spread over ``shards`` connections, of which this one keeps ``shard_ids``, or all.
    The servers are taken to be known when none has come for ``quiet`` seconds.
    """

    platform = PLATFORM

    def __init__(
        self,
        token: str,
        desk: Desk,
        *,
        api_base: str | None = None,
        gateway: str | None = None,
        send_timeout: float = SEND_TIMEOUT,
        audio: Audio | None = None,
        roles: Roles = no_roles,
        quiet: float = 2.0,
        shards: int = 1,
        shard_ids: Collection[int] = (),
    ) -> None:
        self._shards = (shards, list(shard_ids) or None)
        self._listens = True
        self._quiet = quiet
        self._token = token
        self._desk = desk
        self._elsewhere = (api_base, gateway)
        self._home: tuple[str, yarl.URL] | None = None
        self._client: discord.Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._offering: asyncio.Task[None] | None = None
        self._offered = asyncio.Event()  # the commands, or tried to
        self._listening = False
        self._trouble = ""
        self._places = Places(self._connected)
        self._sending = Sending(self._connected, timeout=send_timeout, audio=audio, roles=roles)
        self._answers = Answers(desk, self._connected)
        self._life = Life(desk, self._spawn)
        self._spawned: set[asyncio.Task[Any]] = set()

    # ------------------------------------------------------------ lifecycle

    async def connect(self) -> None:
        """Log in, to be able to send, and stay off the gateway."""
        self._listens = False
        await self.start()

    async def start(self) -> None:
        """Log in, offer the commands and serve them in the background."""
        api_base, gateway = self._elsewhere
        self._home = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
        if api_base is not None:
            Route.BASE = api_base
        if gateway is not None:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        try:
            client = await self._first_login()
        except BaseException:
            self._restore()
            raise
        self._task = asyncio.create_task(self._serve(client), name="discord")
        if client is not None and self._listens:
            ready = asyncio.create_task(client.wait_until_ready())
            offered = asyncio.create_task(self._offered.wait())
            await asyncio.wait({ready, offered}, timeout=_BEGIN)
            for waiting in (ready, offered):
                waiting.cancel()

    async def _first_login(self) -> discord.Client | None:
        """None where it has to be tried again; only a refused token is not worth another try."""
        try:
            return await self._logged_in()
        except discord.LoginFailure as error:
            raise ConfigError(
                "Discord refuses the bot's token. Copy it again from the Bot page of the "
                "application at https://discord.com/developers/applications."
            ) from error
        except Exception as error:
            self._say(error, _FIRST_PAUSE)
            return None

    async def stop(self, grace: float = 5.0) -> None:
        """Let the answers in flight finish for ``grace`` seconds, then disconnect."""
        if self._answers.busy:
            await asyncio.wait(set(self._answers.busy), timeout=grace)
        ended = [*self._spawned, *self._answers.busy]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        going = [task for task in (self._task, self._offering) if task is not None]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        self._task = self._offering = None
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        self._restore()

    def _restore(self) -> None:
        if self._home is not None:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self._home
            self._home = None

    @property
    def connected(self) -> bool:
        """Whether the gateway stands, so that commands arrive."""
        client = self._client
        return client is not None and self._listening and client.is_ready() and not client.is_closed()

    def unready(self) -> str | None:
        """Why no commands arrive, None while they do."""
        if self.connected:
            return None
        return "the gateway is not connected" + (f" ({self._trouble})" if self._trouble else "")

    async def _logged_in(self) -> discord.Client:
        count, mine = self._shards
        client = (
            _Client(self._answers, self._life, self._quiet)
            if count == 1
            else _Sharded(self._answers, self._life, self._quiet, shard_count=count, shard_ids=mine)
        )
        tree = app_commands.CommandTree(client)
        tree.error(self._answers.failed)
        add_commands(tree, self._desk.commands, self._answers.command, self._answers.complete)
        if any(command.name == "summarize" for command in self._desk.commands):
            add_menu(tree, N_("Summarize"), self._answers.on_message)
        _spare_events(client)
        try:
            await client.login(self._token)
        except BaseException:
            await client.close()
            raise
        self._client = client
        if self._listens:
            self._stop_offering()
            self._offering = asyncio.create_task(self._offer(tree), name="discord commands")
        return client

    async def _offer(self, tree: app_commands.CommandTree[Any]) -> None:
        """Register the commands, again and again until Discord takes them. Digests go out and what was
        registered before is answered meanwhile."""
        await tree.set_translator(Translator())
        pause = _FIRST_PAUSE
        while True:
            try:
                await tree.sync()
            except Exception as error:
                expected = isinstance(error, _TROUBLE)
                _log.warning(
                    "Discord did not take the commands; digests and the commands it knows go on. "
                    "Trying again in %.0f s: %s",
                    pause, error, exc_info=None if expected else error,
                )  # fmt: skip
            else:
                return
            finally:
                self._offered.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_OFFER)

    def _stop_offering(self) -> None:
        if self._offering is not None:
            self._offering.cancel()

    async def _serve(self, client: discord.Client | None) -> None:
        """Keep logged in; discord.py itself keeps the connection and resumes it. Whatever it raises,
        it is tried again."""
        now = asyncio.get_running_loop().time
        pause, fresh, stale = _FIRST_PAUSE, client, None
        while True:
            began = now()
            if fresh is None:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                client, fresh = fresh or await self._logged_in(), None
                if stale is not None:  # it went on sending
                    await stale.close()
                stale = client
                if not self._listens:
                    return
                self._listening = True
                await client.connect()
                self._trouble = "it closed the connection"
            except Exception as error:
                if isinstance(error, discord.LoginFailure | discord.PrivilegedIntentsRequired):
                    pause = _REFUSED_PAUSE
                elif now() - began > 2 * _LONGEST_PAUSE:
                    pause = _FIRST_PAUSE
                self._say(error, pause)
            finally:
                self._listening = False

    def _say(self, error: Exception, pause: float) -> None:
        self._trouble = type(error).__name__
        if isinstance(error, discord.LoginFailure | discord.PrivilegedIntentsRequired):
            _log.error("Discord refuses the bot's token or intents; next try in %.0f s: %s", pause, error)
        elif isinstance(error, _TROUBLE):
            _log.warning("Discord: %s: %s; trying again in %.0f s", type(error).__name__, error, pause)
        else:  # what discord.py could not read, say
            _log.error("Discord: its client broke off; trying again in %.0f s", pause, exc_info=error)

    def _connected(self) -> discord.Client:
        if self._client is None:
            raise RuntimeError("Discord is not connected")
        return self._client

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)

    # ------------------------------------------------------------ ports.Channel

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        """The digest's messages; see ``bot.render.discord_messages.digest_parts``."""
        posts = chat.kind == "forum" and chat.settings.forum == "story"
        with speaking(chat.settings.language):
            below, opens = under_stories(chat)
            return digest_parts(digest, chat, posts=posts, below=below, opens=opens)

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        """The part that carries the digest's recording, as a file."""
        with speaking(chat.settings.language):
            return spoken_part(digest, chat)

    async def letter_box(self, person: str) -> str | None:
        """The private channel with a person; None for one who takes no messages, or is unknown."""
        if self._client is None or not self._client.is_ready():
            return None
        try:
            return str((await self._client.create_dm(discord.Object(int(person)))).id)
        except _TROUBLE as error:
            _log.info("no private channel with %s: %s", person, type(error).__name__)
            return None

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        """Post one part. A message in a forum has the id ``post/message``."""
        if self._client is None:
            return NotSent("Discord is not connected yet.")
        outcome = await self._sending.send(chat, delivery)
        if isinstance(outcome, Gone):
            self._life.gone(chat.address)
        return outcome

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        """Look for a doubtful delivery among the channel's newest messages."""
        if self._client is None:
            return Unknown("Discord is not connected yet", later=True)
        return await self._sending.find(chat, delivery)

    # ------------------------------------------------------------ conversation.Directory

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        """The channel a person names, on the server they are on."""
        return await self._places.lookup(name, here)

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        """Whether the person has Manage Channels there."""
        return await self._places.manages(chat, person)

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        """Whether the person is on its server and can see it."""
        return await self._places.present(chat, person)

    def within(self, chat: Chat) -> tuple[str, ...]:
        """A thread's channel and the server."""
        return self._places.within(chat)

    async def can_post(self, chat: Chat) -> Failure | None:
        """None when digests can be posted there; else what is missing."""
        return await self._places.can_post(chat)


def _spare_events(client: discord.Client) -> None:
    """Have an event that discord.py can't read cost only itself. Its parsers raise what they meet out of
    ``connect``, which would end all listening."""
    parsers = client._connection.parsers

    def spared(name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(data: Any) -> Any:
            try:
                return parse(data)
            except Exception:
                _log.exception("Discord: an event can't be read: %s", name)
                return None

        return read

    for name, parse in list(parsers.items()):
        parsers[name] = spared(name, parse)


class _Client(discord.Client):
    """discord.py's client with the events the desk wants, and nothing it need not read."""

    def __init__(self, answers: Answers, life: Life, quiet: float, **shards: Any) -> None:
        # The desk does not speak: what voice would need is not missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=discord.Intents(guilds=True, reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=_MOST_SLEEP,
            http_trace=watch(),
            guild_ready_timeout=quiet,
            **shards,
        )
        self._answers = answers
        self._life = life

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.guild_id is None and interaction.channel is not None:
            self._life.heard(interaction.channel)
        if interaction.type is discord.InteractionType.component:
            await self._answers.press(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self._answers.reaction(event)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        await self._answers.reaction(event)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self._life.look(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._life.look(guild)
        await self._life.greet(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._life.left(guild)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        self._life.look_at(channel)

    async def on_guild_channel_update(self, _: Any, channel: discord.abc.GuildChannel) -> None:
        self._life.look(channel.guild)  # its threads follow it

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._life.deleted(channel)

    async def on_guild_role_update(self, _: discord.Role, role: discord.Role) -> None:
        self._life.look(role.guild)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self._life.look(role.guild)

    async def on_member_update(self, _: discord.Member, member: discord.Member) -> None:
        if member == member.guild.me:
            self._life.look(member.guild)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self._life.look_at(thread)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        self._life.look_at(thread)  # so discord.py says it of an archived one that was opened again

    async def on_thread_update(self, _: discord.Thread, thread: discord.Thread) -> None:
        self._life.look_at(thread)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        self._life.deleted_thread(event.thread_id)


class _Sharded(_Client, discord.AutoShardedClient):
    """The same over several connections."""
