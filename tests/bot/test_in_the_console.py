"""What a person types at the console: searching, stories, votes, rules, reasons, settings; and wrong things."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands import reading
from bot.conversation import Reply
from bot.render.rich import plain
from digests.model import LeftOut, Withheld
from tests.bot.conftest import House, open_house

pytestmark = pytest.mark.slow


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        await opened.app.desk.cycle()
        yield opened


async def tap(house: House, reply: Reply, label: str) -> str:
    buttons = [*reply.choices, *(button for row in reply.buttons for button in row)]
    (button,) = [one for one in buttons if label in one.label]
    return plain((await house.app.ask(button.command, button.words)).text)


async def test_from_a_search_to_a_story_a_vote_and_a_mute(house: House) -> None:
    found = await house.say("/search bridge")
    assert "Found for “bridge”" in found
    assert "posted here" in found
    number = re.findall(r"/story (\d+)", found)[0]
    timeline = await house.app.ask("story", number)
    assert "Bridge" in plain(timeline.text)
    assert "Noted: more like" in await tap(house, timeline, "👍")
    assert "Noted: less like" in await tap(house, timeline, "👎")
    assert "1 vote counts" in await house.say("/ranking")
    assert "No more of “" in await tap(house, timeline, "Mute this story")
    assert "may be told again" in await tap(house, await house.app.ask("mute"), "🔔")
    assert "Most reported in the last day" in await house.say("/trending")
    assert "Bridge" in await house.say("/catchup 3d")


async def test_pages_of_a_search_are_turned(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 1)
    first = await house.app.ask("search", "the")
    older = await tap(house, first, "Older")
    assert older.startswith("Found for “the”")
    titles = set(re.findall(r"/story (\d+)", plain(first.text)))
    assert len(titles) == 1
    assert titles.isdisjoint(re.findall(r"/story (\d+)", older))
    second = await house.app.ask("search", "the page:2")
    assert await tap(house, second, "Newer") == plain(first.text)


async def test_rules_and_the_reasons_of_one_digest(house: House) -> None:
    assert "Nothing was left out" in await house.say("/why")
    assert "left out from now on" in await house.say("/filter hide ferry")
    store = house.app.desk.store
    (chat,) = await store.chats.all()
    (digest,) = await store.digests.last(chat.id, 1)
    (delivery,) = [
        posted[1] for i in digest.items[:1] if (posted := await store.digests.posted(chat.id, i.story_id))
    ]
    old = Withheld(
        story_id=901, source_id=1, title="Ferry late", url="", rule="hide ferry", at=digest.created
    )
    await store.rules.withhold(chat.id, [old])
    later = replace(
        digest,
        id=0,
        created=house.app.desk.clock(),
        left_out=(LeftOut(story_id=902, headline="A phone was shown", score=2.5),),
    )
    await store.digests.compose(later, (), (), None, later.created)
    new = replace(old, story_id=903, title="Ferry early", at=later.created)
    await store.rules.withhold(chat.id, [new])
    last = await house.say("/why digest")
    assert "Ferry early — hide ferry" in last
    assert "A phone was shown — of little interest: 2.5 of 10" in last
    assert "Ferry late" not in last
    both = await house.say("/why")
    assert "Ferry late" in both
    assert "Ferry early" in both
    assert "A phone was shown" in both
    request = house.app.console._ask("why", "")
    answered = replace(request, message=((chat.address, delivery.message_id or ""),))
    that = plain((await house.app.commands.handle(answered)).text)
    assert "Left out of that digest" in that
    assert "Ferry late" in that
    assert "Ferry early" not in that
    assert "A phone" not in that
    assert "no source called" in await house.say("/why nobody")


async def test_settings_are_changed_and_shown(house: House) -> None:
    assert "Thumbs under digests" in await house.say("/settings")
    assert "Thumbs under digests: off" in await house.say("/settings feedback off")
    assert "Nothing was changed" in await house.say("/settings feedback maybe")
    assert "Europe/Berlin" in await house.say("/settings zone Berlin")


WRONG = (
    ("/search", "/search"),
    ("/search zzzz", "Try fewer"),
    ("/story", "/search"),
    ("/story 999", "/search"),
    ("/story x", "/search"),
    ("/like 999", "/search"),
    ("/like all", "/search"),
    ("/dislike x", "Which story?"),
    ("/mute story 999", "/search"),
    ("/mute nobody", "/subscriptions"),
    ("/catchup whenever", "/catchup 3d"),
    ("/filter", "/filter hide"),
    ("/filter nonsense x", "/filter hide"),
    ("/filter hide", "For example"),
    ("/filter hide /(/", "expression"),
    ("/filter remove 99", "/filter lists"),
    ("/settings nothing", "There are: cadence"),
    ("/settings zone Nowhereville", "Name the nearest big city"),
    ("/settings cadence sometimes", "daily 08:00"),
    ("/subscribe", "/subscribe https://example.com"),
    ("/subscribe no such thing", "https://"),
    ("/subscribe http://127.0.0.1:1/", "Try again later"),
    ("/unsubscribe nobody", "Tap it"),
    ("/summarize", "/summarize https://"),
    ("/summarize https://nowhere.invalid/x", "Check the spelling"),
    ("/preview", "as it happens"),
    ("/sources nonsense", "There are"),
    ("/sources add", "/sources add"),
    ("/managers add someone", "/help"),
    ("/limits nonsense", "/limits subscriptions 50"),
    ("/allow add somewhere", "telegram:-100123"),
    ("/import", "/import"),
    ("/ask", "/ask"),
    ("/serch bridge", "/search"),
    ("/start nonsense", "/subscribe"),
)


async def test_what_goes_wrong_says_what_to_do_next(house: House) -> None:
    said = {line: await house.say(line) for line, _next_step in WRONG}
    assert {line: said[line] for line, next_step in WRONG if next_step not in said[line]} == {}


async def test_settings_take_what_people_type_and_say_what_they_can_be(house: House) -> None:
    async def labels(words: str) -> list[str]:
        reply = await house.app.ask("settings", words)
        return [one.label for one in (*reply.choices, *(one for row in reply.buttons for one in row))]

    said = await house.say("/settings")
    assert said.index("When") < said.index("Digests") < said.index("With a language model")
    assert "daily at 08:00" in await house.say("/settings cadence every day at 8am")
    assert "✓ daily at 08:00" in await labels("cadence")
    assert "Quiet hours: 22:00-07:00" in await house.say("/settings quiet 22–7")
    assert "✓ 22:00-07:00" in await labels("quiet")
    assert "New York" in await house.say("/settings timezone EST")
    assert (await labels("zone GMT+2"))[0] == "UTC+2"
    assert "(UTC+2 time)" in await house.say("/settings zone Etc/GMT-2")
    assert "/settings zone Berlin" in await house.say("/settings zone")
    assert "✓ UTC+2" in await labels("zone")
    assert "Did you mean “french”?" in await house.say("/settings language frensh")
    assert "Did you mean “style”?" in await house.say("/settings stile bullets")
    assert "Did you mean “bullets”?" in await house.say("/settings style bulets")
    assert "Words a story: 90" in await house.say("/settings words 90")
    assert {"✓ 90", "80"} <= set(await labels("words"))
    assert "Sprache: Deutsch." in await house.say("/settings language german")
    assert "Language: English" in await house.say("/settings Sprache englisch")
    told = await house.say("/help settings")
    assert all(value in told for value in ("weekdays 08:00", "zone (Time zone): UTC, Berlin", "headlines"))
    assert "in:de" in await house.say("/help summarize")
