"""Language models in the whole desk: briefs, money, restarts, batches, and what admins see."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import PriceSettings, ServerSettings
from digests.clock import utc_now
from digests.model import FailureKind, Limit
from digests.store import open_store
from tests.bot.conftest import House, open_house
from tests.fakes.openai_server import OpenAiServer, Refuses, faithful, openai_server

pytestmark = pytest.mark.slow

KEY = "sk-never-to-be-seen-1"


@asynccontextmanager
async def with_model(
    folder: Path, server: OpenAiServer, *, chain: tuple[str, ...] = ("openai", "extractive"), **openai: Any
) -> AsyncIterator[House]:
    table = {"base_url": server.base_url, "model": "tiny", "input_price": 1.0, "output_price": 1.0,
             "api_key": SecretStr(KEY)}  # fmt: skip
    async with open_house(
        folder, openai=table | openai, brief={"summarizers": chain, "deadline_seconds": 8.0}
    ) as house:
        yield house


async def briefs_of(house: House) -> list[Any]:
    (chat,) = await house.app.desk.store.chats.all()
    return [item.brief for digest in await house.app.desk.store.digests.last(chat.id, 5)
            for item in (*digest.items, *digest.headlines)]  # fmt: skip


async def test_a_models_briefs_are_posted_paid_and_not_paid_again_after_a_restart(tmp_path: Path) -> None:
    async with openai_server(obey=faithful, key=KEY) as server:
        async with with_model(tmp_path, server) as house:
            assert (await house.app.desk.cycle()).sent > 0
            briefs = await briefs_of(house)
            assert {brief.summarizer for brief in briefs} == {"openai"}
            assert {(brief.topics, brief.score) for brief in briefs} == {(("society",), 7.0)}
            spends = await house.app.desk.store.spend.spends(f"{utc_now():%Y-%m}")
            assert sum(s.cost for s in spends) >= server.charged > 0
            assert all(s.chat_id is not None and s.source_id and not s.held for s in spends)
            text = await house.say("/budget")
            assert "tiny: 0.0" in text
            assert "source 1, " in text
            calls = len(server.requests)
            assert calls < len(briefs)  # short stories went together
        async with with_model(tmp_path, server) as house:
            # another chat with the same wishes gets the same briefs
            store = house.app.desk.store
            (chat,) = await store.chats.all()
            other = await store.chats.ensure(replace(chat, id=0, address="other"), utc_now())
            for subscription, _ in await store.subscriptions.of_chat(chat.id):
                await store.subscriptions.add(
                    replace(subscription, id=0, chat_id=other.id, after_entry=0), utc_now()
                )
            edited = await house.app.desk.editor.edit(other, utc_now())
            assert edited.stories > 0
            assert len(server.requests) == calls
        async with with_model(tmp_path, server, model="other", prices={"other": PriceSettings(input=1, output=1)},
                              input_price=None) as house:  # fmt: skip
            await store_fresh_chat(house, "third")
            assert len(server.requests) > calls  # another model writes anew


async def store_fresh_chat(house: House, address: str) -> None:
    store = house.app.desk.store
    chat = (await store.chats.all())[0]
    other = await store.chats.ensure(replace(chat, id=0, address=address), utc_now())
    for subscription, _ in await store.subscriptions.of_chat(chat.id):
        await store.subscriptions.add(replace(subscription, id=0, chat_id=other.id, after_entry=0), utc_now())
    await house.app.desk.editor.edit(other, utc_now())


async def test_past_the_cap_the_digest_goes_out_marked_and_the_admins_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with openai_server(obey=faithful) as server:
        async with with_model(tmp_path, server, daily_cap=0.0001) as house:
            assert (await house.app.desk.cycle()).sent > 0
            briefs = await briefs_of(house)
            assert {(b.summarizer, b.instead) for b in briefs} == {("extractive", FailureKind.BUDGET)}
            assert "Written without a model: the budget for it is used up." in house.printed.getvalue()
            assert server.requests == []
            await store_fresh_chat(house, "second")
        assert caplog.text.count("did not fit under the cap of") == 1
        async with with_model(tmp_path, server, daily_cap=0.0001) as house:
            await store_fresh_chat(house, "third")
        assert caplog.text.count("did not fit under the cap of") == 1


async def test_a_chain_of_two_servers_and_what_health_says(tmp_path: Path) -> None:
    async with openai_server(script=[Refuses(500)]) as broken, openai_server(obey=faithful) as own:
        local = ServerSettings(model="llama", base_url=own.base_url, input_price=0, output_price=0)
        chain = ("openai", "openai:local", "extractive")
        async with with_model(tmp_path, broken, chain=chain, servers={"local": local}) as house:
            assert "openai: no failure since the start." in await house.say("/health")
            assert (await house.app.desk.cycle()).sent > 0
            briefs = await briefs_of(house)
            assert {(b.summarizer, b.instead) for b in briefs} == {("openai:local", None)}
            text = await house.say("/health")
            assert "Last failure just now: The model's server answered with status 500." in text
            assert "openai:local: no failure since the start." in text
            assert "Sources" in text
            assert "fail:" in text  # one of the demo's sources is broken
            assert KEY not in text


async def test_an_unknown_price_fails_closed(tmp_path: Path) -> None:
    async with openai_server(obey=faithful) as server:
        async with with_model(tmp_path, server, chain=("openai:huge", "extractive")) as house:
            assert (await house.app.desk.cycle()).sent > 0
            assert {b.summarizer for b in await briefs_of(house)} == {"extractive"}
        assert server.requests == []


async def test_briefs_come_ahead_through_the_batch_api(tmp_path: Path) -> None:
    async with openai_server(obey=faithful) as server, with_model(tmp_path, server, batch=True) as house:
        desk = house.app.desk
        assert desk.ahead is not None
        await desk.intake.poll_due(utc_now())
        await desk.read_all()
        (chat,) = await desk.store.chats.all()
        now = utc_now()
        await desk.store.chats.set_settings(chat.id, replace(chat.settings, cadence="daily 08:00"))
        await desk.store.chats.schedule(chat.id, now + timedelta(hours=2))
        assert await desk.ahead.run(now) == 0
        (batch,) = await desk.store.batches.open()
        held = await desk.store.spend.used(Limit(None, f"{now:%Y-%m}", 0))
        assert held > 0
        assert await desk.ahead.run(now + timedelta(minutes=40)) == 0  # asked for once
        assert len(server.batches.batches) == 1
        await server.batches.finish()
        assert await desk.ahead.run(now + timedelta(hours=1)) == len(batch.briefs) > 1
        assert await desk.store.batches.open() == []
        paid = await desk.store.spend.used(Limit(None, f"{now:%Y-%m}", 0))
        assert 0 < paid < held
        assert abs(paid - server.charged / 2) <= len(batch.briefs)  # at half the price
        chat = await desk.store.chats.get(chat.id) or chat
        assert (await desk.editor.edit(chat, now + timedelta(hours=2))).stories == len(batch.briefs)
        assert server.requests == []
        assert {b.summarizer for b in await briefs_of(house)} == {"openai"}


@pytest.mark.parametrize("how", ["refused", "failed", "expired", "late", "lost"])
async def test_a_batch_that_does_not_come_costs_nothing_but_its_time(tmp_path: Path, how: str) -> None:
    async with openai_server(obey=faithful) as server, with_model(tmp_path, server, batch=True) as house:
        desk = house.app.desk
        assert desk.ahead is not None
        await desk.intake.poll_due(utc_now())
        await desk.read_all()
        (chat,) = await desk.store.chats.all()
        now = utc_now()
        await desk.store.chats.set_settings(chat.id, replace(chat.settings, cadence="daily 08:00"))
        await desk.store.chats.schedule(chat.id, now + timedelta(hours=2))
        server.batches.refuses = 503 if how == "refused" else None
        await desk.ahead.run(now)
        later = now + timedelta(hours=1)
        limit = Limit(None, f"{now:%Y-%m}", 0)
        held = await desk.store.spend.used(limit)
        if how in {"failed", "expired"}:
            await server.batches.finish(how)
        elif how == "late":
            later = now + timedelta(hours=4)
        elif how == "lost":
            server.batches.refuses = 404
            later = now + timedelta(hours=26)
        assert await desk.ahead.run(later) == 0
        if how == "late":
            assert server.batches.cancelled == ["batch-1"]
            await desk.ahead.run(later)
        assert await desk.store.batches.open() == []
        # what may have been written and can't be read is paid in full
        assert await desk.store.spend.used(limit) == (held if how == "lost" else 0)
        chat = await desk.store.chats.get(chat.id) or chat
        assert (await desk.editor.edit(chat, later)).stories > 0
        assert server.requests
        assert {b.summarizer for b in await briefs_of(house)} == {"openai"}


async def test_summarize_in_the_shell_pays_from_the_same_ledger(tmp_path: Path) -> None:
    async with openai_server(obey=faithful) as server:
        config = tmp_path / "config.toml"
        config.write_text(
            f'[store]\nurl = "{tmp_path}/desk.sqlite3"\n[brief]\nsummarizers = ["openai", "extractive"]\n'
            f'[openai]\nbase_url = "{server.base_url}"\nmodel = "tiny"\ninput_price = 1\noutput_price = 1\n'
        )
        article = tmp_path / "article.txt"
        article.write_text("The council opened the new bridge on Monday. It cost 14 million euros.")
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", "summarize", str(article), "--json", "--config", str(config)],
            check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert json.loads(done.stdout)["summarizer"] == "openai"
        async with open_store(str(tmp_path / "desk.sqlite3")) as store:
            assert await store.spend.used(Limit(None, f"{utc_now():%Y-%m}", 0)) == server.charged
