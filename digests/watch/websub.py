"""WebSub, the subscriber's half: what a hub is asked, and what of a hub's requests is believed.

Everything is a value; the specification is W3C's of 2018. A hub proves each push with a keyed
hash of its body, made with the secret it was given when it was asked.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

LEASE: Final = timedelta(days=10)  # what is asked for; the hub says what it gives
_SHORTEST: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(days=30)
_HASHES: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})


def form(mode: str, topic: str, callback: str, secret: str) -> dict[str, str]:
    """What a hub is posted; ``mode`` is ``subscribe`` or ``unsubscribe``."""
    asked = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        asked |= {"hub.secret": secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
    return asked


def granted(asked: Mapping[str, str], topic: str) -> tuple[str, timedelta] | None:
    """The challenge to repeat and the lease, where a hub asks whether this topic was wanted.

    None: it asks about something else. Leases are kept between five minutes and thirty days.
    """
    challenge, seconds = asked.get("hub.challenge", ""), asked.get("hub.lease_seconds", "")
    if asked.get("hub.mode") != "subscribe" or asked.get("hub.topic") != topic or not challenge:
        return None
    if not seconds.isascii() or not seconds.isdecimal():
        return challenge, LEASE
    return challenge, min(max(timedelta(seconds=int(seconds[:9])), _SHORTEST), _LONGEST)


def denied(asked: Mapping[str, str], topic: str) -> bool:
    """Whether a hub says that it will not, or no more, push this topic."""
    return asked.get("hub.mode") == "denied" and asked.get("hub.topic") == topic


def signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether ``X-Hub-Signature`` (``sha256=…``) proves the body; compared in constant time."""
    method, _, given = signature.strip().partition("=")
    if method.lower() not in _HASHES or not given.isascii():
        return False
    right = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(right, given.strip().lower())
