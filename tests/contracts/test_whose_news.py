"""What a chat has of a story rests on the sources it follows, and its numbers count nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from desk_values import Desk

from digests.model import Source, Subscription
from digests.ports import Placed

DAY = timedelta(days=1)


async def test_a_story_is_what_the_chat_follows_of_it(desk: Desk, soon: datetime) -> None:
    """Its articles, version, times and lead; the desk's own view has all."""
    ours, theirs = await desk.source(), await desk.source()
    chat = await desk.chat(ours)
    _, story = await desk.told_entry(theirs)
    own, _ = await desk.told_entry(ours, story)
    article = await desk.article(await desk.entry(theirs))
    await desk.store.stories.place(article.id, story, develops=True, now=soon)
    whole = await desk.store.stories.get(story)
    assert whole is not None
    assert (len(whole.articles), whole.version, whole.updated) == (3, 2, soon)
    seen = await desk.store.stories.get(story, chat.id)
    assert seen is not None
    assert [one.entry_id for one in seen.articles] == [own.id]
    assert (seen.lead.entry_id, seen.version, seen.updated) == (own.id, 1, desk.now)
    (candidate,) = await desk.store.digests.candidates(chat.id, 9)
    assert candidate.story == seen
    assert await desk.store.library.story(chat.id, story) == seen
    stranger = await desk.chat()
    assert await desk.store.stories.get(story, stranger.id) is None
    assert await desk.store.library.story(stranger.id, story) is None


async def test_a_version_told_with_more_sources_hides_no_later_news(desk: Desk, soon: datetime) -> None:
    ours, other = await desk.source(), await desk.source()
    chat = await desk.chat(ours, other)
    first, story = await desk.told_entry(ours)
    more, _ = await desk.told_entry(other, story, develops=True)
    digest = await desk.compose(chat, stories=(story,), entries=(first.id, more.id))
    assert digest.id
    await desk.store.subscriptions.remove(chat.id, other.id)
    await desk.told_entry(ours, story)
    (copy,) = await desk.store.digests.candidates(chat.id, 9)
    assert copy.told == copy.story.version == 1
    await desk.told_entry(ours, story, develops=True)
    (developed,) = await desk.store.digests.candidates(chat.id, 9)
    assert (developed.told, developed.story.version) == (1, 2)


async def test_a_chat_places_what_is_left_to_it_for_itself(desk: Desk, soon: datetime) -> None:
    source = await desk.source()
    chat, other = await desk.chat(source), await desk.chat(source)
    articles, stories = desk.store.articles, desk.store.stories
    one, two = [await desk.article(await desk.entry(source)) for _ in range(2)]
    assert await articles.ungrouped(9) == [one, two]
    assert await articles.unplaced(chat.id, desk.now, fresh=True) == []
    await stories.leave([one.id, two.id], desk.now)
    assert await articles.ungrouped(9) == []
    assert await desk.store.digests.candidates(chat.id, 9) == []
    assert await desk.store.digests.pending(chat.id)
    waiting = await articles.unplaced(chat.id, desk.now, fresh=True)
    assert [(w.article, w.desks, w.develops, w.found) for w in waiting] == [
        (article, None, False, desk.now) for article in (one, two)
    ]
    story = await stories.place_for(chat.id, one.id, None, develops=True, now=desk.now)
    assert await stories.place_for(chat.id, two.id, story, develops=True, now=soon) == story
    assert await stories.place_for(chat.id, two.id, None, develops=False, now=soon) == story
    apart = await stories.place_for(other.id, two.id, None, develops=False, now=soon)
    assert apart != story
    (mine,) = await desk.store.digests.candidates(chat.id, 9)
    assert (mine.story.articles, mine.story.version) == ((one, two), 2)
    (theirs,) = await desk.store.digests.candidates(other.id, 9)
    assert (theirs.story.id, theirs.story.articles) == (apart, (two,))
    assert await articles.placed(chat.id, desk.now, 1) == [Placed(two.id, story, None, desk.now)]
    assert await articles.placed(chat.id, soon, 9) == []
    assert await articles.many([two.id, one.id, 99]) == [one, two]
    whole = await stories.get(story)
    assert whole is not None
    assert whole.articles == (one, two)
    (hit,) = await desk.store.library.search(chat.id, "bridge", 9)
    assert hit.story_id == story
    assert [s.id for s in await desk.store.library.trending(chat.id, desk.now - DAY, 9)] == [story]
    assert [c.story.id for c in await desk.store.library.since(other.id, desk.now - DAY, 9)] == [apart]


