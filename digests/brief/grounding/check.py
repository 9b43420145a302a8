"""Every sentence of a brief is held against the source sentences it cites.

What a sentence says in numbers, dates, names, quotations, negations, causes and links must be
there. A sentence that says more is cut; a headline that says more gives way to the lead
article's own title. This is a step for every summarizer, model or not: nothing is posted
that has not been through it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from digests.brief.grounding import names
from digests.brief.grounding.alignment import score, support_for, swapped_word
from digests.brief.grounding.causal_claims import invented_cause
from digests.brief.grounding.negation import turned
from digests.brief.grounding.opposites import reversed_word
from digests.brief.grounding.prompt_injection import gives_orders
from digests.brief.grounding.quotes import altered_quote, foreign_link, unquoted
from digests.brief.topics import fitting
from digests.model import Article, Brief, BriefSentence
from digests.text import calendar_dates as dates
from digests.text import numbers
from digests.text.bounds import SENTENCE
from digests.text.languages import UNKNOWN, base, language_of
from digests.text.links import host
from digests.text.tokens import clean, content, coverage, hidden, tokens

_LISTED = re.compile(r"^\s*\d{1,2}[.)]\s+(?=\D)")  # a model's list has numbers of its own
_CLOSE = 0.33  # the alignment's score from which words are in the source's order
_RUN = 6  # words that nobody says twice in one sentence
_COVERED = 0.25  # below this share of known content words a sentence is not about its source


class CutKind(StrEnum):
    """Why a sentence was cut."""

    CITATION = "citation"  # cites nothing, or something that is not in the articles
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    QUOTE = "quote"
    NEGATION = "negation"
    CAUSE = "cause"
    LINK = "link"
    WORDING = "wording"  # most of its words are not the source's
    FREE = "free"  # in words of its own, where the brief is held to the source's


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that was not let through; ``reason`` is one plain sentence."""

    sentence: str
    reason: str
    kind: CutKind


@dataclass(frozen=True, slots=True)
class Grounded:
    """What is left of a brief (None: nothing) and what was cut from it."""

    brief: Brief | None
    cuts: tuple[Cut, ...] = ()


def ground(brief: Brief, articles: tuple[Article, ...]) -> Grounded:
    """Hold a brief against its articles; the lead article is the first.

    A failing sentence is cut, a failing headline replaced by the lead's title (which is
    the source's own), and one that places a link or gives orders by the next best text.
    None when the brief had sentences and none is left, or when it has no headline either.
    """
    hosts = _hosts(articles)
    words = frozenset(token.key for source in brief.source_sentences for token in tokens(clean(source.text)))
    cuts: list[Cut] = []
    kept: list[BriefSentence] = []
    for sentence in brief.sentences:
        judged = _judged(sentence, brief, articles, hosts, words)
        if brief.close and not isinstance(judged, Cut):
            cited = [brief.source_sentences[i].text for i in judged.support]
            judged = _free(judged.text, cited, _language(judged, brief, articles)) or judged
        if isinstance(judged, Cut):
            cuts.append(judged)
        else:
            kept.append(judged)
    headline = brief.headline
    title = _title(brief, kept, articles, hosts)
    if headline and headline != title:
        everything = "\n".join(
            [
                *(a.title for a in articles if not gives_orders(a.title)),
                *(s.text for s in brief.source_sentences if not gives_orders(s.text)),
            ]
        )
        language = _checked_as(
            brief.language if brief.language != "und" else articles[0].language if articles else "und"
        )
        cut = check(headline, everything, language, hosts, headline=True)
        if cut is None and gives_orders(headline):
            cut = Cut(headline, "It gives orders to a machine.", CutKind.CITATION)
        if cut is None and brief.close:
            cut = _free(headline, everything.split("\n"), language)
        if cut is not None:
            cuts.append(cut)
            headline = title
    if (brief.sentences and not kept) or not (kept or headline):
        return Grounded(None, tuple(cuts))
    return Grounded(
        replace(brief, headline=headline, sentences=tuple(kept), topics=fitting(brief.topics)), tuple(cuts)
    )


