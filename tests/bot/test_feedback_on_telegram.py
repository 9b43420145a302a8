"""Thumbs under digests on Telegram, by buttons and by reactions: the whole desk against the strict server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from tests.bot.test_library_on_telegram import labels, newest, told
from tests.bot.test_telegram_story import ANN, BOB, CHANNEL, GROUP, on_telegram
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow


async def votes(app: App, chat: int) -> dict[str, int]:
    """Each person's votes added up."""
    stored = await app.desk.store.chats.find("telegram", str(chat))
    assert stored is not None
    found: dict[str, int] = {}
    for vote in await app.desk.store.feedback.votes(stored.id):
        found[vote.person] = found.get(vote.person, 0) + vote.value
    return found


async def toast(server: TelegramServer, who: int, chat: int, message: dict[str, Any], label: str) -> str:
    """Press a button; the words that only the one who pressed sees."""
    before = len(server.answers)
    server.world.press(who, chat, message["message_id"], label)
    await server.until(lambda: len(server.answers) > before, 15)
    return str(server.answers[-1].get("text", ""))


async def test_anyone_votes_under_a_digest_and_changes_the_vote_after_a_restart_too(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        await told(server, GROUP, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        digest = newest(server, GROUP)
        assert labels(digest) == ["👍", "👎", "…"]
        posted = len(server.accepted)
        assert (await toast(server, ANN, GROUP, digest, "👍")).startswith("Noted: more like “")
        assert (await toast(server, BOB, GROUP, digest, "👍")).startswith("Noted: more like “")
        assert await votes(house.app, GROUP) == {f"telegram:{ANN}": 1, f"telegram:{BOB}": 1}
        await house.app.live[0].stop()
        from bot.platforms.telegram.buttons import Buttons

        house.app.live[0]._buttons = Buttons()  # type: ignore[attr-defined]  # what a new process knows
        await house.app.live[0].start()
        assert (await toast(server, BOB, GROUP, digest, "👎")).startswith("Noted: less like “")
        assert await votes(house.app, GROUP) == {f"telegram:{ANN}": 1, f"telegram:{BOB}": -1}
        assert len(server.accepted) == posted  # nothing was said in the group


async def test_the_dots_lead_to_the_story_and_its_mute(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        await told(server, GROUP, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        digest = newest(server, GROUP)
        before = len(server.accepted)
        server.world.press(ANN, GROUP, digest["message_id"], "…")
        await server.until(lambda: len(server.accepted) > before, 15)
        timeline = newest(server, GROUP)
        assert "Quay Bridge" in timeline["text"]
        assert labels(timeline) == ["👍", "👎", "Follow this story", "Mute this story", "What it rests on"]
        assert digest == server.world.place(GROUP).messages[digest["message_id"]]
        before = len(server.accepted)
        server.world.press(ANN, GROUP, timeline["message_id"], "Mute this story")
        await server.until(lambda: len(server.accepted) > before, 15)
        assert "No more of “" in newest(server, GROUP)["text"]
        # as an answer to the digest, the commands know which story is meant
        assert "Quay Bridge" in await told(server, GROUP, BOB, "/story", reply_to=digest["message_id"])
        assert "Noted: less like" in await told(server, GROUP, BOB, "/dislike", reply_to=digest["message_id"])
        assert "may be told again" in await told(
            server, GROUP, ANN, "/mute off story", reply_to=digest["message_id"]
        )


async def test_reactions_count_where_the_bot_is_an_administrator(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        await told(server, GROUP, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        digest = newest(server, GROUP)["message_id"]
        server.world.react(BOB, GROUP, digest, "👍")
        server.world.set_member(GROUP, server.world.bot["id"], "administrator")
        posted = len(server.accepted)

        async def after(*emojis: str, old: tuple[str, ...] = ()) -> dict[str, int]:
            server.world.react(BOB, GROUP, digest, *emojis, old=old)
            server.world.say(BOB, GROUP, "/subscriptions")  # taken after the reaction
            await server.until(lambda: len(server.accepted) > posted, 15)
            server.accepted.pop()
            return await votes(house.app, GROUP)

        assert await votes(house.app, GROUP) == {}
        me = f"telegram:{BOB}"
        assert await after("🔥") == {me: 1}
        assert await after("👎", old=("🔥",)) == {me: -1}
        assert await after("🤔", "👎", old=("👎",)) == {me: -1}
        assert await after(old=("👎",)) == {}
        assert await after("🤔") == {}


async def test_thumbs_are_a_setting_and_stay_away_from_channels(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        await told(server, ANN, ANN, "/subscribe 1 @townnews")
        await house.app.desk.cycle()
        assert labels(newest(server, CHANNEL)) == []
        assert "Thumbs under digests: on" in await told(server, ANN, ANN, "/settings feedback on @townnews")
        await told(server, ANN, ANN, "/subscribe 1 last 5 @townnews")
        await house.app.desk.cycle()
        assert labels(newest(server, CHANNEL)) == ["👍", "👎", "…"]
        await told(server, ANN, ANN, "/settings feedback off")
        await told(server, ANN, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        assert labels(newest(server, ANN)) == []


async def test_a_forged_press_votes_on_nothing(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        await told(server, GROUP, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        answer = server.world.say(ANN, GROUP, "not a digest")
        before = len(server.answers)
        server.world.press(BOB, GROUP, answer["message_id"], data="p:0:d:like all")
        await server.until(lambda: len(server.answers) > before, 15)
        assert "I don't know any more" in server.answers[-1]["text"]
        server.world.press(BOB, GROUP, answer["message_id"], data="p:0:d:sources remove 1")
        await server.until(lambda: len(server.answers) > before + 1, 15)
        assert "Only the desk's admins" in str(server.answers[-1].get("text")) + newest(server, GROUP)["text"]
        assert await votes(house.app, GROUP) == {}
        assert await house.app.desk.store.sources.get(1) is not None
