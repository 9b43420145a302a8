"""A configuration that changes while the desk works: put in place whole, or refused whole."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import open_app
from bot.config import Settings, load
from bot.conversation import Request
from bot.demo.newsroom import serve
from bot.platforms.console import PERSON
from bot.reloading import Reloaded, Reloader, needs_restart
from digests.errors import ConfigError
from digests.model import Article, AuditEntry, BriefRequest, Chat, Failure
from tests.bot.conftest import House, open_house
from tests.fakes.openai_server import faithful, openai_server
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGED = ROOT / "digests" / "brief" / "llm" / "prompts" / "brief-2.toml"
TOWN = "Mayor Ada Vale opened the harbour bridge on Monday after two years of work by the town."


class Said:
    """What the admins were told, and what was put to work."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.applied: list[Settings] = []
        self.unable = ""

    async def tell(self, words: Callable[[], str]) -> None:
        self.lines.append(words())

    async def apply(self, settings: Settings) -> None:
        if self.unable:
            raise ConfigError(self.unable)
        self.applied.append(settings)


def watched(tmp_path: Path, text: str = "") -> tuple[Path, Reloader, Said]:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    said = Said()
    return path, Reloader(path, load(path), said.apply, said.tell), said


async def test_what_is_not_valid_is_refused_and_told_once(tmp_path: Path) -> None:
    path, reloader, said = watched(tmp_path, '[chats]\nzone = "UTC"\n')
    assert await reloader.reload_changed() is None
    path.write_text('[chats]\nzoen = "UTC"\n', encoding="utf-8")
    for _ in range(2):
        result = await reloader.reload()
        assert "did you mean “zone”?" in result.refused
    assert await reloader.reload_changed() is None  # nothing new there
    assert len(said.lines) == 1
    assert "goes on with the one before" in said.lines[0]
    assert "line 2" in said.lines[0]
    assert said.applied == []
    path.write_text('[chats]\nzone = "Europe/Berlin"\n', encoding="utf-8")
    result = await reloader.reload_changed()
    assert result is not None
    assert result.refused == ""
    assert said.applied[0].chats.zone == "Europe/Berlin"
    assert "valid again" in said.lines[1]


async def test_what_the_desk_cannot_do_is_refused_too(tmp_path: Path) -> None:
    path, reloader, said = watched(tmp_path)
    said.unable = "There is no folder prompts."
    path.write_text('[openai]\nprompts = "prompts"\n', encoding="utf-8")
    result = await reloader.reload_changed()
    assert result is not None
    assert result.refused == said.unable


async def test_a_file_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    path, reloader, said = watched(tmp_path)
    path.unlink()
    result = await reloader.reload_changed()
    assert result is not None
    assert "can't be read" in result.refused
    assert said.applied == []


async def test_what_needs_a_restart_is_named_and_told_once(tmp_path: Path) -> None:
    path, reloader, said = watched(tmp_path)
    text = '[store]\nurl = "other.sqlite3"\n[telegram]\ntoken = "12345:abc"\n[chats]\nwords = 60\n'
    path.write_text(text, encoding="utf-8")
    assert (await reloader.reload()).restart == ("telegram.token", "store.url")
    path.write_text(text + "stories = 4\n", encoding="utf-8")
    assert (await reloader.reload()).restart == ("telegram.token", "store.url")
    assert len(said.lines) == 1
    assert "telegram.token, store.url" in said.lines[0]
    assert "12345:abc" not in said.lines[0]
    path.write_text("", encoding="utf-8")
    assert (await reloader.reload()).restart == ()


