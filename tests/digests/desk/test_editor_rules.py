"""A chat's rules at work in its digests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk import Editor
from digests.desk.live import DeskSettings
from digests.edit.filters import check
from digests.model import Article, Chat, ChatSettings, Entry, Mute, Rule, Source, Subscription
from digests.store import SqlStore, open_store
from digests.testing import FakeChannel, FakeClock, FakeSummarizer

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Room:
    store: SqlStore
    editor: Editor
    chat: Chat
    source: Source

    async def news(self, title: str) -> int:
        """One entry, read and made a story; its id."""
        entry = Entry(source_id=self.source.id, url=f"https://h.example/{title}", title=title)
        (entry,) = await self.store.entries.add([(entry, [entry.url])], NOW)
        said = f"{title} said the harbour office."
        article = Article(
            entry_id=entry.id, source_id=self.source.id, url=entry.url, title=title, language="en",
            paragraphs=(said,), sentences=(said,), published=NOW,
        )  # fmt: skip
        article = await self.store.articles.add(article, NOW)
        return await self.store.stories.place(article.id, None, develops=False, now=NOW)

    async def develops(self, story_id: int, title: str) -> None:
        """Another report, which adds something to the story."""
        entry = Entry(source_id=self.source.id, url=f"https://h.example/{title}", title=title)
        (entry,) = await self.store.entries.add([(entry, [entry.url])], NOW)
        said = f"{title} said the harbour office on Friday."
        article = Article(
            entry_id=entry.id, source_id=self.source.id, url=entry.url, title=title, language="en",
            paragraphs=(said,), sentences=(said,), published=NOW,
        )  # fmt: skip
        article = await self.store.articles.add(article, NOW)
        await self.store.stories.place(article.id, story_id, develops=True, now=NOW)

    async def rule(self, kind: str, pattern: str, **more: object) -> Rule:
        rule = Rule(chat_id=self.chat.id, kind=kind, pattern=pattern, **more)  # type: ignore[arg-type]
        return await self.store.rules.add(rule, NOW)

    async def titles(self) -> list[list[str]]:
        """The headlines of every digest, oldest first."""
        found = await self.store.digests.last(self.chat.id, 20)
        return [[item.brief.headline for item in digest.items] for digest in found[::-1] if digest.items]


@asynccontextmanager
async def room(folder: Path, settings: ChatSettings | None = None) -> AsyncIterator[Room]:
    settings = settings or ChatSettings()
    async with open_store(str(folder / "desk.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://h.example/", name="Herald"), NOW)
        chat = await store.chats.ensure(Chat(platform="fake", address="1", settings=settings), NOW)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), NOW)
        await store.chats.schedule(chat.id, NOW + timedelta(hours=6))
        editor = Editor(
            store, DeskSettings(summarizer=FakeSummarizer()), {"fake": FakeChannel()}, FakeClock(NOW)
        )
        yield Room(store, editor, replace(chat, next_digest=NOW + timedelta(hours=6)), source)


async def test_what_a_rule_hides_is_used_up_and_its_reason_kept(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        hidden = await at.news("Ferry hits quay")
        await at.news("Tram line opens")
        rule = await at.rule("hide", "ferry")
        draft = await at.editor.draft(at.chat, NOW)
        assert draft is not None
        assert [item.brief.headline for item in draft.items] == ["Tram line opens"]
        assert await at.store.rules.withheld(at.chat.id, 9) == []  # a look changes nothing
        await at.editor.edit(at.chat, NOW)
        assert await at.titles() == [["Tram line opens"]]
        (reason,) = await at.store.rules.withheld(at.chat.id, 9)
        assert (reason.story_id, reason.title, reason.rule) == (hidden, "Ferry hits quay", "hide ferry")
        await at.store.rules.remove(at.chat.id, rule.id)
        await at.editor.edit(at.chat, NOW + timedelta(minutes=1))
        assert await at.titles() == [["Tram line opens"]]


async def test_nothing_but_hidden_stories_is_no_digest(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.news("Ferry hits quay")
        await at.rule("only", "tram")
        assert (await at.editor.edit(at.chat, NOW)).digest is None
        assert not await at.store.digests.pending(at.chat.id)
        assert [one.rule for one in await at.store.rules.withheld(at.chat.id, 9)] == ["only tram"]


@pytest.mark.slow
async def test_a_watched_story_comes_at_once_and_the_rest_at_its_time(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.news("Tram line opens")
        await at.rule("watch", "ferry", role="77")
        assert await at.editor.edit_due(NOW) == 0
        await at.news("Ferry hits quay")
        assert await at.editor.edit_due(NOW) == 1
        assert await at.titles() == [["Ferry hits quay"]]
        (digest,) = [one for one in await at.store.digests.last(at.chat.id, 9) if one.items]
        assert digest.role == "77"
        assert await at.editor.edit_due(NOW) == 0
        stored = await at.store.chats.get(at.chat.id)
        assert stored is not None
        assert stored.next_digest == at.chat.next_digest
        assert await at.editor.edit_due(NOW + timedelta(hours=7)) == 1
        assert (await at.titles())[-1] == ["Tram line opens"]
        (last, *_) = await at.store.digests.last(at.chat.id, 9)
        assert last.role == ""


async def test_a_watched_story_waits_out_the_quiet_hours(tmp_path: Path) -> None:
    async with room(tmp_path, ChatSettings(quiet="11:00-13:00")) as at:
        await at.rule("watch", "ferry")
        await at.news("Ferry hits quay")
        assert await at.editor.edit_due(NOW) == 0
        assert await at.editor.edit_due(NOW + timedelta(hours=1)) == 1


async def test_a_paused_chat_is_told_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.rule("watch", "ferry")
        await at.news("Ferry hits quay")
        await at.store.chats.set_paused(at.chat.id, "the bot was removed")
        assert await at.editor.edit_due(NOW) == 0


@pytest.mark.parametrize("days", [1, 7])
async def test_after_an_outage_there_is_one_digest(tmp_path: Path, days: int) -> None:
    async with room(tmp_path) as at:
        for number in range(days * 2):
            await at.news(f"Story number {number}")
        back = NOW + timedelta(days=days)
        assert await at.editor.edit_due(back) == 1
        assert await at.editor.edit_due(back) == 0
        assert len(await at.titles()) == 1
        stored = await at.store.chats.get(at.chat.id)
        assert stored is not None
        assert stored.next_digest is not None
        assert back < stored.next_digest <= back + timedelta(days=1)


async def test_what_is_ranked_is_what_will_be_told(tmp_path: Path) -> None:
    """Filters and mutes count in the ranking as they do in the digest."""
    async with room(tmp_path) as here:
        for title in ("Seals", "Ferry", "Bridge"):
            await here.news(title)
        await here.rule("hide", "seals")
        muted = next(
            one.candidate.story
            for one in (await here.editor.select(here.chat, NOW)).ranked
            if one.candidate.story.lead.title == "Ferry"
        )
        await here.store.feedback.mute(Mute(chat_id=here.chat.id, kind="story", target=muted.id))
        chosen = await here.editor.select(here.chat, NOW)
        assert [one.candidate.story.lead.title for one in chosen.ranked] == ["Bridge"]
        assert [one.title for one in chosen.withheld] == ["Seals"]
        draft = await here.editor.draft(here.chat, NOW)
        assert draft is not None
        assert [item.brief.headline for item in draft.items] == ["Bridge"]


@pytest.mark.parametrize("updates", ["edit", "off"])
async def test_what_is_new_of_a_followed_story_comes_at_once_as_a_message_of_its_own(
    tmp_path: Path, updates: str
) -> None:
    """Whatever the rhythm, and whatever the chat wants of developments; another story waits."""
    async with room(tmp_path, ChatSettings(updates=updates)) as at:
        told = await at.news("Ferry hits quay")
        await at.editor.edit(at.chat, NOW)
        ((sent, _),) = await at.store.deliveries.due(NOW, 1)
        await at.store.deliveries.sending(sent.id, NOW)
        await at.store.deliveries.sent(sent.id, "m1", NOW)
        numbers = await at.store.library.numbers(at.chat.id, [told])
        await at.rule("watch", "story:999")  # nobody knows that one
        await at.rule("watch", f"story: #{numbers[told]}")
        await at.news("Tram line opens")
        assert await at.editor.edit_due(NOW + timedelta(hours=1)) == 0
        await at.develops(told, "Ferry crew saved")
        assert await at.editor.edit_due(NOW + timedelta(hours=1)) == 1
        assert await at.titles() == [["Ferry hits quay"], ["Ferry crew saved"]]
        (last, *_) = await at.store.digests.last(at.chat.id, 1)
        assert last.items[0].updated
        parts = await at.store.deliveries.of_digest(last.id)
        assert [(part.edits, part.reply_to) for part in parts] == [(None, "m1")]


@pytest.mark.parametrize("kind", ["hide", "only"])
def test_one_story_can_be_followed_and_no_more(kind: str) -> None:
    with pytest.raises(ValueError, match="story"):
        check(kind, "story:12")
    check("watch", "story:12")
    check("hide", "story:twelve")  # words like any other
