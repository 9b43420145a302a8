"""Known secrets are sent through everything that can go wrong; not eight letters of one come out anywhere.

Every fault meets a real request on loopback, with every library's log at DEBUG. Searched are the
log and what the process prints after each, and in the end the database's file, the dashboard, the
metrics, what was posted, and how everything that holds a secret prints itself.
"""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from telegram.request import HTTPXRequest

from bot import doctor, logs
from bot.app import open_app
from bot.chats import telegram_check
from bot.cli.options import settings_of
from bot.config import Settings
from bot.doctor import examine
from bot.findings import Finding
from bot.loading import load
from digests.deliver.nonce import new_nonce
from digests.deliver.outages import Outages
from digests.errors import NewsdeskError
from digests.model import Brief, Chat, Delivery, Digest, DigestItem, Link
from digests.store import open_store
from tests.bot.conftest import House, open_house, settings_for
from tests.bot.dashboard.browsing import Browser, free_port
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import Guild, World
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
from tests.fakes.openai_server import Cut, OpenAiServer, Raw, Refuses, Reply, Says, openai_server
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]

ANN = 7
SECRETS = {
    "Telegram's token": "yQ4vUx7tNf3GsR8wZk2LmN6bXc0Jd5HsPe9",
    "Discord's token": "MTk4NjIyNDgzNDcxOTI1MjQ4.Gx7Kq2.uE7kCo1sVh5rV3tYq9PfG1aWz4Bn8MlTd6Xw3Rp",
    "the model's key": "oI2mMw8dLp4nC6xRj5KhD0sUe7Tv3QyBz1",
    "the dashboard's secret": "aZ9pHt2bKs7qF4gBw1NlE8cVr6XtJm3Yu5",
    "the database's password": "hT5nEb6wQx9vS2dJq7MkA3fGy9WuRc4Lo8",
}
TELEGRAM, DISCORD, MODEL, DASHBOARD, DATABASE = SECRETS.values()
TELEGRAM_TOKEN = f"4242424242:{TELEGRAM}"
WINDOW = 8  # letters: fewer of them are found by chance


def leaks(text: str) -> list[str]:
    """The secrets of which a part stands in the text, in whatever case."""
    text = text.casefold()
    return [
        name
        for name, secret in SECRETS.items()
        if any(secret[i : i + WINDOW].casefold() in text for i in range(len(secret) - WINDOW + 1))
    ]


