"""From what a person pastes to sources; OPML in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.errors import PluginError
from digests.model import Failure, FailureKind, Page, Source
from digests.watch import resolve as resolving
from digests.watch.discover import common_feeds, discover, feed_links
from digests.watch.offload import Offload
from digests.watch.opml import read_opml, write_opml
from digests.watch.resolve import resolve

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FEED = b"<rss><channel><title>%s</title><item><title>One</title></item></channel></rss>"


class Site:
    """A fetcher over a few documents; what is not there is a 404."""

    def __init__(self, documents: dict[str, bytes]) -> None:
        self.documents = documents

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        accept: str | None = None,
    ) -> Page | Failure:
        if url not in self.documents:
            return Failure(FailureKind.HTTP_STATUS, "there is nothing at this address any more (404)", 404)
        return Page(url=url, status=200, body=self.documents[url])


class Inline(Offload):
    """Runs in this process: what is parsed here is small."""

    async def run(self, function, *args, timeout=5.0):  # type: ignore[no-untyped-def, override]  # noqa: ASYNC109
        return function(*args)


async def found(text: str, documents: dict[str, bytes]) -> tuple[Source, ...] | Failure:
    return await discover(text, Site(documents), Inline(1))


async def test_a_feed_is_itself() -> None:
    assert await found("a.example/rss", {"https://a.example/rss": FEED % b"A"}) == (
        Source(url="https://a.example/rss", name="A"),
    )
    assert await found("https://a.example/rss", {"https://a.example/rss": FEED % b""}) == (
        Source(url="https://a.example/rss", name="a.example"),
    )


async def test_a_page_names_its_feeds_comments_last() -> None:
    page = b"""<head><link rel="alternate" type="application/rss+xml" href="/comments/feed">
    <link rel='alternate' type='application/atom+xml' href='/posts.atom'><link rel=stylesheet href=/x.css>
    <link rel="alternate" hreflang="de" href="/de"><link rel="alternate" type="application/rss+xml">
    </head><a href="/blog/rss.xml">RSS</a><a href="/feedback">Feedback</a><a href="javascript:rss/">x</a>"""
    url = "https://a.example/"
    assert feed_links(Page(url=url, status=200, body=page)) == (
        "https://a.example/posts.atom",
        "https://a.example/blog/rss.xml",
        "https://a.example/comments/feed",
    )
    documents = {
        url: page,
        "https://a.example/posts.atom": FEED % b"Posts",
        "https://a.example/comments/feed": FEED % b"Comments",
        "https://a.example/blog/rss.xml": b"<html>",
    }
    assert await found(url, documents) == (
        Source(url="https://a.example/posts.atom", name="Posts"),
        Source(url="https://a.example/comments/feed", name="Comments"),
    )


async def test_common_paths_are_tried_where_nothing_is_named() -> None:
    documents = {"https://a.example/news": b"<html>x</html>", "https://a.example/feed.xml": FEED % b"A"}
    assert await found("https://a.example/news", documents) == (
        Source(url="https://a.example/feed.xml", name="A"),
    )
    assert common_feeds("https://a.example/n/?q#f")[0] == "https://a.example/n/feed"


LIST = "".join(
    f'<li><a href="/story-number-{n}">A headline that is long enough {n}</a></li>' for n in range(4)
).encode()
NEWS = (
    b'<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc>'
    b"<n:news><n:title>One</n:title></n:news></url></urlset>"
)


async def test_a_page_without_a_feed_is_watched_by_its_sitemap_or_as_a_list() -> None:
    url, sitemap = "https://a.example/news", "https://a.example/sitemap-news.xml"
    page = b"<title>News</title>" + LIST
    assert await found(url, {url: page}) == (Source(url=url, kind="page", name="News"),)
    assert await found(url, {url: page, sitemap: NEWS}) == (
        Source(url=sitemap, kind="page", name="a.example"),
    )
    assert await found(url, {url: page, sitemap: b"<urlset/>"}) == (
        Source(url=url, kind="page", name="News"),
    )


async def test_what_has_no_feed_says_so() -> None:
    none = await found("https://a.example/", {"https://a.example/": b"<html>x</html>"})
    assert isinstance(none, Failure)
    assert none.reason == "no feed was found at a.example"
    gone = await found("https://b.example/", {})
    assert isinstance(gone, Failure)
    wall = await found("https://c.example/", {"https://c.example/": b"<title>Just a moment...</title>"})
    assert isinstance(wall, Failure)
    assert wall.kind is FailureKind.BOT_PROTECTION


async def test_a_known_site_goes_straight_to_its_feed() -> None:
    documents = {"https://www.reddit.com/r/python/.rss": FEED % b""}
    assert await found("r/python", documents) == (
        Source(url="https://www.reddit.com/r/python/.rss", name="r/python"),
    )


async def test_a_known_site_with_a_reader_of_its_own_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Source(url="https://own.example/", kind="own")
    monkeypatch.setattr(
        resolving, "resolvers", lambda: (lambda url: own if url.hostname == "own.example" else None,)
    )
    assert await found("own.example", {}) == (own,)


HNRSS = "https://hnrss.org/"
YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
RESOLVED = {
    "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv": YOUTUBE
    + "?channel_id=UCabcdefghijklmnopqrstuv",
    "https://m.youtube.com/playlist?list=PL0123456789abc": YOUTUBE + "?playlist_id=PL0123456789abc",
    "https://www.youtube.com/@name": None,
    "https://old.reddit.com/r/python/top/?t=week": "https://www.reddit.com/r/python/top/.rss?t=week",
    "/r/python": "https://www.reddit.com/r/python/.rss",
    "reddit.com/u/somebody": "https://www.reddit.com/user/somebody/.rss",
    "https://www.reddit.com/r/python/comments/1/x/": None,
    "https://news.ycombinator.com/": "https://news.ycombinator.com/rss",
    "https://news.ycombinator.com/over?points=100": HNRSS + "newest?points=100",
    "https://news.ycombinator.com/show?points=x": HNRSS + "show",
    "https://news.ycombinator.com/item?id=1": None,
    "https://hn.algolia.com/?q=big+news": HNRSS + "newest?q=big+news",
    "https://hn.algolia.com/?query=rust": HNRSS + "newest?q=rust",
    "https://hn.algolia.com/": None,
    "@user@social.example": "https://social.example/@user.rss",
    "https://social.example/tags/n%C3%A4her": "https://social.example/tags/n%C3%A4her.rss",
    "https://social.example/@user": None,
    "https://bsky.app/profile/a.bsky.social": "https://bsky.app/profile/a.bsky.social/rss",
    "https://bsky.app/profile/did:plc:abc123/": "https://bsky.app/profile/did:plc:abc123/rss",
    "https://bsky.app/profile/a.b/post/3": None,
    "https://t.me/channel_name": "https://t.me/s/channel_name",
    "t.me/s/channel_name/12": "https://t.me/s/channel_name",
    "https://t.me/joinchat/abc": None,
    "https://t.me/+abc": None,
    "https://github.com/owner/repo.git": "https://github.com/owner/repo/releases.atom",
    "github.com/owner/repo/commits/main": "https://github.com/owner/repo/commits/main.atom",
    "https://github.com/owner/repo/tags": "https://github.com/owner/repo/tags.atom",
    "https://github.com/topics/python": None,
    "https://arxiv.org/list/cs.CL/recent": "https://rss.arxiv.org/rss/cs.CL",
    "https://arxiv.org/search/?query=two+words&searchtype=all": "https://export.arxiv.org/api/query?search_query="
    "all%3Atwo+AND+all%3Awords&sortBy=submittedDate&sortOrder=descending&max_results=50",
    "https://arxiv.org/abs/2601.00001": None,
    "https://news.google.com/": "https://news.google.com/rss",
    "https://news.google.com/home?hl=de&gl=DE&ceid=DE:de": "https://news.google.com/rss?hl=de&gl=DE&ceid=DE%3Ade",
    "https://news.google.com/search?q=sea+ice&hl=en-GB": "https://news.google.com/rss/search?q=sea+ice&hl=en-GB",
    "https://news.google.com/topics/CAAq_x-1": "https://news.google.com/rss/topics/CAAq_x-1",
    "https://news.google.com/articles/x": None,
    "https://elsewhere.example/": None,
    "http://[x": None,
    "ftp://github.com/a/b": None,
    "": None,
}


@pytest.mark.parametrize("text", RESOLVED)
def test_known_sites(text: str) -> None:
    source = resolve(text)
    assert (source.url if source else None) == RESOLVED[text]
    if source:
        assert source.name
        assert source.kind == ("telegram" if "//t.me/" in source.url else "feed")


def test_other_packages_resolvers_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("github", "digests.watch.resolve.github:github", resolving.GROUP)
    monkeypatch.setattr(resolving, "entry_points", lambda group: [point])
    resolving.resolvers.cache_clear()
    try:
        assert resolving.resolvers() == (resolving.github, *resolving.BUILT_IN)
        broken = EntryPoint("b", "digests.nothing:x", resolving.GROUP)
        monkeypatch.setattr(resolving, "entry_points", lambda group: [broken])
        resolving.resolvers.cache_clear()
        with pytest.raises(PluginError, match="Source “b”"):
            resolve("https://a.example/")
    finally:
        resolving.resolvers.cache_clear()


# As other readers write them: attributes' case, empty folders, entities, a document type, no title.
EXPORTS = {
    "nested": b"""<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>Subscriptions</title></head>
    <body><outline text="World" title="World"><outline text="Europe"><outline type="rss" text="A" title="A"
    xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/></outline><outline text="Empty"/></outline>
    <outline text="B" xmlUrl="https://b.example/feed"/></body></opml>""",
    "flat with categories": b"""<opml version="2.0"><body><outline text="A" category="/World/Europe"
    xmlurl="https://a.example/feed"/><outline text="B" xmlUrl="https://b.example/feed"/></body></opml>""",
    "twice, damaged": b"""<!DOCTYPE opml><OPML><body><outline title="World"><outline text="A &nbsp;"
    xmlUrl="https://a.example/feed"/></outline><outline title="Europe"><outline text="A"
    xmlUrl="https://a.example/feed"/></outline><outline text="B" xmlUrl="https://b.example/feed"/>""",
}


@pytest.mark.parametrize("kind", EXPORTS)
def test_lists_as_other_readers_export_them(kind: str) -> None:
    sources = read_opml(EXPORTS[kind])
    assert not isinstance(sources, Failure)
    assert [(s.url, s.name, s.topics) for s in sources] == [
        ("https://a.example/feed", "A", ("World", "Europe")),
        ("https://b.example/feed", "B", ()),
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"no", b"<rss/>", b"<opml><body/></opml>", b"<opml><body>" + b"<outline text='x'>" * 50_000,
     b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;"/></body></opml>'],
)  # fmt: skip
def test_what_is_no_list_is_told(body: bytes) -> None:
    assert isinstance(read_opml(body), Failure)


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters=",/<&\ufffe\uffff"),
                min_size=1, max_size=20)  # fmt: skip


@given(st.lists(st.tuples(names, st.lists(names, max_size=3, unique=True)), max_size=8))
def test_a_list_written_is_read_again(rows: list[tuple[str, list[str]]]) -> None:
    sources = [
        Source(url=f"https://a.example/{n}", name=name, topics=tuple(topics))
        for n, (name, topics) in enumerate(rows)
    ]
    written = write_opml([*sources, Source(url="https://t.me/s/x", kind="telegram")], "Desk", NOW)
    read = read_opml(written)
    if not sources:
        assert isinstance(read, Failure)
        return
    assert not isinstance(read, Failure)
    assert sorted(read, key=lambda s: s.url) == sorted(sources, key=lambda s: s.url)
