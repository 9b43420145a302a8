"""The guilds, channels, people and messages a fake Discord holds, and who may do what in them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

VIEW = 1 << 10
SEND = 1 << 11
MANAGE_CHANNELS = 1 << 4
GUILD_REACTIONS, DM_REACTIONS = 1 << 10, 1 << 13  # intents
ADMINISTRATOR = 1 << 3
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
HISTORY = 1 << 16
MANAGE_THREADS = 1 << 34
SEND_IN_THREADS = 1 << 38
ALL = (1 << 53) - 1

BOT_RIGHTS = (
    VIEW | SEND | EMBED_LINKS | ATTACH_FILES | HISTORY | MANAGE_MESSAGES | MANAGE_THREADS | SEND_IN_THREADS
)

TEXT, DM, NEWS, NEWS_THREAD, PUBLIC_THREAD, FORUM = 0, 1, 5, 10, 11, 15
THREADS = (NEWS_THREAD, PUBLIC_THREAD, 12)

_EPOCH_MS = 1_420_070_400_000
_counter = itertools.count()


def snowflake() -> int:
    """A new id: milliseconds since 2015 and a counter, as Discord's are."""
    count = next(_counter)
    return ((int(time.time() * 1000) - _EPOCH_MS) << 22) | (count & 0x3FFFFF)


def iso(moment: datetime | None = None) -> str:
    return (moment or datetime.now(UTC)).isoformat()


@dataclass
class Role:
    id: int
    name: str
    permissions: int
    position: int = 1

    def json(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "name": self.name, "permissions": str(self.permissions),
            "position": self.position, "color": 0, "hoist": False, "managed": False, "mentionable": False,
            "flags": 0, "icon": None, "unicode_emoji": None,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        }  # fmt: skip


@dataclass
class User:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"  # of the client

    def json(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "username": self.name, "global_name": self.name, "discriminator": "0",
            "avatar": None, "bot": self.bot, "public_flags": 0,
        }  # fmt: skip


@dataclass
class Channel:
    id: int
    guild_id: int | None
    name: str
    type: int = TEXT
    parent_id: int | None = None
    owner_id: int | None = None
    recipient: User | None = None
    archived: bool = False
    locked: bool = False
    tags: list[dict[str, Any]] = field(default_factory=list)
    require_tag: bool = False
    overwrites: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # id -> kind, allow, deny
    last_message_id: int | None = None
    applied_tags: list[str] = field(default_factory=list)

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    def json(self) -> dict[str, Any]:
        base: dict[str, Any] = {
            "id": str(self.id), "type": self.type, "name": self.name, "flags": 16 if self.require_tag else 0,
            "last_message_id": str(self.last_message_id) if self.last_message_id else None,
        }  # fmt: skip
        if self.type == DM:
            assert self.recipient is not None
            return base | {"recipients": [self.recipient.json()]}
        base["guild_id"] = str(self.guild_id)
        base["parent_id"] = str(self.parent_id) if self.parent_id else None
        if self.is_thread:
            return base | {
                "owner_id": str(self.owner_id), "message_count": 0, "member_count": 1, "total_message_sent": 0,
                "rate_limit_per_user": 0, "applied_tags": self.applied_tags,
                "thread_metadata": {
                    "archived": self.archived, "locked": self.locked, "auto_archive_duration": 4320,
                    "archive_timestamp": iso(), "create_timestamp": iso(), "invitable": True,
                },
            }  # fmt: skip
        return base | {
            "position": 0, "nsfw": False, "topic": None, "rate_limit_per_user": 0,
            "permission_overwrites": [
                {"id": str(who), "type": kind, "allow": str(allow), "deny": str(deny)}
                for who, (kind, allow, deny) in self.overwrites.items()
            ],
            "available_tags": self.tags, "default_reaction_emoji": None, "default_sort_order": None,
            "default_forum_layout": 0, "default_auto_archive_duration": 4320,
            "default_thread_rate_limit_per_user": 0,
        }  # fmt: skip


@dataclass
class Guild:
    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)  # user id -> role ids
    channels: dict[int, Channel] = field(default_factory=dict)
    system_channel: int | None = None


