"""What was posted, put right: a story that developed is edited into the message that told it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from digests.deliver.decide import new_nonce
from digests.edit.compose import Pick, compose, links_of
from digests.model import Chat, Delivery, Digest, DigestItem, Part, Source, Story
from digests.ports import Candidate, Channel, Correction, Store
from digests.text.words import says_otherwise


class Picks(Protocol):
    """Has candidates briefed; ``whole``: also a story told before is told as a whole."""

    def __call__(
        self, chat: Chat, candidates: Sequence[Candidate], now: datetime, until: datetime, *, whole: bool
    ) -> Awaitable[list[Pick]]: ...


class Revision(Enum):
    """What became of a message whose story developed."""

    EDITED = "edited"
    UNCHANGED = "unchanged"  # it says that already
    POST_ANEW = "post anew"  # it can't be edited


class Revising:
    """Edits messages where the platform and the layout let it."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], picks: Picks) -> None:
        self._store = store
        self._channels = channels
        self._picks = picks

    async def revise(
        self,
        chat: Chat,
        candidate: Candidate,
        sources: Mapping[int, Source],
        now: datetime,
        until: datetime,
        revised: dict[str, Digest],
    ) -> Revision:
        """Edit the message that told the story. ``revised`` holds what the messages edited in this round
        will say."""
        if chat.settings.updates != "edit":
            return Revision.POST_ANEW
        posted = await self._store.digests.posted(chat.id, candidate.story.id)
        if posted is None or posted[1].message_id is None:
            return Revision.POST_ANEW
        old, carrier = posted
        message = posted[1].message_id
        before = revised.get(message) or await self._store.digests.get(carrier.digest_id)
        picks = await self._picks(chat, [candidate], now, until, whole=True)
        if before is None or not picks:
            return Revision.POST_ANEW
        (item,) = compose(chat, picks, sources, now).items
        if not says_otherwise(_words(old), _words(item)):
            return Revision.UNCHANGED
        said = {sentence.text for sentence in old.brief.sentences}
        fresh = tuple(one.text for one in item.brief.sentences if one.text not in said)
        if len(fresh) < len(item.brief.sentences):  # where all is new, nothing stands out
            item = replace(item, changed=fresh)
        after = replace(
            before,
            items=tuple(item if i.story_id == old.story_id else _again(i) for i in before.items),
            headlines=tuple(item if i.story_id == old.story_id else _again(i) for i in before.headlines),
        )
        channel = self._channels[chat.platform]
        old_parts, new_parts = channel.parts(before, chat), channel.parts(after, chat)
        changed = [
            i for i, (a, b) in enumerate(zip(old_parts, new_parts, strict=False)) if a.payload != b.payload
        ]
        # Only the message that tells the story may change: a new layout would need new messages, and so
        # would one that was posted in another form than the platform has now.
        alike = len(old_parts) == len(new_parts) and changed == [carrier.part]
        if not alike or old_parts[carrier.part].stories != carrier.content.stories:
            return Revision.POST_ANEW
        delivery = replace(new_delivery(chat, carrier.part, new_parts[carrier.part], None), edits=message)
        await self._store.digests.compose(
            replace(after, id=0, created=now), (delivery,), candidate.entry_ids, chat.next_digest, now
        )
        revised[message] = after
        return Revision.EDITED

    async def correct(
        self,
        chat: Chat,
        correction: Correction,
        sources: Mapping[int, Source],
        now: datetime,
        until: datetime,
    ) -> bool:
        """Edit the message that told the story if it rests on the report that was corrected; whether
        an edit was queued. Where none can be made, a chat that follows the source hears of it in
        its next digest."""
        story = await self._store.stories.get(correction.story_id, chat.id)
        told = await self._store.digests.posted(chat.id, correction.story_id)
        if await self._store.digests.on_its_way(chat.id, correction.story_id):
            return False  # its time comes once it is there
        queued = Revision.UNCHANGED
        if story is not None and told is not None and _rests_on(told[0], story, correction.entry_id, sources):
            candidate = Candidate(story=story, entry_ids=(correction.entry_id,), told=told[0].version)
            queued = await self.revise(chat, candidate, sources, now, until, {})
        await self._store.corrections.done(correction)
        return queued is Revision.EDITED

    async def answered(self, chat: Chat, picks: Sequence[Pick]) -> str | None:
        """The message a digest with nothing but one developed story answers."""
        if len(picks) != 1 or not picks[0].updated:
            return None
        posted = await self._store.digests.posted(chat.id, picks[0].story.id)
        return posted[1].message_id if posted else None


def new_delivery(chat: Chat, index: int, part: Part, reply_to: str | None) -> Delivery:
    """A part of a digest that is still to be composed."""
    return Delivery(
        digest_id=0, chat_id=chat.id, part=index, content=part, nonce=new_nonce(), reply_to=reply_to
    )


def _rests_on(item: DigestItem, story: Story, entry_id: int, sources: Mapping[int, Source]) -> bool:
    """Whether the item names the source of a story's report, as it does all that it was made from."""
    named = {name for link in item.links for name in (link.site, link.url) if name}
    return any(
        not named.isdisjoint((link.site, link.url))
        for article in story.articles
        if article.entry_id == entry_id
        for link in links_of([article], sources)
    )


def _again(item: DigestItem) -> DigestItem:
    """Told once more as it was: of its entries one may have been corrected meanwhile."""
    return replace(item, entry_ids=())


def _words(item: DigestItem) -> str:
    return f"{item.brief.headline}\n{item.brief.text}"
