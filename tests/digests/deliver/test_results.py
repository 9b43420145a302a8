"""Each step that follows from an outcome: what is told, what is recorded, in which order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from digests.deliver.decide import (
    GiveUp,
    Hold,
    LookFirst,
    MoveChat,
    PauseChat,
    PostAnew,
    RecordSent,
    Step,
    TryAgain,
)
from digests.deliver.pacing import NEVER
from digests.deliver.results import Results, log_lost, log_report
from digests.errors import StoreError
from digests.model import Chat, Delivery, Part
from digests.ports import Absent, Found, Unknown
from digests.testing import FakeClock

NOW = FakeClock()()
SOON, LATER = NOW + timedelta(seconds=1), NOW + timedelta(seconds=9)
CHAT = Chat(id=7, platform="p", address="1", kind="group", title="Team")
DELIVERY = Delivery(
    id=3, digest_id=5, chat_id=7, part=0, content=Part(payload="x", plain="x"), nonce="n", attempts=1
)


class Taken:
    """Keeps what is called, with what; ``failing``: how many of the calls to come fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failing = 0
        self.adopted = True

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def called(*args: Any, **more: Any) -> bool:
            if self.failing > 0:
                self.failing -= 1
                raise StoreError("the disk is full")
            self.calls.append((name, *args, *more.items()))
            return self.adopted

        return called


class Quick(Results):
    """Naps at once; ``naps``: how long they would have been, in seconds."""

    naps: list[float]

    async def _nap(self, seconds: float) -> bool:
        self.naps.append(seconds)
        return not self.stopping.is_set()


def results(taken: Taken, find: object = None, **more: Any) -> Quick:
    class Looking:
        async def find(self, chat: Chat, delivery: Delivery) -> object:
            taken.calls.append(("find",))
            if isinstance(find, Exception):
                raise find
            return find

    class Store:
        deliveries = chats = taken

    wanted: dict[str, Any] = {
        "on_doubt": lambda: None,
        "settle_after": timedelta(seconds=5),
        "others": False,
    } | more
    if "report" not in wanted:
        wanted |= {"report": taken.report, "lost": taken.lost}
    made = Quick(Store(), {"p": Looking()}, lambda: NOW, **wanted)  # type: ignore[arg-type]
    made.naps = []
    return made


WAIT_CHAT = TryAgain(SOON, "asked to wait", wait="address")
WAIT_ALL = TryAgain(SOON, "asked to wait", wait="platform")
NOT_PLAIN = ("plain", False)


@pytest.mark.parametrize(
    ("step", "calls"),
    [
        (RecordSent("m1"), [("sent", 3, "m1", NOW)]),
        (TryAgain(SOON, "away"), [("again", 3, SOON, "away", NOT_PLAIN)]),
        (TryAgain(NOW, "markup", plain=True), [("again", 3, NOW, "markup", ("plain", True))]),
        (TryAgain(NOW, "?", report="!"), [("report", "!"), ("again", 3, NOW, "?", NOT_PLAIN)]),
        (WAIT_CHAT, [("again", 3, SOON, "asked to wait", NOT_PLAIN), ("wait", "p", "1", SOON)]),
        (WAIT_ALL, [("again", 3, SOON, "asked to wait", NOT_PLAIN), ("wait", "p", None, SOON)]),
        (PostAnew("too old"), [("again", 3, NOW, "too old", ("anew", True))]),
        (GiveUp("no", "told"), [("report", "told"), ("fail", 3, "no")]),
        (GiveUp("no", None), [("fail", 3, "no")]),
        (Hold("?", "told"), [("report", "told"), ("hold", 3, "?")]),
        (
            PauseChat("kicked"),
            [("again", 3, NOW, "kicked"), ("set_paused", 7, "kicked"), ("lost", CHAT, "kicked")],
        ),
        (MoveChat("-9"), [("again", 3, NOW, "the chat moved to -9"), ("move", "p", "1", "-9")]),
    ],
)
async def test_a_step_is_told_first_then_recorded(step: Step, calls: list[tuple[Any, ...]]) -> None:
    taken = Taken()
    carried = results(taken)
    await carried.carry_out(step, DELIVERY, CHAT)
    assert taken.calls == calls
    assert carried.sent == isinstance(step, RecordSent)
    assert carried.again == (step.at if isinstance(step, TryAgain) else NEVER)


async def test_the_earliest_retry_is_kept() -> None:
    carried = results(Taken())
    for at in (LATER, SOON, LATER):
        await carried.carry_out(TryAgain(at, "away"), DELIVERY, CHAT)
    assert carried.again == SOON


async def test_going_as_plain_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    carried = results(Taken())
    await carried.carry_out(TryAgain(NOW, "away"), DELIVERY, CHAT)
    assert caplog.messages == []
    await carried.carry_out(TryAgain(NOW, "can't parse", plain=True), DELIVERY, CHAT)
    assert caplog.messages == ["delivery 3 goes as plain text: can't parse"]


# ---------------------------------------------------------------- looking


