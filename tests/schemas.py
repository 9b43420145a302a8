"""Checks requests against the platforms' own descriptions of their interfaces, where those are at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parents[1].parent / "shared" / "lab" / "platforms"
TELEGRAM, DISCORD = HERE / "telegram-bot-api-10.1.json", HERE / "discord-openapi.json"


@cache
def described(file: Path) -> dict[str, Any]:
    """The description; the test is skipped without it."""
    if not file.is_file():
        pytest.skip(f"{file.name} is not at hand")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


# ---------------------------------------------------------------- Telegram


def telegram_faults(method: str, params: Mapping[str, Any]) -> list[str]:
    """What of a call of the Bot API its description does not know or allow."""
    spec = described(TELEGRAM)
    methods = {name.lower(): one for name, one in spec["methods"].items()}
    if method.lower() not in methods:
        return [f"{method}: no such method"]
    return list(_fields(params, methods[method.lower()].get("fields", []), method, spec["types"]))


def described_as(kind: str, value: Any) -> bool:
    """Whether a value is what the description says of that type of the Bot API."""
    return _fits(value, kind, described(TELEGRAM)["types"])


def _fields(given: Mapping[str, Any], known: list[Any], where: str, types: Any) -> Iterator[str]:
    fields = {field["name"]: field for field in known}
    for name, value in given.items():
        if name not in fields:
            yield f"{where}.{name}: not known"
        elif not any(_fits(value, kind, types) for kind in fields[name]["types"]):
            yield f"{where}.{name}: {json.dumps(value, ensure_ascii=False, default=str)[:90]} is no {fields[name]['types']}"
    for name, field in fields.items():
        if field["required"] and name not in given:
            yield f"{where}.{name}: missing"


def _fits(value: Any, kind: str, types: Any) -> bool:
    if kind.startswith("Array of "):
        value = _parsed(value)
        return isinstance(value, list) and all(
            any(_fits(one, inner, types) for inner in kind[9:].split(" or ")) for one in value
        )
    match kind:
        case "Integer":
            return re.fullmatch(r"-?\d+", str(value)) is not None and not isinstance(value, bool)
        case "Float":
            return re.fullmatch(r"-?\d+(\.\d+)?", str(value)) is not None
        case "Boolean":
            return str(value).lower() in ("true", "false")
        case "String":
            return isinstance(value, str)
        case "InputFile":
            return True  # a file as it came, or the name of one
    if kind == "RichText" and isinstance(value, str):
        return True
    if kind == "RichText" and isinstance(value, list):
        return all(_fits(one, kind, types) for one in value)
    value = _parsed(value)
    described_type = types.get(kind)
    if described_type is None or not isinstance(value, dict):
        return False
    if "fields" not in described_type:
        return any(_fits(value, one, types) for one in described_type.get("subtypes", []))
    return not list(_fields(value, described_type["fields"], kind, types))


def _parsed(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value


# ---------------------------------------------------------------- Discord


def discord_faults(method: str, path: str, body: Any) -> list[str]:
    """What of a request to Discord its description does not allow. discord.py's own additions to a body are
    not looked for: the description lets unknown ones pass."""
    schema = pytest.importorskip("jsonschema")
    spec = described(DISCORD)
    operation = _operation(spec, method, path)
    if operation is None:
        return [f"{method} {path}: no such operation"]
    wanted = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if wanted is None or body is None:
        return []
    validator = schema.Draft202012Validator({**wanted["schema"], "components": spec["components"]})
    return [f"{method} {path}: {error.message[:200]}" for error in validator.iter_errors(body)]


def _operation(spec: Any, method: str, path: str) -> Any:
    for known in sorted(spec["paths"], key=lambda one: (one.count("{"), -len(one))):
        if (
            re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), path)
            and method.lower() in spec["paths"][known]
        ):
            return spec["paths"][known][method.lower()]
    return None
