"""Clients of the Bot API, and the files people send, read through one."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import Any

import httpx
from telegram import Bot, Document, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.conversation import Attachment
from bot.locales import N_, _
from bot.render.clean import hide
from digests.model import Failure, FailureKind
from digests.ports import Doubt, Gone, Moved, NotSent, Outcome, Refused, Uneditable, Wait

# ------------ What an error of the Bot API's client proves: that nothing was sent, that it can't be, or nothing.

# The client gives waits as timedelta only when asked so; otherwise it warns each time.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# Errors before the first byte of a request was written.
_BEFORE_WRITING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# Part of a 400's or 403's description, in lower case -> why the chat can't be written to.
_GONE = (
    ("blocked by the user", N_("the person has blocked the bot")),
    ("user is deactivated", N_("the person's account was deleted")),
    ("initiate conversation", N_("the person has not started the bot")),
    ("bot was kicked", N_("the bot was removed from the chat")),
    ("not a member", N_("the bot is no longer in the chat")),
    ("chat was deleted", N_("the chat was deleted")),
    ("chat was deactivated", N_("the chat was deleted")),
    ("chat not found", N_("the chat does not exist any more, or the bot was never in it")),
    ("peer_id_invalid", N_("the chat does not exist any more")),
    ("channel_private", N_("the channel is private and the bot is not in it")),
    ("not enough rights to send documents", N_("the bot may not send files there")),
    ("send_docs_forbidden", N_("the bot may not send files there")),
    ("not enough rights", N_("the bot has no right to write in the chat")),
    (
        "need administrator rights",
        N_("the bot is not an administrator of the channel with the right to post"),
    ),
    ("have no rights to send", N_("the bot has no right to write in the chat")),
    ("write_forbidden", N_("the bot has no right to write in the chat")),
    ("send_plain_forbidden", N_("the chat allows no text messages")),
    ("chat_restricted", N_("Telegram has restricted the chat")),
    ("topic_closed", N_("the topic is closed")),
    ("topic_deleted", N_("the topic was deleted")),
    ("thread not found", N_("the topic was deleted")),
    ("upgraded to a supergroup", N_("the group became a supergroup")),
)


# The same -> why a message can't be edited, and whether it is there.
_UNEDITABLE = (
    ("message to edit not found", Uneditable("the message was deleted", deleted=True)),
    ("message_id_invalid", Uneditable("the message was deleted", deleted=True)),
    ("can't be edited", Uneditable("Telegram lets the message be edited no more")),
    ("no text in the message to edit", Uneditable("the message holds no text")),
)

# The same -> it is the page or picture under the text that Telegram does not take.
_PREVIEW = ("webpage_", "web page", "wrong http url", "url host is empty", "preview")


def edit_outcome_of(error: TelegramError) -> Outcome:
    """The same for an edit, which done twice is seen once."""
    words = error.message.lower()
    known = (outcome for part, outcome in _UNEDITABLE if part in words)
    return next(known, None) or outcome_of(error, repeatable=True)


def refuses_preview(error: BadRequest) -> bool:
    """Whether the text might be taken without what is to be shown under it."""
    return any(part in error.message.lower() for part in _PREVIEW)


def refuses_rich(error: BadRequest) -> bool:
    """Whether it may be the form of a message that is refused, not its chat or what is to be edited."""
    words = error.message.lower()
    return not unchanged(error) and _gone(error) is None and not any(part in words for part, _ in _UNEDITABLE)


def lacks_method(error: InvalidToken) -> bool:
    """Whether the server does not know the method: 404, where a wrong token is 401."""
    return "not found" in error.message.lower()


def unchanged(error: TelegramError) -> bool:
    """Whether an edit is refused because it is made already."""
    return "not modified" in error.message.lower()


def outcome_of(error: TelegramError, *, repeatable: bool = False) -> Outcome:
    """What became of a message whose sending raised ``error``.

    ``repeatable``: doing it twice is seen once (an edit), so that a lost answer is no doubt.
    Texts of errors are never passed on where they could hold the request's address, which
    holds the token.
    """
    match error:
        case RetryAfter():
            return Wait(wait_of(error))
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Forbidden():
            return Gone(_gone(error) or f"Telegram says: {_words(error)}")
        case InvalidToken() if lacks_method(error):
            # the client says the same of every 404: a file that is not there, a method a server lacks
            return NotSent(N_("Telegram does not find what it was asked for"))
        case InvalidToken():
            return NotSent(N_("Telegram does not accept the bot's token"))
        case BadRequest():
            gone = _gone(error)
            return Gone(gone) if gone else Refused(f"Telegram says: {_words(error)}")
    if isinstance(error.__cause__, _BEFORE_WRITING):
        return NotSent(N_("Telegram could not be reached"))
    lost = N_("Telegram's answer was lost")
    if isinstance(error, NetworkError) and not isinstance(error.__cause__, httpx.HTTPError):
        lost = N_("Telegram answered with an error of its own")
    return NotSent(lost) if repeatable else Doubt(lost)


def wait_of(error: RetryAfter) -> timedelta:
    """How long Telegram asks to wait."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def failure_of(error: TelegramError) -> Failure:
    """Why a question to Telegram has no answer."""
    match outcome_of(error, repeatable=True):
        case Gone(reason) | Refused(reason):
            return Failure(FailureKind.GONE, reason)
        case Wait(delay):
            return Failure(FailureKind.HTTP_STATUS, N_("Telegram asks to wait"), 429, delay)
        case NotSent(reason):
            return Failure(FailureKind.CONNECT, reason)
        case _:
            return Failure(FailureKind.GONE, N_("the group became a supergroup"))


