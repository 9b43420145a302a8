"""What a look at one part of the desk's surroundings came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    OFF = "off"  # not configured, on purpose
    WARN = "warn"  # the desk works, but not as well as it could
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """``said`` is what was found, ``todo`` what to do about it; "" when nothing needs doing."""

    subject: str
    state: State
    said: str
    todo: str = ""


def ok(subject: str, said: str) -> Finding:
    return Finding(subject, State.OK, said)


def off(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, State.OFF, said, todo)


def warn(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, State.WARN, said, todo)


def fail(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, State.FAIL, said, todo)
