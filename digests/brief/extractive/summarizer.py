"""The summarizer that needs no key: it picks the sources' own sentences and cuts them safely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from digests.brief.extractive.boilerplate import Use
from digests.brief.extractive.phrases import phrases
from digests.brief.extractive.sentence_selection import (
    Candidate,
    Chosen,
    Selection,
    candidates,
    measure,
    rescue,
    select,
    tidied,
)
from digests.brief.extractive.shorten import clip
from digests.model import Article, Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence
from digests.text.calendar_dates import dates
from digests.text.languages import base, language_of
from digests.text.links import host
from digests.text.numbers import Number, numbers
from digests.text.stems import content
from digests.text.tokens import clean
from digests.text.words import Room

_READ = 20  # sentences of another report; later figures are background
_BEFORE, _AFTER = 30, 40  # characters around a figure that say what it counts


@dataclass(frozen=True, slots=True)
class Count:
    """A figure and what it counts: content stems behind it, and the groups of ``phrases.counted``."""

    number: Number
    things: frozenset[str]
    groups: frozenset[int]


def differing(
    sentence: str, own: Sequence[Candidate], pool: Sequence[Candidate], language: str
) -> Candidate | None:
    """The first sentence of another report that gives another figure for what ``sentence`` counts.

    None where either report gives the other's figure too: then one of them is a part of the other, or what
    an earlier report said. ``own`` are the sentences of the report that ``sentence`` is from.
    """
    ours = [count for count in counts(sentence, language) if not _partial(sentence, language)]
    if not ours:
        return None
    theirs = [(candidate, counts(candidate.text, language)) for candidate in pool[:_READ]]
    if any(_agree(a, b) for a in ours for _, found in theirs for b in found):
        return None
    known = [count for candidate in own[:_READ] for count in counts(candidate.text, language)]
    for candidate, found in theirs:
        if candidate.use is not Use.FREELY or _partial(candidate.text, language):
            continue
        others = [b for b in found if any(_differ(a, b) for a in ours)]
        if others and not any(_agree(a, b) for a in known for b in others):
            return candidate
    return None


def _partial(sentence: str, language: str) -> bool:
    """Whether the sentence counts some of those that it or the sentence before it counts."""
    return phrases(language).partial.search(sentence) is not None


def counts(sentence: str, language: str) -> list[Count]:
    """The figures of a sentence that count something; dates and years are left out."""
    text = clean(sentence)
    spans = tuple((date.start, date.end) for date in dates(text, language))
    found = []
    ordered = numbers(text, language, spans)
    for number in ordered:
        before = max([0, number.start - _BEFORE, *(n.end for n in ordered if n.end <= number.start)])
        after = min([number.end + _AFTER, *(n.start for n in ordered if n.start >= number.end)])
        around = text[before:after]
        groups = frozenset(i for i, pattern in enumerate(phrases(language).counted) if pattern.search(around))
        things = content(text[number.end : after], language)
        if groups or things:
            found.append(Count(number, things, groups))
    return found


def _same_thing(one: Count, other: Count) -> bool:
    if one.number.unit != other.number.unit:
        return False
    if one.groups or other.groups:
        return one.groups == other.groups
    shared = len(one.things & other.things)
    return shared * 2 > min(len(one.things), len(other.things)) and shared > 1


def _agree(one: Count, other: Count) -> bool:
    return _same_thing(one, other) and bool(one.number.values & other.number.values)


def _differ(one: Count, other: Count) -> bool:
    return _same_thing(one, other) and not one.number.values & other.number.values


EXCERPT_WARNING = "Rests on an excerpt: the whole article could not be read."
_TOP = 5  # sentences of a report that tell the news
_LATER = 1.0  # hours after which another figure is a development
_HEADLINE_WORDS, _HEADLINE_CHARACTERS = 16, 40  # of a headline made for an article that has none


class ExtractiveSummarizer:
    """Writes briefs out of the articles' own sentences. Needs no network, no key and no model."""

    name = "extractive"
    cache_key = "extractive"
    writes_with_a_model = False

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        """``deadline`` needs no watching: the work takes milliseconds."""
        return write_brief(request)


def write_brief(request: BriefRequest) -> Brief | Failure:
    """A brief within the request's bounds, or why there is none. Pure.

    With several articles the lead tells the event, the others what it leaves out or counts
    otherwise. Where a later one has other figures for the same, it takes the lead's place, headline and
    all. Those in another language than the lead are named among the sources only.
    """
    texts = [article.sentences or article.paragraphs for article in request.articles]
    source = tuple(SourceSentence(text, i) for i, sentences in enumerate(texts) for text in sentences)
    lead = request.articles[0] if request.articles else Article()
    title = " ".join(lead.title.split())
    if not title and not any(sentence.text.strip() for sentence in source):
        return Failure(FailureKind.EMPTY, "The article holds no text to brief.")
    pools = _newest_figures_first(request.articles, _pools(request.articles, texts), lead.language)
    leading = request.articles[pools[0][0].article] if pools[0] else lead
    title = " ".join(leading.title.split()) or title
    told = _tell(request, pools, Room.asked(request, " ".join(s.text for s in source[:20])))
    if request.sentences > 0 and not told:
        return Failure(FailureKind.EMPTY, "The article holds no sentence fit for a brief.")
    return Brief(
        headline=title or _headline([one for pool in pools for one in pool], lead.language),
        sentences=tuple(BriefSentence(item.text, (item.candidate.index,)) for item in told),
        source_sentences=source,
        language=lead.language,
        summarizer=ExtractiveSummarizer.name,
        warnings=_warnings(request.articles),
    )


