"""The fetcher against a server on loopback: limits, plain words, turns."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult

from digests.model import Failure, FailureKind, Page
from digests.watch.http import HostTurns, HttpFetcher, explain, max_age, retry_after
from tests.digests.watch.loopback import Scripted, open_fetcher, serving

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def test_a_page_with_all_its_facts() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(
            body=b"body",
            headers={
                "Content-Type": "text/xml; charset=koi8-r",
                "ETag": '"1"',
                "Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT",
                "Cache-Control": "public, max-age=600",
                "Date": "Tue, 24 Nov 2026 10:00:01 GMT",
            },
        )

    async with serving(handler) as base, open_fetcher() as fetcher:
        page = await fetcher.get(base + "/feed")
    assert page == Page(
        url=base + "/feed",
        status=200,
        body=b"body",
        content_type="text/xml",
        charset="koi8-r",
        etag='"1"',
        last_modified="Tue, 24 Nov 2026 10:00:00 GMT",
        max_age=timedelta(minutes=10),
        date="Tue, 24 Nov 2026 10:00:01 GMT",
    )


async def test_validators_are_sent_and_304_has_no_body() -> None:
    seen: dict[str, str] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(request.headers)
        return web.Response(status=304)

    async with serving(handler) as base, open_fetcher(user_agent="Reader/1") as fetcher:
        page = await fetcher.get(base, etag='"1"', last_modified="x", accept="text/html")
    assert isinstance(page, Page)
    assert page.not_modified
    assert page.body == b""
    assert seen["If-None-Match"] == '"1"'
    assert seen["If-Modified-Since"] == "x"
    assert seen["Accept"] == "text/html"
    assert seen["User-Agent"] == "Reader/1"


async def test_packed_documents_are_unpacked() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"text"), headers={"Content-Encoding": "gzip"})

    async with serving(handler) as base, open_fetcher() as fetcher:
        page = await fetcher.get(base)
    assert isinstance(page, Page)
    assert page.body == b"text"


@pytest.mark.parametrize("declared", [True, False])
async def test_a_document_over_the_limit_is_refused(declared: bool) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if declared:
            return web.Response(body=bytes(2001))
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(3):
            await response.write(bytes(1000))
        return response

    async with serving(handler) as base, open_fetcher() as fetcher:
        found = await fetcher.get(base, limit=2000)
        fits = await fetcher.get(base, limit=3000)
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TOO_LARGE
    assert isinstance(fits, Page)


@asynccontextmanager
async def raw(*pieces: bytes, pause: float = 0.0, endless: bool = False) -> AsyncIterator[str]:
    """A server that writes the pieces as they are, and then goes on for ever or closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces if not endless else itertools.chain(pieces, itertools.repeat(pieces[-1])):
                writer.write(piece)
                await writer.drain()
                if pause:
                    await asyncio.sleep(pause)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        ((HEAD, b"a"), FailureKind.TIMEOUT),
        ((b"H",), FailureKind.TIMEOUT),
        ((b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), FailureKind.TIMEOUT),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"), FailureKind.TIMEOUT),
    ],
)
async def test_a_drip_ends_at_the_deadline(pieces: tuple[bytes, ...], kind: FailureKind) -> None:
    async with raw(*pieces, pause=0.02, endless=True) as url, open_fetcher(deadline=0.2) as fetcher:
        start = time.monotonic()
        found = await fetcher.get(url)
    assert isinstance(found, Failure)
    assert found.kind in (kind, FailureKind.UNREADABLE)
    assert time.monotonic() - start < 1


async def test_the_deadline_is_of_all_redirects_together() -> None:
    async def slowly_on(request: web.Request) -> web.Response:
        await asyncio.sleep(0.15)
        return web.Response(status=302, headers={"Location": f"/{int(request.path[1:] or 0) + 1}"})

    async with serving(slowly_on) as base, open_fetcher(deadline=0.4) as fetcher:
        start = time.monotonic()
        found = await fetcher.get(base)
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TIMEOUT
    assert time.monotonic() - start < 0.7  # five would take longer


