"""Telegram: public channels, read by their web preview."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source
from digests.watch.resolve.hosts import site

_SITES = frozenset({"t.me", "telegram.me", "telegram.dog"})
_PATH = re.compile(r"(?:/s)?/(\w+)(?:/\d+){0,2}/?")
_NAME = re.compile(r"[A-Za-z]\w{3,31}")
_NOT_NAMES = frozenset(
    {"joinchat", "addstickers", "addemoji", "share", "proxy", "socks", "login", "addlist", "invoice", "boost"}
)


def telegram(url: SplitResult) -> Source | None:
    host = site(url)
    found = _PATH.fullmatch(url.path)
    if host in _SITES:
        # what is not public is for the reader to tell; the front page is a site like any other
        private = Source(url=url.geturl(), kind="telegram") if url.path.strip("/") else None
        return (channel(found[1]) if found else None) or private
    if host == "web.telegram.org":
        return channel(url.fragment.removeprefix("@"))
    own = re.fullmatch(r"(\w+)\.t\.me", host)
    return channel(own[1]) if own else None


def link_of_the_app(text: str) -> Source | None:
    """A channel by a link that only the app understands, ``tg://resolve?domain=name``."""
    found = re.match(r"tg:(?://)?resolve\?(?:\w+=[^&]*&)*domain=(\w+)", text)
    return channel(found[1]) if found else None


def channel(name: str) -> Source | None:
    """The preview of a public channel, None where this can't be the name of one."""
    if not _NAME.fullmatch(name) or name in _NOT_NAMES:
        return None
    return Source(url=f"https://t.me/s/{name}", kind="telegram", name=f"@{name}")
