"""Draws a digest as text with meaning, the same for every platform.

The title says whose digest it is, of when, and how much is in it. A story is its headline, which leads to
the first report, the brief, and its sources by name. What comes after one screen of a phone folds.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.locales import _, _n, day, day_and_time
from bot.render.clean import clean, host_of
from bot.render.rich import Rich, Span, plain
from digests.brief.extractive.summarizer import EXCERPT_WARNING
from digests.brief.extras.translate import UNTRANSLATED
from digests.edit.outlets import goes_by
from digests.edit.schedule import parse_zone
from digests.model import Brief, Chat, Digest, DigestItem, FailureKind, Link

SCREEN = 900  # characters that a phone shows at once
FOLDS = 160  # a brief longer than this is worth folding
GAP = "\n\n"
_QUOTE = 400  # characters of a source sentence that is shown
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it is laid out. ``sentences`` are of the brief, in their order; ``sources`` its names and
    marks on one line; ``folded``: it comes after one screen; ``heading`` where it begins a topic."""

    id: int
    headline: Rich
    sentences: Rich = ()
    joiner: str = " "
    sources: Rich = ()
    image: str | None = None
    heading: str = ""
    folded: bool = False

    @property
    def brief(self) -> Rich:
        """The sentences as one text."""
        spans: list[Span] = []
        for sentence in self.sentences:
            spans += [Span(self.joiner), sentence] if spans else [sentence]
        return tuple(spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a digest says, in order: ``title`` and ``note`` may be "", ``listed`` are the stories told by their
    headlines alone, ``listing`` what stands over those. ``when`` is the title's ``moment`` in words."""

    title: str = ""
    when: str = ""
    moment: datetime | None = None
    note: str = ""
    stories: tuple[Told, ...] = ()
    listing: str = ""
    listed: tuple[Told, ...] = ()
    closing: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a digest that belongs together; ``stories`` are told in it, ``gap`` parts it from the
    block before. ``whole`` is the story it tells as more than an item of a list."""

    text: Rich
    stories: tuple[int, ...] = ()
    gap: str = GAP
    whole: Told | None = None
    title: Layout | None = None  # of the block that is its title


def layout(digest: Digest, labels: Labels | None = None, chat: Chat | None = None) -> Layout:
    """The digest laid out, under the name of ``chat`` where it is known.

    Every text is cleaned; links that are not http or https become plain text.
    """
    labels = labels or Labels()
    items, headlines = digest.items, digest.headlines
    if digest.style == "headlines":
        items, headlines = (), (*items, *headlines)
    count = len(items) + len(headlines)
    with_headings = count != 1 and any(item.heading for item in digest.items)
    stories: list[Told] = []
    shown, heading = 0, ""
    for item in items:
        topic = (clean(item.heading, 60) or labels.other) if with_headings else ""
        story = _told(item, labels, digest.style)
        length = len(plain(story.brief))
        begins = topic[:1].upper() + topic[1:] if topic != heading else ""
        stories.append(replace(story, heading=begins, folded=shown > SCREEN and length > FOLDS))
        heading = topic
        shown += len(plain(_drawn(story)))
    spent = any(item.brief.instead is FailureKind.BUDGET for item in (*digest.items, *digest.headlines))
    title = title_of(digest, chat) if digest.title or count != 1 else ""
    moment = _moment(digest, chat)
    return Layout(
        title=title,
        when=_when(digest) if moment is not None else "",
        moment=moment,
        note=clean(digest.note.text, 1000) if digest.note is not None else "",
        stories=tuple(stories),
        listing=labels.more if headlines and stories else "",
        listed=tuple(_listed(item, labels) for item in headlines),
        closing=labels.no_model if spent else "",
    )


def blocks(digest: Digest, labels: Labels | None = None, chat: Chat | None = None) -> tuple[Block, ...]:
    """The title, each story, and the list of further headlines; never empty."""
    return blocks_of(layout(digest, labels, chat))


def folded(laid: Layout, sentences: int) -> Layout:
    """The layout with the first so many sentences of each story, 0: with all, and the links of the headlines
    alone. The top story keeps its sentences."""

    def one(story: Told, most: int) -> Told:
        kept = story.sentences[:most] if most else story.sentences
        more = (replace(kept[-1], text=f"{kept[-1].text} …"),) if len(kept) < len(story.sentences) else ()
        sources = tuple(replace(span, url=None) for span in story.sources)
        return replace(story, sentences=(*kept[:-1], *more) if more else kept, sources=sources)

    stories = tuple(one(story, sentences if place else 0) for place, story in enumerate(laid.stories))
    return replace(laid, stories=stories)


def blocks_of(laid: Layout) -> tuple[Block, ...]:
    """The same of a layout."""
    found: list[Block] = []
    if laid.title:
        found.append(Block((Span(f"📰 {laid.title}", bold=True),), title=laid))
    if laid.note:
        found.append(Block((Span(laid.note, italic=True),)))
    for story in laid.stories:
        found.append(Block(_drawn(story), (story.id,), whole=story))
    if laid.listing:
        found.append(Block((Span(laid.listing, bold=True),)))
    for place, story in enumerate(laid.listed):
        found.append(Block(listed(story), (story.id,), "\n" if place or laid.listing else GAP))
    if laid.closing:
        found.append(Block((Span(laid.closing, italic=True),)))
    return tuple(found)


def digest_text(digest: Digest, labels: Labels | None = None, chat: Chat | None = None) -> Rich:
    """The whole digest as one text."""
    return joined(blocks(digest, labels, chat))


def spoken_caption(digest: Digest, chat: Chat | None = None) -> str:
    """What stands under a digest's recording: the digest it reads."""
    first = digest.items[0].brief.headline if digest.items else ""
    return f"🔊 {title_of(digest, chat) if digest.title or not first else clean(first, 200)}"


def title_of(digest: Digest, chat: Chat | None = None) -> str:
    """What stands over a digest: whose it is, of when, and how many stories it tells. Its own title may be
    a day, a moment on the chat's clocks, or words."""
    count = len(digest.items) + len(digest.headlines)
    told = _n("{count} story", "{count} stories", count).format(count=count) if count > 1 else ""
    name = clean(chat.title, 60).lstrip("#") if chat is not None and chat.kind != "private" else ""
    return " · ".join(part for part in (name, _when(digest), told) if part)


def _when(digest: Digest) -> str:
    when = clean(digest.title, 200)
    with suppress(ValueError):
        made = datetime.fromisoformat(when) if when else digest.created
        return day_and_time(made) if "T" in when else day(made)
    return when


def _moment(digest: Digest, chat: Chat | None) -> datetime | None:
    """The moment a digest's title tells on the chat's clocks."""
    if chat is None or "T" not in digest.title:
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(digest.title).replace(tzinfo=parse_zone(chat.settings.zone))
    return None


def joined(parts: tuple[Block, ...]) -> Rich:
    """The blocks in one text, parted as they say."""
    text: list[Span] = []
    for block in parts:
        text += [Span(block.gap), *block.text] if text else block.text
    return tuple(text)


def listed(story: Told) -> Rich:
    """A headline as an item of a list."""
    return (Span("• "), *story.headline, *((Span(" · "), *story.sources) if story.sources else ()))


def _drawn(story: Told) -> Rich:
    """A story as text: the topic it begins, its headline, the brief, its sources, each on a line."""
    spans = [Span(f"▎ {story.heading}\n", italic=True)] if story.heading else []
    spans += story.headline
    if story.sentences:
        spans += [Span("\n"), *(replace(span, quote=story.folded) for span in story.brief)]
    if story.sources:
        spans += [Span("\n"), *story.sources]
    return tuple(spans)


def _told(item: DigestItem, labels: Labels, style: str) -> Told:
    bullet = "• " if style == "bullets" else ""
    sentences = [(clean(sentence.text), sentence.text in item.changed) for sentence in item.brief.sentences]
    return Told(
        id=item.story_id,
        headline=_headline(item, labels, bold=True),
        sentences=tuple(Span(f"{bullet}{words}", bold=new) for words, new in sentences if words),
        joiner="\n" if bullet else item.brief.joiner,
        sources=_sources(item, labels),
        image=item.image,
    )


def _listed(item: DigestItem, labels: Labels) -> Told:
    site = clean(item.links[0].site, 60) or host_of(item.links[0].url) if item.links else ""
    return Told(
        id=item.story_id,
        headline=_headline(item, labels, bold=False),
        sources=(Span(site, italic=True),) if site else (),
    )


def _sources(item: DigestItem, labels: Labels) -> Rich:
    spans: list[Span] = []
    for link in item.links:
        spans += [Span(" · "), link_span(link)] if spans else [link_span(link)]
    for mark in _marks(item.brief, labels):
        spans.append(Span(f" · {mark}" if spans else mark, italic=True))
    return tuple(spans)


def _marks(brief: Brief, labels: Labels) -> list[str]:
    """What a reader should know of how the brief came about."""
    marks = [labels.excerpt] if EXCERPT_WARNING in brief.warnings else []
    marks += [labels.untranslated] if UNTRANSLATED in brief.warnings else []
    return [*marks, labels.translated] if brief.translated_from else marks


def _headline(item: DigestItem, labels: Labels, *, bold: bool) -> Rich:
    url = item.links[0].url if item.links and item.links[0].url.lower().startswith(_WEB) else None
    headline = Span(clean(item.brief.headline, 500) or "…", bold=bold, url=url, named=True)
    return (Span(f"🔄 {labels.updated}: ", italic=True), headline) if item.updated else (headline,)


_HERE = re.compile(r"127(\.\d{1,3}){3}|localhost")


def supported(brief: Brief) -> Rich:
    """Each sentence of a brief, and under it the sources' sentences it rests on."""
    lines: list[Span] = [Span(clean(brief.headline, 500) or "…", bold=True)]
    for number, sentence in enumerate(brief.sentences, 1):
        lines.append(Span(f"\n\n{number}. {clean(sentence.text)}"))
        for index in sentence.support:
            quote = clean(brief.source_sentences[index].text, _QUOTE)
            lines += [Span("\n"), Span(f"“{quote}”", italic=True, quote=True)]
    return tuple(lines)


def link_span(link: Link) -> Span:
    """The site's own name; the real host too, where the name does not say it."""
    host = host_of(link.url)
    site = clean(link.site, 60)
    if not host or not link.url.lower().startswith(_WEB):
        return Span(site or "?")
    if not site:
        return Span(host, url=link.url)
    # this machine's own address tells nobody anything
    told = _HERE.fullmatch(host) or goes_by(site, host)
    return Span(site if told else f"{site} ({host})", url=link.url, named=True)
