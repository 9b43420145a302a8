"""Questions to a model beside a brief: how they are put, their schemas, and how their lines are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from digests.brief.grounding.prompt_injection import gives_orders
from digests.brief.llm.model_server import Account, Question
from digests.brief.llm.prompt import Prompt, one_line
from digests.model import Failure

Answer = TypeVar("Answer")

_LINE = re.compile(r"^\W{0,4}(\d{1,3})\s*[:.)\]]\s*(.+)$")


def question_by(
    prompt: Prompt,
    read: Callable[[str], Answer | Failure],
    *,
    schema: Mapping[str, Any],
    fields: Mapping[str, object],
    account: Account,
    output_tokens: int = 800,
    fitted: Callable[[int], Question[Answer]] | None = None,
) -> Question[Answer]:
    """The question to a model's server; ``fields`` fill in the prompt's texts."""
    return Question(
        lambda with_schema, again: prompt.messages(fields, schema=with_schema, again=again),
        read,
        dict(schema),
        output_tokens,
        (account,),
        size=len(str(fields["source"]).encode()),
        fitted=fitted,
    )


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
