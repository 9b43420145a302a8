"""The menu of commands beside the message field, in each language, for each kind of chat."""

from __future__ import annotations

import logging

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.conversation import Command
from bot.locales import LANGUAGES, _, speaking
from bot.platforms.telegram.outcomes import failure_of

log = logging.getLogger(__name__)

_MOST, _LONGEST = 100, 256


async def set_menus(bot: Bot, commands: tuple[Command, ...]) -> None:
    """Offer everything in private, to a group's administrators what they may do there, to its
    members what everyone may. Without a menu the bot works all the same."""
    scopes: tuple[tuple[BotCommandScope, tuple[Command, ...]], ...] = (
        (BotCommandScopeDefault(), commands),
        (BotCommandScopeAllChatAdministrators(), tuple(c for c in commands if not c.admins_only)),
        (
            BotCommandScopeAllGroupChats(),
            tuple(c for c in commands if not (c.admins_only or c.managers_only)),
        ),
    )
    try:
        for scope, offered in scopes:
            english = _menu(offered, "en")
            await bot.set_my_commands(english, scope=scope)
            for language, code in _codes():
                menu = _menu(offered, language)
                if menu != english:
                    await bot.set_my_commands(menu, scope=scope, language_code=code)
    except TelegramError as error:
        log.warning("telegram: the menu of commands was not set: %s", failure_of(error).reason)


def _menu(commands: tuple[Command, ...], language: str) -> list[BotCommand]:
    with speaking(language):
        return [BotCommand(command.name, _(command.help)[:_LONGEST]) for command in commands[:_MOST]]


def _codes() -> list[tuple[str, str]]:
    """Languages with Telegram's two letters; of two that share them the first counts."""
    codes = {language.partition("-")[0]: language for language in reversed(LANGUAGES)}
    return [(language, code) for code, language in codes.items() if language != "en"]
