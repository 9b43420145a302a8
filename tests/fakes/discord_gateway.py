"""The gateway half of the fake Discord: one WebSocket a connection, sessions that can be resumed."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.fakes.discord_world import World

GUILDS_INTENT = 1


class Session:
    """What survives a connection: the events sent so far, so that a RESUME can replay the rest."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(16)
        self.intents = 0
        self.seq = 0
        self.sent: list[dict[str, Any]] = []
        self.socket: Socket | None = None
        self.shard: tuple[int, int] = (0, 1)  # which of how many

    def has(self, guild: int) -> bool:
        """Whether a server's events come here; 0, a private chat's, to the first."""
        number, count = self.shard
        return (guild >> 22) % count == number


class Socket:
    """One connection: a zlib stream, flushed after each message."""

    def __init__(self, ws: web.WebSocketResponse, compressed: bool) -> None:
        self.ws = ws
        self._zlib = zlib.compressobj() if compressed else None
        self._lock = asyncio.Lock()

    async def send(self, message: dict[str, Any]) -> None:
        raw = json.dumps(message).encode()
        async with self._lock:
            if self.ws.closed:
                return
            try:
                if self._zlib is None:
                    await self.ws.send_str(raw.decode())
                else:
                    data = self._zlib.compress(raw) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.ws.send_bytes(data)
            except ConnectionError:
                return


class Gateway:
    """Takes connections and dispatches events to every session, kept for those away."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.resumes = 0
        self.heartbeats = 0
        self.refuse = False  # answer connections with 503
        self.url = ""
        self._ready = asyncio.Event()

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.refuse:
            return web.Response(status=503)
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            return web.Response(status=400)
        ws = web.WebSocketResponse(max_msg_size=4096)
        await ws.prepare(request)
        socket = Socket(ws, request.query.get("compress") == "zlib-stream")
        await socket.send({"op": 10, "d": {"heartbeat_interval": 41_250, "_trace": []}, "s": None, "t": None})
        session: Session | None = None
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                await ws.close(code=4002, message=b"Decode error.")
                break
            data = json.loads(message.data)
            if data["op"] == 1:
                self.heartbeats += 1
                await socket.send({"op": 11, "d": None, "s": None, "t": None})
            elif data["op"] == 2:
                session = await self._identify(socket, data["d"])
            elif data["op"] == 6:
                session = await self._resume(socket, data["d"])
            elif data["op"] not in (3, 4, 8):
                await ws.close(code=4001, message=b"Unknown opcode.")
        if session is not None and session.socket is socket:
            session.socket = None
        return ws

    async def _identify(self, socket: Socket, data: dict[str, Any]) -> Session | None:
        if data.get("token") != self.world.token:
            await socket.ws.close(code=4004, message=b"Authentication failed.")
            return None
        self.identifies += 1
        session = Session()
        session.shard = tuple(data.get("shard", (0, 1)))
        number, count = session.shard
        if not 0 <= number < count:
            await socket.ws.close(code=4010, message=b"Invalid shard.")
            return None
        self.sessions = {
            id_: one
            for id_, one in self.sessions.items()
            if one.shard[1] == count > 1 and one.shard != session.shard
        }
        session.intents = data["intents"]
        session.socket = socket
        self.sessions[session.id] = session
        bot = self.world.bot
        await self._send(session, "READY", {
            "v": 10, "user": bot.json(), "session_id": session.id, "resume_gateway_url": self.url,
            "guilds": [{"id": str(one), "unavailable": True} for one in self.world.guilds if session.has(one)],
            "application": {"id": str(bot.id), "flags": 0}, "shard": list(session.shard),
            "private_channels": [], "presences": [], "relationships": [],
        })  # fmt: skip
        if data["intents"] & GUILDS_INTENT:
            for guild in [one for one in self.world.guilds.values() if session.has(one.id)]:
                await self._send(session, "GUILD_CREATE", self.world.guild_json(guild))
        self._ready.set()
        return session

    async def _resume(self, socket: Socket, data: dict[str, Any]) -> Session | None:
        session = self.sessions.get(data.get("session_id", ""))
        if session is None or data.get("token") != self.world.token:
            await socket.send({"op": 9, "d": False, "s": None, "t": None})
            return None
        self.resumes += 1
        session.socket = socket
        for message in [one for one in session.sent if one["s"] > (data.get("seq") or 0)]:
            await socket.send(message)
        await self._send(session, "RESUMED", {"_trace": []})
        return session

    async def _send(self, session: Session, event: str, data: dict[str, Any]) -> None:
        session.seq += 1
        message = {"op": 0, "t": event, "s": session.seq, "d": data}
        session.sent = [*session.sent[-500:], message]
        if session.socket is not None:
            await session.socket.send(message)

    async def dispatch(self, event: str, data: dict[str, Any], needs: int = 0) -> None:
        """Send an event to the bot if it asked for such; while it is away it waits for a RESUME."""
        for session in self.sessions.values():
            guild = int(data.get("guild_id") or 0)
            if session.intents & needs == needs and session.has(guild):
                await self._send(session, event, data)

    async def wait_ready(self) -> None:
        """Until a client has identified and was sent its guilds."""
        await self._ready.wait()

    async def drop(self, *, resumable: bool = True, ask: bool = False) -> None:
        """End every connection; ``ask`` with RECONNECT (op 7), else by closing it (4000).

        Not ``resumable``: the session is forgotten, so that a RESUME meets INVALID SESSION.
        """
        sockets = [one.socket for one in self.sessions.values() if one.socket is not None]
        for session in self.sessions.values():
            session.socket = None
        if not resumable:
            self.sessions.clear()
            self._ready.clear()
        for socket in sockets:
            if ask:
                await socket.send({"op": 7, "d": None, "s": None, "t": None})
            else:
                await socket.ws.close(code=4000, message=b"Unknown error.")

    async def close(self) -> None:
        for session in self.sessions.values():
            if session.socket is not None:
                await session.socket.ws.close(code=WSCloseCode.GOING_AWAY)
