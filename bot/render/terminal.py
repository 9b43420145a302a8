"""Neutral text as a terminal shows it."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from bot.render.clean import clean
from bot.render.rich import Rich
from bot.render.telegram_entities import web_link


def terminal(rich: Rich) -> Text:
    """Styled text; a link is underlined and, where the terminal can, followed by a click.

    Control characters from outside are gone, so no article can move the cursor or recolour.
    """
    drawn = Text()
    for span in rich:
        url = web_link(span.url)
        style = Style(
            bold=span.bold,
            italic=span.italic,
            underline=url is not None,
            color="cyan" if span.code else None,
            link=url,
        )
        drawn.append(clean_lines(span.text), style)
    return drawn


def clean_lines(text: str) -> str:
    """Each line cleaned, line breaks and outer spaces kept."""
    lines = []
    for line in text.split("\n"):
        core = clean(line)
        lead = line[: len(line) - len(line.lstrip(" "))]
        tail = line[len(line.rstrip(" ")) :] if core else ""
        lines.append(f"{lead}{core}{tail}" if core else line if not line.strip(" ") else "")
    return "\n".join(lines)
