"""What a source teaches about being watched."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Filled as the tables come."""
