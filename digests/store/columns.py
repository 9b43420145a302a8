"""Column types: moments in UTC, text any database can hold, and whole values as JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec
from pydantic import TypeAdapter
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NAIVE = "a datetime without a time zone can't be stored"


def storable(text: str) -> str:
    """The text with what no database takes (NUL, lone surrogates) replaced by U+FFFD."""
    if text.isascii() and "\0" not in text:  # nearly always, and much faster told
        return text
    return _UNSTORABLE.sub("\ufffd", text)


class Moment(TypeDecorator[datetime]):
    """An aware datetime; kept in UTC and given back in UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(_NAIVE)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def for_sqlite(self, value: datetime) -> str:
        """What SQLite keeps."""
        if value.tzinfo is None:
            raise ValueError(_NAIVE)
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.isoformat(" ", "microseconds")[:26]


class Words(TypeDecorator[str]):
    """Text from outside, made storable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)

    def for_sqlite(self, value: str) -> str:
        """What SQLite keeps."""
        return storable(value)


class Json:
    """Values of one type (a dataclass, a tuple …) as JSON."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)

    @cached_property
    def _pydantic(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._kind)

    def read(self, json: str) -> Any:
        try:
            return self._decoder.decode(json)
        except msgspec.DecodeError:
            # As pydantic wrote it, which kept values before: it has years and months of a duration, for one.
            return self._pydantic.validate_json(json)

    def write(self, value: Any) -> str:
        try:
            return msgspec.json.encode(value).decode()
        except TypeError:  # a kind of text that is not quite ``str``, as lxml has it
            return self._pydantic.dump_json(value).decode()
        except UnicodeError:  # a lone surrogate somewhere inside
            return msgspec.json.encode(_clean(msgspec.to_builtins(value))).decode()


class Shape(TypeDecorator[Any]):
    """A value of one type as JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self._json = Json(kind)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.for_sqlite(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self._json.read(value)

    def for_sqlite(self, value: Any) -> str:
        """What SQLite keeps."""
        return self._json.write(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return value
