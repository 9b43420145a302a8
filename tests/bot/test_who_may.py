"""Who may do what: every role with every command, against the platforms' own word for it.

The desk's commands are asked as each person would ask them; the strict servers say what each may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr

from bot.conversation import Directory, Person, Request
from bot.render.rich import plain
from digests.model import Chat
from tests.bot.conftest import House, open_house
from tests.fakes.discord_server import DiscordServer
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
EVERYONE, MANAGERS, ADMINS = "everyone", "managers", "admins"
# What is typed, and who may. Taken in this order, so that each finds something to do.
COMMANDS = (
    ("help", "", EVERYONE),
    ("subscriptions", "", EVERYONE),
    ("preview", "", EVERYONE),
    ("why", "", EVERYONE),
    ("subscribe", "1", MANAGERS),
    ("digest", "", MANAGERS),
    ("settings", "", MANAGERS),
    ("settings", "images off", MANAGERS),
    ("filter", "", MANAGERS),
    ("filter", "hide ferry", MANAGERS),
    ("unsubscribe", "1", MANAGERS),
    ("search", "ferry", EVERYONE),
    ("trending", "", EVERYONE),
    ("catchup", "3d", EVERYONE),
    ("ranking", "", EVERYONE),
    ("limits", "", EVERYONE),
    ("ranking", "reset", MANAGERS),
    ("mute", "source 2", MANAGERS),
    ("mute", "off source 2", MANAGERS),
    ("export", "", MANAGERS),
    ("managers", "", MANAGERS),
    ("managers", "add 4711", MANAGERS),
    ("audit", "", MANAGERS),
    ("start", "time instant", MANAGERS),
    ("audit", "all", ADMINS),
    ("limits", "subscriptions 50", ADMINS),
    ("allow", "", ADMINS),
    ("allow", "add <@&123456789012345678>", ADMINS),
    ("allow", "add discord:123", ADMINS),
    ("sources", "list", ADMINS),
    ("sources", "pause 2", ADMINS),
    ("sources", "remove 3", ADMINS),
    ("budget", "", ADMINS),
)


@dataclass(frozen=True)
class Role:
    """Someone, and what of the above is theirs beside what is everyone's."""

    name: str
    person: str
    manages: bool = False
    admin: bool = False


async def state(house: House) -> object:
    """All that a command here could change."""
    store = house.app.desk.store
    chats = await store.chats.all()
    return (
        [(chat.id, chat.settings, chat.paused) for chat in chats],
        [await store.subscriptions.of_chat(chat.id) for chat in chats],
        [await store.rules.of_chat(chat.id) for chat in chats],
        await store.sources.all(),
        [await store.digests.last(chat.id, 99) for chat in chats],
        [await store.people.managers(chat.id) for chat in chats],
        [await store.people.limits(chat.id) for chat in chats],
        [await store.feedback.mutes(chat.id, LONG_AGO) for chat in chats],
        await store.people.allowed(),
        await store.people.allowed_roles(),
    )


async def matrix(house: House, chat: Chat, roles: tuple[Role, ...]) -> list[str]:
    """Every cell that is not as it should be; the weak first, so that they find nothing done for them."""
    (live,) = house.app.live
    directory = cast(Directory, live)
    wrong: list[str] = []
    await house.app.desk.store.chats.ensure(chat, house.app.desk.clock())
    cells = 0
    before: object = None  # as long as nothing was to be changed
    for role in roles:
        for command, words, who in COMMANDS:
            cells += 1
            may = who == EVERYONE or (who == MANAGERS and role.manages) or (who == ADMINS and role.admin)
            before = None if may else before or await state(house)
            reply = await house.app.commands.handle(
                Request(
                    command=command,
                    words=words,
                    chat=chat,
                    person=Person(id=role.person),
                    directory=directory,
                )
            )
            said = plain(reply.text)
            refused = not reply.ok and said.startswith("Only ")
            if refused == may:
                wrong.append(f"{role.name}: /{command} {words} -> {said[:80]}")
            if not may and await state(house) != before:
                wrong.append(f"{role.name}: /{command} {words} changed something")
    assert cells == 8 * len(COMMANDS)
    return wrong


