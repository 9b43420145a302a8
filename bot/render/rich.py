"""Text with meaning but no platform: what commands answer with and digests are drawn from.

A ``Rich`` is a tuple of ``Span``; each platform's renderer turns it into its own entities or
markup. Text inside a span is plain and may come from outside: renderers escape it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A run of plain text in one style. ``url`` makes it a link; ``quote`` a block quotation."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    quote: bool = False
    url: str | None = None


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


def plain(rich: Rich) -> str:
    """The text alone, without any style."""
    return "".join(span.text for span in rich)
