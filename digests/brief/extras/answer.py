"""A question answered from articles alone, as a brief without headline: every sentence cites its source.

Without a model the answer is the best supporting sentences themselves. Where nothing supports
one, it is a ``Failure`` of kind ``EMPTY``: not in what was read.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from digests.brief.grounding.check import ground
from digests.brief.grounding.prompt_injection import gives_orders
from digests.brief.llm.model_server import Account, Question
from digests.brief.llm.models import Models
from digests.brief.llm.prompt import Prompt, language_name, numbered
from digests.brief.llm.replies import read_draft
from digests.brief.llm.tasks import CITED, question_by, schema_of
from digests.brief.llm.writer import Writer
from digests.model import Article, Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence
from digests.text.languages import any_of, every
from digests.text.stems import is_stop, stems
from digests.text.tokens import clean
from digests.text.words import Room

_K1, _B = 1.2, 0.75
_TITLE = 0.5  # what a word in the title counts for a sentence that does not hold it
_OPENING = 2  # sentences that say what an article is about, as its title does
_READ = 200  # sentences of one article
_SIGNS_OF_MONEY = "[€$£¥₹₽₩₺₴₫]"
_UNSPACED = ("han", "kana")  # scripts that set no words apart


@cache
def _asking() -> frozenset[str]:
    """Words of questions themselves; an answer does not repeat them."""
    return frozenset(stems(" ".join(every(lambda known: known.questions))))


@cache
def _asking_within() -> re.Pattern[str]:
    """The same where words are not set apart, or are ends of the verb: taken out of the question."""
    return re.compile(any_of(every(lambda known: known.questions_within)))


@cache
def _cost(*, unspaced: bool = False) -> re.Pattern[str]:
    """To cost, and what it costs, by the beginnings of the words."""
    found = every(lambda known: known.cost if not unspaced or known.script in _UNSPACED else ())
    return re.compile(f"(?:{any_of(found)})")


@cache
def _sum() -> re.Pattern[str]:
    whole = every(lambda known: known.money if known.script == "latin" else ())
    parts = every(lambda known: known.money if known.script != "latin" else ())
    return re.compile(rf"{_SIGNS_OF_MONEY}|\b(?:{any_of(whole)})\b|{any_of(parts)}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of an article. ``known`` is the share of the question's weight that it and its article's
    title and opening hold."""

    article: int
    sentence: int
    text: str
    score: float
    known: float


def retrieve(question: str, articles: Sequence[Article], limit: int = 20) -> tuple[Passage, ...]:
    """The sentences that fit best, best first; none where no word of the question is anywhere.

    Sentences that give orders to a machine are not found. Equal ones keep the articles' order.
    """
    language = articles[0].language if articles else "en"
    units = [
        (place, number, text, Counter(stems(text)), frozenset(stems(about)))
        for place, article in enumerate(articles)
        for about in [" ".join([article.title, *article.sentences[:_OPENING]])]
        for number, text in enumerate(article.sentences[:_READ])
        if not gives_orders(text)
    ]
    costs = _cost().search(question.casefold()) is not None
    wanted = asked(_cost(unspaced=True).sub(" ", question), language) or asked(question, language)
    if costs:
        wanted = frozenset(stem for stem in wanted if not _cost().match(stem)) or wanted
    if not units or not wanted:
        return ()
    average = sum(sum(words.values()) for _, _, _, words, _ in units) / len(units)
    vocabulary = frozenset(stem for _, _, _, words, title in units for stem in words.keys() | title)
    forms = {
        stem: frozenset(other for other in vocabulary if _same(stem, other, language)) for stem in wanted
    }
    weights = {
        stem: _rarity(
            sum(not its.isdisjoint(words.keys() | title) for _, _, _, words, title in units), len(units)
        )
        for stem, its in forms.items()
    }
    whole = sum(weights.values())
    found = []
    for place, number, text, words, title in units:
        size = _K1 * (1 - _B + _B * sum(words.values()) / average)
        score = known = said = 0.0
        for stem, weight in weights.items():
            times = sum(words[form] for form in forms[stem])
            if times:
                score += weight * times * (_K1 + 1) / (times + size)
                said += times
                known += weight
            elif not forms[stem].isdisjoint(title):
                score += weight * _TITLE
                known += weight
        if costs and _sum().search(text) and known:  # the answer to what it costs is a sum
            said += 1
            score += max(weights.values())
        elif costs:
            known = known / 2
        if said:
            found.append(Passage(place, number, text, score, known / whole))
    return tuple(sorted(found, key=lambda p: (-p.score, p.article, p.sentence))[:limit])


def asked(question: str, language: str) -> frozenset[str]:
    """The word beginnings a question asks about."""
    plain = _asking_within().sub(" ", question)
    return frozenset(s for s in stems(plain) if s not in _asking() and not is_stop(s, language))


