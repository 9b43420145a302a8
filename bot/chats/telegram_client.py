"""Clients of the Bot API, and the files people send, read through one."""

from __future__ import annotations

from telegram import Bot, Document
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.chats.telegram_outcomes import failure_of
from bot.conversation import Attachment
from bot.locales import _
from digests.model import Failure, FailureKind

LARGEST_FILE = 10 * 1024 * 1024  # bytes of an attachment that are read


def client(token: str, base_url: str | None, request: HTTPXRequest, polling: HTTPXRequest) -> Bot:
    """A client of the API at ``base_url``; files have their address beside it."""
    base = (base_url or "https://api.telegram.org/bot").rstrip("/").removesuffix("/bot")
    return Bot(token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=polling)


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
