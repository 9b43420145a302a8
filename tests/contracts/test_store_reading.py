"""Contract of Sources, Entries, Articles and Stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from desk_values import BRIEF, Desk

from digests.model import Article, Entry, Failure, FailureKind, PollState, Source, Story

FAILURE = Failure(FailureKind.HTTP_STATUS, "it says 503", 503, timedelta(minutes=5))


async def test_a_source_is_kept_whole_and_once(desk: Desk) -> None:
    """Adding the same URL again gives the stored one back, not the new description."""
    sources = desk.store.sources
    source = Source(
        url="https://a.example/feed",
        kind="page",
        name="Α 新聞 🗞",
        topics=("a", "b"),
        origin="config",
        options=(("selector", "h2 a"), ("selector", "h3 a")),
    )
    added = await sources.add(source, desk.now)
    assert added == replace(source, id=added.id)
    assert added.id > 0
    assert await sources.add(Source(url=source.url, name="other"), desk.now) == added
    assert await sources.get(added.id) == await sources.by_url(source.url) == added
    assert await sources.all() == [added]
    assert await sources.get(99) is None
    assert await sources.by_url("https://b.example") is None


async def test_text_no_database_takes_is_made_storable(desk: Desk) -> None:
    """NUL and lone surrogates become U+FFFD, in columns and inside JSON; the rest stays."""
    bad, good = "a\0b\ud83dc\\ud83d 😀", "a\ufffdb\ufffdc\\ud83d 😀"
    source = await desk.store.sources.add(Source(url=bad, name=bad, topics=(bad,)), desk.now)
    stored = await desk.store.sources.by_url(bad)
    assert stored is not None
    assert (stored.url, stored.name, stored.id) == (good, good, source.id)
    assert stored.topics[0].replace("\0", "\ufffd") == good
    again = await desk.store.sources.add(Source(url=bad), desk.now)
    assert again.id == source.id


async def test_update_and_pause(desk: Desk) -> None:
    source = await desk.source()
    await desk.store.sources.update(replace(source, name="New", paused=True, topics=("x",)))
    assert await desk.store.sources.get(source.id) == replace(source, name="New", paused=True, topics=("x",))
    assert await desk.store.sources.due(desk.now, 10) == []


async def test_pages_of_due_sources_follow_each_other(desk: Desk) -> None:
    """By the time they are due, then by their ids: many share a moment."""
    sources = [await desk.source() for _ in range(7)]
    moment = desk.now - timedelta(seconds=1.5)
    await desk.store.sources.polled({
        sources[0].id: PollState(next_poll=desk.now),
        **{source.id: PollState(next_poll=moment) for source in sources[3:6]},
    })  # fmt: skip
    order = [sources[n].id for n in (1, 2, 6, 3, 4, 5, 0)]  # never polled, overdue, just due
    for size in (1, 2, 3):
        found, last = [], None
        while page := await desk.store.sources.due(desk.now, size, after=last):
            found += [source.id for source, _ in page]
            last = page[-1]
        assert found == order


async def test_due_sources_are_those_whose_time_has_come_the_longest_overdue_first(desk: Desk) -> None:
    new, late, later, future, ended = [await desk.source() for _ in range(5)]
    day = timedelta(days=1)
    states = {
        late.id: PollState(next_poll=desk.now - 2 * day, etag='"1"', failures=3, failure=FAILURE),
        later.id: PollState(next_poll=desk.now),
        future.id: PollState(next_poll=desk.now + timedelta(microseconds=1)),
        ended.id: PollState(next_poll=desk.now - day, ended=True),
        99: PollState(),  # removed meanwhile
    }
    await desk.store.sources.polled(states)
    due = await desk.store.sources.due(desk.now, 10)
    assert due == [(new, PollState()), (late, states[late.id]), (later, states[later.id])]
    assert [source for source, _ in await desk.store.sources.due(desk.now, 2)] == [new, late]
    assert await desk.store.sources.state(late.id) == states[late.id]
    assert await desk.store.sources.state(99) == PollState()
    del states[99]
    assert await desk.store.sources.states() == {new.id: PollState(), **states}
    await desk.store.sources.polled({})


async def test_a_removed_source_takes_its_subscriptions_and_leaves_what_was_told(desk: Desk) -> None:
    source, other = await desk.source(), await desk.source()
    chat = await desk.chat(source, other)
    _, story = await desk.told_entry(source)
    unread = await desk.entry(source)
    digest = await desk.compose(chat, stories=(story,))
    await desk.store.sources.remove(source.id)
    assert await desk.store.sources.all() == [other]
    assert [found.id for _, found in await desk.store.subscriptions.of_chat(chat.id)] == [other.id]
    assert await desk.store.digests.get(digest.id) == digest
    kept = await desk.store.stories.get(story)
    assert kept is not None
    assert len(kept.articles) == 1
    assert await desk.store.entries.unread(desk.now, 10) == []
    back = await desk.store.sources.add(Source(url=source.url), desk.now)
    assert await desk.store.entries.known(back.id, [unread.url]) == {}


async def test_entries_are_kept_whole_in_order_with_their_keys(desk: Desk, soon: datetime) -> None:
    source, other = await desk.source(), await desk.source()
    east = timezone(timedelta(hours=9))
    whole = Entry(
        source_id=source.id,
        guid="g",
        url="https://a.example/1",
        title="T",
        html="<p>x</p>",
        authors=("A", "B"),
        published=datetime(2026, 2, 3, 4, 5, 6, tzinfo=east),
        updated=desk.now,
        image="https://a.example/i.png",
        language="ja",
        tags=("t",),
    )
    added = await desk.store.entries.add(
        [(whole, ["g", "u1"]), (Entry(source_id=source.id), ["u2"])], desk.now
    )
    assert added[0] == replace(whole, id=added[0].id, found=desk.now)
    assert added[0].id < added[1].id
    assert await desk.store.entries.unread(soon, 10) == added
    assert await desk.store.entries.unread(soon, 1) == added[:1]
    assert await desk.store.entries.newest(source.id, 1) == added[1:]
    assert await desk.store.entries.known(source.id, ["g", "u1", "u2", "no"]) == {
        "g": added[0].id,
        "u1": added[0].id,
        "u2": added[1].id,
    }
    assert await desk.store.entries.known(other.id, ["g"]) == {}
    assert await desk.store.entries.known(source.id, []) == {}
    assert (await desk.store.entries.get(added[0].id)) == added[0]
    assert (await desk.store.entries.get(99)) is None
    assert await desk.store.entries.some([added[1].id, 99]) == {added[1].id: added[1]}
    await desk.store.entries.take([(source.id, "u1", added[1].id)])
    assert await desk.store.entries.known(source.id, ["g", "u1"]) == {"g": added[0].id, "u1": added[1].id}


async def test_the_newest_are_those_published_last_whenever_they_were_found(desk: Desk) -> None:
    source = await desk.source()
    day = timedelta(days=1)
    told = {
        "old": desk.now - 9 * day,
        "new": desk.now - day,
        "undated": None,
        "archived": desk.now - 99 * day,
    }
    added = await desk.store.entries.add(
        [(Entry(source_id=source.id, title=t, published=at), [t]) for t, at in told.items()], desk.now
    )
    newest = await desk.store.entries.newest(source.id, 3)
    assert [entry.title for entry in newest] == ["undated", "new", "old"]
    assert await desk.store.entries.newest(source.id, 0) == []
    assert await desk.store.entries.ids(source.id) == [entry.id for entry in added]


async def test_adding_a_known_entry_again_adds_nothing(desk: Desk, soon: datetime) -> None:
    """Two pollers of one source can't add an entry twice; a new key of it is learnt."""
    source = await desk.source()
    entry = Entry(source_id=source.id, title="one")
    (first,) = await desk.store.entries.add([(entry, ["guid"])], desk.now)
    again = await desk.store.entries.add([(entry, ["guid", "url"]), (entry, ["url"])], desk.now)
    assert [found.id for found in again] == [first.id, first.id]
    assert await desk.store.entries.unread(soon, 10) == [first]
    assert await desk.store.entries.known(source.id, ["url"]) == {"url": first.id}


