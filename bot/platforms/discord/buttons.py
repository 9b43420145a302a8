"""Buttons and lists that remember who they are for and what they do, in Discord's 100 characters.

What a press does is written into the button's ``custom_id`` (a choice's value), so that it works after
a restart; only words too long for that, and questions, are kept in memory. Every rendering has its own
mark, and a mark serves once.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.conversation import Button, thumbs
from bot.locales import _
from bot.render.clean import clean
from bot.render.discord_messages import Opens
from bot.render.discord_messages import Press as Shown
from digests.model import Chat

_PREFIX = "nd1"
_LONGEST_ID = 100
_LONGEST_LABEL = 80
_A_ROW = 5
_ROWS = 5
_A_LIST = 25
_REMEMBERED = 10_000
_KEPT = "~"  # stands where the words would, when they are kept in memory
_CHOSEN = "="  # stands where the command would, when the chosen value names it
_MODES = {(False, False): "n", (True, False): "e", (False, True): "N", (True, True): "E"}
_UNDER_DIGEST = "d"  # the mark of every button under a digest
_TITLE, _HINT, _LONGEST_ANSWER = 45, 100, 500  # characters of a question's window
_PATIENCE = 600.0  # seconds a question may stand open


@dataclass(frozen=True, slots=True)
class Press:
    """What a press does for its person. ``owner`` 0: for everyone.

    ``replaces``: the answer takes the place of the message. ``asks`` is put to the person first, and
    their answer follows the words.
    """

    owner: int
    mark: str
    replaces: bool
    command: str
    words: str
    asks: str = ""

    @property
    def quiet(self) -> bool:
        """Stands under a digest: what comes of it is for the one who pressed."""
        return not self.owner and self.mark == _UNDER_DIGEST


def under_stories(chat: Chat) -> tuple[tuple[Shown, ...], Opens | None]:
    """What stands under a message that tells stories, and what opens one of them; always the same."""
    below = tuple((one.label, _digest_id(one.command, one.words)) for one in thumbs(chat, (0,)))
    if not below:
        return (), None
    return below, lambda story: ("⋯", _digest_id("story", f"={story}"))


def _digest_id(command: str, words: str) -> str:
    return f"{_PREFIX}:0:{_UNDER_DIGEST}:n:{command}:{words}"


class Buttons:
    """Draws buttons and lists, and reads presses."""

    def __init__(self) -> None:
        self._words: OrderedDict[str, str] = OrderedDict()
        self._asks: OrderedDict[str, str] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()

    def view(
        self,
        rows: tuple[tuple[Button, ...], ...],
        owner: int,
        command: str,
        choices: tuple[Button, ...] = (),
    ) -> discord.ui.View | None:
        """A list of the choices and up to 25 buttons for ``owner`` under an answer to ``command``.

        None when there are none. What sends the same command again is a step in a menu: it replaces
        the message. Rows are kept where Discord has room for them, else filled up one after another.
        """
        view = discord.ui.View(timeout=None)
        # the buttons that lead on and back come first: a list is cut rather than they
        lists = [choices[at : at + _A_LIST] for at in range(0, len(choices), _A_LIST)][: _ROWS - bool(rows)]
        for place, some in enumerate(lists):
            view.add_item(self._list(some, owner, command, place))
        room = _ROWS - len(lists)
        buttons = [button for row in rows for button in row][: _A_ROW * room]
        if not buttons and not lists:
            return None
        as_drawn = len(rows) <= room and all(len(row) <= _A_ROW for row in rows)
        places = [y for y, row in enumerate(rows) for _button in row] if as_drawn else None
        for index, button in enumerate(buttons):
            row = len(lists) + (places[index] if places is not None else index // _A_ROW)
            label = clean(button.label, _LONGEST_LABEL) or button.command
            view.add_item(
                discord.ui.Button(
                    label=label, row=row, custom_id=self._id(button, owner, button.command == command)
                )
            )
        view.stop()  # presses are read from their ids: discord.py need not remember the view
        return view

    def _list(
        self, choices: tuple[Button, ...], owner: int, command: str, row: int
    ) -> discord.ui.Select[discord.ui.View]:
        mode = "e" if all(choice.command == command for choice in choices) else "n"
        made: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id=f"{_PREFIX}:{owner:x}:{secrets.token_urlsafe(6)}:{mode}:{_CHOSEN}:",
            placeholder=_("Choose…"),
            row=row,
        )
        for choice in choices:
            value = f"{choice.command} {choice.words}"
            if len(value) > _LONGEST_ID:
                value = _KEPT + secrets.token_urlsafe(9)
                self._keep(value, f"{choice.command} {choice.words}")
            made.add_option(label=clean(choice.label, _LONGEST_ID) or choice.command, value=value)
        return made

    def _id(self, button: Button, owner: int, replaces: bool) -> str:
        mark = secrets.token_urlsafe(6)
        mode = _MODES[replaces, bool(button.asks)]
        if button.asks:
            self._asks[mark] = button.asks
            _shorten(self._asks)
        head = f"{_PREFIX}:{owner:x}:{mark}:{mode}:{button.command}:"
        if len(head) + len(button.words) <= _LONGEST_ID and button.words != _KEPT:
            return head + button.words
        self._keep(mark, button.words)
        return head + _KEPT

    def _keep(self, key: str, words: str) -> None:
        self._words[key] = words
        _shorten(self._words)

    def read(self, custom_id: str, values: list[str] | None = None) -> Press | None:
        """What a press means; None when it was used, or its words went with a restart.

        ``values`` are what was chosen in a list.
        """
        prefix, *fields = custom_id.split(":", 5)
        if prefix != _PREFIX or len(fields) != 5:
            return None
        owner, mark, mode, command, words = fields
        number = _number(owner)
        if number is None or mark in self._used:
            return None
        if command == _CHOSEN:
            chosen = values[0] if values else ""
            whole = self._words.get(chosen) if chosen.startswith(_KEPT) else chosen
            command, _space, words = (whole or "").partition(" ")
            if not command:
                return None
        elif words == _KEPT:
            kept = self._words.get(mark)
            if kept is None:
                return None
            words = kept
        asks = self._asks.get(mark, _("Your answer")) if mode.isupper() else ""
        return Press(number, mark, mode.casefold() == "e", command, words, asks)

    def spend(self, press: Press) -> bool:
        """The press is being carried out: the button serves no more. False when it served already."""
        if press.mark in self._used:
            return False
        if press.owner:
            self._used[press.mark] = None
            _shorten(self._used)
        return True

    def give_back(self, press: Press) -> None:
        """Nothing came of the press and its message stands: it may be pressed again."""
        self._used.pop(press.mark, None)


class Question(discord.ui.Modal):
    """A window that puts a press's question; ``answered`` gets what the person wrote."""

    def __init__(
        self, press: Press, answered: Callable[[discord.Interaction[Any], Press, str], Awaitable[None]]
    ) -> None:
        super().__init__(title=clean(press.asks, _TITLE) or "?", timeout=_PATIENCE)
        self._press = press
        self._answered = answered
        self._field: discord.ui.TextInput[Question] = discord.ui.TextInput(
            label=_("Your answer"), placeholder=clean(press.asks, _HINT), max_length=_LONGEST_ANSWER
        )
        self.add_item(self._field)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await self._answered(interaction, self._press, self._field.value.strip())


def _number(owner: str) -> int | None:
    try:
        return int(owner, 16)
    except ValueError:
        return None


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)
