"""The admins' pages about the whole desk: overview, subscriptions, queue, digests, spend, search, stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.dashboard.health import Health
from bot.dashboard.signing_in import SignIn
from bot.dashboard.view import View, bars, chat_name, digest_name, last_days, source_name
from bot.render.digest_text import title_of
from digests.brief.llm.budget import Caps
from digests.clock import Clock
from digests.model import DeliveryState, Spend
from digests.ports import Store

PAGE = 20
QUEUE = 200
LAST_PAGE = 500
STORY_DAYS = 60  # of its plot, at most
_WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)
_STUCK = (DeliveryState.HELD, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class Pages:
    """Reads only."""

    store: Store
    clock: Clock
    view: View
    sign_in: SignIn
    health: Health
    caps: Callable[[], Caps]

    def routes(self) -> list[Route]:
        pages = {
            "/": self.overview,
            "/subscriptions": self.subscriptions,
            "/queue": self.queue,
            "/digests": self.digests,
            "/digests/{digest_id:number}": self.digest,
            "/spend": self.spend,
            "/search": self.search,
            "/stories/{story_id:number}": self.story,
        }
        return [Route(path, self.sign_in.read(page), methods=["GET"]) for path, page in pages.items()]

    async def overview(self, request: Request) -> Response:
        now = self.clock()
        sources = await self.store.sources.all()
        states = await self.store.sources.states()
        failing = [
            (source, states[source.id])
            for source in sources
            if source.id in states and states[source.id].failure and not source.paused
        ]
        chats = await self.store.chats.all()
        spends = await self.store.spend.spends(f"{now:%Y-%m-%d}")
        return self.view.page(
            request,
            "overview.html",
            title="Overview",
            sources=sources,
            failing=sorted(failing, key=lambda pair: -pair[1].failures)[:PAGE],
            many_failing=len(failing),
            chats=chats,
            paused=[chat for chat in chats if chat.paused],
            counts=await self.store.deliveries.counts(),
            since=await self.store.looking.waiting_since(now),
            posted=await self.store.looking.posted(5),
            spent=_used(spends),
            cap=self.caps().daily,
            checks=await self.health.checks(),
        )

    async def subscriptions(self, request: Request) -> Response:
        chats = await self.store.chats.all()
        followed = [(chat, await self.store.subscriptions.of_chat(chat.id)) for chat in chats]
        return self.view.page(request, "subscriptions.html", title="Subscriptions", followed=followed)

    async def queue(self, request: Request) -> Response:
        looking = self.store.looking
        return self.view.page(
            request,
            "queue.html",
            title="Queue",
            counts=await self.store.deliveries.counts(),
            stuck=await looking.deliveries(_STUCK, QUEUE),
            waiting=await looking.deliveries(_WAITING, QUEUE),
            limit=QUEUE,
        )

    async def digests(self, request: Request) -> Response:
        before = _number(request, "before")
        posted = await self.store.looking.posted(PAGE + 1, before=before)
        older = posted[PAGE - 1][0].id if len(posted) > PAGE else None
        return self.view.page(
            request, "digests.html", title="Digests", posted=posted[:PAGE], before=before, older=older
        )

    async def digest(self, request: Request) -> Response:
        digest = await self.store.digests.get(request.path_params["digest_id"])
        chat = await self.store.chats.get(digest.chat_id) if digest else None
        if digest is None or chat is None:
            return self.view.problem(request, 404, "There is no such digest", "It may be too old to be kept.")
        messages = await self.store.looking.messages(digest.id)
        title = title_of(digest) if digest.title else digest_name(digest)
        return self.view.page(
            request, "digest.html", title=title, digest=digest, chat=chat, messages=messages
        )

    async def spend(self, request: Request) -> Response:
        now = self.clock()
        chats = {chat.id: chat_name(chat) for chat in await self.store.chats.all()}
        sources = {source.id: source_name(source) for source in await self.store.sources.all()}

        def chat_of(spend: Spend) -> str:
            return "no chat" if spend.chat_id is None else chats.get(spend.chat_id, f"chat {spend.chat_id}")

        def source_of(spend: Spend) -> str:
            return sources.get(
                spend.source_id, f"source {spend.source_id}" if spend.source_id else "no source"
            )

        periods = []
        for name, period, cap, chat_cap in (
            ("Today", f"{now:%Y-%m-%d}", self.caps().daily, self.caps().chat_daily),
            ("This month", f"{now:%Y-%m}", self.caps().monthly, self.caps().chat_monthly),
        ):
            spends = await self.store.spend.spends(period)
            tables = (
                ("Model", _grouped(spends, lambda spend: spend.model), None),
                ("Chat", _grouped(spends, chat_of), chat_cap),
                ("Source", _grouped(spends, source_of), None),
            )
            periods.append((name, period, _used(spends), cap, tables))
        return self.view.page(request, "spend.html", title="Spend", periods=periods)

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()[:200]
        page = min(max(_number(request, "page") or 1, 1), LAST_PAGE)
        hits = await self.store.library.search(None, query, PAGE + 1, (page - 1) * PAGE) if query else []
        return self.view.page(
            request, "search.html", title="Search", query=query, hits=hits[:PAGE], number=page,
            more=len(hits) > PAGE,
        )  # fmt: skip

    async def story(self, request: Request) -> Response:
        story = await self.store.stories.get(request.path_params["story_id"])
        if story is None or not story.articles:
            return self.view.problem(request, 404, "There is no such story", "It may be too old to be kept.")
        sources = await self.store.sources.by_id()
        reports = sorted(
            story.articles, key=lambda one: (one.published or story.started or self.clock(), one.id)
        )
        days = [(report.published or story.started or self.clock()).date() for report in reports]
        span = min((max(days) - min(days)).days + 1, STORY_DAYS)
        a_day = last_days(Counter(days), max(days), span)
        plot = bars(a_day, f"Reports a day: {', '.join(map(str, a_day))}") if span > 1 else ""
        return self.view.page(
            request, "story.html", title=story.lead.title or f"Story {story.id}", story=story,
            reports=reports, sources=sources, plot=plot,
        )  # fmt: skip


def _number(request: Request, name: str) -> int | None:
    given = request.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None


def _used(spends: Sequence[Spend]) -> int:
    return sum(spend.cost + spend.held for spend in spends)


def _grouped(spends: Sequence[Spend], key: Callable[[Spend], str]) -> list[tuple[str, int, int, int, int]]:
    """Name, used, calls, and tokens in and out, those that cost most first."""
    groups: dict[str, list[Spend]] = {}
    for spend in spends:
        groups.setdefault(key(spend), []).append(spend)
    rows = [
        (
            name, _used(its), sum(s.calls for s in its), sum(s.input_tokens for s in its),
            sum(s.output_tokens for s in its),
        )
        for name, its in groups.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row[1])
