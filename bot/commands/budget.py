"""/budget: what language models cost, beside the caps, for the desk's admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.commands.service import Service, refuse, say
from bot.conversation import Reply, Request
from bot.render.rich import Span, bold
from digests.model import Chat, Spend

MILLIONTHS = 1_000_000


async def budget(service: Service, request: Request) -> Reply:
    """What is spent and held today and this month, by model and by chat."""
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    now, caps = service.clock(), service.caps
    chats = {chat.id: chat for chat in await service.store.chats.all()}
    lines: list[Span] = []
    for title, period, cap, chat_cap in (
        ("Today", f"{now:%Y-%m-%d}", caps.daily, caps.chat_daily),
        ("This month", f"{now:%Y-%m}", caps.monthly, caps.chat_monthly),
    ):
        spends = await service.store.spend.spends(period)
        lines += [bold(f"{title} ({period} UTC)"), Span(f": {_money(spends, cap)}\n")]
        for model, its in _grouped(spends, lambda spend: spend.model).items():
            lines.append(Span(f"    {model}: {_money(its)} in {sum(s.calls for s in its)} calls\n"))
        for name, its in _grouped(spends, lambda spend: _name(chats, spend.chat_id)).items():
            capped = chat_cap if its[0].chat_id is not None else None
            lines.append(Span(f"    {name}: {_money(its, capped)}\n"))
    return say((*lines, Span("In the currency of the prices in the configuration.")), private=True)


def _grouped(spends: list[Spend], key: Callable[[Spend], str]) -> Mapping[str, list[Spend]]:
    groups: dict[str, list[Spend]] = {}
    for spend in spends:
        groups.setdefault(key(spend), []).append(spend)
    return groups


def _name(chats: Mapping[int, Chat], chat_id: int | None) -> str:
    if chat_id is None:
        return "for no chat alone"
    chat = chats.get(chat_id)
    return f"chat {chat_id}, {chat.title or chat.address} on {chat.platform}" if chat else f"chat {chat_id}"


def _money(spends: list[Spend], cap: int | None = None) -> str:
    """An amount, its cap, and how much of it is held for calls that have no answer yet."""
    held = sum(spend.held for spend in spends)
    amount = _units(held + sum(spend.cost for spend in spends))
    of = f" of {_units(cap)}" if cap is not None else ""
    return f"{amount}{of}{f' ({_units(held)} of it held)' if held else ''}"


def _units(millionths: int) -> str:
    return f"{millionths / MILLIONTHS:.4f}"
