"""Reads a digest aloud in processes that are killed in the middle of the call, one after the other.

python speaking_killed.py FOLDER SPEECH_URL NOW SECONDS    # one process: claims, calls, and may be killed
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from decimal import Decimal

from digests.brief.extras.speech import Narrator
from digests.brief.llm.budget import Budget, Caps, Price
from digests.brief.llm.model_server import ModelServer
from digests.desk.live import DeskSettings
from digests.desk.speaking import Speaker
from digests.model import Chat, Digest, Part
from digests.store import open_store
from digests.testing import FakeChannel


class SpeakingChannel(FakeChannel):
    """A fake platform that takes recordings, too."""

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        return Part(payload="🔊", plain="🔊", audio=digest.id)


async def speak(store_file: str, url: str, now: datetime) -> int:
    """As the desk does: what is due at that moment."""
    async with open_store(store_file) as store:
        budget = Budget({"speech": Price(Decimal(1), Decimal(0))}, Caps(), store.spend, lambda: now)
        model = ModelServer(model="speech", budget=budget, clock=lambda: now, base_url=url)
        try:
            channels = {"fake": SpeakingChannel("fake")}
            return await Speaker(
                store, channels, DeskSettings(narrator=Narrator(model, voice="alloy")), lambda: now
            ).speak_due(now)
        finally:
            await model.close()


if __name__ == "__main__":
    print(asyncio.run(speak(sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3]))))
