"""What Discord refuses, as functions from a payload to the error it answers with.

Lengths are counted in code points after trimming, as Discord counts them. Every function returns
a list of ``(path, code, message)``; an empty list means that Discord takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

Errors = list[tuple[str, str, str]]

CONTENT = 2000
EMBEDS = 10
EMBED_SUM = 6000
EMBED_LIMITS = {"title": 256, "description": 4096}
FIELDS, FIELD_NAME, FIELD_VALUE, FOOTER, AUTHOR = 25, 256, 1024, 2048, 256
URL = 2048
NONCE = 25
LAYOUT, LAYOUT_TEXT, COMPONENTS = 1 << 15, 4000, 40
SECTION, DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, FRAME = 9, 10, 11, 12, 13, 14, 17
TOP = frozenset({1, SECTION, DISPLAY, GALLERY, FILE, SEPARATOR, FRAME})
THREAD_NAME = 100

_COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")
_FORBIDDEN_SURROGATES = re.compile("[\ud800-\udfff]")


def _length(value: Any) -> int:
    return len(value.strip()) if isinstance(value, str) else 0


def _too_long(path: str, limit: int) -> tuple[str, str, str]:
    return (path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def _text(errors: Errors, path: str, value: Any, limit: int, *, required: bool = False) -> None:
    if value is None and not required:
        return
    if not isinstance(value, str):
        errors.append((path, "STRING_TYPE_CONVERT", "Could not interpret value as a string."))
    elif required and not value.strip():
        errors.append((path, "BASE_TYPE_REQUIRED", "This field is required"))
    elif _length(value) > limit:
        errors.append(_too_long(path, limit))
    elif _FORBIDDEN_SURROGATES.search(value):
        errors.append((path, "INVALID_JSON", "The text holds a lone surrogate."))


def _url(errors: Errors, path: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or len(value) > URL:
        errors.append(_too_long(path, URL))
        return
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https", "attachment"} and bool(parts.netloc)
    except ValueError:
        good = False
    if not good or re.search(r"[\s\x00-\x1f]", value):
        errors.append((path, "URL_TYPE_INVALID_URL", "Not a well formed URL."))


def embed_size(embed: dict[str, Any]) -> int:
    """The characters of one embed that count towards the sum over a message."""
    size = _length(embed.get("title")) + _length(embed.get("description"))
    size += _length((embed.get("footer") or {}).get("text")) + _length(
        (embed.get("author") or {}).get("name")
    )
    return size + sum(_length(f.get("name")) + _length(f.get("value")) for f in embed.get("fields") or ())


def embed_errors(embed: dict[str, Any], path: str = "embeds[0]") -> Errors:
    """What is wrong with one embed."""
    errors: Errors = []
    for name, limit in EMBED_LIMITS.items():
        _text(errors, f"{path}.{name}", embed.get(name), limit)
    _url(errors, f"{path}.url", embed.get("url"))
    for name in ("image", "thumbnail"):
        if embed.get(name):
            _url(errors, f"{path}.{name}.url", embed[name].get("url"))
    if embed.get("footer"):
        _text(errors, f"{path}.footer.text", embed["footer"].get("text"), FOOTER)
    if embed.get("author"):
        _text(errors, f"{path}.author.name", embed["author"].get("name"), AUTHOR, required=True)
        _url(errors, f"{path}.author.url", embed["author"].get("url"))
    fields = embed.get("fields") or []
    if len(fields) > FIELDS:
        errors.append(_too_long(f"{path}.fields", FIELDS))
    for i, one in enumerate(fields):
        _text(errors, f"{path}.fields[{i}].name", one.get("name"), FIELD_NAME, required=True)
        _text(errors, f"{path}.fields[{i}].value", one.get("value"), FIELD_VALUE, required=True)
    if not embed_size(embed) and not embed.get("image") and not embed.get("thumbnail"):
        errors.append((path, "BASE_TYPE_REQUIRED", "This field is required"))
    color = embed.get("color")
    if color is not None and not (isinstance(color, int) and 0 <= color <= 0xFFFFFF):
        errors.append((f"{path}.color", "NUMBER_TYPE_MAX", "int value should be at most 16777215."))
    return errors


def component_errors(rows: Any) -> Errors:
    """What is wrong with a message's rows of buttons."""
    errors: Errors = []
    if not isinstance(rows, list) or len(rows) > 5:
        return [("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")]
    seen: set[str] = set()
    for r, row in enumerate(rows):
        inner = row.get("components") or []
        if row.get("type") != 1 or not 1 <= len(inner) <= 5:
            errors.append((f"components[{r}]", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."))
        for i, one in enumerate(inner):
            path = f"components[{r}].components[{i}]"
            if one.get("type") == 3:
                errors += _list_errors(one, path, alone=len(inner) == 1)
                continue
            _text(errors, f"{path}.label", one.get("label"), 80, required=not one.get("emoji"))
            if one.get("style") == 5:
                _url(errors, f"{path}.url", one.get("url"))
                continue
            _text(errors, f"{path}.custom_id", one.get("custom_id"), 100, required=True)
            if one.get("custom_id") in seen:
                errors.append(
                    (path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
                )
            seen.add(one.get("custom_id"))
    return errors


def _list_errors(one: dict[str, Any], path: str, *, alone: bool) -> Errors:
    errors: Errors = []
    options = one.get("options") or []
    if not alone or not 1 <= len(options) <= 25:
        errors.append((f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length."))
    _text(errors, f"{path}.custom_id", one.get("custom_id"), 100, required=True)
    _text(errors, f"{path}.placeholder", one.get("placeholder"), 150)
    for i, option in enumerate(options):
        _text(errors, f"{path}.options[{i}].label", option.get("label"), 100, required=True)
        _text(errors, f"{path}.options[{i}].value", option.get("value"), 100, required=True)
    if len({option.get("value") for option in options}) < len(options):
        errors.append((path, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "Values must be unique."))
    return errors


def modal_errors(data: dict[str, Any]) -> Errors:
    """What is wrong with a window that asks for text."""
    errors: Errors = []
    _text(errors, "data.title", data.get("title"), 45, required=True)
    _text(errors, "data.custom_id", data.get("custom_id"), 100, required=True)
    fields = [field for row in data.get("components") or [] for field in row.get("components") or []]
    if not 1 <= len(fields) <= 5:
        errors.append(("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."))
    for i, field in enumerate(fields):
        path = f"data.components[{i}]"
        if field.get("type") != 4:
            errors.append((path, "COMPONENT_TYPE_INVALID", "Only text inputs."))
        _text(errors, f"{path}.label", field.get("label"), 45, required=True)
        _text(errors, f"{path}.placeholder", field.get("placeholder"), 100)
        _text(errors, f"{path}.custom_id", field.get("custom_id"), 100, required=True)
    return errors


def within(components: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Components and those inside of others, in order."""
    for one in components:
        yield one
        yield from within(one.get("components") or ())
        if isinstance(one.get("accessory"), dict):
            yield one["accessory"]


def said(components: Any) -> str:
    """All text that components show."""
    return "\n".join(
        str(one.get("content", "")) for one in within(components or ()) if one.get("type") == DISPLAY
    )


def layout_errors(payload: dict[str, Any]) -> Errors:
    """What is wrong with a message that consists of components (flag 1 << 15)."""
    errors: Errors = []
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if payload.get(name):
            errors.append((name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                           f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"))  # fmt: skip
    top = payload.get("components")
    if not isinstance(top, list) or not top:
        return [*errors, ("components", "BASE_TYPE_REQUIRED", "This field is required")]
    every = list(within(top))
    if len(every) > COMPONENTS:
        errors.append(
            ("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"At most {COMPONENTS} in all.")
        )
    if sum(len(one.get("content") or "") for one in every if one.get("type") == DISPLAY) > LAYOUT_TEXT:
        errors.append(
            ("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"At most {LAYOUT_TEXT} in all.")
        )
    ids = [one["custom_id"] for one in every if one.get("custom_id") is not None]
    if len(set(ids)) < len(ids):
        errors.append(
            ("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        )
    for i, one in enumerate(top):
        errors += _layout_errors(one, f"components[{i}]", TOP)
    return errors


def _layout_errors(one: dict[str, Any], path: str, allowed: frozenset[int]) -> Errors:
    kind, inner = one.get("type"), one.get("components") or []
    errors: Errors = []
    if kind not in allowed:
        return [
            (f"{path}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of the allowed ones.")
        ]
    if kind == 1:
        return component_errors([one])
    if kind == DISPLAY:
        _text(errors, f"{path}.content", one.get("content"), LAYOUT_TEXT, required=True)
    elif kind == SECTION:
        if not 1 <= len(inner) <= 3:
            errors.append(
                (f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
            )
        for i, text in enumerate(inner):
            errors += _layout_errors(text, f"{path}.components[{i}]", frozenset({DISPLAY}))
        accessory = one.get("accessory")
        if not isinstance(accessory, dict):
            errors.append((f"{path}.accessory", "BASE_TYPE_REQUIRED", "This field is required"))
        elif accessory.get("type") == 2:
            errors += component_errors([{"type": 1, "components": [accessory]}])
        else:
            errors += _layout_errors(accessory, f"{path}.accessory", frozenset({THUMBNAIL}))
    elif kind == THUMBNAIL:
        _url(errors, f"{path}.media.url", (one.get("media") or {}).get("url", ""))
    elif kind == GALLERY:
        items = one.get("items") or []
        if not 1 <= len(items) <= 10:
            errors.append((f"{path}.items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length."))
        for i, item in enumerate(items):
            _url(errors, f"{path}.items[{i}].media.url", (item.get("media") or {}).get("url", ""))
    elif kind == FRAME:
        if not inner:
            errors.append(
                (f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 40 in length.")
            )
        color = one.get("accent_color")
        if color is not None and not (isinstance(color, int) and 0 <= color <= 0xFFFFFF):
            errors.append(
                (f"{path}.accent_color", "NUMBER_TYPE_MAX", "int value should be at most 16777215.")
            )
        for i, part in enumerate(inner):
            errors += _layout_errors(part, f"{path}.components[{i}]", TOP - {FRAME})
    return errors


def message_errors(payload: dict[str, Any], *, edit: bool = False) -> Errors:
    """What is wrong with a message to be created, edited or answered with."""
    errors: Errors = []
    if (payload.get("flags") or 0) & LAYOUT:
        nonce = payload.get("nonce")
        errors = layout_errors(payload) + allowed_mentions_errors(payload.get("allowed_mentions"))
        return (
            [*errors, _too_long("nonce", NONCE)] if nonce is not None and len(str(nonce)) > NONCE else errors
        )
    _text(errors, "content", payload.get("content"), CONTENT)
    embeds = payload.get("embeds") or []
    if len(embeds) > EMBEDS:
        errors.append(_too_long("embeds", EMBEDS))
    for i, embed in enumerate(embeds):
        errors += embed_errors(embed, f"embeds[{i}]")
    if sum(map(embed_size, embeds)) > EMBED_SUM:
        errors.append(("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"))
    errors += component_errors(payload.get("components") or [])
    nonce = payload.get("nonce")
    if nonce is not None and len(str(nonce)) > NONCE:
        errors.append(_too_long("nonce", NONCE))
    errors += allowed_mentions_errors(payload.get("allowed_mentions"))
    return errors


def is_empty(payload: dict[str, Any]) -> bool:
    """Whether nothing would be shown: answered with 50006."""
    return (
        not _length(payload.get("content"))
        and not payload.get("embeds")
        and not payload.get("sticker_ids")
        and not payload.get("components")
        and not payload.get("attachments")
    )


def allowed_mentions_errors(allowed: Any) -> Errors:
    """What is wrong with ``allowed_mentions``; both a type and a list of its ids exclude each other."""
    if allowed is None:
        return []
    errors: Errors = []
    parse = allowed.get("parse") or []
    if set(parse) - {"users", "roles", "everyone"}:
        errors.append(("allowed_mentions.parse", "BASE_TYPE_CHOICES", "Not one of the allowed values."))
    for kind in ("users", "roles"):
        if kind in parse and allowed.get(kind):
            errors.append(
                (
                    f"allowed_mentions.{kind}",
                    "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                    "Mutually exclusive.",
                )
            )
    return errors


def pings(content: str, allowed: dict[str, Any] | None, members: Iterable[int] = ()) -> list[str]:
    """Who a message's content would ping. Without ``allowed_mentions`` everything in it does.

    Text inside backticks or after a backslash pings all the same, and embeds never do.
    """
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or ())
    users = {str(one) for one in (allowed or {}).get("users") or ()}
    roles = {str(one) for one in (allowed or {}).get("roles") or ()}
    found: list[str] = []
    if "everyone" in parse:
        found += re.findall(r"@(?:everyone|here)", content)
    for kind, pattern, wanted in (("users", r"<@!?(\d+)>", users), ("roles", r"<@&(\d+)>", roles)):
        found += [f"{kind}:{one}" for one in re.findall(pattern, content) if kind in parse or one in wanted]
    return found


def _option_errors(option: dict[str, Any], path: str, depth: int) -> Errors:
    errors: Errors = []
    name = option.get("name")
    if not isinstance(name, str) or not _COMMAND_NAME.match(name) or name != name.lower():
        errors.append((f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"))
    _text(errors, f"{path}.description", option.get("description"), 100, required=True)
    kind = option.get("type")
    if kind in (1, 2):
        if depth >= 2 or (kind == 2 and depth >= 1):
            errors.append((path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep."))
        return errors + options_errors(option.get("options") or [], path, depth + 1)
    choices = option.get("choices") or []
    if len(choices) > 25:
        errors.append(_too_long(f"{path}.choices", 25))
    if choices and option.get("autocomplete"):
        errors.append(
            (path, "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", "Choices and autocomplete exclude each other.")
        )
    for i, choice in enumerate(choices):
        _text(errors, f"{path}.choices[{i}].name", choice.get("name"), 100, required=True)
        if isinstance(choice.get("value"), str):
            _text(errors, f"{path}.choices[{i}].value", choice.get("value"), 100)
    return errors


def options_errors(options: list[dict[str, Any]], path: str, depth: int = 0) -> Errors:
    """What is wrong with a command's options or subcommands."""
    errors: Errors = []
    if len(options) > 25:
        errors.append(_too_long(f"{path}.options", 25))
    optional = False
    names: set[str] = set()
    for i, option in enumerate(options):
        here = f"{path}.options[{i}]"
        errors += _option_errors(option, here, depth)
        if option.get("name") in names:
            errors.append(
                (here, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")
            )
        names.add(str(option.get("name")))
        required = bool(option.get("required"))
        if required and optional:
            errors.append((here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options first."))
        optional = optional or not required
    kinds = {option.get("type") in (1, 2) for option in options}
    if len(kinds) > 1:
        errors.append(
            (path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Subcommands and options can't be mixed.")
        )
    return errors


def command_errors(command: dict[str, Any], path: str = "0") -> Errors:
    """What is wrong with one application command."""
    errors: Errors = []
    kind = command.get("type", 1)
    name = command.get("name")
    if kind == 1:
        if not isinstance(name, str) or not _COMMAND_NAME.match(name) or name != name.lower():
            errors.append((f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"))
        _text(errors, f"{path}.description", command.get("description"), 100, required=True)
        errors += options_errors(command.get("options") or [], path)
    else:
        _text(errors, f"{path}.name", name, 32, required=True)
        if command.get("description") or command.get("options"):
            errors.append(
                (path, "APPLICATION_COMMAND_CONTEXT_MENU", "Takes neither description nor options.")
            )
    permissions = command.get("default_member_permissions")
    if permissions is not None and not str(permissions).isdigit():
        errors.append((f"{path}.default_member_permissions", "NUMBER_TYPE_COERCE", "Not a number."))
    return errors


def commands_errors(commands: Any) -> Errors:
    """What is wrong with a whole set of application commands."""
    if not isinstance(commands, list):
        return [("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")]
    errors: Errors = []
    if sum(c.get("type", 1) == 1 for c in commands) > 100:
        errors.append(("", "MAX_COMMANDS", "Maximum number of application commands reached (100)."))
    if sum(c.get("type", 1) == 3 for c in commands) > 15:
        errors.append(("", "MAX_COMMANDS", "Maximum number of message commands reached (15)."))
    seen: set[tuple[int, str]] = set()
    for i, command in enumerate(commands):
        errors += command_errors(command, str(i))
        key = (command.get("type", 1), str(command.get("name")))
        if key in seen:
            errors.append(
                (str(i), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
            )
        seen.add(key)
    return errors


def autocomplete_errors(data: Any) -> Errors:
    """What is wrong with an answer to an autocomplete interaction."""
    choices = (data or {}).get("choices")
    if not isinstance(choices, list):
        return [("data.choices", "BASE_TYPE_REQUIRED", "This field is required")]
    errors: Errors = []
    if len(choices) > 25:
        errors.append(_too_long("data.choices", 25))
    for i, choice in enumerate(choices):
        _text(errors, f"data.choices[{i}].name", choice.get("name"), 100, required=True)
        _text(errors, f"data.choices[{i}].value", choice.get("value"), 100, required=True)
    return errors
