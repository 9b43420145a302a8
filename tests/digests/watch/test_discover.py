"""From what a person pastes to sources."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digests.model import Failure, FailureKind, Page, Source
from digests.watch import resolve as resolving
from digests.watch.discover import common_feeds, discover, feed_links
from digests.watch.offload import Offload

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


async def test_an_address_that_only_looks_like_a_known_sites_is_read_as_it_stands() -> None:
    url = "https://blog.example/tags/ships"
    page = b"<link rel=alternate type=application/rss+xml href=/feed.xml>"
    documents = {url: page, "https://blog.example/feed.xml": FEED % b"Blog"}
    assert await found(url, documents) == (Source(url="https://blog.example/feed.xml", name="Blog"),)
    missing = await found(url, {})
    assert isinstance(missing, Failure)
    assert missing.status == 404


async def test_a_site_without_a_certificate_is_found_where_no_scheme_was_asked_for() -> None:
    plain = {"http://a.example/rss": FEED % b"A"}
    assert await found("a.example/rss", plain) == (Source(url="http://a.example/rss", name="A"),)
    assert isinstance(await found("https://a.example/rss", plain), Failure)


async def test_where_the_name_is_wrong_nothing_else_is_tried() -> None:
    asked: list[str] = []

    class Nowhere(Site):
        async def get(self, url: str, **_: object) -> Page | Failure:
            asked.append(url)
            return Failure(FailureKind.DNS, "no such name")

    assert await discover("a.example", Nowhere({}), Inline(1)) == Failure(FailureKind.DNS, "no such name")
    assert asked == ["https://a.example"]


@pytest.mark.parametrize("text", ["news@a.example", "mailto:news@a.example", "<news@a.example>"])
async def test_a_mailbox_is_no_site(text: str) -> None:
    refused = await found(text, {})
    assert isinstance(refused, Failure)
    assert "mailbox" in refused.reason


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
