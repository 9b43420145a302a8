"""Buttons that remember who they are for and what they do, in Discord's 100 characters.

What a press does is written into the button's ``custom_id``, so that it works after a restart;
only words too long for that are kept in memory. Every rendering has its own mark, and a mark
serves once.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass

import discord

from bot.conversation import Button
from bot.render.clean import clean

_PREFIX = "nd1"
_LONGEST_ID = 100
_LONGEST_LABEL = 80
_A_ROW = 5
_ROWS = 5
_REMEMBERED = 10_000
_KEPT = "~"  # stands where the words would, when they are kept in memory


@dataclass(frozen=True, slots=True)
class Press:
    """What a button does for its person. ``replaces``: the answer takes the place of the message."""

    owner: int
    mark: str
    replaces: bool
    command: str
    words: str


class Buttons:
    """Draws buttons and reads presses."""

    def __init__(self) -> None:
        self._words: OrderedDict[str, str] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()

    def view(self, rows: tuple[tuple[Button, ...], ...], owner: int, command: str) -> discord.ui.View | None:
        """Up to 25 buttons for ``owner`` under an answer to ``command``; None when there are none.

        A button that sends the same command again is a step in a menu: it replaces the message.
        Rows are kept where Discord has room for them, else filled up one after another.
        """
        buttons = [button for row in rows for button in row][: _A_ROW * _ROWS]
        if not buttons:
            return None
        as_drawn = len(rows) <= _ROWS and all(len(row) <= _A_ROW for row in rows)
        places = [y for y, row in enumerate(rows) for _ in row] if as_drawn else None
        view = discord.ui.View(timeout=None)
        for index, button in enumerate(buttons):
            row = places[index] if places is not None else index // _A_ROW
            label = clean(button.label, _LONGEST_LABEL) or button.command
            view.add_item(
                discord.ui.Button(
                    label=label, row=row, custom_id=self._id(button, owner, button.command == command)
                )
            )
        view.stop()  # presses are read from their ids: discord.py need not remember the view
        return view

    def _id(self, button: Button, owner: int, replaces: bool) -> str:
        mark = secrets.token_urlsafe(6)
        head = f"{_PREFIX}:{owner:x}:{mark}:{'e' if replaces else 'n'}:{button.command}:"
        if len(head) + len(button.words) <= _LONGEST_ID and button.words != _KEPT:
            return head + button.words
        self._words[mark] = button.words
        while len(self._words) > _REMEMBERED:
            self._words.popitem(last=False)
        return head + _KEPT

    def read(self, custom_id: str) -> Press | None:
        """What a press means; None when it was used, or its words went with a restart."""
        prefix, *fields = custom_id.split(":", 5)
        if prefix != _PREFIX or len(fields) != 5:
            return None
        owner, mark, mode, command, words = fields
        if mark in self._used or not owner.isalnum():
            return None
        if words == _KEPT:
            kept = self._words.get(mark)
            if kept is None:
                return None
            words = kept
        return Press(int(owner, 16), mark, mode == "e", command, words)

    def spend(self, press: Press) -> None:
        """The press is being carried out: the button serves no more."""
        self._used[press.mark] = None
        while len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)

    def give_back(self, press: Press) -> None:
        """Nothing came of the press and its message stands: it may be pressed again."""
        self._used.pop(press.mark, None)
