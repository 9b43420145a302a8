"""What a chat wants left out, and what it wants at once."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Filled as the tables come."""
