"""The gallery shows what is sent today, and nothing in it would be refused."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from bot.platforms.telegram.delivery import Content
from bot.platforms.telegram.delivery import digest_parts as telegram_parts
from bot.render.discord_messages import digest_parts
from digests.model import Chat, ChatSettings, Delivery
from tests.fakes.discord_limits import LAYOUT, message_errors
from tests.fakes.telegram_rich import read

pytestmark = pytest.mark.slow  # it loads both platforms' libraries
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(PICTURES))
    with warnings.catch_warnings():
        # discord.py's voice half imports a module that later versions of Python have dropped.
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
        import draw

    yield draw
    for name in ("draw", "cases", "phone"):
        sys.modules.pop(name, None)


def test_the_gallery_is_drawn_from_the_requests_of_today(draw: ModuleType) -> None:
    written = (PICTURES / "gallery.html").read_text(encoding="utf-8")
    assert draw.gallery() == written, "run: python docs/pictures/draw.py gallery"


def test_every_digest_of_the_gallery_is_one_message_that_is_taken(draw: ModuleType) -> None:
    for _, language, one in draw.cases():
        there = Chat(platform="telegram", address="1", kind="group", title="Ladd News")
        there = replace(there, settings=ChatSettings(language=language))
        (part,) = telegram_parts(one, there, rich=True)
        content = Content.of(Delivery(digest_id=1, chat_id=1, part=0, content=part, nonce=""))
        assert content.rich is None or read(content.rich.payload())
        (part,) = digest_parts(one, there, opens=lambda story: ("⋯", f"nd1:0:d:n:story:={story}"))
        assert message_errors({"components": json.loads(part.payload)["components"], "flags": LAYOUT}) == []
