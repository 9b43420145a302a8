"""Reads the configuration file, and explains every mistake with the line it stands on."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from bot.config import Settings
from bot.platforms import check_platforms, platforms
from digests.errors import ConfigError, PluginError
from digests.plugins import READERS, built_in, reader_kinds
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
    check_platforms()
    for name, platform in platforms().items():
        if Settings.model_fields[name].annotation is not platform.settings:
            raise PluginError(
                f"A platform can't be called “{name}”: the configuration has such a table already."
            )
    try:
        settings = Settings(**data)
    except ValidationError as error:
        lines = [_explain(dict(mistake), text) for mistake in error.errors()]
        raise ConfigError("\n".join(f"{path or 'environment'}: {line}" for line in lines)) from None
    if wrong := _sources(settings, text):
        raise ConfigError("\n".join(f"{path or 'environment'}: {line}" for line in wrong))
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
    return f"{at}“{key}”: {_said(mistake)}"


_TYPES = {
    "int": "write a whole number, without quotation marks",
    "float": "write a number, without quotation marks",
    "bool": "write true or false, without quotation marks",
    "string": "write text in quotation marks",
    "tuple": 'write a list in brackets, like ["one", "two"]',
    "list": 'write a list in brackets, like ["one", "two"]',
    "dict": "write a table of names and values",
    "model": "write a table, its name in brackets on a line of its own",
}


def _said(mistake: dict[str, Any]) -> str:
    """What is wrong with a value, in a sentence."""
    kind, context = str(mistake["type"]), mistake.get("ctx", {})
    if kind == "literal_error":
        return f"it can be {context['expected']}"
    if kind == "missing":
        return "it has to be there"
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
              "greater_than": ("gt", "more than"), "less_than": ("lt", "less than")}  # fmt: skip
    if kind in bounds:
        bound, words = bounds[kind]
        return f"it has to be {words} {context[bound]}"
    first = kind.partition("_")[0]
    if kind.endswith(("_type", "_parsing", "_from_float")) and first in _TYPES:
        return _TYPES[first]
    return str(mistake["msg"]).removeprefix("Value error, ")


def _sources(settings: Settings, text: str) -> list[str]:
    """What is wrong with the sources: addresses that are none, kinds that nothing reads, one named twice."""
    found: list[str] = []
    seen: dict[str, str] = {}
    kinds = reader_kinds()
    for number, source in enumerate(settings.sources):

        def at(key: str, number: int = number) -> str:
            line = _line_of(text, ("sources", number, key))
            return f"line {line}: " if line else ""

        if source.kind not in kinds:
            near = difflib.get_close_matches(source.kind, kinds, n=1, cutoff=0.5)
            hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(sorted(kinds))}."
            found.append(f"{at('kind')}“sources.{number}.kind”: nothing reads “{source.kind}”; {hint}")
        elif source.kind in built_in(READERS) and not _ADDRESS.match(source.url):
            found.append(
                f"{at('url')}“sources.{number}.url”: “{source.url}” is not an address; write it with https:// in "
                "front, like https://example.com/feed.xml"
            )
        if source.url in seen:
            found.append(
                f"{at('url')}“sources.{number}.url”: this source is there already ({seen[source.url]}); take one out"
            )
        seen.setdefault(source.url, at("url").removesuffix(": ") or "above")
    return found


_ADDRESS = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


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
