"""Each block of commands in the documentation is run, or it stands here why it is not."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from digests.model import Source
from digests.store import open_store
from digests.store.backup import back_up
from tests.documentation.test_site import BY_THEMSELVES, PAGES, ROOT, blocks, newsdesk_lines
from tests.fakes.openai_server import faithful, openai_server

pytestmark = pytest.mark.slow

NOT_RUN = {
    "make demo": "installs from a registry; the demo runs by tests of its own",
    "cp config.example.toml": "serves until it is stopped; tests of the process start and stop it",
    "export NEWSDESK_": "sets a token or a key that only a platform gives",
    "make install": "installs from a registry",
    "newsdesk healthy": "asks a desk that serves; the probe has tests of its own",
    "pipx install": "installs from a registry",
    "sudo python3 -m venv": "needs root and systemd",
    "cd deploy\ncp": "needs Docker; what it makes has a test of its own",
    "docker build": "needs Docker and a cluster",
    "newsdesk migrate-store": "needs a PostgreSQL server; moves have tests of their own",
    "kill -HUP": "needs a desk that serves; a test of reloading sends the signal",
    "newsdesk run --config": "serves until it is stopped; tests of the process start and stop it",
    "newsdesk worker": "serves until it is stopped, on PostgreSQL",
    "newsdesk gateway": "serves until it is stopped, on PostgreSQL",
    "git clone": "needs the project's public address",
    "newsdesk summarize article.html --summarizer first-words": "needs the example plug-in installed",
    "newsdesk doctor --config config.toml\nnewsdesk run": "serves until it is stopped",
}
"""How the blocks begin that only have their names checked, and why."""

EVERY_PAGE = [*PAGES, ROOT / "CONTRIBUTING.md"]
MARKED = [(more, body) for page in EVERY_PAGE for more, body in blocks("sh", page)]
ALREADY = {param.values[1] for param in BY_THEMSELVES}  # type: ignore[attr-defined]


def reason(body: str) -> str | None:
    return next((why for start, why in NOT_RUN.items() if body.strip().startswith(start)), None)


HERE = [
    pytest.param(body, id=f"{page.relative_to(ROOT)}-{number}")
    for page in EVERY_PAGE
    for number, (more, body) in enumerate(blocks("sh", page), 1)
    if more != "run" and body not in ALREADY and reason(body) is None
]


def test_each_reason_is_one_of_a_block() -> None:
    for start in NOT_RUN:
        assert any(body.strip().startswith(start) for _, body in MARKED), start


def test_few_blocks_are_not_run() -> None:
    """A new block runs below, or fails there, unless somebody gives a reason above."""
    assert len(HERE) + len(ALREADY) >= 20
    for param in HERE:
        body = str(param.values[0])
        assert len(list(newsdesk_lines(body))) == len(body.replace("\\\n", " ").splitlines()), body


FEED = """<rss version="2.0"><channel><title>Example</title><link>{site}/</link>
<link rel="prev-archive" href="/old.xml"/><item><title>The bridge opened</title><link>{site}/news</link>
<description>The harbour bridge opened on Monday, after two years of work by the town.</description></item>
</channel></rss>"""
PAGE = """<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><article>
<h1>The bridge opened</h1><p>The harbour bridge opened on Monday, after two years of work by the town.</p>
<p>It cost 40 million euros. Mayor Ada Vale cut the ribbon.</p></article></body></html>"""


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, "": "text/html"}  # noqa: RUF012

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    address = f"http://127.0.0.1:{server.server_port}"
    for name, text in (("feed.xml", FEED), ("old.xml", FEED), ("news", PAGE), ("index.html", PAGE)):
        (folder / name).write_text(text.format(site=address) if name.endswith("xml") else text)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """A model's server in a thread of its own; its address."""
    started, addresses, loops = threading.Event(), list[str](), list[asyncio.Task[None]]()

    async def serve() -> None:
        async with openai_server(obey=faithful) as server:
            addresses.append(server.base_url)
            task = asyncio.current_task()
            assert task is not None
            loops.append(task)
            started.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(600)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(20)
    yield addresses[0]
    loops[0].get_loop().call_soon_threadsafe(loops[0].cancel)
    thread.join()


@pytest.mark.parametrize("body", HERE)
def test_it_does_what_it_says(
    body: str, site: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block as it stands, in a folder with a desk; example.com is a site on this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSDESK_WATCH__ALLOW_PRIVATE", "true")
    monkeypatch.setenv("NEWSDESK_OPENAI__BASE_URL", model)
    monkeypatch.setenv("NEWSDESK_OPENAI__INPUT_PRICE", "0")
    monkeypatch.setenv("NEWSDESK_OPENAI__OUTPUT_PRICE", "0")
    known = () if "sources add" in body else ((f"{site}/feed.xml", "Example"),)
    asyncio.run(desk(known))
    back_up(Path("newsdesk.sqlite3"), Path("newsdesk-monday.sqlite3"))
    Path("config.toml").write_text("", encoding="utf-8")
    Path("article.html").write_text(PAGE, encoding="utf-8")
    for words in newsdesk_lines(re.sub(r"https://example\.com", site, body)):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output, done.exception)


async def desk(known: tuple[tuple[str, str], ...]) -> None:
    async with open_store("newsdesk.sqlite3") as store:
        for url, name in known:
            await store.sources.add(Source(url=url, name=name), datetime(2026, 3, 1, tzinfo=UTC))
