"""Looks at Telegram for ``newsdesk doctor``: the token, and the rights in each chat.

Asks questions only: nothing is sent, and no update is taken away from a desk at work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.platforms.platform import Finding, fail, ok, warn
from bot.platforms.telegram import TelegramSettings
from bot.platforms.telegram.client import failure_of
from bot.platforms.telegram.directory import TelegramDirectory
from digests.model import Chat, FailureKind

_SUBJECT = "Telegram"


async def check(settings: TelegramSettings, chats: Sequence[Chat]) -> AsyncIterator[Finding]:
    """``chats`` are those digests go to."""
    assert settings.token is not None
    token, ops_chat = settings.token.get_secret_value(), settings.ops_chat
    base = settings.base_url.rstrip("/").removesuffix("/bot")
    request = HTTPXRequest(connection_pool_size=4, read_timeout=10, connect_timeout=10)
    bot = Bot(token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=request)
    await request.initialize()
    try:
        try:
            me = await bot.get_me()
        except InvalidToken:
            yield fail(_SUBJECT, "Telegram refuses the token",
                       "Copy it again from @BotFather (/mybots, API Token) into NEWSDESK_TELEGRAM__TOKEN.")  # fmt: skip
            return
        except TelegramError as error:
            yield fail(_SUBJECT, f"Telegram can't be asked: {failure_of(error).reason}",
                       f"Check that this machine may reach {base}.")  # fmt: skip
            return
        except Exception as error:
            yield fail(_SUBJECT, f"what answers at {base} is not Telegram ({type(error).__name__})",
                       "Check base_url in [telegram], and what stands between it and here.")  # fmt: skip
            return
        yield ok(_SUBJECT, f"the token is that of @{me.username}")
        finding = await _webhook(bot, settings.webhook_url)
        if finding is not None:
            yield finding
        directory = TelegramDirectory(bot, me.id)
        for chat in chats:
            yield await _right(directory, chat)
        if ops_chat is not None:
            place = Chat(platform=_SUBJECT.lower(), address=str(ops_chat), kind="group", title="the ops chat")
            yield await _right(directory, place)
    finally:
        await request.shutdown()


async def _webhook(bot: Bot, wanted: str) -> Finding | None:
    """Where Telegram sends what people write; None: nowhere, as it should be."""
    subject = "Telegram: webhook"
    try:
        info = await bot.get_webhook_info()
    except TelegramError as error:
        return warn(
            subject,
            f"it can't be asked for: {failure_of(error).reason}",
            "Run newsdesk doctor again in a while.",
        )
    except Exception as error:
        return warn(
            subject, f"its answer can't be read ({type(error).__name__})", "Check base_url in [telegram]."
        )
    if info.url and not wanted:
        return warn(subject, "another program has the updates of this bot sent to it",
                    "Stop that program; newsdesk run takes them over when it starts.")  # fmt: skip
    if wanted and info.url != wanted:
        return warn(subject, "Telegram does not know webhook_url yet", "A gateway tells it when it starts.")
    if info.last_error_message:
        return warn(subject, f"Telegram could not deliver there: {info.last_error_message[:200]}",
                    "Check that webhook_url leads to the gateways' [dashboard] listen, over HTTPS.")  # fmt: skip
    return ok(subject, "Telegram sends updates there") if wanted else None


async def _right(directory: TelegramDirectory, chat: Chat) -> Finding:
    subject = f"Telegram: {chat.title or chat.address}"
    failure = await directory.can_post(chat)
    if failure is None:
        return ok(subject, "the bot may post there")
    if failure.kind is FailureKind.GONE:
        return fail(subject, failure.reason, "Give the bot that right in the chat, or unsubscribe the chat.")
    return warn(subject, failure.reason, "Run newsdesk doctor again in a while.")
