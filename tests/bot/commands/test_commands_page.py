"""docs/commands.md and the help say what the definitions say."""

from __future__ import annotations

from bot.commands import COMMANDS
from bot.commands.__main__ import FILE, page
from bot.commands.registry import TOPICS, of_topic
from bot.locales import LANGUAGES
from bot.packs import packs


def test_the_page_is_that_of_the_definitions() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run python -m bot.commands"


def test_every_command_has_a_topic() -> None:
    named = [command.name for topic in TOPICS for command in of_topic(topic)]
    assert named == [command.name for command in COMMANDS]


def test_every_pack_is_well_formed() -> None:
    assert {pack.language for pack in packs()} == set(LANGUAGES)
    urls = [source.url for pack in packs() for source in pack.sources]
    assert len(urls) == len(set(urls))
    for pack in packs():
        assert 1 < len(pack.sources) < 6
        assert all(source.url.startswith("https://") and source.name for source in pack.sources)
