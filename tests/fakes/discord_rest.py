"""The REST half of the fake Discord: messages, threads, commands, interactions and their limits."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiohttp import web

from tests.fakes import discord_limits as limits
from tests.fakes import discord_world as w
from tests.fakes.discord_world import Channel, World


class Refusal(Exception):
    """An error answer with Discord's own code."""

    def __init__(self, status: int, code: int, message: str, errors: limits.Errors = ()) -> None:  # type: ignore[assignment]
        super().__init__(message)
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.errors:
            nested: dict[str, Any] = {}
            for path, code, message in self.errors:
                here = nested
                for step in [one for one in re.split(r"[.\[\]]+", path) if one]:
                    here = here.setdefault(step, {})
                here.setdefault("_errors", []).append({"code": code, "message": message})
            body["errors"] = nested
        return body


def unknown(what: str, code: int) -> Refusal:
    return Refusal(404, code, f"Unknown {what}")


def invalid(errors: limits.Errors) -> Refusal:
    return Refusal(400, 50035, "Invalid Form Body", errors)


@dataclass
class Interaction:
    """One interaction and everything the bot answered to it."""

    id: int
    token: str
    user_id: int
    channel_id: int | None
    data: dict[str, Any]
    started: float = field(default_factory=time.monotonic)
    callback: dict[str, Any] | None = None
    after: float | None = None  # seconds from the interaction to its callback
    late: bool = False
    waiting: bool = False  # deferred, and the "thinking" message stands
    original: dict[str, Any] | None = None
    followups: list[dict[str, Any]] = field(default_factory=list)

    @property
    def replies(self) -> list[dict[str, Any]]:
        """What the person sees, in order."""
        return ([self.original] if self.original else []) + self.followups

    @property
    def text(self) -> str:
        return "\n".join(one["content"] for one in self.replies)


