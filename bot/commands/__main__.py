"""Writes docs/commands.md from the command definitions: ``python -m bot.commands``."""

from __future__ import annotations

from pathlib import Path

from bot.commands.registry import TOPICS, of_topic
from bot.conversation import Command

FILE = Path(__file__).parents[2] / "docs" / "commands.md"
_HEAD = """# Commands

Every command is there on Telegram, on Discord and in the terminal. This page is made from their
definitions by `python -m bot.commands`.

![The menus: /start, /settings and a summary with its buttons](pictures/menus.png)

*Managers* are a chat's administrators (on Discord: who may manage channels) and those whom they
added with `/managers add`. *Admins* are the desk's own, named in its configuration.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD]
    for topic in TOPICS:
        parts.append(f"## {topic[:1].upper()}{topic[1:]}\n")
        parts += [_section(command) for command in of_topic(topic)]
    return "\n".join(parts)


def _section(command: Command) -> str:
    who = "admins" if command.admins_only else "managers" if command.managers_only else "everybody"
    lines = [f"### /{command.name}\n", f"{command.help[:1].upper()}{command.help[1:]}. For {who}.\n"]
    for one in command.sub or (command,):
        name = f"/{command.name} {one.name}" if command.sub else f"/{command.name}"
        options = " ".join(f"<{o.name}>" if o.required else f"[{o.name}]" for o in one.options)
        lines.append(f"- `{f'{name} {options}'.strip()}`{f': {one.help}' if command.sub else ''}")
        for option in one.options:
            lines.append(f"    - `{option.name}`: {option.help}{_choices(option.choices)}")
        if one.example:
            lines.append(f"    - for example `{one.example}`")
    return "\n".join(lines) + "\n"


def _choices(choices: tuple[str, ...]) -> str:
    return f" ({', '.join(f'`{choice}`' for choice in choices)})" if choices else ""


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
