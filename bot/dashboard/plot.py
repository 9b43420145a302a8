"""A small plot of a count a day, as SVG without any style of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

WIDTH, HEIGHT, GAP = 6, 28, 2  # of a bar, in the drawing's own units


def last_days(counts: Mapping[date, int], today: date, days: int) -> list[int]:
    """The counts of the days up to and with ``today``, the oldest first."""
    return [counts.get(today - timedelta(days=back), 0) for back in reversed(range(days))]


def bars(values: Sequence[int], what: str) -> Markup:
    """A bar a day; ``what`` is said in words for who can't see it."""
    most = max(values, default=0) or 1
    shapes = [
        Markup('<rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
            place * (WIDTH + GAP), HEIGHT - height, WIDTH, height, value
        )
        for place, value in enumerate(values)
        for height in [max(round(value / most * HEIGHT), 1)]
    ]
    width = len(values) * (WIDTH + GAP) - GAP
    return Markup(
        '<svg class="plot" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(what, width, HEIGHT, width, HEIGHT, Markup("").join(shapes))