async def test_entries_of_many_sources_at_once(desk: Desk) -> None:
    """Each source has its own identities; ids rise in the order given; twins become one."""
    first, second = await desk.source(), await desk.source()
    sources = (first, second, first, second, first)
    keys = (["a\0\ud83d"], ["a\0\ud83d"], ["b", "“ü”"], ["b"], ["c", "b"])
    added = await desk.store.entries.add(
        [
            (Entry(source_id=source.id, title=str(n)), own)
            for n, (source, own) in enumerate(zip(sources, keys, strict=True))
        ],
        desk.now,
    )
    ids = [entry.id for entry in added]
    assert ids[:4] == sorted(set(ids[:4]))
    assert ids[4] == ids[2]
    assert await desk.store.entries.known_many({first.id: ["b", "“ü”", "c", "no"], second.id: ["b"]}) == {
        first.id: {"b": ids[2], "“ü”": ids[2], "c": ids[2]},
        second.id: {"b": ids[3]},
    }
    assert await desk.store.entries.known_many({first.id: ["no"], second.id: []}) == {}
    assert await desk.store.entries.known(second.id, ["a\0\ud83d"]) == {"a\ufffd\ufffd": ids[1]}
    assert await desk.store.entries.add([], desk.now) == []


async def test_a_source_moves_unless_another_is_there(desk: Desk) -> None:
    source, other = await desk.source(), await desk.source()
    assert await desk.store.sources.moved(source.id, "https://new.example/")
    assert not await desk.store.sources.moved(other.id, "https://new.example/")
    assert not await desk.store.sources.moved(99, "https://nowhere.example/")
    assert await desk.store.sources.by_url("https://new.example/") == replace(
        source, url="https://new.example/"
    )
    assert await desk.store.sources.get(other.id) == other


