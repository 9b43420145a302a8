"""Summarizers, sources, readers and chat platforms from other packages, installed for real, are found and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (
    "The ferry to Sundwik was cancelled on Monday after its engine failed, the operator said. "
    "About 120 passengers waited four hours for a bus.\n\nIt will sail again on Wednesday."
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example packages of the documentation, installed as a person would; where to."""
    folder = tmp_path_factory.mktemp("plugins")
    packages = [
        folder / "first-words",
        folder / "town-gazette",
        folder / "tide-table",
        folder / "letter-slot",
    ]
    for package in packages:
        package.mkdir()  # a copy, since building leaves files beside the source
        for file in (ROOT / "docs/examples" / package.name).iterdir():
            if file.is_file():
                (package / file.name).write_bytes(file.read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--disable-pip-version-check", "--target", str(folder / "site"), *map(str, packages)],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "site"


@pytest.mark.slow
def test_an_installed_package_adds_a_summarizer(tmp_path: Path, site: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[brief]\nsummarizers = ["first-words"]\n[summarizers]\nfirst-words = { most = 5 }\n')
    article = tmp_path / "article.txt"
    article.write_text(TEXT)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "summarize", str(article), "--json", "--config", str(config)],
        check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(site)},
    )  # fmt: skip
    brief = json.loads(done.stdout)
    assert brief["summarizer"] == "first-words"
    assert [s["text"] for s in brief["sentences"]] == ["The ferry to Sundwik was"]


@pytest.mark.slow
def test_an_installed_package_knows_the_feed_behind_an_address(site: Path) -> None:
    program = "from digests.watch.resolve import resolve; print(resolve('gazette.example/east-marrow'))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(site)},
    )  # fmt: skip
    assert "https://gazette.example/feeds/east-marrow.xml" in done.stdout
    assert "Gazette, East Marrow" in done.stdout


TIDES = """
import asyncio, sys
from datetime import UTC, datetime

from digests.model import PollState
from digests.plugins import load_readers
from digests.watch.http import HttpFetcher
from digests.watch.offload import Offload
from digests.watch.resolve import resolve

async def main():
    source = resolve(sys.argv[1])
    async with HttpFetcher(allow_private=True, ports=None, spacing=0.0) as fetcher, Offload() as workers:
        readers = load_readers(fetcher, workers)
        polled = await readers[source.kind].read(source, PollState(), datetime.now(UTC))
    print(sorted(readers), [entry.title for entry in polled.feed.entries])

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.slow
def test_an_installed_package_reads_another_kind_of_source(tmp_path: Path, site: Path) -> None:
    (tmp_path / "port.tides").write_text("2026-11-30T06:12+00:00 High water, 4.1 metres\nnothing\n")
    (tmp_path / "program.py").write_text(TIDES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        done = subprocess.run(
            [sys.executable, str(tmp_path / "program.py"), f"http://127.0.0.1:{server.server_port}/port.tides"],
            capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{site}:{ROOT}"},
        )  # fmt: skip
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.stdout == "['feed', 'page', 'telegram', 'tides'] ['High water, 4.1 metres']\n", done.stderr


CONTRACT = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path

from bot.platforms import platforms
from digests.model import Brief, BriefSentence, Chat, Digest, DigestItem, SourceSentence
from digests.testing import check_delivery

async def main():
    slot = platforms()["slot"]
    around = type("Around", (), {"desk": None})()
    chat = slot.open(slot.settings(folder=Path(sys.argv[1])), around)
    await chat.connect()
    brief = Brief(headline="A bridge opens", sentences=(BriefSentence("It is new. " * 400, (0,)),),
                  source_sentences=(SourceSentence("It is new."),), language="en", summarizer="s")
    digest = Digest(chat_id=1, created=datetime.now(UTC), items=(DigestItem(story_id=1, version=1, brief=brief, links=()),))
    print(len(await check_delivery(chat, digest, Chat(platform="slot", address="here"))))

asyncio.run(main())
"""


@pytest.mark.slow
def test_an_installed_package_brings_a_chat_platform(tmp_path: Path, site: Path) -> None:
    slot, config = tmp_path / "slot", tmp_path / "config.toml"
    config.write_text(
        f'[store]\nurl = "{tmp_path}/desk.sqlite3"\n[console]\nenabled = false\n[slot]\nfolder = "{slot}"\n'
        '[access]\nadmins = ["slot:owner"]\nallow_chats = ["slot:here"]\n'
    )
    env = {**os.environ, "PYTHONPATH": str(site)}
    slot.mkdir()
    kept = subprocess.run([sys.executable, "-c", CONTRACT, str(slot)], capture_output=True, text=True, cwd=ROOT,
                          env=env)  # fmt: skip
    assert int(kept.stdout or 0) > 1, kept.stderr
    looked = subprocess.run([sys.executable, "-m", "bot", "doctor", "--config", str(config)], capture_output=True,
                            text=True, cwd=ROOT, env=env)  # fmt: skip
    assert f"Letter slot: {slot} is there" in " ".join(looked.stdout.split()), looked.stdout + looked.stderr
    desk = subprocess.Popen([sys.executable, "-m", "bot", "run", "--config", str(config)],
                            stderr=subprocess.PIPE, text=True, cwd=ROOT, env=env)  # fmt: skip
    try:
        (slot / "in.txt").write_text("/allow")
        for _ in range(600):
            if (slot / "out/answer.txt").exists() or desk.poll() is not None:
                break
            time.sleep(0.05)
    finally:
        desk.terminate()
        said = desk.communicate(timeout=30)[1]
    assert "slot:here" in (slot / "out/answer.txt").read_text(), said


@pytest.mark.slow
def test_a_platform_that_cannot_be_loaded_is_one_clear_line(tmp_path: Path) -> None:
    site = tmp_path / "broken-1.dist-info"
    site.mkdir()
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (site / "entry_points.txt").write_text("[newsdesk.platforms]\npigeons = nowhere:PIGEONS\n")
    done = subprocess.run([sys.executable, "-m", "bot", "doctor"], capture_output=True, text=True, cwd=ROOT,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})  # fmt: skip
    assert done.returncode != 0
    assert (
        done.stderr.strip()
        == "newsdesk: Platform “pigeons” of broken could not be loaded: No module named 'nowhere'"
    )


@pytest.mark.slow
def test_an_unknown_summarizer_is_one_clear_line(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(TEXT)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "summarize", str(article), "--summarizer", "nobody"],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No summarizer is called “nobody”. Built in: extractive, openai." in done.stderr
