"""Many rows to SQLite in one statement.

The driver's thread gives the interpreter away and takes it back for every statement, and each
time waits for a busy event loop, which waits for it in turn. Rows that share one cost that once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table

TOGETHER: Final = 1_000
"""Rows of one statement at most."""


class ManyRows:
    """Some columns of a table, as the values of one statement."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.names = ", ".join(names)
        self._columns = [(name, getattr(table.c[name].type, "for_sqlite", int)) for name in names]
        self._row = f"({', '.join('?' * len(names))})"

    def statements(
        self, text: str, rows: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Statements and their parameters; in the text ``{rows}`` stands for ``VALUES …``."""
        for start in range(0, len(rows), TOGETHER):
            some = rows[start : start + TOGETHER]
            values = tuple(
                None if (value := row[name]) is None else kept(value)
                for row in some
                for name, kept in self._columns
            )
            yield text.format(rows="VALUES " + ", ".join([self._row] * len(some))), values
