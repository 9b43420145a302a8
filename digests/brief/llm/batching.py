"""Several short stories of one digest in one call: the instructions are paid for once.

Stories that are asked for at the same moment, by the same chat with the same wishes, are numbered
through and asked for together. Each is read, and held against its own sentences, by itself; a
story that the answer leaves out or gets wrong is asked for alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from digests.brief.llm.drafts import Sources, account, asked_for_several, brief_of
from digests.brief.llm.model_server import ModelServer, Question
from digests.brief.llm.prompt import Prompt
from digests.brief.llm.replies import SEVERAL, Draft, Drafted, read_drafts
from digests.model import Brief, BriefRequest, Failure, FailureKind

SMALL = 1_500
"""Characters of source sentences up to which a story is short: less than the instructions cost twice."""

_MOST = 6  # stories in one call: a long list tempts a model to leave some out
_PAUSE = 0.02  # seconds in which the stories of one digest come together
_SHARE = 0.6  # of the time left; the rest is kept for asking for one alone
_TOKENS_EACH = 500

Found = dict[int, Brief | Failure]


@dataclass(frozen=True, slots=True)
class _Story:
    request: BriefRequest
    source: Sources
    deadline: datetime | None
    done: asyncio.Future[Brief | Failure | None]

    @property
    def wish(self) -> tuple[object, ...]:
        r = self.request
        return r.chat_id, r.sentences, r.words, r.characters, r.articles[0].language, self.deadline is None


class Together:
    """Collects short stories and asks ``server`` for them by ``prompt``."""

    def __init__(self, server: ModelServer, prompt: Prompt) -> None:
        self._server = server
        self._prompt = prompt
        self._waiting: list[_Story] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def brief(
        self, request: BriefRequest, source: Sources, deadline: datetime | None
    ) -> Brief | Failure | None:
        """The story's brief, or why the server gives none; None: ask for it alone."""
        story = _Story(request, source, deadline, asyncio.get_running_loop().create_future())
        self._waiting.append(story)
        if len(self._waiting) == 1:
            task = asyncio.create_task(self._ask_soon())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await story.done

    async def _ask_soon(self) -> None:
        await asyncio.sleep(_PAUSE)
        groups: dict[tuple[object, ...], list[_Story]] = defaultdict(list)
        for story in self._waiting:
            if not story.done.done():  # else nobody waits for it any more
                groups[story.wish].append(story)
        self._waiting = []
        await asyncio.gather(
            *(
                self._ask(group[start : start + _MOST])
                for group in groups.values()
                for start in range(0, len(group), _MOST)
            )
        )

    async def _ask(self, stories: Sequence[_Story]) -> None:
        found: dict[int, Brief | Failure] | Failure = {}
        try:
            if len(stories) > 1:
                until = min((s.deadline for s in stories if s.deadline is not None), default=None)
                found = await self._server.ask(self._question(stories), self._server.share_of(until, _SHARE))
        finally:  # whatever happened, nobody may be left waiting
            for number, story in enumerate(stories, 1):
                if not story.done.done():
                    story.done.set_result(_one(found, number))

    def _question(self, stories: Sequence[_Story]) -> Question[Found]:
        requests, sources = [s.request for s in stories], [s.source for s in stories]

        def read(text: str) -> Found | Failure:
            drafts = read_drafts(text)
            first = accumulate(map(len, sources), initial=0)
            found: Found = {
                number: brief_of(_own(drafts[number], start), request, source, self._server.writer)
                for number, (request, source, start) in enumerate(
                    zip(requests, sources, first, strict=False), 1
                )
                if number in drafts
            }
            good = any(isinstance(brief, Brief) for brief in found.values())
            return found if good else Failure(FailureKind.MODEL, "No story of the answer could be used.")

        return Question(
            messages=lambda schema, again: asked_for_several(
                self._prompt, requests, sources, schema=schema, again=again
            ),
            read=read,
            schema=SEVERAL,
            output_tokens=_TOKENS_EACH * len(stories),
            accounts=tuple(account(request) for request in requests),
        )


def _own(draft: Draft, start: int) -> Draft:
    """The draft with its citations counted from the story's own first sentence."""
    sentences = tuple(Drafted(s.text, tuple(cite - start for cite in s.cites)) for s in draft.sentences)
    return Draft(draft.headline, sentences, draft.topics, draft.score)


def _one(found: Found | Failure, number: int) -> Brief | Failure | None:
    """What a story gets: its brief; the failure where the server itself fails; else another try, alone."""
    if isinstance(found, Failure):
        alone = found.kind in {FailureKind.MODEL, FailureKind.BUDGET, FailureKind.UNSUPPORTED}
        return None if alone else found
    brief = found.get(number)
    return brief if isinstance(brief, Brief) else None
