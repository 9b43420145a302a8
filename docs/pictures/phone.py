"""What is sent, as a phone shows it: requests to Telegram and Discord as HTML, in light and dark.

Only the frame around a message is a mock-up. Pictures stand in for those of the fictional sites.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import quote

from bot.platforms.telegram.delivery import Content
from bot.render.telegram_entities import Entity, Message

STYLE = """
* { box-sizing: border-box }
body { margin: 0; font-family: Roboto, 'Noto Sans', 'Noto Sans Arabic', 'Noto Sans CJK JP', 'DejaVu Sans',
       'Noto Color Emoji', sans-serif }
.telegram, .discord { overflow-wrap: anywhere; padding: 10px }
.telegram { --wall: #b5d3ae; --bubble: #fff; --ink: #111; --quiet: #707c84; --link: #2f7cc4; --line: #0002;
            --mark: #ffe9a8; background: var(--wall) }
.discord { --wall: #fff; --frame: #f2f3f5; --ink: #2e3338; --quiet: #5c5e66; --link: #0067c0; --line: #e3e5e8;
           --button: #e3e5e8; background: var(--wall) }
@media (prefers-color-scheme: dark) {
  .telegram { --wall: #0f1a24; --bubble: #182533; --ink: #f2f4f5; --quiet: #8a98a5; --link: #6ab3f3; --line: #fff2;
              --mark: #5c4a12 }
  .discord { --wall: #313338; --frame: #2b2d31; --ink: #dbdee1; --quiet: #949ba4; --link: #00a8fc; --line: #3f4147;
             --button: #4e5058 }
}
.telegram a, .discord a { color: var(--link); text-decoration: none }
.bubble { background: var(--bubble); color: var(--ink); border-radius: 4px 14px 14px 14px; padding: 8px 12px 6px;
          font-size: 15px; line-height: 1.34; box-shadow: 0 1px 2px #0003; overflow: hidden }
.bubble img { display: block; width: calc(100% + 24px); margin: 4px -12px 8px }
.bubble h3 { font-size: 15px; margin: 0 0 6px }
.bubble h4 { font-size: 18px; line-height: 1.22; margin: 2px 0 3px }
.bubble h5 { font-size: 15px; margin: 12px 0 2px }
.bubble h6 { font-size: 12px; color: var(--quiet); margin: 12px 0 0 }
.bubble h6 + h4, .bubble h6 + h5 { margin-top: 1px }
.bubble p { margin: 0 0 3px }
.bubble footer { color: var(--quiet); font-size: 13px }
.bubble details { border-top: 1px solid var(--line); padding: 7px 0 6px; margin-top: 6px }
.bubble details + details { margin-top: 0 }
.bubble summary { font-weight: 600; cursor: pointer }
.bubble details[open] summary { margin-bottom: 4px }
.bubble ul { margin: 2px 0; padding-left: 18px }
.bubble li { margin-bottom: 3px }
.bubble mark { background: var(--mark); color: inherit }
.bubble .text { white-space: pre-wrap }
.bubble blockquote { margin: 3px 0; padding: 2px 20px 0 9px; border-left: 3px solid var(--link); border-radius: 4px;
                     background: #3a8ee018; font-size: 14px }
.bubble blockquote.expandable_blockquote { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical;
                                           overflow: hidden }
.bubble .time { text-align: right; color: var(--quiet); font-size: 12px }
.under { display: flex; gap: 5px; margin-top: 5px }
.under span { flex: 1; background: #0000002e; color: #fff; border-radius: 8px; padding: 7px 3px; text-align: center }
.post { display: flex; gap: 12px; color: var(--ink); font-size: 15px; line-height: 1.33 }
.post .face { flex: none; width: 38px; height: 38px; border-radius: 50%; background: #2f6fde; color: #fff;
              font: 700 19px/38px sans-serif; text-align: center }
.post .said { flex: 1; min-width: 0 }
.post .who { font-weight: 600 }
.post .app { background: #5865f2; color: #fff; border-radius: 3px; font-size: 10px; padding: 1px 4px; margin: 0 6px }
.post .who .time { color: var(--quiet); font-size: 12px; font-weight: 400 }
.frame { background: var(--frame); border: 1px solid var(--line); border-left: 4px solid; border-radius: 8px;
         padding: 10px 12px; margin-top: 5px; display: grid; gap: 9px }
.frame img.large { width: 100%; border-radius: 6px; display: block }
.section { display: flex; gap: 10px; justify-content: space-between }
.section .words { min-width: 0 }
.section img { width: 76px; height: 76px; object-fit: cover; border-radius: 6px; flex: none }
.button { background: var(--button); border-radius: 7px; padding: 5px 13px; align-self: flex-start; flex: none;
          font-size: 14px }
.frame h3 { font-size: 17px; line-height: 1.25; margin: 0 }
.frame small { color: var(--quiet); font-size: 12px; display: block }
.row { display: flex; gap: 7px; margin-top: 8px }
"""

_SCENES = ("#7aa7c7,#e8d9b5", "#8fb08c,#dfe6d0", "#b58a7c,#f0ddc8", "#6f7fa8,#cfd6ea", "#a28bb5,#e6dcec")


def picture(address: str) -> str:
    """A stand-in for the picture at an address, always the same."""
    name = address.rpartition("/")[2].partition(".")[0]
    sky, ground = _SCENES[sum(map(ord, name)) % len(_SCENES)].split(",")
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 640 340' width='640' height='340'>"
        f"<rect width='640' height='340' fill='{sky}'/><circle cx='500' cy='90' r='46' fill='#fff8'/>"
        f"<path d='M0 250 Q160 170 320 240 T640 220 V340 H0Z' fill='{ground}'/>"
        f"<text x='24' y='318' font-family='sans-serif' font-size='26' fill='#0009'>{escape(name)}</text></svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


# ------------------------------------------------------------ Telegram

_TAGS = {"bold": "b", "italic": "i", "code": "code", "blockquote": "blockquote", "text_link": "a"}


def entities(message: Message) -> str:
    """The message's text with its entities as HTML."""
    units = message.text.encode("utf-16-le")

    def words(start: int, end: int) -> str:
        return escape(units[start * 2 : end * 2].decode("utf-16-le"))

    def drawn(start: int, end: int, inside: list[Entity]) -> str:
        out, at = "", start
        while inside:
            outer, inside = inside[0], inside[1:]
            last = outer.offset + outer.length
            inner = [one for one in inside if one.offset < last]
            inside = inside[len(inner) :]
            tag = _TAGS.get(outer.type.removeprefix("expandable_"), "span")
            out += f"{words(at, outer.offset)}<{tag} class='{outer.type}'>"
            out += f"{drawn(outer.offset, last, inner)}</{tag}>"
            at = last
        return out + words(at, end)

    html = drawn(0, len(units) // 2, list(message.entities))
    # A quotation is a block of its own: the line break before and after it is already drawn.
    return re.sub(r"\n?(<blockquote.*?</blockquote>)\n?", r"\1", html, flags=re.DOTALL)


def telegram(content: Content, time: str, buttons: tuple[str, ...] = ()) -> str:
    """One message: its rich form where it has one, else its text under the picture that it previews."""
    if content.rich is not None:
        html = re.sub(r'<img src="([^"]*)"/>', lambda m: f'<img src="{picture(m[1])}">', content.rich.html)
        turned = " dir=rtl" if content.rich.right_to_left else ""
        said = f"<div{turned}>{re.sub(r'</?tg-time[^>]*>', '', html)}</div>"
    else:
        shown = f'<img src="{picture(content.preview)}">' if content.preview and content.above else ""
        said = f"{shown}<div class=text dir=auto>{entities(Message(content.text, content.entities))}</div>"
    under = "".join(f"<span>{label}</span>" for label in buttons)
    row = f"<div class=under>{under}</div>" if under else ""
    return f"<div class=telegram><div class=bubble>{said}<div class=time>{time}</div></div>{row}</div>"


# ------------------------------------------------------------ Discord

_MARKDOWN = re.compile(
    r"\\(?P<plain>[^\w\s])|\[(?P<label>(?:\\.|[^\]\\])+)\]\(<(?P<url>[^>]*)>\)|<t:(?P<time>\d+):f>"
    r"|\*\*(?P<bold>(?:\\.|[^*\\])+)\*\*|\*(?P<italic>(?:\\.|[^*\\])+)\*"
)


def marked(markdown: str, clock: str) -> str:
    """The marks that the renderer writes, as HTML; a moment is what ``clock`` says."""
    lines = []
    for line in markdown.split("\n"):
        tag = "h3" if line.startswith("### ") else "small" if line.startswith("-# ") else ""
        inner = _marks(line.removeprefix("### ").removeprefix("-# "), clock)
        lines.append(
            f"<{tag} dir=auto>{inner}</{tag}>" if tag else f"<div dir=auto>{inner or '&nbsp;'}</div>"
        )
    return "".join(lines)


def _marks(markdown: str, clock: str) -> str:
    out, at = "", 0
    for match in _MARKDOWN.finditer(markdown):
        out += escape(markdown[at : match.start()])
        at = match.end()
        kind, inner = match.lastgroup, match[match.lastgroup or 0]
        if kind == "plain":
            out += escape(inner)
        elif kind == "url":
            out += f"<a href='{escape(inner)}'>{_marks(match['label'], clock)}</a>"
        elif kind == "time":
            out += clock
        else:
            tag = "b" if kind == "bold" else "i"
            out += f"<{tag}>{_marks(inner, clock)}</{tag}>"
    return out + escape(markdown[at:])


def discord(payload: dict[str, Any], time: str, clock: str) -> str:
    """One message of components."""

    def drawn(one: dict[str, Any]) -> str:
        inner = "".join(map(drawn, one.get("components", ())))
        match one["type"]:
            case 1:
                return f"<div class=row>{inner}</div>"
            case 2:
                return f"<span class=button>{escape(one['label'])}</span>"
            case 9:
                return f"<div class=section><div class=words>{inner}</div>{drawn(one['accessory'])}</div>"
            case 10:
                return f"<div>{marked(one['content'], clock)}</div>"
            case 11:
                return f'<img src="{picture(one["media"]["url"])}">'
            case 12:
                return "".join(f'<img class=large src="{picture(i["media"]["url"])}">' for i in one["items"])
            case _:
                return f"<div class=frame style='border-left-color:#{one['accent_color']:06x}'>{inner}</div>"

    shown = "".join(map(drawn, payload["components"]))
    return (
        "<div class=discord><div class=post><div class=face>N</div><div class=said><div class=who>Newsdesk"
        f"<span class=app>APP</span><span class=time>{time}</span></div>{shown}</div></div></div>"
    )
