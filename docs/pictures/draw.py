"""Draws the README's pictures and the gallery: digests on Telegram, on Discord and in a terminal.

The README's digest is the demo newsroom's, edited by the desk; the gallery's are in ``cases.py``. Every one is
drawn from the request that the chats send (see ``phone.py``). The fictional sites get host names of their own
here, where the demo serves them from 127.0.0.1. Needs Chromium on the path; ``gallery`` alone does not.

    .venv/bin/python docs/pictures/draw.py [gallery]
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
from html import escape
from pathlib import Path

from babel.dates import format_datetime
from cases import cases
from phone import STYLE, discord, entities, telegram
from rich.console import Console

from bot.app import open_app
from bot.config import Settings, SourceSettings
from bot.conversation import Button, Reply, thumbs
from bot.demo.newsroom import Newsroom, serve
from bot.locales import speaking, spoken
from bot.platforms.console import terminal
from bot.platforms.discord.buttons import under_stories
from bot.platforms.telegram.delivery import Content
from bot.platforms.telegram.delivery import digest_parts as telegram_parts
from bot.render.digest_text import digest_text
from bot.render.discord_messages import digest_parts
from bot.render.rich import Rich
from bot.render.telegram_entities import messages
from digests.clock import utc_now
from digests.model import Chat, ChatSettings, Delivery, Digest, DigestItem, Part

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


# ------------------------------------------------------------ digests on phones

CHANNEL = Chat(platform="", address="1", kind="channel", title="Ladd News")


def on_telegram(digest: Digest, chat: Chat) -> str:
    """The digest's messages as they are sent to a group, where buttons stand under them."""
    there = replace(chat, platform="telegram", kind="group")
    parts = telegram_parts(digest, there, rich=True)
    return "".join(
        telegram(
            Content.of(_sent(part)), f"{digest.created:%H:%M}", tuple(b.label for b in thumbs(there, (1,)))
        )
        for part in parts
    )


def on_discord(digest: Digest, chat: Chat) -> str:
    there = replace(chat, platform="discord", kind="text")
    with speaking(chat.settings.language):
        below, opens = under_stories(there)
        parts = digest_parts(digest, there, below=below, opens=opens)
        clock = format_datetime(digest.created, "d MMM yyyy HH:mm", locale=spoken().replace("-", "_"))
    return "".join(discord(json.loads(part.payload), f"{digest.created:%H:%M}", clock) for part in parts)


def _sent(part: Part) -> Delivery:
    return Delivery(digest_id=1, chat_id=1, part=0, content=part, nonce="")


def gallery() -> str:
    """Every case on both platforms, side by side on a wide screen and one below the other on a phone."""
    body = "".join(
        f"<h2>{escape(name)}</h2><div class=both><div>{on_telegram(one, chat)}</div>"
        f"<div>{on_discord(one, chat)}</div></div>"
        for name, language, one in cases()
        for chat in [replace(CHANNEL, settings=ChatSettings(language=language))]
    )
    style = """
        body { max-width: 900px; margin: 0 auto; padding: 12px; background: #fff; color: #222 }
        h1, h2 { font-weight: 600; line-height: 1.2 } h1 { font-size: 24px } h2 { font-size: 17px; margin: 30px 0 8px }
        .both { display: grid; gap: 12px; align-items: start;
                grid-template-columns: repeat(auto-fit, minmax(min(360px, 100%), 1fr)) }
        .both > div { border-radius: 10px; overflow: hidden; border: 1px solid #8883; min-width: 0 }
        @media (prefers-color-scheme: dark) { body { background: #16181b; color: #ddd } }
    """
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Digests as they are posted</title><style>{STYLE}{style}</style><h1>Digests as they are posted</h1>"
        "<p>Drawn from the very requests; the pictures stand in for those of fictional sites.</p>"
        f"{body}</html>\n"
    )


# ------------------------------------------------------------ a terminal


def terminal_page(digest: Digest, sources: Rich) -> str:
    console = Console(record=True, file=io.StringIO(), width=80, highlight=False, force_terminal=True)
    console.rule("digest", style="dim")
    console.print(terminal(digest_text(digest, chat=CHANNEL)), end="\n\n")
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
        said = re.sub(r"127\.0\.0\.1(:\d+)?", "herald.example", entities(message))
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
    (FOLDER / "gallery.html").write_text(gallery(), encoding="utf-8")
    if sys.argv[1:] == ["gallery"]:
        return
    with tempfile.TemporaryDirectory(prefix="newsdesk-pictures-") as name:
        folder = Path(name)
        digest, sources = asyncio.run(edited(folder))
        pages = (
            ("telegram", _page(f"{STYLE} body {{ width: 412px }}", on_telegram(digest, CHANNEL))),
            ("discord", _page(f"{STYLE} body {{ width: 440px }}", on_discord(digest, CHANNEL))),
            ("terminal", terminal_page(digest, sources)),
            ("menus", menus_page(asyncio.run(menus(folder)))),
        )
        shoot(pages, folder)


if __name__ == "__main__":
    main()