async def test_many_keys_at_once(desk: Desk) -> None:
    source = await desk.source()
    keys = [f"k{number}" for number in range(2_000)]
    entries = await desk.store.entries.add([(Entry(source_id=source.id), keys)], desk.now)
    assert await desk.store.entries.known(source.id, keys) == dict.fromkeys(keys, entries[0].id)


async def test_a_failed_reading_is_tried_again_when_its_time_comes_or_given_up(
    desk: Desk, soon: datetime
) -> None:
    source = await desk.source()
    entry = await desk.entry(source)
    entries = desk.store.entries
    await entries.read_failed(entry.id, FAILURE, soon)
    assert await entries.unread(soon - timedelta(microseconds=1), 10) == []
    assert await entries.unread(soon, 10) == [entry]
    await entries.read_failed(entry.id, FAILURE, None)
    assert await entries.unread(soon + timedelta(days=999), 10) == []
    assert await entries.failures(entry.id) == (2, FAILURE)
    edited = replace(entry, title="edited")
    await entries.update(edited, ["new key"])
    assert await entries.unread(desk.now, 10) == [edited]
    assert await entries.failures(entry.id) == (0, None)
    assert await entries.failures(99) == (0, None)
    assert await entries.known(source.id, ["new key", entry.url]) == {
        "new key": entry.id,
        entry.url: entry.id,
    }


