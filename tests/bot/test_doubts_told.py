"""A message that may or may not have been posted: the desk's admins are told, and what they set is done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from digests.deliver.decide import new_nonce
from digests.model import Chat, Delivery, Digest, Part
from tests.bot.conftest import open_desk
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
ANN, CHANNEL = 7, -10060


@pytest.mark.parametrize(
    ("deliver", "state", "then"),
    [({}, "held", "it is held"), ({"on_doubt": "resend"}, "pending", "it is sent again")],
    ids=["held in a channel", "sent again where set so"],
)
async def test_the_admin_is_told_of_a_doubt_and_the_policy_is_followed(
    tmp_path: Path, deliver: dict[str, Any], state: str, then: str
) -> None:
    async with TelegramServer() as server:
        server.world.add_private(ANN)
        server.world.add_channel(CHANNEL, "Town News", admins=(ANN,))
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        access = {"admins": (f"telegram:{ANN}",)}
        async with open_desk(
            tmp_path, (), console=False, telegram=telegram, access=access, deliver=deliver
        ) as (app, _):
            await app.start()
            desk, store, now = app.desk, app.desk.store, app.desk.clock()
            chat = Chat(platform="telegram", address=str(CHANNEL), kind="channel", title="Town News")
            chat = await store.chats.ensure(chat, now)
            part = Part(payload='{"text": "News", "entities": [], "preview": null}', plain="News")
            delivery = Delivery(digest_id=0, chat_id=chat.id, part=0, content=part, nonce=new_nonce())
            digest = Digest(chat_id=chat.id, created=now, items=())
            made = await store.digests.compose(digest, (delivery,), (), None, now)
            (claimed,) = await store.deliveries.of_digest(made.id)
            await store.deliveries.sending(claimed.id, now - timedelta(minutes=1))  # and then it was killed
            await desk.outbox.recover(now)
            await desk.outbox.deliver_due()
            (note,) = [m for m in server.accepted if m["chat_id"] == ANN]
            assert "Town News" in note["text"]
            assert "may or may not have been posted" in note["text"]
            assert then in note["text"]
            assert len(server.accepted) == 1
            assert (await store.deliveries.counts())[state] == 1
