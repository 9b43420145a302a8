"""Reads the configuration file, and explains every mistake with the line it stands on."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from bot.config import Settings
from digests.errors import ConfigError
from digests.text.door import door


def load(path: Path | None) -> Settings:
    """Read the file (None: defaults and environment alone). ``ConfigError`` tells every mistake."""
    text = ""
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"{path} can't be read: {error.strerror}. Copy config.example.toml there, or name another "
                "file with --config."
            ) from error
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path} is not in UTF-8 (byte {error.start + 1} can't be read). Save it in that encoding."
            ) from error
    try:
        data = door(tomllib.loads(text))
    except RecursionError:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}. Compare it with config.example.toml."
        ) from error
    try:
        settings = Settings(**data)
    except ValidationError as error:
        lines = [_explain(dict(mistake), text) for mistake in error.errors()]
        raise ConfigError("\n".join(f"{path or 'environment'}: {line}" for line in lines)) from None
    if conflict := settings.conflict():
        raise ConfigError(f"{path or 'environment'}: {conflict}")
    return settings


def _explain(mistake: dict[str, Any], text: str) -> str:
    place: tuple[str | int, ...] = mistake["loc"]
    key = ".".join(str(part) for part in place)
    line = _line_of(text, place)
    at = f"line {line}: " if line else ""
    if mistake["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _keys(place[:-1]), n=1, cutoff=0.5)
        hint = f"did you mean “{near[0]}”?" if near else f"valid here: {', '.join(_keys(place[:-1]))}."
        return f"{at}unknown setting “{key}”; {hint}"
    return f"{at}“{key}”: {mistake['msg'].removeprefix('Value error, ')}"


def _keys(place: tuple[str | int, ...]) -> list[str]:
    """The valid keys of the table at that place."""
    table: type[BaseModel] = Settings
    for part in place:
        if isinstance(part, int):
            continue
        annotation = table.model_fields[part].annotation
        inner = [
            t for t in (annotation, *get_args(annotation)) if isinstance(t, type) and issubclass(t, BaseModel)
        ]
        if not inner:
            return []
        table = inner[0]
    return list(table.model_fields)


def _line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The line a setting stands on, for tables and arrays of tables written the usual way."""
    names = [part for part in place if isinstance(part, str)]
    number = next((part for part in place if isinstance(part, int)), 0)
    table: list[str] = []
    seen, fallback = -1, None
    for count, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]\s]+)\s*\]", line)
        if header:
            table = header[1].split(".")
            if table == names[:1] and line.strip().startswith("[["):
                seen += 1
            if names == table or (names[: len(table)] == table and seen in {-1, number}):
                fallback = count
            continue
        key = re.match(r"\s*([A-Za-z0-9_-]+)\s*=", line)
        if key and [*table, key[1]] == names[: len(table) + 1] and seen in {-1, number}:
            return count
    return fallback
