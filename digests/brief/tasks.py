"""What a model may be asked beside a brief: its prompt from a file, its schema, and how its lines are read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from digests.brief.model_server import Account, Messages, Question
from digests.brief.orders import gives_orders
from digests.brief.prompt import one_line
from digests.model import Failure

Answer = TypeVar("Answer")

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


@cache
def task(version: str) -> Task:
    """A prompt of the package by its version."""
    text = files("digests.brief.prompts").joinpath(f"{version}.toml").read_text(encoding="utf-8")
    return Task(**tomllib.loads(text))


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
