"""What the code imports is what pyproject.toml says that it needs; nothing comes in by chance."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SERVERS = ("postgres", "mcp")  # extras that the product imports only where they are wanted
# data, what Starlette reads forms with, and what lxml.cssselect needs
NO_IMPORT = {"tzdata", "python-multipart", "cssselect"}


def plain(requirement: str) -> str:
    """A distribution's name as it is compared: ``python_Multipart>=1`` is ``python-multipart``."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def imported() -> dict[str, set[str]]:
    """Top-level packages that are not ours, and the files that import them."""
    found: dict[str, set[str]] = {}
    for package in ("bot", "digests"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names = [node.module]
                for name in names:
                    top = name.partition(".")[0]
                    if top not in sys.stdlib_module_names and top not in {"bot", "digests"}:
                        found.setdefault(top, set()).add(str(file.relative_to(ROOT)))
    return found


def declared() -> set[str]:
    extras = [one for name in SERVERS for one in PROJECT["optional-dependencies"][name]]
    return {plain(one) for one in (*PROJECT["dependencies"], *extras)}


DISTRIBUTIONS = packages_distributions()


def test_every_package_that_is_imported_is_declared() -> None:
    missing = {
        name: sorted(files)
        for name, files in imported().items()
        if not declared() & {plain(one) for one in DISTRIBUTIONS.get(name, [name])}
    }
    assert missing == {}


def test_every_package_that_is_declared_is_imported() -> None:
    used = {plain(one) for name in imported() for one in DISTRIBUTIONS.get(name, [name])}
    assert declared() - used == NO_IMPORT
