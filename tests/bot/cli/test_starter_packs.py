"""``newsdesk sources test --packs``: every source of the starter packs is read, and the exit code says how it went."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import packs
from bot.cli import app
from bot.demo.newsroom import serve

pytestmark = pytest.mark.slow


@pytest.fixture
def newsroom() -> Iterator[str]:
    """The demo's sites, served from another thread, since the command has a loop of its own."""
    ready, stop, base = threading.Event(), threading.Event(), []

    async def run() -> None:
        async with serve(datetime.now(UTC)) as room:
            base.append(room.base)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    ready.wait(10)
    yield base[0]
    stop.set()
    thread.join(10)


def write(folder: Path, *urls: str) -> Path:
    """A file of packs, and a configuration that lets loopback be read."""
    sources = ", ".join(f'{{ name = "S{number}", url = "{url}" }}' for number, url in enumerate(urls))
    text = f'[[packs]]\nname = "Town"\nlanguage = "en"\ntopic = "world"\nsources = [{sources}]\n'
    (folder / "packs.toml").write_text(text)
    config = folder / "newsdesk.toml"
    config.write_text(f'[watch]\nallow_private = true\n[store]\nurl = "{folder}/desk.sqlite3"\n')
    return config


def test_each_source_is_read_and_a_dead_one_fails(
    tmp_path: Path, newsroom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "FILE", tmp_path / "packs.toml")
    for urls, code, said in (
        (("herald/feed.xml", "radio/feed.xml"), 0, "2 of 2 sources can be read."),
        (("herald/feed.xml", "nothing/feed.xml"), 1, "1 of 2 sources can be read."),
    ):
        packs.packs.cache_clear()
        config = write(tmp_path, *(f"{newsroom}/{one}" for one in urls))
        result = CliRunner().invoke(app, ["sources", "test", "--packs", "--config", str(config)])
        assert (result.exit_code, said in result.stdout) == (code, True), result.output
        assert f"en Town: S0 {newsroom}/herald/feed.xml: fine, " in result.stdout
        if code:
            assert f"S1 {newsroom}/nothing/feed.xml: there is nothing at this address" in result.stdout
    packs.packs.cache_clear()
