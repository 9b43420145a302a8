"""A command is one file: put into the package, it is in the menus, the help and the documentation, and answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bot.commands
from bot.commands.registry import DIGESTS, TOPICS, Group, changes, command, registered
from bot.conversation import Request
from digests.model import Chat

ROOT = Path(__file__).parents[3]
FORTUNE = """
from bot.commands.registry import YOUR_SAY, command
from bot.commands.service import say


@command("fortune", "what the stars say", topic=YOUR_SAY, place=2, example="/fortune", changes=("set",))
async def fortune(service, request):
    return say("Fair.")
"""
PROGRAM = """
import asyncio, sys

import bot.commands
from bot.commands.__main__ import page
from bot.commands.registry import YOUR_SAY, of_topic, registered

bot.commands.__path__.append(sys.argv[1])
registered.cache_clear()
print([one.name for one in of_topic(YOUR_SAY)])
print("### /fortune" in page(), registered()["fortune"].changes)
print(asyncio.run(registered()["fortune"].handler(None, None)).text[0].text)
"""


def test_a_command_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "fortune.py").write_text(FORTUNE)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "['like', 'dislike', 'fortune', 'mute', 'ranking']",
        "True frozenset({'set'})",
        "Fair.",
    ]


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="/digest is defined twice"):
        command("digest", "again", topic=DIGESTS)(registered()["digest"].handler)
    with pytest.raises(ValueError, match="/sources is defined twice"):
        Group("sources", "again", topic=DIGESTS)


def test_every_command_stands_at_its_handler() -> None:
    for name, one in registered().items():
        assert one.command.name == name
        assert one.topic in TOPICS
        assert one.handler.__module__.startswith("bot.commands.")
        offered = [
            option for part in (one.command, *one.command.sub) for option in part.options if option.completes
        ]
        assert bool(offered) == (one.complete is not None), name
    assert tuple(registered()) == tuple(one.name for one in bot.commands.COMMANDS)


@pytest.mark.parametrize(
    ("name", "words", "noted"),
    [
        ("sources", "add https://a.example", True),
        ("sources", " Pause 3", True),
        ("sources", "", False),
        ("sources", "list", False),
        ("sources", "export", False),
        ("allow", "remove telegram:-1", True),
        ("limits", "summaries 5", True),
        ("limits", "", False),
        ("digest", "add", False),
        ("nothing", "add", False),
    ],
)
def test_what_changes_the_desk(name: str, words: str, noted: bool) -> None:
    asked: Request = _request(name, words)
    assert changes(asked) is noted


def _request(name: str, words: str) -> Request:
    chat, anybody, nowhere = Chat(platform="console", address="1"), None, None
    return Request(command=name, words=words, chat=chat, person=anybody, directory=nowhere)  # type: ignore[arg-type]
