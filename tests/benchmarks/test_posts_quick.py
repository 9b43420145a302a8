"""The benchmark of posts runs, and sees what is refused and what is lost."""

from __future__ import annotations

import json

import pytest

from benchmarks import posts
from digests.model import Part


@pytest.mark.slow
def test_generated_digests_are_taken_in_every_form_and_lose_no_word() -> None:
    results = posts.measured(12, seed=7)
    assert len(results) == 5
    assert [(r.refused, r.lost) for r in results] == [(0, 0)] * 5
    assert all(r.messages >= r.digests for r in results)


def test_a_refusal_and_a_loss_are_seen() -> None:
    broken = {"components": [{"type": 17, "components": []}]}
    _, errors = posts._discord(Part(payload=json.dumps(broken), plain=""))
    assert errors
    one = next(
        digest for digest in posts.generated(20, seed=7) if digest.items and digest.style != "headlines"
    )
    assert posts.lost(one, "", opened=False) > 0
