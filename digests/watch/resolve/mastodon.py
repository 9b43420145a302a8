"""Mastodon and what is like it: accounts and tags. The plain page of an account declares its feed itself."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote

from digests.model import Source

_TAG = re.compile(r"/tags/([^/]{1,100}?)(?:\.rss)?/?")
_TAGGED = re.compile(r"/@(\w{1,60})/tagged/([^/]{1,100}?)/?")
_ELSEWHERE = re.compile(r"/@(\w{1,60})@([\w-]+(?:\.[\w-]+)+)(?:/\d*)?")
_OF_ACCOUNT = re.compile(r"/@(\w{1,60})/(?:\d{12,}|with_replies|media|featured)/?")


def mastodon(url: SplitResult) -> Source | None:
    path = re.sub(r"^/(?:web|deck)(?=/)", "", url.path)
    place = f"https://{url.netloc}"
    tag = _TAG.fullmatch(path)
    if tag and not url.query:
        name = unquote(tag[1])
        return Source(url=f"{place}/tags/{quote(name)}.rss", name=f"#{name} on {url.hostname}")
    tagged = _TAGGED.fullmatch(path)
    if tagged:
        name = unquote(tagged[2])
        return Source(
            url=f"{place}/@{tagged[1]}/tagged/{quote(name)}.rss",
            name=f"#{name} by @{tagged[1]}@{url.hostname}",
        )
    elsewhere = _ELSEWHERE.fullmatch(path)  # an account as another server shows it
    if elsewhere:
        return account(elsewhere[1], elsewhere[2])
    found = _OF_ACCOUNT.fullmatch(path)
    return account(found[1], url.netloc) if found else None


def account(user: str, server: str) -> Source:
    """The feed of an account."""
    return Source(url=f"https://{server}/@{user}.rss", name=f"@{user}@{server}")
