"""Contract of Rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from desk_values import Desk

from digests.model import Rule, Withheld
from digests.store.chats import RULES_REMEMBERED


async def test_rules_are_kept_once_in_order_and_go_with_their_chat_and_source(desk: Desk) -> None:
    rules = desk.store.rules
    source = await desk.source()
    chat, other = await desk.chat(source), await desk.chat(source)
    hide = Rule(chat_id=chat.id, kind="hide", pattern="ferry", created_by="test:1")
    first = await rules.add(hide, desk.now)
    assert first == replace(hide, id=first.id)
    assert await rules.add(replace(hide, created_by="test:2"), desk.now) == replace(
        first, created_by="test:2"
    )
    own = await rules.add(replace(hide, source_id=source.id), desk.now)
    watch = await rules.add(replace(hide, kind="watch", role="77"), desk.now)
    foreign = await rules.add(replace(hide, chat_id=other.id), desk.now)
    assert await rules.of_chat(chat.id) == [first, own, watch]
    assert await rules.watching() == {chat.id}
    assert not await rules.remove(chat.id, foreign.id)
    assert await rules.remove(chat.id, watch.id)
    assert await rules.watching() == set()
    await desk.store.sources.remove(source.id)
    assert await rules.of_chat(chat.id) == [first]


async def test_what_was_withheld_is_remembered_by_its_latest_reason_and_bounded(desk: Desk) -> None:
    rules = desk.store.rules
    chat, other = await desk.chat(), await desk.chat()
    one = Withheld(
        story_id=1, source_id=3, title="Ferry", url="https://a.example/", rule="hide ferry", at=desk.now
    )
    await rules.withhold(chat.id, [])
    await rules.withhold(chat.id, [one])
    later = replace(one, rule="least 2", at=desk.now + timedelta(hours=1))
    await rules.withhold(chat.id, [one, later])
    assert await rules.withheld(chat.id, 10) == [later]
    await rules.withhold(other.id, [one])
    many = [
        replace(one, story_id=n, source_id=4, at=desk.now + timedelta(days=n))
        for n in range(2, RULES_REMEMBERED + 20)
    ]
    await rules.withhold(chat.id, many)
    kept = await rules.withheld(chat.id, 1000)
    assert kept == many[::-1][:RULES_REMEMBERED]
    assert await rules.withheld(chat.id, 2) == many[:-3:-1]
    assert await rules.withheld(chat.id, 10, 3) == []
    assert await rules.withheld(other.id, 10, 3) == [one]


async def test_rules_follow_a_chat_to_its_new_address(desk: Desk) -> None:
    rules = desk.store.rules
    old, new = await desk.chat(), await desk.chat()
    at_new = await rules.add(Rule(chat_id=new.id, kind="hide", pattern="ferry"), desk.now)
    one = Withheld(
        story_id=1, source_id=3, title="Ferry", url="https://a.example/", rule="hide ferry", at=desk.now
    )
    await rules.withhold(new.id, [one])
    await desk.store.chats.move("telegram", old.address, new.address)
    assert await rules.of_chat(old.id) == [replace(at_new, chat_id=old.id)]
    assert await rules.withheld(old.id, 5) == [one]
