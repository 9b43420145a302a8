"""More choices than a platform offers at once, and numbers larger than any the desk knows."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

with warnings.catch_warnings():
    # discord.py's voice half imports a module that later versions of Python have dropped.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord  # noqa: F401

from bot.commands import noting
from bot.conversation import Button, Person, Reply, Request
from bot.platforms.console import CHAT
from bot.platforms.discord.buttons import Buttons as DiscordButtons
from bot.platforms.telegram.buttons import Buttons as TelegramButtons
from bot.render.rich import plain, text
from tests.bot.conftest import open_house

PERSON = Person(id="telegram:7", name="Ann")


def asked(words: str) -> Request:
    return Request(command="unsubscribe", words=words, chat=CHAT, person=PERSON, directory=None)  # type: ignore[arg-type]


@given(st.integers(0, 700))
def test_every_choice_is_on_one_page_and_each_page_fits(count: int) -> None:
    whole = Reply(
        text=text("Which?"), choices=tuple(Button(str(n), "unsubscribe", str(n)) for n in range(count))
    )
    seen: list[str] = []
    words = "here"
    while True:
        request, page = noting.turned(asked(words))
        assert request.words == "here"
        reply = noting.paged(whole, request, page)
        seen += [one.label for one in reply.choices]
        assert len(reply.choices) + sum(map(len, reply.buttons)) <= 100
        keyboard = TelegramButtons().keyboard(reply, PERSON, datetime.now(UTC))
        made = [one for row in keyboard.inline_keyboard for one in row] if keyboard else []
        assert len(made) == len(reply.choices) + sum(map(len, reply.buttons))
        onward = [one for row in reply.buttons for one in row if one.label.startswith("›")]
        if not onward:
            break
        words = onward[0].words
    assert seen == [str(n) for n in range(count)]


async def test_two_hundred_subscriptions_can_be_ended_on_every_platform() -> None:
    whole = Reply(
        text=text("Which?"), choices=tuple(Button(str(n), "unsubscribe", str(n)) for n in range(200))
    )
    reply = noting.paged(whole, asked(""), 1)
    view = DiscordButtons().view(reply.buttons, 7, "unsubscribe", reply.choices)
    offered = [len(item.options) for item in view.children if hasattr(item, "options")]  # type: ignore[union-attr]
    assert sum(offered) == noting.PAGE
    assert [one.label for one in reply.buttons[0]] == ["‹ 1/3", "› 3/3"]


@pytest.mark.parametrize(
    "line",
    [
        "/filter remove " + "9" * 20,
        "/filter remove " + "9" * 5000,
        "/audit " + "9" * 5000,
        "/start pack " + "9" * 5000,
    ],
)
async def test_a_number_without_end_is_answered(tmp_path: Path, line: str) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        assert "Something went wrong" not in await house.say(line)


async def test_pages_are_turned_by_command(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        for number in range(90):
            await house.say(f"/filter hide word{number}")
        first, second = await house.app.ask("filter", ""), await house.app.ask("filter", "…1")
        if len(first.choices) == noting.PAGE:  # as far as the limit of rules lets it come
            assert [one.label for one in second.buttons[0]] == ["‹ 1/2"]
        assert plain(second.text)
