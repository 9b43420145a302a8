"""Draws a digest as text with meaning, the same for every platform.

A story is a bold headline, the brief, and the sites it rests on as links. What comes after one
screen of a phone folds: its brief becomes a quotation, which Telegram shows collapsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from bot.locales import _, day
from bot.render.clean import clean, host_of
from bot.render.rich import Rich, Span, plain
from digests.brief.extractive.summarizer import EXCERPT_WARNING
from digests.brief.extras.translate import UNTRANSLATED
from digests.model import Digest, DigestItem, FailureKind, Link

SCREEN = 900  # characters that a phone shows at once
_GAP = Span("\n\n")
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The few words a digest needs, in the language being spoken when they are made."""

    updated: str = field(default_factory=lambda: _("updated"))
    excerpt: str = field(default_factory=lambda: _("from an excerpt"))
    more: str = field(default_factory=lambda: _("More headlines"))
    other: str = field(default_factory=lambda: _("Other"))
    translated: str = field(default_factory=lambda: _("translated by a machine"))
    untranslated: str = field(default_factory=lambda: _("not translated"))
    no_model: str = field(default_factory=lambda: _("Written without a model: the budget for it is used up."))


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a digest that belongs together; ``stories`` are told in it."""

    text: Rich
    stories: tuple[int, ...] = ()


def blocks(digest: Digest, labels: Labels | None = None) -> tuple[Block, ...]:
    """The title, each story, and the list of further headlines; never empty.

    Every text is cleaned; links that are not http or https become plain text.
    """
    labels = labels or Labels()
    found: list[Block] = []
    stories = len(digest.items) + len(digest.headlines)
    if digest.title or stories != 1:
        found.append(Block((Span(f"📰 {title_of(digest)}", bold=True),)))
    if digest.note is not None:
        found.append(Block((Span(clean(digest.note.text, 1000), italic=True),)))
    shown = 0
    heading = ""
    with_headings = stories != 1 and any(item.heading for item in digest.items)
    for item in digest.items:
        topic = clean(item.heading, 60) or labels.other
        if with_headings and topic != heading:
            heading = topic
            found.append(Block((Span(f"▎ {heading[:1].upper()}{heading[1:]}", bold=True),)))
        text = _story(item, labels, digest.style, folded=shown > SCREEN)
        shown += len(plain(text))
        found.append(Block(text, (item.story_id,)))
    if digest.headlines:
        found.append(
            Block(_headlines(digest.headlines, labels), tuple(item.story_id for item in digest.headlines))
        )
    if any(item.brief.instead is FailureKind.BUDGET for item in (*digest.items, *digest.headlines)):
        found.append(Block((Span(labels.no_model, italic=True),)))
    return tuple(found)


def digest_text(digest: Digest, labels: Labels | None = None) -> Rich:
    """The whole digest as one text."""
    return joined(blocks(digest, labels))


def spoken_caption(digest: Digest) -> str:
    """What stands under a digest's recording: the digest it reads."""
    first = digest.items[0].brief.headline if digest.items else ""
    return f"🔊 {title_of(digest) if digest.title or not first else clean(first, 200)}"


def title_of(digest: Digest) -> str:
    """What stands over a digest: its title, which may be a day, or else the day it was made."""
    title = clean(digest.title, 200)
    try:
        return day(date.fromisoformat(title) if title else digest.created.date())
    except ValueError:
        return title


def joined(parts: tuple[Block, ...]) -> Rich:
    """The blocks in one text, an empty line between them."""
    text: list[Span] = []
    for block in parts:
        text += [_GAP, *block.text] if text else block.text
    return tuple(text)


def _story(item: DigestItem, labels: Labels, style: str, *, folded: bool) -> Rich:
    spans = list(_headline(item, labels))
    brief = clean(item.brief.text)
    if brief and style == "bullets":
        brief = "\n".join(f"• {clean(sentence.text)}" for sentence in item.brief.sentences)
    if brief:
        spans += [Span("\n"), Span(brief, quote=folded)]
    notes: list[Span] = []
    for link in item.links:
        notes += [Span(", " if notes else "🔗 "), link_span(link)]
    for mark in _marks(item, labels):
        notes.append(Span(f" · {mark}" if notes else mark, italic=True))
    if notes:
        spans += [Span("\n"), *notes]
    return tuple(spans)


def _marks(item: DigestItem, labels: Labels) -> list[str]:
    """What a reader should know of how the brief came about."""
    brief = item.brief
    marks = [labels.excerpt] if EXCERPT_WARNING in brief.warnings else []
    marks += [labels.untranslated] if UNTRANSLATED in brief.warnings else []
    return [*marks, labels.translated] if brief.translated_from else marks


def _headline(item: DigestItem, labels: Labels) -> Rich:
    headline = Span(clean(item.brief.headline, 500) or "…", bold=True)
    return (Span(f"🔄 {labels.updated}: ", italic=True), headline) if item.updated else (headline,)


def _headlines(items: tuple[DigestItem, ...], labels: Labels) -> Rich:
    spans = [Span(labels.more, bold=True)]
    for item in items:
        headline = clean(item.brief.headline, 500) or "…"
        spans += [Span("\n• "), Span(headline)]
        if item.links:
            spans += [Span(" — "), link_span(item.links[0])]
    return tuple(spans)


_HERE = re.compile(r"127(\.\d{1,3}){3}|localhost")


def link_span(link: Link) -> Span:
    """The real host, after the site's own name where the name says something else."""
    host = host_of(link.url)
    site = clean(link.site, 60)
    if not host or not link.url.lower().startswith(_WEB):
        return Span(site or "?")
    if site and _HERE.fullmatch(host):  # this machine's own address tells nobody anything
        return Span(site, url=link.url)
    named = site and site.casefold() not in {host, f"www.{host}"}
    return Span(f"{site} ({host})" if named else host, url=link.url)
