"""/health: how the desk does, for its admins: what waits, which sources fail, how the models do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.commands.registry import THE_DESK, command
from bot.commands.service import Service, label, linked, refuse, say
from bot.config import MILLIONTHS
from bot.conversation import Reply, Request
from bot.locales import N_, _, _n, ago, number
from bot.platforms import can
from bot.platforms.platform import Can
from bot.reasons import reason_of
from bot.render.rich import Span, bold, link
from digests.brief.llm.budget import WARN_AT
from digests.brief.llm.model_server import ServerState
from digests.model import Chat, DeliveryState, Source, Spend

MOST = 15
"""Failing sources that are named; a longer list is not read in a chat."""


@command(
    "health",
    N_("what waits, which sources fail, how the models do"),
    topic=THE_DESK,
    place=3,
    example="/health",
    admins_only=True,
)
async def health(service: Service, request: Request) -> Reply:
    """The queue, the failing sources, and each model's breaker with its last reason."""
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    now = service.clock()
    queue = await _queue(service)
    lines = [*queue, Span("\n"), *(await _sources(service, now))]
    states = service.live.model_states()
    if states:
        lines += [Span("\n"), bold(_("Language models"))]
        lines += [Span("\n" + _state(state, now)) for state in states]
    return say(tuple(lines), private=True)


async def _queue(service: Service) -> list[Span]:
    counts = await service.store.deliveries.counts()
    waiting = counts.get(DeliveryState.PENDING, 0) + counts.get(DeliveryState.SENDING, 0)
    lines = [bold(_("Deliveries")), Span("\n")]
    lines.append(
        Span(
            _n("{count} message waits to be sent.", "{count} messages wait to be sent.", waiting).format(
                count=number(waiting)
            )
        )
    )
    held = counts.get(DeliveryState.HELD, 0)
    if held:
        text = _n(
            "{count} is held: it may have been sent already.",
            "{count} are held: they may have been sent already.",
            held,
        )
        lines.append(Span(" " + text.format(count=number(held))))
    failed = counts.get(DeliveryState.FAILED, 0)
    if failed:
        text = _n("{count} was refused for good.", "{count} were refused for good.", failed)
        lines.append(Span(" " + text.format(count=number(failed))))
    paused = sum(chat.paused is not None for chat in await service.store.chats.all())
    if paused:
        text = _n("{count} chat is paused.", "{count} chats are paused.", paused)
        lines.append(Span(" " + text.format(count=number(paused))))
    return [*lines, Span("\n")]


async def _sources(service: Service, now: datetime) -> list[Span]:
    sources = await service.store.sources.all()
    states = await service.store.sources.states()
    failing = [
        (source, state, state.failure)
        for source in sources
        if (state := states.get(source.id)) is not None and state.failure is not None and not source.paused
    ]
    lines = [bold(_("Sources")), Span("\n")]
    if not failing:
        text = _n("{count} source, none failing.", "{count} sources, none failing.", len(sources))
        return [*lines, Span(text.format(count=number(len(sources))) + "\n")]
    text = _("{failing} of {count} fail:")
    lines.append(Span(text.format(failing=number(len(failing)), count=number(len(sources)))))
    for source, state, failure in sorted(failing, key=lambda one: -one[1].failures)[:MOST]:
        since = ago(state.last_ok, now) if state.last_ok else _("never")
        words = _("{reason}; last read {when}").format(reason=reason_of(failure), when=since)
        lines += [Span(f"\n{source.id}. "), linked(source), Span(f": {words}")]
    return [*lines, Span("\n")]


def _state(state: ServerState, now: datetime) -> str:
    if state.resting is not None:
        return _("{name}: left alone, next try {when}. {reason}").format(
            name=state.name, when=ago(state.resting, now), reason=state.reason
        )
    if state.failed is None:
        return _("{name}: no failure since the start.").format(name=state.name)
    return _("{name}: asked as usual. Last failure {when}: {reason}").format(
        name=state.name, when=ago(state.failed, now), reason=state.reason
    )


# ------------ /budget: what language models cost, beside the caps, for the desk's admins.

MOST_CHATS = 10
"""Sources that are named: those that cost most."""


