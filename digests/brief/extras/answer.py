"""A question answered from articles alone, as a brief without headline: every sentence cites its source.

Without a model the answer is the best supporting sentences themselves. Where nothing supports
one, it is a ``Failure`` of kind ``EMPTY``: not in what was read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from digests.brief.extras.retrieve import Passage, retrieve
from digests.brief.grounding.check import ground
from digests.brief.llm.model_server import Account, Question
from digests.brief.llm.models import Models
from digests.brief.llm.prompt import Prompt, language_name, numbered
from digests.brief.llm.replies import read_draft
from digests.brief.llm.tasks import CITED, question_by, schema_of
from digests.brief.llm.writer import Writer
from digests.model import Article, Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence
from digests.text.tokens import clean
from digests.text.words import Room

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