def _judged(
    sentence: BriefSentence,
    brief: Brief,
    articles: tuple[Article, ...],
    hosts: frozenset[str],
    words: frozenset[str],
) -> BriefSentence | Cut:
    """The sentence, with its citation or its quotation marks repaired where it stands only then; or why not."""
    if broken := _citation(sentence, brief, articles):
        return broken
    if gives_orders(sentence.text):  # what it was told, said back
        return Cut(sentence.text, "It gives orders to a machine.", CutKind.CITATION)
    language = _language(sentence, brief, articles)

    def cut_of(other: BriefSentence) -> Cut | None:
        return _citation(other, brief, articles) or check(
            other.text, _cited(other, brief, articles), language, hosts, elsewhere=words
        )

    first = cut_of(sentence)
    if first is None or first.kind in {CutKind.LINK, CutKind.CITATION}:
        return first or sentence
    texts = ["" if gives_orders(source.text) else source.text for source in brief.source_sentences]
    nearest = support_for(sentence.text, texts, language)
    wider = replace(sentence, support=tuple(sorted({*sentence.support, *nearest})))
    spoken = unquoted(sentence.text, texts, language) if first.kind is CutKind.QUOTE else None
    candidates = [wider] if wider.support != sentence.support else []
    if spoken:
        candidates += [replace(sentence, text=spoken), replace(wider, text=spoken)]
    for candidate in candidates:
        if cut_of(candidate) is None:
            alone = replace(candidate, support=nearest)
            return candidate if cut_of(alone) else alone
    return first


def _free(claim: str, lines: list[str], language: str) -> Cut | None:
    """Whether a claim departs from the words of the lines it rests on, or from their order."""
    nearest = [lines[i] for i in support_for(claim, lines, language)]
    for text in ("\n".join(nearest), *nearest):
        known = coverage(clean(claim), clean(text), language) == 1
        if claim == text or (known and score(text, claim, language) >= _CLOSE):
            return None
    return Cut(claim, "It is told in words of its own by a model that has not earned them.", CutKind.FREE)


def check(
    claim: str,
    source: str,
    language: str,
    hosts: frozenset[str] = frozenset(),
    *,
    elsewhere: frozenset[str] = frozenset(),
    headline: bool = False,
) -> Cut | None:
    """Hold one claim against the text it rests on; None when everything it says is there.

    ``hosts`` are the host names the claim may link to, ``elsewhere`` the lower-case words of all the
    sources. The first reason found is given.
    """
    if hidden(claim):
        return Cut(claim, "It holds characters that hide or reorder text.", CutKind.LINK)
    said, have = _LISTED.sub("", clean(claim)), clean(source)
    if link := foreign_link(said, have, hosts):
        return Cut(claim, f"The link or mention “{link}” is not the source's.", CutKind.LINK)
    whole = said in have.split("\n")
    if len(said) > SENTENCE and not whole:
        return Cut(claim[:SENTENCE], "It is too long to be one sentence.", CutKind.WORDING)
    if not content(said, language):
        return Cut(claim, "It says nothing.", CutKind.WORDING)
    if whole:
        return None  # the source's own sentence
    if _stutters(said):
        return Cut(claim, "It says the same again and again.", CutKind.WORDING)
    if quote := altered_quote(said, have):
        return Cut(claim, f"The source does not hold the quotation “{quote}” word for word.", CutKind.QUOTE)
    have_dates = [date for line in have.split("\n") for date in dates.dates(line, language)]
    for date in dates.dates(said, language):
        if not dates.supported(date, have_dates, have):
            return Cut(claim, f"The source does not give the date “{date.text}”.", CutKind.DATE)
    if number := numbers.unsupported(said, have, language):
        return Cut(claim, f"The source does not give the number “{number.text}” there.", CutKind.NUMBER)
    if missing := names.missing_names(said, have, language, headline=headline):
        return Cut(claim, f"The source does not name “{missing[0]}” there.", CutKind.NAME)
    if name := names.swapped_names(said, have, language):
        return Cut(claim, f"In the source “{name}” stands on the other side.", CutKind.NAME)
    if swap := swapped_word(said, have, elsewhere, language):
        return Cut(claim, f"The source says “{swap[1]}” where it says “{swap[0]}”.", CutKind.NAME)
    if word := turned(said, have, language):
        return Cut(claim, f"The source says the opposite of “{word}”.", CutKind.NEGATION)
    if found := reversed_word(said, have, language):
        return Cut(claim, f"The source says “{found.opposite}”, not “{found.word}”.", CutKind.NEGATION)
    if cause := invented_cause(said, have, language):
        return Cut(claim, f"The source does not give the cause “{cause}”.", CutKind.CAUSE)
    if coverage(said, have, language) < _COVERED:
        return Cut(claim, "Most of its words are not the source's.", CutKind.WORDING)
    return None


