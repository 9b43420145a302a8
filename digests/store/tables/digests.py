"""Digests, the messages they go out as, and when those may be sent."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from digests.model import Digest, Part
from digests.store.columns import Moment, Shape, Words
from digests.store.tables.base import BigId, link, metadata, own_id

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
