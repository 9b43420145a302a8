"""/health: how the desk does, for its admins: what waits, which sources fail, how the models do."""

from __future__ import annotations

from datetime import datetime

from bot.commands.registry import THE_DESK, command
from bot.commands.service import Service, linked, refuse, say
from bot.conversation import Reply, Request
from bot.locales import N_, _, _n, ago, number
from bot.reasons import reason_of
from bot.render.rich import Span, bold
from digests.brief.llm.model_server import ServerState
from digests.model import DeliveryState

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
