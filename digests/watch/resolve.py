"""Known sites: what a person pastes to the feed behind it, without asking the network.

Every resolver is a function ``(url: SplitResult) -> Source | None``; where
only the network can tell, it answers with the page that names the feed. The built-in ones and those
of other packages stand in one list (``digests.plugins``); the first that knows the address answers.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from digests.model import Source
from digests.plugins import load_resolvers
from digests.watch.sites import bluesky_account, link_of_the_app, mastodon_account, telegram_channel

_HANDLE = re.compile(r"@(?P<user>\w[\w.-]{0,60})(?:@(?P<server>[\w-]+(?:\.[\w-]+)+))?")
_SUBREDDIT = re.compile(r"/?((?:r|u)/[\w+-]{2,100})/?")


resolvers = cache(load_resolvers)


def resolve(text: str) -> Source | None:
    """The source of a known site, None when no resolver knows the address.

    Takes what a person pastes (see ``pasted``), an address with or without its scheme, ``r/name``,
    and handles: ``@user@server`` of Mastodon, ``@name.example`` of Bluesky, ``@name`` of Telegram.
    """
    text = pasted(text)
    handle = _HANDLE.fullmatch(text)
    if handle:
        user, server = handle["user"], handle["server"]
        if server:
            return mastodon_account(user, server)
        return bluesky_account(user) if "." in user else telegram_channel(user)
    if text.startswith("tg:"):
        return link_of_the_app(text)
    subreddit = _SUBREDDIT.fullmatch(text)
    try:
        url = urlsplit(f"https://www.reddit.com/{subreddit[1]}" if subreddit else with_scheme(text))
    except ValueError:
        return None
    if url.scheme not in ("http", "https") or not url.hostname:
        return None
    return next((source for one in resolvers() if (source := one(url)) is not None), None)


_UNSEEN: Final = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\\x00-\\x08\\x0e-\\x1f]"
)
_ADDRESS: Final = r"[^\s<>\"`|«»“”\u3000-\u3003\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+"
# other programs' words for "subscribe to", in place of a scheme or before one
_FEED: Final = r"(?:view-source|(?:web\+)?feed|rss|podcast|pcast|itpc):(?://)?"
_WRITTEN: Final = re.compile(rf"(?<![A-Za-z0-9])(?:(?:{_FEED})?https?://|{_FEED}){_ADDRESS}", re.IGNORECASE)
_FEED_SCHEME: Final = re.compile(_FEED, re.IGNORECASE)
_SLIP: Final = re.compile(r"(?:https?://)+(?=https?:)|(?P<scheme>https?):/?(?=[^/])", re.IGNORECASE)
_MARKDOWN: Final = re.compile(
    r"!?\[([^\[\]]{0,300})\]\(\s*<?([^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s[^()]{0,300})?\)"
)
_BEFORE: Final = "<([{'„‘*|"
_AFTER: Final = ">'’*|,;:!?.…"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}


def pasted(text: str) -> str:
    """The address in a pasted text, as it should have been pasted."""
    return apart(text)[0]


def apart(text: str) -> tuple[str, str]:
    """The address in a pasted text, and what else stands there.

    The address is the first that is written out, bare, in ``<…>`` or as a link of Markdown, whose
    words count among the rest; else the first word. ``feed:`` and the like give way to ``https:``,
    quotes and the end of a sentence are cut off.
    """
    text = _UNSEEN.sub("", text).strip()
    link = _MARKDOWN.search(text)
    if link:
        named = "" if count(link[1]) else link[1]
        return _bare(link[2]), _joined(text[: link.start()], named, text[link.end() :])
    found = _WRITTEN.search(text)
    if found:
        before, after = text[: found.start()], text[found.end() :]
        return _bare(found[0]), _joined(before.rstrip(_BEFORE), after.lstrip(_AFTER))
    first, *rest = text.split(None, 1)[:2] or [""]
    return _bare(first), _joined(*rest)


def count(text: str) -> int:
    """How many addresses are written out in a text."""
    return len(_WRITTEN.findall(text))


def _bare(address: str) -> str:
    """Without what a sentence, a list or another program put around it."""
    address = address.strip().lstrip(_BEFORE)
    while address and (
        address[-1] in _AFTER or address.count(_CLOSING.get(address[-1], "")) < address.count(address[-1])
    ):
        address = address[:-1]
    address = of_the_web(address)
    slip = _SLIP.match(address)
    if slip:
        address = (f"{slip['scheme']}://" if slip["scheme"] else "") + address[slip.end() :]
    return address


def of_the_web(address: str) -> str:
    """The address with ``https:`` in place of ``feed:`` and the like."""
    scheme = _FEED_SCHEME.match(address)
    return with_scheme(address[scheme.end() :]) if scheme else address


def with_scheme(address: str) -> str:
    """The address with ``https:`` where its scheme was left away."""
    return address if "://" in address[:10] else "https://" + address


def _joined(*pieces: str) -> str:
    return " ".join(word for piece in pieces for word in piece.split())