@pytest.mark.parametrize("piece", [b"a" * 65536, b"10000\r\n" + b"a" * 65536 + b"\r\n"])
async def test_an_endless_body_is_cut_off(piece: bytes) -> None:
    head = HEAD if piece[:1] == b"a" else b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with raw(head, piece, endless=True) as url, open_fetcher() as fetcher:
        found = await fetcher.get(url, limit=1_000_000)
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"",
        b"\r\n\r\n",
    ],
)
async def test_what_is_no_proper_answer_is_a_failure(answer: bytes) -> None:
    async with raw(answer) as url, open_fetcher(deadline=2.0) as fetcher:
        found = await fetcher.get(url)
    assert isinstance(found, Failure)
    assert found.kind in (FailureKind.UNREADABLE, FailureKind.CONNECT)
    assert "127.0.0.1" in found.reason


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "words"),
    [
        (404, {}, b"", FailureKind.HTTP_STATUS, "nothing at this address"),
        (410, {}, b"", FailureKind.GONE, "gone for good"),
        (403, {}, b"no", FailureKind.HTTP_STATUS, "refuses access"),
        (403, {"Server": "cloudflare"}, b"", FailureKind.BOT_PROTECTION, "Cloudflare"),
        (503, {}, b"<title>Just a moment...</title>", FailureKind.BOT_PROTECTION, "Cloudflare"),
        (403, {"cf-mitigated": "challenge"}, b"", FailureKind.BOT_PROTECTION, "Cloudflare"),
        (403, {"x-datadome": "1"}, b"", FailureKind.BOT_PROTECTION, "DataDome"),
        (403, {}, b"please solve this h-captcha", FailureKind.BOT_PROTECTION, "captcha"),
        (429, {"Retry-After": "120"}, b"", FailureKind.HTTP_STATUS, "too often"),
        (500, {}, b"", FailureKind.HTTP_STATUS, "error of its own (500)"),
        (418, {}, b"", FailureKind.HTTP_STATUS, "answers 418"),
    ],
)
async def test_a_bad_status_is_told_in_plain_words(
    status: int, headers: dict[str, str], body: bytes, kind: FailureKind, words: str
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, body=body)

    async with serving(handler) as base, open_fetcher() as fetcher:
        found = await fetcher.get(base)
    assert isinstance(found, Failure)
    assert (found.kind, found.status) == (kind, status)
    assert words in found.reason
    assert found.retry_after == (timedelta(minutes=2) if "Retry-After" in headers else None)


async def test_a_form_is_posted_and_its_redirect_is_not_followed() -> None:
    seen: list[Any] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.path, dict(await request.post())))
        return (
            web.Response(status=307, headers={"Location": "/x"})
            if request.path == "/r"
            else web.Response(status=202)
        )

    async with serving(handler) as base, open_fetcher() as fetcher:
        done = await fetcher.post(base + "/hub", {"hub.mode": "subscribe"})
        turned = await fetcher.post(base + "/r", {})
    assert isinstance(done, Page)
    assert done.status == 202
    assert isinstance(turned, Failure)
    assert seen == [("/hub", {"hub.mode": "subscribe"}), ("/r", {})]


async def test_nobody_listening_and_no_such_name_are_told_apart() -> None:
    class Nowhere(Scripted):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            raise OSError(None, "no such name")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with open_fetcher() as fetcher:
            refused = await fetcher.get(f"http://127.0.0.1:{free.getsockname()[1]}/")
    async with open_fetcher(resolver=Nowhere([])) as fetcher:
        unknown = await fetcher.get("http://nowhere.example/")
    assert isinstance(refused, Failure)
    assert isinstance(unknown, Failure)
    assert (refused.kind, unknown.kind) == (FailureKind.CONNECT, FailureKind.DNS)


async def test_plain_http_where_tls_is_asked_for_is_a_tls_failure() -> None:
    async with raw(HEAD) as url, open_fetcher(deadline=0.3) as fetcher:
        found = await fetcher.get(url.replace("http:", "https:"))
    assert isinstance(found, Failure)
    assert found.kind in (FailureKind.TLS, FailureKind.CONNECT, FailureKind.TIMEOUT)