def _same(one: str, other: str, language: str) -> bool:
    """Whether two word beginnings may be of one word: "vote" and "voted".

    English changes a word at its end alone; other languages put one ending in another's place, and
    write an article or a case to it.
    """
    short, long = sorted((one, other), key=len)
    if one == other or (len(short) >= 4 and len(long) - len(short) <= 2 and long.startswith(short)):
        return True
    return language != "en" and len(short) >= 5 and long.startswith(short[:-1])


def _rarity(holding: int, units: int) -> float:
    return math.log(1 + (units - holding + 0.5) / (holding + 0.5))


LONGEST = 500  # characters of a question that are read
UNKNOWN = "It is not in what was read."
_WORDS, _CHARACTERS = 80, 160
_SHOWN = 30  # sentences a model sees
_QUOTED = 3  # sentences an answer without a model quotes
_ENOUGH = 0.6  # share of a question's weight that a sentence and its title must hold to be quoted
_NEAR = 0.6  # of the best one's score, for a second sentence
_SCHEMA = schema_of("answer", sentences=CITED)


def answer_by_quoting(question: str, articles: Sequence[Article]) -> Brief | Failure:
    """The sentences that hold most of what is asked about, word for word."""
    passages = [p for p in retrieve(question[:LONGEST], articles) if p.known >= _ENOUGH]
    if not passages:
        return Failure(FailureKind.EMPTY, UNKNOWN)
    best = passages[0].score
    chosen: list[Passage] = []
    for passage in passages:
        fresh = all(clean(passage.text) != clean(one.text) for one in chosen)
        if fresh and passage.score >= best * _NEAR and len(chosen) < _QUOTED:
            chosen.append(passage)
    source = tuple(SourceSentence(p.text, p.article) for p in chosen)
    brief = Brief(
        headline="",
        sentences=tuple(BriefSentence(p.text, (n,)) for n, p in enumerate(chosen)),
        source_sentences=source,
        language=articles[chosen[0].article].language,
        summarizer="quotations",
    )
    return ground(brief, tuple(articles)).brief or Failure(FailureKind.EMPTY, UNKNOWN)


async def answer_with(
    models: Models,
    question: str,
    articles: Sequence[Article],
    *,
    chat_id: int | None,
    deadline: datetime | None,
) -> Brief | Failure:
    """A model's answer, of which every sentence has passed the gate."""
    prompt = models.prompts.ask
    return await models.ask(
        lambda writer: answer_question(question, articles, writer, chat_id, prompt), deadline
    )


def answer_question(
    question: str, articles: Sequence[Article], writer: Writer, chat_id: int | None, prompt: Prompt
) -> Question[Brief] | Failure:
    """What the model is asked, with the reader that cuts what the cited sentences do not say.

    ``EMPTY`` where no sentence bears on the question: then nothing is asked and nothing paid.
    """
    passages = sorted(retrieve(question[:LONGEST], articles, _SHOWN), key=lambda p: (p.article, p.sentence))
    if not passages:
        return Failure(FailureKind.EMPTY, UNKNOWN)
    source = tuple(SourceSentence(p.text, p.article) for p in passages)
    language = articles[passages[0].article].language
    request = BriefRequest(articles=tuple(articles), words=_WORDS, characters=_CHARACTERS)

    def read(answer: str) -> Brief | Failure:
        draft = read_draft(answer)
        if draft is None and re.sub(r"\W", "", answer) != "NONE":
            return Failure(FailureKind.MODEL, "The answer could not be read.")
        sentences = tuple(
            BriefSentence(s.text, tuple(dict.fromkeys(n for n in s.cites if 0 <= n < len(source))))
            for s in (draft.sentences if draft else ())
        )
        # "Not in there" is an answer, and no reason to ask and pay again.
        if not sentences:
            return Brief(headline="", sentences=(), source_sentences=source, summarizer=writer.name)
        room = Room.asked(request, " ".join(s.text for s in sentences))
        if room.size(" ".join(s.text for s in sentences)) > room.limit:
            return Failure(FailureKind.MODEL, f"It is longer than {_WORDS} words.")
        brief = Brief(
            headline="",
            sentences=sentences,
            source_sentences=source,
            language=language,
            summarizer=writer.name,
            close=not writer.believed,
        )
        grounded = writer.judged(brief, tuple(articles))
        if grounded.brief is None:
            return Failure(FailureKind.MODEL, " ".join(dict.fromkeys(cut.reason for cut in grounded.cuts)))
        return grounded.brief

    fields = {
        "words": _WORDS,
        "language": language_name(language) or language,
        "question": " ".join(question[:LONGEST].split()),
        "source": numbered(s.text for s in source),
    }
    return question_by(
        prompt, read, schema=_SCHEMA, fields=fields, account=Account(chat_id), output_tokens=500
    )
