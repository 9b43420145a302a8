"""Inline buttons: what a press carries in its 64 bytes, for whom it counts, and that it counts once.

What a press does is written into the button, so that it works after a restart; only what is too long
for that, or asks a question first, is kept in memory. Rights are asked anew at every press: a forged
button does no more than the command it names.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.conversation import Button, Person, Reply, thumbs
from digests.model import Chat

_BYTES = 64
_MOST = 20_000
_KEPT = timedelta(days=2)
_LABEL = 60
_A_ROW, _A_KEYBOARD = 8, 100
_CHOICES_A_ROW = 2
_UNDER_DIGEST = "d"  # the mark of every button under a digest
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Press:
    """The command a button stands for. ``owner`` alone may press it, and once; None: everyone.

    ``asks`` is a question whose answer follows the words.
    """

    command: str
    words: str
    owner: str | None = None
    asks: str = ""
    mark: str = ""

    @property
    def quiet(self) -> bool:
        """Stands under a digest: what comes of it is for the one who pressed."""
        return self.owner is None and self.mark == _UNDER_DIGEST


def under_digest(chat: Chat, stories: tuple[int, ...]) -> InlineKeyboardMarkup | None:
    """The keyboard of a message that tells these stories, always the same."""
    row = [
        InlineKeyboardButton(one.label, callback_data=f"p:0:{_UNDER_DIGEST}:{one.command} {one.words}")
        for one in thumbs(chat, stories)
    ]
    return InlineKeyboardMarkup([row]) if row else None


class Buttons:
    """Makes keyboards, reads presses, and remembers the questions that were put."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Press, datetime]] = OrderedDict()
        self._questions: OrderedDict[tuple[str, int], tuple[Press, datetime]] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()

    def keyboard(self, reply: Reply, person: Person, now: datetime) -> InlineKeyboardMarkup | None:
        """The choices two in a row, then the rows of buttons, for the person who asked.

        Nobody in particular (a greeting's person has the number 0): everyone may press them.
        """
        number = person.id.partition(":")[2]
        owner = None if number == "0" else person.id
        choices = [
            reply.choices[at : at + _CHOICES_A_ROW] for at in range(0, len(reply.choices), _CHOICES_A_ROW)
        ]
        rows: list[list[InlineKeyboardButton]] = []
        room = _A_KEYBOARD - sum(map(len, reply.buttons))
        for row in (*choices[: max(0, room // _CHOICES_A_ROW)], *reply.buttons):
            made = [self._button(button, owner, now) for button in row]
            rows += [made[start : start + _A_ROW] for start in range(0, len(made), _A_ROW)]
        return InlineKeyboardMarkup(rows) if rows else None

    def read(self, data: str, now: datetime) -> Press | None:
        """What the button stands for; None when it has expired or was used."""
        kind, _, rest = data.partition(":")
        if kind == "k":
            press, until = self._kept.get(rest, (None, now))
            return press if press is not None and until > now and press.mark not in self._used else None
        owner, _, rest = rest.partition(":")
        mark, _, rest = rest.partition(":")
        number = _number(owner)
        if kind != "p" or number is None or not mark or mark in self._used:
            return None
        command, _, words = rest.partition(" ")
        return Press(command, words, f"telegram:{number}" if number else None, "", mark)

    def spend(self, press: Press) -> None:
        """A button that serves one person serves once."""
        if press.owner is not None:
            self._used[press.mark] = None
            _shorten(self._used)

    def give_back(self, press: Press) -> None:
        """Nothing came of the press and its message stands: it may be pressed again."""
        self._used.pop(press.mark, None)

    # ------------------------------------------------------------ questions

    def put(self, press: Press, person: Person, chat: str, message: int, now: datetime) -> None:
        """The press's question stands in that message, for that person to answer."""
        self._questions[chat, message] = (replace(press, owner=person.id), now + _KEPT)
        _shorten(self._questions)

    def answered(self, chat: str, message: int, person: Person, now: datetime) -> Press | None:
        """What the answer to that message is for; a question is answered once."""
        press, until = self._questions.get((chat, message), (None, now))
        if press is None or until <= now or press.owner != person.id:
            return None
        del self._questions[chat, message]
        return press

    def _button(self, button: Button, owner: str | None, now: datetime) -> InlineKeyboardButton:
        label = button.label.strip()[:_LABEL] or "…"
        mark = secrets.token_urlsafe(6)
        number = int(owner.partition(":")[2]) if owner else 0
        data = f"p:{_short(number)}:{mark}:{button.command} {button.words}"
        if button.asks or len(data.encode()) > _BYTES:
            token = secrets.token_urlsafe(12)
            self._kept[token] = (Press(button.command, button.words, owner, button.asks, mark), now + _KEPT)
            _shorten(self._kept)
            data = f"k:{token}"
        return InlineKeyboardButton(label, callback_data=data)


def _shorten(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > _MOST:
        kept.popitem(last=False)


def _short(number: int) -> str:
    """A whole number in as few characters as int() can read back."""
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    return f"-{digits}" if number < 0 else digits


def _number(short: str) -> int | None:
    try:
        return int(short, 36)
    except ValueError:
        return None
