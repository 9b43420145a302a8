"""How well a story fits what a channel says, in plain words, that it wants to read.

"AI policy in Europe, not product launches" is two clauses, the second of them a refusal. Without
a model a story is held against the clauses word by word; with one it is scored by its subject.
A score runs from 0 (not wanted) to 10 (just that).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from digests.brief.llm.model_server import Account, Question
from digests.brief.llm.models import Models
from digests.brief.llm.prompt import Prompt, numbered
from digests.brief.llm.replies import objects
from digests.brief.llm.tasks import NUMBER, list_of, numbered_lines, object_of, question_by, schema_of
from digests.model import Article, Failure, FailureKind
from digests.text.languages import any_of, every
from digests.text.stems import content, stems

TOLD = 5.0  # from here on a story is told in full
LISTED = 2.0  # from here on it is a headline; below it is left out
AT_ONCE = 25  # stories in one question to a model
_OPENING = 5  # sentences of an article that say what it is about
_EVERYTHING = 8.0  # for a story that nothing refuses, where nothing in particular is wanted
_UNSAID = 3.0  # no word of the interest: it may be said in other words, so it stays a headline
_BOTH = 4.0  # wanted and refused
_ENOUGH = 0.6  # share of a clause's words that make a story of its kind
_SCHEMA = schema_of("scores", scores=list_of(object_of(story={"type": "integer"}, score=NUMBER)))
_SPACED = ("latin", "cyrillic")  # scripts whose words take no others onto them
_CLAUSE = re.compile(r"[,;.\n、，；。،]+")


@dataclass(frozen=True, slots=True)
class Interest:
    """Clauses as sets of word beginnings: what is wanted, and what is not."""

    wanted: tuple[frozenset[str], ...]
    refused: tuple[frozenset[str], ...]


@cache
def _refusal() -> re.Pattern[str]:
    whole = every(lambda known: known.refusals if known.script in _SPACED else ())
    parts = every(lambda known: known.refusals if known.script not in _SPACED else ())
    return re.compile(rf"\b(?:{any_of(whole)})\b|{any_of(parts)}", re.IGNORECASE)


def read_interest(text: str, language: str = "en") -> Interest:
    """The clauses of an interest. A refusal lasts until the clause ends."""
    wanted: list[frozenset[str]] = []
    refused: list[frozenset[str]] = []
    for clause in _CLAUSE.split(text):
        told, *not_told = _refusal().split(clause)
        wanted.append(content(told, language))
        refused += [content(part, language) for part in not_told]
    return Interest(*(tuple(words for words in found if words) for found in (wanted, refused)))


def relevance(interest: Interest, article: Article) -> float:
    """The score by words alone."""
    title = frozenset(stems(article.title))
    opening = title | frozenset(stems(" ".join(article.sentences[:_OPENING])))
    want = max((_share(clause, opening) for clause in interest.wanted), default=None)
    refuse = max((_share(clause, opening) for clause in interest.refused), default=0.0) >= _ENOUGH
    if want is None:
        return 0.0 if refuse else _EVERYTHING
    if refuse:
        return _BOTH if want >= _ENOUGH else 0.0
    if want >= _ENOUGH:
        return 10 * want
    return _UNSAID if want == 0 else _BOTH


def _share(clause: frozenset[str], words: frozenset[str]) -> float:
    return len(clause & words) / len(clause)


async def score_stories(
    models: Models,
    interest: str,
    articles: Sequence[Article],
    *,
    chat_id: int | None,
    deadline: datetime | None,
) -> Mapping[int, float] | Failure:
    """A model's scores by the articles' places; one it left out is missing. At most ``AT_ONCE`` of them."""
    prompt = models.prompts.interest
    return await models.ask(lambda _: score_question(interest, articles, chat_id, prompt), deadline)


def score_question(
    interest: str, articles: Sequence[Article], chat_id: int | None, prompt: Prompt
) -> Question[Mapping[int, float]]:
    """What the model is asked. It gives numbers only, so that no word of it reaches a chat."""

    def read(answer: str) -> Mapping[int, float] | Failure:
        found = {
            place - 1: float(min(10, max(0, score)))
            for place, score in _scores(answer)
            if 0 < place <= len(articles)
        }
        return found or Failure(FailureKind.MODEL, "The answer holds no scores.")

    about = (f"{article.title} — {' '.join(article.sentences[:2])[:400]}" for article in articles)
    return question_by(
        prompt,
        read,
        schema=_SCHEMA,
        fields={"interest": interest, "source": numbered(about)},
        account=Account(chat_id),
        output_tokens=100 + 30 * len(articles),
    )


def _scores(answer: str) -> list[tuple[int, int | float]]:
    for value in objects(answer):
        if isinstance(value, dict) and isinstance(value.get("scores"), list):
            rows = [row for row in value["scores"] if isinstance(row, dict)]
            pairs = [(row.get("story"), row.get("score")) for row in rows]
            return [
                (story, score)
                for story, score in pairs
                if isinstance(story, int) and isinstance(score, int | float) and score == score
            ]
    said = {place: re.match(r"\d+(?:\.\d+)?", text) for place, text in numbered_lines(answer).items()}
    return [(place, float(match[0])) for place, match in said.items() if match]
