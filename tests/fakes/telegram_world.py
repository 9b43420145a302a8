"""Who and what exists in the pretended Telegram: people, chats, messages, and what happens to them."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fakes.strict_telegram import Refusal, utf16

Json = dict[str, Any]
IN = {"creator", "administrator", "member", "restricted"}


@dataclass
class Place:
    """A chat as the server knows it; ``members`` are ``getChatMember`` answers without the user."""

    id: int
    type: str
    title: str = ""
    username: str | None = None
    members: dict[int, Json] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)  # id -> "open" or "closed"
    permissions: Json = field(default_factory=lambda: {"can_send_messages": True})
    silent_about_voice: bool = False  # a person who takes no voice messages
    linked: int | None = None
    protected: bool = False
    deleted: bool = False
    migrated_to: int | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    last_id: int = 0

    def json(self) -> Json:
        shown: Json = {"id": self.id, "type": self.type}
        if self.type == "private":
            shown["first_name"] = self.title
        else:
            shown["title"] = self.title
        if self.username:
            shown["username"] = self.username
        if self.topics:
            shown["is_forum"] = True
        return shown


class World:
    """All state. Methods that a person's action stands behind put the update in the bot's queue."""

    def __init__(self, bot_id: int = 4242, bot_name: str = "newsdesk_bot") -> None:
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": "Newsdesk", "username": bot_name}
        self.users: dict[int, Json] = {bot_id: self.bot}
        self.places: dict[int, Place] = {}
        self.files: dict[str, bytes] = {}
        self.updates: list[Json] = []
        self.news = asyncio.Event()
        self._update_ids = count(1000)
        self.numbered_anew = (
            False  # an offset that is above all that waits is of old numbers, and passed over
        )
        self._box_id = 0  # private chats and basic groups share one row of message ids

    # ------------------------------------------------------------ people and chats

    def add_user(self, id: int, name: str = "Ann", language: str | None = None) -> Json:
        self.users[id] = {"id": id, "is_bot": False, "first_name": name}
        if language:
            self.users[id]["language_code"] = language
        return self.users[id]

    def add_private(self, user: int) -> Place:
        if user not in self.users:
            self.add_user(user)
        place = Place(user, "private", self.users[user]["first_name"])
        place.members = {user: {"status": "member"}, self.bot["id"]: {"status": "member"}}
        return self._add(place)

    def add_group(
        self,
        id: int,
        title: str = "Group",
        *,
        admins: tuple[int, ...] = (),
        members: tuple[int, ...] = (),
        **more: Any,
    ) -> Place:
        """A supergroup where the id starts with -100, else a basic group; the bot is a member."""
        kind = "supergroup" if str(id).startswith("-100") else "group"
        return self._peopled(Place(id, kind, title, **more), admins, members, {"status": "member"})

    def add_channel(
        self, id: int, title: str = "Channel", *, admins: tuple[int, ...] = (), **more: Any
    ) -> Place:
        """A channel the bot may post in."""
        rights = {"status": "administrator", "can_post_messages": True}
        return self._peopled(Place(id, "channel", title, **more), admins, (), rights)

    def _peopled(self, place: Place, admins: tuple[int, ...], members: tuple[int, ...], bot: Json) -> Place:
        for user in (*admins, *members):
            if user not in self.users:
                self.add_user(user)
            place.members[user] = {"status": "administrator" if user in admins else "member"}
        place.members[self.bot["id"]] = bot
        return self._add(place)

    def _add(self, place: Place) -> Place:
        self.places[place.id] = place
        return place

    def place(self, chat_id: str | int) -> Place:
        for place in self.places.values():
            if str(place.id) == str(chat_id) or (
                place.username and f"@{place.username}".lower() == str(chat_id).lower()
            ):
                return place
        raise Refusal(400, "Bad Request: chat not found")

    # ------------------------------------------------------------ messages

    def next_id(self, place: Place) -> int:
        if place.type in ("supergroup", "channel"):
            place.last_id += 1
            return place.last_id
        self._box_id += 1
        return self._box_id

    def add_message(self, place: Place, **fields: Any) -> Json:
        message = {
            "message_id": self.next_id(place),
            "date": int(time.time()),
            "chat": place.json(),
            **fields,
        }
        place.messages[message["message_id"]] = message
        return message

    def say(
        self,
        user: int,
        chat: int,
        text: str = "",
        *,
        reply_to: int | None = None,
        thread: int | None = None,
        anonymous: bool = False,
        as_channel: int | None = None,
        links: dict[str, str] | None = None,
        document: tuple[str, bytes, str] | None = None,
        forwarded: bool = False,
        automatic: bool = False,
        via: str = "",
        quoted: str = "",
    ) -> Json:
        """A person writes in a chat. ``links`` maps words of the text to addresses hidden behind them.
        ``via``: the bot whose offer the person sent; ``quoted``: the kind of mark that is over the text."""
        place = self.place(chat)
        fields: Json = {"from": self.users[user]}
        if anonymous:
            fields |= {"from": _stand_in(1087968824, "GroupAnonymousBot"), "sender_chat": place.json()}
        if as_channel:
            fields |= {
                "from": _stand_in(136817688, "Channel_Bot"),
                "sender_chat": self.place(as_channel).json(),
            }
        if automatic:
            fields["is_automatic_forward"] = True
        if via:
            fields["via_bot"] = _stand_in(777, via) | {"username": via}
        if thread:
            fields |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to:
            fields["reply_to_message"] = place.messages[reply_to]
        if forwarded:
            fields["forward_origin"] = {"type": "hidden_user", "date": 1, "sender_user_name": "Someone"}
        if document:
            name, data, kind = document
            file_id = f"file{len(self.files)}"
            self.files[file_id] = data
            fields["document"] = {
                "file_id": file_id, "file_unique_id": file_id, "file_name": name, "mime_type": kind, "file_size": len(data),
            }  # fmt: skip
        if text:
            fields |= {"caption": text} if document else {"text": text}
            marks = [{"type": quoted, "offset": 0, "length": len(text)}] if quoted else []
            fields["caption_entities" if document else "entities"] = marks + found_entities(text, links or {})
        message = self.add_message(place, **fields)
        self.update("channel_post" if place.type == "channel" else "message", message)
        return message

    def post(self, chat: int, text: str) -> Json:
        """Someone posts in a channel: it is the channel that speaks."""
        place = self.place(chat)
        message = self.add_message(
            place,
            text=text,
            entities=found_entities(text, {}),
            sender_chat=place.json(),
            author_signature="Editor",
        )
        self.update("channel_post", message)
        return message

    def press(
        self, user: int, chat: int, message_id: int, label: str | None = None, data: str | None = None
    ) -> Json:
        """A person presses the button with that label (or forges its data)."""
        message = self.place(chat).messages[message_id]
        if data is None:
            rows = message["reply_markup"]["inline_keyboard"]
            data = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
        query = {
            "id": str(next(self._update_ids)), "from": self.users[user], "message": message,
            "chat_instance": "1", "data": data,
        }  # fmt: skip
        self.update("callback_query", query)
        return query

    def react(self, user: int, chat: int, message_id: int, *emojis: str, old: tuple[str, ...] = ()) -> None:
        """A person's reactions to a message change; only an administrator bot hears of them."""
        place = self.place(chat)
        assert message_id in place.messages
        if place.type != "private" and place.members[self.bot["id"]]["status"] != "administrator":
            return
        before, now = ([{"type": "emoji", "emoji": one} for one in ones] for ones in (old, emojis))
        self.update(
            "message_reaction",
            {
                "chat": place.json(), "message_id": message_id, "user": self.users[user],
                "date": int(time.time()), "old_reaction": before, "new_reaction": now,
            },
        )  # fmt: skip

    # ------------------------------------------------------------ what happens to a chat

    def set_member(self, chat: int, user: int, status: str, **rights: Any) -> None:
        """A person's standing changes; the bot hears of its own."""
        place = self.place(chat)
        old = place.members.get(user, {"status": "left"})
        place.members[user] = {"status": status, **rights}
        if user == self.bot["id"]:
            actor = next((u for u in place.members if u != user), user)
            self.update(
                "my_chat_member",
                {
                    "chat": place.json(), "from": self.users[actor], "date": int(time.time()),
                    "old_chat_member": self.member(old, user), "new_chat_member": self.member(place.members[user], user),
                },
            )  # fmt: skip

    def member(self, standing: Json, user: int) -> Json:
        """A ChatMember with every field its kind has."""
        status = standing["status"]
        shown = {"user": self.users[user], "status": status}
        if status == "creator":
            shown["is_anonymous"] = False
        elif status == "administrator":
            shown |= {"can_be_edited": False, **dict.fromkeys(_ADMIN_RIGHTS, False)}
        elif status == "restricted":
            shown |= {"is_member": True, "until_date": 0, **dict.fromkeys(_MEMBER_RIGHTS, False)}
        elif status == "kicked":
            shown["until_date"] = 0
        return shown | {key: value for key, value in standing.items() if key != "status"}

    def migrate(self, chat: int, new_id: int) -> Place:
        """A basic group becomes a supergroup."""
        old = self.place(chat)
        new = Place(new_id, "supergroup", old.title, members=dict(old.members))
        self._add(new)
        old.migrated_to = new_id
        self.update("message", self.add_message(old, migrate_to_chat_id=new_id))
        self.update("message", self.add_message(new, migrate_from_chat_id=old.id))
        return new

    def set_topic(self, chat: int, thread: int, state: str) -> None:
        """A topic is opened, closed or reopened."""
        place = self.place(chat)
        known = thread in place.topics
        place.topics[thread] = state
        if known:
            event = "forum_topic_closed" if state == "closed" else "forum_topic_reopened"
            topic = {"message_thread_id": thread, "is_topic_message": True, event: {}}
            self.update("message", self.add_message(place, **{"from": self.bot}, **topic))

    def delete_message(self, chat: int, message_id: int) -> None:
        self.place(chat).messages.pop(message_id, None)

    def update(self, kind: str, value: Json) -> None:
        self.updates.append({"update_id": next(self._update_ids), kind: value})
        self.news.set()


_ADMIN_RIGHTS = (
    "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories",
)  # fmt: skip
_MEMBER_RIGHTS = (
    "can_change_info", "can_invite_users", "can_pin_messages", "can_send_messages", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_manage_topics", "can_send_audios",
    "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes",
    "can_edit_tag", "can_react_to_messages",
)  # fmt: skip


def _stand_in(id: int, name: str) -> Json:
    return {"id": id, "is_bot": True, "first_name": "Group", "username": name}


def found_entities(text: str, links: dict[str, str]) -> list[Json]:
    """The entities Telegram finds in a person's text, and the links hidden behind ``links``' words."""
    found = []
    for kind, pattern in (
        ("bot_command", r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?"),
        ("url", r"https?://\S+"),
        ("mention", r"(?<!\w)@\w{2,32}"),
    ):
        for match in re.finditer(pattern, text):
            found.append(
                {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match.group())}
            )
    for words, url in links.items():
        found.append(
            {
                "type": "text_link",
                "offset": utf16(text[: text.index(words)]),
                "length": utf16(words),
                "url": url,
            }
        )
    return found
