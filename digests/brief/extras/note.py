"""The editor's note: a sentence or two over a digest's first stories, each resting on their sentences.

Nothing takes its place where no model writes it, or where it does not stand: the stories say it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digests.brief.llm.model_server import Account, Question
from digests.brief.llm.models import Models
from digests.brief.llm.prompt import Prompt, language_name, numbered
from digests.brief.llm.replies import in_language, read_draft
from digests.brief.llm.tasks import CITED, question_by, schema_of, usable
from digests.brief.llm.writer import Writer
from digests.model import Article, Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence
from digests.text.words import Room

STORIES = 5  # from which a note is made
FEWEST = 3  # stories a digest must have: over fewer a note only says them again
_SENTENCES, _WORDS, _CHARACTERS = 2, 50, 100
_SCHEMA = schema_of("note", sentences=CITED)


async def write_note(
    models: Models, briefs: Sequence[Brief], *, chat_id: int | None, deadline: datetime | None
) -> Brief | Failure:
    """A note over these stories, weightiest first. Each source sentence names its story by its place.

    It is in the language most of the stories are told in, and rests on those alone.
    """
    prompt = models.prompts.note
    return await models.ask(lambda writer: note_question(briefs, writer, chat_id, prompt), deadline)


def note_question(
    briefs: Sequence[Brief], writer: Writer, chat_id: int | None, prompt: Prompt
) -> Question[Brief] | Failure:
    """What the model is asked, with the reader that lets only a note that stands through."""
    language = _commonest([brief.language for brief in briefs])
    told = [(place, brief) for place, brief in enumerate(briefs[:STORIES]) if brief.language == language]
    source = tuple(SourceSentence(text, place) for place, brief in told for text in _rests_on(brief))
    if len(told) < FEWEST or not source:
        return Failure(FailureKind.EMPTY, "There are too few stories for a note.")
    articles = tuple(_article(brief) for brief in briefs)
    request = BriefRequest(articles=articles, sentences=_SENTENCES, words=_WORDS, characters=_CHARACTERS)

    def read(answer: str) -> Brief | Failure:
        draft = read_draft(answer)
        if draft is None or not draft.sentences:
            return Failure(FailureKind.MODEL, "The answer could not be read.")
        whole = " ".join(sentence.text for sentence in draft.sentences)
        room = Room.asked(request, whole)
        if len(draft.sentences) > _SENTENCES or room.size(whole) > room.limit:
            return Failure(FailureKind.MODEL, f"It is longer than {_SENTENCES} sentences or {_WORDS} words.")
        if not in_language(whole, language):
            return Failure(FailureKind.MODEL, "The answer is in another language.")
        cited = tuple(
            BriefSentence(s.text, tuple(dict.fromkeys(n for n in s.cites if 0 <= n < len(source))))
            for s in draft.sentences
        )
        note = Brief(
            headline="",
            sentences=cited,
            source_sentences=source,
            language=language,
            summarizer=writer.name,
            close=not writer.believed,
        )
        grounded = writer.judged(note, articles)
        if grounded.brief is None or len(grounded.brief.sentences) < len(cited):
            return Failure(FailureKind.MODEL, " ".join(dict.fromkeys(cut.reason for cut in grounded.cuts)))
        return grounded.brief

    fields = {
        "words": _WORDS,
        "language": language_name(language) or language,
        "source": numbered(s.text for s in source),
    }
    return question_by(
        prompt, read, schema=_SCHEMA, fields=fields, account=Account(chat_id), output_tokens=300
    )


def _rests_on(brief: Brief) -> list[str]:
    """The source sentences a brief rests on, in order, without those that give orders.

    A translated brief's are in another language: there its own sentences, which were held against
    the original, stand in for them.
    """
    if brief.translated_from:
        return [sentence.text for sentence in brief.sentences if usable(sentence.text)]
    places = sorted({index for sentence in brief.sentences for index in sentence.support})
    return [text for text in (brief.source_sentences[i].text for i in places) if usable(text)]


def _article(brief: Brief) -> Article:
    """A story as the gate wants to see it."""
    return Article(
        title=brief.headline,
        sentences=(*(s.text for s in brief.source_sentences), *(s.text for s in brief.sentences)),
        language=brief.language,
    )


def _commonest(languages: Sequence[str]) -> str:
    return max(languages, key=languages.count, default="und")
