"""A Discord on loopback, as strict as the real one: REST and gateway for an unmodified discord.py.

    async with DiscordServer() as server:
        guild = server.world.add_guild()
        channel = server.world.add_channel(guild, "news")
        ...  # point discord.py at server.api_base and server.gateway_url
        asked = await server.slash("sources list", guild.owner, channel)

As a process: ``python -m tests.fakes.discord_server --port 8080 --state FILE``. FILE is JSON as
``Control.load`` reads it (made with one guild where it does not exist); at the end the accepted
messages are written to it. What happened can be asked at ``/_fake/state`` meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.discord_control import Control
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_pace import Pace
from tests.fakes.discord_people import People
from tests.fakes.discord_rest import Refusal, Rest, answer, payload
from tests.fakes.discord_world import World
from tests.fakes.faults import CUT_AFTER, FAIL_AFTER, FAIL_BEFORE, HANG_AFTER, HANG_BEFORE, SLOW, THROTTLE


@dataclass
class Fault:
    """Goes wrong for the next ``times`` requests whose ``METHOD path`` matches ``pattern``."""

    pattern: str
    action: str
    times: int = 1
    status: int = 500
    delay: float = 0.0  # seconds: of SLOW, or what THROTTLE asks to wait
    whole: bool = False  # THROTTLE: a global one
    via: bool = True  # without, a 429 looks like Cloudflare's ban
    code: int = 0
    message: str = "Internal Server Error"
    met: int = 0


@dataclass
class Log:
    """What came in: ``(method, path, status)``; a status of 0 is a connection that was cut."""

    requests: list[tuple[str, str, int]] = field(default_factory=list)
    bodies: list[tuple[str, str, Any]] = field(default_factory=list)  # the same in JSON, with what was sent

    @property
    def invalid(self) -> int:
        """Requests that count towards a ban: 401, 403 and 429 answers."""
        return sum(status in (401, 403, 429) for _, _, status in self.requests)

    def count(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, f"{method} {path}")) for method, path, _ in self.requests)


class DiscordServer(People):
    """The whole fake: ``world`` is what exists, ``rest`` what was accepted, ``log`` what came in."""

    def __init__(
        self,
        world: World | None = None,
        *,
        message_limit: tuple[int, float] = (5, 5.0),
        overall_limit: tuple[int, float] = (50, 1.0),
    ) -> None:
        self.world = world or World()
        self.rest = Rest(self.world)
        self.gateway = Gateway(self.world)
        self.pace = Pace(message_limit, overall_limit)
        self.log = Log()
        self.faults: list[Fault] = []
        self.files: dict[str, bytes] = {}  # what people attached, served under /cdn/NAME
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()

    # ------------------------------------------------------------ life

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._around])
        r, u, c = app.router, "/api/v10", "/api/v10/channels/{channel}"
        r.add_get("/gateway/", self.gateway.connect)
        r.add_get(f"{u}/gateway/bot", self._gateway)
        r.add_get(f"{u}/users/@me", self._me)
        r.add_get(f"{u}/oauth2/applications/@me", self._application)
        r.add_put(f"{u}/applications/{{app}}/commands", self._commands)
        r.add_post(f"{u}/users/@me/channels", self._dm)
        r.add_get(c, self._get_channel)
        r.add_patch(c, self._change_channel)
        r.add_get(f"{c}/messages", self._history)
        r.add_post(f"{c}/messages", self._create)
        r.add_get(f"{c}/messages/{{message}}", self._message)
        r.add_patch(f"{c}/messages/{{message}}", self._edit)
        r.add_post(f"{c}/messages/{{message}}/crosspost", self._publish)
        r.add_post(f"{c}/typing", self._typing)
        r.add_post(f"{c}/threads", self._thread)
        r.add_get(f"{u}/guilds/{{guild}}", self._guild)
        r.add_get(f"{u}/guilds/{{guild}}/threads/active", self._active)
        r.add_get(f"{u}/guilds/{{guild}}/members/{{user}}", self._member)
        r.add_get(f"{u}/guilds/{{guild}}/roles", self._roles)
        r.add_post(f"{u}/interactions/{{id}}/{{token}}/callback", self._callback)
        hook = f"{u}/webhooks/{{app}}/{{token}}"
        r.add_post(hook, self._follow_up)
        r.add_get(f"{hook}/messages/{{message}}", self._get_reply)
        r.add_patch(f"{hook}/messages/{{message}}", self._edit_reply)
        r.add_delete(f"{hook}/messages/{{message}}", self._delete_reply)
        r.add_get("/cdn/{name}", self._file)
        Control(self).routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.02, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.gateway.url = self.gateway_url

    async def stop(self) -> None:
        self._released.set()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> DiscordServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway/"

    def fault(self, pattern: str, action: str, **more: Any) -> Fault:
        """Let something go wrong; see ``Fault``."""
        one = Fault(pattern, action, **more)
        self.faults.append(one)
        return one

    # ------------------------------------------------------------ around every request

    @web.middleware
    async def _around(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not request.path.startswith("/api/"):
            return await handler(request)
        path = request.path.removeprefix("/api/v10")
        raw = await request.read()
        if request.content_type == "application/json":
            self.log.bodies.append((request.method, path, json.loads(raw) if raw else None))
        response = await self._with_faults(request, path, handler)
        self.log.requests.append((request.method, path, 0 if response is None else response.status))
        if response is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return response

    async def _with_faults(
        self, request: web.Request, path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse | None:
        fault = self._fault(f"{request.method} {path}")
        if fault is None:
            return await self._guarded(request, path, handler)
        if fault.action == THROTTLE:
            return self._throttled(fault.delay, everyone=fault.whole, via=fault.via)
        if fault.action == SLOW:
            await asyncio.sleep(fault.delay)
        if fault.action in (CUT_AFTER, HANG_AFTER, FAIL_AFTER, SLOW):
            response = await self._guarded(request, path, handler)
            if fault.action == SLOW:
                return response
        if fault.action in (HANG_BEFORE, HANG_AFTER):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), 120)
        if fault.action in (FAIL_BEFORE, FAIL_AFTER):
            return answer({"code": fault.code, "message": fault.message}, fault.status)
        return None

    def _fault(self, line: str) -> Fault | None:
        for one in self.faults:
            if one.met < one.times and re.search(one.pattern, line):
                one.met += 1
                return one
        return None

    def _throttled(
        self, wait: float, headers: dict[str, str] | None = None, *, everyone: bool = False, via: bool = True
    ) -> web.Response:
        response = answer(
            {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": everyone}, 429,
            {**(headers or {}), "Retry-After": f"{wait:.3f}",
             "X-RateLimit-Scope": "global" if everyone else "user"},
        )  # fmt: skip
        if not via:
            del response.headers["Via"]
        return response

    async def _guarded(
        self, request: web.Request, path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        headers: dict[str, str] = {}
        if not path.startswith(("/interactions/", "/webhooks/")):
            if request.headers.get("Authorization") != f"Bot {self.world.token}":
                return answer({"message": "401: Unauthorized", "code": 0}, 401)
            found = re.fullmatch(r"/channels/(\d+)/(messages|threads)(/\d+)?(/\w+)?", path)
            if found:
                kind = f"{request.method} {found[2]}{'/id' if found[3] else ''}{found[4] or ''}"
                headers, wait, everyone = self.pace.take(f"{kind}:{found[1]}")
                if wait > 0:
                    return self._throttled(wait, headers, everyone=everyone)
        if request.can_read_body and request.headers.get("Content-Type") != "application/json":
            return answer({"message": "Bad content type", "code": 50035}, 400, headers)
        try:
            response = await handler(request)
        except Refusal as refusal:
            return answer(refusal.body(), refusal.status, headers)
        except web.HTTPException as missing:
            return answer({"message": f"{missing.status}: {missing.reason}", "code": 0}, missing.status)
        response.headers.update(headers)
        return response

    # ------------------------------------------------------------ routes

    async def _me(self, _: web.Request) -> web.Response:
        return answer(self.world.bot.json() | {"verified": True, "mfa_enabled": True, "locale": "en-US"})

    async def _gateway(self, _: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        return answer({"url": self.gateway_url, "shards": 1, "session_start_limit": limit})

    async def _guild(self, request: web.Request) -> web.Response:
        guild = self.world.guilds.get(int(request.match_info["guild"]))
        if guild is None:
            raise Refusal(403, 50001, "Missing Access")
        return answer(self.world.guild_json(guild))

    async def _application(self, _: web.Request) -> web.Response:
        return answer({
            "id": str(self.world.bot.id), "name": "newsdesk", "icon": None, "description": "", "summary": "",
            "bot_public": True, "bot_require_code_grant": False, "verify_key": "00", "flags": 0,
            "owner": self.world.bot.json(), "team": None, "rpc_origins": [],
        })  # fmt: skip

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["name"]])

    async def _commands(self, request: web.Request) -> web.Response:
        return answer(self.rest.put_commands(await request.json()))

    async def _dm(self, request: web.Request) -> web.Response:
        user = self.world.users[int((await request.json())["recipient_id"])]
        for channel in self.world.channels.values():
            if channel.recipient is user:
                return answer(channel.json())
        return answer(self.world.add_dm(user).json())

    async def _get_channel(self, request: web.Request) -> web.Response:
        return answer(self.rest.channel(request.match_info["channel"]).json())

    async def _change_channel(self, request: web.Request) -> web.Response:
        return answer(self.rest.change_channel(request.match_info["channel"], await request.json()))

    async def _history(self, request: web.Request) -> web.Response:
        return answer(self.rest.history(request.match_info["channel"], dict(request.query)))

    async def _message(self, request: web.Request) -> web.Response:
        channel = self.rest.channel(request.match_info["channel"])
        return answer(self.rest._public(self.rest.message(channel, request.match_info["message"])))

    async def _create(self, request: web.Request) -> web.Response:
        return answer(self.rest.create(request.match_info["channel"], await payload(request)))

    async def _edit(self, request: web.Request) -> web.Response:
        info = request.match_info
        return answer(self.rest.edit(info["channel"], info["message"], await request.json()))

    async def _publish(self, request: web.Request) -> web.Response:
        return answer(self.rest.publish(request.match_info["channel"], request.match_info["message"]))

    async def _typing(self, request: web.Request) -> web.Response:
        self.rest.typing.append(self.rest.channel(request.match_info["channel"]).id)
        return web.Response(status=204)

    async def _thread(self, request: web.Request) -> web.Response:
        return answer(self.rest.start_thread(request.match_info["channel"], await request.json()), 201)

    async def _active(self, request: web.Request) -> web.Response:
        return answer(self.rest.active_threads(request.match_info["guild"]))

    async def _member(self, request: web.Request) -> web.Response:
        return answer(self.rest.member(request.match_info["guild"], request.match_info["user"]))

    async def _roles(self, request: web.Request) -> web.Response:
        guild = self.world.guilds.get(int(request.match_info["guild"]))
        if guild is None:
            raise Refusal(403, 50001, "Missing Access")
        return answer([one.json() for one in guild.roles.values()])

    async def _callback(self, request: web.Request) -> web.Response:
        info = request.match_info
        one = self.rest.callback(info["id"], info["token"], await request.json())
        if request.query.get("with_response") not in ("1", "true"):
            return web.Response(status=204)
        assert one.callback is not None
        kind = one.callback["type"]
        body: dict[str, Any] = {"interaction": {
            "id": str(one.id), "type": one.data["type"], "response_message_loading": kind == 5,
            "response_message_ephemeral": bool(((one.callback.get("data") or {}).get("flags") or 0) & 64),
        }, "resource": {"type": kind}}  # fmt: skip
        if kind in (4, 7) and one.original is not None:
            body["interaction"]["response_message_id"] = one.original["id"]
            body["resource"]["message"] = self.rest._public(one.original)
        return answer(body)

    async def _follow_up(self, request: web.Request) -> web.Response:
        return answer(self.rest.follow_up(request.match_info["token"], await payload(request)))

    async def _get_reply(self, request: web.Request) -> web.Response:
        one = self.rest._answered(request.match_info["token"])
        return answer(self.rest._public(self.rest._reply(one, request.match_info["message"])))

    async def _edit_reply(self, request: web.Request) -> web.Response:
        info = request.match_info
        return answer(self.rest.edit_reply(info["token"], info["message"], await payload(request)))

    async def _delete_reply(self, request: web.Request) -> web.Response:
        self.rest.delete_reply(request.match_info["token"], request.match_info["message"])
        return web.Response(status=204)


if __name__ == "__main__":
    from tests.fakes.discord_control import main

    main()