def _pools(articles: Sequence[Article], texts: Sequence[Sequence[str]]) -> list[list[Candidate]]:
    """The candidates of every article in the lead's language, the lead's first."""
    language = articles[0].language
    offsets = accumulate(map(len, texts), initial=0)
    same = [
        (number, article, sentences, offset)
        for number, (article, sentences, offset) in enumerate(zip(articles, texts, offsets, strict=False))
        if base(article.language) == base(language)
    ]
    measured = measure(
        [tidied(sentences, language) for _, _, sentences, _ in same], articles[0].title, language
    )
    return [
        candidates(sentences, article.title, language, article=number, offset=offset, measured=own)
        for (number, article, sentences, offset), own in zip(same, measured, strict=True)
    ]


def _newest_figures_first(
    articles: Sequence[Article], pools: list[list[Candidate]], language: str
) -> list[list[Candidate]]:
    """The pools with the report in front that has the latest figures for what the lead counts.

    What earlier reports count otherwise is left out: it was true at noon, and it is evening.
    """
    lead = pools[0]
    later = [
        pool
        for pool in pools[1:]
        if lead and pool and _hours_after(articles[pool[0].article], articles[lead[0].article]) >= _LATER
        if any(differing(one.text, lead, pool[:_TOP], language) for one in lead[:_TOP])
    ]
    if not later:
        return pools
    front = max(later, key=lambda pool: _hours_after(articles[pool[0].article], articles[lead[0].article]))
    newest = articles[front[0].article]
    others = [
        [one if _holds(one, front, language) else replace(one, use=Use.NEVER) for one in pool]
        if pool and _hours_after(newest, articles[pool[0].article]) >= _LATER
        else pool
        for pool in pools
        if pool is not front
    ]
    return [front, *others]


def _holds(candidate: Candidate, front: Sequence[Candidate], language: str) -> bool:
    """Whether the newest report has no other figure for what the sentence counts."""
    return differing(candidate.text, (), front[:_TOP], language) is None


def _hours_after(one: Article, other: Article) -> float:
    """Hours by which the one appeared after the other; 0 where a time is missing."""
    if one.published is None or other.published is None:
        return 0.0
    return (one.published - other.published).total_seconds() / 3600


def _tell(request: BriefRequest, pools: Sequence[Sequence[Candidate]], room: Room) -> list[Chosen]:
    """The sentences of the brief, in the order they are told."""
    if room.sentences < 1 or room.limit < 1:
        return []
    language = request.articles[0].language
    pool = [candidate for one in pools for candidate in one]
    selection = select(pool, room, language)
    if not selection.chosen:
        selection = rescue(pools[0] or pool, room, language)
    selection, behind = _name_differences(selection, pools, request.articles)
    return _in_order(selection.chosen, behind, pool[0].article if pool else 0)


def _name_differences(
    selection: Selection, pools: Sequence[Sequence[Candidate]], articles: Sequence[Article]
) -> tuple[Selection, dict[int, int]]:
    """Set a report that counts otherwise beside a sentence, each under its site's name.

    Two reports of one source, or of different hours, don't differ: the later one knew more. Gives, for the
    index of every sentence so added, the index of the one it belongs behind.
    """
    sites = [_site(article) for article in articles]
    own = {pool[0].article: pool for pool in pools if pool}
    for item in sorted(selection.chosen, key=lambda one: one.candidate.index):
        ours = item.candidate.article
        for theirs, pool in own.items():
            apart = abs(_hours_after(articles[theirs], articles[ours])) >= _LATER
            if apart or sites[theirs] == sites[ours]:
                continue
            other = differing(item.text, own[ours], pool, selection.language)
            if other is None:
                continue
            both = [Chosen(c, f"{sites[c.article]}: {c.text}") for c in (item.candidate, other)]
            differ = language_of(selection.language).differ
            space = "" if differ.endswith("。") else " "
            both[0] = replace(both[0], text=f"{differ}{space}{both[0].text}".strip())
            rest = [
                one
                for one in selection.chosen
                if one.candidate.index not in {item.candidate.index, other.index}
            ]
            named = Selection(selection.room, selection.language)
            for one in (*both, *rest):
                fits = len(named.chosen) < selection.room.sentences and named.fits(one.text)
                named = named.adding(one) if fits else named
            if {one.index for one in (item.candidate, other)} <= named.places:
                return named, {other.index: item.candidate.index}
    return selection, {}


def _in_order(chosen: Sequence[Chosen], behind: dict[int, int], lead: int) -> list[Chosen]:
    """The lead's sentences first, each article's in its own order; a differing one behind what it differs from."""
    ours = {item.candidate.index for item in chosen if item.candidate.article == lead}

    def place(item: Chosen) -> tuple[bool, int, int]:
        index = item.candidate.index
        before = behind.get(index, index)
        return before not in ours, before, index

    return sorted(chosen, key=place)


def _headline(pool: Sequence[Candidate], language: str) -> str:
    """A headline for an article without one: its best sentence, clipped."""
    characters = Room.asked(BriefRequest(articles=()), " ".join(c.text for c in pool[:20])).characters
    room = Room(1, _HEADLINE_CHARACTERS if characters else _HEADLINE_WORDS, characters)
    found = rescue(pool, room, language).chosen
    return found[0].text if found else clip(next((c.text for c in pool), ""), room, room.limit)


def _site(article: Article) -> str:
    return article.site or host(article.url) or article.url


def _warnings(articles: Sequence[Article]) -> tuple[str, ...]:
    warnings = [warning for article in articles for warning in article.warnings]
    if any(article.excerpt for article in articles):
        warnings.append(EXCERPT_WARNING)
    return tuple(dict.fromkeys(warnings))
