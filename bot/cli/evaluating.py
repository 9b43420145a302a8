"""``newsdesk eval``: summarizers compared on a person's own articles, as a table and a page."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.app import open_asks
from bot.cli.options import AsJson, Config, progress, quiet_settings
from bot.cli.summarizing import document
from bot.config import MILLIONTHS, Settings
from bot.writers import is_model, make_servers, make_summarizer
from digests.brief.evaluate import Judged, Totals, Written, judge, totals
from digests.brief.llm.budget import MemoryLedger
from digests.clock import utc_now
from digests.desk import Asks
from digests.model import Article, BriefRequest, Failure, FailureKind, Hold, Limit, Spend, Usage
from digests.ports import Ledger, Summarizer
from digests.store import open_store
from digests.text.sentences import split_sentences

Tell = Callable[[int, int], None]

_NAMES = ("summarizer", "briefs", "failed", "grounded", "words", "seconds", "cost")
_ROUGE = ("ROUGE-1", "ROUGE-2", "ROUGE-Lsum")
"""The page's columns."""


def evaluate(
    files: Annotated[
        list[str],
        typer.Argument(
            help="URLs, and .txt, .html, .pdf or .json files. A JSON file holds an article, or a list of them, "
            "with title, text or sentences, and where there is one a reference summary; beside another file "
            "NAME.reference.txt is its reference.",
        ),
    ],
    summarizer: Annotated[
        list[str],
        typer.Option("--summarizer", "-s", help="One to compare; give it several times.", show_default=False),
    ],
    html: Annotated[
        Path | None,
        typer.Option(help="Write a page to read the briefs side by side.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    sentences: Annotated[int | None, typer.Option(min=1, max=20, help="At most so many sentences.")] = None,
    config: Config = None,
) -> None:
    """Compare summarizers: how much of what they say stands in the article, length, cost, time, ROUGE.

    Example: newsdesk eval --summarizer extractive --summarizer openai article.html
    """
    settings = quiet_settings(config)
    names = list(dict.fromkeys(summarizer))
    if html is not None:
        _writable(html)
    with progress("Comparing") as tell:
        judged, unread = asyncio.run(compare(settings, names, files, sentences, tell))
    for source, failure in unread:
        print(f"newsdesk: {source} can't be read: {failure.reason}", file=sys.stderr)
    table = totals(judged)
    if html is not None:
        html.write_text(page(table, judged), encoding="utf-8")
    if as_json:
        print(json.dumps(as_object(table, judged), ensure_ascii=False, indent=2))
    elif table:
        Console().print(as_table(table))
    if not any(line.briefs for line in table):
        if judged:
            reason = next(j.written.result.reason for j in judged if isinstance(j.written.result, Failure))
            print(f"newsdesk: no summarizer wrote a brief: {reason}", file=sys.stderr)
        raise typer.Exit(1)


def _writable(path: Path) -> None:
    """Find out now, not when the briefs are paid for."""
    try:
        path.touch()
    except OSError as error:
        print(f"newsdesk: {path} can't be written: {error.strerror}", file=sys.stderr)
        raise typer.Exit(1) from error


# ---------------------------------------------------------------- comparing


@dataclass(frozen=True, slots=True)
class _Item:
    """An article and what a person wrote of it."""

    article: Article
    reference: tuple[str, ...] = ()


async def compare(
    settings: Settings, names: Sequence[str], files: Sequence[str], sentences: int | None, tell: Tell
) -> tuple[list[Judged], list[tuple[str, Failure]]]:
    items: list[_Item] = []
    unread: list[tuple[str, Failure]] = []
    judged: list[Judged] = []
    async with _open(settings, names) as (asks, summarizers, ledger):
        for file in files:
            read = await _read(asks, file)
            if isinstance(read, Failure):
                unread.append((file, read))
            else:
                items += read
        for item in items:
            for name, summarizer in summarizers.items():
                wish = _wish(settings, item.article, sentences)
                judged.append(judge(await _write(name, summarizer, item, wish, ledger)))
                tell(len(judged), len(items) * len(summarizers))
    return judged, unread


@asynccontextmanager
async def _open(
    settings: Settings, names: Sequence[str]
) -> AsyncIterator[tuple[Asks, Mapping[str, Summarizer], _Counting]]:
    """What reads, who writes, and who pays: the desk's own budget, where a model is among them."""
    wanted = settings.model_copy(
        update={"brief": settings.brief.model_copy(update={"summarizers": tuple(names)})}
    )
    plain = settings.model_copy(
        update={"brief": settings.brief.model_copy(update={"summarizers": ("extractive",)})}
    )
    async with AsyncExitStack() as stack:
        paid: Ledger = MemoryLedger()
        if any(is_model(name) for name in names):
            paid = (await stack.enter_async_context(open_store(settings.store.url))).spend
        ledger = _Counting(paid)
        servers = make_servers(wanted, ledger, utc_now)
        for server in servers.values():
            stack.push_async_callback(server.close)
        summarizers = {name: make_summarizer(name, wanted, servers) for name in names}
        yield await stack.enter_async_context(open_asks(plain)), summarizers, ledger


async def _write(
    name: str, summarizer: Summarizer, item: _Item, wish: BriefRequest, ledger: _Counting
) -> Written:
    began, paid = time.perf_counter(), ledger.cost
    try:
        async with asyncio.timeout(120):
            result = await summarizer.brief(wish, None)
    except TimeoutError:
        result = Failure(FailureKind.TIMEOUT, "It did not answer in two minutes.")
    except Exception as error:  # a plug-in may fail in any way; the others are still compared
        result = Failure(FailureKind.MODEL, f"It failed: {type(error).__name__}.")
    return Written(
        summarizer=name,
        article=item.article,
        result=result,
        seconds=time.perf_counter() - began,
        cost=ledger.cost - paid,
        reference=item.reference,
    )


def _wish(settings: Settings, article: Article, sentences: int | None) -> BriefRequest:
    defaults = settings.chats.settings()
    room = max(1.0, (sentences or defaults.sentences) / max(1, defaults.sentences))
    return BriefRequest(
        articles=(article,),
        sentences=sentences or max(1, defaults.sentences),
        words=round(defaults.words * room),
        characters=round(defaults.characters * room),
    )


class _Counting:
    """A ledger that also adds up what was paid through it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.cost = 0  # millionths

    async def reserve(self, hold: Hold, limits: tuple[Limit, ...]) -> Hold | Limit:
        return await self._ledger.reserve(hold, limits)

    async def settle(self, hold: Hold, cost: int, usage: Usage | None) -> None:
        self.cost += cost
        await self._ledger.settle(hold, cost, usage)

    async def used(self, limit: Limit) -> int:
        return await self._ledger.used(limit)

    async def first_warning(self, limit: Limit) -> bool:
        return await self._ledger.first_warning(limit)

    async def spends(self, period: str) -> list[Spend]:
        return await self._ledger.spends(period)


# ---------------------------------------------------------------- reading


async def _read(asks: Asks, file: str) -> list[_Item] | Failure:
    if file.startswith(("http://", "https://")):
        article = await asks.read_url(file)
        return article if isinstance(article, Failure) else [_Item(article)]
    found = document(file)
    if isinstance(found, Failure):
        return found
    if file.endswith(".json"):
        return _from_json(found.body)
    article = await asks.read_page(found)
    return article if isinstance(article, Failure) else [_Item(article, _beside(file, article.language))]


def _beside(file: str, language: str) -> tuple[str, ...]:
    path = Path(f"{file}.reference.txt")
    path = path if path.is_file() else Path(file).with_suffix(".reference.txt")
    return tuple(split_sentences(path.read_text(encoding="utf-8"), language)) if path.is_file() else ()


def _from_json(body: bytes) -> list[_Item] | Failure:
    """Articles as this project's own commands print them, or as a person writes them."""
    try:
        value = json.loads(body)
    except ValueError:
        return Failure(FailureKind.UNREADABLE, "it is not valid JSON")
    items = [_item(one) for one in (value if isinstance(value, list) else [value])]
    found = [item for item in items if item is not None]
    if len(found) < len(items) or not found:
        return Failure(FailureKind.UNREADABLE, "an article in it has neither text nor sentences")
    return found


def _item(value: Any) -> _Item | None:
    if not isinstance(value, dict):
        return None
    language = _text(value.get("language")) or "en"
    sentences = _sentences(value.get("source_sentences") or value.get("sentences"), language)
    paragraphs = _sentences(value.get("paragraphs"), None) or _paragraphs(_text(value.get("text")))
    if not sentences:
        sentences = [s for paragraph in paragraphs for s in split_sentences(paragraph, language)]
    if not sentences:
        return None
    article = Article(
        title=_text(value.get("title")),
        url=_text(value.get("url")),
        language=language,
        sentences=tuple(sentences),
        paragraphs=tuple(paragraphs or sentences),
    )
    return _Item(article, tuple(_sentences(value.get("reference") or value.get("summary"), language)))


def _sentences(value: Any, language: str | None) -> list[str]:
    if isinstance(value, str):
        return list(split_sentences(value, language)) if language else [value]
    texts = value if isinstance(value, list) else []
    return [text for text in texts if isinstance(text, str) and text.strip()]


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# ---------------------------------------------------------------- showing


def as_table(table: Sequence[Totals]) -> Table:
    """One line a summarizer, for a terminal."""
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True)
    with_rouge = any(line.rouge for line in table)
    drawn.add_column("summarizer", overflow="fold", min_width=12)
    figures = ("briefs", "failed", "ground", "words", "secs", "cost")
    for name in (*figures, *(("R-1", "R-2", "R-L") if with_rouge else ())):
        drawn.add_column(name, justify="right", no_wrap=True)
    for line in table:
        drawn.add_row(*row(line, with_rouge=with_rouge))
    return drawn


def row(line: Totals, *, with_rouge: bool) -> list[str]:
    """A summarizer's figures in words."""
    scores = [line.rouge.one, line.rouge.two, line.rouge.lsum] if line.rouge else [None] * 3
    return [
        line.summarizer,
        str(line.briefs),
        str(line.failures),
        "–" if line.grounded is None else f"{line.grounded:.1%}",
        "–" if line.words is None else f"{line.words:.0f}",
        "–" if line.seconds is None else f"{line.seconds:.3f}",
        f"{line.cost / MILLIONTHS:.4f}",
        *(("–" if score is None else f"{score:.3f}" for score in scores) if with_rouge else ()),
    ]


def as_object(table: Sequence[Totals], judged: Sequence[Judged]) -> dict[str, Any]:
    """The JSON form; ``cost`` in the currency of the prices."""
    return {
        "summarizers": [asdict(line) | {"cost": line.cost / MILLIONTHS} for line in table],
        "briefs": [_brief(one) for one in judged],
    }


def _brief(one: Judged) -> dict[str, Any]:
    written, result = one.written, one.written.result
    found: dict[str, Any] = {
        "summarizer": written.summarizer,
        "title": written.article.title,
        "url": written.article.url or None,
        "seconds": written.seconds,
        "cost": written.cost / MILLIONTHS,
    }
    if isinstance(result, Failure):
        return found | {"failure": result.reason}
    return found | {
        "headline": result.headline,
        "sentences": [{"text": s.text, "support": list(s.support)} for s in result.sentences],
        "cut": [{"text": text, "reason": reason} for text, reason in one.cuts],
        "words": one.words,
        "rouge": asdict(one.rouge) if one.rouge else None,
    }


def page(table: Sequence[Totals], judged: Sequence[Judged]) -> str:
    """The page: the table, then each article with its briefs side by side. It holds no scripts."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    with_rouge = any(line.rouge for line in table)
    articles: dict[int, list[Judged]] = {}
    for one in judged:
        articles.setdefault(id(one.written.article), []).append(one)
    return environment.get_template("eval.html").render(
        rows=[row(line, with_rouge=with_rouge) for line in table],
        names=[*_NAMES, *(_ROUGE if with_rouge else ())],
        articles=[
            {
                "title": its[0].written.article.title or its[0].written.article.url,
                "url": _web(its[0].written.article.url),
                "sentences": its[0].written.article.sentences,
                "reference": its[0].written.reference,
                "briefs": [_shown(one) for one in its],
            }
            for its in articles.values()
        ],
    )


def _shown(one: Judged) -> dict[str, Any]:
    brief = _brief(one)
    reasons = dict(one.cuts)
    for sentence in brief.get("sentences", ()):
        sentence["reason"] = reasons.get(sentence["text"], "")
    return brief


def _web(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else ""
