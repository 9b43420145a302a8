"""More choices than a message can offer are offered page by page, whatever the command."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.conversation import Button, Reply, Request

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
