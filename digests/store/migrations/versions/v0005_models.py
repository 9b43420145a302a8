"""Warnings of a budget, batches of briefs asked for ahead, what models answered, and recordings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "budget_warnings",
        sa.Column("chat_id", BigId, autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("cap", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "period", "cap", name=op.f("pk_budget_warnings")),
    )
    op.create_table(
        "model_batches",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("submitted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_batches")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_model_batches_ended_submitted"), "model_batches", ["ended", "submitted"])
    op.create_table(
        "model_answers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_model_answers")),
    )
    op.create_index(op.f("ix_model_answers_made"), "model_answers", ["made"], unique=False)
    op.create_index(op.f("ix_digests_created"), "digests", ["created"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("digest_id", BigId, autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audio", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest_id"],
            ["digests.id"],
            name=op.f("fk_recordings_digest_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest_id", name=op.f("pk_recordings")),
    )