async def test_what_was_corrected_is_put_right_in_each_chats_own_story(desk: Desk, soon: datetime) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    entry = await desk.entry(source)
    article = await desk.article(entry)
    await desk.store.stories.leave([article.id], desk.now)
    story = await desk.store.stories.place_for(chat.id, article.id, None, develops=False, now=desk.now)
    await desk.compose(chat, stories=(story,), entries=(entry.id,))
    await desk.store.articles.add(replace(article, paragraphs=("It opened on Friday.",), sentences=()), soon)
    assert [(c.chat_id, c.story_id) for c in await desk.store.corrections.waiting()] == [(chat.id, story)]
    (again,) = await desk.store.digests.candidates(chat.id, 9)
    assert (again.told, again.story.version, again.story.updated) == (1, 2, soon)


async def test_a_chat_that_begins_to_place_has_the_desks_stories(desk: Desk) -> None:
    own = await desk.store.sources.add(Source(url="https://own.example/", origin="config"), desk.now)
    added = await desk.source()
    chat = await desk.chat(own)
    _, story = await desk.told_entry(own)
    articles, stories = desk.store.articles, desk.store.stories
    assert await articles.unplaced(chat.id, desk.now, fresh=True) == []  # nothing that people added
    await desk.store.subscriptions.add(Subscription(chat_id=chat.id, source_id=added.id), desk.now)
    (waiting,) = await articles.unplaced(chat.id, desk.now, fresh=True)
    assert waiting.desks == story
    await stories.adopt(chat.id, desk.now + DAY)
    assert await articles.placed(chat.id, desk.now, 9) == []
    for _twice in range(2):
        await stories.adopt(chat.id, desk.now)
        (placed,) = await articles.placed(chat.id, desk.now, 9)
        assert (placed.story_id, placed.desks) == (story, story)
    assert await articles.unplaced(chat.id, desk.now, fresh=False) == []
    assert {one.id for one in await desk.store.sources.own()} == {own.id}
    assert await desk.store.sources.own_among({own.id, added.id}) == {own.id}
    assert (await desk.store.sources.by_id())[added.id] == added


async def test_numbers_are_the_chats_own(desk: Desk) -> None:
    one, two = await desk.source(), await desk.source()
    stranger = await desk.chat(one, two)
    chat = await desk.chat(two)
    ((subscription, _),) = await desk.store.subscriptions.of_chat(chat.id)
    assert subscription.number == 1
    await desk.store.subscriptions.remove(chat.id, two.id)
    again = Subscription(chat_id=chat.id, source_id=one.id, name="Mine", topics=("sea",))
    await desk.store.subscriptions.add(again, desk.now)
    ((_, named),) = await desk.store.subscriptions.of_chat(chat.id)
    assert (named.name, named.topics) == ("Mine", ("sea",))
    assert {(s.name, s.topics) for _, s in await desk.store.subscriptions.of_chat(stranger.id)} == {("", ())}
    stories = [(await desk.told_entry(one))[1] for _ in range(3)]
    library = desk.store.library
    assert await library.numbers(stranger.id, stories[:2]) == {stories[0]: 1, stories[1]: 2}
    assert await library.numbers(chat.id, [stories[2], 99]) == {stories[2]: 1}
    assert await library.numbers(stranger.id, stories) == {id_: n for n, id_ in enumerate(stories, 1)}
    assert await library.numbered(stranger.id, 3) == stories[2]
    assert await library.numbered(chat.id, 2) is None
