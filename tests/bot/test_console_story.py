"""The way through the house, as a person at the console walks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.render.rich import plain
from tests.bot.conftest import open_house

pytestmark = pytest.mark.slow


async def test_one_cycle_prints_a_digest_with_one_story_for_one_event(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        cycle = await house.app.desk.cycle()
        text = house.printed.getvalue()
        assert cycle.entries == 9
        assert cycle.sent >= 1
        assert text.count("Quay Bridge closed after barge") + text.count("Barge hits Quay Bridge") == 1
        for site in ("Harbour Herald", "Vale Post", "Northline Radio"):
            assert site in text
        assert "injuring four people" in text
        assert "Vale Post: At least six people were injured" in text
        for furniture in ("cookies", "Share on", "newsletter", "Leave a comment", "Read also", "All rights"):
            assert furniture not in text


async def test_a_second_cycle_posts_nothing_again_and_neither_does_a_restart(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.app.desk.cycle()
        first = house.printed.getvalue()
        again = await house.app.desk.cycle()
        assert (again.digests, again.sent) == (0, 0)
        assert house.printed.getvalue() == first


async def test_the_broken_source_shows_its_reason_and_stops_nobody(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.app.desk.cycle()
        text = await house.say("/sources list")
        lines = {line.split(".", 1)[1].split(":")[0].strip(): line for line in text.splitlines()[1:]}
        assert "failing (1 in a row)" in lines["Old Gazette"]
        assert "fine, read just now · asked about every " in lines["Harbour Herald"]
        assert lines["Harbour Herald"].endswith(": followed at once")
        assert "asked" not in lines["Old Gazette"]


async def test_subscribing_by_a_front_page_gives_one_sample_and_no_flood(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        answer = await house.say(f"/subscribe {house.newsroom.base}/herald/")
        assert "now follows Harbour Herald" in answer
        assert "sample" in answer
        await house.app.desk.outbox.deliver_due()
        sample = house.printed.getvalue()
        assert "Quay Bridge closed" in sample
        assert "seals" not in sample
        await house.app.desk.cycle()
        assert house.printed.getvalue() == sample
        assert "Harbour Herald" in await house.say("/subscriptions")
        assert "follows Harbour Herald already" in await house.say("/subscribe 1")
        assert "no longer follows Harbour Herald" in await house.say("/unsubscribe 1")
        assert "follows nothing yet" in await house.say("/subscriptions")


async def test_summarize_an_address_a_text_and_what_cannot_be_read(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        text = await house.say(f"/summarize {house.newsroom.articles[0]}")
        assert "Quay Bridge" in text
        assert "barge" in text
        assert "Harbour Herald" in text
        long = "The council of Marrow agreed on Monday to buy two ferries for 4 million crowns. " * 4
        assert "two ferries" in await house.say(f"/summarize {long}")
        missing = await house.say(f"/summarize {house.newsroom.base}/nobody/none.html")
        assert "404" in missing
        assert "I can't summarize" in missing
        assert "What shall I summarize?" in await house.say("/summarize")


async def test_an_admin_adds_tests_pauses_and_removes_a_source(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        url = f"{house.newsroom.base}/post/feed.xml"
        assert "Nothing was posted" in await house.say(f"/sources test {url}")
        assert "Added The Vale" in await house.say(f"/sources add {url} The Vale #local")
        assert "The Vale already" in await house.say(f"/sources add {url}")
        assert "Paused The Vale" in await house.say("/sources pause 1")
        assert "paused" in await house.say("/sources list")
        assert "read again" in await house.say("/sources resume the vale")
        assert "Removed The Vale" in await house.say("/sources remove 1")
        assert "watches nothing yet" in await house.say("/sources list")
        broken = await house.say(f"/sources add {house.newsroom.base}/gazette/feed.xml")
        assert "can't read" in broken
        assert "Nothing was added" in broken
        assert house.printed.getvalue() == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/sbscribe x", "Did you mean /subscribe?"),
        ("/help sbscribe", "Did you mean /subscribe?"),
        ("/help sources", "/sources add https://example.com"),
        ("/start", "I watch news sources"),
        ("/subscribe", "Which source?"),
        ("/subscribe nobody", "no source called “nobody”"),
        ("/sources fly", "There is no /sources fly"),
        ("/sources pause", "Which one?"),
        ("/sources pause 99", "no source called “99”"),
        ("/unsubscribe", "has no subscriptions"),
        ("/digest", "follows nothing yet"),
        ("/preview", "would be empty"),
        ("/settings", "Time zone: UTC"),
        ("/settings zone", "Tap another value"),
        ("/settings zone Xyzzyburg", "not a time zone"),
        ("/settings zone Mars", "Which one do you mean?"),
        ("/settings zone são paulo", "Time zone: Sao Paulo (America/Sao_Paulo)"),
        ("/settings cadence never", "is not a cadence"),
        ("/settings sentences many", "can't be read"),
        ("/settings colour red", "There is no setting “colour”"),
        ("/settings images off", "Images: off"),
        ("/settings quiet 22:00-07:00", "Quiet hours: 22:00-07:00"),
    ],
)
async def test_what_is_typed_wrong_or_short_is_answered_with_the_next_step(
    tmp_path: Path, line: str, says: str
) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        assert says in await house.say(line)


async def test_digest_now_and_preview(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.app.desk.intake.poll_due(house.app.desk.clock())
        await house.app.desk.read_all()
        shown = await house.say("/preview")
        assert "Lindqvist Foods" in shown
        assert "on its way" in await house.say("/digest")
        await house.app.desk.outbox.deliver_due()
        assert "Lindqvist Foods" in house.printed.getvalue()
        assert "nothing new" in await house.say("/digest")


async def test_a_person_says_how_much_of_a_new_source_comes_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        feed = f"{house.newsroom.base}/herald/"
        assert "from now on" in await house.say(f"/subscribe {feed} none")
        await house.app.desk.cycle()
        assert house.printed.getvalue() == ""
        assert "newest items come now" in await house.say("/subscribe 1 last 3")
        await house.app.desk.outbox.deliver_due()
        both = house.printed.getvalue()
        assert "Quay Bridge closed" in both
        assert "seals" in both
        assert "already" in await house.say("/subscribe 1")
        await house.say("/subscribe 1 last 10")
        await house.app.desk.cycle()
        assert house.printed.getvalue().count("Quay Bridge closed") == 1


async def test_more_of_a_source_is_a_tap_away(tmp_path: Path) -> None:
    async with open_house(tmp_path, with_sources=False) as house:
        reply = await house.app.ask("subscribe", f"{house.newsroom.base}/herald/")
        buttons = {button.label: button for row in reply.buttons for button in row}
        assert list(buttons) == ["None", "✓ Newest", "Last 3", "Last 5", "Last 10"]
        more = await house.app.ask("subscribe", buttons["Last 3"].words)
        assert "come now" in plain(more.text)
