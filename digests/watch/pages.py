"""Pages without a feed: a news sitemap, or a list of articles found by its repeated structure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lxml.cssselect import CSSSelector, SelectorError
from protego import Protego

from digests.model import Entry, Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.text.door import door
from digests.text.encoding import decode
from digests.text.links import absolute, host
from digests.text.machine_dates import machine_date
from digests.watch import fields
from digests.watch.feeds import changed_page
from digests.watch.offload import Offload
from digests.watch.xml_tree import any_tree, html_tree

AGENT: Final = "Newsdesk"  # the name robots.txt may speak to
_ROBOTS_KEPT: Final = timedelta(days=1)
_ROBOTS_LIMIT: Final = 512 * 1024
_FEWEST: Final = 3  # links that make a list
_HEADLINE: Final = 20  # characters a headline has at least; menus have shorter ones
_LONGEST: Final = 4096  # characters of an address
_MOST_LINKS: Final = 5_000
_ARTICLE_LIKE = re.compile(r"\d{4}/\d{1,2}|\d{5,}|[a-z0-9]+(?:-[a-z0-9]+){2,}|\.html?$", re.IGNORECASE)


class PageReader:
    """A ``ports.SourceReader`` of pages. Keeps to the site's robots.txt, remembered for a day.

    The source's option ``selector`` is a CSS selector of the links, or of what holds them.
    """

    kind = "page"

    def __init__(self, fetcher: Fetcher, offload: Offload) -> None:
        self._fetcher = fetcher
        self._offload = offload
        self._robots: dict[str, tuple[datetime, bool]] = {}  # by the page's address

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        if not await self._may_read(source.url, now):
            return Failure(
                FailureKind.ROBOTS, f"the robots.txt of {host(source.url)} does not allow this page"
            )
        page = await changed_page(self._fetcher, source, state)
        if not isinstance(page, Page):
            return page
        feed = await self._offload.run(parse_list, page, dict(source.options).get("selector", ""))
        return feed if isinstance(feed, Failure) else Polled(feed=feed, page=page)

    async def _may_read(self, url: str, now: datetime) -> bool:
        kept = self._robots.get(url)
        if kept is None or now - kept[0] > _ROBOTS_KEPT:
            place = absolute(url, "/robots.txt")
            page = await self._fetcher.get(place, limit=_ROBOTS_LIMIT, accept="text/plain, */*;q=0.5")
            may: bool | Failure = True
            if not isinstance(page, Failure):
                may = await self._offload.run(allows, page.body, url)
            kept = now, isinstance(may, Failure) or may  # one that can't be read forbids nothing
            if len(self._robots) >= 1000:
                self._robots.clear()
            self._robots[url] = kept
        return kept[1]


def allows(body: bytes, url: str) -> bool:
    """Whether a robots.txt lets us read this address, as RFC 9309 says: ``*`` and ``$`` in paths, and of
    the rules that fit the longest. Pure, picklable."""
    return bool(Protego.parse(decode(body[:_ROBOTS_LIMIT])).can_fetch(url, AGENT))


def parse_list(page: Page, selector: str = "") -> Feed | Failure:
    """The articles a news sitemap or a list page names, in its order. Pure, picklable."""
    head = page.body[:2000]
    if b"<urlset" in head:
        return _sitemap(page)
    root = html_tree(page.body, page.charset)
    if root is None:
        return Failure(FailureKind.EMPTY, "the page is empty")
    if selector:
        try:
            links = _selected(root, selector)
        except SelectorError:
            return Failure(FailureKind.UNREADABLE, "the selector is not valid CSS")
    else:
        links = _repeated(root, page.url)
    entries: dict[str, Entry] = {}
    for link, text in links[: fields.MAX_ITEMS]:
        url = absolute(page.url, (link.get("href") or "")[:_LONGEST])
        if url and text and url not in entries:
            entries[url] = Entry(url=url, title=text)
    if not entries:
        return Failure(FailureKind.NOT_A_FEED, "no list of articles was found on the page")
    title = root.xpath("string(//title)")
    return door(Feed(title=fields.line(title), site_url=page.url, entries=tuple(entries.values())))


def _sitemap(page: Page) -> Feed | Failure:
    root = any_tree(page.body, page.charset)
    entries: list[Entry] = []
    for node in () if root is None else list(root)[: fields.MAX_ITEMS]:
        facts = {str(inner.tag).rpartition("}")[2]: inner.text for inner in node.iter() if inner.text}
        url, title = fields.link(page.url, facts.get("loc")), fields.title(facts.get("title"))
        if url and title:
            moment = machine_date(facts.get("publication_date"))
            language = fields.line(facts.get("language"))[:35] or None
            entries.append(Entry(url=url, title=title, published=moment, language=language))
    if not entries:
        return Failure(FailureKind.NOT_A_FEED, "the sitemap names no news")
    return door(Feed(site_url=absolute(page.url, "/"), title=host(page.url), entries=tuple(entries)))


def _selected(root: Any, selector: str) -> list[tuple[Any, str]]:
    """Links the selector picks: itself, the first one inside, or the one around."""
    found: list[tuple[Any, str]] = []
    picked: Any = CSSSelector(selector[: fields.MAX_FIELD])(root)
    for node in picked[: fields.MAX_ITEMS]:
        link = next(node.iter("a"), None)
        if link is None:
            link = next(node.iterancestors("a"), None)
        if link is not None:
            found.append((link, _text(node)))
    return found


def _repeated(root: Any, url: str) -> list[tuple[Any, str]]:
    """The links of the kind that looks most like headlines: same place in the structure, the
    site's own, with a headline's length and an article's address."""
    kinds: Mapping[tuple[str, ...], list[tuple[Any, str]]] = defaultdict(list)
    own = host(url)
    for count, link in enumerate(root.iter("a")):
        if count >= _MOST_LINKS:
            break
        target = absolute(url, (link.get("href") or "")[:_LONGEST])
        text = _text(link)
        if target and host(target) == own and len(text) >= _HEADLINE:
            kinds[_place(link)].append((link, text))
    lists = [links for links in kinds.values() if len(links) >= _FEWEST]
    return max(lists, key=_score, default=[])


def _place(link: Any) -> tuple[str, ...]:
    """Tags and first classes of the link and what is around it."""
    around = [link, *link.iterancestors()][:4]
    return tuple(f"{node.tag}.{(node.get('class') or '').partition(' ')[0][:50]}" for node in around)


def _score(links: list[tuple[Any, str]]) -> float:
    lengths = sorted(min(len(text), 120) for _, text in links)
    like = sum(1 for link, _ in links if _ARTICLE_LIKE.search((link.get("href") or "")[:_LONGEST]))
    return min(len(links), 30) * lengths[len(lengths) // 2] * (1 + 2 * like / len(links))


def _text(node: Any) -> str:
    return fields.line(" ".join(piece for _, piece in zip(range(200), node.itertext(), strict=False)))
