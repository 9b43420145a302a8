"""Telegram as others pretend it: newsdesk run against the npm package telegram-test-api.

What the emulator lacks (groups, menus, files) and what it gets wrong (who the bot is, when something was
sent, empty results) is answered by a server that stands between the two and keeps what was asked.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.demo.newsroom import serve
from tests.real.rows import Row

PACKAGE = "telegram-test-api@4.2.1"
TOKEN = "4242:REAL-walk"
ROOT = Path(__file__).parents[2]
BOT = {"id": 4242, "is_bot": True, "first_name": "Newsdesk", "username": "walk_bot"}
PERSON = {"id": 7, "first_name": "Ann", "username": "ann", "is_bot": False}
CHAT = {"id": 7, "first_name": "Ann", "username": "ann", "type": "private"}
START = (
    "const found = require('telegram-test-api');"
    "const Server = found.TelegramServer || found.default || found;"
    "new Server({port: +process.argv[1], host: '127.0.0.1', storeTimeout: 3600}).start()"
    ".then(() => console.log('ready'));"
)


class Between:
    """Stands between the desk and the emulator at ``up``; ``asked`` is what the desk asked."""

    def __init__(self, up: str) -> None:
        self.up = up
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.session = aiohttp.ClientSession()

    async def answer(self, request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        raw = await request.read()
        params = dict(await request.post())
        if request.content_type == "application/json" and raw:
            params = json.loads(raw)
        if method != "getUpdates":
            self.asked.append((method, params))
        result = self.played(method, params)
        if result is None:
            kind = {"Content-Type": request.headers.get("Content-Type", "application/x-www-form-urlencoded")}
            path = f"{self.up}{request.path}"
            async with self.session.post(path, data=raw, headers=kind) as answer:
                result = self.mended(method, (await answer.json()).get("result"))
        if method == "getUpdates" and not result:
            await asyncio.sleep(0.2)
        return web.json_response({"ok": True, "result": result})

    def played(self, method: str, params: dict[str, Any]) -> Any:
        """The answer to what the emulator has not."""
        if method == "getMe":
            return BOT
        if method in ("setMyCommands", "sendChatAction", "deleteWebhook", "answerCallbackQuery"):
            return True
        if method == "editMessageText":
            now = int(time.time())
            return {"message_id": int(params["message_id"]), "date": now, "edit_date": now, "chat": CHAT,
                    "from": BOT, "text": params["text"]}  # fmt: skip
        if method in ("getChat", "getChatMember", "sendDocument", "sendPhoto"):
            return (
                {"status": "creator", "is_anonymous": False, "user": PERSON} if "Member" in method else CHAT
            )
        return None

    def mended(self, method: str, result: Any) -> Any:
        if method == "sendMessage" and isinstance(result, dict):
            return {"message_id": result["message_id"], "date": int(time.time()), "chat": CHAT, "from": BOT,
                    "text": str(result.get("text", "…"))}  # fmt: skip
        for update in result if method == "getUpdates" and isinstance(result, list) else []:
            if "callback_query" in update:
                update["callback_query"].setdefault("chat_instance", "1")
        return result

    def texts(self) -> list[str]:
        return [params["text"] for method, params in self.asked if method == "sendMessage"]


async def walk() -> AsyncIterator[Row]:
    """Starts both, says what a person says, and looks at what came back."""
    if shutil.which("npm") is None:
        yield Row("npm is there", False, "install Node.js", 0.0)
        return
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsdesk-real-")))
        code, said = await _run("npm", "install", "--no-audit", "--no-fund", PACKAGE, cwd=folder)
        yield Row(
            f"npm install {PACKAGE}",
            code == 0,
            said.strip().splitlines()[-1][:80] if said else "",
            _since(began),
        )
        if code:
            return
        port = _free_port()
        emulator = await asyncio.create_subprocess_exec("node", "-e", START, str(port), cwd=folder, stdout=-1)
        stack.push_async_callback(_end, emulator)
        assert emulator.stdout is not None
        await asyncio.wait_for(emulator.stdout.readline(), 30)
        between = Between(f"http://127.0.0.1:{port}")
        stack.push_async_callback(between.session.close)
        application = web.Application(client_max_size=1 << 24)
        application.router.add_route("*", "/{path:.*}", between.answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        newsroom = await stack.enter_async_context(serve(datetime.now(UTC)))
        config = folder / "config.toml"
        config.write_text(
            f'[store]\nurl = "{folder}/desk.sqlite3"\n[watch]\nallow_private = true\n[console]\nenabled = false\n'
            f'[chats]\ncadence = "instant"\n[telegram]\ntoken = "{TOKEN}"\n'
            f'base_url = "http://127.0.0.1:{runner.addresses[0][1]}/bot"\n',
            encoding="utf-8",
        )
        desk = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", "--config", str(config), cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
            stderr=(folder / "desk.log").open("wb"), env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        stack.push_async_callback(_end, desk)
        for words, expected in (
            ("/start", "I watch news sources"),
            ("/help", "/subscribe"),
            (f"/subscribe {newsroom.feeds[0][0]}", "now follows"),
            ("/subscriptions", newsroom.feeds[0][1]),
            (f"/summarize {newsroom.articles[0]}", "."),
            ("/settings", "zone"),
            ("/nonsense", "/help"),
        ):
            yield await _said(between, words, expected)
        yield await _pressed(between)
        yield _by_the_schema(between)
        yield Row("the desk lives", desk.returncode is None, f"{len(between.asked)} requests", _since(began))


async def _said(between: Between, words: str, expected: str) -> Row:
    began, before = time.monotonic(), len(between.texts())
    length = len(words.split()[0])
    message = {"botToken": TOKEN, "from": PERSON, "chat": CHAT, "date": int(time.time()), "text": words,
               "entities": [{"type": "bot_command", "offset": 0, "length": length}]}  # fmt: skip
    async with between.session.post(f"{between.up}/sendMessage", json=message) as answer:
        await answer.read()

    def heard() -> bool:
        return any(expected.casefold() in text.casefold() for text in between.texts()[before:])

    await _until(heard, 40)
    said = between.texts()[before:]
    held = heard()
    return Row(words[:34], held, (said[0] if said else "no answer").replace("\n", " ")[:60], _since(began))


async def _pressed(between: Between) -> Row:
    began = time.monotonic()
    keyboards = [params["reply_markup"] for _, params in between.asked if params.get("reply_markup")]
    rows = json.loads(keyboards[-1])["inline_keyboard"] if keyboards else []
    if not rows:
        return Row("a button is pressed", False, "there is none", 0.0)
    before = len(between.asked)
    press = {"botToken": TOKEN, "from": PERSON, "date": int(time.time()), "data": rows[0][0]["callback_data"],
             "message": {"message_id": 1, "date": int(time.time()), "chat": CHAT, "from": BOT, "text": "x"}}  # fmt: skip
    async with between.session.post(f"{between.up}/sendCallback", json=press) as answer:
        await answer.read()
    await _until(lambda: "answerCallbackQuery" in [method for method, _ in between.asked[before:]], 20)
    done = [method for method, _ in between.asked[before:]]
    return Row("a button is pressed", "answerCallbackQuery" in done, ", ".join(done[:4]), _since(began))


def _by_the_schema(between: Between) -> Row:
    from tests.schemas import TELEGRAM, telegram_faults

    if not TELEGRAM.is_file():
        return Row("every request fits the schema", True, "not looked at: the schema is not at hand", 0.0)
    faults = sorted({fault for method, params in between.asked for fault in telegram_faults(method, params)})
    return Row(
        "every request fits the schema",
        not faults,
        "; ".join(faults)[:120] or f"{len(between.asked)} fit",
        0.0,
    )


async def _until(true: Callable[[], bool], seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.1)


async def _run(*command: str, cwd: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=-1, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 15)
    if process.returncode is None:
        process.kill()
        await process.wait()


def _free_port() -> int:
    from tests.bot.dashboard.browsing import free_port

    return free_port()


def _since(began: float) -> float:
    return time.monotonic() - began
