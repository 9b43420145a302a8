"""Every message of the code in every language: there, whole, and fit for where it is shown."""

from __future__ import annotations

import gettext
import re
from functools import cache
from string import Formatter

import polib
import pytest
from babel import Locale
from babel.messages.plurals import get_plural

from bot.commands import COMMANDS
from bot.conversation import Command
from bot.locales import HERE, LANGUAGES, _, catalogues, speaking

OTHERS = LANGUAGES[1:]
FOLDERS = [language.replace("-", "_") for language in OTHERS]
_TYPED = re.compile(
    r"(?<![\w/<])/[a-z]+(?![\w/])|\[(?:access|discord|openai|dashboard)\]|https?://(?:\w\S*?(?=[\s,.]|$))?"
)
"""What stays as it is in every language: commands, sections of the configuration, addresses."""


@cache
def entries(folder: str) -> tuple[polib.POEntry, ...]:
    return tuple(polib.pofile(str(HERE / folder / "LC_MESSAGES" / "newsdesk.po")))


def forms(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Each translation beside the English it stands for."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid_plural, said) for said in entry.msgstr_plural.values()]


def fields(text: str) -> set[str]:
    return {name for _words, name, _spec, _how in Formatter().parse(text) if name is not None}


def ids(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


@pytest.mark.slow
def test_the_template_holds_the_messages_of_the_code() -> None:
    found = polib.pofile(catalogues.as_po(catalogues.extracted()).decode())
    written = polib.pofile(str(catalogues.TEMPLATE))
    assert {ids(e) for e in written} == {ids(e) for e in found}, "run `make locales`"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_catalogue_holds_the_messages_of_the_template(folder: str) -> None:
    template = polib.pofile(str(catalogues.TEMPLATE))
    assert {ids(e) for e in entries(folder)} == {ids(e) for e in template}, "run `make locales`"


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_is_translated(folder: str) -> None:
    assert [e.msgid for e in entries(folder) if not e.translated() or e.fuzzy] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_plural_form_is_there(folder: str) -> None:
    plural = get_plural(Locale.parse(folder))
    header = polib.pofile(str(HERE / folder / "LC_MESSAGES" / "newsdesk.po")).metadata["Plural-Forms"]
    assert header.replace(" ", "") == f"nplurals={plural.num_plurals};plural={plural.plural_expr};".replace(
        " ", ""
    )
    counted = [e for e in entries(folder) if e.msgid_plural and any(e.msgstr_plural.values())]
    wanted = set(range(plural.num_plurals))
    assert [e.msgid for e in counted if {k for k, v in e.msgstr_plural.items() if v} != wanted] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_placeholders_are_those_of_the_english(folder: str) -> None:
    """Only the count may be left out, where it is said in words."""
    wrong = []
    for entry in entries(folder):
        for english, said in forms(entry):
            missing, more = fields(english) - fields(said), fields(said) - fields(english)
            if said and (more or (missing - {"count", "n"} if entry.msgid_plural else missing)):
                wrong.append(said)
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_typed_stays_as_it_is(folder: str) -> None:
    wrong = [
        said
        for entry in entries(folder)
        for english, said in forms(entry)
        if said and set(_TYPED.findall(english)) - set(_TYPED.findall(said))
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_messages_begin_and_end_like_the_english(folder: str) -> None:
    def edges(text: str) -> tuple[str, str, bool, int]:
        stop = text.rstrip()[-1:] in ".。।"
        return (
            text[: len(text) - len(text.lstrip())],
            text[len(text.rstrip()) :],
            stop,
            text.count("\n"),
        )

    wrong = [
        said
        for entry in entries(folder)
        for english, said in forms(entry)
        if said and edges(said) != edges(english)
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_messages_hold_no_markup(folder: str) -> None:
    odd = re.compile(r"</?[a-z]+>|\*\*|__|`|&[a-z]+;|[\u202a-\u202e\u2066-\u2069\u200b\ufeff]")
    assert [s for e in entries(folder) for _english, s in forms(e) if odd.search(s)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_compiled_catalogue_is_that_of_the_text(folder: str) -> None:
    file = HERE / folder / "LC_MESSAGES" / "newsdesk.mo"
    compiled = {ids(e): (e.msgstr, e.msgstr_plural) for e in polib.mofile(str(file)) if e.msgid}
    whole = [e for e in entries(folder) if e.translated() and not e.fuzzy]
    assert compiled == {ids(e): (e.msgstr, e.msgstr_plural) for e in whole}, "run `make locales`"
    with file.open("rb") as stream:
        assert gettext.GNUTranslations(stream).info()["language"] == folder


def all_of(commands: tuple[Command, ...]) -> list[Command]:
    return [one for command in commands for one in (command, *all_of(command.sub))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_descriptions_fit_into_discord_s_hundred_characters(language: str) -> None:
    with speaking(language):
        said = [
            _(text)
            for command in all_of(COMMANDS)
            for text in (command.help, *(option.help for option in command.options))
        ]
        menu = _("Summarize")
    assert [text for text in said if not 1 <= len(text) <= 100] == []
    assert 1 <= len(menu) <= 32


@pytest.mark.parametrize("folder", FOLDERS)
def test_command_names_stay_english(folder: str) -> None:
    """A name is typed on both platforms, and the help texts name it."""
    assert [e.msgid for e in entries(folder) if e.msgctxt == "command"] == []


@pytest.mark.slow
def test_making_them_anew_changes_nothing() -> None:
    template = catalogues.extracted()
    for language in OTHERS:
        made = catalogues.updated(language, template)
        assert catalogues.po_file(language).with_suffix(".mo").read_bytes() == catalogues.as_mo(made)
