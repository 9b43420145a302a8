"""/budget: what language models cost, beside the caps, for the desk's admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.commands.registry import THE_DESK, command
from bot.commands.service import Service, label, refuse, say
from bot.conversation import Reply, Request
from bot.locales import N_, _, _n, number
from bot.render.rich import Span, bold
from digests.brief.llm.budget import WARN_AT
from digests.model import Chat, Source, Spend

MILLIONTHS = 1_000_000
MOST = 10
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
        for name, its in sorted(by_source.items(), key=lambda pair: -_used(pair[1]))[:MOST]:
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
