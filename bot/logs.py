"""Logs: for people in a terminal, JSON lines elsewhere, and never a secret in either.

Redaction is the last step of every handler's formatting, so it covers library loggers (the
HTTP client writes Telegram's token into its URLs), tracebacks and exception texts alike.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

from bot.platforms import platforms
from bot.render.clean import Redactor


class _RedactingFormatter(logging.Formatter):
    def __init__(self, inner: logging.Formatter, redact: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(self._inner.format(record))


def set_up(level: str, style: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send every log of the process to ``stream`` (standard error) in one format.

    ``style``: ``human``, ``json``, or ``auto`` (human when the stream is a terminal).
    """
    out: TextIO = sys.stderr if stream is None else stream
    terminal = out.isatty()
    human = style == "human" or (style == "auto" and terminal)
    renderer = (
        # plain tracebacks: pretty ones show every variable, and break a secret over two lines
        structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    tail: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not human:
        tail.append(structlog.processors.format_exc_info)
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*tail, renderer])
    handler = logging.StreamHandler(out)
    handler.setFormatter(_RedactingFormatter(formatter, Redactor(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Each polled update and each request is a line at INFO there: noise, with tokens in it.
    loud = ("httpx2", "httpcore2", "aiosqlite", "alembic", "openai", "uvicorn", "watchfiles")
    for name in (*loud, *(name for platform in platforms().values() for name in platform.loggers)):
        wanted = logging.getLevelName(level)
        # DEBUG is asked for to see what they do; secrets are taken out of every line
        logging.getLogger(name).setLevel(wanted if wanted <= logging.DEBUG else max(logging.WARNING, wanted))
