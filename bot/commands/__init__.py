"""The neutral commands: a ``Request`` in, a ``Reply`` out, the same on every platform.

Each is defined at its handler (see ``registry``). ``COMMANDS`` are all their definitions, in the order of the
help. ``Commands.handle`` checks who may, and runs one.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from bot.commands import noting
from bot.commands.help import unknown
from bot.commands.registry import changes, registered
from bot.commands.service import Service, refuse
from bot.conversation import Command, Reply, Request
from bot.locales import _, speaking
from digests.fair_slots import Claim, FairSlots, served_for
from digests.model import Chat
from digests.text.door import door

log = logging.getLogger(__name__)

COMMANDS: tuple[Command, ...] = tuple(one.command for one in registered().values())

_TOGETHER = 50  # commands that are answered at once
_PER_PERSON, _PER_CHAT = 4, 16  # of them: who sends more waits for their own, and nobody else does


def _claims(request: Request) -> tuple[Claim, Claim]:
    chat = request.chat
    return (
        (f"person {request.person.id}", _PER_PERSON),
        (f"chat {chat.platform}:{chat.address}", _PER_CHAT),
    )


class Commands:
    """Runs commands for every chat."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._slots = FairSlots(_TOGETHER)

    def change(self, **fields: Any) -> None:
        """Put other values into the service's fields, from the next command on."""
        self._service = replace(self._service, **fields)

    @property
    def service(self) -> Service:
        """What the commands work with now."""
        return self._service

    async def handle(self, request: Request) -> Reply:
        """Answer one command, in the chat's language where it has one, else in the person's.

        Never raises: an unexpected error is logged and answered plainly.
        """
        request = door(request)
        with speaking(request.person.language):
            try:
                async with self._slots.turn(*_claims(request)):
                    return await self._answered(request)
            except Exception as error:
                if isinstance(error, OverflowError) or "integer string conversion" in str(error):
                    return refuse(_("No number that I know is so large."))
                log.exception("/%s of %s failed", request.command, request.person.id)
                return refuse(
                    _(
                        "Something went wrong in me with /{command}; it is in my log, and nothing was half done. "
                        "Try again; if it stays, tell the desk's admin."
                    ).format(command=request.command)
                )

    async def _answered(self, request: Request) -> Reply:
        token = served_for.set(f"person {request.person.id}")
        try:
            with speaking(await self._language(request)), noting.watching() as turned:
                request, page = noting.turned(request)
                reply = noting.paged(await self._run(request), request, page)
                await noting.note(
                    self._service.store, turned, request, reply, self._service.clock, desk=changes(request)
                )
            return reply
        finally:
            served_for.reset(token)

    async def _language(self, request: Request) -> str | None:
        chat = request.chat
        known = await self._service.store.chats.find(chat.platform, chat.address, chat.thread)
        return known.settings.language if known and known.settings.language else request.person.language

    async def _run(self, request: Request) -> Reply:
        service = self._service
        found = registered().get(request.command)
        if found is None or not found.anywhere:
            refusal = await service.access.refuses_chat(request.chat, request.person, request.directory)
            if refusal:
                return refuse(refusal)
        if found is None:
            return unknown(COMMANDS, request.command)
        return await found.handler(service, request)

    async def complete(self, command: str, option: str, prefix: str, chat: Chat) -> list[str]:
        """At most 25 values for an option a person is typing."""
        found = registered().get(command)
        if found is None or found.complete is None or not found.completes(option):
            return []
        return await found.complete(self._service, prefix, chat)
