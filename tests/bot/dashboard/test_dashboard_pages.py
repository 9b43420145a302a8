"""What the pages show and do, read without a browser's help."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dashboard.view import bars, last_days, linkable
from digests.clock import utc_now
from digests.model import Brief, DeliveryState, Digest, DigestItem, Hold, Link, Source, Usage
from digests.store import SqlStore
from tests.bot.conftest import House
from tests.bot.dashboard.browsing import browsing

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def test_sources_are_shown_paused_tested_and_edited(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await house.app.desk.cycle()
        await web.sign_in(house.app)
        listing = await web.get("/sources")
        assert "the address gives a web page, not a feed" in listing.text
        assert listing.html.count('<svg class="plot"') == 5
        assert listing.text.index("Old Gazette") < listing.text.index("Harbour Herald")  # what fails first
        assert re.search(
            r"Harbour Herald fine [^·]*· 1 chat · last read (just now|\d+ \w+ ago) · next in \d+ ",
            listing.text,
        )
        assert len(re.findall(r"asked about every \d+ min: followed at once", listing.text)) == 4
        failing = await web.get("/sources/5")
        assert "Paste the address of its feed" in failing.text
        one = await web.get("/sources/1")
        assert "Quay Bridge closed" in one.text
        assert "this terminal (console)" in one.text
        assert re.search(r"Pace asked about every \d+ min: followed at once", one.text)
        paused = await web.post("/sources/1/pause", {"form": one.form})
        assert "paused" in paused.text
        assert "Next not planned" in paused.text
        source = await house.app.desk.store.sources.get(1)
        assert source is not None
        assert source.paused
        state = await house.app.desk.store.sources.state(1)
        await house.app.desk.store.sources.polled({1: replace(state, ended=True)})
        resumed = await web.post("/sources/1/resume", {"form": one.form})
        assert "Next at once" in resumed.text
        tested = await web.post("/sources/1/test", {"form": one.form})
        assert "It can be read. Its newest items:" in tested.text
        bad = await web.post("/sources/5/test", {"form": one.form})
        assert bad.text.count("Paste the address of its feed") == 2  # the test's, and the last poll's
        edited = await web.post(
            "/sources/1", {"form": one.form, "name": f"  Herald {HOSTILE} ", "topics": "a, b b,,a, "}
        )
        assert "Herald <script>" in edited.text
        assert "<script>alert" not in edited.html
        source = await house.app.desk.store.sources.get(1)
        assert source is not None
        assert source.topics == ("a", "b b")
        deeds = [deed.what for deed in await house.app.desk.store.people.deeds(None, 9)]
        assert deeds[:3] == [
            "dashboard: changed source 1",
            "dashboard: resumed source 1",
            "dashboard: paused source 1",
        ]
        for path in ("/sources/99", "/digests/99", "/stories/99"):
            assert (await web.get(path)).status == 404
        for verb in ("", "/pause", "/test"):
            assert (await web.post(f"/sources/99{verb}", {"form": one.form})).status == 404


async def test_digests_show_what_each_sentence_rests_on(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await house.app.desk.cycle()
        await web.sign_in(house.app)
        overview = await web.get("/")
        assert "Quay Bridge closed" in overview.text
        listing = await web.get("/digests")
        assert "Quay Bridge closed" in listing.text
        assert "6 stories" in listing.text
        (digest, _), *_ = await house.app.desk.store.looking.posted(1)
        page = await web.get(f"/digests/{digest.id}")
        sentence = digest.items[0].brief.sentences[0]
        support = digest.items[0].brief.source_sentences[sentence.support[0]].text
        assert f"It rests on: {support}" in page.text
        story = await web.get(f"/stories/{digest.items[0].story_id}")
        assert "the lead" in story.text
        assert len(story.links) > 10
        found = await web.get("/search?q=quay+bridge")
        assert "Quay Bridge" in found.text
        assert "posted" in found.text
        assert "Nothing was found" in (await web.get("/search?q=zeppelin")).text
        assert (await web.get("/search?q=bridge&page=2")).text.count("Newer") == 1
        for odd in (
            "/search?q=%00%27%22",
            "/search?page=-1&q=x",
            "/digests?before=x",
            "/search?q=bridge&page=9999999",
        ):
            assert (await web.get(odd)).status == 200, odd
        for path in sorted(set(re.findall(r'href="(/[^"]*)"', page.html + story.html + overview.html))):
            assert (await web.get(path)).status == 200, path


async def test_the_queue_says_what_is_stuck_and_why(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await house.app.desk.cycle()
        await web.sign_in(house.app)
        store = house.app.desk.store
        (digest, chat), *_ = await store.looking.posted(1)
        (sent,) = await store.looking.messages(digest.id)
        for number, reason in (("a", "its answer was lost"), ("b", "refused"), ("c", "a flood wait")):
            again = replace(sent, id=0, nonce=number, state=DeliveryState.PENDING, message_id=None)
            made = await store.digests.compose(replace(digest, items=()), (again,), (), None, utc_now())
            (one,) = await store.looking.messages(made.id)
            if number == "a":
                await store.deliveries.hold(one.id, reason)
            elif number == "b":
                await store.deliveries.fail(one.id, reason)
            else:
                await store.deliveries.again(one.id, utc_now() + timedelta(hours=1), reason)
        await store.chats.set_paused(chat.id, "the bot was removed")
        page = await web.get("/queue")
        for words in ("held", "its answer was lost", "failed", "refused", "a flood wait", "next try in"):
            assert words in page.text, words
        overview = await web.get("/")
        assert "Held or refused 2" in overview.text
        assert "the bot was removed" in overview.text
        followed = await web.get("/subscriptions")
        assert "the bot was removed" in followed.text
        assert followed.html.count('<a href="/sources/') == 5
        assert re.search(r"Harbour Herald since \d{4}-\d\d-\d\d", followed.text)


async def test_spend_stands_beside_its_caps(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await web.sign_in(house.app)
        spend, now = house.app.desk.store.spend, house.app.desk.clock()
        for chat_id, source_id in ((1, 1), (None, 0), (77, 77)):
            hold = Hold(
                model="m-1", chat_id=chat_id, source_id=source_id, amount=200_000, day=f"{now:%Y-%m-%d}"
            )
            held = await spend.reserve(hold, ())
            assert isinstance(held, Hold)
            await spend.settle(held, 100_000, Usage(10, 5))
        page = await web.get("/spend")
        assert "0.3000 of 1.0000" in page.text
        assert "m-1 0.3000 3 30 15" in page.text
        assert "this terminal (console) 0.1000 of 0.2500" in page.text
        assert "chat 77" in page.text
        assert "no source 0.1000" in page.text
        assert "source 77 0.1000" in page.text


async def hostile_digest(house: House) -> Digest:
    """A digest posted whose every text is an attack."""
    store = house.app.desk.store
    (digest, _), *_ = await store.looking.posted(1)
    (sent,) = await store.looking.messages(digest.id)
    brief = Brief(headline=HOSTILE, sentences=digest.items[0].brief.sentences, language=HOSTILE,
                  source_sentences=digest.items[0].brief.source_sentences)  # fmt: skip
    item = DigestItem(
        story_id=1, version=1, brief=brief, topics=(HOSTILE,), heading=HOSTILE,
        links=(Link(HOSTILE, "javascript:alert(1)"), Link("ok", f"https://a.example/{HOSTILE}")),
    )  # fmt: skip
    bad = replace(digest, items=(item,), headlines=(item,), title=HOSTILE)
    part = replace(sent, id=0, nonce="hostile")
    return await store.digests.compose(bad, (part,), (), None, utc_now())


async def test_nothing_from_outside_becomes_markup(tmp_path: Path) -> None:
    public = {"public": True, "public_chats": ("console:terminal",)}
    async with browsing(tmp_path, dashboard=public) as (house, web):
        await house.app.desk.cycle()
        await web.sign_in(house.app)
        digest = await hostile_digest(house)
        store = house.app.desk.store
        assert isinstance(store, SqlStore)
        chat = await store.chats.get(digest.chat_id)
        assert chat is not None
        await store.chats.set_paused(chat.id, HOSTILE)
        for path in ("/", f"/digests/{digest.id}", "/digests", "/subscriptions", "/queue",
                     f"/search?q={HOSTILE}", f"/archive/{chat.id}", f"/archive/{chat.id}/{digest.id}"):  # fmt: skip
            page = await web.get(path)
            assert page.status == 200, path
            assert "<script>alert" not in page.html
            assert "<img" not in page.html
            assert 'href="javascript' not in page.html
        for kind in ("rss", "atom", "json"):
            feed = await web.get(f"/archive/{chat.id}/feed.{kind}")
            # a title of JSON Feed is plain text, what may be markup is content_html
            told = (
                [one["content_html"] for one in json.loads(feed.body)["items"]]
                if kind == "json"
                else [feed.html]
            )
            assert "<script>alert" not in "".join(told)
            assert "<img" not in "".join(told)


def test_addresses_a_browser_may_be_sent_to() -> None:
    assert linkable("https://a.example/x") == "https://a.example/x"
    for bad in ("javascript:alert(1)", "data:text/html,x", "//a.example", "", None, "https://[bad"):
        assert linkable(bad) == ""


def test_a_plot_has_a_bar_a_day_and_says_the_numbers() -> None:
    today = utc_now().date()
    values = last_days({today: 4, today - timedelta(days=2): 1, today - timedelta(days=9): 7}, today, 3)
    assert values == [1, 0, 4]
    drawn = bars(values, 'A "day"')
    assert drawn.count("<rect") == 3
    assert 'aria-label="A &#34;day&#34;"' in drawn
    assert 'height="28"><title>4</title>' in drawn
    assert "style" not in drawn
    assert bars([], "none").count("<rect") == 0


async def test_many_sources_come_in_pages(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await web.sign_in(house.app)
        sources = house.app.desk.store.sources
        have = len(await sources.all())
        for number in range(230):
            await sources.add(Source(url=f"https://s{number}.example/", name=f"S{number:03}"), utc_now())
        counts = []
        for page in ("", "?page=2", "?page=3", "?page=4", "?page=x"):
            listing = await web.get(f"/sources{page}")
            counts.append((listing.html.count('<svg class="plot"'), "Next" in listing.text.split()))
        assert counts == [(100, True), (100, True), (30 + have, False), (0, False), (100, True)]
