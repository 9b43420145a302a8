"""Whatever a model's server does, the digest goes out on time, and why it had no model is to be read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings
from digests.brief.chain import KEPT_FOR_THE_LAST
from digests.brief.extras.translate import UNTRANSLATED
from digests.clock import utc_now
from digests.desk import assistant
from tests.bot.conftest import open_house
from tests.fakes.openai_server import Cut, Drip, Raw, Refuses, Reply, Says, answer, openai_server

pytestmark = pytest.mark.slow

DEADLINE = 3.4  # seconds, 2 of which are kept for the last of the chain
SLACK = 3.0  # for editing, storing and sending on a busy machine
SHORT: dict[str, Any] = {"deadline_seconds": DEADLINE}
SHORTEST = DEADLINE * (1 + 2 * assistant.BEYOND) + 0.3 + SLACK
EVERYTHING: dict[str, Any] = {
    "note": True,
    "translate": True,
    "language": "it",
    "interest": "not chess",
    "order": "topics",
}

INVENTED = answer("Zorblatt wins", ("Zorblatt Kane won 99 million euros on Friday.", [1]))
FOREIGN = answer(
    "河上的新桥", ("青云市议会周一上午在数百名市民的见证下开通了横跨青江的新桥，工程历时两年。", [1])
)  # fmt: skip
FAULTS: dict[str, tuple[Reply, str]] = {
    "closed at once": (Cut(b""), "connection"),
    "cut in the middle": (Cut(), "connection"),
    "a byte at a time": (Drip(), "in time"),
    "an answer too late": (Says("x", delay=60), "in time"),
    "429 that names seconds": (Refuses(429, headers={"retry-after": "60"}), "fewer calls"),
    "429 with reset headers": (
        Refuses(429, headers={"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-reset-requests": "1s"}),
        "fewer calls",
    ),
    "no money left there": (Refuses(429, "insufficient_quota"), "no money left"),
    "408": (Refuses(408), "status 408"),
    "500": (Refuses(500), "status 500"),
    "502": (Refuses(502), "status 502"),
    "503": (Refuses(503), "status 503"),
    "504": (Refuses(504), "status 504"),
    "529": (Refuses(529), "status 529"),
    "a wrong key": (Refuses(401, "invalid_api_key"), "accept the key"),
    "a forbidden model": (Refuses(403), "accept the key"),
    "a model it does not know": (Refuses(404, "model_not_found"), "does not know the model"),
    "a retired model": (Refuses(410), "was retired"),
    "a request it does not like": (Refuses(400), "status 400"),
    "a page instead of an answer": (Raw(b"<html>gateway</html>", content_type="text/html"), "no chat completion"),
    "an empty object": (Raw(b"{}"), "no chat completion"),
    "no JSON": (Raw(b"\xff\xfe nonsense"), "no chat completion"),
    "broken JSON in the answer": (Says('{"headline": "A", "sentences": ['), "could not be read"),
    "an empty answer": (Says(""), "was empty"),
    "a refusal": (Says(None, refusal="I can't."), "refused"),
    "a filtered answer": (Says("x", finish="content_filter"), "refused"),
    "a cut answer": (Says('{"headline"', finish="length"), "cut off"),
    "the wrong language": (FOREIGN, "another language"),
    "nothing but inventions": (INVENTED, "Nothing of the answer stands"),
}  # fmt: skip


GRACE = assistant.GRACE


@pytest.fixture(autouse=True)
def _shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant, "GRACE", timedelta(seconds=0.1))


@asynccontextmanager
async def _silent() -> AsyncIterator[str]:
    """A server that takes connections and says nothing."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


async def _on_time(
    folder: Path, base_url: str, reason: str, *, brief: dict[str, Any] = SHORT, most: float = SHORTEST
) -> None:
    """``most``: seconds from the digest's time until it is out."""
    openai = {"base_url": base_url, "model": "tiny", "input_price": 0, "output_price": 0}
    chain = {"summarizers": ("openai", "extractive")}
    async with open_house(folder, brief=chain | brief, openai=openai) as house:
        desk = house.app.desk
        (chat,) = await desk.store.chats.all()
        await desk.store.chats.set_settings(chat.id, replace(chat.settings, **EVERYTHING))
        await desk.intake.poll_due(utc_now())
        await desk.read_all()
        began = time.perf_counter()
        assert await desk.editor.edit_due(utc_now()) == 1
        assert await desk.outbox.deliver_due() > 0
        assert time.perf_counter() - began < most
        (digest,) = await desk.store.digests.last(chat.id, 5)
        items = (*digest.items, *digest.headlines)
        assert len(items) > 3
        assert {item.brief.summarizer for item in items} == {"extractive"}
        assert all(item.brief.instead is not None for item in items)
        assert all(UNTRANSLATED in item.brief.warnings for item in items)
        assert digest.note is None
        assert "Quay Bridge" in house.printed.getvalue()
        why = " ".join(warning for item in items for warning in item.brief.warnings)
        health = await house.say("/health")
        # a model that is left alone after the first call says so in the briefs; why, is in /health
        assert reason in why + health or "in time" in why  # which a busy machine may run out of first
        assert "no failure since the start" not in health
        assert await desk.store.spend.spends(f"{utc_now():%Y-%m}") != []


def test_there_are_enough_kinds() -> None:
    assert len(FAULTS) + 3 >= 24


def test_all_that_a_digest_waits_for_ends_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the real figures: its interest, its briefs, their translations and its note, each to its very end."""
    monkeypatch.setattr(assistant, "GRACE", GRACE)
    deadline = timedelta(seconds=Settings().brief.deadline_seconds)
    beyond = 2 * (deadline * assistant.BEYOND + assistant.GRACE)
    assert deadline + KEPT_FOR_THE_LAST + beyond < timedelta(minutes=1)


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_digest_goes_out_on_time(tmp_path: Path, fault: str) -> None:
    reply, reason = FAULTS[fault]
    async with openai_server(script=[reply]) as server:
        await _on_time(tmp_path, server.base_url, reason)
        assert 0 < len(server.requests) <= 64  # nobody hammers a server that fails


async def test_it_goes_out_when_nobody_listens(tmp_path: Path) -> None:
    await _on_time(tmp_path, "http://127.0.0.1:9/v1", "connection")


async def test_it_goes_out_when_the_name_is_gone(tmp_path: Path) -> None:
    await _on_time(tmp_path, "http://models.invalid/v1", "")


async def test_it_goes_out_when_the_server_is_silent(tmp_path: Path) -> None:
    async with _silent() as base_url:
        await _on_time(tmp_path, base_url, "in time")


async def test_at_its_real_length_it_goes_out_within_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the configuration as it comes, by the clock on the wall: with a server that hangs on every
    call, and with one whose answers are late and wrong, so that it is never left alone."""
    monkeypatch.setattr(assistant, "GRACE", GRACE)
    (tmp_path / "hangs").mkdir()
    (tmp_path / "late").mkdir()
    async with _silent() as silent, openai_server(script=[Says("x", delay=3.0)]) as late:
        await asyncio.gather(
            _on_time(tmp_path / "hangs", silent, "in time", brief={}, most=60),
            _on_time(tmp_path / "late", late.base_url, "could not be read", brief={}, most=60),
        )
