"""Workers that are told nonsense say so before they open anything."""

from __future__ import annotations

import pytest

from bot.cli.running import worker
from digests.errors import ConfigError


def test_a_role_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="no role nothing; there are watch"):
        worker(role=["nothing"])


@pytest.mark.parametrize("listen", ["9100", ":9100", "localhost", "localhost:", "localhost:x"])
def test_no_place_to_listen_at(listen: str) -> None:
    with pytest.raises(ConfigError, match=r"it looks like 127\.0\.0\.1:9100"):
        worker(listen=listen)
