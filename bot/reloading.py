"""A changed configuration at work: checked whole, then put in place of the old, or refused.

What takes effect at once stands in ``_LIVE`` and in the ``live`` of the platforms; any other setting needs a
restart, and is named when it changes.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from watchfiles import awatch

from bot.config import Settings, load
from bot.locales import _
from bot.platforms import platforms
from digests.errors import NewsdeskError

log = logging.getLogger(__name__)

_LIVE = (
    "access", "brief", "chats", "deliver", "keep", "log", "openai", "sources",
    "summarizers", "watch.shortest_minutes", "watch.longest_minutes", "watch.together",
)  # fmt: skip
"""Tables and settings that take effect at once."""

LOOK = 5_000
"""Milliseconds after which the files are looked at though no change was reported."""

Apply = Callable[[Settings], Awaitable[None]]
"""Puts a configuration to work. Raises ``NewsdeskError``, before anything has changed, where it can't."""

Tell = Callable[[Callable[[], str]], Awaitable[None]]
"""Tells the admins, each in their language."""


class Changes(Protocol):
    """Comes back each time something may have changed in these folders."""

    def __call__(self, *folders: Path) -> AsyncIterator[object]: ...


@dataclass(frozen=True, slots=True)
class Reloaded:
    """``refused``: why nothing was changed. ``restart``: the changed settings that wait for one."""

    refused: str = ""
    restart: tuple[str, ...] = ()


def needs_restart(old: Settings, new: Settings) -> tuple[str, ...]:
    """The settings that differ and don't take effect at once, as ``table.key``."""
    before, after = old.model_dump(), new.model_dump()
    live = (*_LIVE, *(f"{one.name}.{key}" for one in platforms().values() for key in one.live))
    return tuple(
        name
        for table in before
        for name in _differing(table, before[table], after[table])
        if not _under(name, live)
    )


def _differing(table: str, before: Any, after: Any) -> list[str]:
    if table in Settings.model_fields and isinstance(before, dict) and table != "summarizers":
        return [f"{table}.{key}" for key in before if before[key] != after[key]]
    return [table] if before != after else []


