"""The public archive: what chosen chats were posted, to read and as feeds. Nothing here can change anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.dashboard.view import View, digest_name, linkable
from bot.render.clean import clean
from digests.clock import Clock
from digests.model import Chat, Digest, DigestItem
from digests.ports import Store
from digests.text.door import door

# ------------ The archive's feeds: RSS 2.0, Atom and JSON Feed 1.1, an item a digest. Values in, bytes out.

_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is of: the page it belongs to, and its own name below it."""

    title: str
    url: str
    file: str

    @property
    def self_url(self) -> str:
        return f"{self.url}/{self.file}"


def rss(channel: Channel, digests: Sequence[Digest]) -> tuple[bytes, str]:
    digests = door(tuple(digests))  # what an earlier version stored may hold what XML can't
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": _ATOM})
    top = etree.SubElement(root, "channel")
    _add(top, "title", clean(channel.title, 200))
    _add(top, "link", channel.url)
    _add(top, "description", f"Digests of {clean(channel.title, 200)}")
    link = {"rel": "self", "type": "application/rss+xml", "href": channel.self_url}
    etree.SubElement(top, f"{{{_ATOM}}}link", link)
    for digest in digests:
        item = etree.SubElement(top, "item")
        _add(item, "title", _title(digest))
        _add(item, "link", f"{channel.url}/{digest.id}")
        _add(item, "guid", f"{channel.url}/{digest.id}", isPermaLink="true")
        _add(item, "pubDate", format_datetime(digest.created, usegmt=True))
        _add(item, "description", str(_content(digest)))
    return _bytes(root), "application/rss+xml"


def atom(channel: Channel, digests: Sequence[Digest]) -> tuple[bytes, str]:
    digests = door(tuple(digests))
    root = etree.Element("feed", nsmap={None: _ATOM})  # type: ignore[dict-item] # the default namespace has no name
    _add(root, "title", clean(channel.title, 200))
    _add(root, "id", channel.url)
    etree.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": channel.url})
    etree.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": channel.self_url})
    newest = digests[0].created if digests else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    _add(root, "updated", newest.isoformat())
    _add(etree.SubElement(root, "author"), "name", clean(channel.title, 200))
    for digest in digests:
        entry = etree.SubElement(root, "entry")
        url = f"{channel.url}/{digest.id}"
        _add(entry, "title", _title(digest))
        _add(entry, "id", url)
        etree.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": url})
        _add(entry, "published", digest.created.isoformat())
        _add(entry, "updated", digest.created.isoformat())
        _add(entry, "content", str(_content(digest)), type="html")
    return _bytes(root), "application/atom+xml"


def json_feed(channel: Channel, digests: Sequence[Digest]) -> tuple[bytes, str]:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(channel.title, 200),
        "home_page_url": channel.url,
        "feed_url": channel.self_url,
        "items": [
            {
                "id": f"{channel.url}/{digest.id}",
                "url": f"{channel.url}/{digest.id}",
                "title": _title(digest),
                "content_html": str(_content(digest)),
                "date_published": digest.created.isoformat(),
            }
            for digest in digests
        ],
    }
    return json.dumps(feed, ensure_ascii=False).encode(), "application/feed+json"


FEEDS: Mapping[str, Callable[[Channel, Sequence[Digest]], tuple[bytes, str]]] = {
    "rss": rss,
    "atom": atom,
    "json": json_feed,
}


def _title(digest: Digest) -> str:
    return clean(digest_name(digest), 200) or f"Digest of {digest.created:%Y-%m-%d}"


def _content(digest: Digest) -> Markup:
    """The digest as simple HTML; whatever came from outside is escaped."""
    note = Markup("<p>{}</p>").format(clean(digest.note.text)) if digest.note else Markup("")
    return note + Markup("").join(map(_story, (*digest.items, *digest.headlines)))


def _story(item: DigestItem) -> Markup:
    text = clean(item.brief.text)
    links = [
        Markup('<a href="{}">{}</a>').format(link.url, clean(link.site, 80) or "Source")
        for link in item.links
        if linkable(link.url)
    ]
    return Markup("<h3>{}</h3>{}<p>{}</p>").format(
        clean(item.brief.headline, 300),
        Markup("<p>{}</p>").format(text) if text else "",
        Markup(", ").join(links),
    )


def _add(parent: etree._Element, name: str, words: str, **attributes: str) -> None:
    etree.SubElement(parent, name, attributes).text = words


def _bytes(root: etree._Element) -> bytes:
    body: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return body


PAGE = 20
_FRESH = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True, slots=True)
class Archive:
    """``public`` are the chats shown, as ``platform:address``; ``base`` is where this server is reached."""

    store: Store
    clock: Clock
    view: View
    public: Collection[str]
    base: str

    def routes(self) -> list[Route]:
        one = "/archive/{chat_id:number}"
        return [
            Route("/archive", self.channels, methods=["GET"]),
            Route(one, self.channel, methods=["GET"]),
            Route(f"{one}/{{digest_id:number}}", self.digest, methods=["GET"]),
            Route(f"{one}/feed.{{kind}}", self.feed, methods=["GET"]),
        ]

    async def channels(self, request: Request) -> Response:
        shown = [chat for chat in await self.store.chats.all() if self._is_public(chat)]
        return self.view.page(request, "archive.html", title="Digests", chats=shown)

    async def channel(self, request: Request) -> Response:
        chat = await self._chat(request)
        if chat is None:
            return self._missing(request)
        given = request.query_params.get("before", "")
        before = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
        posted = await self._posted(chat, PAGE + 1, before)
        older = posted[PAGE - 1].id if len(posted) > PAGE else None
        return self.view.page(
            request, "archive_channel.html", title=title_of(chat), chat=chat, posted=posted[:PAGE],
            older=older, kinds=tuple(FEEDS),
        )  # fmt: skip

    async def digest(self, request: Request) -> Response:
        chat = await self._chat(request)
        wanted = request.path_params["digest_id"]
        posted = await self._posted(chat, 1, wanted + 1) if chat else []
        if chat is None or not posted or posted[0].id != wanted:
            return self._missing(request)
        title = posted[0].title or f"{title_of(chat)}, {posted[0].created:%Y-%m-%d}"
        return self.view.page(request, "archive_digest.html", title=title, chat=chat, digest=posted[0])

    async def feed(self, request: Request) -> Response:
        chat = await self._chat(request)
        make = FEEDS.get(request.path_params["kind"])
        if chat is None or make is None:
            return self._missing(request)
        channel = Channel(
            title_of(chat), f"{self.base}/archive/{chat.id}", str(request.url.path.rpartition("/")[2])
        )
        body, media_type = make(channel, await self._posted(chat, PAGE))
        return Response(body, media_type=media_type, headers=_FRESH)

    async def _posted(self, chat: Chat, limit: int, before: int | None = None) -> Sequence[Digest]:
        return [one for one, _ in await self.store.looking.posted(limit, chat_id=chat.id, before=before)]

    async def _chat(self, request: Request) -> Chat | None:
        chat = await self.store.chats.get(request.path_params["chat_id"])
        return chat if chat is not None and self._is_public(chat) else None

    def _is_public(self, chat: Chat) -> bool:
        return f"{chat.platform}:{chat.address}" in self.public

    def _missing(self, request: Request) -> Response:
        return self.view.problem(
            request, 404, "There is no such page", "The archive's front page lists all there is."
        )


def title_of(chat: Chat) -> str:
    return chat.title or f"Channel {chat.id}"
