"""Who a program is: its token, the chat it reads, how often it may ask; and one question put and answered."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.access import hashed
from bot.commands.service import Service
from bot.programs.answers import Question, Refusal
from digests.fair_slots import FairSlots, served_for
from digests.model import Chat, Token
from digests.text.door import door

log = logging.getLogger(__name__)

A_MINUTE = 60
"""Questions of one token; so many at once, and then one a second."""
_TOGETHER, _PER_CHAT = 8, 2
_KNOWN = 4096  # tokens whose pace is remembered
_LONGEST_TOKEN = 200  # characters; ours have 48


@dataclass(frozen=True, slots=True)
class Caller:
    token: Token
    chat: Chat


@dataclass
class Door:
    """``service`` gives the desk as it stands now."""

    service: Callable[[], Service]
    _paces: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)
    _slots: FairSlots = field(default_factory=lambda: FairSlots(_TOGETHER))

    async def admit(self, authorization: str) -> Caller | Refusal:
        """The caller of an ``Authorization`` header; then this question counts."""
        service = self.service()
        scheme, _, secret = authorization.partition(" ")
        found = None
        if scheme.lower() == "bearer" and 0 < len(secret.strip()) <= _LONGEST_TOKEN:
            found = await service.store.tokens.find(hashed(secret.strip()))
        chat = None if found is None else await service.store.chats.get(found.chat_id)
        if found is None or chat is None:
            return Refusal(401, "Send a token as Authorization: Bearer; /token new in a chat makes one.")
        if not await service.access.serves(chat):
            return Refusal(403, "The desk does not serve this token's chat any more.")
        if not self._may(found.key, service.clock()):
            return Refusal(429, f"A token may ask {A_MINUTE} times a minute. Wait a little.")
        return Caller(found, chat)

    def _may(self, key: str, now: datetime) -> bool:
        left, then = self._paces.pop(key, (float(A_MINUTE), now))
        grown = max(now - then, timedelta()).total_seconds() * A_MINUTE / 60
        left = min(float(A_MINUTE), left + grown)
        may = left >= 1
        self._paces[key] = (left - may, now)
        if len(self._paces) > _KNOWN:
            self._paces.popitem(last=False)
        return may

    async def answer(
        self, caller: Caller, question: Question, given: Mapping[str, Any]
    ) -> BaseModel | Refusal:
        """Put one question; never raises but for cancellation."""
        if question.scope not in (caller.token.scope, "read"):
            return Refusal(403, "This token may only read. Make one with: /token new NAME ask")
        try:
            asked = question.asked.model_validate(door(dict(given)))
        except ValidationError as error:
            return Refusal(422, _mistakes(error))
        who = f"chat {caller.chat.platform}:{caller.chat.address}"
        mark = served_for.set(who)
        try:
            async with self._slots.turn((who, _PER_CHAT)):
                return await question.run(self.service(), caller.chat, asked)
        except Exception:
            log.exception("a program's %s for chat %s failed", question.name, caller.chat.id)
            return Refusal(500, "That did not work; the desk's log says why.")
        finally:
            served_for.reset(mark)


def _mistakes(error: ValidationError) -> str:
    """What is wrong, without what was sent."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))[:80]}: {one['msg']}" for one in error.errors()[:5])


def as_json(answer: BaseModel | Refusal) -> tuple[int, bytes]:
    if isinstance(answer, Refusal):
        return answer.status, json.dumps({"error": answer.error}, ensure_ascii=False).encode()
    return 200, answer.model_dump_json().encode()
