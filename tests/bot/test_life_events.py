"""What happens to a chat, through the whole desk: its digests pause or move, come back, and are never deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from digests.deliver.decide import new_nonce
from digests.desk import Desk
from digests.model import Chat, Delivery, Digest, Part, Source, Subscription
from tests.bot.conftest import open_desk
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import World

pytestmark = pytest.mark.slow
ANN, GROUP, CHANNEL, BASIC = 7, -10050, -10060, -55
BOT = 4242
Act = Callable[[World], object]


def delete(world: World, deleted: bool) -> None:
    world.place(GROUP).deleted = deleted
    if not deleted:
        world.set_member(GROUP, BOT, "member")


async def compose(desk: Desk, chat: Chat) -> None:
    part = Part(payload='{"text": "News", "entities": [], "preview": null}', plain="News")
    delivery = Delivery(digest_id=0, chat_id=chat.id, part=0, content=part, nonce=new_nonce())
    digest = Digest(chat_id=chat.id, created=desk.clock(), items=())
    await desk.store.digests.compose(digest, (delivery,), (), None, desk.clock())


@pytest.mark.parametrize(
    ("address", "kind", "lose", "reason", "give_back"),
    [
        (ANN, "private", lambda w: w.set_member(ANN, BOT, "kicked"), "blocked",
         lambda w: w.set_member(ANN, BOT, "member")),
        (GROUP, "group", lambda w: w.set_member(GROUP, BOT, "kicked"), "removed",
         lambda w: w.set_member(GROUP, BOT, "member")),
        (GROUP, "group", lambda w: delete(w, True), "deleted", lambda w: delete(w, False)),
        (GROUP, "group", lambda w: w.set_member(GROUP, BOT, "restricted", can_send_messages=False), "no right",
         lambda w: w.set_member(GROUP, BOT, "member")),
        (CHANNEL, "channel", lambda w: w.set_member(CHANNEL, BOT, "administrator", can_post_messages=False),
         "right to post", lambda w: w.set_member(CHANNEL, BOT, "administrator", can_post_messages=True)),
        (GROUP, "topic", lambda w: w.set_topic(GROUP, 3, "closed"), "topic is closed",
         lambda w: w.set_topic(GROUP, 3, "open")),
    ],
    ids=["blocked", "kicked", "deleted", "no right to write", "no right to post", "topic closed"],
)  # fmt: skip
async def test_a_chat_lost_pauses_with_a_reason_and_comes_back(
    tmp_path: Path, address: int, kind: str, lose: Act, reason: str, give_back: Act
) -> None:
    async with TelegramServer() as server:
        world = server.world
        world.add_private(ANN)
        world.add_group(GROUP, "Team", admins=(ANN,), topics={3: "open"})
        world.add_channel(CHANNEL, "News", admins=(ANN,))
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        async with open_desk(tmp_path, (), console=False, telegram=telegram) as (app, _):
            await app.start()
            desk, store = app.desk, app.desk.store
            source = await store.sources.add(Source(url="https://town.example/feed"), desk.clock())
            thread = "3" if kind == "topic" else None
            chat = Chat(
                platform="telegram", address=str(address), thread=thread, kind=kind.replace("topic", "group")
            )
            chat = await store.chats.ensure(chat, desk.clock())
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), desk.clock())
            lose(world)
            await compose(desk, chat)
            await desk.outbox.deliver_due()

            async def paused() -> str | None:
                known = await store.chats.get(chat.id)
                assert known is not None
                return known.paused

            async with asyncio.timeout(5):
                while not await paused():  # noqa: ASYNC110 - the platform's own word may come first
                    await asyncio.sleep(0.01)
            assert reason in str(await paused())
            assert server.accepted == []
            assert len(await store.subscriptions.of_chat(chat.id)) == 1
            give_back(world)
            async with asyncio.timeout(5):
                while await paused():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await desk.outbox.deliver_due()
            assert [m["text"] for m in server.accepted if m["text"] == "News"] == ["News"]


async def test_a_group_that_becomes_a_supergroup_takes_its_digests_along(tmp_path: Path) -> None:
    async with TelegramServer() as server:
        server.world.add_group(BASIC, "Old", members=(ANN,))
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        async with open_desk(tmp_path, (), console=False, telegram=telegram) as (app, _):
            await app.start()
            desk, store = app.desk, app.desk.store
            source = await store.sources.add(Source(url="https://town.example/feed"), desk.clock())
            chat = Chat(platform="telegram", address=str(BASIC), kind="group")
            chat = await store.chats.ensure(chat, desk.clock())
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), desk.clock())
            await compose(desk, chat)
            server.world.migrate(BASIC, -10077)
            await desk.outbox.deliver_due()
            (posted,) = server.accepted
            assert posted["chat_id"] == -10077
            moved = await store.chats.get(chat.id)
            assert moved is not None
            assert (moved.address, moved.paused) == ("-10077", None)
            assert len(await store.subscriptions.of_chat(chat.id)) == 1
