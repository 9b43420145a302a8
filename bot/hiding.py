"""Takes secrets out of texts: known ones, and what has the shape of a token."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Tokens of the platforms and model servers by their shape, so that one that was never
# configured here (pasted into a chat, say) is covered too.
_SHAPES = re.compile(
    r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}|\bsk-[A-Za-z0-9_-]{16,}|\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
HIDDEN = "[hidden]"


class Redactor:
    """Replaces known secrets, and what has a token's shape, by ``[hidden]``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known)), re.IGNORECASE) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _SHAPES.sub(HIDDEN, text)


def hide(text: str) -> str:
    """A text of a platform's or a server's without what has the shape of a token."""
    return Redactor()(text)
