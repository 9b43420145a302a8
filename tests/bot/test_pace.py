"""How late a source's news is, and why it is asked when it is, as people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.locales import LANGUAGES, speaking
from bot.reasons import pace
from digests.model import Demand, Failure, FailureKind, PollState, Rhythm, Source

NOW = datetime(2026, 11, 24, 6, 50, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOURCE = Source(id=1, url="https://feed.example/")
FINE = PollState(
    last_ok=NOW,
    next_poll=NOW + 5 * MINUTE,
    interval=12 * MINUTE,
    rhythm=Rhythm(late=(60, 300, 40_000)),
)
AT_ONCE = Demand(at_once=True)


def said(demand: Demand = AT_ONCE, state: PollState = FINE, zone: str = "Europe/Berlin") -> str:
    return pace(SOURCE, state, demand, NOW, zone)


def test_who_waits_is_the_reason() -> None:
    assert said() == "news found 5 min after it is published · asked about every 12 min: followed at once"
    assert said(Demand()).endswith("asked once a day: nobody follows it")
    assert said(Demand(digest=NOW + 10 * MINUTE)).endswith("next asked 07:55, for the digest at 08:00")
    pushed = replace(FINE, pushed_until=NOW + MINUTE)
    assert said(AT_ONCE, pushed).endswith("its hub says what is new")
    ended = replace(FINE, pushed_until=NOW)
    assert said(AT_ONCE, ended).endswith("followed at once")


def test_a_moment_that_is_not_within_a_day_has_its_date() -> None:
    weekly = said(Demand(digest=NOW + timedelta(days=3)))
    assert "next asked 07:55" in weekly
    assert "11/27/26" in weekly


def test_nothing_is_said_that_is_not_known() -> None:
    assert said(AT_ONCE, replace(FINE, rhythm=Rhythm())) == "asked about every 12 min: followed at once"
    due = replace(FINE, next_poll=NOW, rhythm=Rhythm())
    assert said(Demand(digest=NOW + MINUTE), due) == ""


@pytest.mark.parametrize(
    "state",
    [
        replace(FINE, ended=True),
        replace(FINE, last_ok=None),
        replace(FINE, failure=Failure(FailureKind.TIMEOUT, "The answer took too long")),
    ],
)
def test_of_one_that_is_not_asked_well_the_health_says_it_all(state: PollState) -> None:
    assert said(AT_ONCE, state) == ""
    assert pace(replace(SOURCE, paused=True), FINE, AT_ONCE, NOW, "UTC") == ""


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_says_it_in_its_own_words(language: str) -> None:
    for demand in (AT_ONCE, Demand(), Demand(digest=NOW + 10 * MINUTE)):
        english = said(demand)
        with speaking(language):
            theirs = said(demand)
        assert theirs
        assert not set(theirs.split(" · ")) & set(english.split(" · "))
