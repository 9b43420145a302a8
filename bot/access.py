"""Who may do what, in which chat. Asked anew for every command; what can't be told is a no."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.conversation import Directory, Person
from digests.model import Chat, Failure

CONSOLE_PERSON = "console:1"


@dataclass(frozen=True, slots=True)
class Access:
    """``admins`` are the desk's own, as ``platform:id``; they may configure sources everywhere."""

    admins: Collection[str] = ()

    def is_admin(self, person: Person) -> bool:
        return person.id == CONSOLE_PERSON or person.id in self.admins

    async def refuses_admin(self, person: Person) -> str | None:
        """None for an admin of the desk; else the refusal to show."""
        if self.is_admin(person):
            return None
        return (
            "Only the desk's admins may do that. Whoever runs this bot adds one by writing "
            f'"{person.id}" into admins of [access] in its configuration.'
        )

    async def refuses_manager(self, chat: Chat, person: Person, directory: Directory) -> str | None:
        """None when the platform says this person manages the chat; else the refusal to show."""
        answer = await directory.manages(chat, person)
        if answer is True:
            return None
        where = f"“{chat.title}”" if chat.title else "this chat"
        if isinstance(answer, Failure):
            return f"I could not check whether you manage {where}: {answer.reason}. Nothing was changed; try again."
        right = "the Manage Channels permission" if chat.platform == "discord" else "administrator rights"
        return (
            f"Only someone with {right} in {where} may do that. Ask one of them to send the command, "
            "or use it in a private chat with me."
        )
