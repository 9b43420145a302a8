"""What language models cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the server counted them, or at most."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap on one account in one period. ``chat_id`` None: all chats together."""

    chat_id: int | None
    period: str  # "2026-11-24" or "2026-11"
    cap: int

    @property
    def name(self) -> str:
        whose = "of all chats" if self.chat_id is None else "of this chat"
        return f"{'daily' if len(self.period) == 10 else 'monthly'} cap {whose}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Money set aside for one call, with what it is for."""

    id: int = 0
    model: str
    chat_id: int | None
    source_id: int
    amount: int  # millionths, the most the call can cost
    day: str  # the UTC date it counts for


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a model cost one chat for one source on one day. ``held`` is not settled yet."""

    day: str
    model: str
    chat_id: int | None
    source_id: int
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadBrief:
    """A brief that was asked for ahead of its digest; ``key`` is what it will be remembered by."""

    key: str
    story_id: int
    chat_id: int
    sentences: int
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBatch:
    """Briefs a server was asked for in one batch, which it answers in its own time."""

    id: int = 0
    writer: str  # whose server it is at, by its name in the chain
    name: str  # the server's own id of the batch
    submitted: datetime
    briefs: tuple[AheadBrief, ...]
