"""The desk's commands as Discord's slash commands, and the message menu "Summarize"."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord
import regex
from discord import app_commands

from bot.conversation import Command, Option
from bot.locales import _, in_context, nearest, speaking

MOST = 25  # options, choices, subcommands and completions
_LONGEST = 100  # characters of a description or a choice
_LONGEST_MENU = 32  # characters of a message menu's name
_NAME = regex.compile(r"[-_\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}")
_NAMES = (
    app_commands.TranslationContextLocation.command_name,
    app_commands.TranslationContextLocation.group_name,
    app_commands.TranslationContextLocation.parameter_name,
)

Interaction = discord.Interaction[Any]
Run = Callable[[Interaction, str, str, tuple[discord.Attachment, ...]], Awaitable[None]]
"""Answers an interaction: ``(interaction, command, words, files)``."""
Complete = Callable[[Interaction, str, str, str], Awaitable[list[str]]]
"""Values for an option: ``(interaction, command, option, prefix)``."""
OnMessage = Callable[[Interaction, discord.Message], Awaitable[None]]


def add_commands(
    tree: app_commands.CommandTree[Any], commands: tuple[Command, ...], run: Run, complete: Complete
) -> None:
    """Put every command into the tree; one with subcommands becomes a group.

    Managers' commands are hidden from people without Manage Channels. A server's own settings
    can override that, so whoever runs them checks again.
    """
    for command in commands:
        rights = discord.Permissions(manage_channels=True) if command.managers_only else None
        if not command.sub:
            one = _slash(command, command.name, "", run, complete)
            one.default_permissions = rights
            tree.add_command(one)
            continue
        group = app_commands.Group(
            name=command.name, description=_said(command.help), default_permissions=rights
        )
        for sub in command.sub[:MOST]:
            group.add_command(_slash(sub, command.name, sub.name, run, complete))
        tree.add_command(group)


class Translator(app_commands.Translator):
    """Says commands in the languages of the bot's catalogues; what they lack stays English.

    A command's name is looked up with the context ``command``, and taken only where Discord would.
    """

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        language = nearest(locale.value)
        if language == "en":
            return None
        message = str(string.extras.get("whole", string.message))
        with speaking(language):
            if isinstance(context.data, app_commands.ContextMenu):  # whose name may be any words
                said = _(message)[:_LONGEST_MENU]
                return said if said != message else None
            if context.location in _NAMES:
                said = in_context("command", message).casefold()
                return said if said != message and _NAME.fullmatch(said) else None
            said = _(message) if message else ""
        return _short(said) if said != message else None


def add_menu(tree: app_commands.CommandTree[Any], name: str, run: OnMessage) -> None:
    """A menu entry on every message."""

    async def chosen(interaction: Interaction, message: discord.Message) -> None:
        await run(interaction, message)

    tree.add_command(app_commands.ContextMenu(name=app_commands.locale_str(name), callback=chosen))


def _slash(
    command: Command, name: str, verb: str, run: Run, complete: Complete
) -> app_commands.Command[Any, Any, Any]:
    options = command.options[:MOST]  # discord.py puts the required ones first, the words keep this order

    async def used(interaction: Interaction, **values: Any) -> None:
        files = tuple(value for value in values.values() if isinstance(value, discord.Attachment))
        words = {key: value for key, value in values.items() if isinstance(value, str)}
        await run(interaction, name, _words(command, verb, words), files)

    # discord.py reads a command's options from its function's signature.
    first = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction)
    used.__signature__ = inspect.Signature([first, *map(_parameter, options)])  # type: ignore[attr-defined]
    if options:
        app_commands.describe(**{option.name: _said(option.help) for option in options})(used)
        app_commands.choices(
            **{
                option.name: [app_commands.Choice(name=one, value=one) for one in option.choices]
                for option in options
                if 0 < len(option.choices) <= MOST
            }
        )(used)
    callback: Callable[..., Coroutine[Any, Any, None]] = used
    made: app_commands.Command[Any, Any, Any] = app_commands.Command(
        name=verb or command.name, description=_said(command.help), callback=callback
    )
    for option in options:
        if option.completes or len(option.choices) > MOST:
            made.autocomplete(option.name)(_completer(name, option, complete))
    return made


def _parameter(option: Option) -> inspect.Parameter:
    default: Any = inspect.Parameter.empty if option.required else None if option.file else ""
    kind: Any = (
        str if not option.file else discord.Attachment if option.required else discord.Attachment | None
    )
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _words(command: Command, verb: str, values: dict[str, str]) -> str:
    """What a person would have typed after the command's name."""
    words = [verb] if verb else []
    for option in command.options:
        value = values.get(option.name, "").strip()
        if value:
            words.append(option.prefix + (_chat_named(value) if option.name == "where" else value))
    return " ".join(words)


def _chat_named(value: str) -> str:
    """A channel as it would be written in a message, whichever way it was given."""
    if not value or value.startswith(("#", "@", "<#")):
        return value
    return f"<#{value}>" if value.isdecimal() else f"#{value}"


def _completer(
    name: str, option: Option, complete: Complete
) -> Callable[[Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def offer(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        if option.choices:
            values = [one for one in option.choices if current.casefold() in one.casefold()]
        else:
            values = await complete(interaction, name, option.name, current)
        fit = dict.fromkeys(value for value in values if value.strip() and len(value) <= _LONGEST)
        return [app_commands.Choice(name=value, value=value) for value in list(fit)[:MOST]]

    return offer


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _said(text: str) -> app_commands.locale_str:
    """A description, with its whole text to be looked up by."""
    return app_commands.locale_str(_short(text), whole=text)
