"""A language model behind any OpenAI-compatible server as a summarizer.

The model sees numbered source sentences and may only cite them; what it writes is a draft until
the gate has held it against what it cites.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import cast

from digests.brief.llm.batching import SMALL, Together
from digests.brief.llm.drafts import (
    ROOM,
    Sources,
    account,
    asked_for,
    pieces,
    read_brief,
    shortened,
    size,
    usable,
)
from digests.brief.llm.model_server import ModelServer, Question, ServerState
from digests.brief.llm.prompt import Prompts
from digests.brief.llm.replies import SCHEMA
from digests.model import Brief, BriefRequest, Failure, FailureKind


class OpenAiSummarizer:
    """Writes briefs with one model.

    Short stories that are wanted at the same time are asked for in one call. Of a long article
    the model reads the best sentences; all of it, in pieces, where that costs ``split_cost``
    (millionths) at most. ``together`` off asks for each story by itself.
    """

    def __init__(
        self,
        server: ModelServer,
        *,
        prompts: Prompts | None = None,
        split_cost: int = 0,
        together: bool = True,
    ) -> None:
        self.server = server
        self.name = server.name
        self.prompts = prompts or Prompts()
        self._split_cost = split_cost
        self._together = Together(server, self.prompts.several) if together else None

    def __repr__(self) -> str:
        return f"OpenAiSummarizer({self.name!r}, prompt={self.prompts.brief.version!r})"

    @property
    def cache_key(self) -> str:
        """The writer as a cache should know it: with its model and the texts it is asked by."""
        return f"{self.name}/{self.server.model}/{self.prompts.brief.print}"

    @property
    def writes_with_a_model(self) -> bool:
        """It does, so what takes its place is not remembered for good."""
        return True

    @property
    def state(self) -> ServerState:
        """How the model does."""
        return self.server.state

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        """A brief in the articles' language, with its citations; it still has to pass the gate."""
        source = usable(request)
        if not source:
            return Failure(FailureKind.EMPTY, "The article holds no text to brief.")
        if size(source) > self._room(request, source):
            source = await self._pieced(request, source, deadline)
        elif self._together is not None and size(source) <= SMALL:
            brief = await self._together.brief(request, source, deadline)
            if brief is not None:
                return brief
        return await self.server.ask(self.question(request, source), deadline)

    def question(self, request: BriefRequest, source: Sources, *, can_wait: bool = False) -> Question[Brief]:
        """What the model is asked for one story, and how its answer is read."""
        prompt = self.prompts.brief
        written = sum(len(sentence.text.encode()) for sentence in source)

        def fitted(room: int) -> Question[Brief]:
            return self.question(request, shortened(source, request, room * size(source) // written))

        return Question(
            messages=lambda schema, again: asked_for(prompt, request, source, schema=schema, again=again),
            read=lambda text: read_brief(text, request, source, self.server.writer),
            schema=SCHEMA,
            accounts=(account(request),),
            size=written,
            fitted=fitted,
            can_wait=can_wait,
        )

    def _room(self, request: BriefRequest, source: Sources) -> int:
        """Characters of the source that fit into one call."""
        question = self.question(request, source)
        room = self.server.room(question)
        return ROOM if room is None else min(ROOM, room * size(source) // question.size)

    async def _pieced(self, request: BriefRequest, source: Sources, deadline: datetime | None) -> Sources:
        """A long source made to fit in one call: by what the model cites of each piece, or by measure.

        Read in pieces only where the money and half the time allow it; other stories go first.
        """
        room = self._room(request, source)
        until = self.server.share_of(deadline, 0.5)
        parts = pieces(source, room)
        questions = [self.question(request, part, can_wait=True) for part in parts]
        costs = [self.server.most_cost(question) for question in questions]
        dear = None in costs or sum(cast(list[int], costs)) > self._split_cost
        if not parts or dear or not self.server.can_answer(len(parts), until):
            return shortened(source, request, room) or source  # which the server is then too small for
        answers = await asyncio.gather(*(self.server.ask(question, until) for question in questions))
        cited = tuple(
            answer.source_sentences[index]
            for answer in answers
            if isinstance(answer, Brief)
            for index in sorted({index for sentence in answer.sentences for index in sentence.support})
        )
        return shortened(cited or source, request, room)
