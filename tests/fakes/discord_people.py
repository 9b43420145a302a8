"""What people and moderators do on the fake Discord: use commands, press buttons, change rights."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from tests.fakes import discord_world as w
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_limits import within
from tests.fakes.discord_rest import Interaction, Rest
from tests.fakes.discord_world import Channel, Guild, Role, User, World


class People:
    """Mixed into the server: every method changes the world and tells the bot over the gateway."""

    world: World
    rest: Rest
    gateway: Gateway

    # ------------------------------------------------------------ interactions

    async def interact(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        message: dict[str, Any] | None = None,
    ) -> Interaction:
        """Send INTERACTION_CREATE; kind 2 a command, 3 a component, 4 an autocomplete."""
        body: dict[str, Any] = {
            "id": str(w.snowflake()), "application_id": str(self.world.bot.id), "type": kind, "data": data,
            "token": secrets.token_urlsafe(64), "version": 1, "locale": user.locale, "entitlements": [],
            "channel": channel.json(), "channel_id": str(channel.id), "attachment_size_limit": 10_485_760,
            "app_permissions": str(self.world.permissions(channel, self.world.bot.id)),
            "authorizing_integration_owners": {}, "context": 0 if channel.guild_id else 1,
        }  # fmt: skip
        if message is not None:
            body["message"] = {k: v for k, v in message.items() if k not in ("allowed_mentions", "pings")}
        if channel.guild_id is not None:
            guild = self.world.guilds[channel.guild_id]
            rights = self.world.permissions(channel, user.id)
            body |= {
                "guild_id": str(guild.id), "guild_locale": "en-US",
                "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
                "member": self.world.member_json(guild, user.id) | {"permissions": str(rights)},
            }  # fmt: skip
        else:
            body["user"] = user.json()
        one = Interaction(int(body["id"]), body["token"], user.id, channel.id, body)
        if message is not None:
            body_message = message  # the callback changes the stored message, not a copy
            one.data = body | {"message": body_message}
        self.rest.interactions[one.token] = one
        await self.gateway.dispatch("INTERACTION_CREATE", body)
        return one

    def _command_data(self, path: str, options: list[dict[str, Any]], kind: int = 1) -> dict[str, Any]:
        name, *sub = [path] if kind != 1 else path.split()
        for command in self.rest.commands:
            if command["name"] == name and command["type"] == kind:
                break
        else:
            raise AssertionError(f"no such command: {name}")
        for depth, step in enumerate(reversed(sub)):
            options = [{"name": step, "type": 1 if depth == 0 else 2, "options": options}]
        return {"id": command["id"], "name": name, "type": kind, "options": options}

    async def slash(self, path: str, user: User, channel: Channel, **options: str) -> Interaction:
        """Someone uses ``/path``; settings of the server may let anyone, so rights are not checked."""
        given = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
        return await self.interact(2, user, channel, self._command_data(path, given))

    async def slash_with_file(
        self, path: str, user: User, channel: Channel, option: str, file: dict[str, Any]
    ) -> Interaction:
        """Someone uses ``/path`` with a file, given as an attachment's JSON."""
        data = self._command_data(path, [{"name": option, "type": 11, "value": file["id"]}])
        return await self.interact(2, user, channel, data | {"resolved": {"attachments": {file["id"]: file}}})

    async def type(self, path: str, user: User, channel: Channel, option: str, prefix: str) -> list[str]:
        """Someone types into an option: the values they are offered."""
        given = [{"name": option, "type": 3, "value": prefix, "focused": True}]
        one = await self.interact(4, user, channel, self._command_data(path, given))
        await self.until(lambda: one.callback is not None)
        assert one.callback is not None
        return [choice["value"] for choice in one.callback["data"]["choices"]]

    async def menu(self, name: str, user: User, channel: Channel, message: dict[str, Any]) -> Interaction:
        """Someone uses a message's context menu."""
        data = self._command_data(name, [], 3) | {
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: {k: v for k, v in message.items() if k != "pings"}}},
        }
        return await self.interact(2, user, channel, data)

    async def press(self, user: User, channel: Channel, message: dict[str, Any], label: str) -> Interaction:
        """Someone presses the button with that label."""
        for one in within(message["components"]):
            if one.get("label") == label:
                data = {"custom_id": one["custom_id"], "component_type": 2, "id": 1}
                return await self.interact(3, user, channel, data, message)
        raise AssertionError(f"no such button: {label}")

    async def choose(self, user: User, channel: Channel, message: dict[str, Any], label: str) -> Interaction:
        """Someone chooses from a list under a message."""
        for row in message["components"]:
            for one in row["components"]:
                for option in one.get("options") or []:
                    if option["label"] == label:
                        data = {
                            "custom_id": one["custom_id"],
                            "component_type": 3,
                            "values": [option["value"]],
                        }
                        return await self.interact(3, user, channel, data, message)
        raise AssertionError(f"no such choice: {label}")

    async def submit(self, asked: Interaction, user: User, channel: Channel, words: str) -> Interaction:
        """Someone fills in the window that answered their press."""
        await self.until(lambda: asked.callback is not None)
        assert asked.callback is not None
        assert asked.callback["type"] == 9
        window = asked.callback["data"]
        field = window["components"][0]["components"][0]
        data = {
            "custom_id": window["custom_id"],
            "components": [{"type": 1, "components": [
                {"type": 4, "custom_id": field["custom_id"], "value": words}]}],
        }  # fmt: skip
        return await self.interact(5, user, channel, data, asked.data["message"])

    async def answered(self, one: Interaction, replies: int = 1, within: float = 5.0) -> Interaction:
        """Wait until the bot's whole answer stands."""
        await self.until(lambda: len(one.replies) >= replies and not one.waiting, within)
        return one

    async def until(self, true: Any, within: float = 5.0) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(within):
            while not true():  # noqa: ASYNC110 - what is waited for tells no one
                await asyncio.sleep(0.005)

    async def react(
        self, user: User, channel: Channel, message: dict[str, Any], emoji: str, *, away: bool = False
    ) -> None:
        """Someone reacts to a message, or takes it back; heard by who asked for reactions."""
        assert message in self.world.messages[channel.id]
        event: dict[str, Any] = {
            "user_id": str(user.id), "channel_id": str(channel.id), "message_id": message["id"],
            "emoji": {"id": None, "name": emoji}, "type": 0, "burst": False,
        }  # fmt: skip
        if channel.guild_id is not None:
            event["guild_id"] = str(channel.guild_id)
        if not away:
            event |= {"message_author_id": message["author"]["id"], "burst_colors": []}
            if channel.guild_id is not None:
                guild = self.world.guilds[channel.guild_id]
                event["member"] = self.world.member_json(guild, user.id)
        needs = w.GUILD_REACTIONS if channel.guild_id is not None else w.DM_REACTIONS
        await self.gateway.dispatch(f"MESSAGE_REACTION_{'REMOVE' if away else 'ADD'}", event, needs)

    # ------------------------------------------------------------ what people write

    def write(self, user: User, channel: Channel, content: str, **more: Any) -> dict[str, Any]:
        """A person's own message in a channel."""
        message = self.rest._new(channel.id, {"content": content, **more}) | {"author": user.json()}
        message["attachments"] = more.get("attachments", [])
        self.rest.keep(channel, message)
        return message

    # ------------------------------------------------------------ moderators

    async def overwrite(self, channel: Channel, who: Role | User, allow: int = 0, deny: int = 0) -> None:
        """A channel's permission overwrite changes."""
        channel.overwrites[who.id] = (0 if isinstance(who, Role) else 1, allow, deny)
        await self.gateway.dispatch("CHANNEL_UPDATE", channel.json())

    async def set_role(self, guild: Guild, role: Role, permissions: int) -> None:
        role.permissions = permissions
        await self.gateway.dispatch("GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": role.json()})

    async def set_roles(self, guild: Guild, user: User, *roles: Role) -> None:
        guild.members[user.id] = {one.id for one in roles}
        data = self.world.member_json(guild, user.id) | {"guild_id": str(guild.id)}
        await self.gateway.dispatch("GUILD_MEMBER_UPDATE", data)

    async def delete_channel(self, channel: Channel) -> None:
        self.world.remove_channel(channel)
        if channel.is_thread:
            data = {k: channel.json()[k] for k in ("id", "guild_id", "parent_id", "type")}
            await self.gateway.dispatch("THREAD_DELETE", data)
        else:
            await self.gateway.dispatch("CHANNEL_DELETE", channel.json())

    async def kick(self, guild: Guild) -> None:
        """The bot is removed from a guild, which stays in ``guild`` for ``invite``."""
        del self.world.guilds[guild.id]
        for one in guild.channels.values():
            del self.world.channels[one.id]
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)})

    async def invite(self, guild: Guild) -> None:
        """The bot joins a guild, perhaps again. Only guilds known from before say ``unavailable``."""
        self.world.guilds[guild.id] = guild
        for one in guild.channels.values():
            self.world.channels[one.id] = one
            self.world.messages.setdefault(one.id, [])
        shown = self.world.guild_json(guild)
        del shown["unavailable"]
        await self.gateway.dispatch("GUILD_CREATE", shown)
