"""The sentences with which a page says that the rest is for subscribers only."""

from __future__ import annotations

import re

from digests.read.furniture import any_of
from digests.read.phrases import LOCK_LINES

_LOCK = re.compile(any_of(LOCK_LINES), re.IGNORECASE)
_LONGEST = 400  # characters; in a longer block the words are the article's


def locks_the_rest(text: str) -> bool:
    """Whether a block says that one must subscribe or log in to read on."""
    return len(text) <= _LONGEST and _LOCK.search(text) is not None
