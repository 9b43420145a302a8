"""What can go wrong around a secret: each fault meets a real request of the desk in ``secret_scene``."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from telegram.request import HTTPXRequest

from bot import doctor
from bot.access import hashed
from bot.app import open_app
from bot.cli.options import settings_of
from bot.doctor import examine
from bot.platforms.platform import Finding
from bot.platforms.telegram import check as telegram_check
from digests.errors import NewsdeskError
from digests.model import Token
from digests.store import open_store
from tests.bot.dashboard.browsing import free_port
from tests.bot.secret_scene import (
    ANN,
    DASHBOARD,
    DATABASE,
    DISCORD,
    MODEL,
    PROGRAM,
    TELEGRAM,
    TELEGRAM_TOKEN,
    Scene,
)
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
from tests.fakes.openai_server import Cut, Raw, Refuses, Reply, Says

Fault = Callable[[Scene], Awaitable[None]]


def on_telegram(method: str, action: str, **more: Any) -> Fault:
    async def go(scene: Scene) -> None:
        fault = scene.telegram.fault(method, action, **more)
        if method == "getUpdates":
            scene.telegram.world.say(ANN, ANN, "/health")
            await scene.telegram.until(lambda: fault.met > 0, 25)
        else:
            await scene.deliver("telegram")
            assert fault.met
        scene.telegram.faults.clear()

    return go


def on_discord(pattern: str, action: str, **more: Any) -> Fault:
    async def go(scene: Scene) -> None:
        fault = scene.discord.fault(pattern, action, **more)
        await scene.deliver("discord")
        assert fault.met
        scene.discord.faults.clear()

    return go


def of_the_model(reply: Reply) -> Fault:
    async def go(scene: Scene) -> None:
        scene.model.script[:] = [reply]
        asked = len(scene.model.requests)
        scene.caught.append(await scene.house.say(f"/summarize {scene.house.newsroom.articles[asked % 3]}"))

    return go


def of_the_web(path: str, **headers: str) -> Fault:
    async def go(scene: Scene) -> None:
        page = await scene.web.get(path, **headers)
        scene.caught.append(page.body.decode())

    return go


def raised_by(where: str) -> Fault:
    """An exception that holds every secret, in a command's handler, a page or a platform."""

    async def go(scene: Scene) -> None:
        async def breaks(*_: object, **__: object) -> Any:
            raise RuntimeError(
                f"https://api.telegram.org/bot{TELEGRAM_TOKEN}/x {DISCORD} {MODEL} {DASHBOARD} {DATABASE} "
                f"desk_{PROGRAM}"
            )

        app = scene.house.app
        store = app.desk.store
        with pytest.MonkeyPatch.context() as patch:
            if where == "a command":
                patch.setattr(store.subscriptions, "of_chat", breaks)
                scene.caught.append(await scene.house.say("/subscriptions"))
            elif where == "a chat's command":
                patch.setattr(store.deliveries, "counts", breaks)
                before = len(scene.telegram.accepted)
                scene.telegram.world.say(ANN, ANN, "/health")
                await scene.telegram.until(lambda: len(scene.telegram.accepted) > before, 10)
            elif where == "a page":
                patch.setattr(store.looking, "found_a_day", breaks)
                scene.caught.append((await scene.web.get("/sources")).html)
            elif where == "a program":
                chat = (await store.chats.all())[0]
                one = Token(
                    key=hashed(f"desk_{PROGRAM}"), chat_id=chat.id, name="p", scope="ask",
                    created=app.desk.clock(), created_by="console:1",
                )  # fmt: skip
                await store.tokens.add_within(one, 9)
                patch.setattr(store.library, "search", breaks)
                bearer = f"Bearer desk_{PROGRAM}"
                asked = await scene.web.get("/api/v1/search?words=rained", authorization=bearer)
                assert asked.status == 500
                scene.caught.append(asked.html)
                scene.caught.append((await scene.web.get("/api/v1/search", authorization=bearer)).html)
                scene.caught.append((await scene.web.get("/mcp", authorization=bearer + "x")).html)
                scene.caught.append(await scene.house.say("/token"))
            elif where == "a platform":
                patch.setattr(type(app.channels["telegram"]), "send", breaks)
                await scene.deliver("telegram")
            elif where == "an edit":
                patch.setattr(store.digests, "candidates", breaks)
                await app.desk.editor.edit_due(app.desk.clock())
            else:
                for reader in app.desk.intake._readers.values():
                    patch.setattr(reader, "read", breaks)
                for source in await store.sources.all():
                    state = await store.sources.state(source.id)
                    await store.sources.polled({source.id: replace(state, next_poll=None)})
                await app.desk.intake.poll_due(app.desk.clock())

    return go


