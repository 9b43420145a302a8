"""Marks that tell one delivery from every other."""

from __future__ import annotations

import secrets


def new_nonce() -> str:
    """24 characters of [0-9a-f], never the same twice (96 random bits)."""
    return secrets.token_hex(12)
