"""The audit log: what a command changed is noted once it has, with who sent it.

A chat's state is looked at when a command turns to it and again after: what changed nothing, such as
a look at a menu, is not noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.conversation import Button, Reply, Request
from digests.clock import Clock
from digests.model import AuditEntry, Chat
from digests.ports import Store

LONGEST = 300  # characters of a deed
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
State = tuple[object, ...]


@dataclass
class _Turned:
    """The chat a command turned to, and how it stood before."""

    chat: Chat | None = None
    before: State = ()


_turned: ContextVar[_Turned | None] = ContextVar("turned", default=None)


@contextmanager
def watching() -> Iterator[_Turned]:
    """Around one command."""
    turned = _Turned()
    token = _turned.set(turned)
    try:
        yield turned
    finally:
        _turned.reset(token)


async def begin(store: Store, chat: Chat) -> None:
    """A command that may change this chat begins."""
    turned = _turned.get()
    if turned is not None:
        turned.chat, turned.before = chat, await _state(store, chat)


async def note(
    store: Store, turned: _Turned, request: Request, reply: Reply, clock: Clock, *, desk: bool
) -> None:
    """Note the command if it changed something; ``desk``: if it was done, it changed the whole desk."""
    chat_id: int | None = None
    if turned.chat is not None and await _state(store, turned.chat) != turned.before:
        stored = await store.chats.find(turned.chat.platform, turned.chat.address, turned.chat.thread)
        chat_id = stored.id if stored else None
    elif not (reply.ok and desk):
        return
    what = f"/{request.command} {request.words.strip()}".strip()[:LONGEST]
    who = f"{request.person.id} {request.person.name}".strip()
    await store.people.note(AuditEntry(chat_id=chat_id, person=who[:100], what=what, at=clock()))


async def _state(store: Store, chat: Chat) -> State:
    stored = await store.chats.find(chat.platform, chat.address, chat.thread)
    if stored is None:
        return ()
    subscribed = {source.id for _sub, source in await store.subscriptions.of_chat(stored.id)}
    rules = await store.rules.of_chat(stored.id)
    managers = await store.people.managers(stored.id)
    return (
        stored.settings,
        frozenset(subscribed),
        tuple(rules),
        tuple(managers),
        tuple(token.name for token in await store.tokens.of_chat(stored.id)),
        tuple(await store.feedback.mutes(stored.id, _LONG_AGO)),
        bool(await store.feedback.votes(stored.id)),
    )


# ------------ More choices than a message can offer are offered page by page, whatever the command.

PAGE = 80
"""Choices at once: Telegram takes 100 buttons under a message, Discord four lists of 25 beside a row of them."""

_TURNED = re.compile(r"(?:^|\s)…(\d{1,3})$")


def turned(request: Request) -> tuple[Request, int]:
    """The request without the page it asks for, and that page, from 0 on."""
    found = _TURNED.search(request.words)
    if found is None:
        return request, 0
    return replace(request, words=request.words[: found.start()]), int(found[1])


def paged(reply: Reply, request: Request, page: int) -> Reply:
    """The reply with the choices of that page, and buttons that lead to the others."""
    last = (len(reply.choices) - 1) // PAGE
    if last < 1:
        return reply
    page = min(page, last)
    row = tuple(
        Button(f"{label} {to + 1}/{last + 1}", request.command, f"{request.words} …{to}".strip())
        for label, to in (("‹", page - 1), ("›", page + 1))
        if 0 <= to <= last
    )
    shown = reply.choices[page * PAGE : (page + 1) * PAGE]
    return replace(reply, choices=shown, buttons=(row, *reply.buttons))
