"""The summarizer that needs no key: it picks the sources' own sentences and cuts them safely."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from urllib.parse import urlsplit

from digests.brief.extractive.conflicting_figures import differing
from digests.brief.extractive.sentence_selection import Candidate, Chosen, Selection, candidates
from digests.brief.extractive.shorten import clip
from digests.model import (
    Article,
    Brief,
    BriefRequest,
    BriefSentence,
    Failure,
    FailureKind,
    SourceSentence,
)
from digests.text.length import Room

EXCERPT_WARNING = "Rests on an excerpt: the whole article could not be read."
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
    otherwise; those in another language than the lead are named among the sources only.
    """
    texts = [article.sentences or article.paragraphs for article in request.articles]
    source = tuple(SourceSentence(text, i) for i, sentences in enumerate(texts) for text in sentences)
    lead = request.articles[0] if request.articles else Article()
    title = " ".join(lead.title.split())
    if not title and not any(sentence.text.strip() for sentence in source):
        return Failure(FailureKind.EMPTY, "The article holds no text to brief.")
    offsets = list(accumulate(map(len, texts), initial=0))
    pools = [
        candidates(sentences, article.title, lead.language, article=i, offset=offsets[i])
        for i, (article, sentences) in enumerate(zip(request.articles, texts, strict=True))
        if _base(article.language) == _base(lead.language)
    ]
    told = _tell(request, pools, Room.asked(request, " ".join(s.text for s in source[:20])))
    if request.sentences > 0 and not told:
        return Failure(FailureKind.EMPTY, "The article holds no sentence fit for a brief.")
    return Brief(
        headline=title or _headline(pools[0], lead.language),
        sentences=tuple(BriefSentence(item.text, (item.candidate.index,)) for item in told),
        source_sentences=source,
        language=lead.language,
        summarizer=ExtractiveSummarizer.name,
        warnings=_warnings(request.articles),
    )


def _tell(request: BriefRequest, pools: Sequence[Sequence[Candidate]], room: Room) -> list[Chosen]:
    """The sentences of the brief, in the order they are told."""
    if room.sentences < 1 or room.limit < 1:
        return []
    lead, others = pools[0], pools[1:]
    selection = Selection(room, request.articles[0].language)
    kept_free = min(len(others), room.sentences // 2)
    for_lead = room.sentences - kept_free
    selection.fill(lead, for_lead, room.limit * for_lead // room.sentences)
    if not selection.chosen:
        selection.rescue(lead or [c for pool in others for c in pool])
    labelled = _name_differences(selection, others, [_site(article) for article in request.articles])
    for pool in others:
        selection.fill(pool, min(room.sentences, len(selection.chosen) + 1), room.limit)
    selection.fill(lead, room.sentences, room.limit)
    return _in_order(selection.chosen, labelled)


def _name_differences(
    selection: Selection, others: Sequence[Sequence[Candidate]], sites: Sequence[str]
) -> dict[int, int]:
    """Set a report that counts otherwise beside the lead's sentence, each under its site's name.

    Gives, for the index of every sentence so added, the index of the one it belongs behind.
    """
    behind: dict[int, int] = {}
    for position, item in enumerate(list(selection.chosen)):
        for pool in others:
            if len(selection.chosen) == selection.room.sentences or item.candidate.index in behind.values():
                break
            other = differing(item.text, pool, selection.language)
            if other is None:
                continue
            ours, theirs = (f"{sites[c.article]}: " for c in (item.candidate, other))
            if ours == theirs:  # a source's later figure is no contradiction
                continue
            renamed = Chosen(item.candidate, ours + item.text)
            selection.chosen[position] = renamed
            text = selection.fitting(other.text, selection.room.limit, theirs)
            if text is None:
                selection.chosen[position] = item
                continue
            selection.add(Chosen(other, text))
            behind[other.index] = item.candidate.index
    return behind


def _in_order(chosen: Sequence[Chosen], behind: dict[int, int]) -> list[Chosen]:
    def place(item: Chosen) -> tuple[int, int]:
        index = item.candidate.index
        return behind.get(index, index), index

    return sorted(chosen, key=place)


def _headline(pool: Sequence[Candidate], language: str) -> str:
    """A headline for an article without one: its best sentence, clipped."""
    characters = Room.asked(BriefRequest(articles=()), " ".join(c.text for c in pool[:20])).characters
    room = Room(1, _HEADLINE_CHARACTERS if characters else _HEADLINE_WORDS, characters)
    selection = Selection(room, language)
    selection.rescue(pool)
    return selection.chosen[0].text if selection.chosen else clip(pool[0].text, room, room.limit)


def _site(article: Article) -> str:
    return article.site or (urlsplit(article.url).hostname or article.url).removeprefix("www.")


def _base(language: str) -> str:
    return language.partition("-")[0].casefold()


def _warnings(articles: Sequence[Article]) -> tuple[str, ...]:
    warnings = [warning for article in articles for warning in article.warnings]
    if any(article.excerpt for article in articles):
        warnings.append(EXCERPT_WARNING)
    return tuple(dict.fromkeys(warnings))
