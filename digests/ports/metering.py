"""What the desk tells about its work as it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class Meter(Protocol):
    """Counts what the desk does, for whoever watches it from outside.

    Contract: returns at once and never raises. An ``outcome`` is one of a few fixed words.
    """

    def polled(self, outcome: str, late: timedelta) -> None:
        """A source was asked, so long after its time."""
        ...

    def found(self, entries: int) -> None: ...

    def read(self, outcome: str) -> None:
        """A page was read, or could not be."""
        ...

    def briefed(self, writer: str, outcome: str) -> None: ...

    def cut(self, kind: str) -> None:
        """A sentence was cut, as nothing in the sources supports it."""
        ...

    def edited(self, stories: int) -> None:
        """A digest was composed."""
        ...

    def sent(self, platform: str, outcome: str, seconds: float) -> None:
        """A message was sent or tried to be; how long the platform took."""
        ...

    def posted(self, cadence: str, late: timedelta) -> None:
        """News was told to a chat of that cadence, so long after it was published."""
        ...


class NoMeter:
    """Counts nothing."""

    def polled(self, outcome: str, late: timedelta) -> None: ...

    def found(self, entries: int) -> None: ...

    def read(self, outcome: str) -> None: ...

    def briefed(self, writer: str, outcome: str) -> None: ...

    def cut(self, kind: str) -> None: ...

    def edited(self, stories: int) -> None: ...

    def sent(self, platform: str, outcome: str, seconds: float) -> None: ...

    def posted(self, cadence: str, late: timedelta) -> None: ...
