"""Killed in the middle of the call that makes a recording: it is asked for twice at most, in all."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from digests.clock import utc_now
from digests.deliver.outbox import Outbox
from digests.model import (
    Brief,
    BriefSentence,
    Chat,
    Delivery,
    Digest,
    DigestItem,
    Limit,
    Part,
    SourceSentence,
)
from digests.store import open_store
from digests.testing import FakeChannel

SCRIPT = Path(__file__).with_name("speaking_killed.py")
ROOT = Path(__file__).parents[3]


@pytest.mark.slow
async def test_a_recording_is_paid_twice_at_most_however_often_it_is_killed(tmp_path: Path) -> None:
    calls: asyncio.Queue[bytes] = asyncio.Queue()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        await reader.read()
        writer.close()

    now, file = utc_now(), str(tmp_path / "s.sqlite3")
    async with open_store(file) as store:
        chat = await store.chats.ensure(Chat(platform="fake", address="a"), now)
        source = (SourceSentence("It rained in Oslo."),)
        sentences = (BriefSentence("It rained in Oslo.", (0,)),)
        brief = Brief(headline="Rain", sentences=sentences, source_sentences=source, language="en")
        items = (DigestItem(story_id=1, version=1, brief=brief, links=()),)
        digest = Digest(chat_id=chat.id, created=now, items=items, spoken=True)
        part = Part(payload="x", plain="x")
        await store.digests.compose(
            digest, (Delivery(digest_id=0, chat_id=chat.id, part=0, content=part, nonce="n"),), (), None, now
        )
        assert await Outbox(store, {"fake": FakeChannel("fake")}, utc_now).deliver_due() == 1
    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    async def process(minutes: int) -> asyncio.subprocess.Process:
        moment = (utc_now() + timedelta(minutes=minutes)).isoformat()
        return await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPT), file, url, moment, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    try:
        for minutes in (0, 11):
            speaking = await process(minutes)
            request = await asyncio.wait_for(calls.get(), 60)
            assert b"/audio/speech" in request
            speaking.kill()
            assert await speaking.wait() == -9
        for minutes in (12, 22, 60):
            speaking = await process(minutes)
            said, _ = await asyncio.wait_for(speaking.communicate(), 60)
            assert (said, speaking.returncode) == (b"0\n", 0)
        assert calls.empty()
    finally:
        server.close()
    async with open_store(file) as store:
        (spend,) = await store.spend.spends(f"{now:%Y-%m}")
        assert await store.spend.used(Limit(chat.id, f"{now:%Y-%m}", 0)) == spend.held > 0
        assert spend.held <= 2 * 100  # a short text, a millionth a character, twice
