"""Platforms that answer oddly: it is logged, the platform is unready meanwhile, and it is tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from discord_desk import EchoDesk, Scene, delivery, scene
from pydantic import SecretStr

from bot.conversation import File, Reply
from bot.platforms.discord import DiscordSettings
from bot.platforms.discord import chat as discord_chat
from bot.platforms.discord.chat import DiscordChat
from bot.platforms.discord.check import check as check_discord
from bot.platforms.telegram import TelegramSettings
from bot.platforms.telegram import chat as telegram_chat
from bot.platforms.telegram import directory as menu
from bot.platforms.telegram.check import check as check_telegram
from bot.platforms.telegram.client import failure_of
from bot.render.rich import text
from digests.ports import Sent, Uneditable
from tests.bot.platforms.telegram_desk import Echo, talking
from tests.fakes.discord_server import DiscordServer
from tests.fakes.faults import FAIL_BEFORE
from tests.fakes.telegram_server import TelegramServer


@pytest.fixture
async def at() -> AsyncIterator[Scene]:
    async with scene() as one:
        yield one


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_FIRST_PAUSE", "_LONGEST_PAUSE", "_LONGEST_OFFER"):
        monkeypatch.setattr(discord_chat, name, 0.05)
    monkeypatch.setattr(telegram_chat, "_RETRY", timedelta(seconds=0.05))
    monkeypatch.setattr(menu, "_SOON", 0.05)


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)


# ---------------------------------------------------------------- Discord


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("MESSAGE_REACTION_ADD", {"shape": "changed"}),
        ("GUILD_CREATE", {"id": "1", "channels": [{"type": 2}]}),
        ("INTERACTION_CREATE", {"type": 2}),
    ],
)
async def test_an_event_that_cannot_be_read_costs_only_itself(
    at: Scene, event: str, data: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await at.server.gateway.dispatch(event, data)
    await until(lambda: f"an event can't be read: {event.lower()}" in caplog.text.lower())
    one = await at.server.slash("summarize", at.reader, at.channel, what="https://news.example/a")
    await at.server.answered(one)
    assert at.chat.unready() is None
    assert at.server.gateway.identifies == 1


async def test_whatever_the_client_raises_it_is_unready_and_connects_again(
    at: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def break_off(self: Any, message: Any, /) -> None:
        raise KeyError("bitrate")

    from discord.gateway import DiscordWebSocket

    with monkeypatch.context() as broken:
        broken.setattr(DiscordWebSocket, "received_message", break_off)
        await at.server.gateway.dispatch("TYPING_START", {})
        await until(lambda: at.chat.unready() == "the gateway is not connected (KeyError)")
        assert isinstance(await at.chat.send(at.place(), delivery()), Sent)  # digests go out meanwhile
    assert "its client broke off" in caplog.text
    assert "bitrate" in caplog.text
    await until(lambda: at.chat.unready() is None)
    one = await at.server.slash("help", at.reader, at.channel)
    await at.server.answered(one)


async def test_where_discord_refuses_the_commands_digests_go_out_and_it_listens(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with DiscordServer() as server:
        guild = server.world.add_guild("Readers")
        channel = server.world.add_channel(guild, "news", 0)
        refused = server.fault(
            "PUT /applications", FAIL_BEFORE, status=400, code=30034, message="Max daily creates", times=3
        )
        chat = DiscordChat(
            server.world.token,
            EchoDesk().desk(),
            api_base=server.api_base,
            gateway=server.gateway_url,
            quiet=0.02,
        )
        await chat.start()
        try:
            await until(lambda: chat.unready() is None)
            place = Scene(server, chat, EchoDesk(), guild, channel, *[None] * 3).place()  # type: ignore[arg-type]
            assert isinstance(await chat.send(place, delivery()), Sent)
            await until(lambda: refused.met == 3)
            assert "Max daily creates" in caplog.text
            assert "digests and the commands it knows go on" in caplog.text
            await until(lambda: server.log.count("PUT /applications") == 4)
            assert server.gateway.identifies == 1
        finally:
            await chat.stop()


@pytest.mark.parametrize("where", ["GET /users/@me", "GET /oauth2/applications/@me"])
async def test_an_answer_of_another_shape_at_discords_login_is_tried_again(where: str) -> None:
    async with DiscordServer() as server:
        server.fault(where, FAIL_BEFORE, status=200, times=2)
        chat = DiscordChat(
            server.world.token,
            EchoDesk().desk(),
            api_base=server.api_base,
            gateway=server.gateway_url,
            quiet=0.02,
        )
        await chat.start()
        try:
            await until(lambda: chat.unready() is None)
        finally:
            await chat.stop()


async def test_a_404_to_an_edit_is_of_the_message_and_not_of_the_channel(at: Scene) -> None:
    sent = await at.chat.send(at.place(), delivery())
    assert isinstance(sent, Sent)
    at.server.fault(
        "PATCH /channels", FAIL_BEFORE, status=404, code=404, message="Message could not be found"
    )
    again = await at.chat.send(at.place(), delivery("It snowed.", 2, edits=sent.message_id))
    assert again == Uneditable("The message has been deleted.", deleted=True)


# ---------------------------------------------------------------- Telegram


@pytest.mark.parametrize("odd", [b'{"ok":true,"result":{"id":4242}}', b'{"hello":"x"}', b"[1]", b"{}"])
async def test_an_answer_of_another_shape_at_telegrams_login_is_tried_again(odd: bytes) -> None:
    echo = Echo()
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_private(7)
        server.odd["getMe"] = odd
        clock = telegram_clock()
        async with telegram_chat.TelegramChat(
            server.token, echo.desk(), base_url=server.base_url, clock=clock
        ) as chat:
            server.world.say(7, 7, "/help")
            assert (await server.next_message())["text"] == "help||"
            assert chat.unready() is None


def telegram_clock() -> Any:
    from digests.clock import utc_now

    return utc_now


@pytest.mark.parametrize("odd", [b'{"hello":"x"}', b"[1]"])
async def test_a_menu_that_is_answered_oddly_keeps_nobody_waiting(odd: bytes) -> None:
    async with talking(before=lambda server: server.odd.__setitem__("setMyCommands", odd)) as (
        server,
        _,
        chat,
    ):
        server.world.say(7, 7, "/help")
        assert (await server.next_message())["text"] == "help||"
        assert chat.unready() is None
        await server.until(lambda: server.count("setMyCommands") >= 4)  # it was set all the same


async def test_menus_do_not_hold_up_listening() -> None:
    async with talking(before=lambda s: s.fault("setMyCommands", "slow", delay=2, times=99)) as (
        server,
        _,
        _chat,
    ):
        server.world.say(7, 7, "/help")
        await server.next_message(1.5)
        assert server.count("setMyCommands") <= 1


async def test_a_listening_that_broke_off_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.platforms.telegram.updates import Updates

    listen, broken = Updates.listen, []

    async def once(self: Updates) -> None:
        if not broken:
            broken.append(self)
            raise KeyError("is_bot")
        await listen(self)

    monkeypatch.setattr(Updates, "listen", once)
    async with talking() as (server, _, _chat):
        server.world.say(7, 7, "/help")
        assert (await server.next_message())["text"] == "help||"
    assert broken
    assert "listening broke off" in caplog.text


async def test_a_file_that_telegram_refuses_is_said() -> None:
    async with talking() as (server, echo, _):
        echo.say = lambda _: Reply(text=text("Here it is."), files=(File("feeds.opml", b"<opml/>"),))
        server.fault(
            "sendDocument", FAIL_BEFORE, status=400, times=9,
            description="Bad Request: not enough rights to send documents to the chat",
        )  # fmt: skip
        server.world.say(7, -10050, "/help")
        first, second = await server.next_message(), await server.next_message()
        assert first["text"] == "Here it is."
        # in the language of the person's client
        assert second["text"] == "Não consigo enviar feeds.opml: o bot não pode enviar arquivos ali."


async def test_a_404_that_is_not_about_the_token_says_so(caplog: pytest.LogCaptureFixture) -> None:
    from telegram.error import InvalidToken

    assert "token" in failure_of(InvalidToken("Unauthorized")).reason
    assert "token" not in failure_of(InvalidToken("Not Found")).reason


# ---------------------------------------------------------------- doctor and logs


async def test_doctor_says_what_is_no_telegram_and_no_discord() -> None:
    async with TelegramServer() as server:
        server.odd["getMe"] = b'{"ok":true,"result":{"status":"ok"}}'
        wanted = TelegramSettings(token=SecretStr(server.token), base_url=server.base_url)
        found = [one async for one in check_telegram(wanted, [])]
        assert [("is not Telegram" in one.said, "base_url" in one.todo) for one in found] == [(True, True)]
    async with DiscordServer() as discord:
        discord.fault("GET /users/@me", FAIL_BEFORE, status=200)
        table = DiscordSettings(token=SecretStr(discord.world.token), api_base=discord.api_base)
        found = [one async for one in check_discord(table, [])]
        assert [("is not Discord" in one.said, "api_base" in one.todo) for one in found] == [(True, True)]


@pytest.mark.parametrize(("level", "shown"), [("DEBUG", True), ("INFO", False)])
def test_debug_shows_the_libraries(level: str, shown: bool, capsys: pytest.CaptureFixture[str]) -> None:
    from bot import logs

    root, before = logging.getLogger(), logging.getLogger().level
    handlers = list(root.handlers)
    try:
        logs.set_up(level, "json", ("SECRET",))
        for name in ("discord.gateway", "telegram.ext", "httpx"):
            logging.getLogger(name).debug("what %s does, SECRET", name)
        said = capsys.readouterr()
        assert (said.err + said.out).count("what") == (3 if shown else 0)
        assert "SECRET" not in said.err + said.out
    finally:
        logs.set_up("WARNING", "json", ())
        root.handlers[:] = handlers
        root.setLevel(before)
