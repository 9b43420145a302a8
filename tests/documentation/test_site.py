"""The documentation: its code blocks do what they say, its reference is what the code says, it builds."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.config import Settings
from digests.model import Source
from digests.store import open_store
from digests.store.backup import back_up

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^(?:<!-- (\w+) -->\n)?^( *)```(\w+)\n(.*?)^\2```$", re.M | re.S)


def blocks(language: str, page: Path) -> Iterator[tuple[str, str]]:
    """Each code block of a language: what the comment before it says, and its text."""
    for more, indent, name, body in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if name == language:
            yield more, re.sub(f"^{indent}", "", body, flags=re.M)


def every(language: str) -> list[object]:
    return [
        pytest.param(more, body, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, (more, body) in enumerate(blocks(language, page), 1)
    ]


@pytest.mark.parametrize(("more", "body"), every("toml"))
def test_configurations_are_valid(more: str, body: str) -> None:
    if "project" in tomllib.loads(body):
        return  # a plug-in's pyproject.toml
    Settings(**tomllib.loads(body))


@pytest.mark.parametrize(("more", "body"), every("json"))
def test_json_is_json(more: str, body: str) -> None:
    json.loads(body)


@pytest.mark.parametrize(("more", "body"), every("yaml"))
def test_yaml_is_yaml(more: str, body: str) -> None:
    assert isinstance(yaml.safe_load(body), dict)


@pytest.mark.parametrize(("more", "body"), every("python"))
def test_python_runs_and_prints_what_its_comments_say(
    more: str, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile("from __future__ import annotations\n" + body, "page", "exec"), {})
    said = re.findall(r"^print\(.*\)  # (.*)$", body, re.M)
    assert capsys.readouterr().out.splitlines() == said


def test_no_block_is_of_a_kind_that_nothing_reads() -> None:
    kinds = {name for page in PAGES for _, _, name, _ in _BLOCK.findall(page.read_text(encoding="utf-8"))}
    assert kinds <= {"toml", "json", "yaml", "python", "sh"}


def newsdesk_lines(body: str) -> Iterator[list[str]]:
    for line in body.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0].rpartition("/")[2] == "newsdesk":
            yield words[1:]


@pytest.mark.parametrize(("more", "body"), every("sh"))
def test_command_lines_are_ones_the_program_takes(more: str, body: str) -> None:
    """Each names a command that is there, and only options that it has."""
    for words in newsdesk_lines(body):
        if words and words[0].startswith("-"):
            continue
        names = words[:2] if words[0] in {"sources"} else words[:1]
        shown = CliRunner().invoke(app, [*names, "--help"])
        assert shown.exit_code == 0, words
        for word in words:
            if word.startswith("--"):
                assert word.partition("=")[0] in shown.output, (words, word)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("".join(body for more, body in blocks("sh", page) if more == "run"), id=page.name)
        for page in PAGES
        if any(more == "run" for more, _ in blocks("sh", page))
    ],
)
def test_blocks_marked_to_run_do(body: str, tmp_path: Path) -> None:
    """One page's blocks one after another, as a reader would type them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", body],
        cwd=tmp_path, env={"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


HERE = {"backup", "restore", "export", "upgrade", "doctor"}  # what needs nothing but a desk's own files
HERE |= {f"sources {verb}" for verb in ("list", "pause", "resume", "remove", "import", "export")}


def needs_no_one(body: str) -> bool:
    lines = list(newsdesk_lines(body))
    return len(lines) == len(body.splitlines()) and all(
        words and (words[0] in HERE or " ".join(words[:2]) in HERE) for words in lines
    )


BY_THEMSELVES = [
    param
    for param in every("sh")
    if param.values[0] != "run" and needs_no_one(param.values[1])  # type: ignore[attr-defined]
]


@pytest.mark.parametrize(("more", "body"), BY_THEMSELVES)
@pytest.mark.slow
def test_lines_that_need_only_a_desk_do_what_they_say(
    more: str, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(three_sources())
    if "backup" not in body:
        back_up(Path("newsdesk.sqlite3"), Path("newsdesk-monday.sqlite3"))
    Path("config.toml").write_text("", encoding="utf-8")
    feeds = '<opml version="2.0"><body><outline type="rss" xmlUrl="https://a.example/"/></body></opml>'
    Path("feeds.opml").write_text(feeds, encoding="utf-8")  # one that is followed already: nothing is fetched
    for words in newsdesk_lines(body):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output, done.exception)


async def three_sources() -> None:
    async with open_store("newsdesk.sqlite3") as store:
        for name in "abc":
            await store.sources.add(Source(url=f"https://{name}.example/"), datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.slow
def test_the_reference_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/make.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_other_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.slow
def test_the_site_builds(tmp_path: Path) -> None:
    if not (ROOT / "docs" / "commands.md").exists():
        pytest.skip("docs/commands.md is made from the commands")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "tutorial" / "index.html").is_file()
    for page in (tmp_path / "site").rglob("*.html"):
        shown = re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", page.read_text(encoding="utf-8"), flags=re.S)
        assert "```" not in shown, page  # a block that the generator did not take for one
        assert "|---" not in shown, page
