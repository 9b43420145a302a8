"""Draws the README's pictures: a digest on Telegram, on Discord and in a terminal.

The digest is the demo newsroom's, edited by the desk and laid out by the renderers that the chats
send with; only the frame around it is a mock-up. The fictional sites get host names of their own
here, where the demo serves them from 127.0.0.1. Needs Chromium on the path.

    .venv/bin/python docs/pictures/draw.py
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.app import open_app
from bot.config import Settings, SourceSettings
from bot.conversation import Button, Reply
from bot.demo.newsroom import Newsroom, serve
from bot.render.digest_text import digest_text
from bot.render.discord_messages import digest_parts
from bot.render.rich import Rich
from bot.render.telegram_entities import Entity, Message, messages
from bot.render.terminal import terminal
from digests.clock import utc_now
from digests.model import ChatSettings, Digest, DigestItem

FOLDER = Path(__file__).parent
SETTINGS = ChatSettings(stories=3)  # the rest as headlines, so that the picture has some


async def edited(folder: Path) -> tuple[Digest, Rich]:
    """The digest that the desk makes of the demo's newsroom, and its answer to ``/sources list``."""
    async with serve(utc_now()) as newsroom:
        base = Settings()
        settings = base.model_copy(
            update={
                "store": base.store.model_copy(update={"url": str(folder / "pictures.sqlite3")}),
                "watch": base.watch.model_copy(update={"allow_private": True}),
                "sources": tuple(
                    SourceSettings(url=url, name=name, topics=topics) for url, name, topics in newsroom.feeds
                ),
            }
        )
        async with open_app(settings, console=True, out=io.StringIO()) as app:
            await app.desk.intake.poll_due(utc_now())
            await app.desk.read_all()
            chat = next(chat for chat in await app.desk.store.chats.all() if chat.platform == "console")
            digest = await app.desk.editor.draft(replace(chat, settings=SETTINGS), utc_now())
            sources = (await app.ask("sources", "list")).text
        if digest is None:
            raise SystemExit("The desk has no digest to draw.")
        return _named(digest, newsroom), sources


def _named(digest: Digest, newsroom: Newsroom) -> Digest:
    """The digest with each site at a host of its own: ``http://127.0.0.1:1/post/a`` is ``post.example/a``."""

    def named(item: DigestItem) -> DigestItem:
        links = tuple(
            replace(
                link, url=re.sub(rf"^{re.escape(newsroom.base)}/(\w+)/", r"https://\1.example/", link.url)
            )
            for link in item.links
        )
        return replace(item, links=links)

    return replace(
        digest, items=tuple(map(named, digest.items)), headlines=tuple(map(named, digest.headlines))
    )


async def menus(folder: Path) -> list[tuple[str, Reply]]:
    """What a person types, and what the desk answers with buttons under it."""
    async with serve(utc_now()) as newsroom:
        base = Settings()
        settings = base.model_copy(
            update={
                "store": base.store.model_copy(update={"url": str(folder / "menus.sqlite3")}),
                "watch": base.watch.model_copy(update={"allow_private": True}),
            }
        )
        async with open_app(settings, console=True, out=io.StringIO()) as app:
            typed = (("start", ""), ("settings", ""), ("summarize", newsroom.articles[0]))
            shown = {newsroom.articles[0]: "https://herald.example/quay-bridge"}
            return [
                (f"/{command} {shown.get(words, words)}".strip(), await app.ask(command, words))
                for command, words in typed
            ]


# ------------------------------------------------------------ Telegram

_TAGS = {"bold": "b", "italic": "i", "code": "code", "blockquote": "blockquote", "text_link": "a"}


