"""News as a library: feeds parsed, articles read, reports put together, briefs written and held to their sources.

The steps' own names may be taken from here; each is loaded when it is first asked for, so that importing
this package costs nothing. Values are in ``digests.model``, what may be replaced in ``digests.ports``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digests.brief.extractive.summarizer import write_brief
    from digests.brief.grounding.check import ground
    from digests.group.stories import StoryIndex, report_of
    from digests.model import BriefRequest, Failure
    from digests.read.extract import read_article, read_text
    from digests.watch.feeds import parse_feed
    from digests.watch.resolve import resolve

__all__ = [
    "BriefRequest",
    "Failure",
    "StoryIndex",
    "ground",
    "parse_feed",
    "read_article",
    "read_text",
    "report_of",
    "resolve",
    "write_brief",
]

_WHERE = {
    "BriefRequest": "digests.model",
    "Failure": "digests.model",
    "StoryIndex": "digests.group.stories",
    "ground": "digests.brief.grounding.check",
    "parse_feed": "digests.watch.feeds",
    "read_article": "digests.read.extract",
    "read_text": "digests.read.extract",
    "report_of": "digests.group.stories",
    "resolve": "digests.watch.resolve",
    "write_brief": "digests.brief.extractive.summarizer",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
