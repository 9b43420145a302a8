"""How many generated examples a test looks at: a tenth of them, unless all are asked for."""

from __future__ import annotations

import os

ALL = "NEWSDESK_ALL_EXAMPLES" in os.environ


def examples(whole: int) -> int:
    """``whole`` where ``NEWSDESK_ALL_EXAMPLES`` is set; else a tenth, as on every run of the suite."""
    return whole if ALL else whole // 10
