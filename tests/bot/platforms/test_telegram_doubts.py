"""Doubtful parts on Telegram, from the outbox to the wire: none is left to chance.

Where the ops chat can look, what arrived is found and what did not goes once more. Where it can't,
the admins are told and the policy is followed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.platforms.telegram.chat import TelegramChat
from digests.clock import utc_now
from digests.deliver.decide import OnDoubt, new_nonce
from digests.deliver.outbox import Outbox, OutboxOptions
from digests.deliver.pacing import Pacer
from digests.model import Chat, Delivery, DeliveryState, Digest, Part
from digests.store import SqlStore, open_store
from tests.bot.platforms.telegram_desk import Echo
from tests.fakes.faults import CUT_AFTER, CUT_BEFORE
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow

PUBLIC_OPS, PRIVATE_OPS = -10090, 8  # a supergroup, and a person's own chat
CHATS = [("channel", -10060), ("group", -10050), ("private", 7)]
HOUR = timedelta(hours=1)


class Newsroom:
    """A store, a Telegram, and an outbox between them that can be started anew."""

    def __init__(self, store: SqlStore, server: TelegramServer) -> None:
        self.store, self.server = store, server
        self.reports: list[str] = []
        self.ahead = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead

    @asynccontextmanager
    async def started(
        self, ops_chat: int | None, on_doubt: OnDoubt | None = None
    ) -> AsyncIterator[tuple[Outbox, TelegramChat]]:
        async def last_sent(address: str | None, before: datetime | None) -> str | None:
            return await self.store.deliveries.last_message("telegram", address, before)

        async def report(text: str) -> None:
            self.reports.append(text)

        chat = TelegramChat(
            self.server.token,
            Echo().desk(),
            clock=self.now,
            base_url=self.server.base_url,
            ops_chat=ops_chat,
            last_sent=last_sent,
            timeout=timedelta(seconds=0.5),
        )
        async with chat:
            options = OutboxOptions(settle_after=timedelta())
            outbox = Outbox(
                self.store,
                {"telegram": chat},
                self.now,
                pacer=Pacer({}),
                options=options,
                report=report,
                on_doubt=lambda: on_doubt,
            )  # fmt: skip
            yield outbox, chat

    async def compose(self, chat: Chat, *texts: str) -> list[Delivery]:
        digest = Digest(chat_id=chat.id, created=self.now(), items=(), title="News")
        deliveries = [
            Delivery(
                digest_id=0,
                chat_id=chat.id,
                part=number,
                content=Part(payload=json.dumps({"text": text, "entities": [], "preview": None}), plain=text),
                nonce=new_nonce(),
            )
            for number, text in enumerate(texts)
        ]
        made = await self.store.digests.compose(digest, deliveries, (), None, self.now())
        return list(await self.store.deliveries.of_digest(made.id))

    async def settle(self, outbox: Outbox) -> None:
        """Deliver, and once more after whatever a retry waits for."""
        for _ in range(2):
            await outbox.recover(self.now())
            await outbox.deliver_due()
            self.ahead += HOUR


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_store(str(tmp_path / "d.sqlite3")) as store, TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_user(8, "Ops")
        for person in (7, 8):
            server.world.add_private(person)
        server.world.add_group(-10050, "Team", admins=(7,))
        server.world.add_channel(-10060, "News", admins=(7,))
        server.world.add_group(PUBLIC_OPS, "Ops", admins=(7,))
        yield Newsroom(store, server)


async def chats(desk: Newsroom) -> list[Chat]:
    return [
        await desk.store.chats.ensure(
            Chat(platform="telegram", address=str(address), kind=kind, title=kind), desk.now()
        )
        for kind, address in CHATS
    ]


def shown(desk: Newsroom, chat: Chat, words: str) -> list[str]:
    """The ids of the messages that say so in the chat."""
    messages = desk.server.world.place(int(chat.address)).messages
    return [str(number) for number, message in messages.items() if message.get("text") == words]


async def judge(desk: Newsroom, delivery: Delivery, chat: Chat, *, arrived: bool, on_doubt: OnDoubt) -> None:
    """Found, or found missing, through the ops chat; or else told, and treated as the policy says."""
    after = await desk.store.deliveries.get(delivery.id)
    assert after is not None
    there = shown(desk, chat, delivery.content.plain)
    forwards = [call for call in desk.server.calls if call[0] == "forwardMessage" and call[2] == 200]
    looked = any(int(params["from_chat_id"]) == int(chat.address) for _, params, _ in forwards)
    told = [text for text in desk.reports if f" digest {delivery.digest_id} for " in text]
    if not told:
        assert looked or not arrived
        assert (after.state, there) == (DeliveryState.SENT, [after.message_id])
    elif on_doubt == "hold":
        assert (after.state, len(there)) == (DeliveryState.HELD, int(arrived))
    else:
        assert (after.state, there[-1:]) == (DeliveryState.SENT, [after.message_id])
        assert len(there) == 1 + arrived
    assert len(told) <= 1


def kinds_told(desk: Newsroom) -> list[str]:
    """In chats of which kinds there were doubts that nobody could settle: what is missing from a
    private chat can't be told through a public ops chat, since others count in the same row."""
    return sorted(text.partition(" for ")[2].split()[0] for text in desk.reports)


