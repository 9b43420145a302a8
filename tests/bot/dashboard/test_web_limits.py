"""What strangers may cost the web server: nothing is read for long, and nobody is kept out."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import logs
from bot.dashboard import app as web
from bot.dashboard import server as limits
from bot.dashboard.app import Web, websub_routes
from bot.dashboard.server import serving
from bot.platforms.telegram.updates import LARGEST, update_routes
from tests.bot.conftest import open_house

HALF = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: "
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


OPEN: list[asyncio.StreamWriter] = []


@pytest.fixture(autouse=True)
async def all_closed() -> AsyncIterator[None]:
    yield
    while OPEN:
        writer = OPEN.pop()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def opened(base: str, data: bytes = b"") -> Streams:
    host, _, port = base.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    OPEN.append(writer)
    writer.write(data)
    with suppress(ConnectionError):  # it may have been enough already
        await writer.drain()
    return reader, writer


async def asked(base: str, data: bytes, seconds: float = 5.0) -> bytes:
    reader, writer = await opened(base, data)
    try:
        return await asyncio.wait_for(reader.read(20_000), seconds)
    finally:
        writer.close()


async def ended(streams: Streams, seconds: float = 5.0) -> bytes:
    """What comes until the server ends a connection."""
    reader, writer = streams
    found = b""
    try:
        async with asyncio.timeout(seconds):
            while piece := await reader.read(4096):
                found += piece
    except ConnectionError:
        pass
    writer.close()
    return found


@asynccontextmanager
async def desk(folder: Path, **dashboard: Any) -> AsyncIterator[tuple[Web, str]]:
    folder.mkdir(exist_ok=True)
    async with (
        open_house(folder, with_sources=False, console=False, dashboard=dashboard) as house,
        serving(house.app.web.app, "127.0.0.1:0") as base,
    ):
        yield house.app.web, base


@asynccontextmanager
async def plain(*routes: Route) -> AsyncIterator[str]:
    from starlette.applications import Starlette

    async def alive(_: Request) -> Response:
        return PlainTextResponse("alive")

    async with serving(Starlette(routes=[Route("/healthz", alive), *routes]), "127.0.0.1:0") as base:
        yield base


@pytest.mark.parametrize(
    "drip",
    [HALF, b"", b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\nx", WHOLE[:3]],
)
async def test_a_request_that_does_not_come_to_its_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, drip: bytes
) -> None:
    monkeypatch.setattr(limits, "ARRIVE", 0.3)
    async with plain() as base:
        reader, writer = await opened(base, drip)
        for _ in range(20):
            if reader.at_eof():
                break
            writer.write(b"x")
            await asyncio.sleep(0.05)
        await ended((reader, writer), 1.0)


async def test_the_second_request_of_a_connection_has_its_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARRIVE", 0.3)
    async with plain() as base:
        whole = WHOLE.replace(b"Connection: close\r\n", b"")
        reader, writer = await opened(base, whole)
        assert b"200 OK" in await reader.read(4000)
        await asyncio.sleep(0.5)  # between two requests it may rest
        writer.write(whole)
        assert b"200 OK" in await reader.read(4000)
        writer.write(HALF)
        await ended((reader, writer), 2.0)


async def test_an_answer_that_nobody_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANSWER", 0.3)
    given_up = asyncio.Event()

    async def slow(_: Request) -> Response:
        try:
            await asyncio.sleep(0.6)
        finally:
            given_up.set()
        return PlainTextResponse("late")

    async with plain(Route("/slow", slow)) as base:
        streams = await opened(base, WHOLE.replace(b"/healthz", b"/slow"))
        assert await ended(streams, 2.0) == b""
        await given_up.wait()


async def test_many_halves_of_requests_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 20)
    async with plain() as base:
        held = [await opened(base, HALF) for _ in range(100)]
        await asyncio.sleep(0.2)
        assert b"200 OK" in await asked(base, WHOLE)
        gone = sum(reader.at_eof() or reader.exception() is not None for reader, _ in held)
        assert gone >= 80  # those that waited longest
        for _, writer in held:
            writer.close()


async def test_connections_leave_the_desk_most_of_its_files() -> None:
    from resource import RLIMIT_NOFILE, getrlimit, setrlimit

    soft, hard = getrlimit(RLIMIT_NOFILE)
    try:
        setrlimit(RLIMIT_NOFILE, (400, hard))
        assert limits.most_connections() == 100
    finally:
        setrlimit(RLIMIT_NOFILE, (soft, hard))
    assert limits.most_connections() <= limits.MOST


class Pushing:
    """Whom a hub reaches."""

    def __init__(self) -> None:
        self.bodies: list[int] = []

    async def waits(self, token: str) -> bool:
        return token == "known"

    async def pushed(self, token: str, signature: str, body: bytes, *_: Any) -> bool:
        self.bodies.append(len(body))
        return True

    async def verify(self, *_: Any) -> None:
        return None


def post(path: str, length: int, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *more, "", ""]
    return "\r\n".join(lines).encode()


async def test_a_push_that_nobody_waits_for_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    pushing = Pushing()
    async with plain(*websub_routes(pushing)) as base:  # type: ignore[arg-type]
        streams = await opened(base, post("/websub/unknown", 5 << 20) + b"x" * 1000)
        assert (await ended(streams)).startswith(b"HTTP/1.1 410")
        assert pushing.bodies == []
        answer = await asked(base, post("/websub/known", 4, "Connection: close") + b"feed")
        assert answer.startswith(b"HTTP/1.1 202")
        assert pushing.bodies == [4]
        monkeypatch.setattr(web, "FEED_LIMIT", 10)
        streams = await opened(base, post("/websub/known", 5000) + b"x" * 1000)
        assert (await ended(streams)).startswith(b"HTTP/1.1 413")


async def test_an_update_without_telegrams_secret_is_not_read() -> None:
    taken: list[int] = []

    async def take(secret: str, body: bytes) -> bool:
        taken.append(len(body))
        return True

    name = "X-Telegram-Bot-Api-Secret-Token"
    async with plain(
        *update_routes("https://desk.example/t", lambda secret: secret == "right", take)
    ) as base:
        for more in ((), (f"{name}: wrong",)):
            streams = await opened(base, post("/t", 1 << 20, *more) + b"x" * 1000)
            assert (await ended(streams)).startswith(b"HTTP/1.1 403")
        streams = await opened(base, post("/t", LARGEST + 1, f"{name}: right") + b"x" * (LARGEST + 1))
        assert (await ended(streams)).startswith(b"HTTP/1.1 413")
        answer = await asked(base, post("/t", 2, f"{name}: right", "Connection: close") + b"{}")
        assert answer.startswith(b"HTTP/1.1 200")
        assert taken == [2]


@pytest.mark.parametrize("host", ["[", "[x", "[::1", "a:b:c]", "\u2100", "x" * 300])
async def test_a_host_that_is_none_is_answered(tmp_path: Path, host: str) -> None:
    said = io.StringIO()
    async with desk(tmp_path, listen="127.0.0.1:0") as (_, base):
        root, level = logging.getLogger(), logging.getLogger().level
        handlers = list(root.handlers)
        try:
            logs.set_up("INFO", "json", (), said)
            for path in ("/", "/healthz", "/no/such/page"):
                line = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                answer = await asked(base, line.encode())
                assert answer[9:12] in (b"421", b"400")
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
    assert "Traceback" not in said.getvalue()
    assert len(said.getvalue()) < 600


@pytest.mark.parametrize("digits", ["9" * 16, "9" * 20, "9" * 5000, "-1", "\u0663"])
async def test_a_number_without_end_is_no_page(tmp_path: Path, digits: str) -> None:
    public = {"listen": "127.0.0.1:0", "public": True, "public_chats": ("telegram:-1001",)}
    async with desk(tmp_path, **public) as (_, base):
        from urllib.parse import quote

        for path in (
            "/archive/{}",
            "/archive/{}/feed.rss",
            "/archive/1/{}",
            "/digests/{}",
            "/stories/{}",
            "/sources/{}",
        ):
            line = (
                f"GET {path.format(quote(digits))} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            answer = await asked(base, line.encode())
            assert answer[9:12] == b"404"
            assert b"content-security-policy" in answer.lower()


async def test_what_goes_wrong_within_is_answered_with_its_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.dashboard.health import Health

    async def broken(*_: Any) -> Response:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Health, "alive", broken)
    async with desk(tmp_path, listen="127.0.0.1:0") as (_, base):
        answer = (await asked(base, WHOLE)).lower()
        assert answer[9:12] == b"500"
        assert b"content-security-policy" in answer


async def test_behind_a_web_server_this_machine_is_nobody_in_particular(tmp_path: Path) -> None:
    secret = "a secret of more than twenty"
    numbers = WHOLE.replace(b"/healthz", b"/metrics")
    async with desk(tmp_path / "plain", listen="127.0.0.1:0") as (_, base):
        assert (await asked(base, numbers))[9:12] == b"200"
    more = {"public_url": "https://desk.example", "secret": SecretStr(secret)}
    async with desk(tmp_path / "proxied", listen="127.0.0.1:0", **more) as (_, base):
        assert (await asked(base, numbers))[9:12] == b"401"
        bearer = numbers.replace(b"Connection", f"Authorization: Bearer {secret}\r\nConnection".encode())
        assert (await asked(base, bearer))[9:12] == b"200"
