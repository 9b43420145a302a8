"""/ask: a question, answered only from articles that were read, with the quotes it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.commands.registry import READING, command
from bot.commands.service import Service, refuse, say
from bot.commands.story import Told, told_in
from bot.conversation import Option, Reply, Request
from bot.locales import N_, _
from bot.render.clean import clean
from bot.render.digest_text import link_span
from bot.render.rich import Rich, Span
from digests.desk.asks import Answer
from digests.edit.compose import links_of
from digests.model import Failure, FailureKind, Source

SCOPES = ("digest:", "archive:")
_SCOPE = re.compile(r"\s*(digest|archive)\s*:\s*", re.IGNORECASE)
_QUOTE = 300  # characters of a sentence that is shown as a quote


@command(
    "ask",
    N_("a question, answered from what I have read"),
    topic=READING,
    place=2,
    example="/ask Why is the bridge closed?",
    options=(
        Option(
            name="about", help=N_("the last digest, or all this chat follows"), required=False, choices=SCOPES
        ),
        Option(name="question", help=N_("what you want to know")),
    ),
)
async def ask(service: Service, request: Request) -> Reply:
    """Answer from the message it answers, from the last digest, or from all that the chat follows."""
    questions = service.desk.questions
    if questions is None:
        return refuse(_("Questions can't be answered here."))
    scope = _SCOPE.match(request.words)
    question = request.words[scope.end() if scope else 0 :].strip()
    if not question:
        return refuse(
            _(
                "What would you like to know? Send /ask with a question, like /ask Why is the bridge closed? "
                "As an answer to a digest it is about that digest; “digest:” before it means the last one."
            )
        )
    chat = await service.stored(request.chat)
    if scope and scope[1].casefold() == "digest":
        answer = await questions.about_digest(question, chat)
    else:
        told = Told() if scope else await told_in(service, request)
        if told.items or (request.reply_links and not scope):
            chat = told.chat or chat
            stories = [item.story_id for item in told.items]
            answer = await questions.about_stories(question, chat, stories)
        else:
            answer = await questions.about_all(question, chat)
    if isinstance(answer, Failure):
        return _not_there(answer)
    return say(_shown(answer, await service.sources_of(chat)))


def _not_there(failure: Failure) -> Reply:
    if failure.kind is FailureKind.EMPTY:
        return say(_("That is not in what I have read."), ok=False)
    return refuse(_("I could not look for an answer. Try again later."))


def _shown(answer: Answer, sources: Mapping[int, Source]) -> Rich:
    """The answer with numbers, and under it the sentences it rests on with their addresses."""
    brief = answer.brief
    quoting = [s.text for s in brief.sentences] == [s.text for s in brief.source_sentences]
    spans: list[Span] = []
    for sentence in () if quoting else brief.sentences:
        marks = "".join(f"[{index + 1}]" for index in sentence.support)
        spans.append(Span(f"{' ' if spans else ''}{clean(sentence.text)} {marks}"))
    if spans:
        spans.append(Span("\n"))
    for number, source in enumerate(brief.source_sentences, 1):
        article = answer.articles[source.article]
        mark = "" if quoting else f"[{number}] "
        spans += [
            Span(f"\n{mark}" if spans else mark),
            Span(f"“{clean(source.text, _QUOTE)}”", italic=True),
            Span(" — "),
        ]
        spans += map(link_span, links_of([article], sources))
    return tuple(spans)
