"""What happens to a Discord chat, through the whole desk: its digests pause, come back, and are never deleted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from digests.deliver.decide import new_nonce
from digests.desk import Desk
from digests.model import Chat, Delivery, Digest, Part, Source, Subscription
from tests.bot.conftest import open_desk
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import MANAGE_THREADS, PUBLIC_THREAD, SEND, Channel, Guild, Role

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


@dataclass
class Life:
    """A server with one subscribed channel, or a thread of it."""

    server: DiscordServer
    desk: Desk
    guild: Guild
    channel: Channel
    chat: Chat

    @property
    def role(self) -> Role:
        return next(one for one in self.guild.roles.values() if one.name == "newsdesk")

    async def deliver(self) -> None:
        """A digest of one message."""
        payload = json.dumps({"content": "News", "embeds": [], "name": "News", "silent": False})
        part = Part(payload=payload, plain="News")
        delivery = Delivery(digest_id=0, chat_id=self.chat.id, part=0, content=part, nonce=new_nonce())
        digest = Digest(chat_id=self.chat.id, created=self.desk.clock(), items=())
        await self.desk.store.digests.compose(digest, (delivery,), (), None, self.desk.clock())
        await self.desk.outbox.deliver_due()

    @property
    def told(self) -> int:
        return sum(m["content"] == "News" for m in self.server.rest.accepted)

    async def paused(self) -> str | None:
        known = await self.desk.store.chats.get(self.chat.id)
        assert known is not None
        return known.paused

    async def until_paused(self, paused: bool) -> str:
        async with asyncio.timeout(5):
            while bool(reason := await self.paused()) is not paused:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return str(reason)

    async def change_thread(self, **values: bool) -> None:
        for name, value in values.items():
            setattr(self.channel, name, value)
        await self.server.gateway.dispatch("THREAD_UPDATE", self.channel.json())


@asynccontextmanager
async def life(folder: Path, *, thread: bool = False) -> AsyncIterator[Life]:
    server = DiscordServer()
    guild = server.world.add_guild("Town")
    channel = server.world.add_channel(guild, "news")
    if thread:
        owner = server.world.add_member(guild, "reader")
        channel = server.world.add_channel(
            guild, "talk", PUBLIC_THREAD, parent_id=channel.id, owner_id=owner.id
        )
    async with server:
        tables = {
            "token": SecretStr(server.world.token),
            "api_base": server.api_base,
            "gateway": server.gateway_url,
        }
        async with open_desk(folder, (), console=False, discord=tables) as (app, _):
            await app.start()
            desk, store = app.desk, app.desk.store
            source = await store.sources.add(Source(url="https://town.example/feed"), desk.clock())
            chat = Chat(platform="discord", address=str(channel.id), kind="thread" if thread else "text")
            chat = await store.chats.ensure(chat, desk.clock())
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), desk.clock())
            one = Life(server, desk, guild, channel, chat)
            await one.deliver()
            assert one.told == 1
            yield one
            assert len(await store.subscriptions.of_chat(chat.id)) == 1


Act = Callable[[Life], Awaitable[object]]


async def take_rights(at: Life) -> None:
    at.role.permissions &= ~MANAGE_THREADS
    await at.change_thread(archived=True, locked=True)


@pytest.mark.parametrize(
    ("thread", "lose", "reason", "give_back"),
    [
        (False, lambda at: at.server.kick(at.guild), "removed from the server",
         lambda at: at.server.invite(at.guild)),
        (False, lambda at: at.server.overwrite(at.channel, at.role, deny=SEND), "I lack Send Messages in #news",
         lambda at: at.server.overwrite(at.channel, at.role)),
        (False, lambda at: at.server.set_roles(at.guild, at.server.world.bot), "I lack Embed Links in #news",
         lambda at: at.server.set_roles(at.guild, at.server.world.bot, at.role)),
        (True, take_rights, "archived and I can't open it again",
         lambda at: at.change_thread(archived=False, locked=False)),
    ],
    ids=["kicked", "no right to post", "role lost", "thread locked"],
)  # fmt: skip
async def test_a_chat_lost_pauses_with_a_reason_and_comes_back(
    tmp_path: Path, thread: bool, lose: Act, reason: str, give_back: Act
) -> None:
    async with life(tmp_path, thread=thread) as at:
        await lose(at)
        await at.deliver()
        assert reason in await at.until_paused(True)
        await at.deliver()
        assert at.told == 1
        await give_back(at)
        await at.until_paused(False)
        await at.desk.outbox.deliver_due()
        assert at.told == 3


@pytest.mark.parametrize("thread", [False, True])
async def test_a_deleted_channel_pauses_and_its_subscriptions_stay(tmp_path: Path, thread: bool) -> None:
    async with life(tmp_path, thread=thread) as at:
        await at.server.delete_channel(at.channel)
        assert "deleted" in await at.until_paused(True)
        await at.deliver()
        assert at.told == 1


async def test_a_channel_deleted_while_the_desk_was_away_pauses_at_the_next_digest(tmp_path: Path) -> None:
    async with life(tmp_path) as at:
        at.server.world.remove_channel(at.channel)
        await at.deliver()
        assert "deleted" in await at.until_paused(True)


async def test_an_archived_thread_is_opened_by_posting(tmp_path: Path) -> None:
    async with life(tmp_path, thread=True) as at:
        await at.change_thread(archived=True)
        await at.deliver()
        assert (at.told, await at.paused(), at.channel.archived) == (2, None, False)


@pytest.mark.parametrize("status", [400, 403])
async def test_a_locked_thread_pauses_and_goes_on_when_it_is_unlocked(tmp_path: Path, status: int) -> None:
    async with life(tmp_path, thread=True) as at:
        at.server.fault(r"POST /channels/\d+/messages", "fail_before", status=status, code=160005)
        await at.deliver()
        assert "locked" in await at.until_paused(True)
        await at.change_thread(locked=False)
        await at.until_paused(False)
        await at.desk.outbox.deliver_due()
        assert at.told == 2