class Rest:
    """The answers. Every accepted message is in ``accepted``, in order; edits are in ``edits``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accepted: list[dict[str, Any]] = []
        self.edits: list[dict[str, Any]] = []
        self.deduplicated = 0
        self.commands: list[dict[str, Any]] = []
        self.interactions: dict[str, Interaction] = {}
        self.show_nonce = True  # whether messages read later still say their nonce
        self.allowance = 3.0  # seconds to answer an interaction
        self.typing: list[int] = []
        self.published: list[int] = []
        self.pings: list[str] = []
        self.sent_files: dict[str, bytes] = {}  # what the bot attached, by name
        self._nonces: dict[tuple[int, str], tuple[float, dict[str, Any]]] = {}

    # ------------------------------------------------------------ checks

    def channel(self, raw: str, needs: int = w.VIEW) -> Channel:
        channel = self.world.channels.get(int(raw))
        if channel is None:
            raise unknown("Channel", 10003)
        have = self.world.permissions(channel, self.world.bot.id)
        if not have & w.VIEW:
            raise Refusal(403, 50001, "Missing Access")
        if needs & ~have:
            raise Refusal(403, 50013, "Missing Permissions")
        return channel

    def message(self, channel: Channel, raw: str) -> dict[str, Any]:
        for one in self.world.messages[channel.id]:
            if one["id"] == raw:
                return one
        raise unknown("Message", 10008)

    def _check(self, payload: dict[str, Any], *, edit: bool = False) -> None:
        errors = limits.message_errors(payload)
        if errors:
            raise invalid(errors)
        if not edit and limits.is_empty(payload):
            raise Refusal(400, 50006, "Cannot send an empty message")

    # ------------------------------------------------------------ messages

    def _new(self, channel_id: int, payload: dict[str, Any]) -> dict[str, Any]:
        message = {
            "id": str(w.snowflake()), "type": 19 if payload.get("message_reference") else 0,
            "channel_id": str(channel_id), "author": self.world.bot.json(), "timestamp": w.iso(),
            "content": (payload.get("content") or "").strip(), "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [one | {"type": "rich"} for one in payload.get("embeds") or []],
            "components": payload.get("components") or [], "flags": payload.get("flags") or 0,
            "pinned": False, "allowed_mentions": payload.get("allowed_mentions"),
        }  # fmt: skip
        for number, file in enumerate(payload.get("attachments") or []):
            if "content" not in file:  # a person's own
                continue
            self.sent_files[file["filename"]] = file["content"]
            message["attachments"].append({
                "id": str(number), "filename": file["filename"], "size": len(file["content"]),
                "url": "https://cdn.example/x", "proxy_url": "https://cdn.example/x",
            })  # fmt: skip
        if payload.get("message_reference"):
            message["message_reference"] = payload["message_reference"]
        if payload.get("nonce") is not None:
            message["nonce"] = str(payload["nonce"])
        message["pings"] = self._pings(message, payload.get("allowed_mentions"))
        self.pings += message["pings"]
        return message

    def _pings(self, message: dict[str, Any], allowed: dict[str, Any] | None) -> list[str]:
        return limits.pings(f"{message['content']}\n{limits.said(message['components'])}", allowed)

    def _public(self, message: dict[str, Any], *, created: bool = False) -> dict[str, Any]:
        shown = {k: v for k, v in message.items() if k not in ("allowed_mentions", "pings")}
        if not created and not self.show_nonce:
            shown.pop("nonce", None)
        return shown

    def create(self, channel_raw: str, payload: dict[str, Any]) -> dict[str, Any]:
        channel = self.channel(channel_raw)
        if channel.type == w.FORUM:
            raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
        if channel.archived:
            raise Refusal(400, 50083, "Thread is archived")
        self.channel(channel_raw, w.SEND_IN_THREADS if channel.is_thread else w.SEND)
        if payload.get("embeds"):
            self.channel(channel_raw, w.EMBED_LINKS)
        if payload.get("attachments"):
            self.channel(channel_raw, w.ATTACH_FILES)
        self._check(payload)
        key = (channel.id, str(payload.get("nonce")))
        if payload.get("enforce_nonce") and payload.get("nonce") is not None:
            before = self._nonces.get(key)
            if before is not None and time.monotonic() - before[0] < 300:
                self.deduplicated += 1
                return self._public(before[1], created=True)
        reference = payload.get("message_reference")
        if reference and reference.get("fail_if_not_exists", True):
            self.message(channel, str(reference["message_id"]))
        message = self._new(channel.id, payload)
        self.keep(channel, message)
        if payload.get("nonce") is not None:
            self._nonces[key] = (time.monotonic(), message)
        return self._public(message, created=True)

    def keep(self, channel: Channel, message: dict[str, Any]) -> None:
        self.world.messages[channel.id].append(message)
        channel.last_message_id = int(message["id"])
        if message["author"]["id"] == str(self.world.bot.id):
            self.accepted.append(message)

    def edit(self, channel_raw: str, message_raw: str, payload: dict[str, Any]) -> dict[str, Any]:
        channel = self.channel(channel_raw)
        message = self.message(channel, message_raw)
        if message["author"]["id"] != str(self.world.bot.id):
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        if channel.archived:
            raise Refusal(400, 50083, "Thread is archived")
        self._apply(message, payload)
        self.edits.append(message)
        return self._public(message)

    def _apply(self, message: dict[str, Any], payload: dict[str, Any]) -> None:
        if message["flags"] & limits.LAYOUT:  # it stays a message of components, whatever the edit says
            payload = payload | {"flags": (payload.get("flags") or 0) | limits.LAYOUT}
            payload.setdefault("components", message["components"])
        elif (payload.get("flags") or 0) & limits.LAYOUT:
            left = [name for name in ("content", "embeds") if message[name] and name not in payload]
            if left:
                raise invalid(
                    [(left[0], "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Still set.")]
                )
        self._check(payload, edit=True)
        if limits.is_empty({**message, **payload}):
            raise Refusal(400, 50006, "Cannot send an empty message")
        for name in ("content", "embeds", "components", "flags"):
            if name in payload:
                message[name] = (
                    payload[name] if payload[name] is not None else ("" if name == "content" else [])
                )
        message["edited_timestamp"] = w.iso()
        allowed = message["allowed_mentions"] = payload.get("allowed_mentions")
        message["pings"] = self._pings(message, allowed)
        self.pings += message["pings"]

    def history(self, channel_raw: str, query: dict[str, str]) -> list[dict[str, Any]]:
        channel = self.channel(channel_raw, w.HISTORY)
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid([("limit", "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.")])
        messages = self.world.messages[channel.id]
        if "after" in query:
            messages = [m for m in messages if int(m["id"]) > int(query["after"])][:limit]
        elif "before" in query:
            messages = [m for m in messages if int(m["id"]) < int(query["before"])][-limit:]
        elif "around" in query:
            near = sorted(messages, key=lambda m: abs(int(m["id"]) - int(query["around"])))[:limit]
            messages = [m for m in messages if m in near]
        else:
            messages = messages[-limit:]
        return [self._public(m) for m in reversed(messages)]

    def publish(self, channel_raw: str, message_raw: str) -> dict[str, Any]:
        channel = self.channel(channel_raw, w.SEND)
        message = self.message(channel, message_raw)
        if channel.type != w.NEWS:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        if message["flags"] & 1:
            raise Refusal(400, 40033, "This message has already been crossposted")
        message["flags"] |= 1
        self.published.append(int(message_raw))
        return self._public(message)

    # ------------------------------------------------------------ threads

    def start_thread(self, channel_raw: str, payload: dict[str, Any]) -> dict[str, Any]:
        parent = self.channel(channel_raw, w.SEND)
        name = payload.get("name")
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= limits.THREAD_NAME:
            raise invalid([("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")])
        if parent.type != w.FORUM or "message" not in payload:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        tags = [str(one) for one in payload.get("applied_tags") or []]
        if len(tags) > 5 or set(tags) - {one["id"] for one in parent.tags}:
            raise Refusal(400, 10087, "Unknown tag")
        if parent.require_tag and not tags:
            raise Refusal(400, 40067, "A tag is required to create a forum post in this channel")
        starter = payload["message"]
        if starter.get("embeds"):
            self.channel(channel_raw, w.EMBED_LINKS)
        self._check(starter)
        guild = self.world.guilds[parent.guild_id or 0]
        thread = self.world.add_channel(
            guild,
            name.strip(),
            w.PUBLIC_THREAD,
            parent_id=parent.id,
            owner_id=self.world.bot.id,
            applied_tags=tags,
        )
        message = self._new(thread.id, starter) | {"id": str(thread.id)}
        self.keep(thread, message)
        return thread.json() | {"message": self._public(message, created=True)}

    def change_channel(self, channel_raw: str, payload: dict[str, Any]) -> dict[str, Any]:
        channel = self.channel(channel_raw)
        if not channel.is_thread:
            self.channel(channel_raw, w.MANAGE_CHANNELS)
        elif channel.locked:
            self.channel(channel_raw, w.MANAGE_THREADS)
        channel.archived = payload.get("archived", channel.archived)
        return channel.json()

    def active_threads(self, guild_raw: str) -> dict[str, Any]:
        guild = self.world.guilds.get(int(guild_raw))
        if guild is None:
            raise Refusal(403, 50001, "Missing Access")
        threads = [one for one in guild.channels.values() if one.is_thread and not one.archived]
        return {"threads": [one.json() for one in threads], "members": [], "has_more": False}

    def member(self, guild_raw: str, user_raw: str) -> dict[str, Any]:
        guild = self.world.guilds.get(int(guild_raw))
        if guild is None:
            raise unknown("Guild", 10004)
        if int(user_raw) not in guild.members:
            raise unknown("Member", 10007)
        return self.world.member_json(guild, int(user_raw))

    # ------------------------------------------------------------ commands and interactions

    def put_commands(self, payload: Any) -> list[dict[str, Any]]:
        errors = limits.commands_errors(payload)
        if errors:
            raise invalid(errors)
        self.commands = [
            {"default_member_permissions": None, "description": "", "options": [], "type": 1, "nsfw": False}
            | one
            | {
                "id": str(w.snowflake()),
                "application_id": str(self.world.bot.id),
                "version": str(w.snowflake()),
            }
            for one in payload
        ]
        for one in self.commands:
            if one["default_member_permissions"] is not None:
                one["default_member_permissions"] = str(one["default_member_permissions"])
        return self.commands

    def callback(self, id_raw: str, token: str, payload: dict[str, Any]) -> Interaction:
        one = self.interactions.get(token)
        if one is None or str(one.id) != id_raw:
            raise unknown("interaction", 10062)
        elapsed = time.monotonic() - one.started
        if elapsed > self.allowance:
            one.late = True
            raise unknown("interaction", 10062)
        if one.callback is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        kind, data = payload.get("type"), payload.get("data") or {}
        component = one.data["type"] == 3 or (one.data["type"] == 5 and "message" in one.data)
        if kind not in (4, 5, 6, 7, 8, 9) or (kind in (6, 7) and not component):
            raise invalid([("type", "INTERACTION_CALLBACK_TYPE_INVALID", "Not valid for this interaction.")])
        if (kind == 8) != (one.data["type"] == 4):
            raise invalid([("type", "INTERACTION_CALLBACK_TYPE_INVALID", "Not valid for this interaction.")])
        if kind in (4, 7):
            self._check(data, edit=kind == 7)
        if kind == 9:
            errors = limits.modal_errors(data)
            if errors or one.data["type"] == 5:
                raise invalid(errors or [("type", "INTERACTION_CALLBACK_TYPE_INVALID", "Not after a modal.")])
        if kind == 8:
            errors = limits.autocomplete_errors(data)
            if errors:
                raise invalid(errors)
        one.callback, one.after = payload, elapsed
        if kind == 4:
            one.original = self._new(one.channel_id or 0, data)
        elif kind == 5:
            one.waiting = True
        elif kind == 6:
            one.original = one.data["message"]
        elif kind == 7:
            one.original = one.data["message"]
            self._apply(one.original, data)
        return one

    def follow_up(self, token: str, payload: dict[str, Any]) -> dict[str, Any]:
        one = self._answered(token)
        self._check(payload)
        message = self._new(one.channel_id or 0, payload)
        if one.waiting:
            # The first follow-up takes the place of the "thinking" message, and its visibility.
            one.waiting = False
            assert one.callback is not None
            message["flags"] = ((one.callback.get("data") or {}).get("flags") or 0) & 64
            one.original = message
        else:
            one.followups.append(message)
        return self._public(message)

    def _answered(self, token: str) -> Interaction:
        one = self.interactions.get(token)
        if one is None or one.callback is None or time.monotonic() - one.started > 900:
            raise unknown("Webhook", 10015)
        return one

    def edit_reply(self, token: str, message_raw: str, payload: dict[str, Any]) -> dict[str, Any]:
        one = self._answered(token)
        if message_raw == "@original" and one.waiting:
            return self.follow_up(token, payload)
        message = self._reply(one, message_raw)
        self._apply(message, payload)
        return self._public(message)

    def delete_reply(self, token: str, message_raw: str) -> None:
        one = self._answered(token)
        if message_raw == "@original" and one.waiting:
            one.waiting = False
            return
        message = self._reply(one, message_raw)
        if message is one.original:
            one.original = None
        else:
            one.followups.remove(message)

    def _reply(self, one: Interaction, message_raw: str) -> dict[str, Any]:
        for message in one.replies:
            if message["id"] == message_raw or (message_raw == "@original" and message is one.original):
                return message
        raise unknown("Message", 10008)


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with a content type of exactly ``application/json``, as Discord's."""
    return web.Response(
        body=json.dumps(data).encode(), status=status,
        headers={"Content-Type": "application/json", "Via": "1.1 google", **(headers or {})},
    )  # fmt: skip


async def payload(request: web.Request) -> dict[str, Any]:
    """What a message is made of: JSON, or a form with ``payload_json`` and the files beside it."""
    if not request.content_type.startswith("multipart/"):
        given: dict[str, Any] = await request.json()
        return given
    header = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    form = message_from_bytes(header + await request.read(), policy=policy.HTTP)
    fields = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
    made: dict[str, Any] = json.loads(fields.pop("payload_json").get_content())
    listed = made.get("attachments") or []
    if {f"files[{one['id']}]" for one in listed} != set(fields) or len(fields) > 10:
        raise invalid([("attachments", "ATTACHMENTS_INVALID", "Every file needs its attachment.")])
    for one in listed:
        one["content"] = fields[f"files[{one['id']}]"].get_payload(decode=True)
    return made
