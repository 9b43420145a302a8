"""A digest read aloud: what is said, and the recording that an OpenAI-compatible server makes of it."""

from __future__ import annotations

import asyncio

from digests.brief.llm.model_server import ModelServer
from digests.brief.llm.response_parsing import misshapen, said
from digests.model import Digest, Failure, FailureKind, Usage

LONGEST = 4_000  # characters; servers take 4,096
_FREE = Usage(0, 0)


def spoken_text(digest: Digest) -> str:
    """The note and the stories as running text: no links, no sites, no headlines alone.

    What would pass the length is left out story by story, so that none is cut off.
    """
    pieces = [digest.note.text] if digest.note else []
    pieces += [
        ". ".join(part for part in (item.brief.headline.rstrip(".。"), item.brief.text) if part)
        for item in digest.items
    ]
    told: list[str] = []
    for piece in pieces:
        if sum(map(len, told)) + len(piece) + 2 * len(told) <= LONGEST:
            told.append(piece)
    return "\n\n".join(told)


class Narrator:
    """Reads a text aloud. ``server`` is the speech model's: its price counts characters, and its
    budget refuses what has no price or passes a cap."""

    def __init__(self, server: ModelServer, *, voice: str, seconds: float = 60.0) -> None:
        self._server = server
        self._voice = voice
        self._seconds = seconds

    async def speak(self, text: str, *, chat_id: int | None) -> bytes | Failure:
        """An Ogg file with Opus sound. Asked for once: the caller tries again later, if at all."""
        import openai

        budget, model = self._server.budget, self._server.model
        most = Usage(len(text), 0)
        hold = await budget.reserve(model, most, chat_id=chat_id)
        if isinstance(hold, Failure):
            return hold
        usage = most  # as long as nobody can tell, it is paid
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._server.client.audio.speech.create(
                    model=model, voice=self._voice, input=text, response_format="opus", timeout=self._seconds
                )
            sound = answer.content
        except openai.APIStatusError as error:
            usage = _FREE
            return Failure(FailureKind.HTTP_STATUS, said(error.status_code, False, model), error.status_code)
        except (TimeoutError, openai.APITimeoutError):
            return Failure(FailureKind.TIMEOUT, "The recording did not come in time.")
        except misshapen():
            return Failure(FailureKind.CONNECT, "The connection to the speech model's server failed.")
        finally:
            await asyncio.shield(budget.settle(hold, usage))
        if not sound.startswith(b"OggS"):
            return Failure(FailureKind.MODEL, "What the server sent is no Ogg recording.")
        return sound
