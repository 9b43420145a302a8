"""Addresses as chats, browsers and other readers wrap them, pasted into /sources add and /subscribe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from bot.render.rich import plain
from digests.model import Failure, FailureKind, Page
from digests.watch.http import HttpFetcher
from tests.bot.conftest import open_desk
from tests.bot.several_feeds import several_feeds

pytestmark = pytest.mark.slow

WRAPPED = [
    "{url}", "  {url} ", "<{url}>", "({url})", "{url}.", "{url}, thanks!", "feed:{url}", "web+feed:{url}", "view-source:{url}",
    "[{url}]({url})", "`{url}`", "**{url}**", "||{url}||", "\u201c{url}\u201d", "\ufeff{url}\u200b", "http://{url}",
    "<a href=\"{url}\">", "\u202a{url}\u202c", "'{url}'", "{url}…",
]  # fmt: skip


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async with several_feeds() as base:
        yield base


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with open_desk(tmp_path, (), console=True) as (opened, _printed):
        yield opened


async def test_an_address_is_understood_however_it_is_wrapped(app: App, site: str) -> None:
    url = f"{site}/town.xml"
    first = await app.ask("subscribe", url)
    assert "now follows Town Desk" in plain(first.text)
    for wrapped in WRAPPED:
        reply = await app.ask("subscribe", wrapped.format(url=url))
        assert "follows Town Desk already" in plain(reply.text), wrapped
        reply = await app.ask("sources", "add " + wrapped.format(url=url))
        assert "has Town Desk already, as number 1" in plain(reply.text), wrapped
    assert [s.url for s in await app.desk.store.sources.all()] == [url]


async def test_the_words_around_an_address_are_its_name_and_topics(app: App, site: str) -> None:
    for words in (f"[The Town]({site}/town.xml) #ports", f"<{site}/sea.xml> The Sea #ports"):
        await app.ask("sources", f"add {words}")
    found = [(s.name, s.topics) for s in await app.desk.store.sources.all()]
    assert found == [("The Town", ("ports",)), ("The Sea", ("ports",))]


async def test_an_address_in_a_sentence_is_subscribed_to_and_of_two_none(app: App, site: str) -> None:
    reply = await app.ask("subscribe", f"Have a look:\n{site}/town.xml!")
    assert "now follows Town Desk" in plain(reply.text)
    reply = await app.ask("subscribe", f"{site}/town.xml {site}/sea.xml")
    assert "paste an address" in plain(reply.text)


async def test_a_source_added_under_another_address_is_not_added_twice(app: App, site: str) -> None:
    await app.ask("sources", f"add {site}/town.xml")
    reply = await app.ask("sources", f"add {site}/two/")
    (button,) = [b for row in reply.buttons for b in row if "Town Desk" in b.label]
    assert "already, as number 1" in plain((await app.ask(button.command, button.words)).text)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("r/python", "r/python"),
        ("@someone@social.invalid", "@someone@social.invalid"),
        ("@someone.invalid", "@someone.invalid"),
        ("t.me/some_channel", "https://t.me/s/some_channel"),
        ("site.invalid", "site.invalid"),
    ],
)
async def test_short_names_are_looked_up_and_what_was_looked_up_is_named(
    app: App, words: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nowhere(self: HttpFetcher, url: str, **_: object) -> Failure:
        return Failure(FailureKind.DNS, "the name can't be found")

    monkeypatch.setattr(HttpFetcher, "get", nowhere)
    for command, before in (("subscribe", ""), ("sources", "add ")):
        reply = await app.ask(command, before + words)
        assert plain(reply.text).startswith(f"I can't read {asked}: "), plain(reply.text)
        assert not reply.ok
    assert await app.desk.store.sources.all() == []


@pytest.mark.parametrize("words", ["the news", "news", "-", "#5", "https://a.invalid/ https://b.invalid/"])
async def test_what_is_no_address_is_told_what_would_be_one(app: App, words: str) -> None:
    for command, before in (("subscribe", ""), ("sources", "add ")):
        reply = await app.ask(command, before + words)
        assert "https://example.com/feed" in plain(reply.text) or "begins with https://" in plain(reply.text)
        assert not reply.ok
    assert await app.desk.store.sources.all() == []


async def test_a_private_channel_is_told_from_a_site_without_a_feed(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def card(self: HttpFetcher, url: str, **_: object) -> Page:
        return Page(url=url, status=200, body=b"<html><a class='tgme_action_button_new'>Open</a>")

    monkeypatch.setattr(HttpFetcher, "get", card)
    for link in ("https://t.me/+AbCdEf", "https://t.me/c/123456/7", "@nobody_there"):
        reply = await app.ask("sources", f"add {link}")
        assert "the channel is not public" in plain(reply.text)
    assert await app.desk.store.sources.all() == []
