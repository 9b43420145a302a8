"""What ``newsdesk doctor`` finds, against the strict servers, and what it says to do."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.app import open_app
from bot.cli import app
from bot.config import ServerSettings, Settings, SourceSettings
from bot.demo.newsroom import serve
from bot.doctor import examine
from bot.platforms.platform import Finding, State
from bot.writers import unready
from digests.clock import utc_now
from digests.model import Chat, Source, Subscription
from digests.store import open_store
from tests.bot.conftest import settings_for
from tests.bot.dashboard.browsing import free_port
from tests.digests.store.test_upgrades import made_at
from tests.fakes.discord_server import DiscordServer
from tests.fakes.openai_server import Refuses, answer, openai_server
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.filterwarnings("ignore:'audioop' is deprecated")


async def findings(settings: Settings, *, ask: bool = False) -> dict[str, Finding]:
    return {finding.subject: finding async for finding in examine(settings, ask=ask)}


async def follow(settings: Settings, *chats: Chat) -> None:
    async with open_store(settings.store.url) as store:
        source = await store.sources.add(Source(url="https://a.example/feed"), utc_now())
        for chat in chats:
            kept = await store.chats.ensure(chat, utc_now())
            await store.subscriptions.add(Subscription(chat_id=kept.id, source_id=source.id), utc_now())
            if chat.paused:
                await store.chats.set_paused(kept.id, chat.paused)


async def test_a_new_desk_with_nothing_set(tmp_path: Path) -> None:
    found = await findings(settings_for(tmp_path))
    assert found["Database"].state is State.OK
    assert "made at the first run" in found["Database"].said
    assert not (tmp_path / "desk.sqlite3").exists()
    assert {found[name].state for name in ("Telegram", "Discord", "Outbound")} == {State.OFF}
    assert "@BotFather" in found["Telegram"].todo


async def test_sources_are_reached_and_the_clock_agrees(tmp_path: Path) -> None:
    async with serve(utc_now()) as newsroom:
        settings = settings_for(tmp_path, (SourceSettings(url=newsroom.feeds[0][0]),))
        assert (await findings(settings))["Clock"].state is State.OK
        ahead = [f async for f in examine(settings, clock=lambda: datetime.now(UTC) + timedelta(minutes=5))]
        (clock,) = [f for f in ahead if f.subject == "Clock"]
        assert clock.state is State.WARN
        assert "s ahead" in clock.said


async def test_a_name_without_an_address(tmp_path: Path) -> None:
    found = await findings(settings_for(tmp_path, (SourceSettings(url="https://nowhere.invalid/feed"),)))
    assert found["DNS: nowhere.invalid"].state is State.FAIL


async def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite3").write_bytes(b"junk" * 2000)
    assert (await findings(settings_for(tmp_path)))["Database"].state is State.FAIL
    away = Settings().model_copy(
        update={"store": Settings().store.model_copy(update={"url": str(tmp_path / "none" / "d.sqlite3")})}
    )
    assert "does not exist" in (await findings(away))["Database"].said


@pytest.mark.slow
async def test_a_schema_of_another_version(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    file = tmp_path / "desk.sqlite3"
    made_at(file, "0001")
    before = file.read_bytes()
    found = (await findings(settings))["Database"]
    assert (found.state, "upgraded at the next start" in found.said) == (State.OK, True)
    assert file.read_bytes() == before
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    found = (await findings(settings))["Database"]
    assert found.state is State.FAIL
    assert "9999" in found.said


async def test_a_way_out_that_is_closed(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, (SourceSettings(url=f"http://127.0.0.1:{free_port()}/feed"),))
    found = (await findings(settings))["Outbound: 127.0.0.1"]
    assert found.state is State.FAIL
    assert "firewall" in found.todo


@pytest.mark.slow
async def test_telegram_token_and_rights(tmp_path: Path) -> None:
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_group(-10050, "Team", admins=(7,))
        server.world.add_channel(-10060, "News", admins=(7,))
        server.world.set_member(-10060, server.world.bot["id"], "left")
        base = settings_for(tmp_path)
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url, "ops_chat": -10050}
        settings = base.model_copy(update={"telegram": base.telegram.model_copy(update=telegram)})
        await follow(
            settings,
            Chat(platform="telegram", address="-10050", kind="group", title="Team"),
            Chat(platform="telegram", address="-10060", kind="channel", title="News"),
            Chat(platform="telegram", address="7", title="Ann", paused="the bot was blocked"),
        )
        found = await findings(settings)
        assert found["Telegram"].said.startswith("the token is that of @")
        assert found["Telegram: Team"].state is State.OK
        assert found["Telegram: the ops chat"].state is State.OK
        assert found["Telegram: News"].state is State.FAIL
        assert found["telegram: Ann"].said == "paused: the bot was blocked"
        assert not server.accepted
        assert not [method for method, _, _ in server.calls if method == "getUpdates"]
        wrong = settings.telegram.model_copy(update={"token": SecretStr("1:wrong")})
        found = await findings(settings.model_copy(update={"telegram": wrong}))
        assert found["Telegram"].said == "Telegram refuses the token"


async def test_discord_token_gateway_and_rights(tmp_path: Path) -> None:
    server = DiscordServer()
    guild = server.world.add_guild("Town")
    good = server.world.add_channel(guild, "news")
    async with server:
        base = settings_for(tmp_path)
        discord = {"token": SecretStr(server.world.token), "api_base": server.api_base}
        settings = base.model_copy(update={"discord": base.discord.model_copy(update=discord)})
        await follow(
            settings,
            Chat(platform="discord", address=str(good.id), kind="text", title="#news"),
            Chat(platform="discord", address="123456789012345678", kind="text", title="#gone"),
        )
        found = await findings(settings)
        assert found["Discord"].said.startswith("the token is that of")
        assert found["Discord: gateway"].state is State.OK
        assert found["Discord: #news"].state is State.OK, found["Discord: #news"]
        assert found["Discord: #gone"].said == "the bot can't see that channel"
        wrong = settings.discord.model_copy(update={"token": SecretStr("wrong")})
        found = await findings(settings.model_copy(update={"discord": wrong}))
        assert found["Discord"].said == "Discord refuses the token"


def with_model(tmp_path: Path, **openai: object) -> Settings:
    base = settings_for(tmp_path)
    changed = {"brief": {"summarizers": ("openai", "extractive")}, "openai": openai}
    return base.model_copy(
        update={name: getattr(base, name).model_copy(update=table) for name, table in changed.items()}
    )


@pytest.mark.slow
async def test_the_models_server(tmp_path: Path) -> None:
    price = {"input_price": 0.0, "output_price": 0.0}
    assert (await findings(settings_for(tmp_path)))["Models"].state is State.OFF
    async with openai_server(key="k-123456789") as server:
        key = {"base_url": server.base_url, "api_key": SecretStr("k-123456789")}
        found = (await findings(with_model(tmp_path, **key, **price)))["Model openai"]
        assert (found.state, found.said) == (State.OK, "its server answers and knows gpt-5-mini")
        found = (await findings(with_model(tmp_path, **key)))["Model openai"]
        assert found.said == "gpt-5-mini has no price, so it is never called"
        found = (await findings(with_model(tmp_path, **key, **price, model="gpt-9")))["Model openai"]
        assert found.said == "the server does not know gpt-9"
        assert "It has gpt-5-mini" in found.todo
        key["api_key"] = SecretStr("k-wrong-wrong")
        found = (await findings(with_model(tmp_path, **key, **price)))["Model openai"]
        assert found.state is State.FAIL
        assert "k-wrong" not in str(found)
    found = (await findings(with_model(tmp_path, base_url=server.base_url, **price)))["Model openai"]
    assert found.said == "The model's server does not answer"
    assert not server.requests
    missing = with_model(tmp_path, base_url=server.base_url, prompts=str(tmp_path / "none"), **price)
    assert "no folder" in (await findings(missing))["Summarizers"].said


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ("llama3.2:latest", "llama3.2"),
        ("llama3.2", "llama3.2:latest"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
    ],
)
async def test_a_model_is_known_by_any_of_its_names(tmp_path: Path, listed: str, named: str) -> None:
    async with openai_server(models=(listed,)) as server:
        model = {"base_url": server.base_url, "model": named, "input_price": 0.0, "output_price": 0.0}
        assert (await findings(with_model(tmp_path, **model)))["Model openai"].state is State.OK


async def test_asked_to_it_has_each_model_write_a_brief_and_shows_the_servers_own_words(
    tmp_path: Path,
) -> None:
    said = answer("Bridge opens", ("The new bridge over the river opened on Monday.", [1]))
    key = "sk-proj-secret-1234567890"
    async with openai_server(script=[said], schemas=False, models=("other",)) as server:
        model = {
            "base_url": server.base_url,
            "api_key": SecretStr(key),
            "input_price": 1.0,
            "output_price": 1.0,
        }
        settings = with_model(tmp_path, **model)
        async with open_store(settings.store.url):
            pass  # a database to enter the cost in
        assert (await findings(settings))["Model openai"].state is State.FAIL  # it is not in the list
        assert server.requests == []
        found = (await findings(settings, ask=True))["Model openai"]
        assert found.state is State.OK
        assert "it wrote “The new bridge over the river opened on Monday.” in " in found.said
        assert found.said.endswith("it goes without answers by a JSON schema")
        async with open_store(settings.store.url) as store:
            assert (
                sum(spend.cost for spend in await store.spend.spends(f"{utc_now():%Y-%m}")) == server.charged
            )
        server.script = [Refuses(400, None, f"Bad request by {key}: the quota of project 7 is odd")]
        found = (await findings(settings, ask=True))["Model openai"]
        assert found.state is State.FAIL
        assert "The server says: “Bad request by •••: the quota of project 7 is odd" in found.said
        unpriced = with_model(tmp_path, base_url=server.base_url, model="other")
        assert "no price" in (await findings(unpriced, ask=True))["Model openai"].said


def test_the_command_asks_where_it_is_told_to(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\nurl = "{tmp_path / "desk.sqlite3"}"\n')
    assert CliRunner().invoke(app, ["doctor", "--ask", "--config", str(config)]).exit_code == 0


def test_a_missing_price_or_key_is_said_once_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unready(settings_for(tmp_path)) == []
    (said,) = unready(with_model(tmp_path))
    assert said.startswith(
        "openai is never asked: gpt-5-mini has no price. Set input_price and output_price in [openai]"
    )
    (said,) = unready(with_model(tmp_path, input_price=0.25, output_price=2.0))
    assert "without a key" in said
    assert unready(with_model(tmp_path, input_price=0.25, output_price=2.0, api_key=SecretStr("sk-1"))) == []
    attic = ServerSettings(model="m", base_url="http://attic.example/v1")
    base = with_model(tmp_path, servers={"attic": attic})
    chain = base.model_copy(
        update={"brief": base.brief.model_copy(update={"summarizers": ("openai:attic", "extractive")})}
    )
    (said,) = unready(chain)
    assert "in [openai.servers.attic]" in said
    monkeypatch.setattr("bot.cli.running._once", _nothing)
    config = tmp_path / "config.toml"
    config.write_text('[brief]\nsummarizers = ["openai", "extractive"]\n')
    ran = CliRunner().invoke(app, ["run", "--once", "--config", str(config)])
    assert ran.stderr.count("openai is never asked") == 1


async def _nothing(settings: Settings) -> None:
    """In place of the desk."""


def listening(tmp_path: Path, listen: str) -> Settings:
    base = settings_for(tmp_path)
    return base.model_copy(update={"dashboard": base.dashboard.model_copy(update={"listen": listen})})


async def test_where_the_dashboard_listens(tmp_path: Path) -> None:
    assert (await findings(settings_for(tmp_path)))["Dashboard"].state is State.OFF
    assert (await findings(listening(tmp_path, "0.0.0.0:80")))["Dashboard"].said == "it refuses to listen"
    away = (await findings(listening(tmp_path, "127.0.0.1:99999")))["Dashboard"]
    assert away.state is State.FAIL
    async with openai_server() as other:
        place = other.base_url.removeprefix("http://").removesuffix("/v1")
        found = (await findings(listening(tmp_path, place)))["Dashboard"]
        assert found.said == f"another program listens on {place}"
    assert (await findings(listening(tmp_path, place)))["Dashboard"].said == f"{place} is free"
    settings = listening(tmp_path, place)
    async with open_app(settings, console=False) as opened:
        await opened.start()
        assert (await findings(settings))["Dashboard"].said == f"a desk answers on {place}"


@pytest.mark.slow
async def test_where_telegram_sends_updates(tmp_path: Path) -> None:
    async with TelegramServer() as server:
        base = settings_for(tmp_path)

        async def webhook(wanted: str, **info: object) -> Finding | None:
            server._methods.webhook = info
            telegram = {"token": SecretStr(server.token), "base_url": server.base_url, "webhook_url": wanted}
            settings = base.model_copy(update={"telegram": base.telegram.model_copy(update=telegram)})
            return (await findings(settings)).get("Telegram: webhook")

        mine = "https://news.example/telegram/updates"
        assert await webhook("", url="") is None
        for wanted, url, error, said in (
            ("", "https://else.example/", "", "another program has the updates"),
            (mine, "", "", "does not know webhook_url yet"),
            (mine, mine, "Connection refused", "could not deliver there: Connection refused"),
            (mine, mine, "", "Telegram sends updates there"),
        ):
            more = {"last_error_message": error, "last_error_date": 1} if error else {}
            found = await webhook(wanted, url=url, **more)
            assert found is not None
            assert said in found.said


def test_the_command_exits_by_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fine = CliRunner().invoke(app, ["doctor", "--json"])
    assert fine.exit_code == 0, fine.output
    assert {row["state"] for row in json.loads(fine.stdout)} == {"ok", "off"}
    (tmp_path / "config.toml").write_text("[stor]\nurl = 'x'\n")
    wrong = CliRunner().invoke(app, ["doctor"])
    assert wrong.exit_code == 1
    assert "✗ Configuration" in wrong.stdout
    assert "did you mean “store”?" in wrong.stdout
