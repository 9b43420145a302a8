"""YouTube: channels, people and playlists. The page of a ``@name`` or a video names the channel itself."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs

from digests.model import Source
from digests.watch.resolve.hosts import site

_FEEDS = "https://www.youtube.com/feeds/videos.xml"
_SITES = frozenset({"youtube.com", "music.youtube.com", "youtu.be", "youtube-nocookie.com"})
_VIDEO = re.compile(r"(?:/(?:shorts|live|embed|v))?/([\w-]{11})")
_CHANNEL_OF_VIDEO = re.compile(r'"externalChannelId":"(UC[\w-]{22})"')


def youtube(url: SplitResult) -> Source | None:
    host = site(url)
    if host not in _SITES:
        return None
    asked = parse_qs(url.query)
    playlist = re.fullmatch(r"(?:PL|UU|FL|OL)[\w-]{10,60}", asked.get("list", [""])[0])
    if playlist:  # but not a mix, which is made up for each visitor
        return Source(url=f"{_FEEDS}?playlist_id={playlist[0]}", name="YouTube playlist")
    channel = re.match(r"/channel/(UC[\w-]{22})(?:/|$)", url.path)
    if channel:
        return Source(url=f"{_FEEDS}?channel_id={channel[1]}", name="YouTube channel")
    person = re.match(r"/user/([\w.-]{1,60})(?:/|$)", url.path)
    if person:
        return Source(url=f"{_FEEDS}?user={person[1]}", name=person[1])
    handle = re.match(r"/(@[^/]{1,100})", url.path)
    if handle:
        return Source(url=f"https://www.youtube.com/{handle[1]}", name=handle[1])
    path = url.path.rstrip("/")
    video = _VIDEO.fullmatch(path if path != "/watch" else "/" + asked.get("v", [""])[0])
    if video and (host == "youtu.be" or path == "/watch" or path.count("/") == 2):
        return Source(url=f"https://www.youtube.com/watch?v={video[1]}", name="YouTube channel")
    return None


def channel_of_video(page: str) -> str:
    """The feed of the channel that a video's page names in its script, "" when it names none."""
    found = _CHANNEL_OF_VIDEO.search(page)
    return f"{_FEEDS}?channel_id={found[1]}" if found else ""
