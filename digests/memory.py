"""The memory of a desk that runs for months: its garbage collector, and what the system's allocator keeps."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache
from typing import Final

_YOUNG: Final = 10_000
"""New objects after which the youngest are looked through; the interpreter's own bound, 700, is
reached by every few feeds, whose objects go without any collector."""
# of malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX
_TRIM: Final = -1, 2 * 1024 * 1024  # bytes free at the end of the heap that go back to the system
_MAPPED: Final = -3, 512 * 1024  # bytes from which a buffer has pages of its own, which go back with it
_ARENAS: Final = -8, 2  # heaps for all threads


@cache
def give_back() -> None:
    """Call it once, before the start: glibc then gives back what large buffers took, where it would keep it
    in pieces for every thread. A desk that reads documents of some megabytes is a quarter smaller for it.
    With another allocator nothing is done."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        for name, value in (_TRIM, _MAPPED, _ARENAS):
            mallopt(name, value)


def settle() -> None:
    """Call it once, after the start. What is loaded then, modules above all, stays for good: it
    is looked through one last time. Each time took a tenth of a second, and the event loop stood
    still for it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
