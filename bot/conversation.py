"""What a person's command looks like to the desk, whatever the platform: a Request in, a Reply out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.render.rich import Rich
from digests.model import Chat, Failure

CONSOLE_PERSON = "console:1"
"""Who types at the terminal; always the desk's admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks. ``id`` is ``platform:number``; an anonymous group admin has the group's own id."""

    id: str
    name: str = ""
    language: str | None = None  # as the person's client says, e.g. "pt-br"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file sent along; ``read`` downloads it, bounded, or says why it can't."""

    name: str
    size: int
    content_type: str
    read: Callable[[], Awaitable[bytes | Failure]]


class Directory(Protocol):
    """What a platform knows about its chats and the people in them."""

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        """The chat a person names (``@channel``, ``#channel``, an id)."""
        ...

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        """Whether the platform itself lets this person manage that chat; asked anew each time."""
        ...

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        """Whether this person is in that chat; asked anew each time."""
        ...

    def within(self, chat: Chat) -> tuple[str, ...]:
        """The addresses of what the chat belongs to: a thread's channel, a channel's server."""
        ...

    async def can_post(self, chat: Chat) -> Failure | None:
        """None when the bot may post there; else what is missing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command. ``words`` is what follows its name, as typed."""

    command: str  # without slash, lower case
    words: str = ""
    chat: Chat
    person: Person
    directory: Directory
    reply_text: str = ""  # the text of the message it answers
    reply_links: tuple[str, ...] = ()  # links in that message, hidden ones too
    message: tuple[tuple[str, str], ...] = ()  # that message's address and id, each way it may be stored
    attachments: tuple[Attachment, ...] = ()
    invite: str = ""  # the address at which a person adds the bot to a group or a server


@dataclass(frozen=True, slots=True)
class Button:
    """A press sends ``command`` with ``words`` as if the person had typed it.

    ``asks`` is a question that is put to the person first; what they answer follows the words.
    """

    label: str
    command: str
    words: str = ""
    asks: str = ""


UNDER_DIGEST = (Button("👍", "like", "all"), Button("👎", "dislike", "all"), Button("…", "story", "all"))
"""What stands under a message of a digest: for everyone, as often as they like."""

_BROADCAST = ("channel", "news")  # kinds of chats whose messages go to people who are not in them
_LIKED = frozenset("👍❤🔥👏🎉🥰💯")
_DISLIKED = frozenset("👎💩🥱")


def thumbs(chat: Chat, stories: tuple[int, ...]) -> tuple[Button, ...]:
    """The buttons under a message that tells these stories; none where the chat does not want any."""
    wanted = chat.settings.feedback
    if not stories or wanted == "off" or (wanted == "auto" and chat.kind in _BROADCAST):
        return ()
    return UNDER_DIGEST


def vote_of(emoji: str) -> str | None:
    """The command a reaction stands for: ``like``, ``dislike``, or None."""
    bare = emoji[:1]  # without the skin's tone or the variant of the sign
    return "like" if bare in _LIKED else "dislike" if bare in _DISLIKED else None


@dataclass(frozen=True, slots=True)
class File:
    """A file that is handed over with an answer. ``name`` is a plain file name, without folders."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer: text of any length (the chat splits it), rows of buttons and files under it."""

    text: Rich
    buttons: tuple[tuple[Button, ...], ...] = ()
    choices: tuple[Button, ...] = ()  # one of many: a list to choose from where the platform has one
    private: bool = False  # only for the one who asked, where the platform can
    image: str | None = None
    files: tuple[File, ...] = ()
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One argument of a command, as Discord and the help show it."""

    name: str
    help: str
    required: bool = True
    completes: bool = False  # ``Commands.complete`` offers values
    file: bool = False  # not words but a file sent along: one of ``Request.attachments``
    choices: tuple[str, ...] = ()
    prefix: str = ""  # stands before the value where it is one of the words, like "from:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command's definition: both platforms' menus, the help and docs are made from it.

    ``sub`` are subcommands (``/sources add``); a command with subcommands has no options itself.
    """

    name: str
    help: str
    example: str = ""
    options: tuple[Option, ...] = ()
    sub: tuple[Command, ...] = ()
    managers_only: bool = False
    admins_only: bool = False


Handle = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a chat needs of the desk: the definitions, a way to run one, and to complete words.

    ``complete(command, option, prefix, chat)`` gives at most 25 values.
    ``moved``, ``lost`` and ``back`` report life events of a chat: a new address, no more right
    to write there (with the reason), and the right returned. ``greeting`` is said on joining a
    group or a server, in the language being spoken; anybody may press its buttons.
    """

    commands: tuple[Command, ...]
    handle: Handle
    complete: Callable[[str, str, str, Chat], Awaitable[list[str]]]
    moved: Callable[[Chat, str], Awaitable[None]]
    lost: Callable[[Chat, str], Awaitable[None]]
    back: Callable[[Chat], Awaitable[None]]
    greeting: Callable[[], Reply | None] = lambda: None
