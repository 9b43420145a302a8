"""A whole desk on loopback: the demo's newsroom, a real store, a console whose output can be read."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.config import Settings, SourceSettings
from bot.demo.newsroom import Newsroom, serve
from bot.platforms import paces
from bot.render.rich import plain
from digests.clock import utc_now

_SHORT = {platform: pace.faster(20) for platform, pace in paces().items()}


@pytest.fixture(autouse=True)
def _paces_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole desk need not wait out a platform's minute: the tests of pacing keep to the real limits."""
    monkeypatch.setattr("bot.app.paces", lambda: _SHORT)


@dataclass(frozen=True, slots=True)
class House:
    """The open app, the newsroom it watches, and what its console printed."""

    app: App
    newsroom: Newsroom
    printed: io.StringIO

    async def say(self, line: str) -> str:
        """Type a command line at the console; the answer's text."""
        command, _, words = line.removeprefix("/").partition(" ")
        return plain((await self.app.ask(command, words)).text)


def settings_for(
    folder: Path, sources: tuple[SourceSettings, ...] = (), cadence: str = "instant"
) -> Settings:
    base = Settings()
    return base.model_copy(
        update={
            "store": base.store.model_copy(update={"url": str(folder / "desk.sqlite3")}),
            "watch": base.watch.model_copy(update={"allow_private": True}),
            "chats": base.chats.model_copy(update={"cadence": cadence}),
            "sources": sources,
        }
    )


@asynccontextmanager
async def open_house(
    folder: Path, *, with_sources: bool = True, console: bool = True, **tables: Any
) -> AsyncIterator[House]:
    """The demo's sites and a desk that watches them; ``tables`` as ``open_desk`` takes them."""
    async with serve(datetime.now(UTC)) as newsroom:
        feeds = newsroom.feeds if with_sources else ()
        sources = tuple(SourceSettings(url=url, name=name, topics=topics) for url, name, topics in feeds)
        async with open_desk(folder, sources, console=console, **tables) as (app, printed):
            yield House(app, newsroom, printed)


@asynccontextmanager
async def open_desk(
    folder: Path, sources: tuple[SourceSettings, ...], *, console: bool = True, **tables: Any
) -> AsyncIterator[tuple[App, io.StringIO]]:
    """The whole desk over some sources, and what its console prints.

    ``tables``: a table of the settings to put in, or a dictionary of what to change in it.
    """
    settings = settings_for(folder, sources)
    changed = {
        name: getattr(settings, name).model_copy(update=table) if isinstance(table, dict) else table
        for name, table in tables.items()
    }
    settings = settings.model_copy(update=changed)
    printed = io.StringIO()
    async with open_app(settings, console=console, clock=utc_now, out=printed) as app:
        yield app, printed
