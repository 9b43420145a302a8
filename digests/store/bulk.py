"""Many rows to SQLite in one statement.

The driver's thread gives the interpreter away and takes it back for every row it binds, and each
time waits for a busy event loop, which waits for it in turn. Rows that travel as one JSON text
cost that once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table

SIZE: Final = 200_000
"""Characters of JSON after which a new text begins, so that no one text holds the loop for long."""


class JsonRows:
    """Some columns of a table, as positions of the arrays in a JSON text."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.names = ", ".join(names)
        self.values = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(names)))
        self._columns = [(name, getattr(table.c[name].type, "as_json", _number)) for name in names]

    def texts(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """The rows in JSON arrays of about ``SIZE`` characters each."""
        some: list[str] = []
        size = 0
        for row in rows:
            values = [
                "null" if (value := row[name]) is None else as_json(value) for name, as_json in self._columns
            ]
            some.append(f"[{','.join(values)}]")
            size += len(some[-1])
            if size >= SIZE:
                yield f"[{','.join(some)}]"
                some, size = [], 0
        if some:
            yield f"[{','.join(some)}]"


def _number(value: int | bool) -> str:
    return str(int(value))
