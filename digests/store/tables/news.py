"""Sources, their entries, the articles and stories these became."""

from __future__ import annotations

from sqlalchemy import DDL, Boolean, Column, ForeignKey, Index, Integer, Table, event

from digests.model import Article, Brief, Failure, PollState
from digests.store.columns import Moment, Shape, Words
from digests.store.search_index import POSTGRESQL, SQLITE
from digests.store.tables.base import BigId, link, metadata, own_id

sources = Table(
    "sources",
    metadata,
    own_id(),
    Column("url", Words, nullable=False, unique=True),
    Column("kind", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("topics", Shape(tuple[str, ...]), nullable=False),
    Column("origin", Words, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("options", Shape(tuple[tuple[str, str], ...]), nullable=False),
    Column("added", Moment, nullable=False),
    sqlite_autoincrement=True,
)

poll_states = Table(
    "poll_states",
    metadata,
    link("source_id", "sources", key=True),
    Column("next_poll", Moment, index=True),  # one never polled: 1970, so that the index gives it first
    Column("ended", Boolean, nullable=False),
    Column("state", Shape(PollState), nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    link("source_id", "sources", key=True),
    Column("hub", Words, nullable=False),
    Column("topic", Words, nullable=False),
    Column("token", Words, nullable=False, unique=True),
    Column("secret", Words, nullable=False),
    Column("until", Moment),
    Column("next_try", Moment, nullable=False, index=True),
)

entries = Table(
    "entries",
    metadata,
    own_id(),
    link("source_id", "sources", keep=True),
    Column("guid", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("html", Words, nullable=False),
    Column("authors", Shape(tuple[str, ...]), nullable=False),
    Column("published", Moment),
    Column("updated", Moment),
    Column("image", Words),
    Column("language", Words),
    Column("tags", Shape(tuple[str, ...]), nullable=False),
    Column("found", Moment, nullable=False),
    Column("read_at", Moment, index=True),  # when to read it; None: read, or given up
    Column("read_failures", Integer, nullable=False),
    Column("failure", Shape(Failure)),
    Index(None, "source_id", "id"),
    sqlite_autoincrement=True,
)

entry_keys = Table(
    "entry_keys",
    metadata,
    link("source_id", "sources", key=True),
    Column("key", Words, primary_key=True),
    Column("entry_id", BigId, ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, index=True),
)

stories = Table(
    "stories",
    metadata,
    own_id(),
    Column("lead_id", BigId, nullable=False),
    Column("version", Integer, nullable=False),
    Column("started", Moment, nullable=False),
    Column("updated", Moment, nullable=False, index=True),
    sqlite_autoincrement=True,
)

articles = Table(
    "articles",
    metadata,
    own_id(),
    Column("entry_id", BigId, ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("story_id", BigId, ForeignKey("stories.id", ondelete="SET NULL"), nullable=True),
    Column("found", Moment, nullable=False, index=True),
    Column("body", Shape(Article), nullable=False),
    Column("changes", Integer),  # how often it developed its story; NULL: never
    Column("placed", Moment),  # when it was grouped, or changed since; NULL: not yet, or before 0012
    Index(None, "story_id", "placed"),
    sqlite_autoincrement=True,
)

# Where a chat that follows sources people added has an article: other than ``articles`` says, or what
# that leaves to each chat.
placements = Table(
    "placements",
    metadata,
    link("chat_id", "chats", key=True),
    Column("article_id", BigId, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("story_id", BigId, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("changes", Integer, nullable=False),
)

# What a chat's people call its stories by: ids would tell them how much the desk reads for others.
story_numbers = Table(
    "story_numbers",
    metadata,
    link("chat_id", "chats", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("story_id", BigId, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
)

briefs = Table(
    "briefs",
    metadata,
    Column("key", Words, primary_key=True),
    Column("story_id", BigId, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("made", Moment, nullable=False),
    Column("brief", Shape(Brief), nullable=False),
)

# ``search_index`` is made over it: a virtual table with triggers on SQLite, an index on PostgreSQL.
searchable = Table(
    "searchable",
    metadata,
    Column(
        "article_id",
        BigId,
        ForeignKey("articles.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("words", Words, nullable=False),
)
for _dialect, _statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for _statement in _statements:
        event.listen(searchable, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
