"""Eighty titles that would call somebody, were they shown as they are, for every platform's tests."""

from __future__ import annotations

_CALLS = (
    "@everyone", "@here", "<@{person}>", "<@!{person}>", "<@&{role}>",
    "@durov", "tg://user?id={person}", "[you](tg://user?id={person})",
)  # fmt: skip
_AROUND = (
    "{}",
    "x {} y",
    "**{}**",
    "`{}`",
    "\\{}",
    "> {}",
    "[{}](https://e.example)",
    "{0}{0}",
    "({})!",
    "# {}",
)


def mention_titles(person: int = 123456789012345678, role: int = 223456789012345678) -> list[str]:
    """Of a person and a role by their ids."""
    calls = [call.format(person=person, role=role) for call in _CALLS]
    return [shape.format(call) for call in calls for shape in _AROUND]
