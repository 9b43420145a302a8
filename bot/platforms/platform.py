"""What the desk has to know of a chat platform: its description, its table, and what it is opened with.

A platform is a package that holds one ``Platform``. Nothing outside of it knows the platform by name but the
list in ``bot/platforms/__init__.py``; packages of other people enter by the group ``newsdesk.platforms``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import AfterValidator, BaseModel, ConfigDict

from bot.conversation import Desk
from bot.locales import N_
from digests.clock import Clock
from digests.deliver.pacing import Pace
from digests.model import Chat
from digests.ports import Channel, Store

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from digests.deliver.pacing import SendQueue
    from digests.watch.http import HttpFetcher

# ------------ What a look at one part of the desk's surroundings came to.


class State(StrEnum):
    OK = "ok"
    OFF = "off"  # not configured, on purpose
    WARN = "warn"  # the desk works, but not as well as it could
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """``said`` is what was found, ``todo`` what to do about it; "" when nothing needs doing."""

    subject: str
    state: State
    said: str
    todo: str = ""


def ok(subject: str, said: str) -> Finding:
    return Finding(subject, State.OK, said)


def off(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, State.OFF, said, todo)


def warn(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, State.WARN, said, todo)


def fail(subject: str, said: str, todo: str) -> Finding:
    return Finding(subject, State.FAIL, said, todo)


def written(pattern: str, how: str) -> AfterValidator:
    """A text of that form; ``how`` tells, in a sentence without its full stop, how it is written."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(how)
        return text

    return AfterValidator(check)


class PlatformSettings(BaseModel):
    """A platform's table of the configuration, named as the platform is. Secrets in it are ``SecretStr``, and
    hidden in every log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def wanted(self) -> bool:
        """Whether enough is set for the platform to be opened, a token for most."""
        raise NotImplementedError

    def addresses(self) -> tuple[str, ...]:
        """What the desk asks of the network there, for ``newsdesk doctor`` to try."""
        return ()

    def mentionable(self) -> tuple[str, ...]:
        """Ids of the roles that a watched story may mention."""
        return ()

    def conflict(self, *, listens: bool) -> str | None:
        """What two settings together can't mean. ``listens``: whether the desk has a web server."""
        return None


class Can(StrEnum):
    """What only some platforms can."""

    WHISPER = "whisper"  # the answer to a command in a group is for the asker alone where it is private
    MENTION = "mention"  # a message can call the people of a role


class LiveChat(Channel, Protocol):
    """A platform that is open. It is silent until ``start``.

    For commands it hands itself, or a part of it, to ``Request.directory``: ``bot.conversation.Directory``.
    """

    async def start(self) -> None:
        """Be able to send, and listen. A refused token is a ``ConfigError``; what may pass is tried again."""
        ...

    async def connect(self) -> None:
        """Be able to send, and listen to nobody: for a process that does not answer commands."""
        ...

    async def stop(self) -> None: ...


@runtime_checkable
class Receiving(Protocol):
    """A ``LiveChat`` that is sent what people write: the routes for it on the desk's web server."""

    def routes(self) -> Sequence[BaseRoute]: ...


@runtime_checkable
class LetterBox(Protocol):
    """A ``LiveChat`` whose private chats have another address than their person."""

    async def letter_box(self, person: str) -> str | None:
        """Where that person can be written to, None: nowhere."""
        ...


@runtime_checkable
class Reachable(Protocol):
    """A ``LiveChat`` that can say whether it hears of what people write."""

    def unready(self) -> str | None:
        """Why not, None when it does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a platform is opened with. ``mentionable`` is asked at each use, for it may change."""

    desk: Desk
    store: Store
    clock: Clock
    turns: SendQueue
    fetcher: HttpFetcher  # keeps private addresses out; every outgoing address that is not the platform's own
    mentionable: Callable[[], Collection[str]]  # ids of the roles that a watched story may mention


S = TypeVar("S", bound=PlatformSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform(Generic[S]):
    """A chat platform, before it is opened.

    ``name``: of its chats, of its table in the configuration and before the colon of its ids. ``title``: what
    people call it. ``person`` and ``chat``: the whole of an id of a person and of a chat (or what chats
    belong to) as patterns, each with an example. ``pace``: how fast it may be written to. ``off``: what to do
    to turn it on, in a sentence. ``managers``: the refusal for who does not manage a chat, with ``{where}``.
    ``live``: settings of its table that take effect without a restart. ``loggers``: its libraries that say
    too much at level INFO. ``check`` looks at it for ``newsdesk doctor``, given the chats digests go to;
    it changes nothing there.

    ``open`` and ``check`` import the platform's library only when they are called.
    """

    name: str
    title: str
    settings: type[S]
    open: Callable[[S, Surroundings], LiveChat]
    check: Callable[[S, Sequence[Chat]], AsyncIterator[Finding]]
    pace: Pace
    person: str
    person_like: str
    chat: str
    chat_like: str
    off: str
    managers: str = N_(
        "Only someone with administrator rights in {where} may do that. Ask one of them to send the command, "
        "or use it in a private chat with me."
    )
    can: frozenset[Can] = frozenset()
    live: tuple[str, ...] = ()
    loggers: tuple[str, ...] = ()


AnyPlatform = Platform[Any]
