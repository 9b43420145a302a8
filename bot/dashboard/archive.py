"""The public archive: what chosen chats were posted, to read and as feeds. Nothing here can change anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.dashboard.archive_feeds import FEEDS, Channel
from bot.dashboard.view import View
from digests.clock import Clock
from digests.model import Chat, Digest
from digests.ports import Store

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
