"""/filter and /why, as a person at the console uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.render.rich import plain
from tests.bot.conftest import House, open_house

pytestmark = pytest.mark.slow


async def read_everything(house: House) -> None:
    await house.app.desk.intake.poll_due(house.app.desk.clock())
    await house.app.desk.read_all()


async def test_a_rule_leaves_a_story_out_and_why_names_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        assert "Nothing was left out" in await house.say("/why")
        assert "every story is told" in await house.say("/filter")
        assert "Rule 1: hide barge" in await house.say("/filter hide barge")
        assert "/why lists them" in await house.say("/filter hide barge")
        await house.app.desk.cycle()
        assert "Quay Bridge" not in house.printed.getvalue()
        assert "Lindqvist" in house.printed.getvalue()
        for line in ("/why", "/why digest", "/why Harbour Herald"):
            told = await house.say(line)
            assert "Quay Bridge" in told
            assert "hide barge" in told
        assert "Nothing was left out" in await house.say("/why Northline Radio")
        assert "no source called “Nobody”" in await house.say("/why Nobody")
        assert "1. hide barge" in await house.say("/filter")
        assert "Removed." in await house.say("/filter remove 1")
        assert "every story is told" in await house.say("/filter")


async def test_a_rule_of_one_source_and_what_can_be_tapped(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        assert "hide barge from:Harbour Herald" in await house.say("/filter hide barge from:harbour herald")
        await house.app.desk.cycle()
        assert "Quay Bridge" in house.printed.getvalue()  # other sources tell it
        reply = await house.app.ask("filter")
        assert [button.words for button in reply.choices] == ["remove 1"]
        again = await house.app.ask(reply.choices[0].command, reply.choices[0].words)
        assert plain(again.text).startswith("Removed.")


async def test_a_watched_story_comes_before_the_days_digest(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.say("/settings cadence daily 08:00")
        await house.say("/filter watch barge")
        await read_everything(house)
        await house.app.desk.cycle()
        printed = house.printed.getvalue()
        assert "Quay Bridge" in printed
        assert "Lindqvist" not in printed


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/filter glow ferry", "There is no /filter glow"),
        ("/filter hide", "What shall I look for?"),
        ("/filter hide " + "x" * 201, "at most 200 characters"),
        ("/filter least many", "a number from 2 to 20"),
        ("/filter hide language:klingon", "a language's code"),
        ("/filter hide /(/", "not a regular expression I can run: missing )"),
        ("/filter hide ferry from:Nobody", "no source called “Nobody”"),
        ("/filter remove 7", "There is no rule 7"),
        ("/filter remove", "There is no rule ?"),
        ("/filter watch ferry mention:<@&123456789012345678>", "Only a watched story on Discord"),
        ("/filter least 2", "A story waits"),
        ("/filter only topic:local", "one of the “only” rules"),
    ],
)
async def test_each_wrong_rule_says_what_to_do(tmp_path: Path, line: str, says: str) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        assert says in await house.say(line)


async def test_there_is_an_end_to_rules(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        for number in range(50):
            await house.say(f"/filter hide word{number}")
        assert "There can be 50 rules" in await house.say("/filter hide one more")
