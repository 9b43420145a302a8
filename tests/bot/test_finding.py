"""Any source a person can name: several feeds are picked from, a page is shown before it is saved, lists go in and out."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.conversation import Attachment, Reply, Request
from bot.platforms.console import CHAT, PERSON
from bot.render.rich import plain
from digests.model import Failure, FailureKind
from digests.watch.opml import read_opml
from tests.bot.conftest import open_desk
from tests.bot.several_feeds import HEADLINES, opml, several_feeds

pytestmark = pytest.mark.slow


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async with several_feeds() as base:
        yield base


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with open_desk(tmp_path, (), console=True) as (opened, _printed):
        yield opened


async def press(app: App, reply: Reply, label: str) -> Reply:
    (button,) = [b for row in reply.buttons for b in row if label in b.label]
    return await app.ask(button.command, button.words)


async def names(app: App) -> dict[str, tuple[str, tuple[str, ...], str]]:
    return {s.url: (s.name, s.topics, s.kind) for s in await app.desk.store.sources.all()}


async def test_of_several_feeds_the_person_picks_one_seeing_their_news(app: App, site: str) -> None:
    reply = await app.ask("sources", f"add {site}/two/ Mine #sea")
    text = plain(reply.text)
    for name in ("Town Desk", "Sea Desk"):
        assert f"{name} reports on matter 1" in text
        assert f"{name} reports on matter 3" not in text
    assert await names(app) == {}
    assert "Added Mine" in plain((await press(app, reply, "Sea Desk")).text)
    assert await names(app) == {f"{site}/sea.xml": ("Mine", ("sea",), "feed")}


async def test_subscribing_picks_for_the_chat_that_was_named(app: App, site: str) -> None:
    reply = await app.ask("subscribe", f"{site}/two/")
    assert "now follows Town Desk" in plain((await press(app, reply, "Town Desk")).text)


async def test_a_page_without_a_feed_is_shown_before_it_is_saved(app: App, site: str) -> None:
    for command, before in (("sources", "add "), ("subscribe", "")):
        reply = await app.ask(command, f"{before}{site}/none/")
        text = plain(reply.text)
        assert "This is what I would read" in text
        assert all(headline in text for headline in HEADLINES)
        assert "Nothing was saved" in plain((await press(app, reply, "No")).text)
        assert await names(app) == {}
    assert "now follows Harbour List" in plain((await press(app, reply, "Yes")).text)
    assert await names(app) == {f"{site}/none/": ("Harbour List", (), "page")}


async def test_a_pages_links_can_be_picked_by_a_selector(app: App, site: str) -> None:
    refused = await app.ask("sources", f"add {site}/none/ css:h2 >> a")
    assert "not valid CSS" in plain(refused.text)
    reply = await app.ask("sources", f"add {site}/none/ Cards #town css:div.card h2 a")
    assert HEADLINES[0] in plain(reply.text)
    assert "Added Cards" in plain((await press(app, reply, "Yes")).text)
    (source,) = await app.desk.store.sources.all()
    assert (source.kind, source.topics, source.options) == (
        "page",
        ("town",),
        (("selector", "div.card h2 a"),),
    )


def request(words: str, *files: Attachment) -> Request:
    class Nowhere:
        async def lookup(self, name: str, here: object) -> Failure:
            return Failure(FailureKind.UNSUPPORTED, "no")

        async def manages(self, chat: object, person: object) -> bool:
            return True

        async def can_post(self, chat: object) -> None:
            return None

    return Request(
        command="sources", words=words, chat=CHAT, person=PERSON, directory=Nowhere(), attachments=files
    )


def attached(body: bytes, size: int | None = None) -> Attachment:
    async def read() -> bytes:
        return body

    return Attachment(name="feeds.opml", size=size or len(body), content_type="", read=read)


async def test_a_list_goes_in_with_a_report_and_comes_out_again(app: App, site: str) -> None:
    await app.ask("sources", f"add {site}/sea.xml")
    reply = await app.commands.handle(request("import", attached(opml(site))))
    text = plain(reply.text)
    assert text.startswith("1 source was added. 1 was there. 2 failed.")
    assert "Gone: there is nothing at this address any more (404)" in text
    assert "Inside: 169.254.169.254 is a cloud's metadata address" in text
    assert (await names(app))[f"{site}/town.xml"] == ("Town Desk", ("World", "Harbours"), "feed")

    again = await app.commands.handle(request("import", attached(opml(site))))
    assert plain(again.text).startswith("0 sources were added. 2 were there. 2 failed.")

    out = await app.commands.handle(request("export"))
    (file,) = out.files
    assert (file.name, plain(out.text)) == ("newsdesk.opml", "2 feeds.")
    listed = read_opml(file.content)
    assert not isinstance(listed, Failure)
    assert {(s.url, s.name, s.topics) for s in listed} == {
        (s.url, s.name, s.topics) for s in await app.desk.store.sources.all()
    }


async def test_what_is_no_list_adds_nothing(app: App) -> None:
    assert "as its caption" in plain((await app.commands.handle(request("import"))).text)
    bad = await app.commands.handle(request("import", attached(b"<html>")))
    assert "Nothing was added" in plain(bad.text)
    large = await app.commands.handle(request("import", attached(b"x", 6 * 2**20)))
    assert "larger than 5 MiB" in plain(large.text)

    async def lost() -> Failure:
        return Failure(FailureKind.CONNECT, "it can't be downloaded")

    gone = await app.commands.handle(request("import", replace(attached(b"x"), read=lost)))
    assert "it can't be downloaded" in plain(gone.text)
    assert not gone.ok


async def test_the_console_picks_by_number(tmp_path: Path, site: str) -> None:
    async with open_desk(tmp_path, (), console=True) as (app, printed):
        app.console._lines = io.StringIO(f"/sources add {site}/two/\n1\n")
        await app.console.serve()
        assert "1) 1. Town Desk" in printed.getvalue()
        assert "Added Town Desk" in printed.getvalue()
