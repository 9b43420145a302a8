"""Chats, what they follow, and what their people decided."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from digests.model import ChatSettings
from digests.store.columns import Moment, Shape, Words
from digests.store.tables.base import BigId, link, metadata, own_id

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

# ``key`` is a hash: who reads the database can sign in with nothing in it.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", Words, primary_key=True),
    Column("kind", Words, nullable=False),  # "link" or "session"
    Column("person", Words, nullable=False),
    Column("until", Moment, nullable=False, index=True),
)
