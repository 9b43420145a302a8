"""The Bot API's methods, with the real server's checks and its words for a refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from tests.fakes import telegram_rich as rich
from tests.fakes.strict_telegram import CAPTION_LIMIT, Accepted, Refusal, accept, check_url, pings
from tests.fakes.telegram_faults import Flood
from tests.fakes.telegram_world import IN, Json, Place, World


class Methods:
    """``accepted`` is every message a person could have seen, edits too, in order."""

    def __init__(self, world: World, flood: Flood, note: Callable[[Json], None]) -> None:
        self.world = world
        self.flood = flood
        self.accepted: list[Json] = []
        self.webhook: Json = {"url": ""}
        self.menus: list[list[Json]] = []
        self.answers: list[Json] = []  # to presses
        self.actions: list[Json] = []  # typing …
        self.documents: dict[str, bytes] = {}  # files the bot sent, by name
        self.voices: list[bytes] = []  # voice messages it sent
        self.deleted: list[tuple[int, int]] = []
        self.unknown: set[str] = set()  # methods that this server is too old for
        self._note = note

    def call(self, method: str, params: Json) -> Any:
        handler = getattr(self, "do_" + method, None)
        if handler is None or method in self.unknown:
            raise Refusal(404, "Not Found: method not found")
        return handler(params)

    # ------------------------------------------------------------ sending

    def do_sendMessage(self, p: Json) -> Json:
        place = self._writable(p)
        kept = accept(p.get("text", ""), p.get("entities"), parse_mode=p.get("parse_mode"))
        _check_preview(p.get("link_preview_options"))
        self.flood.check(place.id, place.type)
        return self._sent("sendMessage", p, place, kept, text=kept.text, entities=kept.entities)

    def do_sendRichMessage(self, p: Json) -> Json:
        place = self._writable(p)
        shown = rich.read(p.get("rich_message"))
        self.flood.check(place.id, place.type)
        return self._sent("sendRichMessage", p, place, _kept(p, shown), rich_message=shown)

    def do_sendPhoto(self, p: Json) -> Json:
        place = self._writable(p)
        photo = p.get("photo")
        kept = accept(
            p.get("caption", ""), p.get("caption_entities"), parse_mode=p.get("parse_mode"),
            limit=CAPTION_LIMIT, empty=None,
        )  # fmt: skip
        if not isinstance(photo, str) or not photo.startswith("http") or "not-an-image" in photo:
            raise Refusal(400, "Bad Request: wrong type of the web page content")
        self.flood.check(place.id, place.type)
        sizes = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 60}]
        return self._sent(
            "sendPhoto", p, place, kept, photo=sizes, caption=kept.text, caption_entities=kept.entities
        )

    def do_sendDocument(self, p: Json) -> Json:
        place = self._writable(p)
        kept = accept(p.get("caption", ""), p.get("caption_entities"), limit=CAPTION_LIMIT, empty=None)
        file = p.get("document")
        if not hasattr(file, "file"):
            raise Refusal(400, "Bad Request: there is no document in the request")
        content: bytes = file.file.read()
        if not content:
            raise Refusal(400, "Bad Request: file must be non-empty")
        self.flood.check(place.id, place.type)
        self.documents[file.filename] = content
        document = {
            "file_id": "d", "file_unique_id": "d", "file_name": file.filename, "file_size": len(content),
        }  # fmt: skip
        return self._sent("sendDocument", p, place, kept, document=document)

    def do_sendVoice(self, p: Json) -> Json:
        place = self._writable(p)
        standing = place.members.get(self.world.bot["id"], {})
        rights = {"restricted": standing, "member": place.permissions}.get(standing.get("status", ""), {})
        if rights.get("can_send_voice_notes") is False:
            raise Refusal(400, "Bad Request: not enough rights to send voice notes to the chat")
        if place.type == "private" and place.silent_about_voice:
            raise Refusal(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN")
        kept = accept(p.get("caption", ""), p.get("caption_entities"), limit=CAPTION_LIMIT, empty=None)
        file = p.get("voice")
        if not hasattr(file, "file"):
            raise Refusal(400, "Bad Request: there is no voice in the request")
        content: bytes = file.file.read()
        if not content.startswith(b"OggS") or b"OpusHead" not in content[:64]:
            raise Refusal(400, "Bad Request: wrong file type")  # the real one would post it as a document
        self.flood.check(place.id, place.type)
        self.voices.append(content)
        voice = {"file_id": "v", "file_unique_id": "v", "duration": 1, "mime_type": "audio/ogg"}
        return self._sent("sendVoice", p, place, kept, voice=voice, caption=kept.text)

    def _sent(self, method: str, p: Json, place: Place, kept: Accepted, **fields: Any) -> Json:
        if p.get("reply_markup"):
            markup = _markup(p["reply_markup"])
            if "inline_keyboard" in markup:  # a message shows no other markup
                fields["reply_markup"] = markup
        fields |= {"sender_chat": place.json()} if place.type == "channel" else {"from": self.world.bot}
        if p.get("message_thread_id"):
            fields |= {"message_thread_id": int(p["message_thread_id"]), "is_topic_message": True}
        reply = p.get("reply_parameters")
        if reply:
            answered = place.messages.get(int(reply["message_id"]))
            if answered is None and not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
            if answered is not None:
                fields["reply_to_message"] = {k: v for k, v in answered.items() if k != "reply_to_message"}
        message = self.world.add_message(place, **fields)
        self._record(method, p, message, kept)
        return message

    def do_editMessageText(self, p: Json) -> Json:
        place = self._writable(p)
        message = place.messages.get(int(p["message_id"]))
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message.get("from", {}).get("id") != self.world.bot["id"] and place.type != "channel":
            raise Refusal(400, "Bad Request: message can't be edited")
        if "text" not in message and "rich_message" not in message:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        if "rich_message" in p:
            if "sendRichMessage" in self.unknown:  # an older server passes over what it does not know
                raise Refusal(400, "Bad Request: message text is empty")
            shown = {"rich_message": rich.read(p["rich_message"])}
            kept = _kept(p, shown["rich_message"])
        else:
            kept = accept(p.get("text", ""), p.get("entities"), parse_mode=p.get("parse_mode"))
            shown = {"text": kept.text, "entities": kept.entities}
        _check_preview(p.get("link_preview_options"))
        markup = _markup(p["reply_markup"]) if p.get("reply_markup") else None
        before = {name: message[name] for name in ("text", "entities", "rich_message") if name in message}
        if (before, message.get("reply_markup")) == (shown, markup):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message",
            )
        self.flood.check(place.id, place.type)
        for name in ("text", "entities", "rich_message", "reply_markup"):
            message.pop(name, None)
        message |= shown | {"edit_date": int(time.time())}
        if markup:
            message["reply_markup"] = markup
        self._record("editMessageText", p, message, kept)
        return message

    def do_forwardMessage(self, p: Json) -> Json:
        target = self._writable(p)
        source = self.world.place(p["from_chat_id"])
        message = source.messages.get(int(p["message_id"]))
        if message is None or self.world.bot["id"] not in source.members:
            raise Refusal(400, "Bad Request: message to forward not found")
        if source.protected or not ({"text", "caption", "document", "rich_message"} & message.keys()):
            raise Refusal(400, "Bad Request: message can't be forwarded")
        self.flood.check(target.id, target.type)
        origin: Json = {
            "type": "user",
            "date": message["date"],
            "sender_user": message.get("from", self.world.bot),
        }
        if source.type == "channel":
            origin = {
                "type": "channel", "date": message["date"], "chat": source.json(), "message_id": message["message_id"],
            }  # fmt: skip
        kept = {
            k: v
            for k, v in message.items()
            if k in ("text", "entities", "caption", "caption_entities", "document", "rich_message")
        }
        copy = self.world.add_message(target, **{"from": self.world.bot}, forward_origin=origin, **kept)
        self._record("forwardMessage", p, copy, Accepted(message.get("text", "")))
        return copy

    def _record(self, method: str, p: Json, message: Json, kept: Accepted) -> None:
        record = {
            "method": method,
            "chat_id": message["chat"]["id"],
            "message_id": message["message_id"],
            "text": kept.text,
            "entities": kept.entities,
            "pings": kept.pings,
            "thread": message.get("message_thread_id"),
            "reply_to": message.get("reply_to_message", {}).get("message_id"),
            "silent": str(p.get("disable_notification", "")).lower() == "true",
            "preview": p.get("link_preview_options"),
            "buttons": [
                b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row
            ],
            "photo": p.get("photo"),
            "rich": (p.get("rich_message") or {}).get("html"),
        }
        self.accepted.append(record)
        self._note(record)

    def do_deleteMessage(self, p: Json) -> bool:
        place = self.world.place(p["chat_id"])
        if place.messages.pop(int(p["message_id"]), None) is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        self.deleted.append((place.id, int(p["message_id"])))
        return True

    def do_deleteMessages(self, p: Json) -> bool:
        place = self.world.place(p["chat_id"])
        for message_id in p["message_ids"]:
            if place.messages.pop(int(message_id), None) is not None:
                self.deleted.append((place.id, int(message_id)))
        return True

    def do_sendChatAction(self, p: Json) -> bool:
        self.actions.append({"chat": self._writable(p).id, "action": p["action"]})
        return True

    def _writable(self, p: Json) -> Place:
        """The chat, if the bot may write to it; else the refusal in Telegram's words."""
        place = self.world.place(p["chat_id"])
        kind = place.type
        standing = place.members.get(self.world.bot["id"], {"status": "left"})
        if place.migrated_to:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=place.migrated_to,
            )
        if place.deleted:
            raise Refusal(403, "Forbidden: the group chat was deleted")
        if kind == "private":
            if standing["status"] == "kicked":
                raise Refusal(403, "Forbidden: bot was blocked by the user")
            if standing["status"] == "left":
                raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        elif standing["status"] == "kicked":
            raise Refusal(403, f"Forbidden: bot was kicked from the {kind} chat")
        elif standing["status"] == "left":
            raise Refusal(403, f"Forbidden: bot is not a member of the {kind} chat")
        elif kind == "channel" and not standing.get("can_post_messages"):
            raise Refusal(400, "Bad Request: need administrator rights in the channel chat")
        elif not {"restricted": standing, "member": place.permissions}.get(
            standing["status"], {"can_send_messages": True}
        ).get("can_send_messages"):
            raise Refusal(400, "Bad Request: not enough rights to send text messages to the chat")
        thread = p.get("message_thread_id")
        if thread and int(thread) not in place.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        if thread and place.topics[int(thread)] == "closed":
            raise Refusal(400, "Bad Request: TOPIC_CLOSED")
        return place

    # ------------------------------------------------------------ asking

    def do_getMe(self, p: Json) -> Json:
        return {
            **self.world.bot, "can_join_groups": True, "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }  # fmt: skip

    def do_getChat(self, p: Json) -> Json:
        place = self.world.place(p["chat_id"])
        if place.type == "private" and str(p["chat_id"]).startswith("@"):
            raise Refusal(400, "Bad Request: chat not found")
        if place.type != "private" and not place.username and self._standing(place) not in IN:
            raise Refusal(403, f"Forbidden: bot is not a member of the {place.type} chat")
        shown = place.json() | {
            "accent_color_id": 0, "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(
                ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
            ),
        }  # fmt: skip
        if place.type in ("group", "supergroup"):
            shown["permissions"] = place.permissions
        if place.protected:
            shown["has_protected_content"] = True
        if place.linked:
            shown["linked_chat_id"] = place.linked
        return shown

    def do_getChatMember(self, p: Json) -> Json:
        place = self.world.place(p["chat_id"])
        user = int(p["user_id"])
        if place.type == "channel" and self._standing(place) not in ("administrator", "creator"):
            raise Refusal(400, "Bad Request: member list is inaccessible")
        if self._standing(place) not in IN:
            raise Refusal(403, f"Forbidden: bot is not a member of the {place.type} chat")
        if user not in self.world.users:
            raise Refusal(400, "Bad Request: PARTICIPANT_ID_INVALID")
        return self.world.member(place.members.get(user, {"status": "left"}), user)

    def do_getChatAdministrators(self, p: Json) -> list[Json]:
        place = self.world.place(p["chat_id"])
        admins = {u: m for u, m in place.members.items() if m["status"] in ("creator", "administrator")}
        return [self.world.member(standing, user) for user, standing in admins.items()]

    def _standing(self, place: Place) -> str:
        return str(place.members.get(self.world.bot["id"], {"status": "left"})["status"])

    def do_setMyCommands(self, p: Json) -> bool:
        for command in p["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        if len(p["commands"]) > 100:
            raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        self.menus.append(p["commands"])
        return True

    def do_answerCallbackQuery(self, p: Json) -> bool:
        if len(p.get("text") or "") > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self.answers.append(p)
        return True

    def do_getWebhookInfo(self, p: Json) -> Json:
        return {"has_custom_certificate": False, "pending_update_count": 0, **self.webhook}

    def do_deleteWebhook(self, p: Json) -> bool:
        return True

    def do_setWebhook(self, p: Json) -> bool:
        if not p.get("url", "").startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", p.get("secret_token", "")):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        return True

    def do_getFile(self, p: Json) -> Json:
        data = self.world.files.get(p["file_id"])
        if data is None:
            raise Refusal(400, "Bad Request: invalid file_id")
        if len(data) > 20_000_000:
            raise Refusal(400, "Bad Request: file is too big")
        file_id = p["file_id"]
        return {
            "file_id": file_id, "file_unique_id": file_id, "file_size": len(data), "file_path": f"documents/{file_id}",
        }  # fmt: skip


def _kept(p: Json, shown: Json) -> Accepted:
    """What a rich message says, and whom it would notify."""
    text = rich.said(shown["blocks"])
    found = [url for url in rich.hidden_links(shown["blocks"]) if url.lower().startswith("tg:")]
    return Accepted(
        text, [], found if p["rich_message"].get("skip_entity_detection") else [*found, *pings(text, [])]
    )


def _markup(markup: Json) -> Json:
    if markup.get("force_reply") is True:
        return markup
    rows = markup.get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100 or any(not row or len(row) > 8 for row in rows):
        raise Refusal(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not button.get("text", "").strip():
            raise Refusal(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        data = button.get("callback_data")
        if data is not None and not 1 <= len(data.encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if data is None:
            check_url(button.get("url"))
    return markup


def _check_preview(options: Json | None) -> None:
    if options and options.get("url"):
        check_url(options["url"])
