"""What a model may be asked beside a brief: its prompt from a file, its schema, and how its lines are read."""

from __future__ import annotations

import hashlib
import re
import string
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from digests.brief.model_server import Account, Messages, Question
from digests.brief.orders import gives_orders
from digests.brief.prompt import one_line
from digests.errors import ConfigError
from digests.model import Failure

Answer = TypeVar("Answer")

NEWEST: Mapping[str, str] = {
    "note": "note-1", "ask": "ask-1", "interest": "interest-1", "translate": "translate-1",
}  # fmt: skip
"""The version of the package for each thing a model is asked for beside briefs."""

_PARTS = ("version", "system", "schema_hint", "text_hint", "user", "again")

LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "pt": "Portuguese",
    "pt-br": "Brazilian Portuguese", "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
    "zh-hans": "Simplified Chinese", "zh-hant": "Traditional Chinese",
}  # fmt: skip

_LINE = re.compile(r"^\W{0,4}(\d{1,3})\s*[:.)\]]\s*(.+)$")


@dataclass(frozen=True, slots=True)
class Task:
    """The texts of one version of a prompt; ``{…}`` in them is filled in for each question."""

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

    def question(
        self,
        read: Callable[[str], Answer | Failure],
        *,
        schema: Mapping[str, Any],
        fields: Mapping[str, object],
        account: Account,
        output_tokens: int = 800,
    ) -> Question[Answer]:
        """The question to a model's server; ``fields`` fill in the texts."""

        def messages(with_schema: bool, again: str) -> Messages:
            form = self.schema_hint if with_schema else self.text_hint
            asked: Messages = [
                {"role": "system", "content": self.system.format(**fields, form=form).strip()},
                {"role": "user", "content": self.user.format(**fields).strip()},
            ]
            if again:
                asked.append({"role": "user", "content": self.again.format(reason=again).strip()})
            return asked

        return Question(messages, read, dict(schema), output_tokens, (account,))


class Tasks:
    """The package's prompts, or those of ``folder`` in their places: ``note.toml``, ``ask.toml``, ….

    One that cannot be used is a ``ConfigError`` at once, not at the first digest.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.note, self.ask, self.interest, self.translate = (
            _own(folder, kind) or task(version) for kind, version in NEWEST.items()
        )


@cache
def task(version: str) -> Task:
    """A prompt of the package by its version."""
    text = files("digests.brief.prompts").joinpath(f"{version}.toml").read_text(encoding="utf-8")
    return Task(**tomllib.loads(text))


def _own(folder: Path | None, kind: str) -> Task | None:
    """The folder's prompt, which may fill in what the package's own does, and nothing else."""
    path = folder / f"{kind}.toml" if folder is not None else None
    if path is None or not path.exists():
        return None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        own = Task(**{part: str(table[part]) for part in _PARTS})
        known = _fields(task(NEWEST[kind]))
        if unknown := _fields(own) - known:
            raise ValueError(f"it fills in {', '.join(sorted(unknown))}, which it can't know")
        if missing := {"source", "question", "interest"} & known - _fields(own):
            raise ValueError(f"it lacks {{{'}, {'.join(sorted(missing))}}}")
    except (OSError, KeyError, ValueError) as error:  # TOML's and Unicode's errors are ValueErrors
        raise ConfigError(
            f"The prompt {path} can't be used: {error}. It needs {', '.join(_PARTS)}."
        ) from error
    return own


def _fields(prompt: Task) -> set[str]:
    """What a prompt has filled in: {language}, {source}, …. ``ValueError``: an odd brace."""
    texts = (("form", prompt.system), ("", prompt.user), ("reason", prompt.again))
    return {
        name
        for own, text in texts
        for _, name, _, _ in string.Formatter().parse(text)
        if name is not None and name != own
    }


def language_name(tag: str) -> str:
    """A language's English name, as a prompt says it; its tag where it has none here."""
    tag = tag.casefold()
    return LANGUAGES.get(tag) or LANGUAGES.get(tag.partition("-")[0]) or tag


def numbered(texts: Iterable[str]) -> str:
    """Texts on a line each, behind their numbers from 1."""
    return "\n".join(f"[{n}] {one_line(text)}" for n, text in enumerate(texts, 1))


def usable(text: str) -> bool:
    """Whether a source sentence may be shown to a model."""
    return bool(one_line(text)) and not gives_orders(text)


def numbered_lines(answer: str) -> dict[int, str]:
    """What a plain answer says behind each number."""
    found = (_LINE.match(line.strip()) for line in answer.splitlines()[:500])
    return {int(match[1]): match[2].strip() for match in found if match}


def schema_of(name: str, **properties: Any) -> dict[str, Any]:
    """OpenAI's ``json_schema`` for one object all of whose properties are required."""
    return {"name": name, "strict": True, "schema": object_of(**properties)}


def object_of(**properties: Any) -> dict[str, Any]:
    """The JSON schema of an object all of whose properties are required."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of a list."""
    return {"type": "array", "items": dict(items)}


TEXT: Mapping[str, Any] = {"type": "string"}
NUMBER: Mapping[str, Any] = {"type": "number"}
CITED = list_of(object_of(text=TEXT, cites=list_of({"type": "integer"})))
"""Sentences with the numbers of the sentences they rest on."""
