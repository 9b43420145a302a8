"""What language models were asked, answered and cost."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table

from digests.model import ModelBatch
from digests.store.columns import Moment, Shape, Words
from digests.store.tables.base import BigId, metadata, own_id

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
