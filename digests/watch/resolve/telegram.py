"""Telegram: public channels, read by their web preview."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source

_NOT_NAMES = frozenset({"joinchat", "addstickers", "share", "proxy", "socks", "login", "addlist", "invoice"})


def telegram(url: SplitResult) -> Source | None:
    found = re.fullmatch(r"(?:/s)?/([A-Za-z]\w{3,31})(?:/\d+)?/?", url.path)
    if url.hostname not in ("t.me", "telegram.me", "telegram.dog") or not found or found[1] in _NOT_NAMES:
        return None
    return Source(url=f"https://t.me/s/{found[1]}", kind="telegram", name=f"@{found[1]}")