def refused(**changed: Any) -> Fault:
    """A desk that can't be opened, told as the command line tells it."""

    async def go(scene: Scene) -> None:
        tables = {
            name: getattr(scene.settings, name).model_copy(update=table) for name, table in changed.items()
        }
        off = {"telegram": {"token": None}, "discord": {"token": None}, "dashboard": {"listen": ""}}
        base = scene.settings.model_copy(
            update={n: getattr(scene.settings, n).model_copy(update=t) for n, t in off.items()}
        )
        settings = base.model_copy(update=tables)
        try:
            async with open_app(settings, console=False) as app:
                await app.start()
        except NewsdeskError as error:
            scene.caught.append(str(error))
            scene.caught.append("".join(traceback.format_exception(error)))
        else:
            pytest.fail("it was not refused")

    return go


async def examined(scene: Scene) -> None:
    """The doctor with wrong tokens and a database that refuses the password."""
    url = f"postgresql+psycopg://newsdesk:{DATABASE}@127.0.0.1:{free_port()}/newsdesk"
    store = scene.settings.store.model_copy(update={"url": url})
    settings = scene.settings.model_copy(update={"store": store})
    fault = scene.telegram.fault(
        "getMe", FAIL_BEFORE, status=401, description=f"Unauthorized {TELEGRAM_TOKEN}"
    )
    scene.discord.fault("GET /users/@me", FAIL_BEFORE, status=401, code=0, message=f"401 {DISCORD}")
    async for finding in examine(settings):
        scene.caught.append(repr(finding))
    assert fault.met
    scene.telegram.faults.clear()
    scene.discord.faults.clear()


def misconfigured(text: str) -> Fault:
    async def go(scene: Scene) -> None:
        file = scene.folder / "wrong.toml"
        file.write_text(text, encoding="utf-8")
        try:
            scene.caught.append(repr(settings_of(file)))
        except NewsdeskError as error:
            scene.caught.append(str(error))
            scene.caught.append("".join(traceback.format_exception(error)))
        file.unlink()

    return go


async def a_wrong_password(scene: Scene) -> None:
    url = f"postgresql+psycopg://newsdesk:{DATABASE}@127.0.0.1:{free_port()}/newsdesk"
    try:
        async with open_store(url):
            pass
    except NewsdeskError as error:
        scene.caught.append(str(error))
        logging.getLogger("a.library").exception("the store at %s", url)


async def dropped(scene: Scene) -> None:
    await scene.discord.gateway.drop()
    await asyncio.sleep(0.3)


def unanswered(platform: str, action: str) -> Fault:
    """A send that nobody answers, given up after half a second."""

    async def go(scene: Scene) -> None:
        outbox = scene.house.app.desk.outbox
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox, "_options", replace(outbox._options, send_timeout=timedelta(seconds=0.5)))
            if platform == "telegram":
                await on_telegram("sendMessage", action)(scene)
            else:
                await on_discord("POST .*/messages", action)(scene)

    return go


async def a_model_that_hangs(scene: Scene) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.house.app.desk.asks._live, "deadline", timedelta(seconds=0.5))
        await of_the_model(Says("too late", delay=5))(scene)