async def test_a_doubt_is_looked_for_once_the_platform_has_had_its_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken = Taken()
    looking = results(taken, Found("m9"))
    await looking.carry_out(LookFirst("cut off"), DELIVERY, CHAT)
    assert (taken.calls, looking.naps) == ([("find",), ("sent", 3, "m9", NOW)], [5])
    assert caplog.messages == ["delivery 3 may or may not have been posted: cut off"]


async def test_a_stop_leaves_the_look_to_the_next_start() -> None:
    taken = Taken()
    looking = results(taken, Found("m9"))
    looking.stopping.set()
    await looking.carry_out(LookFirst("cut off"), DELIVERY, CHAT)
    assert taken.calls == []


async def test_what_did_not_arrive_goes_again() -> None:
    taken = Taken()
    await results(taken, Absent()).look(DELIVERY, CHAT)
    assert taken.calls == [("find",), ("again", 3, NOW, "it did not arrive", NOT_PLAIN)]


async def test_a_platform_that_can_not_be_asked_now_is_asked_by_the_next_sweep(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken = Taken()
    await results(taken, Unknown("out of reach", later=True)).look(DELIVERY, CHAT)
    assert taken.calls == [("find",)]
    assert caplog.messages == ["p can't be asked about delivery 3: out of reach"]


@pytest.mark.parametrize(
    ("find", "reason"),
    [(Unknown("no history"), "no history"), (RuntimeError("a bug"), "looking raised RuntimeError")],
)
async def test_what_no_look_can_tell_follows_the_policy(
    find: object, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    taken = Taken()
    await results(taken, find).look(DELIVERY, CHAT)
    raised = ["looking for delivery 3 in p 1 raised"] if isinstance(find, Exception) else []
    assert caplog.messages == raised
    assert [call[0] for call in taken.calls] == ["find", "report", "hold"]
    assert taken.calls[2] == ("hold", 3, reason)
    taken = Taken()
    await results(taken, find, on_doubt=lambda: "resend").look(DELIVERY, CHAT)
    assert [call[0] for call in taken.calls] == ["find", "report", "again"]


async def test_an_edit_is_made_again_without_a_look() -> None:
    taken = Taken()
    edit = Delivery(id=3, digest_id=5, chat_id=7, part=0, content=DELIVERY.content, nonce="n", edits="m1")
    await results(taken).look(edit, CHAT)
    assert taken.calls == [("again", 3, NOW, "its answer was lost", NOT_PLAIN)]


async def test_of_many_processes_one_looks() -> None:
    taken = Taken()
    await results(taken, Found("m9"), others=True).look(DELIVERY, CHAT)
    assert [call[0] for call in taken.calls] == ["adopt", "find", "sent"]
    taken.calls.clear()
    taken.adopted = False
    await results(taken, Found("m9"), others=True).look(DELIVERY, CHAT)
    assert taken.calls == [("adopt", DELIVERY, NOW)]


# ---------------------------------------------------------------- a store or admin chat that is away


async def test_an_outcome_is_written_until_it_is_written(caplog: pytest.LogCaptureFixture) -> None:
    taken = Taken()
    carried = results(taken)
    taken.failing = 10
    await carried.carry_out(RecordSent("m1"), DELIVERY, CHAT)
    assert taken.calls == [("sent", 3, "m1", NOW)]
    assert carried.naps == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])
    assert caplog.messages == ["the outcome of a delivery can't be saved yet"] * 10


async def test_a_stop_gives_up_writing() -> None:
    taken = Taken()
    carried = results(taken)
    taken.failing = 9
    carried.stopping.set()
    with pytest.raises(StoreError):
        await carried.carry_out(RecordSent("m1"), DELIVERY, CHAT)
    assert (taken.failing, carried.naps, carried.sent) == (8, [], 0)


async def test_a_nap_ends_at_a_stop() -> None:
    carried = results(Taken())
    assert await Results._nap(carried, 0.001)
    asyncio.get_running_loop().call_later(0.01, carried.stopping.set)
    async with asyncio.timeout(5):
        assert await Results._nap(carried, 60) is False


async def test_a_report_that_hangs_or_fails_keeps_nothing_from_being_recorded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def hangs(_text: str) -> None:
        await asyncio.sleep(60)

    async def fails(_chat: Chat, _reason: str) -> None:
        raise RuntimeError("the admin chat is gone")

    patience: list[float] = []
    timeout = asyncio.timeout

    def impatient(seconds: float) -> asyncio.Timeout:
        patience.append(seconds)
        return timeout(0.001)

    taken = Taken()
    carried = results(taken, report=hangs, lost=fails)
    monkeypatch.setattr(asyncio, "timeout", impatient)
    await carried.carry_out(GiveUp("no", "told"), DELIVERY, CHAT)
    await carried.carry_out(PauseChat("kicked"), DELIVERY, CHAT)
    assert [call[0] for call in taken.calls] == ["fail", "again", "set_paused"]
    assert patience == [30, 30]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


async def test_where_nobody_is_to_be_told_the_log_is(caplog: pytest.LogCaptureFixture) -> None:
    await log_report("a part is held")
    await log_lost(CHAT, "kicked")
    assert caplog.messages == ["a part is held", "p 1 can't be written to: kicked"]
