"""The store on SQL: SQLite by default, PostgreSQL where many machines share one desk.

async with open_store("newsdesk.sqlite3") as store:
    await store.sources.all()
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from digests.store.articles import SqlArticles, SqlCorrections
from digests.store.chats import SqlChats, SqlFeedback, SqlRules, SqlSubscriptions
from digests.store.database import Database, database_url
from digests.store.deliveries import SqlDeliveries
from digests.store.digests import SqlAdminReports, SqlDigests, SqlRecordings
from digests.store.entries import SqlEntries
from digests.store.library import SqlLibrary
from digests.store.people import SqlPeople, SqlSignIns, SqlTokens
from digests.store.retention import SqlRetention
from digests.store.sharing import SqlClocks, SqlRateLimits, SqlTurns
from digests.store.sources import SqlPushes, SqlSources
from digests.store.spend import SqlAnswers, SqlBatches, SqlSpend
from digests.store.stories import SqlStories
from digests.store.upgrading import bring_up

__all__ = ["SqlStore", "open_store"]


class SqlStore:
    """``ports.Store``. ``database`` is for modules of this folder and for backups."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sources = SqlSources(database)
        self.pushes = SqlPushes(database)
        self.entries = SqlEntries(database)
        self.articles = SqlArticles(database)
        self.stories = SqlStories(database)
        self.chats = SqlChats(database)
        self.subscriptions = SqlSubscriptions(database)
        self.rules = SqlRules(database)
        self.library = SqlLibrary(database)
        self.feedback = SqlFeedback(database)
        self.people = SqlPeople(database)
        self.digests = SqlDigests(database)
        self.corrections = SqlCorrections(database)
        self.deliveries = SqlDeliveries(database)
        self.spend = SqlSpend(database)
        self.answers = SqlAnswers(database)
        self.recordings = SqlRecordings(database)
        self.batches = SqlBatches(database)
        self.retention = SqlRetention(database)
        self.clocks = SqlClocks(database)
        self.turns = SqlTurns(database)
        self.paces = SqlRateLimits(database)
        self.sign_ins = SqlSignIns(database)
        self.tokens = SqlTokens(database)
        self.looking = SqlAdminReports(database)

    async def close(self) -> None:
        await self.database.close()


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[SqlStore]:
    """Open a database, made or upgraded to this version's schema if need be, and close it after.

    ``url``: a path (``newsdesk.sqlite3``), ``sqlite+aiosqlite:///path`` or
    ``postgresql+psycopg://…``. ``StoreError`` says why it can't be used, ``SchemaTooNew`` that a
    newer version wrote it.
    """
    store = SqlStore(Database(database_url(url)))
    try:
        await bring_up(store.database)
        yield store
    finally:
        await store.close()
