"""The sentences of the source that a claim rests on, where its citation missed them."""

from __future__ import annotations

from digests.text.stems import content, stems
from digests.text.tokens import clean

_MOST = 4  # sentences a claim may rest on


def support_for(claim: str, source: list[str], language: str) -> tuple[int, ...]:
    """Indices of the source sentences that together know most of the claim's words, in order.

    The one that shares most comes first; each further one must add words that are still missing.
    """
    missing = set(stems(clean(claim))) & content(clean(claim), language)
    shared = [missing & set(stems(clean(line))) for line in source]
    chosen: list[int] = []
    while missing and len(chosen) < _MOST:
        best = max(range(len(source)), key=lambda i: (len(missing & shared[i]), len(shared[i])), default=-1)
        if best < 0 or not missing & shared[best]:
            break
        chosen.append(best)
        missing = missing - shared[best]
    return tuple(sorted(chosen))