def _under(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


class Reloader:
    """Reads the configuration again when it changed, or when it is asked to.

    A file that is not valid changes nothing: the old configuration stays at work, and the admins
    are told why once, however often the same file is read.
    """

    def __init__(self, path: Path | None, settings: Settings, apply: Apply, tell: Tell) -> None:
        self._path = path
        self._settings = settings  # what is at work
        self._started = settings  # what a restart would be needed to get away from
        self._apply = apply
        self._tell = tell
        self._seen = self._print(settings)
        self._refused = ""
        self._restart: tuple[str, ...] = ()
        self._reading = asyncio.Lock()

    async def reload(self) -> Reloaded:
        """Read the file again and put it to work."""
        async with self._reading:
            try:
                new = load(self._path)
                self._seen = self._print(new)
                await self._apply(new)
            except NewsdeskError as error:
                self._seen = self._print(self._settings)
                return await self._refuse(str(error))
            except Exception as error:  # whatever it is, the next one may be fine
                log.exception("The configuration could not be read again")
                self._seen = self._print(self._settings)
                return await self._refuse(f"It could not be put to work ({type(error).__name__}).")
            self._settings = new
            recovered, self._refused = bool(self._refused), ""
            restart = needs_restart(self._started, new)
            log.info("The configuration was read again; it is at work")
            if restart and restart != self._restart:
                names = ", ".join(restart)
                await self._tell(lambda: _("The new configuration is at work, but for {names}: that takes a "
                                           "restart of the desk.").format(names=names))  # fmt: skip
            elif recovered:
                await self._tell(lambda: _("The configuration is valid again, and at work."))
            self._restart = restart
            return Reloaded(restart=restart)

    async def _refuse(self, why: str) -> Reloaded:
        if why != self._refused:
            self._refused = why
            await self._tell(lambda: _("The new configuration is refused, and the desk goes on with the one "
                                       "before. {reason}").format(reason=why))  # fmt: skip
        return Reloaded(refused=why)

    async def reload_changed(self) -> Reloaded | None:
        """``reload``, where what the files say is not what was read last."""
        return await self.reload() if self._print(self._settings) != self._seen else None

    async def watch(self, changes: Changes | None = None) -> None:
        """Reload whenever the file, or one of the prompts, changes. Ends only when cancelled."""
        while True:
            folders = self._folders()
            if not folders:
                return
            async for _change in (changes or _changes)(*folders):
                await self.reload_changed()
                if self._folders() != folders:  # the prompts are elsewhere now
                    break

    def _folders(self) -> list[Path]:
        prompts = self._prompts(self._settings)
        found = ([self._path.absolute().parent] if self._path else []) + ([prompts] if prompts else [])
        return [folder for folder in dict.fromkeys(found) if folder.is_dir()]

    @staticmethod
    def _prompts(settings: Settings) -> Path | None:
        return Path(settings.openai.prompts).absolute() if settings.openai.prompts else None

    def _print(self, settings: Settings) -> str:
        """Of all that a reload reads. Contents, not times: an editor that saves the same changes nothing."""
        prompts = self._prompts(settings)
        files = [self._path] if self._path else []
        files += sorted(prompts.glob("*.toml")) if prompts and prompts.is_dir() else []
        known = hashlib.sha256()
        for file in files:
            with suppress(OSError):
                known.update(f"{file}\0".encode() + file.read_bytes() + b"\0")
        return known.hexdigest()


async def _changes(*folders: Path) -> AsyncIterator[object]:
    """Folders, not files: an editor puts a new file in the old one's place, Kubernetes a new link.

    What the system does not report, on a network's disk say, is found at the next look.
    """

    def wanted(_change: object, path: str) -> bool:
        name = Path(path).name
        return name.endswith(".toml") or name.startswith("..")

    async for change in awatch(
        *folders, watch_filter=wanted, recursive=False, debounce=400, rust_timeout=LOOK, yield_on_timeout=True
    ):
        yield change


@asynccontextmanager
async def reloading(reloader: Reloader) -> AsyncIterator[None]:
    """Watch the files, and take SIGHUP as the wish to read them again.

    Where the terminal that the desk was started in is gone, it is the wish to end, as for any program
    in it.
    """
    loop = asyncio.get_running_loop()
    asked: set[asyncio.Task[Reloaded]] = set()
    # nohup, which has it ignored, means that the desk is to go on
    hangs_up = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    in_terminal = hangs_up and _has_terminal()
    shown = [stream for stream in (0, 1, 2) if os.isatty(stream)]

    def again() -> None:
        if in_terminal and not _has_terminal():
            _show_no_more(shown)
            signal.raise_signal(signal.SIGTERM)
            return
        task = loop.create_task(reloader.reload(), name="reload")
        asked.add(task)
        task.add_done_callback(asked.discard)

    watching = loop.create_task(_watch(reloader), name="configuration")
    try:
        with heard(("SIGHUP",), again):
            yield
    finally:
        for task in (watching, *asked):
            task.cancel()
        await asyncio.gather(watching, *asked, return_exceptions=True)


def _has_terminal() -> bool:
    """Whether there is a terminal that the process belongs to."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _show_no_more(streams: Sequence[int]) -> None:
    """Nothing can be written to a terminal that is gone; what is said from now on is not to break the end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nowhere, stream)
    os.close(nowhere)


async def _watch(reloader: Reloader) -> None:
    try:
        await reloader.watch()
    except Exception:  # no inotify there, too few watches
        log.exception("The configuration can't be watched; SIGHUP has it read again")


# ------------ Signals on every system.


@contextmanager
def heard(names: tuple[str, ...], do: Callable[[], object]) -> Iterator[None]:
    """Call ``do`` on the event loop for each of these signals that this system has."""
    loop = asyncio.get_running_loop()
    ends: list[Callable[[], object]] = []
    for name in names:
        number = getattr(signal, name, None)
        if number is None:  # SIGHUP on Windows
            continue
        try:
            loop.add_signal_handler(number, do)
            ends.append(partial(loop.remove_signal_handler, number))
        except NotImplementedError:  # a loop of Windows
            before = signal.signal(number, lambda *_: loop.call_soon_threadsafe(do))
            ends.append(partial(signal.signal, number, before))
    try:
        yield
    finally:
        for end in ends:
            end()
