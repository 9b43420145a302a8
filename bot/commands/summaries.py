"""/summarize: a page, a message, a text or a file, briefed for the one who asks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from bot.commands.registry import READING, command
from bot.commands.service import Service, because, refuse, say
from bot.conversation import Attachment, Button, Option, Reply, Request
from bot.locales import LANGUAGES, N_, _
from bot.render.clean import clean
from bot.render.digest_text import digest_text, link_span, supported
from bot.render.rich import Rich, Span
from digests.brief.chain import with_sources_within
from digests.desk import Summary
from digests.model import Article, Brief, BriefRequest, Chat, Digest, DigestItem, Failure, Link, Page
from digests.text.bounds import first_texts

# ------------ Summaries that were made, kept so that a button can ask about one without fetching anything again.


@dataclass(frozen=True, slots=True)
class Kept:
    """A summary with what was wished for; ``wish.articles`` is empty."""

    article: Article
    brief: Brief
    wish: BriefRequest

    @property
    def summary(self) -> Summary:
        return Summary(self.article, self.brief)


_JSON: TypeAdapter[Kept] = TypeAdapter(Kept)
_MOST: Final = 20_000
"""Characters that are kept of an article, and of what its brief could rest on."""


async def keep(service: Service, chat: Chat, summary: Summary, wish: BriefRequest) -> str:
    """Keep it; the token it is found by, in this chat alone."""
    token = secrets.token_urlsafe(9)
    brief = with_sources_within(summary.brief, _MOST)
    kept = Kept(_beginning(summary.article), brief, replace(wish, articles=()))
    await service.store.answers.save(_key(chat, token), _JSON.dump_json(kept).decode(), service.clock())
    return token


async def find(service: Service, chat: Chat, token: str) -> Kept | None:
    """What was kept, None when that was too long ago or elsewhere."""
    found = await service.store.answers.get(_key(chat, token))
    return None if found is None else _JSON.validate_json(found)


def _beginning(article: Article) -> Article:
    return replace(
        article,
        paragraphs=first_texts(article.paragraphs, _MOST),
        sentences=first_texts(article.sentences, _MOST),
    )


def _key(chat: Chat, token: str) -> str:
    return f"summary:{chat.platform}:{chat.address}:{chat.thread or ''}:{token}"


MOST_AT_ONCE = 5
SHORTEST_TEXT = 200  # characters; a shorter text needs no summary
LENGTHS = {"short": 2, "medium": 4, "long": 8}
"""Sentences."""
LONGEST = 10
LANGUAGE = "in:"
"""Stands before the wished language among the words."""
_URL = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,10}[a-z]{2,24}(?![\w-])(?:/\S*)?", re.IGNORECASE)
_COUNT = re.compile(r"\b(10|[1-9])\b")
_LENGTH = re.compile(rf"\b({'|'.join(LENGTHS)})\b", re.IGNORECASE)
_LANGUAGE = re.compile(rf"(?:^|\s){LANGUAGE}([A-Za-z]{{2,3}}(?:-[A-Za-z]{{2,4}})?)(?=\s|$)")
_PRESSED = re.compile(r"(sources|longer|shorter|brief):([\w-]{8,40})")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The chat that asks, and what for."""

    service: Service
    chat: Chat
    wish: BriefRequest


@command(
    "summarize",
    N_("a brief of a page, a text or a file"),
    topic=READING,
    place=1,
    example="/summarize https://example.com/news 5",
    options=(
        Option(name="what", help=N_("one or more addresses, or a text"), required=False),
        Option(name="length", help=N_("how long"), required=False, choices=tuple(LENGTHS)),
        Option(
            name="language", help=N_("in which language"), required=False, choices=LANGUAGES, prefix=LANGUAGE
        ),
        Option(name="file", help=N_("a text, PDF or HTML file"), required=False, file=True),
    ),
)
async def summarize(service: Service, request: Request) -> Reply:
    """Brief the addresses given, or what the command answers or carries; or do what a button under one asks."""
    pressed = _PRESSED.fullmatch(request.words.strip())
    if pressed:
        return await _pressed(service, request, pressed[1], pressed[2])
    language = _LANGUAGE.search(request.words)
    if language and language[1] not in LANGUAGES:
        return refuse(
            _("I don't know the language “{language}”. These I know: {languages}.").format(
                language=language[1], languages=", ".join(LANGUAGES)
            )
        )
    words = _LANGUAGE.sub(" ", request.words)
    urls = _URL.findall(words) or [f"https://{bare}" for bare in _BARE.findall(words)]
    rest = _URL.sub(" ", words)
    options = rest if len(rest) < SHORTEST_TEXT else ""
    asked = await _asked(service, request, options, language[1] if language else None)
    if not options:
        urls = []
    urls = (urls or ([] if _long_text(request) else list(request.reply_links)))[:MOST_AT_ONCE]
    refusal = await service.access.refuses_summary(asked.chat, service.clock(), max(1, len(urls)))
    if refusal:
        return refuse(refusal)
    if urls:
        return await _each(asked, urls)
    text = _long_text(request)
    if text:
        return await _answer(asked, await service.desk.asks.summarize_text(text, asked.wish), _("that text"))
    if request.attachments:
        return await _file(asked, request.attachments[0])
    if request.reply_text:
        return refuse(_("That message has no link, and it is short enough to read as it is."))
    return refuse(
        _(
            "What shall I summarize? Send /summarize with an address, like /summarize https://example.com/news, "
            "or send it as an answer to a message with a link or a long text."
        )
    )


