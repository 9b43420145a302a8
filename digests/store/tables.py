"""The tables, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from digests.model import Article, Brief, ChatSettings, Digest, Failure, ModelBatch, Part, PollState
from digests.store.columns import Moment, Shape, Words
from digests.store.search_index import POSTGRESQL, SQLITE

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's own row id must be an INTEGER


def own_id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def link(name: str, target: str, *, key: bool = False, keep: bool = False) -> Column[int]:
    """A reference; its row goes with the target, or stays without it where ``keep``."""
    ondelete = "SET NULL" if keep else "CASCADE"
    return Column(name, BigId, ForeignKey(f"{target}.id", ondelete=ondelete), primary_key=key, nullable=keep)


chats = Table(
    "chats",
    metadata,
    own_id(),
    Column("platform", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("thread", Words, nullable=False),  # "": none, so that the three are unique together
    Column("kind", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("settings", Shape(ChatSettings), nullable=False),
    Column("paused", Words),
    Column("next_digest", Moment, index=True),
    Column("last_digest", Moment),
    Column("served", Moment),  # when a delivery to it was last claimed: who waited longest is next
    Column("added", Moment, nullable=False),
    UniqueConstraint("platform", "address", "thread"),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    own_id(),
    link("chat_id", "chats"),
    Column("source_id", BigId, ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("after_entry", BigId, nullable=False),
    Column("created", Moment, nullable=False),
    Column("created_by", Words, nullable=False),
    Column("number", Integer),  # what the chat's people call it by; NULL: the source's id
    Column("name", Words),  # theirs for it; NULL: the source's
    Column("topics", Shape(tuple[str, ...])),  # theirs; NULL: the source's
    UniqueConstraint("chat_id", "source_id"),
    sqlite_autoincrement=True,
)

rules = Table(
    "rules",
    metadata,
    own_id(),
    link("chat_id", "chats"),
    Column("source_id", BigId, ForeignKey("sources.id", ondelete="CASCADE"), nullable=True, index=True),
    Column("kind", Words, nullable=False, index=True),
    Column("pattern", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("created", Moment, nullable=False),
    Column("created_by", Words, nullable=False),
    Index(None, "chat_id", "id"),
    sqlite_autoincrement=True,
)

votes = Table(
    "votes",
    metadata,
    link("chat_id", "chats", key=True),
    Column("story_id", BigId, primary_key=True),
    Column("person", Words, primary_key=True),
    Column("value", Integer, nullable=False),  # 1 or -1
    Column("features", Shape(tuple[str, ...]), nullable=False),  # what was voted on, see group.taste
    Column("at", Moment, nullable=False),
    Index(None, "chat_id", "at"),
    Index(None, "at"),
)

mutes = Table(
    "mutes",
    metadata,
    link("chat_id", "chats", key=True),
    Column("kind", Words, primary_key=True),  # "story" or "source"
    Column("target", BigId, primary_key=True),
    Column("until", Moment),  # NULL: for good
    Column("created_by", Words, nullable=False),
)

managers = Table(
    "managers",
    metadata,
    link("chat_id", "chats", key=True),
    Column("person", Words, primary_key=True),
    Column("added_by", Words, nullable=False),
    Column("added", Moment, nullable=False),
)

chat_limits = Table(
    "chat_limits",
    metadata,
    link("chat_id", "chats", key=True),
    Column("kind", Words, primary_key=True),
    Column("most", Integer, nullable=False),
)

allowed_chats = Table(
    "allowed_chats",
    metadata,
    Column("platform", Words, primary_key=True),
    Column("address", Words, primary_key=True),
    Column("added_by", Words, nullable=False),
    Column("added", Moment, nullable=False),
)

allowed_roles = Table(
    "allowed_roles",
    metadata,
    Column("role", Words, primary_key=True),
    Column("added_by", Words, nullable=False),
    Column("added", Moment, nullable=False),
)

# Of the last hour.
summaries_asked = Table(
    "summaries_asked",
    metadata,
    Column("platform", Words, primary_key=True),
    Column("address", Words, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("count", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    own_id(),
    link("chat_id", "chats", keep=True),
    Column("person", Words, nullable=False),
    Column("what", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "chat_id", "id"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

# ``key`` is a hash, as below.
tokens = Table(
    "tokens",
    metadata,
    Column("key", Words, primary_key=True),
    link("chat_id", "chats"),
    Column("name", Words, nullable=False),
    Column("scope", Words, nullable=False),
    Column("created", Moment, nullable=False),
    Column("created_by", Words, nullable=False),
    UniqueConstraint("chat_id", "name"),
)

# ``key`` is a hash: who reads the database can sign in with nothing in it.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", Words, primary_key=True),
    Column("kind", Words, nullable=False),  # "link" or "session"
    Column("person", Words, nullable=False),
    Column("until", Moment, nullable=False, index=True),
)


withheld = Table(
    "withheld",
    metadata,
    link("chat_id", "chats", key=True),
    Column("story_id", BigId, primary_key=True),
    Column("source_id", BigId, nullable=False),
    Column("title", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "chat_id", "at"),
    Index(None, "at"),
)

used = Table(
    "used",
    metadata,
    link("chat_id", "chats", key=True),
    Column("entry_id", BigId, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, index=True),
)

digests = Table(
    "digests",
    metadata,
    own_id(),
    link("chat_id", "chats"),
    Column("created", Moment, nullable=False),
    Column("body", Shape(Digest), nullable=False),
    Index(None, "chat_id", "id"),
    Index(None, "created"),
    sqlite_autoincrement=True,
)

told = Table(
    "told",
    metadata,
    link("chat_id", "chats", key=True),
    Column("story_id", BigId, primary_key=True),
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("version", Integer, nullable=False),
    Column("words", Words),  # what it was told in, where those are not the articles' own, to be found by
)

corrections = Table(
    "corrections",
    metadata,
    link("chat_id", "chats", key=True),
    Column("entry_id", BigId, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("story_id", BigId, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    own_id(),
    Column("digest_id", BigId, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False, index=True),
    link("chat_id", "chats"),
    Column("part", Integer, nullable=False),
    Column("content", Shape(Part), nullable=False),
    Column("nonce", Words, nullable=False, unique=True),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),
    Column("started", Moment),
    Column("sent", Moment),
    Column("message_id", Words),
    Column("plain", Boolean, nullable=False),
    Column("reason", Words),
    Column("reply_to", Words),
    Column("edits", Words),
    Index(None, "state", "started"),
    Index(None, "chat_id", "message_id"),
    Index(
        "ix_deliveries_unfinished",
        "chat_id",
        "id",
        sqlite_where=text("state IN ('pending', 'sending')"),
        postgresql_where=text("state IN ('pending', 'sending')"),
    ),
    sqlite_autoincrement=True,
)

flood_waits = Table(
    "flood_waits",
    metadata,
    Column("platform", Words, primary_key=True),
    Column("address", Text, primary_key=True),  # "": the whole platform
    Column("until", Moment, nullable=False),
)

paces = Table(
    "paces",
    metadata,
    Column("platform", Words, primary_key=True),
    Column("address", Words, primary_key=True),  # "": the whole platform
    Column("place", Integer, primary_key=True, autoincrement=False),  # which of its limits
    Column("free", Moment, nullable=False),  # when its next send could start, were there no burst
)

recordings = Table(
    "recordings",
    metadata,
    Column(
        "digest_id",
        BigId,
        ForeignKey("digests.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("attempts", Integer, nullable=False),
    Column("started", Moment, nullable=False),  # of the last attempt
    Column("audio", LargeBinary),  # NULL: not there yet, or not any more
)


model_calls = Table(
    "model_calls",
    metadata,
    own_id(),
    Column("day", Words, nullable=False),
    Column("model", Words, nullable=False),
    Column("chat_id", BigId),
    Column("source_id", BigId, nullable=False),
    Column("amount", BigInteger, nullable=False),  # millionths: the most it can cost; once settled, its cost
    Column("settled", Boolean, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Index(None, "day", "chat_id"),
    sqlite_autoincrement=True,
)

budget_warnings = Table(
    "budget_warnings",
    metadata,
    Column("chat_id", BigId, primary_key=True, autoincrement=False),  # 0: all chats together
    Column("period", Words, primary_key=True),
    Column("cap", BigInteger, primary_key=True, autoincrement=False),
)

model_batches = Table(
    "model_batches",
    metadata,
    own_id(),
    Column("submitted", Moment, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("body", Shape(ModelBatch), nullable=False),
    Index(None, "ended", "submitted"),
    sqlite_autoincrement=True,
)

model_answers = Table(
    "model_answers",
    metadata,
    Column("key", Words, primary_key=True),  # names what was asked, of which model, by which prompt
    Column("answer", Words, nullable=False),
    Column("made", Moment, nullable=False, index=True),
)


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