@asynccontextmanager
async def _network(how: str) -> AsyncIterator[tuple[str, int]]:
    """The scheme and port of an address where nothing works, each in its way."""

    answering: set[asyncio.Task[Any]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.current_task())  # type: ignore[arg-type]
        with suppress(OSError):
            heard = await reader.read(4096)
            if how.startswith("answers "):
                status = how.removeprefix("answers ")
                head = f"HTTP/1.1 {status} No\r\nContent-Type: text/plain\r\nContent-Length: {len(heard)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode() + heard)
                await writer.drain()
            elif how == "hangs":
                while await reader.read(4096):  # until the other side gives up
                    pass
            writer.close()
            await writer.wait_closed()

    if how == "never connects":
        with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as full:
            waiting = [socket.socket() for _ in range(4)]  # what nobody accepts fills the line
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            yield "http", full.getsockname()[1]
            for one in waiting:
                one.close()
        return
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield "https" if how == "has no TLS" else "http", server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.wait_for(asyncio.gather(*answering), 5)


def on_a_network_that(how: str, *, proxy: bool = False) -> Fault:
    """Telegram, Discord and the model are asked there, one after the other, with little patience.

    As a ``proxy`` it stands in the environment, with a password, and answers for addresses that are nowhere.
    """

    async def go(scene: Scene) -> None:
        async with _network(how) as (scheme, port):
            base = f"{scheme}://127.0.0.1:{free_port() if proxy else port}"
            alone: dict[str, dict[str, Any]] = {
                "telegram": {"base_url": f"{base}/bot"},
                "discord": {"api_base": f"{base}/api"},
                "openai": {"base_url": f"{base}/v1"},
            }
            for name, table in alone.items():
                tables = {
                    "telegram": {"token": None},
                    "discord": {"token": None},
                    "brief": {"summarizers": ("extractive",)},
                }
                tables |= {
                    name: table,
                    **({"brief": {"summarizers": ("openai",)}} if name == "openai" else {}),
                }
                settings = scene.settings.model_copy(
                    update={n: getattr(scene.settings, n).model_copy(update=t) for n, t in tables.items()}
                )
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(doctor, "PATIENCE", 0.4)
                    patch.setattr(telegram_check, "HTTPXRequest", _impatient)
                    if proxy:
                        for variable in ("http_proxy", "https_proxy", "all_proxy"):
                            patch.setenv(variable, f"http://desk:{DATABASE}@127.0.0.1:{port}")
                    await _told(scene, examine(settings))

    return go


def _impatient(**options: Any) -> HTTPXRequest:
    return HTTPXRequest(**{**options, "read_timeout": 0.4, "connect_timeout": 0.4})


async def _told(scene: Scene, findings: AsyncIterator[Finding]) -> None:
    """What is found; what has no end of its own is cancelled, and how that looks is logged."""
    try:
        async with asyncio.timeout(0.8):
            async for finding in findings:
                scene.caught.append(repr(finding))
    except TimeoutError:
        logging.getLogger("a.library").exception("it was cancelled")


