"""What a chat was sent is found by its message, and old votes and what was withheld by their age."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index(op.f("ix_deliveries_chat_id_message_id"), "deliveries", ["chat_id", "message_id"])
    op.create_index(op.f("ix_votes_at"), "votes", ["at"])
    op.create_index(op.f("ix_withheld_at"), "withheld", ["at"])
