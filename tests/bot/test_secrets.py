"""Known secrets are sent through everything that can go wrong; not eight letters of one come out anywhere.

Every fault meets a real request on loopback, with every library's log at DEBUG. Searched are the
log and what the process prints after each, and in the end the database's file, the dashboard, the
metrics, what was posted, and how everything that holds a secret prints itself.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import load
from tests.bot.secret_faults import FAULTS
from tests.bot.secret_scene import (
    DASHBOARD,
    DATABASE,
    DISCORD,
    MODEL,
    TELEGRAM,
    TELEGRAM_TOKEN,
    leaks,
    scene,
)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    yield
    root.handlers[:], root.level = handlers, level
    for name in list(root.manager.loggerDict):
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


async def test_no_part_of_a_secret_comes_out_whatever_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(FAULTS) >= 60
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    monkeypatch.setattr(sys, "stdout", log)
    found: dict[str, list[str]] = {}
    async with scene(tmp_path) as here:
        for name, fault in FAULTS.items():
            await fault(here)
            seen = log.getvalue() + "".join(here.caught)
            if leaks(seen):
                found[name] = leaks(seen)
            log.seek(0)
            log.truncate()
            here.caught.clear()
        if leaks(await here.everything()):
            found["what stays after all of them"] = leaks(await here.everything())
        assert found == {}


def test_the_search_finds_parts() -> None:
    assert leaks(f"...{TELEGRAM[3:12]}...") == ["Telegram's token"]
    assert leaks("nothing") == []


def test_secrets_of_the_configuration_are_all_known_to_the_log(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        f"""
[telegram]
token = "{TELEGRAM_TOKEN}"
[discord]
token = "{DISCORD}"
[openai]
api_key = "{MODEL}"
[dashboard]
secret = "{DASHBOARD}"
[store]
url = "postgresql+psycopg://newsdesk:{DATABASE}%40x@db/newsdesk"
""",
        encoding="utf-8",
    )
    settings = load(file)
    assert {TELEGRAM_TOKEN, DISCORD, MODEL, DASHBOARD, f"{DATABASE}%40x", f"{DATABASE}@x"} == set(
        settings.secrets()
    )
    assert leaks(repr(settings)) == []
    assert leaks(str(settings)) == []