def test_every_setting_is_live_or_needs_a_restart() -> None:
    old = Settings()
    new = old.model_copy(update={
        "access": old.access.model_copy(update={"admins": ("telegram:1",)}),
        "openai": old.openai.model_copy(update={"daily_cap": 5.0, "batch": True}),
        "deliver": old.deliver.model_copy(update={"on_doubt": "hold"}),
        "discord": old.discord.model_copy(update={"highlight_roles": ("123456789012345",), "shards": 2}),
        "brief": old.brief.model_copy(update={"summarizers": ("openai",), "deadline_seconds": 9}),
        "watch": old.watch.model_copy(update={"shortest_minutes": 1, "allow_private": True}),
        "log": old.log.model_copy(update={"level": "DEBUG"}),
        "keep": old.keep.model_copy(update={"digests_days": 1}),
    })  # fmt: skip
    assert needs_restart(old, new) == ("discord.shards", "watch.allow_private")


async def test_a_change_of_the_prompts_is_a_change(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    _path, reloader, said = watched(tmp_path, f'[openai]\nprompts = "{prompts}"\n')
    assert await reloader.reload_changed() is None
    (prompts / "brief.toml").write_text("words = 1\n", encoding="utf-8")
    assert await reloader.reload_changed() is not None
    assert len(said.applied) == 1


async def test_each_change_of_the_folder_is_looked_at(tmp_path: Path) -> None:
    path, reloader, said = watched(tmp_path)
    waves: asyncio.Queue[None] = asyncio.Queue()
    folders: list[Path] = []

    async def changes(*where: Path):  # type: ignore[no-untyped-def]
        folders.extend(where)
        while True:
            yield await waves.get()

    watching = asyncio.create_task(reloader.watch(changes))
    path.write_text("[chats]\nstories = 4\n", encoding="utf-8")
    waves.put_nowait(None)
    async with asyncio.timeout(5):
        while not said.applied:  # noqa: ASYNC110 - the watch has no event for it
            await asyncio.sleep(0.01)
    assert folders == [tmp_path]
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def changed(house: House, **tables: dict[str, object]) -> None:
    settings = Settings()
    await house.app.apply(
        settings.model_copy(
            update={name: getattr(settings, name).model_copy(update=table) for name, table in tables.items()}
        )
    )


async def test_a_desk_at_work_takes_a_new_configuration(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        live = house.app.live_settings
        assert "Harbour Herald" in await house.say("/sources list")
        before = live.summarizer.cache_key
        await changed(
            house,
            access={"admins": ("telegram:9",), "subscriptions": 2},
            openai={"daily_cap": 9.0, "input_price": 0.0, "output_price": 0.0},
            brief={"summarizers": ("openai", "extractive")},
            watch={"shortest_minutes": 1.0, "together": 3},
        )
        assert list(live.admins) == ["telegram:9"]
        assert live.limits["subscriptions"] == 2
        assert "9.00" in await house.say("/budget")
        assert live.summarizer.cache_key != before
        assert [state.name for state in live.model_states()] == ["openai"]


async def test_policies_of_a_desk_at_work_change_too(tmp_path: Path) -> None:
    """What becomes of doubtful messages, how long things are kept, who may be mentioned, how long a digest waits,
    and whether briefs are asked for ahead."""
    async with open_house(tmp_path) as house:
        desk = house.app.desk
        live = house.app.live_settings
        assert desk.live is live
        assert (live.keep.digests, live.on_doubt, live.batches) == (timedelta(days=365), None, None)
        assert desk.ahead is not None
        await changed(
            house,
            deliver={"on_doubt": "hold"},
            keep={"digests_days": 30},
            discord={"highlight_roles": ("123456789012345",)},
            brief={"deadline_seconds": 7.0, "summarizers": ("openai", "extractive")},
            openai={"batch": True, "batch_hours": 5.0, "input_price": 0.0, "output_price": 0.0},
        )
        assert live.keep.digests == timedelta(days=30)
        assert desk.outbox._results._on_doubt() == "hold"
        assert live.mentionable() == ["123456789012345"]
        assert desk.asks._live.deadline == desk.editor._briefing._live.deadline == timedelta(seconds=7)
        assert (live.batches is not None, live.batch_lead) == (True, timedelta(hours=5))
        await changed(house)
        assert (live.mentionable(), desk.outbox._results._on_doubt(), live.batches) == ([], None, None)
        assert await desk.ahead.run(desk.clock()) == 0


async def test_what_is_kept_shorter_is_forgotten_at_the_next_round(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        assert (await house.app.desk.cycle()).digests == 1
        later = house.app.desk.clock() + timedelta(days=50)
        desk = replace(house.app.desk, clock=lambda: later)
        for day in range(1, 4):  # the desk has lived meanwhile, so its clock is trusted
            await desk.store.people.note(
                AuditEntry(chat_id=None, person="console:me", what="/limits", at=later - timedelta(days=day))
            )
        await desk.prune()
        assert len(await desk.store.looking.posted(5)) == 1
        await changed(house, keep={"digests_days": 40})
        await desk.prune()
        assert await desk.store.looking.posted(5) == []


async def test_a_refused_configuration_leaves_everything(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        before = len(await house.app.desk.store.sources.all())
        for table in (
            {"dashboard": {"listen": "0.0.0.0:8080"}},
            {"openai": {"prompts": str(tmp_path / "nowhere")}},
        ):
            with pytest.raises(ConfigError):
                await changed(house, access={"admins": ("telegram:9",)}, **table)
        assert list(house.app.live_settings.admins) == []
        assert len(await house.app.desk.store.sources.all()) == before


async def until(what: Callable[[], bool], why: Callable[[], object]) -> None:
    try:
        async with asyncio.timeout(20):
            while not what():  # noqa: ASYNC110 - what is waited for may be anything
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(why()) from None


@pytest.mark.slow
async def test_a_running_process_follows_its_file(tmp_path: Path) -> None:
    """Edited to something invalid, to something valid, and read again for SIGHUP."""
    path = tmp_path / "config.toml"
    log = tmp_path / "log"
    async with serve(datetime.now(UTC)) as newsroom, TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_private(7)
        head = (
            f'[store]\nurl = "{tmp_path / "desk.sqlite3"}"\n[watch]\nallow_private = true\n'
            f'[console]\nenabled = false\n[telegram]\ntoken = "{server.token}"\nbase_url = "{server.base_url}"\n'
            '[access]\nadmins = ["telegram:7"]\n'
        )
        sources = [f'[[sources]]\nurl = "{url}"\nname = "{name}"\n' for url, name, _ in newsroom.feeds]
        path.write_text(head + sources[0], encoding="utf-8")
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(path), cwd=ROOT, stdin=-3, stdout=-3,
                stderr=out, env={**os.environ},
            )  # fmt: skip

        def told(words: str) -> int:
            return sum(words in message["text"] for message in server.accepted)

        try:
            await until(lambda: "serving telegram" in log.read_text(), log.read_text)
            await asyncio.sleep(0.5)  # the watch is on
            path.write_text(head + "[chats]\nzoen = 1\n" + sources[0], encoding="utf-8")
            await until(lambda: told("is refused") == 1, log.read_text)
            path.write_text(head + "[chats]\nwords = 70\n" + "".join(sources), encoding="utf-8")
            await until(lambda: told("valid again") == 1, log.read_text)
            server.world.say(7, 7, "/sources list")
            await until(lambda: told("Vale Post") > 0, log.read_text)
            # an editor that puts a new file in the old one's place
            fresh = tmp_path / "config.new"
            fresh.write_text(head + "[discord]\nshards = 2\n" + sources[0], encoding="utf-8")
            fresh.replace(path)
            await until(lambda: told("discord.shards") == 1, log.read_text)
            before = log.read_text().count("was read again")
            process.send_signal(signal.SIGHUP)
            await until(lambda: log.read_text().count("was read again") == before + 1, log.read_text)
            assert process.returncode is None
            assert server.token not in log.read_text()
        finally:
            process.terminate()
            assert await process.wait() == 0


@pytest.mark.slow
async def test_the_next_brief_is_asked_for_by_the_changed_prompt(tmp_path: Path) -> None:
    """A prompt that is not valid is refused in plain words, and the one before asks on."""
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    own, text = prompts / "brief.toml", PACKAGED.read_text(encoding="utf-8")
    path = tmp_path / "config.toml"
    wish = BriefRequest(
        articles=(Article(paragraphs=(TOWN,), sentences=(TOWN,), language="en"),), sentences=1, chat_id=None
    )

    async with openai_server(obey=faithful) as server:
        path.write_text(
            f'[store]\nurl = "{tmp_path / "desk.sqlite3"}"\n[brief]\nsummarizers = ["openai"]\n[openai]\n'
            f'base_url = "{server.base_url}"\ninput_price = 0.0\noutput_price = 0.0\nprompts = "{prompts}"\n',
            encoding="utf-8",
        )
        async with open_app(load(path), console=False) as app:
            said = Said()
            reloader = Reloader(path, load(path), app.apply, said.tell)

            async def asked() -> str:
                done = await app.desk.asks.summarize_text(TOWN, wish)
                assert not isinstance(done, Failure), done
                return str(server.requests[-1]["messages"][0]["content"])

            assert "Write like a pirate" not in await asked()
            own.write_text(text.replace("Rules:", "Write like a pirate.\nRules:"), encoding="utf-8")
            assert (await reloader.reload_changed()) == Reloaded()
            assert "Write like a pirate" in await asked()
            own.write_text(text.replace("{source}", "{sauce}"), encoding="utf-8")
            refused = await reloader.reload_changed()
            assert refused is not None
            assert "brief.toml can't be used: it fills in sauce, which it can't know" in refused.refused
            assert refused.refused in said.lines[-1]
            assert "Write like a pirate" in await asked()


async def test_sources_of_a_changed_file_are_polled_and_told_next(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with serve(datetime.now(UTC)) as newsroom:
        head = (
            f'[store]\nurl = "{tmp_path / "desk.sqlite3"}"\n[watch]\nallow_private = true\n'
            '[chats]\ncadence = "instant"\n'
        )
        feeds = [f'[[sources]]\nurl = "{url}"\nname = "{name}"\n' for url, name, _ in newsroom.feeds]
        path.write_text(head + feeds[0], encoding="utf-8")
        printed = io.StringIO()
        async with open_app(load(path), console=True, out=printed) as app:
            reloader = Reloader(path, load(path), app.apply, Said().tell)
            await app.desk.cycle()
            states = await app.desk.store.sources.states()
            assert len([one for one in states.values() if one.last_poll]) == 1
            path.write_text(head + "".join(feeds[:2]), encoding="utf-8")
            assert (await reloader.reload_changed()) == Reloaded()
            await app.desk.cycle()
            polled = await app.desk.store.sources.states()
            assert len([one for one in polled.values() if one.last_poll]) == 2
            path.write_text(head + feeds[0], encoding="utf-8")
            assert (await reloader.reload_changed()) == Reloaded()
            assert [one.name for one in await app.desk.store.sources.all()] == [newsroom.feeds[0][1]]


async def test_a_chat_met_after_the_change_starts_with_the_new_settings(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        url = house.newsroom.feeds[0][0]

        async def met(address: str) -> str:
            chat = Chat(platform="console", address=address)
            asked = Request(
                command="subscribe", words=url, chat=chat, person=PERSON, directory=house.app.console
            )
            await house.app.commands.handle(asked)
            known = await house.app.desk.store.chats.find("console", address, None)
            assert known is not None
            return known.settings.cadence

        assert await met("before") == "instant"
        await changed(house, chats={"cadence": "daily 07:15"})
        assert await met("after") == "daily 07:15"
        assert await met("before") == "instant"  # a chat's own settings are its own


async def test_the_next_digest_follows_its_channels_changed_settings(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.say("/settings style headlines")
        await house.say("/settings stories 2")
        assert (await house.app.desk.cycle()).digests == 1
        ((digest, _),) = await house.app.desk.store.looking.posted(5)
        assert (digest.style, len(digest.items)) == ("headlines", 2)