@dataclass
class Scene:
    house: House
    telegram: TelegramServer
    discord: DiscordServer
    model: OpenAiServer
    web: Browser
    guild: Guild
    settings: Settings
    folder: Path
    caught: list[str] = field(default_factory=list)

    async def deliver(self, platform: str) -> None:
        """Post a digest of one story to a new chat, whatever comes of it."""
        app, now = self.house.app, self.house.app.desk.clock()
        if platform == "telegram":
            address = str(1000 + len(self.telegram.calls))
            self.telegram.world.add_user(int(address), "Someone")
            self.telegram.world.add_private(int(address))
        else:
            address = str(
                self.discord.world.add_channel(self.guild, f"news-{len(self.discord.log.requests)}").id
            )
        chat = await app.desk.store.chats.ensure(Chat(platform=platform, address=address), now)
        brief = Brief(headline="It rained", sentences=(), source_sentences=())
        item = DigestItem(
            story_id=1, version=1, brief=brief, links=(Link("Herald", "https://herald.example/1"),)
        )
        digest = Digest(chat_id=chat.id, created=now, items=(item,))
        parts = [
            Delivery(digest_id=0, chat_id=chat.id, part=n, content=part, nonce=new_nonce())
            for n, part in enumerate(app.channels[platform].parts(digest, chat))
        ]
        await app.desk.store.digests.compose(digest, parts, (), None, now)
        app.desk.outbox._outages = Outages()  # each fault meets a desk that the last one left no wait
        await app.desk.store.deliveries.forget_waits(now + timedelta(days=1))
        async with asyncio.timeout(20):
            await app.desk.outbox.deliver_due()

    async def everything(self) -> str:
        """All that could be read from outside."""
        pages = [await self.web.get(path) for path in (
            "/", "/sources", "/sources/1", "/subscriptions", "/queue", "/digests", "/spend", "/search?q=rained",
            "/metrics", "/readyz", "/nothing",
        )]  # fmt: skip
        files = [f.read_bytes().decode("latin-1") for f in self.folder.glob("desk.sqlite3*")]
        app = self.house.app
        shown = [repr(thing) for thing in (
            self.settings, app, app.desk, app.commands, app.web, app.channels, app.live, *vars(app.desk.outbox).values(),
        )]  # fmt: skip
        posted = [
            repr(self.telegram.accepted),
            repr(self.discord.rest.accepted),
            self.house.printed.getvalue(),
        ]
        return "\n".join(
            [*(page.body.decode("latin-1") for page in pages), *files, *shown, *posted, *self.caught]
        )


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
                f"https://api.telegram.org/bot{TELEGRAM_TOKEN}/x {DISCORD} {MODEL} {DASHBOARD} {DATABASE}"
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
        patch.setattr(scene.house.app.desk.asks, "deadline", timedelta(seconds=0.5))
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
       for where in ("a command", "a chat's command", "a page", "a platform", "an edit", "a source")},
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


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    discord = DiscordServer(World(DISCORD), message_limit=(50, 1.0))
    guild = discord.world.add_guild("Town")
    mia = discord.world.add_member(guild, "mia")
    listen = f"127.0.0.1:{free_port()}"
    async with TelegramServer(token=TELEGRAM_TOKEN) as telegram, discord, openai_server(key=MODEL) as model:
        telegram.world.add_user(ANN, "Ann")
        telegram.world.add_private(ANN)
        model.script.append(Refuses(500))
        tables: dict[str, Any] = {
            "telegram": {"token": SecretStr(TELEGRAM_TOKEN), "base_url": telegram.base_url},
            "discord": {
                "token": SecretStr(DISCORD),
                "api_base": discord.api_base,
                "gateway": discord.gateway_url,
            },
            "openai": {
                "api_key": SecretStr(MODEL),
                "base_url": model.base_url,
                "input_price": 0.0,
                "output_price": 0.0,
            },
            "brief": {"summarizers": ("openai", "extractive")},
            "dashboard": {"listen": listen, "secret": SecretStr(DASHBOARD)},
            "access": {"admins": (f"telegram:{ANN}", f"discord:{mia.id}")},
        }
        base = settings_for(folder)
        settings = base.model_copy(
            update={n: getattr(base, n).model_copy(update=t) for n, t in tables.items()}
        )
        logs.set_up("DEBUG", "human", (*settings.secrets(), DATABASE), sys.stderr)
        async with open_house(folder, **tables) as house:
            await house.app.start()
            house.app.desk.outbox._results._settle_after = timedelta(seconds=0.2)
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                web = Browser(f"http://{listen}", session)
                await web.sign_in(house.app)
                yield Scene(house, telegram, discord, model, web, guild, settings, folder)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    yield
    root.handlers[:], root.level = handlers, level
    for name in list(root.manager.loggerDict):
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


async def test_no_part_of_a_secret_comes_out_whatever_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(FAULTS) >= 60
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    monkeypatch.setattr(sys, "stdout", log)
    found: dict[str, list[str]] = {}
    async with scene(tmp_path) as here:
        for name, fault in FAULTS.items():
            await fault(here)
            seen = log.getvalue() + "".join(here.caught)
            if leaks(seen):
                found[name] = leaks(seen)
            log.seek(0)
            log.truncate()
            here.caught.clear()
        if leaks(await here.everything()):
            found["what stays after all of them"] = leaks(await here.everything())
        assert found == {}


def test_the_search_finds_parts() -> None:
    assert leaks(f"...{TELEGRAM[3:12]}...") == ["Telegram's token"]
    assert leaks("nothing") == []


def test_secrets_of_the_configuration_are_all_known_to_the_log(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        f"""
[telegram]
token = "{TELEGRAM_TOKEN}"
[discord]
token = "{DISCORD}"
[openai]
api_key = "{MODEL}"
[dashboard]
secret = "{DASHBOARD}"
[store]
url = "postgresql+psycopg://newsdesk:{DATABASE}%40x@db/newsdesk"
""",
        encoding="utf-8",
    )
    settings = load(file)
    assert {TELEGRAM_TOKEN, DISCORD, MODEL, DASHBOARD, f"{DATABASE}%40x", f"{DATABASE}@x"} == set(
        settings.secrets()
    )
    assert leaks(repr(settings)) == []
    assert leaks(str(settings)) == []
