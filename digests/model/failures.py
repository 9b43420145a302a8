"""Failures that are expected, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """Why something that is expected to fail now and then failed."""

    BLOCKED_ADDRESS = "blocked_address"  # the private-address guard said no
    BAD_URL = "bad_url"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    HTTP_STATUS = "http_status"
    GONE = "gone"  # 410, or a source that says it has ended
    BOT_PROTECTION = "bot_protection"
    ROBOTS = "robots"
    NOT_A_FEED = "not_a_feed"
    EMPTY = "empty"
    UNREADABLE = "unreadable"  # the document is there but no text can be made of it
    BUDGET = "budget"
    MODEL = "model"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected failure.

    ``reason`` is one plain sentence for a person: what happened, without advice.
    ``retry_after`` is what the other side asked us to wait, if it did.
    """

    kind: FailureKind
    reason: str
    status: int | None = None
    retry_after: timedelta | None = None
