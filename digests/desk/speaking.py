"""Digests read aloud: recorded once their texts are posted, and queued behind them, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from digests.brief.extras.speech import spoken_text
from digests.clock import Clock
from digests.deliver.decide import new_nonce
from digests.desk.live import DeskSettings
from digests.model import Chat, Delivery, Digest, Failure
from digests.ports import AudioChannel, Channel, Store

log = logging.getLogger(__name__)

LATEST = timedelta(hours=3)
"""A digest older than this is no news any more; its recording is not made."""
KEPT = timedelta(days=3)
"""How long a recording is kept for a delivery that has to wait."""


class Speaker:
    """Has recordings made. The text never waits for one: only posted digests are read aloud.

    A recording and its delivery are stored in one transaction, and the outbox posts it like any
    other part: killed anywhere, it is posted once at most, and paid twice at most.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        live: DeskSettings,
        clock: Clock,
        *,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._channels = channels
        self._live = live
        self._clock = clock
        self._nudge = nudge

    async def speak_due(self, now: datetime) -> int:
        """Record what waits for it; how many recordings were queued."""
        queued = 0
        for digest, chat in await self._store.recordings.wanted(now - LATEST, now):
            queued += await self._speak(digest, chat)
        await self._store.recordings.forget(now - KEPT)
        if queued:
            self._nudge()
        return queued

    async def _speak(self, digest: Digest, chat: Chat) -> bool:
        channel = self._channels.get(chat.platform)
        text = spoken_text(digest)
        narrator = self._live.narrator
        if channel is None or not isinstance(channel, AudioChannel) or not text or narrator is None:
            return False
        if not await self._store.recordings.begin(digest.id, self._clock()):
            return False
        audio = await narrator.speak(text, chat_id=chat.id)
        if isinstance(audio, Failure):
            log.warning("Digest %s of chat %s was not read aloud: %s", digest.id, chat.id, audio.reason)
            return False
        delivery = Delivery(
            digest_id=digest.id,
            chat_id=chat.id,
            part=len(channel.parts(digest, chat)),  # behind the texts
            content=channel.spoken(digest, chat),
            nonce=new_nonce(),
        )
        return await self._store.recordings.finish(digest.id, audio, delivery)