def _stutters(said: str) -> bool:
    """Whether a run of words comes back within the sentence, as small models go round in circles."""
    keys = [token.key for token in tokens(said)]
    runs = [tuple(keys[at : at + _RUN]) for at in range(len(keys) - _RUN + 1)]
    return len(set(runs)) < len(runs)


def _title(
    brief: Brief, kept: list[BriefSentence], articles: tuple[Article, ...], hosts: frozenset[str]
) -> str:
    """The lead's title; one that places a link or gives orders gives way to what does not."""
    texts = [article.title for article in articles if article.title]
    if texts:
        texts += [sentence.text for sentence in kept]
        texts += [sentence.text for sentence in brief.source_sentences]
    fit = (
        text for text in texts if not gives_orders(text) and not foreign_link(clean(text), clean(text), hosts)
    )
    return next(fit, "")


def _checked_as(language: str) -> str:
    return "en" if base(language) in {UNKNOWN, ""} else base(language)


def _language(sentence: BriefSentence, brief: Brief, articles: tuple[Article, ...]) -> str:
    if brief.language != "und":
        return _checked_as(brief.language)
    return _checked_as(articles[brief.source_sentences[sentence.support[0]].article].language)


def _citation(sentence: BriefSentence, brief: Brief, articles: tuple[Article, ...]) -> Cut | None:
    """A sentence must rest on sentences that are the articles' own."""
    if not sentence.support:
        return Cut(sentence.text, "It cites no source sentence.", CutKind.CITATION)
    for index in sentence.support:
        if not 0 <= index < len(brief.source_sentences):
            return Cut(
                sentence.text, f"It cites source sentence {index}, which does not exist.", CutKind.CITATION
            )
        cited = brief.source_sentences[index]
        if not 0 <= cited.article < len(articles):
            return Cut(sentence.text, "It cites an article that is not part of the story.", CutKind.CITATION)
        article = articles[cited.article]
        if (
            cited.text not in article.sentences
            and cited.text != article.title
            and cited.text not in article.text
        ):
            return Cut(sentence.text, "It cites a sentence that the article does not hold.", CutKind.CITATION)
        if gives_orders(cited.text):
            return Cut(
                sentence.text, "It rests on a sentence that gives orders to a machine.", CutKind.CITATION
            )
    return None


def _cited(sentence: BriefSentence, brief: Brief, articles: tuple[Article, ...]) -> str:
    """The cited sentences, with what a brief may say of its sources: their names, and that they differ."""
    cited = [brief.source_sentences[i] for i in sentence.support if 0 <= i < len(brief.source_sentences)]
    sites = {articles[c.article].site for c in cited if 0 <= c.article < len(articles)}
    differ = language_of(brief.language).differ if len(articles) > 1 else ""
    return "\n".join([*(c.text for c in cited), *sorted({*sites, differ} - {""})])


def _hosts(articles: tuple[Article, ...]) -> frozenset[str]:
    return frozenset(host(article.url) for article in articles) - {""}
