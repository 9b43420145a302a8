"""Lists to choose from and windows that ask, on Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from discord_desk import Scene, scene

from bot.conversation import Button, Reply
from bot.render.rich import text


@pytest_asyncio.fixture
async def at() -> AsyncIterator[Scene]:
    async with scene() as one:
        yield one


async def test_choices_are_a_list_above_the_buttons_and_serve_their_person_once(at: Scene) -> None:
    choices = tuple(Button(f"Choice {n}", "settings", f"{n} " + "x" * (n * 5)) for n in range(22))
    at.echo.answer = lambda r: Reply(
        text=text(f"got {r.words}"), choices=choices, buttons=((Button("Back", "settings"),),)
    )
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    menu = one.replies[0]
    assert [[part["type"] for part in row["components"]] for row in menu["components"]] == [[3], [2]]
    foreign = await at.server.choose(at.manager, at.channel, menu, "Choice 3")
    await at.server.until(lambda: foreign.callback is not None)
    assert foreign.callback is not None
    assert "for the person who asked" in foreign.callback["data"]["content"]
    long = await at.server.choose(at.reader, at.channel, menu, "Choice 21")
    await at.server.until(lambda: menu["content"] == f"got 21 {'x' * 105}")
    assert long.callback == {"type": 6}
    again = await at.server.interact(3, at.reader, at.channel, dict(long.data["data"]), menu)
    await at.server.until(lambda: again.callback is not None)
    assert again.callback is not None
    assert "has been used" in again.callback["data"]["content"]


async def test_a_button_that_asks_opens_a_window_and_its_answer_follows_the_words(at: Scene) -> None:
    row = ((Button("Other", "settings", "zone", asks="Which city's time? " + "For example " * 12),),)
    at.echo.answer = lambda r: Reply(text=text(r.words or "menu"), buttons=row)
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    menu = one.replies[0]
    pressed = await at.server.press(at.reader, at.channel, menu, "Other")
    await at.server.submit(pressed, at.reader, at.channel, " São Paulo ")
    await at.server.until(lambda: menu["content"] == "zone São Paulo")
    assert [request.words for request in at.echo.asked] == ["", "zone São Paulo"]
    late = await at.server.submit(pressed, at.reader, at.channel, "Paris")
    await asyncio.sleep(0.05)
    assert len(at.echo.asked) == 2
    assert late.followups == []


async def test_two_windows_of_one_button_count_once(at: Scene) -> None:
    row = ((Button("Other", "settings", "zone", asks="Which city?"),),)
    at.echo.answer = lambda r: Reply(text=text(r.words or "menu"), buttons=row)
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    menu = one.replies[0]
    first = await at.server.press(at.reader, at.channel, menu, "Other")
    second = await at.server.press(at.reader, at.channel, menu, "Other")
    await at.server.submit(first, at.reader, at.channel, "Paris")
    await at.server.until(lambda: menu["content"] == "zone Paris")
    refused = await at.server.submit(second, at.reader, at.channel, "Rome")
    await at.server.until(lambda: refused.callback is not None)
    assert refused.callback is not None
    assert "has been used" in refused.callback["data"]["content"]
    assert len(at.echo.asked) == 2
