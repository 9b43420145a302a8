"""Public Telegram channels by their web preview: the posts as entries, no account needed."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any, Final

from digests.model import Entry, Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.text.door import admitted, door
from digests.text.machine_dates import machine_date
from digests.watch import fields
from digests.watch.feeds import changed_page
from digests.watch.offload import Offload
from digests.watch.xml_tree import html_tree

_TITLE_LENGTH: Final = 120  # characters of a post's first line that stand for its title
_POST: Final = "tgme_widget_message"
_BACKGROUND = re.compile(r"background-image:\s*url\(['\"]?(https://[^'\")]{1,2000})")


class TelegramReader:
    """A ``ports.SourceReader`` of sources like ``https://t.me/s/name``."""

    kind = "telegram"

    def __init__(self, fetcher: Fetcher, offload: Offload) -> None:
        self._fetcher = fetcher
        self._offload = offload

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        page = await changed_page(self._fetcher, source, state)
        if not isinstance(page, Page):
            return page
        feed = await self._offload.run(parse_preview, page)
        return feed if isinstance(feed, Failure) else Polled(feed=feed, page=page)


def parse_preview(page: Page) -> Feed | Failure:
    """The posts of a channel's preview, the newest first as in a feed. Pure, picklable."""
    root = html_tree(page.body, page.charset)
    posts: list[Any] = [] if root is None else root.xpath(f"//div[contains(@class, '{_POST} ')][@data-post]")
    if root is None or not posts:
        # a private or unknown channel is shown as a card that invites to open the app
        return Failure(FailureKind.NOT_A_FEED, "the channel is not public, or shows no posts on the web")
    entries = [entry for post in posts[-fields.MAX_ITEMS :] if (entry := _entry(post)) is not None]
    title = fields.line(root.xpath("string(//meta[@property='og:title']/@content)"))
    return door(Feed(title=title, site_url=page.url, entries=tuple(reversed(entries))))


def _entry(post: Any) -> Entry | None:
    """A post with text; pictures without a word are left out, as nothing could be briefed."""
    name = fields.line(post.get("data-post"))
    text = next(iter(post.xpath(".//div[contains(@class, 'tgme_widget_message_text')]")), None)
    if text is None or not re.fullmatch(r"\w{1,64}/\d{1,12}", name):
        return None
    for line_break in text.iter("br"):
        line_break.tail = "\n" + admitted(line_break.tail or "")
    lines = [
        line for part in "".join(text.itertext())[: fields.MAX_CONTENT].splitlines() if (line := part.strip())
    ]
    if not lines:
        return None
    picture = _BACKGROUND.search(post.xpath("string(.//*[contains(@class, 'message_photo_wrap')]/@style)"))
    moment = machine_date(post.xpath("string(.//a[contains(@class, 'message_date')]//time/@datetime)"))
    return Entry(
        guid=name,
        url=f"https://t.me/{name}",
        title=_title(fields.line(lines[0])),
        html="".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines),
        published=moment,
        image=picture[1] if picture else None,
    )


def _title(line: str) -> str:
    """The line, cut at a word's end where it is long."""
    if len(line) <= _TITLE_LENGTH:
        return line
    return (
        line[:_TITLE_LENGTH].rpartition(" ")[0] + "…"
        if " " in line[:_TITLE_LENGTH]
        else line[:_TITLE_LENGTH] + "…"
    )
