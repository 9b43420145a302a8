"""Discord over several connections, and without any."""

from __future__ import annotations

from discord_desk import EchoDesk, delivery

from bot.platforms.discord.chat import DiscordChat
from digests.model import Chat
from digests.ports import Sent
from tests.fakes.discord_server import DiscordServer


async def test_one_gateway_serves_its_own_shards() -> None:
    async with DiscordServer() as server:
        guilds = [server.world.add_guild(f"Guild {n}") for n in range(4)]
        chat = DiscordChat(
            server.world.token, EchoDesk().desk(), api_base=server.api_base, gateway=server.gateway_url,
            quiet=0.2, shards=2, shard_ids=(1,),
        )  # fmt: skip
        await chat.start()
        try:
            assert [session.shard for session in server.gateway.sessions.values()] == [(1, 2)]
            assert chat.connected
            mine = {guild.id for guild in guilds if (guild.id >> 22) % 2 == 1}
            assert {guild.id for guild in chat._connected().guilds} == mine
        finally:
            await chat.stop()


async def test_who_only_delivers_needs_no_gateway() -> None:
    async with DiscordServer() as server:
        guild = server.world.add_guild()
        channel = server.world.add_channel(guild, "news")
        chat = DiscordChat(
            server.world.token, EchoDesk().desk(), api_base=server.api_base, gateway=server.gateway_url
        )
        await chat.connect()
        try:
            place = Chat(platform="discord", address=str(channel.id), kind="text")
            assert isinstance(await chat.send(place, delivery("Hello")), Sent)
            assert server.gateway.identifies == 0
        finally:
            await chat.stop()
