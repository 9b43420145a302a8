"""Articles, the stories they report, and the briefs of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digests.model.failures import FailureKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry that has been read: clean text in order, and the facts around it."""

    id: int = 0
    entry_id: int = 0
    source_id: int = 0
    url: str = ""
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()  # of the paragraphs, in order
    language: str = "und"  # ISO 639-1, "und" when it can't be told
    byline: str = ""
    site: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: str | None = None
    excerpt: bool = False  # rests on the feed's own text: the page is a stub, paywalled or unread
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles on one event. ``articles`` are in order of arrival, the lead among them."""

    id: int = 0
    lead_id: int = 0  # id of the lead article
    articles: tuple[Article, ...] = ()
    version: int = 1  # grows when a development, not a copy, joins
    started: datetime | None = None
    updated: datetime | None = None

    @property
    def lead(self) -> Article:
        for article in self.articles:
            if article.id == self.lead_id:
                return article
        return self.articles[0]

    @property
    def lead_first(self) -> tuple[Article, ...]:
        """The lead, then the others in order of arrival."""
        lead = self.lead
        return (lead, *(article for article in self.articles if article.id != lead.id))


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence a brief may rest on; ``article`` is the index into the request's articles."""

    text: str
    article: int = 0


@dataclass(frozen=True, slots=True)
class BriefSentence:
    """One posted sentence; ``support`` are the indexes of the source sentences it rests on."""

    text: str
    support: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the desk says about a story, every sentence traceable."""

    headline: str
    sentences: tuple[BriefSentence, ...]
    source_sentences: tuple[SourceSentence, ...]
    language: str = "und"
    summarizer: str = ""
    warnings: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # of brief.topics.TOPICS, where a model gave any
    score: float | None = None  # news value, 0 to 10, where a model gave one
    instead: FailureKind | None = None  # why no model wrote it, where one should have
    translated_from: str = ""  # the language it was written in, "" for one that was not translated

    @property
    def joiner(self) -> str:
        """What stands between two sentences: nothing in scripts written without spaces."""
        return "" if self.language in {"zh", "ja", "th"} else " "

    @property
    def text(self) -> str:
        """The sentences as running text."""
        return self.joiner.join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRequest:
    """What to brief and how long.

    ``sentences`` and ``words`` both bound the result; ``words`` counts words, and
    ``characters`` takes its place in Chinese and Japanese. ``sentences=0`` asks for the
    headline alone.
    """

    articles: tuple[Article, ...]  # the lead first
    sentences: int = 3
    words: int = 80
    characters: int = 160
    language: str | None = None  # wanted language of the brief; None: the article's own
    chat_id: int | None = None  # who pays, where it costs
