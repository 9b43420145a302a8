"""``newsdesk sources import`` and ``export``."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.bot.several_feeds import opml, several_feeds

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSDESK_STORE__URL", str(tmp_path / "desk.sqlite3"))
    monkeypatch.setenv("NEWSDESK_WATCH__ALLOW_PRIVATE", "true")
    ready, done, bases = threading.Event(), threading.Event(), []

    async def serve() -> None:
        async with several_feeds() as base:
            bases.append(base)
            ready.set()
            while not done.is_set():  # noqa: ASYNC110 - it is set in another thread
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(5)
    yield bases[0]
    done.set()
    thread.join()


def test_a_list_goes_in_and_out(site: str, tmp_path: Path) -> None:
    run = CliRunner().invoke
    (tmp_path / "in.opml").write_bytes(opml(site))
    first = run(app, ["sources", "import", "in.opml", "--json"])
    report = json.loads(first.stdout)
    assert first.exit_code == 1  # some failed
    assert [s["name"] for s in report["added"]] == ["Town Desk", "Sea"]
    assert [s["name"] for s in report["failed"]] == ["Gone", "Inside"]
    assert report["added"][0]["topics"] == ["World", "Harbours"]

    out = run(app, ["sources", "export", "out.opml", "--json"])
    assert json.loads(out.stdout) == {"file": "out.opml", "feeds": 2, "left_out": 0}
    again = run(app, ["sources", "import", "out.opml"])
    assert (again.exit_code, again.stdout.strip()) == (0, "0 sources were added. 2 were there. 0 failed.")
    assert f'xmlUrl="{site}/town.xml"' in run(app, ["sources", "export"]).stdout


def test_a_file_that_is_none_is_one_line_and_one(site: str, tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["sources", "import", "no.opml", "--json"])
    assert missing.exit_code == 1
    assert "can't be read" in json.loads(missing.stdout)["error"]
    (tmp_path / "bad.opml").write_text("<html></html>")
    bad = CliRunner().invoke(app, ["sources", "import", "bad.opml"])
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert bad.stderr.count("\n") == 1
