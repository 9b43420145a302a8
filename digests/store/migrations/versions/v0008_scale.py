"""What many machines share."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# Keys of text are compared by their bytes on SQLite; on PostgreSQL they are from here on, so that
# ranges of keys are the same rows on both, and an index serves them whatever the locale.
_TEXT_KEYS = (
    ("entry_keys", "key"),
    ("briefs", "key"),
    ("flood_waits", "platform"),
    ("flood_waits", "address"),
)


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("free", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "address", "place", name=op.f("pk_paces")),
    )
    # an order with NULLs first is none that PostgreSQL's index has
    states = sa.table("poll_states", sa.column("next_poll", sa.DateTime(timezone=True)))
    first = sa.literal(datetime(1970, 1, 1, tzinfo=UTC), sa.DateTime(timezone=True))
    op.execute(states.update().where(states.c.next_poll.is_(None)).values(next_poll=first))
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _TEXT_KEYS:
            op.alter_column(table, column, type_=sa.Text(collation="C"), existing_nullable=False)
