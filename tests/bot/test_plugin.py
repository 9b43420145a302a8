"""A summarizer from another package, installed for real, is found by its name and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (
    "The ferry to Sundwik was cancelled on Monday after its engine failed, the operator said. "
    "About 120 passengers waited four hours for a bus.\n\nIt will sail again on Wednesday."
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both example packages of the documentation, installed as a person would; where to."""
    folder = tmp_path_factory.mktemp("plugins")
    packages = [folder / "first-words", folder / "town-gazette"]
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
