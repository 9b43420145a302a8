"""docs/library.md: its names are the package's, and five lines are enough (test_site runs them)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import digests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/library.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_five_lines_are_enough() -> None:
    steps = PROGRAMS[0].rpartition('"""\n')[2].splitlines()
    assert len([line for line in steps if line]) == 5


def test_every_name_of_the_package_is_there_and_told() -> None:
    for name in digests.__all__:
        assert getattr(digests, name).__name__ == name
        assert f"`{name}`" in PAGE
    assert set(digests.__all__) == set(digests._WHERE) <= set(dir(digests))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = digests.nothing


def test_importing_it_loads_nothing_else() -> None:
    program = "import sys, digests; print([one for one in sys.modules if one.startswith('digests.')])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_both_packages_carry_their_types() -> None:
    assert (ROOT / "digests/py.typed").is_file()
    assert (ROOT / "bot/py.typed").is_file()
