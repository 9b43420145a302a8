"""The models of a chain, best first, for what is more than a brief: where one fails, the next is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from digests.brief.llm.model_server import ModelServer, Question
from digests.brief.llm.prompt import Prompt, Prompts
from digests.brief.llm.writer import Writer
from digests.model import Failure, FailureKind

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

SHARE = 0.6  # of the time left, for a model behind which there is another


@dataclass(frozen=True, slots=True)
class Models:
    """``servers`` in the order they are asked, and the texts they are asked by."""

    servers: tuple[ModelServer, ...] = ()
    prompts: Prompts = field(default_factory=Prompts)

    def __bool__(self) -> bool:
        return bool(self.servers)

    def remembered_by(self, prompt: Prompt) -> str:
        """What an answer is remembered by: another model or another text asks anew."""
        return "+".join([prompt.print, *(f"{server.name}/{server.model}" for server in self.servers)])

    async def ask(
        self, question: Callable[[Writer], Question[Answer] | Failure], deadline: datetime | None
    ) -> Answer | Failure:
        """The first answer that stands; ``question`` takes the model that is asked.

        What can't be asked is a ``Failure`` at once, and costs nothing. A model that hangs leaves
        the next one its part of the time.
        """
        failure = Failure(FailureKind.MODEL, "There is no model to ask.")
        for server in self.servers:
            asked = question(server.writer)
            if isinstance(asked, Failure):
                return asked
            last = server is self.servers[-1]
            answer = await server.ask(asked, deadline if last else server.share_of(deadline, SHARE))
            if not isinstance(answer, Failure):
                return answer
            failure = answer
            log.info("%s has no answer: %s", server.name, answer.reason)
        return failure
