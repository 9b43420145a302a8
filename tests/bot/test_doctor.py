"""What ``newsdesk doctor`` finds, against the strict servers, and what it says to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.cli import app
from bot.config import Settings, SourceSettings
from bot.demo.newsroom import serve
from bot.doctor import examine
from bot.findings import Finding, State
from digests.clock import utc_now
from digests.model import Chat, Source, Subscription
from digests.store import open_store
from tests.bot.conftest import settings_for
from tests.fakes.discord_server import DiscordServer
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.filterwarnings("ignore:'audioop' is deprecated")


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding async for finding in examine(settings)}


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
