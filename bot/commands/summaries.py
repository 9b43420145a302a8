"""/summarize: a page, a message, a text or a file, briefed for the one who asks."""

from __future__ import annotations

import re
from datetime import datetime

from bot.commands.service import Service, because, refuse, say
from bot.conversation import Attachment, Reply, Request
from bot.render.digest_text import digest_text
from bot.render.rich import Rich, Span
from digests.desk import Summary
from digests.model import BriefRequest, Digest, DigestItem, Failure, Link, Page

MOST_AT_ONCE = 5
SHORTEST_TEXT = 200  # characters; a shorter text needs no summary
_URL = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_BARE = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_COUNT = re.compile(r"\b(10|[1-9])\b")


async def summarize(service: Service, request: Request) -> Reply:
    """Brief the addresses given, or what the command answers or carries."""
    urls = _URL.findall(request.words) or [f"https://{bare}" for bare in _BARE.findall(request.words)]
    rest = _URL.sub(" ", request.words)
    wish = await _wish(service, request, _COUNT.search(rest) if len(rest) < SHORTEST_TEXT else None)
    if urls and len(rest) < SHORTEST_TEXT:
        return await _each(service, urls[:MOST_AT_ONCE], wish)
    for text in (request.words, request.reply_text):
        if len(text) >= SHORTEST_TEXT:
            return _answer(await service.desk.asks.summarize_text(text, wish), "that text", service.clock())
    if request.reply_links:
        return await _each(service, request.reply_links[:MOST_AT_ONCE], wish)
    if request.attachments:
        return await _file(service, request.attachments[0], wish)
    if request.reply_text:
        return refuse("That message has no link, and it is short enough to read as it is.")
    return refuse(
        "What shall I summarize? Send /summarize with an address, like /summarize https://example.com/news, "
        "or send it as an answer to a message with a link or a long text."
    )


async def _wish(service: Service, request: Request, count: re.Match[str] | None) -> BriefRequest:
    stored = await service.store.chats.find(request.chat.platform, request.chat.address, request.chat.thread)
    settings = stored.settings if stored else service.defaults
    sentences = int(count[1]) if count else max(1, settings.sentences)
    # A person who asks for more sentences than usual wants room for them too.
    room = max(1.0, sentences / max(1, settings.sentences))
    return BriefRequest(
        articles=(),
        sentences=sentences,
        words=round(settings.words * room),
        characters=round(settings.characters * room),
        language=settings.language,
        chat_id=stored.id if stored else None,
    )


async def _each(service: Service, urls: tuple[str, ...] | list[str], wish: BriefRequest) -> Reply:
    replies = [
        _answer(await service.desk.asks.summarize_url(url, wish), url, service.clock()) for url in urls
    ]
    if len(replies) == 1:
        return replies[0]
    rich: list[Span] = []
    for reply in replies:
        rich += [*([Span("\n\n")] if rich else []), *reply.text]
    return say(tuple(rich), ok=any(reply.ok for reply in replies))


async def _file(service: Service, attachment: Attachment, wish: BriefRequest) -> Reply:
    body = await attachment.read()
    if isinstance(body, Failure):
        return refuse(f"I can't read {attachment.name}: {because(body)}")
    page = Page(url="", status=200, body=body, content_type=attachment.content_type)
    return _answer(await service.desk.asks.summarize_page(page, wish), attachment.name, service.clock())


def _answer(summary: Summary | Failure, what: str, now: datetime) -> Reply:
    if isinstance(summary, Failure):
        return refuse(f"I can't summarize {what}: {because(summary)}")
    return say(summary_text(summary, now))


def summary_text(summary: Summary, now: datetime) -> Rich:
    """A summary as a digest would show the story."""
    article = summary.article
    links = (Link(article.site, article.url),) if article.url else ()
    item = DigestItem(story_id=0, version=1, brief=summary.brief, links=links)
    return digest_text(Digest(chat_id=0, created=now, items=(item,)))
