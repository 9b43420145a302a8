"""Text in a terminal: in colour, and nothing from outside moves the cursor."""

from __future__ import annotations

from bot.platforms.console import clean_lines, terminal
from bot.render.rich import Span, bold, code, link


def test_a_link_is_underlined_and_leads_to_the_web() -> None:
    drawn = terminal((bold("a "), link("b", "https://a.example/"), code("c")))
    assert drawn.plain == "a bc"
    styles = [span.style for span in drawn.spans]
    assert [(style.bold, style.underline, style.link) for style in styles] == [  # type: ignore[union-attr]
        (True, False, None),
        (False, True, "https://a.example/"),
        (False, False, None),
    ]


def test_an_address_that_would_move_the_cursor_is_no_link() -> None:
    (span,) = terminal((link("b", "https://a.example/\x1b]0;title\x07"),)).spans
    assert (span.style.link, span.style.underline) == (None, False)  # type: ignore[union-attr]


def test_lines_and_outer_spaces_stay_and_control_characters_go() -> None:
    assert clean_lines("  a\x1b[2J \n\n \u200b\nb  ") == "  a[2J \n\n\nb  "
    assert terminal((Span("a\x9b2J"),)).plain == "a2J"