async def test_no_role_on_telegram_does_more_or_less_than_it_may(tmp_path: Path) -> None:
    group, other = -1000000000500, -1000000000600
    async with TelegramServer() as server:
        world = server.world
        for number in range(1, 8):
            world.add_user(number, f"person {number}")
        world.add_group(group, "Town", admins=(2,), members=(3, 4, 7))
        world.set_member(group, 1, "creator")
        world.set_member(group, 4, "restricted", can_send_messages=True)
        world.set_member(group, 6, "kicked")
        world.add_channel(other, "Elsewhere", admins=(3,))
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        async with open_house(
            tmp_path, console=False, telegram=telegram, access={"admins": ("telegram:7",)}
        ) as house:
            await house.app.start()
            roles = (
                Role("stranger", "telegram:5"),
                Role("banned", "telegram:6"),
                Role("restricted", "telegram:4"),
                Role("member", "telegram:3"),
                Role("another channel's voice", f"telegram:{other}"),
                Role("administrator", "telegram:2", manages=True),
                Role("anonymous administrator", f"telegram:{group}", manages=True),
                Role("the desk's admin, a member here", "telegram:7", admin=True),
            )
            chat = Chat(platform="telegram", address=str(group), kind="group", title="Town")
            assert await matrix(house, chat, roles) == []
            assert world.place(group).members[1]["status"] == "creator"
            owner = Role("owner", "telegram:1", manages=True)
            live = cast(Directory, house.app.live[0])
            assert await live.manages(chat, Person(id=owner.person)) is True
            assert await live.manages(chat, Person(id="discord:1")) is False


async def test_no_role_on_discord_does_more_or_less_than_it_may(tmp_path: Path) -> None:
    manage, administrator, common = 1 << 4, 1 << 3, (1 << 10) | (1 << 11)
    server = DiscordServer()
    world = server.world
    guild = world.add_guild("Town")
    channel = world.add_channel(guild, "news")
    managers = world.add_role(guild, "managers", manage | common)
    admins = world.add_role(guild, "admins", administrator)
    stranger = world.add_user("stranger")
    reader = world.add_member(guild, "reader")
    barred = world.add_member(guild, "manager barred from here", managers)
    trusted = world.add_member(guild, "trusted here alone")
    manager = world.add_member(guild, "manager", managers)
    boss = world.add_member(guild, "boss", admins)
    keeper = world.add_member(guild, "the desk's admin")
    channel.overwrites[barred.id] = (1, 0, manage)
    channel.overwrites[trusted.id] = (1, manage, 0)
    async with server:
        discord = {
            "token": SecretStr(world.token), "api_base": server.api_base, "gateway": server.gateway_url,
        }  # fmt: skip
        access = {"admins": (f"discord:{keeper.id}",)}
        async with open_house(tmp_path, console=False, discord=discord, access=access) as house:
            await house.app.start()
            roles = (
                Role("stranger", f"discord:{stranger.id}"),
                Role("reader", f"discord:{reader.id}"),
                Role("manager barred from here", f"discord:{barred.id}"),
                Role("trusted here alone", f"discord:{trusted.id}", manages=True),
                Role("manager", f"discord:{manager.id}", manages=True),
                Role("administrator", f"discord:{boss.id}", manages=True),
                Role("owner", f"discord:{guild.owner.id}", manages=True),
                Role("the desk's admin, a reader here", f"discord:{keeper.id}", admin=True),
            )
            chat = Chat(platform="discord", address=str(channel.id), kind="text", title="#news")
            assert await matrix(house, chat, roles) == []
            live = cast(Directory, house.app.live[0])
            assert await live.manages(chat, Person(id="telegram:1")) is False
