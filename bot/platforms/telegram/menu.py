"""The menu of commands beside the message field, in each language, for each kind of chat."""

from __future__ import annotations

import asyncio
import logging

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
)
from telegram.error import RetryAfter, TelegramError

from bot.conversation import Command
from bot.locales import LANGUAGES, _, speaking
from bot.platforms.telegram.client import failure_of, wait_of

log = logging.getLogger(__name__)

_MOST, _LONGEST = 100, 256
_SOON, _LATE = 5.0, 900.0  # seconds between tries


async def keep_menus(bot: Bot, commands: tuple[Command, ...]) -> None:
    """Set the menus, again and again until Telegram takes them. Without one the bot works all the same."""
    pause = _SOON
    while True:
        wait = pause
        try:
            return await set_menus(bot, commands)
        except RetryAfter as error:
            wait = max(pause, wait_of(error).total_seconds())
            log.info("telegram: the menu of commands waits %.0f s, as Telegram asks", wait)
        except TelegramError as error:
            log.warning("telegram: the menu of commands was not set: %s", failure_of(error).reason)
        except Exception:
            log.exception("telegram: its answer to the menu of commands could not be read")
        await asyncio.sleep(wait)
        pause = min(2 * pause, _LATE)


async def set_menus(bot: Bot, commands: tuple[Command, ...]) -> None:
    """Offer everything in private, to a group's administrators what they may do there, to its
    members what everyone may."""
    scopes: tuple[tuple[BotCommandScope, tuple[Command, ...]], ...] = (
        (BotCommandScopeDefault(), commands),
        (BotCommandScopeAllChatAdministrators(), tuple(c for c in commands if not c.admins_only)),
        (
            BotCommandScopeAllGroupChats(),
            tuple(c for c in commands if not (c.admins_only or c.managers_only)),
        ),
    )
    for scope, offered in scopes:
        english = _menu(offered, "en")
        await bot.set_my_commands(english, scope=scope)
        for language, code in _codes():
            menu = _menu(offered, language)
            if menu != english:
                await bot.set_my_commands(menu, scope=scope, language_code=code)


def _menu(commands: tuple[Command, ...], language: str) -> list[BotCommand]:
    with speaking(language):
        return [BotCommand(command.name, _(command.help)[:_LONGEST]) for command in commands[:_MOST]]


def _codes() -> list[tuple[str, str]]:
    """Languages with Telegram's two letters; of two that share them the first counts."""
    codes = {language.partition("-")[0]: language for language in reversed(LANGUAGES)}
    return [(language, code) for code, language in codes.items() if language != "en"]
