"""What a walk found: a row of the table that ``make real`` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``what`` was tried, whether it ``held``, and what was ``seen``; ``seconds`` it took."""

    what: str
    held: bool
    seen: str
    seconds: float

    def line(self) -> str:
        return f"{'✓' if self.held else '✗'} {self.what:<34} {self.seconds:6.1f} s  {self.seen}"
