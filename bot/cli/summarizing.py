"""``newsdesk summarize``: one document, briefed on standard output."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import IN_WORKERS
from bot.cli.options import AsJson, Config, progress, quiet_settings
from digests.model import BriefRequest, Failure, FailureKind, Page
from digests.watch.offload import begin_loading

if TYPE_CHECKING:
    from bot.config import Settings
    from digests.desk import Summary

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
}
_LARGEST = 30_000_000  # bytes of a document
_TOO_LARGE = f"it is larger than {_LARGEST // 1_000_000} MB; give a part of it"


def summarize(
    source: Annotated[
        str, typer.Argument(help="A URL, an HTML, PDF, Markdown or text file, or - for standard input.")
    ],
    as_json: AsJson = False,
    summarizer: Annotated[
        str | None,
        typer.Option(help="Who writes it: extractive, openai, or a plug-in's name.", show_default=False),
    ] = None,
    sentences: Annotated[int | None, typer.Option(min=1, max=20, help="At most so many sentences.")] = None,
    config: Config = None,
) -> None:
    """Summarize one document; every sentence rests on sentences of it.

    Example: newsdesk summarize https://example.com/news --sentences 5
    """
    begin_loading(IN_WORKERS)
    settings = quiet_settings(config)
    if summarizer:
        brief = settings.brief.model_copy(update={"summarizers": (summarizer,)})
        settings = settings.model_copy(update={"brief": brief})
    with progress("Reading"):
        answer = asyncio.run(_summarize(settings, source, sentences))
    if isinstance(answer, Failure):
        print(f"newsdesk: {source} can't be summarized: {answer.reason}", file=sys.stderr)
        if as_json:
            print(json.dumps({"error": answer.reason, "kind": answer.kind.value, "source": source}))
        raise typer.Exit(1)
    print(json.dumps(as_object(answer), ensure_ascii=False, indent=2) if as_json else as_text(answer))


def as_object(summary: Summary) -> dict[str, Any]:
    """The JSON form: every posted sentence with the indexes of the sentences it rests on."""
    article, brief = summary.article, summary.brief
    return {
        "title": brief.headline or article.title,
        "url": article.url or None,
        "language": article.language,
        "published": article.published.isoformat() if article.published else None,
        "sentences": [{"text": s.text, "support": list(s.support)} for s in brief.sentences],
        "source_sentences": [s.text for s in brief.source_sentences],
        "summarizer": brief.summarizer,
        "warnings": list(dict.fromkeys((*article.warnings, *brief.warnings))),
    }


def as_text(summary: Summary) -> str:
    """The form for a person: headline, sentences, warnings in brackets."""
    lines = [summary.brief.headline, "", summary.brief.text]
    lines += [
        f"[{warning}]" for warning in dict.fromkeys((*summary.article.warnings, *summary.brief.warnings))
    ]
    return "\n".join(lines)


async def _summarize(settings: Settings, source: str, sentences: int | None) -> Summary | Failure:
    from bot.app import open_asks  # while the workers load what they need

    defaults = settings.chats.settings()
    room = max(1.0, (sentences or defaults.sentences) / max(1, defaults.sentences))
    wish = BriefRequest(
        articles=(),
        sentences=sentences or max(1, defaults.sentences),
        words=round(defaults.words * room),
        characters=round(defaults.characters * room),
    )
    async with open_asks(settings) as asks:
        if source.startswith(("http://", "https://")):
            return await asks.summarize_url(source, wish)
        page = document(source)
        return page if isinstance(page, Failure) else await asks.summarize_page(page, wish)


def document(source: str) -> Page | Failure:
    """A file, or standard input, as a page to be read."""
    if source == "-":
        body = sys.stdin.buffer.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            return Failure(FailureKind.TOO_LARGE, _TOO_LARGE)
        return Page(url="", status=200, body=body, content_type=_sniff(body))
    path = Path(source)
    try:
        with path.open("rb") as file:
            body = file.read(_LARGEST + 1)
    except OSError as error:
        reason = f"{error.strerror}; give a URL beginning with https://, a file that is there, or -"
        return Failure(FailureKind.UNREADABLE, reason)
    if len(body) > _LARGEST:
        return Failure(FailureKind.TOO_LARGE, _TOO_LARGE)
    return Page(
        url="", status=200, body=body, content_type=_TYPES.get(path.suffix.casefold()) or _sniff(body)
    )


def _sniff(body: bytes) -> str:
    head = body.lstrip()[:512].lower()
    if head.startswith(b"%pdf-"):
        return "application/pdf"
    return (
        "text/html"
        if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body"))
        else "text/plain"
    )
