"""The table of a chat's settings holds together."""

from __future__ import annotations

import pytest

from bot.commands.settings.values import changed, every
from bot.config import ChatDefaults
from digests.model import ChatSettings
from digests.model.chats import GROUPS, Setting, chat_settings

ROWS = tuple(chat_settings().values())


def test_the_configuration_has_every_row_and_the_same_defaults() -> None:
    assert ChatDefaults().settings() == ChatSettings()
    assert set(ChatDefaults.model_fields) == {row.name for row in ROWS if row.configured}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_a_row_is_whole(row: Setting) -> None:
    assert row.group in GROUPS
    assert row.label
    assert row.kind != "choice" or row.default in row.words
    assert row.kind != "number" or row.least <= row.default <= row.most
    assert row.ask or row.kind in {"switch", "choice", "language"}


def test_rows_of_a_group_stand_together() -> None:
    groups = [row.group for row in ROWS]
    assert groups == sorted(groups, key=GROUPS.index)


def test_no_two_rows_have_one_name() -> None:
    names = [name for row in ROWS for name in (row.name, *row.also)]
    assert len(set(names)) == len(names)


def test_whatever_can_be_tapped_is_stored_and_kept_to_the_rules() -> None:
    for setting in every():
        for tap in setting.taps:
            assert isinstance(changed(ChatSettings(), setting, tap), ChatSettings), (setting.name, tap)
    number = next(setting for setting in every() if setting.name == "stories")
    assert "at most, 1 to 50" in str(changed(ChatSettings(), number, "51"))
    assert "at most, 1 to 50" in str(changed(ChatSettings(), number, "0"))
