"""What a process is of its desk: all of it, or one of many on a shared database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bot.config import Settings
from bot.platforms import paces
from digests.clock import Clock
from digests.deliver.outbox import SHARED, OutboxOptions
from digests.deliver.pacing import SharedPace
from digests.desk.runner import HOLD, ROLES, works_of
from digests.jobs.local import LocalJobs
from digests.jobs.relayed import RelayedJobs
from digests.ports import Jobs, Store


@dataclass(frozen=True, slots=True)
class Part:
    """What a process does: the roles of its worker, and whether it listens to the chats.

    ``alone``: it has the desk to itself. ``probed`` is where one that does not serve the dashboard tells its
    health and metrics, as ``HOST:PORT``; empty: nowhere.
    """

    roles: frozenset[str] = frozenset(ROLES)
    listens: bool = True
    probed: str = ""
    alone: bool = True


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a process works beside others. Alone, it holds nothing and paces itself.

    ``nudge`` says that something waits to be delivered; None: the process's own outbox is woken.
    """

    jobs: Jobs
    options: OutboxOptions = field(default_factory=OutboxOptions)
    hold: timedelta | None = None
    pace: SharedPace | None = None
    nudge: Callable[[], None] | None = None


async def share(stack: AsyncExitStack, settings: Settings, store: Store, clock: Clock, part: Part) -> Sharing:
    """Join the others, where the queue is shared."""
    if settings.jobs.queue == "local":
        return Sharing(LocalJobs())
    from digests.jobs.shared import open_shared_jobs  # its packages are an extra

    queue = await stack.enter_async_context(open_shared_jobs(settings.store.url))
    jobs = RelayedJobs(queue, works_of(part.roles))
    return Sharing(jobs, SHARED, HOLD, SharedPace(store.paces, clock, paces()), partial(jobs.soon, "deliver"))
