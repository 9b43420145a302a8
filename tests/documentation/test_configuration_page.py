"""The page on the configuration has an anchor, and what stands there, for every setting of the example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")


def test_every_setting_has_one_heading_an_anchor_and_its_default() -> None:
    anchors = re.findall(r"^### \S+ \{#(\S+)\}$", PAGE, flags=re.M)
    assert len(anchors) == len(set(anchors))
    shown = {
        anchor: tomllib.loads(block)
        for anchor, block in re.findall(r"\{#(\S+)\}\n(?:(?!###).)*?```toml\n(.*?)```", PAGE, flags=re.S)
    }
    example = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
    for table, settings in example.items():
        if isinstance(settings, dict):
            for name, default in settings.items():
                assert shown[f"{table}-{name}"] == {table: {name: default}}


def test_what_is_said_of_a_table_stands_in_it() -> None:
    assert PAGE.index("## sources {#sources}") < PAGE.index("Sources. Those in this file")
