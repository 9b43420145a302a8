"""A desk meets new words for as long as it runs: it must not keep them all."""

from __future__ import annotations

import tracemalloc

import pytest

from digests.group.terms import stems, vocabulary


@pytest.mark.slow
def test_words_seen_once_are_not_kept() -> None:
    tracemalloc.start()
    try:
        for number in range(60_000):
            vocabulary(stems(f"{number}x word"))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 16_000_000  # all of them would be over 30; what else the process does is in it
