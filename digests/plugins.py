"""Plug-ins: other packages' summarizers and sources, found by entry points.

A plug-in is one function. For ``newsdesk.summarizers`` it takes the options of its table in the
configuration as keyword arguments and returns a ``ports.Summarizer``; the built-in ones enter
by the same signature.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from digests.errors import PluginError
from digests.ports import Summarizer

SUMMARIZERS = "newsdesk.summarizers"

MakeSummarizer = Callable[..., Summarizer]


def summarizer_names() -> tuple[str, ...]:
    """Names of the summarizers that installed packages add."""
    return tuple(sorted(point.name for point in entry_points(group=SUMMARIZERS)))


def load_summarizer(name: str, options: dict[str, object]) -> Summarizer:
    """Make the summarizer an installed package calls ``name``.

    ``PluginError`` says which package failed and how.
    """
    points = tuple(entry_points(group=SUMMARIZERS, name=name))
    if not points:
        raise PluginError(
            f"No summarizer is called “{name}”. Built in: extractive, openai. "
            f"From packages: {', '.join(summarizer_names()) or 'none'}."
        )
    package = points[0].dist.name if points[0].dist else "an unknown package"
    try:
        summarizer = points[0].load()(**options)
    except Exception as error:  # a plug-in may fail in any way; say whose fault it is
        raise PluginError(f"Summarizer “{name}” of {package} could not be made: {error}") from error
    kept = {"name": str, "cache_key": str, "writes_with_a_model": bool}
    missing = [what for what, kind in kept.items() if not isinstance(getattr(summarizer, what, None), kind)]
    missing += [] if callable(getattr(summarizer, "brief", None)) else ["brief()"]
    if missing:
        raise PluginError(f"Summarizer “{name}” of {package} has no {' and no '.join(missing)}.")
    made: Summarizer = summarizer
    return made