def test_a_bad_certificate_and_a_bad_url_are_explained() -> None:
    key: Any = type("Key", (), {"host": "a.example", "port": 443, "is_ssl": True, "ssl": True})()
    cause = ssl.SSLCertVerificationError("x")
    cause.verify_message = "certificate has expired"
    for inner, words in (
        (cause, "has expired"),
        (ssl.CertificateError("y"), "not accepted"),
        (OSError("z"), "not accepted"),
    ):
        found = explain(aiohttp.ClientConnectorCertificateError(key, inner), "a.example", 1)
        assert found.kind is FailureKind.TLS
        assert words in found.reason
    assert explain(aiohttp.ClientConnectorSSLError(key, OSError()), "a.example", 1).kind is FailureKind.TLS
    assert explain(aiohttp.InvalidURL("http://secret@x"), "x", 1).reason == "the address is not a valid URL"


async def test_it_wants_to_be_opened() -> None:
    fetcher = open_fetcher()
    with pytest.raises(RuntimeError, match="context manager"):
        await fetcher.get("http://127.0.0.1/")
    await fetcher.__aexit__(None, None, None)


async def test_one_host_is_asked_in_turn_and_apart() -> None:
    turns = HostTurns(per_host=1, spacing=0.05)
    starts: list[float] = []
    running = 0

    async def one(host: str) -> None:
        nonlocal running
        async with turns.turn(host):
            running += host == "a"
            assert running <= 1
            starts.append(time.monotonic())
            await asyncio.sleep(0.001)
            running -= host == "a"

    begun = time.monotonic()
    await asyncio.gather(*(one("a") for _ in range(3)), one("b"))
    assert starts[-1] - begun >= 0.1
    assert len([s for s in starts if s - begun < 0.04]) == 2


async def test_hosts_nobody_waits_for_are_forgotten() -> None:
    turns = HostTurns(per_host=1, spacing=0)
    for number in range(3000):
        async with turns.turn(str(number)):
            pass
    assert len(turns._hosts) < 1100


async def test_without_a_bound_everybody_goes() -> None:
    turns = HostTurns(per_host=0, spacing=9)
    async with turns.turn("a"), turns.turn("a"):
        pass


@pytest.mark.parametrize(
    ("value", "wait"),
    [("30", 30), ("Tue, 24 Nov 2026 12:01:00 GMT", 60), ("Tue, 24 Nov 2026 12:01:00", 60), ("9" * 30, 86400),
     ("Tue, 24 Nov 2020 12:01:00 GMT", 0), ("soon", None), ("", None), ("-5", None)],
)  # fmt: skip
def test_retry_after_in_both_notations(value: str, wait: int | None) -> None:
    assert retry_after(value, NOW) == (None if wait is None else timedelta(seconds=wait))


@pytest.mark.parametrize(
    ("value", "age"),
    [("max-age=60", 60), ('private, MAX-AGE="90"', 90), ("max-age=99999999999", 86400), ("no-cache", None),
     ("max-age=x", None)],
)  # fmt: skip
def test_max_age(value: str, age: int | None) -> None:
    assert max_age(value) == (None if age is None else timedelta(seconds=age))


@pytest.mark.parametrize(
    "url",
    [
        "http://exa\u00admple.com/",
        "http://[2606:4700:4700::1111]x/",
        "http://a.example\u2488/",
        "http://xn--a.example/\ud800",
        "http://a.example:80:80/",
    ],
)
async def test_an_address_that_only_some_parsers_take_is_a_failure_and_no_exception(url: str) -> None:
    async with open_fetcher() as fetcher:
        assert isinstance(await fetcher.get(url), Failure)
        assert isinstance(await fetcher.post(url, {"a": "b"}), Failure)


async def test_a_refused_address_is_not_even_looked_up() -> None:
    resolver = Scripted(["127.0.0.1"])
    async with HttpFetcher(resolver=resolver) as fetcher:
        for url in (
            "http://user:secret@a.example/",
            "http://127.1/",
            "ftp://a.example/",
            "http://a.example:22/",
        ):
            assert isinstance(await fetcher.get(url), Failure)
            assert isinstance(await fetcher.post(url, {}), Failure)
    assert resolver.asked == 0
