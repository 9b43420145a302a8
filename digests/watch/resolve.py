"""Known sites: what a person pastes to the feed behind it, without asking the network.

Every resolver is a function ``(url: SplitResult) -> Source | None``; where
only the network can tell, it answers with the page that names the feed. The built-in ones and those
of other packages stand in one list (``digests.plugins``); the first that knows the address answers.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import SplitResult, parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit

from digests.model import Source
from digests.plugins import load_resolvers

_VARIANT = re.compile(r"^(?:www|m|mobile|amp|touch)\.(?=[^.]+\.)")


def site(url: SplitResult) -> str:
    """The host without ``www.`` and the names of a mobile site."""
    return _VARIANT.sub("", (url.hostname or "").rstrip("."))


_SUBJECT = re.compile(r"/(?:list|archive|catchup)/([A-Za-z.+-]{2,100})(?:/|$)")
_AUTHOR = re.compile(r"/a/(\w{3,60})(?:\.\w+)?/?")
_FIELDS = {"author": "au", "title": "ti", "abstract": "abs"}


def arxiv(url: SplitResult) -> Source | None:
    if site(url) not in ("arxiv.org", "export.arxiv.org"):
        return None
    subject = _SUBJECT.match(url.path)
    if subject:
        return Source(url=f"https://rss.arxiv.org/rss/{subject[1]}", name=f"arXiv {subject[1]}")
    author = _AUTHOR.fullmatch(url.path)
    if author:
        return Source(url=f"https://arxiv.org/a/{author[1]}.atom2", name=f"arXiv: {author[1]}")
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    words = asked.get("query") or asked.get("terms-0-term")
    if not url.path.startswith("/search") or not words:
        return None
    field = _FIELDS.get(asked.get("searchtype") or asked.get("terms-0-field") or "", "all")
    query = {
        "search_query": " AND ".join(f"{field}:{word}" for word in re.findall(r'"[^"]+"|[^\s"]+', words)),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "max_results": "50",
    }
    return Source(url=f"https://export.arxiv.org/api/query?{urlencode(query)}", name=f"arXiv: {words}")


_PATH = re.compile(r"/profile/(did:[a-z]+:[\w.:-]{3,100}|[\w-]+(?:\.[\w-]+)+)(?:/(?:rss|post/\w+))?/?")
_HOST = re.compile(r"[\w-]+\.bsky\.social")


def bluesky(url: SplitResult) -> Source | None:
    host = site(url)
    if _HOST.fullmatch(host):
        return bluesky_account(host)
    found = _PATH.fullmatch(url.path)
    return bluesky_account(found[1]) if host == "bsky.app" and found else None


def bluesky_account(handle: str) -> Source:
    """The feed of an account by its handle or DID."""
    return Source(url=f"https://bsky.app/profile/{handle}/rss", name=f"@{handle}")


_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
_REPOSITORY = re.compile(r"[\w.-]{1,100}")
_NOT_PEOPLE = frozenset({
    "about", "apps", "collections", "contact", "customer-stories", "dashboard", "enterprise", "events",
    "explore", "features", "issues", "login", "marketplace", "new", "notifications", "organizations",
    "orgs", "pricing", "pulls", "readme", "search", "security", "settings", "signup", "site",
    "sponsors", "stars", "team", "topics", "trending",
})  # fmt: skip


def github(url: SplitResult) -> Source | None:
    host = site(url)
    parts = url.path.strip("/").split("/")
    if (
        host not in ("github.com", "gist.github.com")
        or not _OWNER.fullmatch(parts[0])
        or parts[0] in _NOT_PEOPLE
    ):
        return None
    if len(parts) == 1 or host == "gist.github.com":
        return Source(url=f"https://{host}/{parts[0]}.atom", name=f"{parts[0]} on GitHub")
    repository = parts[1].removesuffix(".git")
    if not _REPOSITORY.fullmatch(repository):
        return None
    what = parts[2] if parts[2:] and parts[2] in ("tags", "commits", "wiki") else "releases"
    branch = "".join(f"/{part}" for part in parts[3:]) if what == "commits" else ""
    name = f"{parts[0]}/{repository}"
    return Source(url=f"https://github.com/{name}/{what}{branch}.atom", name=name)


_SEARCH = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_FRONT = frozenset({"", "/home", "/topstories"})
_TOPIC = re.compile(r"/topics/[\w-]+(?:/sections/[\w-]+)?|/headlines/section/topic/\w+")


def google_news(url: SplitResult) -> Source | None:
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    kept: dict[str, str] = {name: asked[name] for name in ("hl", "gl", "ceid") if name in asked}
    path = re.sub(r"^/rss(?=/|$)", "", url.path).rstrip("/")
    news = url.hostname == "news.google.com"
    searched = news or (_SEARCH.fullmatch(url.hostname or "") and asked.get("tbm") == "nws")  # its News tab
    if searched and path == "/search" and asked.get("q"):
        kept = {"q": asked["q"], **kept}
        return Source(
            url=f"https://news.google.com/rss/search?{urlencode(kept)}", name=f"Google News: {asked['q']}"
        )
    if not news or not (path in _FRONT or _TOPIC.fullmatch(path)):
        return None
    path = "" if path in _FRONT else path
    query = f"?{urlencode(kept)}" if kept else ""
    return Source(url=f"https://news.google.com/rss{path}{query}", name="Google News")


_LISTS = {
    name: name for name in ("newest", "newcomments", "show", "ask", "jobs", "best", "active", "launches")
}
_LISTS |= {"over": "newest", "shownew": "show", "front": "frontpage"}
_OF_ONE = frozenset({"item", "user", "submitted", "threads"})


def hackernews(url: SplitResult) -> Source | None:
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    if url.hostname == "hn.algolia.com":
        words = asked.get("q") or asked.get("query")
        return _found(words) if words else None
    if site(url) != "news.ycombinator.com":
        return None
    page = url.path.strip("/")
    if page in ("", "news", "rss"):
        return Source(url="https://news.ycombinator.com/rss", name="Hacker News")
    if page == "from" and asked.get("site"):
        return _found(asked["site"])
    one = re.fullmatch(r"[\w-]{1,30}", asked.get("id", ""), re.ASCII)
    if page in _OF_ONE and one:
        return Source(url=f"https://hnrss.org/{page}?id={one[0]}", name=f"Hacker News: {page} {one[0]}")
    if page not in _LISTS:
        return None
    points = asked.get("points", "")
    query = f"?points={points}" if points.isascii() and points.isdecimal() else ""
    return Source(url=f"https://hnrss.org/{_LISTS[page]}{query}", name=f"Hacker News: {page}")


def _found(words: str) -> Source:
    return Source(url=f"https://hnrss.org/newest?{urlencode({'q': words})}", name=f"Hacker News: {words}")


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
        return mastodon_account(elsewhere[1], elsewhere[2])
    found = _OF_ACCOUNT.fullmatch(path)
    return mastodon_account(found[1], url.netloc) if found else None


def mastodon_account(user: str, server: str) -> Source:
    """The feed of an account."""
    return Source(url=f"https://{server}/@{user}.rss", name=f"@{user}@{server}")


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


_TELEGRAM_SITES = frozenset({"t.me", "telegram.me", "telegram.dog"})
_TELEGRAM_PATH = re.compile(r"(?:/s)?/(\w+)(?:/\d+){0,2}/?")
_NAME = re.compile(r"[A-Za-z]\w{3,31}")
_NOT_NAMES = frozenset(
    {"joinchat", "addstickers", "addemoji", "share", "proxy", "socks", "login", "addlist", "invoice", "boost"}
)


def telegram(url: SplitResult) -> Source | None:
    host = site(url)
    found = _TELEGRAM_PATH.fullmatch(url.path)
    if host in _TELEGRAM_SITES:
        # what is not public is for the reader to tell; the front page is a site like any other
        private = Source(url=url.geturl(), kind="telegram") if url.path.strip("/") else None
        return (telegram_channel(found[1]) if found else None) or private
    if host == "web.telegram.org":
        return telegram_channel(url.fragment.removeprefix("@"))
    own = re.fullmatch(r"(\w+)\.t\.me", host)
    return telegram_channel(own[1]) if own else None


def link_of_the_app(text: str) -> Source | None:
    """A telegram_channel by a link that only the app understands, ``tg://resolve?domain=name``."""
    found = re.match(r"tg:(?://)?resolve\?(?:\w+=[^&]*&)*domain=(\w+)", text)
    return telegram_channel(found[1]) if found else None


def telegram_channel(name: str) -> Source | None:
    """The preview of a public telegram_channel, None where this can't be the name of one."""
    if not _NAME.fullmatch(name) or name in _NOT_NAMES:
        return None
    return Source(url=f"https://t.me/s/{name}", kind="telegram", name=f"@{name}")


_FEEDS = "https://www.youtube.com/feeds/videos.xml"
_YOUTUBE_SITES = frozenset({"youtube.com", "music.youtube.com", "youtu.be", "youtube-nocookie.com"})
_VIDEO = re.compile(r"(?:/(?:shorts|live|embed|v))?/([\w-]{11})")
_CHANNEL_OF_VIDEO = re.compile(r'"externalChannelId":"(UC[\w-]{22})"')


def youtube(url: SplitResult) -> Source | None:
    host = site(url)
    if host not in _YOUTUBE_SITES:
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
