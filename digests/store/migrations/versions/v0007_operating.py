"""What keeps the desk small and its admins signed in."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Filled as the tables come."""
