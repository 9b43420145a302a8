"""The list of the platforms, and what is asked of it."""

from __future__ import annotations

import pytest

from bot.config import Settings
from bot.platforms import can, chat_id, chats_like, paces, people_like, person_id, platforms
from bot.platforms.platform import Can


@pytest.mark.parametrize(
    ("typed", "here", "found"),
    [
        ("telegram:5", "", "telegram:5"),
        ("telegram:<@5>", "discord", "telegram:5"),
        ("<@!5>", "discord", "discord:5"),
        ("5", "telegram", "telegram:5"),
        ("5", "", None),
        ("5", "nowhere", None),
        ("telegram:five", "telegram", None),
        ("nowhere:5", "telegram", None),
        ("telegram:", "telegram", None),
        ("", "telegram", None),
    ],
)
def test_a_persons_id_is_known_however_it_is_typed(typed: str, here: str, found: str | None) -> None:
    assert person_id(typed, here) == found


def test_a_chats_id_has_its_platforms_form() -> None:
    assert chat_id("telegram:-100123") == ("telegram", "-100123")
    assert chat_id("discord:-100123") is None
    assert chat_id("-100123") is None


def test_an_example_is_of_the_form_it_is_an_example_of() -> None:
    for platform in platforms().values():
        assert person_id(f"{platform.name}:{platform.person_like}")
        assert chat_id(f"{platform.name}:{platform.chat_like}")
    assert people_like().startswith("telegram:123456 or discord:123456")
    assert chats_like().startswith("telegram:-100123456 or discord:123456")


def test_every_platform_is_paced_and_off_until_it_is_configured() -> None:
    settings = Settings()
    for name, platform in platforms().items():
        assert paces()[name].chat
        assert not settings.of(platform).wanted
        assert not settings.of(platform).mentionable()


def test_what_is_not_known_can_nothing_special() -> None:
    assert can("discord", Can.WHISPER)
    assert not can("telegram", Can.WHISPER)
    assert not can("carrier pigeons", Can.WHISPER)