def _gone(error: TelegramError) -> str | None:
    words = error.message.lower()
    return next((reason for part, reason in _GONE if part in words), None)


def _words(error: TelegramError) -> str:
    said = error.message.removeprefix("Forbidden: ").removeprefix("Bad Request: ")
    return hide(said)[:200]


log = logging.getLogger(__name__)

LARGEST_FILE = 10 * 1024 * 1024  # bytes of an attachment that are read


class Client(Bot):
    """The library's, which reads all updates of an answer or none: one that it can't read comes empty."""

    async def ask(self, method: str, **params: Any) -> Any:
        """Call a method in a form that the library does not know yet; its answer as JSON."""
        return await self._post(method, {name: value for name, value in params.items() if value is not None})

    async def _post(self, endpoint: str, *args: Any, **options: Any) -> Any:
        result = await super()._post(endpoint, *args, **options)
        if endpoint == "getUpdates" and isinstance(result, list):
            return [
                update if self._readable(update) else {"update_id": update["update_id"]} for update in result
            ]
        return result

    def _readable(self, update: Any) -> bool:
        try:
            Update.de_json(update, self)
        except Exception as error:
            log.warning("telegram: an update can't be read: %s", type(error).__name__)
            return False
        return True


def client(token: str, base_url: str | None, request: HTTPXRequest, polling: HTTPXRequest) -> Client:
    """A client of the API at ``base_url``; files have their address beside it."""
    base = (base_url or "https://api.telegram.org/bot").rstrip("/").removesuffix("/bot")
    return Client(token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=polling)


def attachment(bot: Bot, document: Document) -> Attachment:
    """A file a person sent, still to be downloaded."""
    size = document.file_size or 0

    async def read() -> bytes | Failure:
        if size > LARGEST_FILE:
            larger = _("the file is larger than {size} MiB").format(size=LARGEST_FILE // 2**20)
            return Failure(FailureKind.TOO_LARGE, larger)
        try:
            file = await bot.get_file(document.file_id)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            return failure_of(error)

    return Attachment(
        name=document.file_name or "file",
        size=size,
        content_type=document.mime_type or "application/octet-stream",
        read=read,
    )
