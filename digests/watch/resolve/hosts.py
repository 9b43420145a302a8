"""A site by whichever of its hosts was pasted."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

_VARIANT = re.compile(r"^(?:www|m|mobile|amp|touch)\.(?=[^.]+\.)")


def site(url: SplitResult) -> str:
    """The host without ``www.`` and the names of a mobile site."""
    return _VARIANT.sub("", (url.hostname or "").rstrip("."))
