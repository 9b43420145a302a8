"""Generated texts that are cheap to make: one number drawn for a whole text, not one for each letter."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import strategies as st

_UP_TO = (0x80, 0x3000, 0x110000)  # ASCII, the alphabets, and everything with lone surrogates


def jumbled(pieces: Sequence[str], most: int = 24) -> st.SearchStrategy[str]:
    """Texts of at most ``most`` of the pieces and any other characters, in any order."""

    def text(seed: int) -> str:
        pick = Random(seed)
        return "".join(
            pick.choice(pieces) if pick.random() < 0.6 else chr(pick.randrange(pick.choice(_UP_TO)))
            for _ in range(pick.randrange(most + 1))
        )

    return st.integers(0, 2**32 - 1).map(text)
