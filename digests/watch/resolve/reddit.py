"""Reddit: the front page, subreddits with their order, people, threads, and searches."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlencode

from digests.model import Source
from digests.watch.resolve.hosts import site

_SITES = frozenset({"reddit.com", "old.reddit.com", "new.reddit.com", "np.reddit.com", "i.reddit.com"})
_PLACE = re.compile(
    r"/(?P<what>r|u|user)/(?P<name>[\w+-]{2,100})"
    r"(?P<part>/(?:hot|new|top|rising|best|controversial|submitted|m/\w{2,50}|comments(?:/\w{4,12})?))?"
)
_KEPT = frozenset({"t", "sort", "q", "restrict_sr"})  # the rest says where the link was shared


def reddit(url: SplitResult) -> Source | None:
    host = site(url)
    if host == "redd.it" and re.fullmatch(r"/\w{4,12}/?", url.path):
        return Source(url=f"https://www.reddit.com/comments{url.path.rstrip('/')}/.rss", name="Reddit")
    if host not in _SITES:
        return None
    path = url.path.removesuffix(".rss").rstrip("/")
    asked = [(key, value) for key, value in parse_qsl(url.query) if key in _KEPT]
    query = f"?{urlencode(asked)}" if asked else ""
    place = _PLACE.match(path)
    if path.endswith("/search") and (place or path == "/search") and "q" in dict(asked):
        return Source(url=f"https://www.reddit.com{path}.rss{query}", name=f"Reddit: {dict(asked)['q']}")
    if not path:
        return Source(url=f"https://www.reddit.com/.rss{query}", name="Reddit")
    if not place or re.match(r"/s/", path[place.end() :]):  # a shared link, which leads to its thread
        return None
    what = "r" if place["what"] == "r" else "user"
    address = f"https://www.reddit.com/{what}/{place['name']}{place['part'] or ''}/.rss{query}"
    return Source(url=address, name=f"{what}/{place['name']}")
