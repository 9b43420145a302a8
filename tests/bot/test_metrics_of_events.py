"""What Prometheus is told at /metrics after a platform's 429s and a model's inventions."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.bot.conftest import open_house
from tests.bot.dashboard.browsing import browsing, free_port
from tests.bot.test_telegram_story import ANN, on_telegram, told
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_server import Fault as DiscordFault
from tests.fakes.faults import THROTTLE
from tests.fakes.openai_server import Says, faithful, openai_server
from tests.fakes.telegram_faults import Fault

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
RIGHTS = (1 << 4) | (1 << 10) | (1 << 11) | (1 << 31)


async def scraped(port: int) -> dict[str, float]:
    """Every sample by its name and the values of its labels."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        assert answer.status == 200
        page = await answer.text()
    return {
        " ".join(
            [one.name.removeprefix("newsdesk_"), *(value for _, value in sorted(one.labels.items()))]
        ): one.value
        for family in text_string_to_metric_families(page)
        for one in family.samples
    }


async def test_telegrams_429_and_the_waiting_message_are_seen_and_then_that_it_went(tmp_path: Path) -> None:
    port = free_port()
    async with on_telegram(tmp_path, with_sources=False, dashboard={"listen": f"127.0.0.1:{port}"}) as (
        house,
        server,
    ):
        start = await scraped(port)
        await told(server, ANN, ANN, f"/subscribe {house.newsroom.base}/herald/")
        before = await scraped(port)
        assert "flood_waits_total telegram" not in before
        server.faults.append(Fault("send(Rich)?Message", THROTTLE, times=1, retry_after=1))
        await house.app.desk.cycle()
        during = await scraped(port)
        assert during["flood_waits_total telegram"] == during["sends_total wait telegram"] == 1
        assert during["queue pending"] == 1
        assert (start["items_total"], start.get("polls_total ok", 0)) == (0, 0)
        assert during["items_total"] == 3
        assert during["polls_total ok"] >= 1
        await asyncio.sleep(1.1)
        await house.app.desk.outbox.deliver_due()
        after = await scraped(port)
        assert (after["queue pending"], after["sends_total sent telegram"]) == (0, 1)
        assert after["flood_waits_total telegram"] == 1
        assert after["send_seconds_count telegram"] == 2


async def test_discords_429_is_seen(tmp_path: Path) -> None:
    """One that asks for more than the library waits by itself."""
    port = free_port()
    server = DiscordServer()
    guild = server.world.add_guild("Town")
    manager = server.world.add_member(guild, "mia", server.world.add_role(guild, "editors", RIGHTS))
    channel = server.world.add_channel(guild, "news")
    async with server:
        discord = {"token": SecretStr(server.world.token), "api_base": server.api_base,
                   "gateway": server.gateway_url}  # fmt: skip
        async with open_house(
            tmp_path, console=False, with_sources=False, discord=discord,
            access={"admins": (f"discord:{manager.id}",)}, dashboard={"listen": f"127.0.0.1:{port}"},
        ) as house:  # fmt: skip
            await house.app.start()
            one = await server.slash("subscribe", manager, channel, source=f"{house.newsroom.base}/herald/")
            await server.answered(one)
            server.faults.append(DiscordFault("POST .*/messages", THROTTLE, times=1, delay=60))
            await house.app.desk.cycle()
            found = await scraped(port)
    assert found["flood_waits_total discord"] == found["sends_total wait discord"] == 1


async def test_what_a_model_invents_is_counted_as_cut_and_what_it_costs_as_spent(tmp_path: Path) -> None:
    def inventive(prompt: str) -> Says:
        said = json.loads(faithful(prompt).content or "")
        for draft in said.get("stories", [said]):
            draft["sentences"].append({"text": "Nine hundred people died in Zanzibar.", "cites": [1]})
        return Says(json.dumps(said))

    async with openai_server(obey=inventive) as server:
        openai = {"base_url": server.base_url, "model": "tiny", "input_price": 1.0, "output_price": 1.0}
        async with browsing(
            tmp_path, openai=openai, brief={"summarizers": ("openai", "extractive"), "deadline_seconds": 8.0}
        ) as (house, web):
            port = int(web.base.rpartition(":")[2])
            before = await scraped(port)
            assert not [name for name in before if name.startswith(("grounding_cuts_total", "spend tiny"))]
            await house.app.desk.cycle()
            await asyncio.sleep(0.6)  # one look at the loop
            after = await scraped(port)
            assert b"Zanzibar" not in house.printed.getvalue().encode()
    cuts = {name: value for name, value in after.items() if name.startswith("grounding_cuts_total")}
    assert sum(cuts.values()) >= 1
    assert after["briefs_total ok openai"] >= 1
    assert after["spend tiny day"] > 0
    assert after["poll_lag_seconds_count"] == 5
    assert after["loop_delay_seconds_count"] > before["loop_delay_seconds_count"]
