"""``newsdesk summarize``: which document is read, and as what."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.cli.summarizing import document
from digests.model import Failure, FailureKind, Page


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", "text/markdown"),
        ("a.PDF", "application/pdf"),
        ("a.txt", "text/plain"),
        ("a.htm", "text/html"),
    ],
)
def test_a_file_is_read_as_what_its_name_says(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text("The lock closes.")
    page = document(str(tmp_path / name))
    assert isinstance(page, Page)
    assert (page.content_type, page.body) == (kind, b"The lock closes.")


def test_a_document_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.summarizing._LARGEST", 10)
    (tmp_path / "a.txt").write_text("The lock closes.")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"The lock closes.")))
    for source in (str(tmp_path / "a.txt"), "-"):
        answer = document(source)
        assert isinstance(answer, Failure)
        assert (answer.kind, "larger than" in answer.reason) == (FailureKind.TOO_LARGE, True)
