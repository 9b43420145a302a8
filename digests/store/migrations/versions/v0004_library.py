"""What is searched, liked, muted and changed, and by whom."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Filled as the tables come."""
