"""The questions a program may ask, and what it is answered: values with the sentences they rest on.

Each is one row of ``QUESTIONS``: the JSON interface, its description and the MCP server are made from
these. A program is shown what its token's chat may see, and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.commands.service import Service, because
from bot.commands.summaries import LONGEST, SHORTEST_TEXT, of_length
from bot.commands.token import ASK, READ
from bot.render.clean import clean
from digests.edit.compose import links_of
from digests.model import Article, Brief, BriefRequest, Chat, Failure, FailureKind, Link, Source
from digests.text.door import door

PAGE = 20
OPENING = 2  # sentences of a report
_QUOTE = 600  # characters
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"\S")]
Number = Annotated[int, Field(ge=1, le=10**12)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Search(_Asked):
    """Find what was read and posted, by words that must all occur; the newest first."""

    words: Words
    page: Annotated[int, Field(ge=1, le=20)] = 1


class ReadStory(_Asked):
    """How one story ran, report by report. ``number`` is the one a search or a digest gives."""

    number: Number


class LastDigest(_Asked):
    """The digest that was posted last; with ``before`` the last one with a smaller id."""

    before: Number | None = None


class AskQuestion(_Asked):
    """A question, answered only from articles that were read."""

    question: Words
    about: Literal["all", "digest"] = "all"


class Summarize(_Asked):
    """A brief of one address, or of a text of at least 200 characters; not of both."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["url"]}, {"required": ["text"]}]},
    )
    url: Annotated[str, Field(min_length=1, max_length=2000)] = ""
    text: Annotated[str, Field(min_length=SHORTEST_TEXT, max_length=100_000)] = ""
    sentences: Annotated[int, Field(ge=1, le=LONGEST)] = 4


class Quote(BaseModel):
    """A sentence of a source. ``url`` is "" where it can't be told which report it is from."""

    text: str
    source: str = ""
    url: str = ""


class Sentence(BaseModel):
    """What the desk says, and the sentences of the sources that it rests on."""

    text: str
    rests_on: list[Quote]


class Report(BaseModel):
    """An article: its first sentences as they stand there."""

    title: str
    source: str
    url: str
    published: datetime | None
    sentences: list[str]


class FoundReport(Report):
    story: int | None
    posted: datetime | None


class Found(BaseModel):
    reports: list[FoundReport]
    more: bool


class StoryTold(BaseModel):
    number: int
    headline: str
    told: list[Sentence]
    reports: list[Report]


class DigestStory(BaseModel):
    number: int | None
    headline: str
    told: list[Sentence]
    sources: list[Quote]


class DigestTold(BaseModel):
    id: int
    created: datetime
    stories: list[DigestStory]


class Answered(BaseModel):
    told: list[Sentence]


class Summed(BaseModel):
    headline: str
    source: str
    url: str
    told: list[Sentence]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer; ``status`` is HTTP's."""

    status: int
    error: str


Run = Callable[[Service, Chat, Any], Awaitable[BaseModel | Refusal]]


async def search(service: Service, chat: Chat, asked: Search) -> Found:
    await service.desk.editor.read_up(chat, service.clock())
    library = service.store.library
    hits = await library.search(chat.id, asked.words, PAGE + 1, (asked.page - 1) * PAGE)
    sources = await service.sources_of(chat)
    ids = [hit.story_id for hit in hits[:PAGE] if hit.story_id is not None]
    numbers = await library.numbers(chat.id, ids)
    reports = [
        FoundReport(
            **dict(_report(hit.article, sources)),
            story=numbers.get(hit.story_id or 0),
            posted=hit.posted,
        )
        for hit in hits[:PAGE]
    ]
    return Found(reports=reports, more=len(hits) > PAGE)


async def story(service: Service, chat: Chat, asked: ReadStory) -> StoryTold | Refusal:
    story_id = await service.store.library.numbered(chat.id, asked.number)
    found = None if story_id is None else await service.store.library.story(chat.id, story_id)
    if found is None:
        return Refusal(404, f"There is no story {asked.number} here. A search gives the numbers of stories.")
    sources = await service.sources_of(chat)
    posted = await service.store.digests.posted(chat.id, found.id)
    return StoryTold(
        number=asked.number,
        headline=clean(found.lead.title, 300),
        told=_told(posted[0].brief, posted[0].links) if posted else [],
        reports=[_report(article, sources) for article in found.lead_first],
    )