def telegram(message: Message) -> str:
    """The message's text with its entities as HTML."""
    units = message.text.encode("utf-16-le")

    def words(start: int, end: int) -> str:
        return escape(units[start * 2 : end * 2].decode("utf-16-le"))

    def drawn(start: int, end: int, entities: list[Entity]) -> str:
        out, at = "", start
        while entities:
            outer, entities = entities[0], entities[1:]
            last = outer.offset + outer.length
            inner = [one for one in entities if one.offset < last]
            entities = entities[len(inner) :]
            tag = _TAGS.get(outer.type.removeprefix("expandable_"), "span")
            out += f"{words(at, outer.offset)}<{tag} class='{outer.type}'>"
            out += f"{drawn(outer.offset, last, inner)}</{tag}>"
            at = last
        return out + words(at, end)

    html = drawn(0, len(units) // 2, list(message.entities))
    # A quotation is a block of its own: the line break before and after it is already drawn.
    return re.sub(r"\n?(<blockquote.*?</blockquote>)\n?", r"\1", html, flags=re.DOTALL)


def telegram_page(digest: Digest) -> str:
    time = digest.created.strftime("%H:%M")
    bubbles = "".join(
        f"<div class=bubble><div class=who>Newsdesk</div><div class=text>{telegram(message)}</div>"
        f"<div class=time>{time}</div></div>"
        for message in messages(digest_text(digest), commands=False)
    )
    return _page(
        """
        body { background: #b5d3ae; width: 412px; padding: 12px }
        .bubble { background: #fff; border-radius: 4px 16px 16px 16px; padding: 8px 12px 6px; color: #111;
                  font-size: 15px; line-height: 1.36; box-shadow: 0 1px 2px #0003; margin-bottom: 6px }
        .who { color: #3a8ee0; font-weight: 600; margin-bottom: 2px }
        .text { white-space: pre-wrap; overflow-wrap: anywhere }
        a { color: #2f7cc4; text-decoration: none }
        blockquote { margin: 3px 0; padding: 2px 22px 0 9px; border-left: 3px solid #3a8ee0; border-radius: 4px;
                     background: #3a8ee018; font-size: 14px; position: relative }
        .expandable_blockquote { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical;
                                 overflow: hidden }
        .expandable_blockquote::after { content: "\\2304"; position: absolute; right: 7px; bottom: 3px;
                                        color: #3a8ee0; font-weight: 700 }
        .time { text-align: right; color: #8a959c; font-size: 12px }
        """,
        bubbles,
    )


# ------------------------------------------------------------ Discord

_MARKDOWN = re.compile(
    r"\\(?P<plain>[^\w\s])|\[(?P<label>(?:\\.|[^\]\\])+)\]\(<(?P<url>[^>]*)>\)"
    r"|\*\*(?P<bold>(?:\\.|[^*\\])+)\*\*|\*(?P<italic>(?:\\.|[^*\\])+)\*"
)


def discord(markdown: str) -> str:
    """The marks that the renderer writes, as HTML."""
    out, at = "", 0
    for match in _MARKDOWN.finditer(markdown):
        out += escape(markdown[at : match.start()])
        at = match.end()
        kind, inner = match.lastgroup, match[match.lastgroup or 0]
        if kind == "plain":
            out += escape(inner)
        elif kind == "url":
            out += f"<a href='{escape(inner)}'>{discord(match['label'])}</a>"
        else:
            tag = "b" if kind == "bold" else "i"
            out += f"<{tag}>{discord(inner)}</{tag}>"
    return out + escape(markdown[at:])


def _embed(embed: dict[str, Any], created: datetime) -> str:
    title = discord(embed.get("title", ""))
    if "url" in embed:
        title = f"<a href='{escape(embed['url'])}'>{title}</a>"
    foot = ""
    if "timestamp" in embed:
        when = datetime.fromisoformat(embed["timestamp"])
        day = "Today at" if when.date() == created.date() else f"{when:%d/%m/%Y}"
        foot = f"<div class=foot>{day} {when:%H:%M}</div>"
    return (
        f"<div class=embed style='border-color:#{embed['color']:06x}'><div class=title>{title}</div>"
        f"<div class=text>{discord(embed.get('description', ''))}</div>{foot}</div>"
    )


def discord_page(digest: Digest) -> str:
    posts = ""
    for part in digest_parts(digest, SETTINGS):
        payload = json.loads(part.payload)
        posts += (
            "<div class=post><div class=face>N</div><div><div class=who>Newsdesk<span class=app>APP</span>"
            f"<span class=time>Today at {digest.created:%H:%M}</span></div>"
            f"<div class=text>{discord(payload['content'])}</div>"
            f"{''.join(_embed(embed, digest.created) for embed in payload['embeds'])}</div></div>"
        )
    return _page(
        """
        body { background: #313338; color: #dbdee1; width: 560px; padding: 16px; font-size: 15px; line-height: 1.34 }
        .post { display: flex; gap: 14px }
        .face { flex: none; width: 40px; height: 40px; border-radius: 50%; background: #2f6fde; color: #fff;
                font: 700 20px/40px sans-serif; text-align: center }
        .who { color: #f2f3f5; font-weight: 600 }
        .app { background: #5865f2; border-radius: 3px; font-size: 10px; padding: 1px 4px; margin: 0 6px;
               vertical-align: 2px }
        .time, .foot { color: #949ba4; font-size: 12px; font-weight: 400 }
        .text { white-space: pre-wrap; overflow-wrap: anywhere }
        .embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 9px 14px 11px 12px;
                 margin-top: 6px; max-width: 470px; font-size: 14px }
        .embed .title { font-weight: 600; margin-bottom: 5px; color: #f2f3f5; font-size: 15px }
        .embed .foot { margin-top: 6px }
        a { color: #00a8fc; text-decoration: none }
        """,
        posts,
    )


# ------------------------------------------------------------ a terminal


def terminal_page(digest: Digest, sources: Rich) -> str:
    console = Console(record=True, file=io.StringIO(), width=80, highlight=False, force_terminal=True)
    console.rule("digest", style="dim")
    console.print(terminal(digest_text(digest)), end="\n\n")
    console.print("/sources list", style="bold green")
    console.print(terminal(sources))
    text = console.export_html(inline_styles=True, code_format="{code}")
    return _page(
        """
        body { background: #1e1f26; width: 668px; padding: 16px 18px }
        pre { color: #d8dae0; font: 13px/1.4 "DejaVu Sans Mono", "Noto Color Emoji", monospace; margin: 0;
              white-space: pre-wrap }
        pre a { color: inherit }
        """,
        f"<pre>{text}</pre>",
    )


# ------------------------------------------------------------ pictures


def _pairs(choices: Sequence[Button]) -> list[tuple[Button, ...]]:
    return [tuple(choices[start : start + 2]) for start in range(0, len(choices), 2)]


def menus_page(answers: list[tuple[str, Reply]]) -> str:
    """The answers side by side, as Telegram shows them."""
    columns = []
    for typed, reply in answers:
        (message, *_rest) = messages(reply.text)
        rows = "".join(
            f'<div class="row">{"".join(f"<span>{escape(button.label)}</span>" for button in row)}</div>'
            for row in (*reply.buttons, *_pairs(reply.choices))
        )
        said = re.sub(r"127\.0\.0\.1(:\d+)?", "herald.example", telegram(message))
        columns.append(
            f'<div class="column"><p class="asked">{escape(typed)}</p><div class="bubble">{said}</div>{rows}</div>'
        )
    style = """
        body { display: flex; gap: 18px; background: #a9c4a0; padding: 18px; width: 1020px; margin: 0;
               font: 14px/1.4 "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", sans-serif;
               align-items: flex-start }
        .column { width: 328px }
        .asked { background: #e1fec6; border-radius: 12px; padding: 7px 11px; margin: 0 0 8px 60px;
                 overflow-wrap: anywhere }
        .bubble { background: white; border-radius: 12px; padding: 9px 12px; white-space: pre-wrap;
                  overflow-wrap: anywhere }
        .bubble a { color: #2678b6; text-decoration: none }
        .row { display: flex; gap: 5px; margin-top: 5px }
        .row span { flex: 1; background: #6f9a6c; color: white; border-radius: 8px; padding: 7px 3px;
                    text-align: center }
    """
    return _page(style, "".join(columns))


def _page(style: str, body: str) -> str:
    return (
        "<!doctype html><meta charset=utf-8><style>* { box-sizing: border-box }"
        "body { margin: 0; font-family: Roboto, 'Noto Sans', 'DejaVu Sans', 'Noto Color Emoji', sans-serif }"
        f"{style}</style><body>{body}</body>"
    )


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise SystemExit("Chromium is not installed.")


def shoot(pages: Iterable[tuple[str, str]], folder: Path) -> None:
    """A picture of each page, as large as its body."""
    chromium = [_chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    measure = (
        "<script>const body = document.body.getBoundingClientRect();"
        "document.title = `${body.width},${Math.ceil(body.height)}`</script>"
    )
    for name, html in pages:
        page = folder / f"{name}.html"
        page.write_text(html + measure, encoding="utf-8")
        dom = subprocess.run(  # noqa: S603
            [*chromium, "--dump-dom", str(page)], capture_output=True, text=True, check=True, timeout=60
        )
        size = re.search(r"<title>([\d,]+)</title>", dom.stdout)
        if size is None:
            raise SystemExit(f"Chromium did not measure the page: {dom.stderr}")
        picture = FOLDER / f"{name}.png"
        subprocess.run(  # noqa: S603
            [*chromium, "--force-device-scale-factor=1.2", f"--window-size={size[1]}",
             f"--screenshot={picture}", str(page)],
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        print(f"{picture.name}: {picture.stat().st_size // 1000} kB", file=sys.stderr)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="newsdesk-pictures-") as name:
        folder = Path(name)
        digest, sources = asyncio.run(edited(folder))
        pages = (
            ("telegram", telegram_page(digest)),
            ("discord", discord_page(digest)),
            ("terminal", terminal_page(digest, sources)),
            ("menus", menus_page(asyncio.run(menus(folder)))),
        )
        shoot(pages, folder)


if __name__ == "__main__":
    main()