FAULTS: dict[str, Fault] = {
    **{f"Telegram: sendMessage {status}": on_telegram("sendMessage", FAIL_BEFORE, status=status)
       for status in (400, 401, 403, 404, 500, 502)},
    "Telegram: an error that says the token": on_telegram(
        "sendMessage", FAIL_BEFORE, status=400, description=f"Bad Request: /bot{TELEGRAM_TOKEN}/sendMessage"),
    "Telegram: cut before": on_telegram("sendMessage", CUT_BEFORE),
    "Telegram: cut after": on_telegram("sendMessage", CUT_AFTER),
    "Telegram: done, then 500": on_telegram("sendMessage", FAIL_AFTER, status=500),
    "Telegram: slow": on_telegram("sendMessage", SLOW, delay=0.2),
    "Telegram: 429": on_telegram("sendMessage", THROTTLE, retry_after=1),
    "Telegram: never done, never answered": unanswered("telegram", HANG_BEFORE),
    "Telegram: done, never answered": unanswered("telegram", HANG_AFTER),
    "Discord: never done, never answered": unanswered("discord", HANG_BEFORE),
    "Discord: done, never answered": unanswered("discord", HANG_AFTER),
    "model: it hangs": a_model_that_hangs,
    **{f"network: it {how}": on_a_network_that(how)
       for how in ("never connects", "hangs", "has no TLS", "answers 401", "answers 502")},
    **{f"proxy: it {how}": on_a_network_that(how, proxy=True)
       for how in ("never connects", "hangs", "answers 407", "answers 502")},
    "Telegram: no updates, cut": on_telegram("getUpdates", CUT_BEFORE),
    "Telegram: no updates, 502": on_telegram("getUpdates", FAIL_BEFORE, status=502),
    "Telegram: no updates, 409 with the token": on_telegram(
        "getUpdates", FAIL_BEFORE, status=409, description=f"Conflict at /bot{TELEGRAM_TOKEN}"),
    **{f"Discord: {status}": on_discord("POST .*/messages", FAIL_BEFORE, status=status, code=0, message="no")
       for status in (400, 401, 403, 404)},
    "Discord: an error that says the token": on_discord(
        "POST .*/messages", FAIL_BEFORE, status=400, code=50035, message=f"Invalid: Bot {DISCORD}"),
    "Discord: cut after": on_discord("POST .*/messages", CUT_AFTER),
    "Discord: slow": on_discord("POST .*/messages", SLOW, delay=0.2),
    "Discord: 429": on_discord("POST .*/messages", THROTTLE, delay=0.3),
    "Discord: the gateway drops": dropped,
    **{f"model: {status} that says the key": of_the_model(
        Refuses(status, message=f"Incorrect API key provided: {MODEL}")) for status in (400, 401, 403, 404, 429, 500)},
    "model: cut": of_the_model(Cut()),
    "model: rubbish with the key": of_the_model(Raw(f"<html>{MODEL}</html>".encode(), 502, "text/html")),
    "model: it writes the key": of_the_model(Says(
        f'{{"headline": "{MODEL}", "sentences": [{{"text": "{MODEL}", "cites": [1]}}], "topics": [], "score": 5}}')),
    "dashboard: the secret in the address": of_the_web(f"/search?q={DASHBOARD[:6]}"),
    "dashboard: a wrong bearer": of_the_web("/metrics", Authorization="Bearer x", X_Forwarded_For="192.0.2.1"),
    "dashboard: the right bearer": of_the_web("/metrics", Authorization=f"Bearer {DASHBOARD}"),
    "dashboard: as a cookie": of_the_web("/", Cookie=f"newsdesk={DASHBOARD}"),
    "dashboard: as a host": of_the_web("/", Host=DASHBOARD),
    **{f"raised by {where}": raised_by(where)
       for where in ("a command", "a chat's command", "a page", "a program", "a platform", "an edit", "a source")},
    "database: refused": a_wrong_password,
    "database: the desk can't open it": refused(
        store={"url": f"postgresql+psycopg://newsdesk:{DATABASE}@127.0.0.1:9/newsdesk"}),
    "start: a token Telegram refuses": refused(telegram={"token": SecretStr(f"4242424243:{TELEGRAM}")}),
    "start: a token that is none": refused(telegram={"token": SecretStr(TELEGRAM)}),
    "start: a token Discord refuses": refused(discord={"token": SecretStr(f"{DISCORD}x")}),
    "start: it may not listen": refused(dashboard={"listen": "0.0.0.0:1", "public_url": ""}),
    "doctor": examined,
    "configuration: a key in a wrong place": misconfigured(f'[openai]\napi_key = "{MODEL}"\nkey = "{MODEL}"\n'),
    "configuration: a wrong type": misconfigured(f'[telegram]\ntoken = ["{TELEGRAM_TOKEN}"]\n'),
    "configuration: it is valid": misconfigured(
        f'[dashboard]\nsecret = "{DASHBOARD}"\n[store]\nurl = "postgresql+psycopg://u:{DATABASE}@h/d"\n'),
    "configuration: a broken line": misconfigured(f'[telegram]\ntoken = {TELEGRAM_TOKEN}\n'),
}  # fmt: skip
