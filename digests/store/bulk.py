"""Many rows to SQLite in one statement.

The driver's thread gives the interpreter away and takes it back for every row it binds, and each
time waits for a busy event loop, which waits for it in turn. Rows that travel as one JSON text
cost that once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

SIZE: Final = 200_000
"""Characters of JSON after which a new text begins, so that no one text holds the loop for long."""

_DIALECT: Final = sqlite.dialect()


class JsonRows:
    """Some columns of a table, as positions of the arrays in a JSON text."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.names = ", ".join(names)
        self.values = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(names)))
        self._columns = [
            (name, table.c[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for name in names
        ]

    def texts(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """The rows in JSON arrays of about ``SIZE`` characters each."""
        some: list[str] = []
        size = 0
        for row in rows:
            text = json.dumps(
                [row[name] if store is None else store(row[name]) for name, store in self._columns]
            )
            some.append(text)
            size += len(text)
            if size >= SIZE:
                yield f"[{','.join(some)}]"
                some, size = [], 0
        if some:
            yield f"[{','.join(some)}]"
