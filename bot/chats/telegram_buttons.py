"""Inline buttons: what a press carries in its 64 bytes, and for whom it counts."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.conversation import Button, Person, Reply

_BYTES = 64
_MOST = 20_000
_KEPT = timedelta(days=2)
_LABEL = 60
_A_ROW, _A_KEYBOARD = 8, 100


@dataclass(frozen=True, slots=True)
class Press:
    """The command a button stands for. ``owner`` alone may press it, None: everyone."""

    command: str
    words: str
    owner: str | None = None


class Buttons:
    """Makes keyboards and reads presses.

    A short command for everyone is written into the button and lasts as long as the message.
    A long one, or one that serves only its owner (and once), is kept here for two days.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Press, datetime]] = OrderedDict()

    def keyboard(self, reply: Reply, person: Person, now: datetime) -> InlineKeyboardMarkup | None:
        owner = person.id if reply.private else None
        rows: list[list[InlineKeyboardButton]] = []
        for row in reply.buttons:
            made = [self._button(button, owner, now) for button in row]
            rows += [made[start : start + _A_ROW] for start in range(0, len(made), _A_ROW)]
        return InlineKeyboardMarkup(rows[: _A_KEYBOARD // _A_ROW]) if rows else None

    def read(self, data: str, now: datetime) -> Press | None:
        """What the button stands for; None when it has expired or was used up."""
        kind, _, rest = data.partition(":")
        if kind == "c":
            command, _, words = rest.partition(" ")
            return Press(command, words)
        press, until = self._kept.get(rest, (None, now))
        return press if press is not None and until > now else None

    def spend(self, data: str) -> None:
        """A button that serves one person serves once."""
        if data.startswith("o:"):
            self._kept.pop(data.removeprefix("o:"), None)

    def _button(self, button: Button, owner: str | None, now: datetime) -> InlineKeyboardButton:
        label = button.label.strip()[:_LABEL] or "…"
        data = f"c:{button.command} {button.words}"
        if owner is not None or len(data.encode()) > _BYTES:
            token = secrets.token_urlsafe(12)
            self._kept[token] = (Press(button.command, button.words, owner), now + _KEPT)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
            data = f"{'o' if owner is not None else 't'}:{token}"
        return InlineKeyboardButton(label, callback_data=data)
