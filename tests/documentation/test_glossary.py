"""docs/glossary.md: what it says stands somewhere in the code is there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/glossary.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| [^|]+ \| `([\w.]+)` \|$", PAGE, re.M)


def test_each_row_has_its_place() -> None:
    assert len(ROWS) == len(re.findall(r"^\| (?!---|term \|)", PAGE, re.M)) > 40
    terms = [term for term, _ in ROWS]
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize("place", sorted({place for _, place in ROWS}))
def test_the_place_is_there(place: str) -> None:
    try:
        import_module(place)
    except ModuleNotFoundError:
        module, _, name = place.rpartition(".")
        assert hasattr(import_module(module), name), place
