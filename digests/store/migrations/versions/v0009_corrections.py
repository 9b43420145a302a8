"""Corrections that chats were not told of yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("story_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_corrections_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_corrections_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "entry_id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_entry_id"), "corrections", ["entry_id"], unique=False)