def _long_text(request: Request) -> str:
    return next((t for t in (request.words, request.reply_text) if len(t) >= SHORTEST_TEXT), "")


async def _asked(service: Service, request: Request, options: str, language: str | None) -> _Asked:
    chat = request.chat
    stored = await service.store.chats.find(chat.platform, chat.address, chat.thread)
    settings = stored.settings if stored else service.live.chat_defaults
    count, length = _COUNT.search(options), _LENGTH.search(options)
    sentences = max(1, settings.sentences)
    if length:
        sentences = LENGTHS[length[1].lower()]
    elif count:
        sentences = int(count[1])
    wish = BriefRequest(
        articles=(),
        language=language or settings.language,
        chat_id=stored.id if stored else None,
    )
    asking = stored or replace(chat, settings=settings)
    if language:
        asking = replace(asking, settings=replace(settings, language=language, translate=True))
    return _Asked(service, asking, of_length(wish, asking, sentences))


def of_length(wish: BriefRequest, chat: Chat, sentences: int) -> BriefRequest:
    """Who asks for more sentences than usual wants room for them too."""
    settings = chat.settings
    room = max(1.0, sentences / max(1, settings.sentences))
    return replace(
        wish,
        sentences=sentences,
        words=round(settings.words * room),
        characters=round(settings.characters * room),
    )


async def _each(asked: _Asked, urls: Sequence[str]) -> Reply:
    asks = asked.service.desk.asks
    if len(urls) == 1:
        return await _answer(asked, await asks.summarize_url(urls[0], asked.wish), urls[0])
    rich: list[Span] = []
    rows: list[tuple[Button, ...]] = []
    for number, url in enumerate(urls, 1):
        reply = await _answer(asked, await asks.summarize_url(url, asked.wish), url)
        rich += [*([Span("\n\n")] if rich else []), *reply.text]
        # under several summaries each has the way to its sources; one alone has all ways
        rows += [(replace(row[0], label=f"{number}. {row[0].label}"),) for row in reply.buttons]
    return say(tuple(rich), ok=bool(rows), buttons=tuple(rows))


async def _file(asked: _Asked, attachment: Attachment) -> Reply:
    body = await attachment.read()
    name = clean(attachment.name, 80)
    if isinstance(body, Failure):
        return refuse(_("I can't read {file}: {reason}").format(file=name, reason=because(body)))
    page = Page(url="", status=200, body=body, content_type=attachment.content_type)
    return await _answer(asked, await asked.service.desk.asks.summarize_page(page, asked.wish), name)


async def _answer(asked: _Asked, summary: Summary | Failure, what: str) -> Reply:
    if isinstance(summary, Failure):
        return refuse(_("I can't summarize {what}: {reason}").format(what=what, reason=because(summary)))
    service = asked.service
    brief = await service.desk.editor.translated(asked.chat, summary.brief, service.clock())
    return await _shown(asked, Summary(summary.article, brief))


async def _shown(asked: _Asked, summary: Summary) -> Reply:
    token = await keep(asked.service, asked.chat, summary, asked.wish)
    row = [Button(_("Sources"), "summarize", f"sources:{token}")]
    if asked.wish.sentences < LONGEST and len(summary.brief.sentences) >= asked.wish.sentences:
        row.append(Button(_("Longer"), "summarize", f"longer:{token}"))
    if asked.wish.sentences > 1:
        row.append(Button(_("Shorter"), "summarize", f"shorter:{token}"))
    return say(summary_text(summary, asked.service.clock()), buttons=(tuple(row),))


async def _pressed(service: Service, request: Request, verb: str, token: str) -> Reply:
    found = await find(service, request.chat, token)
    if found is None:
        return refuse(_("That summary is gone. Send /summarize with its address again."))
    if verb == "sources":
        back = (Button(_("Back"), "summarize", f"brief:{token}"),)
        return say(_sources(found.summary), buttons=(back,))
    stored = await service.stored(request.chat)
    language = found.wish.language
    chat = replace(stored, settings=replace(stored.settings, language=language, translate=bool(language)))
    asked = _Asked(service, chat, found.wish)
    if verb == "brief":
        return await _shown(asked, found.summary)
    refusal = await service.access.refuses_summary(stored, service.clock())
    if refusal:
        return refuse(refusal)
    had = found.wish.sentences
    wanted = min(LONGEST, had * 2) if verb == "longer" else max(1, had // 2)
    asked = replace(asked, wish=of_length(replace(found.wish, chat_id=stored.id), stored, wanted))
    again = await service.desk.asks.summarize_article(found.article, asked.wish)
    return await _answer(asked, again, _("that text"))


def _sources(summary: Summary) -> Rich:
    """Each sentence of the brief, and under it the source's sentences it rests on."""
    text = supported(summary.brief)
    if not summary.article.url:
        return text
    return (*text, Span("\n\n🔗 "), link_span(Link(summary.article.site, summary.article.url)))


def summary_text(summary: Summary, now: datetime) -> Rich:
    """A summary as a digest would show the story."""
    article = summary.article
    links = (Link(article.site, article.url),) if article.url else ()
    item = DigestItem(story_id=0, version=1, brief=summary.brief, links=links)
    return digest_text(Digest(chat_id=0, created=now, items=(item,)))
