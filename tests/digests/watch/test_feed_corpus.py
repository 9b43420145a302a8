"""Other people's test feeds: what feedparser's own suite expects of what a news reader shows.

In scope: every expectation that compares a title, link, identity, text, author, tag, date or
language with a constant. Out of scope: sanitizing (done where text is shown), CDF, geography,
podcast chapters, guessing an undeclared encoding, and what only HTTP headers can tell.
"""

from __future__ import annotations

import ast
import html
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from digests.model import Failure, Feed
from digests.watch import fields
from digests.watch.feeds import parse_feed

ARCHIVE = Path(__file__).parents[4] / "shared/data/feeds/feedparser-tests.tar.gz"
OUT_OF_SCOPE = ("/sanitize/", "/cdf/", "/geo/", "/psc/", "/chardet/", "/http/")
TEXTS = ("description", "summary", "content")


def plain(value: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", value))).strip()


def wanted(document: bytes) -> list[tuple[tuple[Any, ...], Any]]:
    """The in-scope comparisons of a document's expectation as (path, constant)."""
    found = re.search(rb"Expect:\s*(.*?)\s*-->", document, re.DOTALL)
    if found is None or b"Header:" in document[: found.start()]:
        return []
    try:
        tree = ast.parse(found.group(1).decode("utf-8", "replace"), mode="eval")
    except SyntaxError:
        return []
    checks = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            path = path_of(node.left)
            try:
                constant = ast.literal_eval(node.comparators[0])
            except ValueError:
                continue
            if path and in_scope(path):
                checks.append((path, constant))
    return checks


def path_of(node: ast.AST) -> tuple[Any, ...]:
    steps: list[Any] = []
    while isinstance(node, ast.Subscript | ast.Attribute):
        steps.append(
            node.slice.value
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
            else getattr(node, "attr", None)
        )
        node = node.value
    return (node.id, *reversed(steps)) if isinstance(node, ast.Name) else ()


def in_scope(path: tuple[Any, ...]) -> bool:
    match path:
        case ("feed", "title" | "link" | "language"):
            return True
        case (
            "entries",
            int(),
            "title" | "link" | "id" | "guid" | "author" | "published_parsed" | "updated_parsed",
        ):
            return True
        case ("entries", int(), "description" | "summary"):
            return True
        case ("entries", int(), "content", 0, "value") | ("entries", int(), "tags", int(), "term"):
            return True
    return False


def holds(feed: Feed, path: tuple[Any, ...], constant: Any) -> bool:
    if path[0] == "feed":
        ours = {"title": feed.title, "link": feed.site_url, "language": feed.language or ""}[path[1]]
        return ours == (plain(constant) if path[1] == "title" else constant or "")
    if path[1] >= len(feed.entries):
        return False
    entry = feed.entries[path[1]]
    match path[2]:
        case "title":
            return entry.title in (plain(constant), constant)
        case "link":
            return entry.url == constant
        case "id" | "guid":
            return entry.guid == constant
        case "author":
            return ", ".join(entry.authors) == fields.line(
                re.sub(r"^\S+@\S+ \((.*)\)$|^(.*) \(\S+@\S+\)$", r"\1\2", constant)
            )
        case "tags":
            return path[3] < len(entry.tags) and entry.tags[path[3]] == constant
        case "published_parsed":
            return entry.published is not None and entry.published.timetuple()[:6] == constant[:6]
        case "updated_parsed":
            moment = entry.updated or entry.published
            return moment is not None and moment.timetuple()[:6] == constant[:6]
    return plain(entry.html) == plain(constant) or html.unescape(entry.html) == constant


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    if not ARCHIVE.exists():
        pytest.skip("the feed corpus is not on this machine")
    with tarfile.open(ARCHIVE) as archive:
        members = [m for m in archive if m.isfile() and m.name.endswith(".xml")]
        return {m.name: archive.extractfile(m).read() for m in members}  # type: ignore[union-attr]


def judge(documents: dict[str, bytes]) -> tuple[int, list[str]]:
    checked, missed = 0, []
    for name, document in documents.items():
        if any(part in name for part in OUT_OF_SCOPE):
            continue
        checks = wanted(document)
        if not checks:
            continue
        feed = parse_feed(document, "", None, f"http://127.0.0.1:8097/{name}")
        checked += 1
        if isinstance(feed, Failure):
            missed.append(f"{name}: {feed.reason}")
            continue
        for path, constant in checks:
            if not holds(feed, path, constant):
                missed.append(f"{name}: {path} is not {constant!r}")
                break
    return checked, missed


def test_nearly_every_expectation_in_scope_holds(documents: dict[str, bytes]) -> None:
    checked, missed = judge(documents)
    assert checked > 200
    assert len(missed) <= 0.08 * checked, "\n".join(missed)


def test_no_document_of_the_corpus_raises(documents: dict[str, bytes]) -> None:
    for name, document in documents.items():
        assert isinstance(parse_feed(document, "", None, "http://example.com/"), Feed | Failure), name
