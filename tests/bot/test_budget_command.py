"""/budget at the console, and who may not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.conversation import Request
from bot.platforms.console import CHAT, PERSON
from bot.render.rich import plain
from digests.clock import utc_now
from digests.model import Hold, Usage
from tests.bot.conftest import open_house


async def test_the_spend_stands_beside_the_caps_and_survives_a_restart(tmp_path: Path) -> None:
    day = f"{utc_now():%Y-%m-%d}"
    async with open_house(tmp_path, with_sources=False) as house:
        (chat,) = await house.app.desk.store.chats.all()
        spend = house.app.desk.store.spend
        for chat_id in (chat.id, None):
            hold = Hold(model="small", chat_id=chat_id, source_id=1, amount=50_000, day=day)
            held = await spend.reserve(hold, ())
            assert isinstance(held, Hold)
            if chat_id is not None:
                await spend.settle(held, 20_000, Usage(1000, 100))
    async with open_house(tmp_path, with_sources=False) as house:
        text = await house.say("/budget")
        assert f"Today ({day} UTC): 0.0700 of 1.0000 (0.0500 of it held)" in text
        assert f"This month ({day[:7]} UTC): 0.0700 of 20.0000" in text
        assert "small: 0.0700 (0.0500 of it held) in 1 call" in text
        assert f"chat {chat.id}, " in text
        assert "0.0200 of 0.2500" in text
        assert "0.0200 of 5.0000" in text
        assert "for no chat alone: 0.0500 (" in text


async def test_only_admins_see_it(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        reply = await house.app.commands.handle(
            Request(command="budget", words="", chat=CHAT, person=replace(PERSON, id="telegram:5"),
                    directory=house.app.console)
        )  # fmt: skip
        assert not reply.ok
        assert "Only the desk's admins" in plain(reply.text)
