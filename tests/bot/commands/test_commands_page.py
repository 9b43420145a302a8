"""docs/commands.md and the help say what the definitions say."""

from __future__ import annotations

from bot.commands import COMMANDS
from bot.commands.document import FILE, page
from bot.commands.help import TOPICS
from bot.locales import LANGUAGES
from bot.packs import packs


def test_the_page_is_that_of_the_definitions() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run python -m bot.commands.document"


def test_every_command_has_a_topic() -> None:
    named = [name for names in TOPICS.values() for name in names]
    assert sorted(named) == sorted(command.name for command in COMMANDS)


def test_every_pack_is_well_formed() -> None:
    assert {pack.language for pack in packs()} == set(LANGUAGES)
    urls = [source.url for pack in packs() for source in pack.sources]
    assert len(urls) == len(set(urls))
    for pack in packs():
        assert 1 < len(pack.sources) < 6
        assert all(source.url.startswith("https://") and source.name for source in pack.sources)
