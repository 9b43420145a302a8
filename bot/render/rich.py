"""Text with meaning but no platform: what commands answer with and digests are drawn from.

A ``Rich`` is a tuple of ``Span``; each platform's renderer turns it into its own entities or
markup. Text inside a span is plain and may come from outside: renderers escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Span:
    """A run of plain text in one style. ``url`` makes it a link; ``quote`` a block quotation.

    ``named``: the text or what stands next to it says where the link leads, so that no host is added.
    """

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    quote: bool = False
    url: str | None = None
    named: bool = False


Rich = tuple[Span, ...]


def text(value: str) -> Rich:
    """Plain text as ``Rich``."""
    return (Span(value),)


def bold(value: str) -> Span:
    return Span(value, bold=True)


def code(value: str) -> Span:
    return Span(value, code=True)


def link(value: str, url: str) -> Span:
    return Span(value, url=url)


def filled(sentence: str, **spans: Span) -> Rich:
    """A sentence with a span in the place of each ``{name}``."""
    found: list[Span] = []
    for words, name, _spec, _conversion in Formatter().parse(sentence):
        found += [Span(words)] if words else []
        found += [spans[name]] if name else []
    return tuple(found)


def plain(rich: Rich) -> str:
    """The text alone, without any style."""
    return "".join(span.text for span in rich)
