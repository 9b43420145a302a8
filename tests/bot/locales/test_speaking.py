"""The language of a task, and what is said in it."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from bot.locales import LANGUAGES, _, _n, ago, day, listed, moment, nearest, number, speaking, spoken

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        (None, "en"), ("", "en"), ("de", "de"), ("de-AT", "de"), ("pt_br", "pt-BR"), ("pt", "pt-BR"),
        ("zh-TW", "zh-Hant"), ("zh-hans-cn", "zh-Hans"), ("zh", "zh-Hans"), ("tlh", "en"), ("EN-gb", "en"),
    ],
)  # fmt: skip
def test_nearest(tag: str | None, language: str) -> None:
    assert nearest(tag) == language


def test_language_ends_with_its_block() -> None:
    with speaking("ja") as language:
        assert language == spoken() == "ja"
        with speaking("fr"):
            assert spoken() == "fr"
        assert spoken() == "ja"
    assert spoken() == "en"


async def test_tasks_speak_their_own() -> None:
    async def said(tag: str) -> str:
        with speaking(tag):
            await asyncio.sleep(0)
            return day(date(2026, 11, 24))

    assert await asyncio.gather(said("de"), said("en"), said("ja")) == [
        "24. November 2026", "November 24, 2026", "2026年11月24日",
    ]  # fmt: skip


def test_unknown_words_stay_english() -> None:
    with speaking("de"):
        assert _("no catalogue has this sentence") == "no catalogue has this sentence"
        assert _n("{count} zzz", "{count} zzzs", 2).format(count=2) == "2 zzzs"


def test_dates_numbers_and_lists() -> None:
    with speaking("de"):
        assert number(1234.5) == "1.234,5"
        assert listed(["a", "b", "c"]) == "a, b und c"
        assert "13:00" in moment(NOON, "Europe/Berlin")
        assert ago(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), NOON) == "vor 3 Stunden"


def test_every_language_has_a_babel_locale() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert day(date(2026, 1, 2))
