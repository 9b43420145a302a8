"""Each language calls a thing by one word: those of ``terms.toml``, and none that was tried and misread."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from babel.messages.pofile import read_po

from bot.commands.rhythm import rhythm
from bot.locales import HERE, LANGUAGES, speaking
from bot.locales.catalogues import po_file
from digests.model import ChatSettings

TERMS: dict[str, dict[str, Any]] = tomllib.loads((HERE / "terms.toml").read_text(encoding="utf-8"))
SAID = {
    "digest": "a digest",
    "brief": "Translate briefs",
    "summary": "{count} summary an hour",
    "source": "{count} source",
    "story": "a story",
}


def sentences(language: str) -> dict[str, list[str]]:
    """Each English message with all that is said for it."""
    with po_file(language).open("rb") as file:
        catalogue = read_po(file)
    found = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = [message.string] if isinstance(message.string, str) else list(message.string)
    return found


def test_every_language_has_its_terms() -> None:
    assert {"en", *TERMS} == set(LANGUAGES)


@pytest.mark.parametrize("language", TERMS)
def test_a_thing_is_called_by_its_one_word(language: str) -> None:
    terms, said = TERMS[language], sentences(language)
    for term, message in SAID.items():
        assert any(terms[term][:4].casefold() in one.casefold() for one in said[message]), (
            term,
            said[message],
        )
    every = [one for of_message in said.values() for one in of_message]
    assert [one for one in every if any(word in one for word in terms["avoid"])] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cadence", ["weekdays 07:30", "sat,sun 10:00", "daily 08:00", "monthly 3 09:00"])
def test_a_sentence_ends_once(language: str, cadence: str) -> None:
    """Short names of days end with a full stop in some languages: a sentence has the whole ones."""
    with speaking(language):
        said = rhythm(ChatSettings(cadence=cadence, zone="Europe/Berlin"))
    wrong = ("..", "。。", ".)", "Mo. ", "lun. ", "Mon to")
    assert not any(one in said for one in wrong), said
