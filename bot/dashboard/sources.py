"""Sources: how each does, and what an admin may do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.dashboard.signing_in import SignIn
from bot.dashboard.view import View, bars, last_days, source_name
from bot.reasons import pace
from digests.clock import Clock
from digests.model import AuditEntry, Demand, Failure, Feed, PollState, Source
from digests.ports import Store

DAYS = 14
PAGE = 100  # sources: each has a plot, and the page is asked for again every few seconds
NAME, TOPICS, TOPIC = 200, 20, 40  # characters of a name, topics of a source, characters of a topic

Look = Callable[[Source, datetime], Awaitable[Feed | Failure]]
"""Reads a source as if for the first time; stores nothing."""


@dataclass(frozen=True, slots=True)
class SourcePages:
    """``because`` says a failure with what to do about it."""

    store: Store
    clock: Clock
    view: View
    sign_in: SignIn
    look: Look
    because: Callable[[Failure], str]

    def routes(self) -> list[Route]:
        read, write = self.sign_in.read, self.sign_in.write
        one = "/sources/{source_id:number}"
        return [
            Route("/sources", read(self.listing), methods=["GET"]),
            Route(one, read(self.detail), methods=["GET"]),
            Route(one, write(self.edit), methods=["POST"]),
            Route(f"{one}/pause", write(self.pause), methods=["POST"]),
            Route(f"{one}/resume", write(self.resume), methods=["POST"]),
            Route(f"{one}/test", write(self.test), methods=["POST"]),
        ]

    async def listing(self, request: Request) -> Response:
        now = self.clock()
        states = await self.store.sources.states()
        days = await self.store.looking.found_a_day(now - timedelta(days=DAYS))
        followers = await self.store.looking.followers()
        of_all = []
        for source in await self.store.sources.all():
            state = states.get(source.id, PollState())
            health = health_of(source, state)
            of_all.append(
                (health != "failing", source_name(source).casefold(), source.id, source, state, health)
            )
        of_all.sort(key=lambda row: row[:3])
        number = page_number(request)
        rows = []
        shown = of_all[(number - 1) * PAGE : number * PAGE]
        demands = await self.store.sources.demands([source.id for *_, source, _, _ in shown], now)
        for *_, source, state, health in shown:
            asked = pace(source, state, demands.get(source.id, Demand()), now, "UTC")
            counts = last_days(days.get(source.id, {}), now.date(), DAYS)
            plot = bars(counts, f"Items a day, the last {DAYS} days: {', '.join(map(str, counts))}")
            rows.append((source, state, health, plot, followers.get(source.id, 0), asked))
        more = len(of_all) > number * PAGE
        return self.view.page(
            request, "sources.html", title="Sources", rows=rows, days=DAYS, number=number, more=more
        )

    async def detail(self, request: Request) -> Response:
        source = await self._source(request)
        return self._missing(request) if source is None else await self._page(request, source)

    async def pause(self, request: Request) -> Response:
        return await self._set_paused(request, True)

    async def resume(self, request: Request) -> Response:
        return await self._set_paused(request, False)

    async def edit(self, request: Request) -> Response:
        source = await self._source(request)
        if source is None:
            return self._missing(request)
        fields = request.state.fields
        name = " ".join(fields.get("name", "").split())[:NAME]
        words = (" ".join(topic.split())[:TOPIC] for topic in fields.get("topics", "").split(","))
        topics = tuple(dict.fromkeys(word for word in words if word))[:TOPICS]
        await self.store.sources.update(replace(source, name=name, topics=topics))
        return await self._done(request, source, f"changed source {source.id}")

    async def test(self, request: Request) -> Response:
        source = await self._source(request)
        if source is None:
            return self._missing(request)
        feed = await self.look(source, self.clock())
        problem = self.because(feed) if isinstance(feed, Failure) else ""
        entries = () if isinstance(feed, Failure) else feed.entries[:5]
        return await self._page(request, source, tested=True, problem=problem, found=entries)

    async def _set_paused(self, request: Request, paused: bool) -> Response:
        source = await self._source(request)
        if source is None:
            return self._missing(request)
        await self.store.sources.update(replace(source, paused=paused))
        if not paused:  # also one that had ended, or waits long after failures
            state = await self.store.sources.state(source.id)
            await self.store.sources.polled({source.id: replace(state, ended=False, next_poll=None)})
        return await self._done(request, source, f"{'paused' if paused else 'resumed'} source {source.id}")

    async def _page(self, request: Request, source: Source, **more: Any) -> Response:
        now = self.clock()
        state = await self.store.sources.state(source.id)
        days = await self.store.looking.found_a_day(now - timedelta(days=2 * DAYS))
        counts = last_days(days.get(source.id, {}), now.date(), 2 * DAYS)
        chats = {chat.id: chat for chat in await self.store.chats.all()}
        subscriptions = await self.store.subscriptions.of_source(source.id)
        demands = await self.store.sources.demands([source.id], now)
        shown: dict[str, Any] = {
            "pace": pace(source, state, demands.get(source.id, Demand()), now, "UTC"),
            "source": source, "state": state, "health": health_of(source, state),
            "why": self.because(state.failure) if state.failure else "",
            "plot": bars(counts, f"Items a day, the last {2 * DAYS} days: {', '.join(map(str, counts))}"),
            "items": sum(counts), "days": 2 * DAYS,
            "entries": await self.store.entries.newest(source.id, 10),
            "chats": [chats[one.chat_id] for one in subscriptions if one.chat_id in chats],
            "tested": False, "problem": "", "found": (),
        }  # fmt: skip
        return self.view.page(request, "source.html", title=source_name(source), **(shown | more))

    async def _source(self, request: Request) -> Source | None:
        return await self.store.sources.get(request.path_params["source_id"])

    def _missing(self, request: Request) -> Response:
        return self.view.problem(request, 404, "There is no such source", "It may have been removed.")

    async def _done(self, request: Request, source: Source, what: str) -> Response:
        deed = AuditEntry(
            chat_id=None, person=request.state.person, what=f"dashboard: {what}", at=self.clock()
        )
        await self.store.people.note(deed)
        return RedirectResponse(f"/sources/{source.id}", 303)


def health_of(source: Source, state: PollState) -> str:
    """One word: paused, ended, failing, new or fine."""
    if source.paused:
        return "paused"
    if state.ended:
        return "ended"
    if state.failure is not None:
        return "failing"
    return "new" if state.last_ok is None else "fine"


def page_number(request: Request) -> int:
    """Which page of a list is asked for; the first where that is no number of one."""
    given = request.query_params.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1
