"""Jobs shared by many machines: Procrastinate's queue in the desk's own PostgreSQL.

Each kind of work is a queue, so that a worker takes only what its roles do. A hint that repeats a
waiting one is dropped by its queueing lock; the same ``(work, key)`` never runs twice at once by
its lock, on whichever machines. What a dead worker left is taken up when its heartbeat has been
missing for ``STALLED`` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from digests.errors import StoreError
from digests.ports import Handler

log = logging.getLogger(__name__)

HEARTBEAT = 5.0  # seconds
STALLED = 20.0  # seconds without a heartbeat after which a worker counts as dead
LOOK = 10.0  # seconds between looks for what dead workers left
POLL = 2.0  # seconds between looks for work that no notice told of
AGAIN = 1.0  # seconds until a worker that lost the database tries again
TASK = "hint"

_URGENT = """
UPDATE procrastinate_jobs SET priority = %(priority)s
WHERE status = 'todo' AND queueing_lock = %(lock)s AND priority < %(priority)s
"""


class SharedJobs:
    """``ports.Jobs`` for many processes. At most ``workers`` handlers run at a time in this one.

    Hints for work that no worker does wait until one comes that does it.
    """

    def __init__(self, app: App, *, workers: int = 8) -> None:
        if workers < 1:
            raise ValueError("at least one worker is needed")
        self._app = app
        self._workers = workers
        self._handlers: Mapping[str, Handler] = {}
        app.task(name=TASK)(self._work)

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None:
        """As the port says; a hint that repeats a waiting one may only make it more urgent."""
        name = f"{work}:{key}"
        job = self._app.configure_task(
            TASK, lock=name, queueing_lock=name, queue=work, priority=-priority,
            task_kwargs={"work": work, "key": key},
        )  # fmt: skip
        try:
            await job.defer_async()
        except AlreadyEnqueued:
            await self._app.connector.execute_query_async(_URGENT, priority=-priority, lock=name)

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        self._handlers = handlers
        taking_up = asyncio.create_task(self._take_up(), name="take up")
        try:
            while True:
                try:
                    await self._app.run_worker_async(
                        queues=list(handlers), concurrency=self._workers, delete_jobs="always",
                        install_signal_handlers=False, shutdown_graceful_timeout=grace.total_seconds(),
                        update_heartbeat_interval=HEARTBEAT, stalled_worker_timeout=STALLED,
                        fetch_job_polling_interval=POLL,
                    )  # fmt: skip
                    log.warning("The worker stopped; it starts again")
                except (ConnectorException, psycopg.Error) as error:
                    # stopping, the queue says so of a database that is gone instead of being cancelled
                    task = asyncio.current_task()
                    if task is not None and task.cancelling():
                        raise asyncio.CancelledError from error
                    log.warning("The queue can't be reached (%s); trying again", type(error).__name__)
                await asyncio.sleep(AGAIN)
        finally:
            taking_up.cancel()

    async def _work(self, work: str, key: str) -> None:
        try:
            await self._handlers[work](key)
        except Exception:
            # the state is in the store, so the next sweep hints again at what is still to do
            log.exception("%s %s broke off", work, key)

    async def _take_up(self) -> None:
        """Let what a dead worker was doing be done by others."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                    log.warning("Taking up %s of a worker that is gone", job.lock)
                    await self._give_back(job.id, job.queueing_lock)
                await self._app.job_manager.prune_stalled_workers(STALLED * 3)
            except (ConnectorException, psycopg.Error) as error:
                log.warning("Nobody could look after stalled jobs: %s", type(error).__name__)

    async def _give_back(self, job_id: int | None, name: str | None) -> None:
        # a hint may wait already for the same: then one is enough
        await self._app.connector.execute_query_async(
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %(name)s", name=name
        )
        await self._app.connector.execute_query_async(
            "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL "
            "WHERE id = %(id)s AND status = 'doing'",
            id=job_id,
        )


@asynccontextmanager
async def open_shared_jobs(url: str, *, workers: int = 8) -> AsyncIterator[SharedJobs]:
    """The queue in a PostgreSQL database, made there if need be.

    ``url`` as for the store; ``StoreError`` when it is not PostgreSQL or can't be reached.
    """
    scheme, _, address = url.partition("://")
    if scheme not in {"postgresql", "postgresql+psycopg"}:
        raise StoreError("shared jobs need PostgreSQL: set url in [store] to postgresql+psycopg://…")
    conninfo = f"postgresql://{address}"
    connector = PsycopgConnector(conninfo=conninfo, min_size=1, max_size=workers + 4)
    app = App(connector=connector)
    try:
        async with app.open_async():
            await _ensure_schema(app)
            yield SharedJobs(app, workers=workers)
    except ConnectorException as error:
        raise StoreError("the queue's database can't be reached") from error


async def _ensure_schema(app: App) -> None:
    found = await app.connector.execute_query_one_async("SELECT to_regclass('procrastinate_jobs') AS found")
    if found["found"] is not None:
        return
    try:
        await app.schema_manager.apply_schema_async()
    except ConnectorException:
        # another worker may have been making it at the same moment
        found = await app.connector.execute_query_one_async(
            "SELECT to_regclass('procrastinate_jobs') AS found"
        )
        if found["found"] is None:
            raise
