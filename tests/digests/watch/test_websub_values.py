"""What of a hub's requests is believed."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from digests.watch.websub import LEASE, denied, form, granted, signed

ASKED = {"hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": "c", "hub.lease_seconds": "3600"}


def test_what_a_hub_is_posted() -> None:
    assert form("subscribe", "t", "cb", "s") == {
        "hub.mode": "subscribe",
        "hub.topic": "t",
        "hub.callback": "cb",
        "hub.secret": "s",
        "hub.lease_seconds": "864000",
    }
    assert "hub.secret" not in form("unsubscribe", "t", "cb", "s")


@pytest.mark.parametrize(
    ("changed", "lease"),
    [
        ({}, timedelta(hours=1)),
        ({"hub.lease_seconds": "1"}, timedelta(minutes=5)),
        ({"hub.lease_seconds": "9" * 30}, timedelta(days=30)),
        ({"hub.lease_seconds": "-5"}, LEASE),
        ({"hub.lease_seconds": "٣"}, LEASE),
        ({"hub.lease_seconds": ""}, LEASE),
    ],
)
def test_a_lease_is_kept_in_bounds(changed: dict[str, str], lease: timedelta) -> None:
    assert granted(ASKED | changed, "t") == ("c", lease)


@pytest.mark.parametrize("changed", [{"hub.mode": "unsubscribe"}, {"hub.topic": "u"}, {"hub.challenge": ""}])
def test_what_was_not_asked_for_is_not_confirmed(changed: dict[str, str]) -> None:
    assert granted(ASKED | changed, "t") is None


def test_a_denial_is_of_its_topic() -> None:
    assert denied({"hub.mode": "denied", "hub.topic": "t"}, "t")
    assert not denied({"hub.mode": "denied", "hub.topic": "u"}, "t")
    assert not denied(ASKED, "t")


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_proves_the_body_and_nothing_else(method: str) -> None:
    right = hmac.new(b"s", b"body", getattr(hashlib, method)).hexdigest()
    assert signed(b"body", f"{method}={right}", "s")
    assert signed(b"body", f" {method.upper()}={right.upper()} ", "s")
    assert not signed(b"body2", f"{method}={right}", "s")
    assert not signed(b"body", f"{method}={right}", "other")
    assert not signed(b"body", f"{method}={right[:-1]}", "s")


@pytest.mark.parametrize(
    "signature", ["", "sha256", "sha256=", "md5=1", "sha256=é", "new=1", "=", "blake2b=00"]
)
def test_what_is_no_signature_proves_nothing(signature: str) -> None:
    assert not signed(b"body", signature, "s")
