"""Time zones by the names people use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands.zones import city, find_zones
from bot.locales import speaking

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Berlin", "Europe/Berlin"), ("são paulo", "America/Sao_Paulo"), ("Sao Paulo", "America/Sao_Paulo"),
        ("Kyiv", "Europe/Kyiv"), ("Kiev", "Europe/Kyiv"), ("New York", "America/New_York"),
        ("Нью-Йорк", "America/New_York"), ("柏林", "Europe/Berlin"), ("東京", "Asia/Tokyo"),
        ("北京", "Asia/Shanghai"), ("München", "Europe/Berlin"), ("Calcutta", "Asia/Kolkata"),
        ("India", "Asia/Kolkata"), ("UTC", "UTC"), ("europe/paris", "Europe/Paris"),
    ],
)  # fmt: skip
def test_a_name_is_certain(typed: str, zone: str) -> None:
    assert find_zones(typed, NOW) == ((zone,), True)


def test_a_country_of_many_zones_and_a_beginning_are_choices() -> None:
    zones, certain = find_zones("Brazil", NOW)
    assert {"America/Sao_Paulo", "America/Manaus"} <= set(zones)
    assert not certain
    zones, certain = find_zones("new", NOW)
    assert {"America/New_York", "America/North_Dakota/New_Salem"} <= set(zones)
    assert not certain


def test_a_slip_is_a_guess_and_nonsense_nothing() -> None:
    assert find_zones("Londn", NOW) == (("Europe/London",), False)
    assert find_zones("Xyzzyburg", NOW) == ((), False)
    assert find_zones(" ,. ", NOW) == ((), False)


def test_a_city_is_named_in_the_language_spoken() -> None:
    with speaking("ru"):
        assert city("Europe/Kyiv") == "Киев"
    with speaking("en"):
        assert city("Europe/Kyiv") == "Kyiv"
        assert city("America/New_York") == "New York"
