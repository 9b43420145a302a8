"""Clients of the Bot API, and the files people send, read through one."""

from __future__ import annotations

import logging
from typing import Any

from telegram import Bot, Document, Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.conversation import Attachment
from bot.locales import _
from bot.platforms.telegram.outcomes import failure_of
from digests.model import Failure, FailureKind

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
