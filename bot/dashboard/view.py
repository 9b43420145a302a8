"""Templates, and the small things all of them use: dates, ages, numbers, addresses that are safe to link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.locales import ago
from digests.clock import Clock
from digests.model import Chat, Digest, Source

HERE = Path(__file__).parent


def linkable(url: str | None) -> str:
    """The address where a browser may be sent to it, else nothing: ``javascript:`` is an address, too."""
    try:
        return url if url and urlsplit(url).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def source_name(source: Source) -> str:
    return source.name or source.url


def chat_name(chat: Chat) -> str:
    thread = f", thread {chat.thread}" if chat.thread else ""
    return f"{chat.title or chat.address} ({chat.platform}{thread})"


def digest_name(digest: Digest) -> str:
    """A digest by what it tells first: most titles are a date, and look alike in a list."""
    told = (*digest.items, *digest.headlines)
    first = next((item.brief.headline for item in told if item.brief.headline), "")
    return first or digest.title or f"Digest {digest.id}"


def money(millionths: int | None) -> str:
    return "no cap" if millionths is None else f"{millionths / 1_000_000:.4f}"


@dataclass(frozen=True, slots=True)
class View:
    """Makes pages. Everything a template prints is escaped; what is missing is an error."""

    clock: Clock
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        filters: dict[str, Callable[..., Any]] = {
            "linkable": linkable, "utc": utc, "source_name": source_name, "chat_name": chat_name,
            "money": money, "digest_name": digest_name, "ago": lambda moment: ago(moment, self.clock()),
        }  # fmt: skip
        templates.filters.update(filters)
        object.__setattr__(self, "templates", templates)

    def page(self, request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
        """A page of the template with these values."""
        signed = {
            "person": getattr(request.state, "person", None), "form": getattr(request.state, "form", ""),
            "path": request.url.path, "token": "", "now": self.clock(),
        }  # fmt: skip
        return HTMLResponse(self.templates.get_template(name).render(signed | values), status)

    def problem(self, request: Request, status: int, title: str, todo: str) -> Response:
        """A page that says what went wrong and what to do."""
        return self.page(request, "problem.html", status=status, title=title, todo=todo)


# ------------ A small plot of a count a day, as SVG without any style of its own.

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
