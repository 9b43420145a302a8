"""What takes nothing for now: platforms in an outage, and chats that were told to wait."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from digests.deliver.decide import SHORTEST_WAIT
from digests.model import Chat
from digests.ports import NotSent, Outcome, Wait


@dataclass(frozen=True, slots=True)
class Outage:
    """A platform that takes nothing: after a few failures in a row one probe at a time goes out,
    rarer and rarer, instead of every chat's own tries."""

    failures: int = 0
    wait: timedelta = timedelta()  # the last one between two probes
    until: datetime | None = None
    chats: frozenset[int] = frozenset()  # told to wait, one after another with nothing sent between

    PATIENCE: ClassVar[int] = 3
    MANY: ClassVar[int] = 10  # chats told to wait after which it is the platform that does not take more
    FIRST: ClassVar[timedelta] = timedelta(seconds=5)
    LONGEST: ClassVar[timedelta] = timedelta(minutes=5)

    def closed(self, now: datetime) -> datetime | None:
        """Until when nothing goes out; None: it may."""
        if self.until is None or self.until <= now or self.until > now + self.LONGEST:
            return None
        return self.until

    def failed(self, now: datetime) -> Outage:
        known = replace(self, failures=self.failures + 1)
        if known.failures < self.PATIENCE:
            return known
        wait = min(2 * self.wait or self.FIRST, self.LONGEST)
        return replace(known, wait=wait, until=now + wait)

    def told(self, until: datetime) -> Outage:
        """The platform itself said until when. One goes first then, and if that one is told the same,
        the next waits as long as in any outage: tries in a wait can have a bot banned."""
        wait, latest = self.wait or self.FIRST, max(self.until or until, until)
        return replace(self, failures=self.PATIENCE, wait=wait, until=latest)

    def throttled(self, chat_id: int, now: datetime) -> Outage:
        """A chat was told to wait. One alone is no outage; of many each would try again by itself,
        and such tries can have a bot banned."""
        known = replace(self, chats=self.chats | {chat_id})
        if len(known.chats) < self.MANY or self.closed(now) is not None:
            return known
        return replace(known, failures=self.PATIENCE).failed(now)


class Outages:
    """What the last outcomes say of each platform and chat. The store keeps flood waits too; here
    they hold for what was looked up before they came."""

    def __init__(self) -> None:
        self._platforms: defaultdict[str, Outage] = defaultdict(Outage)
        self._waits: dict[tuple[str, str | None], datetime] = {}

    def closed(self, chat: Chat, now: datetime) -> datetime:
        """Until when nothing may be written to the chat; ``now``: it may."""
        waits = [self._waits.get((chat.platform, address), now) for address in (None, chat.address)]
        return max(*waits, self._platforms[chat.platform].closed(now) or now)

    def probes(self, platform: str, now: datetime) -> bool:
        """Whether what goes out now is the probe of an outage: the rest waits for what it brings."""
        outage = self._platforms[platform]
        if outage.until is not None:
            self._platforms[platform] = outage.failed(now)
        return outage.until is not None

    def note(self, chat: Chat, outcome: Outcome, now: datetime) -> None:
        """Learn from the outcome of a send."""
        outage = self._platforms[chat.platform]
        match outcome:
            case Wait(delay, whole_platform):
                until = now + max(delay, SHORTEST_WAIT)
                who = chat.platform, None if whole_platform else chat.address
                self._waits = {known: end for known, end in self._waits.items() if end > now}
                self._waits[who] = max(until, self._waits.get(who, until))  # as the store does
                outage = outage.told(until) if whole_platform else outage.throttled(chat.id, now)
            case NotSent():
                outage = outage if outage.closed(now) else outage.failed(now)
            case _:
                outage = Outage()
        self._platforms[chat.platform] = outage
