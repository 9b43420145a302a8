"""From what a person pastes to sources: a known site, a feed, or a page that names its feeds."""

from __future__ import annotations

import asyncio
import html
import re
from typing import Final

from digests.model import Failure, FailureKind, Feed, Page, Source
from digests.ports import Fetcher
from digests.text.encoding import decode
from digests.text.links import absolute, host
from digests.watch.feeds import parse_feed
from digests.watch.http import FEED_LIMIT, bot_protection
from digests.watch.offload import Offload
from digests.watch.pages import parse_list
from digests.watch.resolve import channel_of_video, pasted, resolve, with_scheme

MOST: Final = 8  # candidates that are tried and shown
COMMON_PATHS: Final = (
    "feed",
    "rss",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "feeds/posts/default",
)
NEWS_SITEMAPS: Final = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml")
_LOOKED_AT: Final = 1_000_000  # characters of a page; links to feeds stand in its head or foot
_ELSEWHERE: Final = frozenset({FailureKind.HTTP_STATUS, FailureKind.CONNECT, FailureKind.TLS})
_MAILBOX = re.compile(r"(?:mailto:)?[^\s/:@]+@[^\s/:@]+")
_TAG = re.compile(r"<(link|a)\s([^<>]{1,3000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z-]{1,30})\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))"""
)
_FEED_TYPES: Final = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
)
_FEED_LIKE = re.compile(r"(?:^|[/._\-?=&])(?:rss|atom|feeds?)(?:[/._\-=&]|2|\d*\.xml|$)", re.IGNORECASE)


def feed_links(page: Page) -> tuple[str, ...]:
    """Addresses of a page that promise to be feeds, the surest first. Pure.

    First those it declares by ``link rel=alternate``, then links that look like feeds by
    their address. Feeds of comments come last.
    """
    text = decode(page.body[: 4 * _LOOKED_AT], page.charset)[:_LOOKED_AT]
    declared: list[str] = []
    if host(page.url) == "youtube.com" and (channel := channel_of_video(text)):
        declared.append(channel)
    guessed: list[str] = []
    for match in _TAG.finditer(text):
        pairs = _ATTRIBUTE.findall(match.group(2))
        attributes = {name.lower(): html.unescape(a or b or c) for name, a, b, c in pairs}
        href = attributes.get("href", "").strip()
        target = absolute(page.url, href) if href else ""
        if not target:
            continue
        kind = attributes.get("type", "").lower().partition(";")[0].strip()
        if match.group(1).lower() == "link":
            if "alternate" in attributes.get("rel", "").lower().split() and kind in _FEED_TYPES:
                declared.append(target)
        elif kind in _FEED_TYPES or _FEED_LIKE.search(target.partition("://")[2].partition("/")[2]):
            guessed.append(target)
    found = list(dict.fromkeys([*declared, *guessed]))
    found.sort(key=lambda url: "comment" in url.lower())
    return tuple(found[:MOST])


def common_feeds(url: str) -> tuple[str, ...]:
    """Where feeds of a site usually are: beside the page, then at the root."""
    beside = url.partition("?")[0].partition("#")[0]
    beside = beside if beside.endswith("/") else beside + "/"
    places = [absolute(beside, path) for path in COMMON_PATHS]
    return tuple(dict.fromkeys([*places[:2], *(absolute(url, "/" + path) for path in COMMON_PATHS)]))


async def discover(text: str, fetcher: Fetcher, offload: Offload) -> tuple[Source, ...] | Failure:
    """The sources behind what a person pasted, with the names their feeds give themselves.

    Several where a page names several; the person picks. Each has been fetched and read once,
    except those of a known site that is read in another way.
    """
    text = pasted(text)
    known = resolve(text)
    if known and known.kind != "feed":
        return (known,)
    if known is None and _MAILBOX.fullmatch(text):
        return Failure(FailureKind.BAD_URL, "that is the address of a mailbox, not of a site")
    address, page = await _first(_addresses(text, known), fetcher)
    if isinstance(page, Failure):
        return page
    feed = await _parsed(page, offload)
    if isinstance(feed, Feed):
        named = known.name if known else ""
        return (Source(url=page.moved_to or address, name=feed.title or named or host(address)),)
    guard = bot_protection(page.status, {}, page.body[:16_385])
    if guard is not None:
        return Failure(FailureKind.BOT_PROTECTION, f"the site blocks bots with {guard}", page.status)
    found = await _tried(feed_links(page), fetcher, offload)
    found = found or await _tried(common_feeds(page.url), fetcher, offload)
    if found:
        return found
    listed = await _listed(page, fetcher, offload)
    return (listed,) if listed else Failure(FailureKind.NOT_A_FEED, f"no feed was found at {host(page.url)}")


def _addresses(text: str, known: Source | None) -> tuple[str, ...]:
    """Where to look, in order: a site that only looks like a known one, or has no certificate,
    is read at the address as it was pasted."""
    plain = with_scheme(text)
    if known:
        return tuple(dict.fromkeys((known.url, plain)))
    return (plain,) if plain == text else (plain, "http://" + text)


async def _first(addresses: tuple[str, ...], fetcher: Fetcher) -> tuple[str, Page | Failure]:
    """The first that answers; else what was wrong with the very first."""
    failed: list[tuple[str, Failure]] = []
    for address in addresses:
        page = await fetcher.get(address, limit=FEED_LIMIT)
        if isinstance(page, Page):
            return address, page
        failed.append((address, page))
        if page.kind not in _ELSEWHERE:
            break
    return failed[0]


async def _listed(page: Page, fetcher: Fetcher, offload: Offload) -> Source | None:
    """A page without a feed: the site's news sitemap, else the page itself if it lists articles."""
    for path in NEWS_SITEMAPS:
        sitemap = await fetcher.get(absolute(page.url, path), limit=FEED_LIMIT)
        if not isinstance(sitemap, Failure) and b"<urlset" in sitemap.body[:2000]:
            feed = await offload.run(parse_list, sitemap)
            if isinstance(feed, Feed):
                return Source(url=sitemap.url, kind="page", name=host(page.url))
    feed = await offload.run(parse_list, page)
    return Source(url=page.url, kind="page", name=feed.title) if isinstance(feed, Feed) else None


async def _tried(urls: tuple[str, ...], fetcher: Fetcher, offload: Offload) -> tuple[Source, ...]:
    """Those of the addresses that are feeds, one source a feed."""

    async def one(url: str) -> Source | None:
        page = await fetcher.get(url, limit=FEED_LIMIT)
        if isinstance(page, Failure):
            return None
        feed = await _parsed(page, offload)
        if isinstance(feed, Failure):
            return None
        return Source(url=page.moved_to or url, name=feed.title or host(url))

    sources = [source for source in await asyncio.gather(*map(one, urls)) if source]
    return tuple(
        {(source.name, source.url.partition("?")[0].rstrip("/")): source for source in sources}.values()
    )


async def _parsed(page: Page, offload: Offload) -> Feed | Failure:
    return await offload.run(parse_feed, page.body, page.content_type, page.charset, page.url)
