"""The garbage collector of a desk that runs for months."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 10_000
"""New objects after which the youngest are looked through; the interpreter's own bound, 700, is
reached by every few feeds, whose objects go without any collector."""


def settle() -> None:
    """Call it once, after the start. What is loaded then, modules above all, stays for good: it
    is looked through one last time. Each time took a tenth of a second, and the event loop stood
    still for it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
