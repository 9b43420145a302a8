"""Plug-ins: what other packages may bring, found by entry points. The built-in parts enter by the same door.

=========================  ===================================================================  =================
group                      the entry point is                                                   it gives
=========================  ===================================================================  =================
``newsdesk.summarizers``   a function of the options of its table in the configuration          ``Summarizer``
``newsdesk.sources``       a function of an address (``urllib.parse.SplitResult``)               a source, or None
``newsdesk.readers``       a function of a ``Fetcher`` and of ``Workers``                       ``SourceReader``
``newsdesk.platforms``     a description, read by ``bot.platforms``                             a chat platform
=========================  ===================================================================  =================

``PluginError`` names the package that failed, and how.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any
from urllib.parse import SplitResult

from digests.errors import PluginError
from digests.model import Source
from digests.ports import Fetcher, SourceReader, Summarizer, Workers

SUMMARIZERS = "newsdesk.summarizers"
SOURCES = "newsdesk.sources"
READERS = "newsdesk.readers"

Resolver = Callable[[SplitResult], Source | None]

_SITES = "digests.watch.resolve"
_BUILT_IN: Mapping[str, Mapping[str, str]] = {
    SUMMARIZERS: {
        "extractive": "digests.brief.extractive.summarizer:ExtractiveSummarizer",
        "openai": "digests.brief.llm.openai_chat:OpenAiSummarizer",
    },
    SOURCES: {
        "youtube": f"{_SITES}:youtube",
        "reddit": f"{_SITES}:reddit",
        "hackernews": f"{_SITES}:hackernews",
        "mastodon": f"{_SITES}:mastodon",
        "bluesky": f"{_SITES}:bluesky",
        "telegram": f"{_SITES}:telegram",
        "github": f"{_SITES}:github",
        "arxiv": f"{_SITES}:arxiv",
        "google_news": f"{_SITES}:google_news",
    },
    READERS: {
        "feed": "digests.watch.feeds:FeedReader",
        "page": "digests.watch.pages:PageReader",
        "telegram": "digests.watch.telegram:TelegramReader",
    },
}
"""By group: names, and where the parts stand, as a package's metadata would say it."""


def load_summarizer(name: str, options: dict[str, Any]) -> Summarizer:
    """Make the summarizer of that name."""
    points = _built_in(SUMMARIZERS, name) + tuple(entry_points(group=SUMMARIZERS, name=name))
    if not points:
        others = sorted(point.name for point in entry_points(group=SUMMARIZERS))
        raise PluginError(
            f"No summarizer is called “{name}”. Built in: {', '.join(_BUILT_IN[SUMMARIZERS])}. "
            f"From packages: {', '.join(others) or 'none'}."
        )
    called = f"Summarizer “{name}” of {package_of(points[0])}"
    try:
        made: Summarizer = points[0].load()(**options)
    except Exception as error:  # a plug-in may fail in any way; say whose fault it is
        raise PluginError(f"{called} could not be made: {error}") from error
    _held(called, made, {"name": str, "cache_key": str, "writes_with_a_model": bool}, "brief")
    return made


def load_resolvers() -> tuple[Resolver, ...]:
    """Other packages' resolvers, so that they may know a site better, then the built-in ones."""
    loaded: list[Resolver] = []
    for point in (*entry_points(group=SOURCES), *_built_in(SOURCES)):
        try:
            loaded.append(point.load())
        except Exception as error:
            raise PluginError(
                f"Source “{point.name}” ({point.value}) could not be loaded: {error}"
            ) from error
    return tuple(loaded)


def load_readers(fetcher: Fetcher, workers: Workers) -> Mapping[str, SourceReader]:
    """A reader of every kind of source, by kind, which is the entry point's name. Each kind has one."""
    readers: dict[str, SourceReader] = {}
    for point in (*_built_in(READERS), *entry_points(group=READERS)):
        called = f"Reader “{point.name}” of {package_of(point)}"
        if point.name in readers:
            raise PluginError(f"{called}: another one reads this kind of source. Uninstall one of them.")
        try:
            reader: SourceReader = point.load()(fetcher, workers)
        except Exception as error:
            raise PluginError(f"{called} could not be made: {error}") from error
        _held(called, reader, {"kind": str}, "read")
        if reader.kind != point.name:
            raise PluginError(f"{called} says that it reads “{reader.kind}”; both names have to be the same.")
        readers[reader.kind] = reader
    return readers


def reader_kinds() -> frozenset[str]:
    """The kinds of source that something reads, by their names alone: nothing is loaded."""
    return frozenset(point.name for point in (*_built_in(READERS), *entry_points(group=READERS)))


def built_in(group: str) -> Collection[str]:
    """The names of the built-in parts of that kind."""
    return _BUILT_IN[group].keys()


def _built_in(group: str, name: str | None = None) -> tuple[EntryPoint, ...]:
    parts = _BUILT_IN[group].items()
    return tuple(EntryPoint(one, value, group) for one, value in parts if name in (None, one))


def package_of(point: EntryPoint) -> str:
    """The name of the package that an entry point is of, for a message."""
    return (
        point.dist.name
        if point.dist
        else "newsdesk"
        if point.value.startswith(("digests.", "bot."))
        else "an unknown package"
    )


def _held(called: str, made: object, attributes: Mapping[str, type], method: str) -> None:
    """``PluginError`` where a part lacks what the desk will ask it for."""
    missing = [name for name, kind in attributes.items() if not isinstance(getattr(made, name, None), kind)]
    missing += [] if callable(getattr(made, method, None)) else [f"{method}()"]
    if missing:
        raise PluginError(f"{called} has no {' and no '.join(missing)}.")
