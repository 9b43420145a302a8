"""The sentences with which a page says that the rest is for subscribers only."""

from __future__ import annotations

import re

from digests.text.languages import every

_LOCK = re.compile("|".join(every(lambda known: known.lock_lines)), re.IGNORECASE)
_LONGEST = 400  # characters; in a longer block the words are the article's


def locks_the_rest(text: str) -> bool:
    """Whether a block says that one must subscribe or log in to read on."""
    return len(text) <= _LONGEST and _LOCK.search(text) is not None
