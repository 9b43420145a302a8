"""Steering the fake Discord from another process, over HTTP under ``/_fake``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.discord_rest import answer
from tests.fakes.discord_world import NEWS, TEXT, Channel, Guild, Role, User, World

if TYPE_CHECKING:
    from tests.fakes.discord_server import DiscordServer


class Control:
    """``GET state``; ``POST slash``, ``fault``, ``heal``, ``drop`` and ``channel``, each with a JSON object."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/_fake/state", self._state)
        app.router.add_post("/_fake/slash", self._slash)
        app.router.add_post("/_fake/fault", self._fault)
        app.router.add_post("/_fake/heal", self._heal)
        app.router.add_post("/_fake/drop", self._drop)
        app.router.add_post("/_fake/channel", self._channel)

    async def _state(self, _: web.Request) -> web.Response:
        return answer(snapshot(self.server))

    async def _slash(self, request: web.Request) -> web.Response:
        """``{"path", "user", "channel", "options"}``: answers with the replies once they stand."""
        data, world = await request.json(), self.server.world
        one = await self.server.slash(
            data["path"], world.users[int(data["user"])], world.channels[int(data["channel"])],
            **data.get("options", {}),
        )  # fmt: skip
        await self.server.answered(one, within=data.get("timeout", 30.0))
        return answer({"after": one.after, "replies": one.replies})

    async def _fault(self, request: web.Request) -> web.Response:
        self.server.fault(**await request.json())
        return web.Response(status=204)

    async def _heal(self, _: web.Request) -> web.Response:
        """End all faults; how many requests met them."""
        faults, self.server.faults = self.server.faults, []
        return answer({"met": sum(one.met for one in faults)})

    async def _drop(self, request: web.Request) -> web.Response:
        await self.server.gateway.drop(**await request.json())
        return web.Response(status=204)

    async def _channel(self, request: web.Request) -> web.Response:
        """``{"guild", "name", "type", "count"}``: adds channels and answers with their ids."""
        data, world = await request.json(), self.server.world
        guild = world.guilds[int(data["guild"])] if "guild" in data else next(iter(world.guilds.values()))
        added = []
        for number in range(data.get("count", 1)):
            name = f"{data.get('name', 'news')}-{number}"
            channel = world.add_channel(guild, name, NEWS if data.get("type") == "news" else TEXT)
            await self.server.gateway.dispatch("CHANNEL_CREATE", channel.json())
            added.append(str(channel.id))
        return answer({"channels": added})


def snapshot(server: DiscordServer) -> dict[str, Any]:
    """All that a benchmark asks for, as JSON."""
    world = server.world
    return {
        "token": world.token, "bot": str(world.bot.id),
        "guilds": [
            {"id": str(one.id), "name": one.name, "owner": str(one.owner.id),
             "roles": [[str(r.id), r.name, str(r.permissions)] for r in one.roles.values()],
             "members": {str(who): [str(r) for r in roles] for who, roles in one.members.items()},
             "channels": [[str(c.id), c.name, c.type] for c in one.channels.values() if not c.is_thread]}
            for one in world.guilds.values()
        ],
        "users": {str(one.id): one.name for one in world.users.values()},
        "accepted": server.rest.accepted, "edits": server.rest.edits, "pings": server.rest.pings,
        "published": [str(one) for one in server.rest.published], "deduplicated": server.rest.deduplicated,
        "commands": [one["name"] for one in server.rest.commands], "requests": len(server.log.requests),
        "invalid": server.log.invalid,
        "throttled": sum(status == 429 for _, _, status in server.log.requests),
        "identifies": server.gateway.identifies, "resumes": server.gateway.resumes,
    }  # fmt: skip


def load(state: dict[str, Any]) -> World:
    """The world a snapshot describes; messages are not taken over."""
    world = World(state.get("token", "token"))
    if "bot" in state:
        world.bot = User(int(state["bot"]), "newsdesk", bot=True)
        world.users = {world.bot.id: world.bot}
    for user, name in state.get("users", {}).items():
        if int(user) != world.bot.id:
            world.users[int(user)] = User(int(user), name)
    for one in state.get("guilds", ()):
        guild = Guild(int(one["id"]), one["name"], world.users[int(one["owner"])])
        guild.roles = {int(i): Role(int(i), name, int(rights)) for i, name, rights in one["roles"]}
        guild.members = {int(who): {int(r) for r in roles} for who, roles in one["members"].items()}
        world.guilds[guild.id] = guild
        for channel_id, name, kind in one["channels"]:
            channel = Channel(int(channel_id), guild.id, name, kind)
            guild.channels[channel.id] = world.channels[channel.id] = channel
            world.messages[channel.id] = []
    return world


async def serve(
    port: int, world: World, limit: tuple[int, float], overall: tuple[int, float]
) -> dict[str, Any]:
    """Serve until SIGTERM or SIGINT; gives what happened."""
    from tests.fakes.discord_server import DiscordServer

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = DiscordServer(world, message_limit=limit, overall_limit=overall)
    await server.start(port)
    print(json.dumps({"api_base": server.api_base, "gateway": server.gateway_url}), flush=True)
    await stop.wait()
    await server.stop()
    return snapshot(server)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A strict Discord on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--message-limit", default="5/5", help="messages/seconds, a channel")
    parser.add_argument("--overall-limit", default="50/1", help="requests/seconds, all together")
    args = parser.parse_args()
    message, overall = (
        (int(one.split("/")[0]), float(one.split("/")[1])) for one in (args.message_limit, args.overall_limit)
    )
    file: Path = args.state
    if file.exists():
        world = load(json.loads(file.read_text()))
    else:
        world = World()
        world.add_channel(world.add_guild("Benchmark"), "news")
    file.write_text(json.dumps(asyncio.run(serve(args.port, world, message, overall))))
