"""What models are asked by: texts in files, one a version, and the lines of sources in them."""

from __future__ import annotations

import hashlib
import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from digests.errors import ConfigError
from digests.text.languages import UNKNOWN, language_of
from digests.text.tokens import clean

NEWEST: Mapping[str, str] = {
    "brief": "brief-2", "several": "several-1", "note": "note-1", "ask": "ask-1", "interest": "interest-1",
    "translate": "translate-1",
}  # fmt: skip
"""The version of the package for each thing a model is asked for."""

_PARTS = ("version", "system", "schema_hint", "text_hint", "user", "again")
_NEEDED = frozenset(
    {"source", "question", "interest"}
)  # without them a model would not know what it is about
_VARIETIES: Mapping[str, str] = {
    "pt-br": "Brazilian Portuguese", "zh-hans": "Simplified Chinese", "zh-hant": "Traditional Chinese",
}  # fmt: skip

Messages = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts of one version; ``{…}`` in them is filled in for each question.

    ``{form}`` in ``system`` is where the hint on the form of the answer goes; without it, the
    hint stands at the end.
    """

    version: str
    system: str
    schema_hint: str
    text_hint: str
    user: str
    again: str

    @property
    def print(self) -> str:
        """The version with a fingerprint of the texts: a change under the same number is noticed."""
        texts = "\0".join((self.system, self.schema_hint, self.text_hint, self.user))
        return f"{self.version}.{hashlib.sha256(texts.encode()).hexdigest()[:8]}"

    def messages(self, fields: Mapping[str, object], *, schema: bool, again: str = "") -> Messages:
        """The conversation. ``schema``: the server is sent one; ``again``: what was wrong with the last answer.

        One system message and one of the user, also when it is asked again: many models' templates
        take no two of the same role in a row.
        """
        form = (self.schema_hint if schema else self.text_hint).format(**fields).strip()
        system = self.system if "{form}" in self.system else f"{self.system.strip()}\n\n{{form}}"
        user = self.user.format(**fields).strip()
        if again:
            user += "\n\n" + self.again.format(reason=again).strip()
        return [
            {"role": "system", "content": system.format(**fields, form=form).strip()},
            {"role": "user", "content": user},
        ]

    def fields(self) -> set[str]:
        """What is filled in: language, source, …. ``ValueError`` for an odd brace."""
        filled = (("", text) for text in (self.schema_hint, self.text_hint, self.user))
        found = set()
        for given, text in (("form", self.system), ("reason", self.again), *filled):
            for _, name, layout, conversion in string.Formatter().parse(text):
                if layout or conversion:
                    raise ValueError(f"{{{name}}} can have no layout")
                if name is not None and name != given:
                    found.add(name)
        return found


class Prompts:
    """The package's prompts, or those of ``folder`` in their places.

    A file there is named by what it asks for: ``brief.toml``, ``note.toml``, …. One that cannot
    be used is a ``ConfigError`` at once, not at the first digest.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"There is no folder {folder} for prompts; make it, or take out the setting.")
        self.brief, self.several, self.note, self.ask, self.interest, self.translate = (
            _own(folder, kind) or newest(kind) for kind in NEWEST
        )


def without_system(messages: Messages) -> Messages:
    """The conversation for a model that knows no system message: what it says opens the user's."""
    return [{"role": "user", "content": "\n\n".join(message["content"] for message in messages)}]


def newest(kind: str) -> Prompt:
    """The package's own prompt for one of ``NEWEST``."""
    return _packaged(NEWEST[kind])


def language_name(tag: str) -> str | None:
    """A language's English name, as a prompt says it; None where it has none here."""
    if variety := _VARIETIES.get(tag.casefold()):
        return variety
    known = language_of(tag)
    return known.name if known.code != UNKNOWN else None


def numbered(texts: Iterable[str], start: int = 1) -> str:
    """Each text on a line of its own behind its number, from ``start`` on."""
    return "\n".join(f"[{n}] {one_line(text)}" for n, text in enumerate(texts, start))


def one_line(text: str) -> str:
    """A source sentence that can't pass for another line of the prompt: one line, nothing invisible."""
    return re.sub(r"\s+", " ", clean(text)).strip()


@cache
def _packaged(version: str) -> Prompt:
    text = files("digests.brief.llm.prompts").joinpath(f"{version}.toml").read_text(encoding="utf-8")
    return Prompt(**tomllib.loads(text))


def _own(folder: Path | None, kind: str) -> Prompt | None:
    """The folder's prompt, which may fill in what the package's own does, and nothing else."""
    path = folder / f"{kind}.toml" if folder is not None else None
    if path is None or not path.exists():
        return None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        own = Prompt(**{part: str(table[part]) for part in _PARTS})
        known = newest(kind).fields()
        if unknown := own.fields() - known:
            raise ValueError(f"it fills in {', '.join(sorted(unknown))}, which it can't know")
        if missing := _NEEDED & known - own.fields():
            raise ValueError(f"it lacks {{{'}, {'.join(sorted(missing))}}}")
    except (OSError, KeyError, ValueError) as error:  # TOML's and Unicode's errors are ValueErrors
        raise ConfigError(
            f"The prompt {path} can't be used: {error}. It needs {', '.join(_PARTS)}."
        ) from error
    return own
