"""Starter packs: sources to begin with, by language and topic."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from digests.model import Source

FILE = Path(__file__).parent / "starter_packs.toml"


@dataclass(frozen=True, slots=True)
class Pack:
    """A few sources of one language on one topic."""

    name: str
    language: str  # one of bot.locales.LANGUAGES
    topic: str
    sources: tuple[Source, ...]


@cache
def packs() -> tuple[Pack, ...]:
    """All of the file, in its order."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["packs"]
    return tuple(
        Pack(
            name=one["name"],
            language=one["language"],
            topic=one["topic"],
            sources=tuple(Source(topics=(one["topic"],), **source) for source in one["sources"]),
        )
        for one in listed
    )
