"""YouTube: channels and playlists by id. A page of a ``@name`` declares its feed itself."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs

from digests.model import Source

_FEEDS = "https://www.youtube.com/feeds/videos.xml"


def youtube(url: SplitResult) -> Source | None:
    if url.hostname not in ("youtube.com", "www.youtube.com", "m.youtube.com"):
        return None
    channel = re.match(r"/channel/(UC[\w-]{22})(?:/|$)", url.path)
    if channel:
        return Source(url=f"{_FEEDS}?channel_id={channel[1]}", name="YouTube channel")
    playlist = parse_qs(url.query).get("list", [""])[0]
    if re.fullmatch(r"[\w-]{10,60}", playlist):
        return Source(url=f"{_FEEDS}?playlist_id={playlist}", name="YouTube playlist")
    return None
