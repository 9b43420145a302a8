"""What models cost and how they do, seen in the chats: warnings to admins, /budget, /health, the mark."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from digests.clock import utc_now
from digests.model import Hold, Usage
from tests.bot.test_model_story import ANN, LAW, Town, both, town
from tests.fakes.openai_server import Refuses

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
MARK = "Written without a model: the budget for it is used up."


def letters(at: Town, platform: str) -> list[str]:
    """What the admin was written in private."""
    if platform == "telegram":
        return [m["text"] for m in at.server.accepted if m["chat_id"] == ANN]
    private = {str(c.id) for c in at.server.world.channels.values() if c.guild_id is None}
    return [m["content"] for m in at.server.rest.accepted if str(m["channel_id"]) in private]


async def spend(at: Town, cost: int) -> None:
    """Spend so many millionths today."""
    hold = Hold(model="small", chat_id=None, source_id=0, amount=cost, day=f"{utc_now():%Y-%m-%d}")
    held = await at.desk.store.spend.reserve(hold, ())
    assert isinstance(held, Hold)
    await at.desk.store.spend.settle(held, cost, Usage(cost, 0))


@both
async def test_at_four_fifths_of_a_cap_the_admin_is_told_in_private_once(
    tmp_path: Path, platform: str
) -> None:
    def warnings() -> list[str]:
        return [text for text in letters(at, platform) if "for language models is" in text]

    async with town(tmp_path, platform, admin=True, daily_cap=1.0, monthly_cap=100.0) as at:
        await spend(at, 799_000)
        await at.say("ask Why is Quay Bridge closed?")  # nothing is read yet, so nothing is asked
        assert warnings() == []
        await spend(at, 999)
        await at.reports()
        await at.deliver()
        assert at.model.charged > 0
        await at.server.until(warnings, 10)
        (told,) = warnings()
        assert f"The cap of {utc_now():%Y-%m-%d} for language models is 8" in told
        assert re.search(r"is 8[01]% used: 0\.80", told)  # what calls under way have reserved counts too
        assert "of 1.0000. Past it, briefs are written without a model. /" in told
        paid = at.model.charged
        await at.say("ask Why is Quay Bridge closed?")
        assert at.model.charged > paid
        await asyncio.sleep(0.2)
        assert warnings() == [told]


@both
async def test_a_call_larger_than_the_cap_is_told_in_those_words_and_the_digest_is_marked(
    tmp_path: Path, platform: str
) -> None:
    def told() -> list[str]:
        return [text for text in letters(at, platform) if "did not fit" in text]

    async with town(tmp_path, platform, admin=True, daily_cap=0.0001) as at:
        await at.reports()
        await at.deliver()
        assert at.model.requests == []
        assert LAW in at.text()
        assert at.text().count(MARK) == 1
        await at.server.until(told, 10)
        (letter,) = told()
        assert f"under the cap of {utc_now():%Y-%m-%d}: 0.0000 of 0.0001 are used" in letter
        assert "0%" not in letter
        budget = await at.say("budget")
        assert "0.0000 of 0.0001" in budget


@both
async def test_budget_shows_spend_and_holds_to_admins_alone(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform, admin=True) as at:
        await at.reports()
        await at.deliver()
        assert MARK not in at.text()
        text = await at.say("budget")
        assert f"Today ({utc_now():%Y-%m-%d} UTC)" in text
        assert ": 0.00" in text
        assert "of 1.0000" in text
        assert "small: 0.0" in text
        assert f"chat {at.chat.id}, " in text
        assert "source 1, Town: 0.0" in text
    (tmp_path / "other").mkdir()
    async with town(tmp_path / "other", platform) as at:
        for command in ("budget", "health"):
            assert "Only the desk's admins" in await at.say(command)


@both
async def test_health_tells_how_the_model_does_and_why(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform, admin=True) as at:
        assert "openai: no failure since the start." in await at.say("health")
        at.model.obey = lambda prompt: Refuses(401, "invalid_api_key")
        await at.reports()
        await at.deliver()
        assert LAW in at.text()
        assert MARK not in at.text()  # the mark speaks of the budget alone
        text = await at.say("health")
        assert "openai: " in text
        assert "accept the key" in text
        assert "sk-" not in text
