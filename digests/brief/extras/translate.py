"""A brief in another language, held against the one it was made of.

Every number, date, link and quotation must survive and none may be added; names must be those of
the original as far as two scripts can be compared. What fails is not posted: the original is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from digests.brief.grounding.quotes import foreign_link, quotations
from digests.brief.llm.model_server import Account, Question
from digests.brief.llm.models import Models
from digests.brief.llm.prompt import Prompt, language_name, numbered
from digests.brief.llm.replies import in_language, objects
from digests.brief.llm.tasks import (
    TEXT,
    list_of,
    numbered_lines,
    question_by,
    schema_of,
    usable,
)
from digests.model import Brief, BriefSentence, Failure, FailureKind
from digests.text.calendar_dates import Date, dates
from digests.text.languages import base
from digests.text.numbers import numbers
from digests.text.tokens import clean, hidden, tokens

UNTRANSLATED = "It could not be translated."
_SCHEMA = schema_of("translation", texts=list_of(TEXT))
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_LONGER = 4  # times the original's bytes: more is no translation


def needs_translation(brief: Brief, language: str | None) -> bool:
    """Whether the brief is in another language than the wanted one, as far as it is known."""
    return bool(language) and brief.language != "und" and base(language or "") != base(brief.language)


async def translate(
    models: Models, brief: Brief, language: str, *, chat_id: int | None, deadline: datetime | None
) -> Brief | Failure:
    """The brief in ``language`` (a tag like ``pt-BR``); citations and source sentences stay."""
    prompt = models.prompts.translate
    return await models.ask(lambda _: translation_question(brief, language, chat_id, prompt), deadline)


def translation_question(
    brief: Brief, language: str, chat_id: int | None, prompt: Prompt
) -> Question[Brief] | Failure:
    """What the model is asked, with the reader that lets only a faithful translation through."""
    head = [brief.headline] if brief.headline.strip() else []  # a text without a page has none
    texts = [*head, *(s.text for s in brief.sentences)]
    if not all(usable(text) for text in texts):
        return Failure(FailureKind.UNSUPPORTED, "It holds a sentence that no model may be shown.")

    def read(answer: str) -> Brief | Failure:
        said = _texts(answer)
        if len(said) != len(texts):
            return Failure(FailureKind.MODEL, f"There are {len(texts)} texts to translate, not {len(said)}.")
        for text, original in zip(said, texts, strict=True):
            wrong = unfaithful(text, original, base(language), base(brief.language))
            if wrong:
                return Failure(FailureKind.MODEL, wrong)
        if not in_language(" ".join(said), base(language)):
            return Failure(FailureKind.MODEL, "The answer is in another language.")
        told = tuple(
            BriefSentence(text, s.support) for text, s in zip(said[len(head) :], brief.sentences, strict=True)
        )
        return replace(
            brief,
            headline=said[0] if head else "",
            sentences=told,
            language=base(language),
            translated_from=brief.language,
        )

    size = sum(len(text.encode()) for text in texts)
    return question_by(
        prompt,
        read,
        schema=_SCHEMA,
        fields={"language": language_name(language) or language, "source": numbered(texts)},
        account=Account(chat_id),
        output_tokens=200 + 2 * size,
    )


def unfaithful(text: str, original: str, language: str, of_language: str) -> str | None:
    """Why a text is no translation of the original, as far as it shows; None when nothing does."""
    if hidden(text) or not text.strip():
        return "A text is empty or holds characters that hide or reorder it."
    said, have = clean(text), clean(original)
    if len(said.encode()) > _LONGER * len(have.encode()) + 100:
        return "A text is much longer than what it translates."
    if link := foreign_link(said, have, frozenset()):
        return f"The link or mention “{link}” is not in the original."
    if quotations(said) != quotations(have):
        return "Not as many quotations as in the original."
    our_dates, their_dates = dates(said, language), dates(have, of_language)
    if _days(our_dates) != _days(their_dates):
        return "Not the dates of the original."
    ours, theirs = _values(said, language, our_dates), _values(have, of_language, their_dates)
    for mine, others in ((ours, theirs), (theirs, ours)):
        for values, worded in mine:
            # Whether a language writes a small number in words, or says it at all, is its own matter.
            if not worded and not any(values & other for other, _ in others):
                return f"The number {_shown(values)} is not the original's, or is missing."
    if name := _strange_name(said, have, language, of_language):
        return f"The name “{name}” is not in both."
    return None


def _values(text: str, language: str, found: Sequence[Date]) -> list[tuple[frozenset[float], bool]]:
    spans = tuple((date.start, date.end) for date in found)
    return [(number.values, number.worded) for number in numbers(text, language, spans)]


def _days(found: Sequence[Date]) -> set[tuple[int | None, int | None, int | None]]:
    """Dates on the calendar; weekdays and “yesterday” are words of a language."""
    return {(d.day, d.month, d.year) for d in found if (d.day, d.month, d.year) != (None, None, None)}


def _strange_name(said: str, have: str, language: str, of_language: str) -> str | None:
    """A name that shows the translation to be about somebody else.

    In other letters than Latin, a Latin name must be in a Latin original. Between two languages in
    Latin letters names may be spelt otherwise (Munich, München) or have a form of their own
    (Germany, Allemagne): of several, half must begin alike. German writes every noun as a name.
    """
    latin, was_latin = _latin_share(said) > 0.5, _latin_share(have) > 0.5
    theirs = {token.key for token in tokens(have)}
    if not latin and was_latin:
        foreign = (t.text for t in tokens(said) if _LATIN.match(t.key) and t.key not in theirs)
        return next((name for name in foreign if len(name) > 1), None)
    if not latin or not was_latin or "de" in {language, of_language}:
        return None
    names = _names(said)
    strange = [name for name in names if not any(other[:3] == name.casefold()[:3] for other in theirs)]
    lost = [n for n in _names(have) if not any(t.key[:3] == n.casefold()[:3] for t in tokens(said))]
    for odd, known in ((strange, names), (lost, _names(have))):
        if len(known) > 1 and 2 * len(odd) > len(known):
            return odd[0]
    return None


def _names(text: str) -> list[str]:
    """Words with a capital inside a sentence."""
    return [
        token.text
        for token in tokens(text)
        if token.capital and token.start > 0 and text[: token.start].rstrip()[-1:] not in '.!?:"“«'
    ]


def _latin_share(text: str) -> float:
    letters = [c for c in text if c.isalpha()]
    return sum(bool(_LATIN.match(c)) for c in letters) / len(letters) if letters else 0.0


def _texts(answer: str) -> list[str]:
    for value in objects(answer):
        if isinstance(value, dict) and isinstance(value.get("texts"), list):
            return [" ".join(text.split()) for text in value["texts"] if isinstance(text, str)]
    lines = numbered_lines(answer)
    return [lines[number] for number in sorted(lines)]


def _shown(values: frozenset[float]) -> str:
    return f"{min(values):g}"