class World:
    """Everything that exists. All methods are plain bookkeeping: the server around it does the talking."""

    def __init__(self, token: str = "token") -> None:
        self.token = token
        self.bot = User(snowflake(), "newsdesk", bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, list[dict[str, Any]]] = {}

    def add_user(self, name: str) -> User:
        user = User(snowflake(), name)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str = "Guild", *, bot_rights: int = BOT_RIGHTS) -> Guild:
        guild = Guild(snowflake(), name, self.add_user(f"owner of {name}"))
        guild.roles[guild.id] = Role(guild.id, "@everyone", VIEW | SEND | HISTORY, 0)
        bot_role = Role(snowflake(), "newsdesk", bot_rights)
        guild.roles[bot_role.id] = bot_role
        guild.members = {guild.owner.id: set(), self.bot.id: {bot_role.id}}
        self.guilds[guild.id] = guild
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int) -> Role:
        role = Role(snowflake(), name, permissions)
        guild.roles[role.id] = role
        return role

    def add_member(self, guild: Guild, name: str, *roles: Role) -> User:
        user = self.add_user(name)
        guild.members[user.id] = {role.id for role in roles}
        return user

    def add_channel(self, guild: Guild, name: str, type: int = TEXT, **more: Any) -> Channel:
        channel = Channel(snowflake(), guild.id, name, type, **more)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        self.messages[channel.id] = []
        return channel

    def add_dm(self, user: User) -> Channel:
        channel = Channel(snowflake(), None, user.name, DM, recipient=user)
        self.channels[channel.id] = channel
        self.messages[channel.id] = []
        return channel

    def remove_channel(self, channel: Channel) -> None:
        del self.channels[channel.id]
        if channel.guild_id is not None:
            del self.guilds[channel.guild_id].channels[channel.id]

    def permissions(self, channel: Channel, user_id: int) -> int:
        """What Discord computes: roles together, then overwrites for everyone, roles and the member."""
        if channel.guild_id is None:
            return VIEW | SEND | EMBED_LINKS | HISTORY
        guild = self.guilds.get(channel.guild_id)
        if guild is None or user_id not in guild.members:
            return 0
        if guild.owner.id == user_id:
            return ALL
        mine = guild.members[user_id]
        value = guild.roles[guild.id].permissions
        for role_id in mine:
            value |= guild.roles[role_id].permissions
        if value & ADMINISTRATOR:
            return ALL
        rules = channel if not channel.is_thread else self.channels.get(channel.parent_id or 0, channel)
        _, allow, deny = rules.overwrites.get(guild.id, (0, 0, 0))
        value = (value & ~deny) | allow
        allow = deny = 0
        for role_id in mine:
            _, more_allow, more_deny = rules.overwrites.get(role_id, (0, 0, 0))
            allow, deny = allow | more_allow, deny | more_deny
        value = (value & ~deny) | allow
        _, allow, deny = rules.overwrites.get(user_id, (1, 0, 0))
        value = (value & ~deny) | allow
        return value if value & VIEW else 0

    def member_json(self, guild: Guild, user_id: int) -> dict[str, Any]:
        return {
            "user": self.users[user_id].json(), "roles": [str(one) for one in guild.members[user_id]],
            "nick": None, "avatar": None, "joined_at": iso(), "deaf": False, "mute": False, "flags": 0,
            "premium_since": None, "communication_disabled_until": None, "pending": False, "banner": None,
        }  # fmt: skip

    def guild_json(self, guild: Guild) -> dict[str, Any]:
        """What GUILD_CREATE carries, with every array; members: the bot alone, as without that intent."""
        channels = [one for one in guild.channels.values() if not one.is_thread]
        threads = [one for one in guild.channels.values() if one.is_thread and not one.archived]
        return {
            "id": str(guild.id), "name": guild.name, "owner_id": str(guild.owner.id), "icon": None,
            "splash": None, "discovery_splash": None, "banner": None, "description": None,
            "afk_channel_id": None, "afk_timeout": 300, "verification_level": 0, "nsfw_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "application_id": None, "system_channel_flags": 0, "rules_channel_id": None,
            "system_channel_id": str(guild.system_channel) if guild.system_channel else None,
            "public_updates_channel_id": None, "safety_alerts_channel_id": None, "vanity_url_code": None,
            "premium_tier": 0, "premium_subscription_count": 0, "premium_progress_bar_enabled": False,
            "preferred_locale": "en-US", "features": ["COMMUNITY", "NEWS"], "large": False,
            "unavailable": False, "joined_at": iso(), "member_count": len(guild.members),
            "roles": [one.json() for one in guild.roles.values()], "emojis": [], "stickers": [],
            "channels": [one.json() for one in channels], "threads": [one.json() for one in threads],
            "members": [self.member_json(guild, self.bot.id)], "presences": [], "voice_states": [],
            "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
            "incidents_data": None, "max_members": 500000, "max_video_channel_users": 25,
        }  # fmt: skip
