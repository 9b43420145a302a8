"""Makes the catalogues from the code: ``python -m bot.locales.catalogues`` (``make locales``); of some
languages alone when they are named: ``python -m bot.locales.catalogues de``.

``newsdesk.pot`` holds every message, each ``<language>/LC_MESSAGES/newsdesk.po`` gets the new ones
to be translated and loses those that are gone, and each ``.mo`` is compiled from its ``.po``.
Nothing in them says when or where they were made, so they change only when the words do.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.locales import HERE, LANGUAGES

TEMPLATE = HERE / "newsdesk.pot"
CODE = HERE.parent.parent
FOLDERS = ("bot", "digests")
ENGLISH_ONLY = ("bot/dashboard/", "bot/cli/", "bot/demo/")
"""Folders of the code that speak English alone."""

_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "_n": (1, 2)}
_ONCE = datetime(2026, 1, 1, tzinfo=UTC)
_UNSAID = tuple(
    f'"{name}:'
    for name in ("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date",
                 "Last-Translator", "Language-Team", "Generated-By", "X-Generator")
)  # fmt: skip

_WIDTH = 100


def po_file(language: str) -> Path:
    """Where the translations into that language stand."""
    return HERE / language.replace("-", "_") / "LC_MESSAGES" / "newsdesk.po"


def extracted() -> Catalog:
    """Every message of the code."""
    catalog = _empty(None)
    found = [
        (f"{folder}/{name}", line, message, comments, context)
        for folder in FOLDERS
        for name, line, message, comments, context in extract_from_dir(
            CODE / folder,
            [("**.py", "python")],
            keywords=_KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
    ]
    for name, _line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        if not name.startswith(ENGLISH_ONLY):
            catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def updated(language: str, template: Catalog) -> Catalog:
    """The language's catalogue with the messages of the template."""
    file = po_file(language)
    catalog = _empty(language)
    if file.exists():
        with file.open("rb") as stream:
            catalog = read_po(stream, locale=language.replace("-", "_"))
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    _undated(catalog)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """The catalogue as the text of a ``.po`` or ``.pot`` file."""
    out = BytesIO()
    write_po(out, catalog, width=_WIDTH, include_lineno=False, ignore_obsolete=True, omit_header=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_UNSAID)).encode()


def as_mo(catalog: Catalog) -> bytes:
    """The catalogue compiled; what is not translated, or in some plural forms only, is left out."""
    whole = _empty(str(catalog.locale))
    for message in catalog:
        strings = [message.string] if isinstance(message.string, str) else message.string or [""]
        if message.id and all(strings) and not message.fuzzy:
            whole.add(message.id, message.string, context=message.context)
    out = BytesIO()
    write_mo(out, whole)
    return out.getvalue()


def make(languages: Sequence[str] = LANGUAGES[1:]) -> None:
    """Write the template and these languages' catalogues."""
    template = extracted()
    TEMPLATE.write_bytes(as_po(template))
    for language in languages:
        catalog = updated(language, template)
        file = po_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(as_po(catalog))
        file.with_suffix(".mo").write_bytes(as_mo(catalog))


def _empty(language: str | None) -> Catalog:
    catalog = Catalog(
        locale=language.replace("-", "_") if language else None,
        project="newsdesk",
        version="1",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        header_comment="# The words of newsdesk; made by `make locales`.",
        fuzzy=False,
    )
    _undated(catalog)
    return catalog


def _undated(catalog: Catalog) -> None:
    catalog.creation_date = catalog.revision_date = _ONCE
    catalog.fuzzy = False


if __name__ == "__main__":
    make(sys.argv[1:] or LANGUAGES[1:])
