"""A Telegram Bot API on loopback, as strict as the real one, for an unmodified client.

    async with TelegramServer() as server:
        server.world.add_private(7)
        ...  # point the bot at server.base_url with server.token
        server.world.say(7, 7, "/help")
        answer = await server.next_message()

As a process: ``python -m tests.fakes.telegram_server --port N --state FILE``. Every accepted
message is appended to FILE as a line of JSON. ``GET /_fake/state`` shows what happened;
``POST /_fake/do`` with ``{"call": "say", "args": [7, 7, "/help"], "more": {}}`` calls a method of
``World``, and ``{"call": "fault", "more": {...}}`` asks for a fault;
``{"call": "heal"}`` ends them all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.faults import (
    CUT_AFTER,
    CUT_BEFORE,
    FAIL_AFTER,
    FAIL_BEFORE,
    HANG_AFTER,
    HANG_BEFORE,
    SLOW,
    THROTTLE,
)
from tests.fakes.strict_telegram import Refusal
from tests.fakes.telegram_faults import Fault, Flood
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_world import Json, Place, World

TOKEN = "4242:fake-token-of-the-pretended-telegram"
_DOING = {"add_user", "add_private", "add_group", "add_channel", "say", "post", "press", "set_member", "migrate",
          "set_topic", "delete_message"}  # fmt: skip


class TelegramServer:
    """The whole fake: ``world`` is what exists, ``accepted`` every message taken, ``calls`` what came in."""

    def __init__(self, *, token: str = TOKEN, port: int = 0, state: Path | None = None) -> None:
        self.token = token
        self.world = World(int(token.split(":")[0]))
        self.flood = Flood()
        self.faults: list[Fault] = []
        self.odd: dict[str, bytes] = {}  # by method, what is answered once in place of an answer
        self.calls: list[tuple[str, Json, int]] = []  # method, parameters, status (0: cut or hung)
        self._state = state
        self._methods = Methods(self.world, self.flood, self._note)
        self._polls = 0
        self._port = port
        self._seen = 0
        self._runner: web.AppRunner | None = None

    @property
    def accepted(self) -> list[Json]:
        return self._methods.accepted

    @property
    def voices(self) -> list[bytes]:
        """Voice messages the bot sent."""
        return self._methods.voices

    @property
    def unknown(self) -> set[str]:
        """Methods that this server is too old for."""
        return self._methods.unknown

    @property
    def answers(self) -> list[Json]:
        """What was answered to presses."""
        return self._methods.answers

    @property
    def documents(self) -> dict[str, bytes]:
        """Files the bot sent, by name."""
        return self._methods.documents

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/bot"

    def fault(self, method: str, action: str, **more: Any) -> Fault:
        """Let something go wrong with the next calls of ``method`` (a pattern)."""
        self.faults.append(Fault(method, action, **more))
        return self.faults[-1]

    def count(self, method: str) -> int:
        return sum(called == method for called, _, _ in self.calls)

    async def next_message(self, seconds: float = 5.0) -> Json:
        """The next accepted message that this was not yet asked for."""
        await self.until(lambda: len(self.accepted) > self._seen, seconds)
        self._seen += 1
        return self.accepted[self._seen - 1]

    async def until(self, true: Callable[[], object], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - what is waited for may be anything
                await asyncio.sleep(0.005)

    async def __aenter__(self) -> TelegramServer:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_get("/_fake/state", self._show)
        app.router.add_post("/_fake/do", self._do)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # ------------------------------------------------------------ answering

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _refused(Refusal(401, "Unauthorized"))
        params = await _params(request)
        fault = self._fault(method, params)
        response = await self._carried_out(request, method, params, fault)
        self.calls.append((method, params, response.status if response else 0))
        if response is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return response

    async def _carried_out(
        self, request: web.Request, method: str, params: Json, fault: Fault | None
    ) -> web.Response | None:
        action = fault.action if fault else ""
        if fault and action == THROTTLE:
            wait = fault.retry_after
            return _refused(Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait))
        if fault and action == FAIL_BEFORE:
            return _refused(Refusal(fault.status, fault.description))
        if action == CUT_BEFORE:
            return None
        if action == HANG_BEFORE:
            await asyncio.Event().wait()
        if method in self.odd:
            return web.Response(body=self.odd.pop(method), content_type="application/json")
        if fault and action == SLOW:
            await asyncio.sleep(fault.delay)
        try:
            result = (
                await self._updates(params) if method == "getUpdates" else self._methods.call(method, params)
            )
            response = web.json_response({"ok": True, "result": result})
        except Refusal as refusal:
            response = _refused(refusal)
        if fault and action == FAIL_AFTER:
            return _refused(Refusal(fault.status, fault.description))
        if action == CUT_AFTER:
            return None
        if action == HANG_AFTER:
            self.calls.append((method, params, 0))
            await asyncio.Event().wait()
        return response

    def _fault(self, method: str, params: Json) -> Fault | None:
        chat = params.get("chat_id")
        number = int(chat) if chat is not None and re.fullmatch(r"-?\d+", str(chat)) else None
        for fault in self.faults:
            if fault.meets(method, number):
                fault.times -= 1
                fault.met += 1
                return fault
        return None

    async def _updates(self, params: Json) -> list[Json]:
        """The long poll: a second one ends the first, as on the real server."""
        self._polls += 1
        mine = self._polls
        offset = int(params.get("offset", 0))
        if self.world.numbered_anew and all(offset > u["update_id"] + 1 for u in self.world.updates):
            offset = 0
        self.world.updates[:] = [update for update in self.world.updates if update["update_id"] >= offset]
        wanted = params.get("allowed_updates") or []
        deadline = asyncio.get_running_loop().time() + float(params.get("timeout", 0))
        while True:
            self.world.news.clear()
            if mine != self._polls:
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            ready = [u for u in self.world.updates if not wanted or any(kind in u for kind in wanted)]
            left = deadline - asyncio.get_running_loop().time()
            if ready or left <= 0:
                return ready[: int(params.get("limit", 100))]
            try:
                async with asyncio.timeout(min(left, 0.2)):
                    await self.world.news.wait()
            except TimeoutError:
                continue

    async def _file(self, request: web.Request) -> web.Response:
        data = self.world.files.get(request.match_info["path"].removeprefix("documents/"))
        if request.match_info["token"] != self.token or data is None:
            return web.Response(status=404)
        return web.Response(body=data)

    # ------------------------------------------------------------ from another process

    def _note(self, message: Json) -> None:
        if self._state is not None:
            with self._state.open("a", encoding="utf-8") as file:
                file.write(json.dumps(message, ensure_ascii=False) + "\n")

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "accepted": self.accepted,
                "calls": [[method, status] for method, _, status in self.calls],
                "throttled": sum(status == 429 for _, _, status in self.calls),
                "faults": [asdict(fault) for fault in self.faults],
                "messages": {str(p.id): list(p.messages.values()) for p in self.world.places.values()},
            }
        )

    async def _do(self, request: web.Request) -> web.Response:
        body = await request.json()
        call, args, more = body["call"], body.get("args", []), body.get("more", {})
        if call == "fault":
            self.fault(**more)
            return web.json_response({"ok": True})
        if call == "heal":
            faults, self.faults = self.faults, []
            return web.json_response({"ok": True, "met": sum(fault.met for fault in faults)})
        if call == "flood":
            self.flood.on = bool(more.get("on", True))
            return web.json_response({"ok": True})
        if call not in _DOING:
            raise web.HTTPNotFound
        result = getattr(self.world, call)(*args, **more)
        return web.json_response(
            {"ok": True, "result": result.json() if isinstance(result, Place) else result}
        )


async def _params(request: web.Request) -> Json:
    if request.content_type == "application/json":
        given: Json = await request.json()
    else:
        given = {**request.query, **await request.post()}
    params: Json = {}
    for key, value in given.items():
        params[key] = value
        if isinstance(value, str) and value[:1] in ("[", "{"):
            try:
                params[key] = json.loads(value)
            except ValueError:
                params[key] = value  # a text that begins with a bracket
    if isinstance(given.get("text"), str):
        params["text"] = given["text"]
    if isinstance(given.get("caption"), str):
        params["caption"] = given["caption"]
    return params


def _refused(refusal: Refusal) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.code)


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A Telegram Bot API on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--flood", action="store_true", help="hold the real flood limits")
    options = parser.parse_args()
    async with TelegramServer(port=options.port, state=options.state) as server:
        server.flood.on = options.flood
        print(json.dumps({"base_url": server.base_url, "token": server.token}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
