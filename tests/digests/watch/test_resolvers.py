"""What people paste, and the feed behind it."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from digests import plugins
from digests.errors import PluginError
from digests.model import Page
from digests.watch import resolve as resolving
from digests.watch.discover import feed_links
from digests.watch.resolve import apart, count, github, pasted, resolve

HNRSS = "https://hnrss.org/"
CHANNEL = "UCabcdefghijklmnopqrstuv"
YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
RESOLVED = {
    "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv": YOUTUBE
    + "?channel_id=UCabcdefghijklmnopqrstuv",
    "https://m.youtube.com/playlist?list=PL0123456789abc": YOUTUBE + "?playlist_id=PL0123456789abc",
    "https://www.youtube.com/@name": "https://www.youtube.com/@name",
    "youtube.com/@name/videos": "https://www.youtube.com/@name",
    "https://youtu.be/abcdefghijk?si=1": "https://www.youtube.com/watch?v=abcdefghijk",
    "https://www.youtube.com/watch?v=abcdefghijk&t=1": "https://www.youtube.com/watch?v=abcdefghijk",
    "https://m.youtube.com/watch?v=abcdefghijk&list=RDabcdefghijk": "https://www.youtube.com/watch?v=abcdefghijk",
    "https://www.youtube.com/watch?v=abcdefghijk&list=PL0123456789abc": YOUTUBE
    + "?playlist_id=PL0123456789abc",
    "https://www.youtube.com/shorts/abcdefghijk": "https://www.youtube.com/watch?v=abcdefghijk",
    "https://www.youtube.com/live/abcdefghijk?si=x": "https://www.youtube.com/watch?v=abcdefghijk",
    "https://music.youtube.com/channel/UCabcdefghijklmnopqrstuv": YOUTUBE
    + "?channel_id=UCabcdefghijklmnopqrstuv",
    "https://www.youtube.com/user/Somebody/videos": YOUTUBE + "?user=Somebody",
    "https://www.youtube.com/c/Somebody": None,
    "https://www.youtube.com/elevenchars": None,
    "https://www.youtube.com/": None,
    "https://www.youtube.com/watch": None,
    "https://old.reddit.com/r/python/top/?t=week": "https://www.reddit.com/r/python/top/.rss?t=week",
    "/r/python": "https://www.reddit.com/r/python/.rss",
    "reddit.com/u/somebody": "https://www.reddit.com/user/somebody/.rss",
    "https://www.reddit.com/r/python/comments/1abcde/a_title/": "https://www.reddit.com/r/python/comments/1abcde/.rss",
    "https://www.reddit.com/r/python/top": "https://www.reddit.com/r/python/top/.rss",
    "https://np.reddit.com/r/python+rust/new/?utm_source=share": "https://www.reddit.com/r/python+rust/new/.rss",
    "https://www.reddit.com/r/python.rss": "https://www.reddit.com/r/python/.rss",
    "https://www.reddit.com/user/somebody/m/news": "https://www.reddit.com/user/somebody/m/news/.rss",
    "https://www.reddit.com/r/python/search?q=asyncio&restrict_sr=1&ref=x": "https://www.reddit.com/r/python/search.rss?q=asyncio&restrict_sr=1",
    "https://www.reddit.com/search/?q=asyncio": "https://www.reddit.com/search.rss?q=asyncio",
    "https://www.reddit.com/search/": None,
    "https://www.reddit.com/": "https://www.reddit.com/.rss",
    "https://redd.it/1abcde": "https://www.reddit.com/comments/1abcde/.rss",
    "https://redd.it/": None,
    "https://www.reddit.com/r/python/s/AbCdEf": None,
    "https://www.reddit.com/settings/": None,
    "u/somebody": "https://www.reddit.com/user/somebody/.rss",
    "https://news.ycombinator.com/": "https://news.ycombinator.com/rss",
    "https://news.ycombinator.com/over?points=100": HNRSS + "newest?points=100",
    "https://news.ycombinator.com/show?points=x": HNRSS + "show",
    "https://news.ycombinator.com/newest": HNRSS + "newest",
    "https://news.ycombinator.com/front?day=2026-11-24": HNRSS + "frontpage",
    "https://news.ycombinator.com/item?id=1": HNRSS + "item?id=1",
    "https://news.ycombinator.com/user?id=some-body": HNRSS + "user?id=some-body",
    "https://news.ycombinator.com/submitted?id=somebody": HNRSS + "submitted?id=somebody",
    "https://news.ycombinator.com/from?site=a.example": HNRSS + "newest?q=a.example",
    "https://news.ycombinator.com/item?id=a%26b": None,
    "https://news.ycombinator.com/from": None,
    "https://news.ycombinator.com/lists": None,
    "https://hn.algolia.com/?q=big+news": HNRSS + "newest?q=big+news",
    "https://hn.algolia.com/?query=rust": HNRSS + "newest?q=rust",
    "https://hn.algolia.com/": None,
    "@user@social.example": "https://social.example/@user.rss",
    "https://social.example/tags/n%C3%A4her": "https://social.example/tags/n%C3%A4her.rss",
    "https://social.example/@user": None,
    "https://social.example/web/@user/with_replies": "https://social.example/@user.rss",
    "https://social.example/@user/112233445566778899": "https://social.example/@user.rss",
    "https://social.example/@user@other.example": "https://other.example/@user.rss",
    "https://social.example/@user/tagged/n%C3%A4her": "https://social.example/@user/tagged/n%C3%A4her.rss",
    "https://social.example/tags/python.rss": "https://social.example/tags/python.rss",
    "https://social.example/tags/python?page=2": None,
    "https://bsky.app/profile/a.bsky.social": "https://bsky.app/profile/a.bsky.social/rss",
    "https://bsky.app/profile/did:plc:abc123/": "https://bsky.app/profile/did:plc:abc123/rss",
    "https://bsky.app/profile/a.b/post/3": "https://bsky.app/profile/a.b/rss",
    "https://bsky.app/profile/a.b/feed/x": None,
    "https://bsky.app/search?q=x": None,
    "https://somebody.bsky.social": "https://bsky.app/profile/somebody.bsky.social/rss",
    "@somebody.bsky.social": "https://bsky.app/profile/somebody.bsky.social/rss",
    "https://t.me/channel_name": "https://t.me/s/channel_name",
    "t.me/s/channel_name/12": "https://t.me/s/channel_name",
    "https://t.me/joinchat/abc": "https://t.me/joinchat/abc",
    "https://t.me/joinchat": "https://t.me/joinchat",
    "https://t.me/c/123456/7": "https://t.me/c/123456/7",
    "https://t.me/": None,
    "tg://resolve?domain=channel_name&post=5": "https://t.me/s/channel_name",
    "tg:resolve?start=x&domain=channel_name": "https://t.me/s/channel_name",
    "tg://join?invite=abc": None,
    "https://t.me/channel_name?single": "https://t.me/s/channel_name",
    "https://t.me/s/channel_name?before=100": "https://t.me/s/channel_name",
    "https://t.me/channel_name/12/34": "https://t.me/s/channel_name",
    "channel_name.t.me": "https://t.me/s/channel_name",
    "https://web.telegram.org/k/#@channel_name": "https://t.me/s/channel_name",
    "https://web.telegram.org/a/#-1001234": None,
    "@channel_name": "https://t.me/s/channel_name",
    "@abc": None,
    "https://t.me/+abc": "https://t.me/+abc",
    "https://github.com/owner/repo.git": "https://github.com/owner/repo/releases.atom",
    "github.com/owner/repo/commits/main": "https://github.com/owner/repo/commits/main.atom",
    "https://github.com/owner/repo/tags": "https://github.com/owner/repo/tags.atom",
    "https://github.com/topics/python": None,
    "https://github.com/owner/repo/releases/tag/v1": "https://github.com/owner/repo/releases.atom",
    "https://github.com/owner/repo/blob/main/README.md": "https://github.com/owner/repo/releases.atom",
    "https://github.com/owner/repo/issues?q=is%3Aopen": "https://github.com/owner/repo/releases.atom",
    "https://github.com/owner/repo/wiki/Page": "https://github.com/owner/repo/wiki.atom",
    "https://github.com/owner": "https://github.com/owner.atom",
    "https://gist.github.com/owner/0123456789abcdef": "https://gist.github.com/owner.atom",
    "https://github.com/owner/re%20po": None,
    "https://github.com/": None,
    "https://arxiv.org/list/cs.CL/recent": "https://rss.arxiv.org/rss/cs.CL",
    "https://arxiv.org/search/?query=two+words&searchtype=all": "https://export.arxiv.org/api/query?search_query="
    "all%3Atwo+AND+all%3Awords&sortBy=submittedDate&sortOrder=descending&max_results=50",
    "https://arxiv.org/abs/2601.00001": None,
    "https://arxiv.org/search/": None,
    "https://www.arxiv.org/list/cs.CL+stat.ML/new?skip=0&show=25": "https://rss.arxiv.org/rss/cs.CL+stat.ML",
    "https://arxiv.org/archive/astro-ph": "https://rss.arxiv.org/rss/astro-ph",
    "https://arxiv.org/a/somebody_a_1.html": "https://arxiv.org/a/somebody_a_1.atom2",
    "https://arxiv.org/search/cs?query=%22two+words%22+three&searchtype=title": "https://export.arxiv.org/api/query?"
    "search_query=ti%3A%22two+words%22+AND+ti%3Athree&sortBy=submittedDate&sortOrder=descending&max_results=50",
    "https://arxiv.org/search/advanced?terms-0-term=x&terms-0-field=author": "https://export.arxiv.org/api/query?"
    "search_query=au%3Ax&sortBy=submittedDate&sortOrder=descending&max_results=50",
    "https://news.google.com/": "https://news.google.com/rss",
    "https://news.google.com/home?hl=de&gl=DE&ceid=DE:de": "https://news.google.com/rss?hl=de&gl=DE&ceid=DE%3Ade",
    "https://news.google.com/search?q=sea+ice&hl=en-GB": "https://news.google.com/rss/search?q=sea+ice&hl=en-GB",
    "https://news.google.com/topics/CAAq_x-1": "https://news.google.com/rss/topics/CAAq_x-1",
    "https://news.google.com/articles/x": None,
    "https://news.google.com/topstories": "https://news.google.com/rss",
    "https://news.google.com/rss/search?q=ice&hl=de": "https://news.google.com/rss/search?q=ice&hl=de",
    "https://www.google.com/search?q=sea+ice&tbm=nws&sca_esv=1": "https://news.google.com/rss/search?q=sea+ice",
    "https://www.google.co.uk/search?q=ice&tbm=nws": "https://news.google.com/rss/search?q=ice",
    "https://www.google.com/search?q=sea+ice": None,
    "https://elsewhere.example/": None,
    "[r/python](https://old.reddit.com/r/python/)": "https://www.reddit.com/r/python/.rss",
    "<https://m.reddit.com/r/python>.": "https://www.reddit.com/r/python/.rss",
    "feed:news.ycombinator.com": "https://news.ycombinator.com/rss",
    "http://[x": None,
    "ftp://github.com/a/b": None,
    "": None,
}


@pytest.mark.parametrize("text", RESOLVED)
def test_known_sites(text: str) -> None:
    source = resolve(text)
    assert (source.url if source else None) == RESOLVED[text]
    if source:
        assert source.name or source.kind == "telegram"
        assert source.kind == ("telegram" if "//t.me/" in source.url else "feed")


def test_other_packages_resolvers_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("github", "digests.watch.resolve:github", plugins.SOURCES)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point])
    resolving.resolvers.cache_clear()
    try:
        first, *others = resolving.resolvers()
        assert first is github
        assert [one.__name__ for one in others] == list(plugins._BUILT_IN[plugins.SOURCES])
        broken = EntryPoint("b", "digests.nothing:x", plugins.SOURCES)
        monkeypatch.setattr(plugins, "entry_points", lambda group: [broken])
        resolving.resolvers.cache_clear()
        with pytest.raises(PluginError, match="Source “b”"):
            resolve("https://a.example/")
    finally:
        resolving.resolvers.cache_clear()


FEED = "https://a.example/feed"
PASTED = {
    # as a person writes
    FEED: FEED,
    "a.example/feed": "a.example/feed",
    "  https://a.example/feed\n": FEED,
    "https://a.example/feed.": FEED,
    "https://a.example/feed, thanks!": FEED,
    "this one: https://a.example/feed?": FEED,
    "(https://a.example/feed)": FEED,
    "\u201chttps://a.example/feed\u201d": FEED,
    "'https://a.example/feed'": FEED,
    "a.example/feed!": "a.example/feed",
    "see https://a.example/feed\u2026": FEED,
    "请看https://a.example/feed\uff0c谢谢": FEED,
    "请看 https://a.example/feed\uff0c谢谢": FEED,
    "Title\n\nhttps://a.example/feed": FEED,
    "https://a.example/x_(y)": "https://a.example/x_(y)",
    "(see https://a.example/x_(y))": "https://a.example/x_(y)",
    "bücher.example": "bücher.example",
    "https://a.example/a_b_": "https://a.example/a_b_",
    "https://a.example/?q=a,b&c=d#e": "https://a.example/?q=a,b&c=d#e",
    "https://[2001:db8::1]/feed": "https://[2001:db8::1]/feed",
    # as chats and other programs do
    "<https://a.example/feed>": FEED,
    "<a.example/feed>": "a.example/feed",
    "[The feed](https://a.example/feed)": FEED,
    "[https://a.example/feed](https://a.example/feed)": FEED,
    "[x](<https://a.example/feed>)": FEED,
    '[x](https://a.example/x_(y) "its title")': "https://a.example/x_(y)",
    "![x](a.example/feed)": "a.example/feed",
    "`https://a.example/feed`": FEED,
    "**https://a.example/feed**": FEED,
    "||https://a.example/feed||": FEED,
    "\ufeff\u200bhttps://a.example/feed\u200b": FEED,
    "\u202ahttps://a.example/feed\u202c": FEED,
    '<a href="https://a.example/feed">x</a>': FEED,
    # with another program's scheme, or a slip of the hand
    "feed://a.example/feed": FEED,
    "feed:https://a.example/feed": FEED,
    "feed:http://a.example/feed": "http://a.example/feed",
    "FEED:a.example/feed": FEED,
    "web+feed://a.example/feed": FEED,
    "rss://a.example/feed": FEED,
    "itpc://a.example/feed": FEED,
    "pcast:a.example/feed": FEED,
    "podcast://a.example/feed": FEED,
    "view-source:https://a.example/feed": FEED,
    "https://https://a.example/feed": FEED,
    "http://https://a.example/feed": FEED,
    "https:/a.example/feed": FEED,
    "https:a.example/feed": FEED,
    "HTTPS://A.example/feed": "HTTPS://A.example/feed",
    # no address at all
    "": "",
    "...": "",
    "r/python": "r/python",
    "the news": "the",
}  # fmt: skip


@pytest.mark.parametrize("text", PASTED)
def test_the_address_in_what_is_pasted(text: str) -> None:
    assert pasted(text) == PASTED[text]


@pytest.mark.parametrize(
    ("text", "rest", "written"),
    [
        ("https://a.example/feed Its Name #topic", "Its Name #topic", 1),
        ("[Its Name](https://a.example/feed) #topic", "Its Name #topic", 1),
        ("[a.example](a.example) x", "a.example x", 0),
        ("<https://a.example/feed>  Name", "Name", 1),
        ("My feed: <https://a.example/feed>.", "My feed:", 1),
        ("a.example\u00a0Name", "Name", 0),
        ("https://a.example/feed https://b.example/", "https://b.example/", 2),
        ("family 👨\u200d👩\u200d👧 https://a.example/", "family 👨\u200d👩\u200d👧", 1),
    ],
)
def test_the_words_around_it(text: str, rest: str, written: int) -> None:
    assert apart(text)[1] == rest
    assert count(text) == written


@pytest.mark.parametrize("text", ["[" * 4000, "(" * 4000, "[a](" * 1000, "https://a.example/" + ")" * 4000, "feed:" * 800,
                                  "https://" * 500, "[x](a" + "(b)" * 1300, "." * 4000])  # fmt: skip
def test_no_message_takes_long_to_take_apart(text: str) -> None:
    start = time.process_time()
    apart(text)
    assert time.process_time() - start < 0.1


def test_a_video_names_its_channel() -> None:
    script = f'<script>var x = {{"externalChannelId":"{CHANNEL}","title":"t"}}</script>'.encode()
    page = Page(url="https://www.youtube.com/watch?v=abcdefghijk", status=200, body=script)
    assert feed_links(page) == (f"{YOUTUBE}?channel_id={CHANNEL}",)
    assert feed_links(replace(page, body=b"<html>")) == ()
    assert feed_links(replace(page, url="https://a.example/")) == ()