@pytest.mark.parametrize(
    ("ops_chat", "fault", "on_doubt"),
    [
        (PUBLIC_OPS, CUT_BEFORE, None),
        (PUBLIC_OPS, CUT_BEFORE, "hold"),
        (PUBLIC_OPS, CUT_AFTER, None),
        (PRIVATE_OPS, CUT_BEFORE, None),
        (PRIVATE_OPS, CUT_AFTER, None),
    ],
)
async def test_a_lost_answer_is_found_or_told(
    desk: Newsroom, ops_chat: int, fault: str, on_doubt: OnDoubt | None
) -> None:
    async with desk.started(ops_chat, on_doubt) as (outbox, _):
        doubtful = []
        for chat in await chats(desk):
            await desk.compose(chat, "before")
            await outbox.deliver_due()
            doubtful.append((chat, (await desk.compose(chat, f"doubtful {chat.kind}"))[0]))
            desk.server.fault("sendMessage", fault, chat=int(chat.address))
        await desk.settle(outbox)
    for chat, delivery in doubtful:
        await judge(desk, delivery, chat, arrived=fault != CUT_BEFORE, on_doubt=on_doubt or "resend")
    assert kinds_told(desk) == (["private"] if (ops_chat, fault) == (PUBLIC_OPS, CUT_BEFORE) else [])


@pytest.mark.parametrize("ops_chat", [PUBLIC_OPS, PRIVATE_OPS])
@pytest.mark.parametrize("arrived", [True, False])
async def test_what_a_kill_left_is_found_or_told(desk: Newsroom, ops_chat: int, arrived: bool) -> None:
    """Claimed and perhaps posted, and nobody is left who knows; the next part waits behind it."""
    doubtful = []
    async with desk.started(ops_chat) as (outbox, channel):
        for chat in await chats(desk):
            await desk.compose(chat, "before")
            await outbox.deliver_due()
            first, _ = await desk.compose(chat, f"doubtful {chat.kind}", "after")
            assert await desk.store.deliveries.sending(first.id, desk.now())
            if arrived:
                await channel.send(chat, first)
            doubtful.append((chat, first))
    async with desk.started(ops_chat) as (outbox, _):
        await desk.settle(outbox)
    for chat, delivery in doubtful:
        await judge(desk, delivery, chat, arrived=arrived, on_doubt="resend")
        (second,) = shown(desk, chat, "after")
        assert int(second) > int(shown(desk, chat, delivery.content.plain)[-1])
    assert kinds_told(desk) == (["private"] if ops_chat == PUBLIC_OPS and not arrived else [])


async def test_without_an_ops_chat_each_is_told_and_follows_the_policy(desk: Newsroom) -> None:
    async with desk.started(None) as (outbox, _):
        doubtful = []
        for chat in await chats(desk):
            doubtful.append((chat, (await desk.compose(chat, f"doubtful {chat.kind}"))[0]))
            desk.server.fault("sendMessage", CUT_AFTER, chat=int(chat.address))
        await desk.settle(outbox)
    for chat, delivery in doubtful:
        policy: OnDoubt = "resend" if chat.kind == "private" else "hold"
        await judge(desk, delivery, chat, arrived=True, on_doubt=policy)
    assert kinds_told(desk) == ["channel", "group", "private"]