async def test_articles_are_kept_whole_and_replace_their_entrys(desk: Desk, soon: datetime) -> None:
    source = await desk.source()
    entry = await desk.entry(source)
    article = Article(
        entry_id=entry.id,
        source_id=source.id,
        url="https://a.example/1",
        title="T",
        paragraphs=("a b", "c"),
        sentences=("a", "b", "c"),
        language="en",
        byline="B",
        site="S",
        published=desk.now,
        image="i",
        excerpt=True,
        warnings=("w",),
    )
    added = await desk.store.articles.add(article, desk.now)
    assert added == replace(article, id=added.id)
    assert await desk.store.entries.unread(soon, 10) == []
    assert await desk.store.articles.ungrouped(10) == [added]
    story = await desk.store.stories.place(added.id, None, develops=False, now=desk.now)
    replaced = await desk.store.articles.add(replace(article, title="T2"), soon)
    assert replaced == replace(article, id=added.id, title="T2")
    assert await desk.store.articles.get(added.id) == replaced
    assert await desk.store.articles.get(99) is None
    assert await desk.store.articles.recent(desk.now) == [(replaced, story)]
    assert await desk.store.articles.recent(soon) == []
    assert await desk.store.articles.ungrouped(10) == []


async def test_a_story_grows(desk: Desk, soon: datetime) -> None:
    """A copy joins silently; a development raises the version."""
    source = await desk.source()
    articles = [await desk.article(await desk.entry(source)) for _ in range(3)]
    place = desk.store.stories.place
    story = await place(articles[0].id, None, develops=True, now=desk.now)
    assert await place(articles[1].id, story, develops=False, now=desk.now) == story
    assert await desk.store.stories.get(story) == Story(
        id=story,
        lead_id=articles[0].id,
        articles=tuple(articles[:2]),
        version=1,
        started=desk.now,
        updated=desk.now,
    )
    await place(articles[2].id, story, develops=True, now=soon)
    grown = await desk.store.stories.get(story)
    assert grown is not None
    assert (grown.version, grown.updated, len(grown.articles)) == (2, soon, 3)
    assert await desk.store.stories.get(99) is None


async def test_briefs_by_key(desk: Desk) -> None:
    _, story = await desk.told_entry(await desk.source())
    stories = desk.store.stories
    assert await stories.brief("k") is None
    await stories.save_brief("k", story, BRIEF, desk.now)
    assert await stories.brief("k") == BRIEF
    await stories.save_brief("k", story, replace(BRIEF, headline="B"), desk.now)
    assert await stories.brief("k") == replace(BRIEF, headline="B")


async def test_of_each_source_a_few_entries_wait_first_whatever_others_have(desk: Desk) -> None:
    much, little = await desk.source(), await desk.source()
    entries = desk.store.entries
    many = [await desk.entry(much) for _ in range(9)]
    few = [await desk.entry(little) for _ in range(2)]
    soon = desk.now + timedelta(seconds=1)

    def ids(found: list[Entry]) -> list[int]:
        return sorted(entry.id for entry in found)

    assert ids(await entries.unread(soon, 4, each=3)) == ids([*many[:2], *few])
    assert ids(await entries.unread(soon, 99, each=3)) == ids([*many[:3], *few])
    busy = [entry.id for entry in many[:2]]  # they count towards their source's three
    assert ids(await entries.unread(soon, 99, each=3, busy=busy)) == ids([many[2], *few])
    assert ids(await entries.unread(soon, 99, each=3, full=[much.id])) == ids(few)
    assert await entries.unread(desk.now - timedelta(days=999), 99, each=3) == []
    hold = timedelta(seconds=30)
    assert ids(await entries.unread(soon, 3, hold, each=2)) == ids([*many[:2], few[0]])
    assert ids(await entries.unread(soon, 99, hold, each=2)) == ids([*many[2:4], few[1]])


async def test_a_headline_alone_never_takes_the_place_of_a_text(desk: Desk) -> None:
    source = await desk.source()
    (entry,) = await desk.store.entries.add([(Entry(source_id=source.id, guid="g"), ["g"])], desk.now)
    text = Article(entry_id=entry.id, source_id=source.id, title="Dam", paragraphs=("It is drained.",))
    added = await desk.store.articles.add(text, desk.now)
    alone = replace(text, paragraphs=(), title="Dam, corrected")
    assert await desk.store.articles.add(alone, desk.now) == added
    assert await desk.store.entries.unread(desk.now, 10) == []