async def digest(service: Service, chat: Chat, asked: LastDigest) -> DigestTold | Refusal:
    posted = await service.store.looking.posted(1, chat_id=chat.id, before=asked.before)
    if not posted:
        return Refusal(404, "No such digest was posted here.")
    one = door(posted[0][0])
    items = (*one.items, *one.headlines)
    numbers = await service.store.library.numbers(chat.id, [item.story_id for item in items])
    stories = [
        DigestStory(
            number=numbers.get(item.story_id),
            headline=clean(item.brief.headline, 300),
            told=_told(item.brief, item.links),
            sources=[Quote(text="", source=clean(link.site, 200), url=link.url) for link in item.links],
        )
        for item in items
    ]
    return DigestTold(id=one.id, created=one.created, stories=stories)


async def ask(service: Service, chat: Chat, asked: AskQuestion) -> Answered | Refusal:
    questions = service.desk.questions
    if questions is None:
        return Refusal(503, "Questions can't be answered here.")
    about = questions.about_digest if asked.about == "digest" else questions.about_all
    answer = await about(asked.question, chat)
    if isinstance(answer, Failure):
        if answer.kind is FailureKind.EMPTY:
            return Refusal(404, "That is not in what was read.")
        return Refusal(503, "There is no answer now. Try again later.")
    sources = await service.sources_of(chat)
    links = [next(iter(links_of([article], sources)), Link("", "")) for article in answer.articles]
    return Answered(told=_told(answer.brief, links, exact=True))


async def summarize(service: Service, chat: Chat, asked: Summarize) -> Summed | Refusal:
    if bool(asked.url) == bool(asked.text):
        return Refusal(422, "Give either a url or a text.")
    refusal = await service.access.refuses_summary(chat, service.clock())
    if refusal:
        return Refusal(429, refusal)
    base = BriefRequest(articles=(), language=chat.settings.language, chat_id=chat.id)
    wish = of_length(base, chat, asked.sentences)
    asks = service.desk.asks
    made = await (asks.summarize_url(asked.url, wish) if asked.url else asks.summarize_text(asked.text, wish))
    if isinstance(made, Failure):
        return Refusal(404, because(made))
    article = made.article
    return Summed(
        headline=clean(made.brief.headline, 500),
        source=clean(article.site, 200),
        url=article.url,
        told=_told(made.brief, [Link(article.site, article.url)], exact=True),
    )


def _told(brief: Brief, links: Sequence[Link], *, exact: bool = False) -> list[Sentence]:
    """``exact``: ``links`` are those of the articles in the brief's order. Else a quote has an address only
    where there is one."""

    def quote(index: int) -> Quote:
        said = brief.source_sentences[index]
        where = links[said.article] if exact else links[0] if len(links) == 1 else Link("", "")
        return Quote(text=clean(said.text, _QUOTE), source=clean(where.site, 200), url=where.url)

    return [Sentence(text=clean(s.text), rests_on=[quote(i) for i in s.support]) for s in brief.sentences]


def _report(article: Article, sources: Mapping[int, Source]) -> Report:
    link = next(iter(links_of([article], sources)), Link("", ""))
    return Report(
        title=clean(article.title, 300),
        source=clean(link.site, 200),
        url=link.url,
        published=article.published,
        sentences=[clean(sentence, _QUOTE) for sentence in article.sentences[:OPENING]],
    )


@dataclass(frozen=True, slots=True)
class Question:
    """``reads``: what is asked stands in the address, and nothing is spent."""

    name: str
    asked: type[BaseModel]
    answer: type[BaseModel]
    run: Run
    scope: str

    @property
    def help(self) -> str:
        return (self.asked.__doc__ or "").replace("``", "")

    @property
    def reads(self) -> bool:
        return self.scope == READ


QUESTIONS: Mapping[str, Question] = {
    one.name: one
    for one in (
        Question("search", Search, Found, search, READ),
        Question("story", ReadStory, StoryTold, story, READ),
        Question("digest", LastDigest, DigestTold, digest, READ),
        Question("ask", AskQuestion, Answered, ask, ASK),
        Question("summarize", Summarize, Summed, summarize, ASK),
    )
}
