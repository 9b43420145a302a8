"""Known sites: what a person pastes to the feed behind it, without asking the network.

Every resolver is a function ``(url: SplitResult) -> Source | None`` in a module of its own; where
only the network can tell, it answers with the page that names the feed. The built-in ones and those
of other packages stand in one list (``digests.plugins``); the first that knows the address answers.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from digests.model import Source
from digests.plugins import load_resolvers
from digests.watch.resolve.pasted import pasted, with_scheme
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