@command(
    "budget",
    N_("what language models cost today and this month"),
    topic=THE_DESK,
    place=2,
    example="/budget",
    admins_only=True,
)
async def budget(service: Service, request: Request) -> Reply:
    """What is spent and held today and this month, by model, chat and source."""
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    now, caps = service.clock(), service.live.caps
    chats = {chat.id: chat for chat in await service.store.chats.all()}
    sources = await service.store.sources.by_id()
    lines: list[Span] = []
    for title, period, cap, chat_cap in (
        (_("Today"), f"{now:%Y-%m-%d}", caps.daily, caps.chat_daily),
        (_("This month"), f"{now:%Y-%m}", caps.monthly, caps.chat_monthly),
    ):
        spends = await service.store.spend.spends(period)
        lines += [bold(f"{title} ({period} UTC)"), Span(f": {_money(spends, cap)}\n")]
        for model, its in _grouped(spends, lambda spend: spend.model).items():
            calls = sum(spend.calls for spend in its)
            in_calls = _n("in {count} call", "in {count} calls", calls).format(count=number(calls))
            lines.append(Span(f"    {model}: {_money(its)} {in_calls}\n"))
        for name, its in _grouped(spends, lambda spend: _chat(chats, spend.chat_id)).items():
            capped = chat_cap if its[0].chat_id is not None else None
            lines.append(Span(f"    {name}: {_money(its, capped)}\n"))
        by_source = _grouped(spends, lambda spend: _source(sources, spend.source_id))
        for name, its in sorted(by_source.items(), key=lambda pair: -_used(pair[1]))[:MOST_CHATS]:
            lines.append(Span(f"    {name}: {_money(its)}\n"))
    return say((*lines, Span(_("In the currency of the prices in the configuration."))), private=True)


def _grouped(spends: list[Spend], key: Callable[[Spend], str]) -> Mapping[str, list[Spend]]:
    groups: dict[str, list[Spend]] = {}
    for spend in spends:
        groups.setdefault(key(spend), []).append(spend)
    return groups


def _chat(chats: Mapping[int, Chat], chat_id: int | None) -> str:
    if chat_id is None:
        return _("for no chat alone")
    chat = chats.get(chat_id)
    if chat is None:
        return _("chat {id}").format(id=chat_id)
    name = chat.title or chat.address
    return _("chat {id}, {name} on {platform}").format(id=chat_id, name=name, platform=chat.platform)


def _source(sources: Mapping[int, Source], source_id: int) -> str:
    source = sources.get(source_id)
    if source is None:
        return _("for no source of the desk")
    return _("source {id}, {name}").format(id=source_id, name=label(source))


def _used(spends: list[Spend]) -> int:
    return sum(spend.held + spend.cost for spend in spends)


def _money(spends: list[Spend], cap: int | None = None) -> str:
    """An amount, its cap and whether that is near, and how much is held for calls without an answer."""
    used, held = _used(spends), sum(spend.held for spend in spends)
    text = _units(used)
    if cap is not None:
        text = _("{used} of {cap}").format(used=text, cap=_units(cap))
    if held:
        text += " " + _("({held} of it held)").format(held=_units(held))
    if cap is not None and used >= cap * WARN_AT:
        share = f"{used / cap:.0%}" if cap else "100%"
        text += " " + _("⚠️ {share} used").format(share=share)
    return text


def _units(millionths: int) -> str:
    return f"{millionths / MILLIONTHS:.4f}"


# ------------ /dashboard: a link that signs an admin in once. Nobody else gets to see it.


@command(
    "dashboard",
    N_("a link to the desk's web pages"),
    topic=THE_DESK,
    place=4,
    example="/dashboard",
    admins_only=True,
)
async def dashboard(service: Service, request: Request) -> Reply:
    """Answer with the link where only the admin reads it; elsewhere say where to ask."""
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    if service.sign_in is None:
        return refuse(
            _(
                'The dashboard is off. Write listen = "127.0.0.1:8080" below [dashboard] in the configuration '
                "and start me again."
            )
        )
    if request.chat.kind != "private" and not can(request.chat.platform, Can.WHISPER):
        return refuse(_("Send me /dashboard in our private chat: whoever opens the link is signed in."))
    url = await service.sign_in(request.person.id)
    words = _(
        "This link opens the dashboard once, within five minutes, and for you alone. Do not pass it on."
    )
    text = (link(_("Open the dashboard"), url), Span("\n" + url + "\n\n" + words))
    return replace(Reply(text=text), private=True)
