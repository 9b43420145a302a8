"""What models are asked and answer beyond a brief."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Filled as the tables come."""
