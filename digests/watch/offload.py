"""Heavy work off the event loop, in processes that can be killed.

A thread cannot be stopped and holds the interpreter while lxml or a regular expression runs. A
worker here is a process of its own that takes one call at a time; one that is not done in time
is killed and replaced, and the caller gets a ``Failure``.
"""

from __future__ import annotations

import asyncio
import logging
import mmap
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from types import ModuleType, TracebackType
from typing import Any, Final, Self, TypeVar

from digests.fair_slots import FairSlots, served_for
from digests.memory import give_back
from digests.model import Failure, FailureKind

log = logging.getLogger(__name__)

Result = TypeVar("Result")

SECONDS: Final = 5.0
MEMORY: Final = 1024 * 1024 * 1024  # bytes of address space a worker may take beyond its start
_STARTING: Final = 30.0  # seconds for a worker to be at the call
_NICE: Final = 10
_CALLS: Final = 500  # after which a worker is replaced, so that what a parser leaks goes with it
_GROWN: Final = 24 * 1024 * 1024  # bytes beyond its start that a worker may keep after a call
# Forking a process with threads may hang it; a server that has none forks a worker in a tenth of the time.
_CONTEXT: Final = (
    multiprocessing.get_context("forkserver")
    if "forkserver" in multiprocessing.get_all_start_methods()
    else multiprocessing.get_context("spawn")
)


def preload(modules: Sequence[str]) -> None:
    """Workers start with these modules loaded, where the system can fork them so."""
    _CONTEXT.set_forkserver_preload(list(modules))


def begin_loading(modules: Sequence[str]) -> None:
    """Begin to load what the workers need, beside what the caller is going to load itself."""
    preload(modules)
    if _CONTEXT.get_start_method() == "forkserver":
        from multiprocessing import forkserver  # some systems have none

        with _without_main():
            forkserver.ensure_running()


_swapping: Final = Lock()


@contextmanager
def _without_main() -> Iterator[None]:
    """A new process imports the script that was started, which may import the whole desk: not in here."""
    with _swapping:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, memory: int) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process: BaseProcess = _CONTEXT.Process(target=_serve, args=(theirs, memory), daemon=True)
        with _without_main():
            self.process.start()
        theirs.close()
        self.calls = 0

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        """In a thread: send the call and wait for its answer. Raises as ``Offload.run`` reads it."""
        self.calls += 1
        self.pipe.send((function, args))
        # A new process first starts and imports, which a busy machine can draw out: that time
        # is not the document's.
        for wait in (_STARTING, seconds):
            if not self.pipe.poll(wait):
                raise TimeoutError
            answer = self.pipe.recv()
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


class Offload:
    """A few worker processes. Use it as ``async with Offload() as offload``.

    Workers start when first needed. ``memory`` bytes bound what one may allocate. Those for whom work
    is done (``served_for``) share the workers fairly: who made them busy for long comes last.
    """

    def __init__(self, workers: int | None = None, *, memory: int = MEMORY) -> None:
        self._count = workers or max(2, min(4, (os.cpu_count() or 2) - 1))
        self._memory = memory
        self._idle: list[_Worker] = []
        self._slots = FairSlots(self._count)
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="offload")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._idle:
            worker.kill()
        self._idle.clear()
        self._threads.shutdown()

    async def run(
        self,
        function: Callable[..., Result],
        *args: Any,
        timeout: float = SECONDS,  # noqa: ASYNC109
    ) -> Result | Failure:
        """Call a module-level function of picklable arguments in a worker.

        A ``Failure`` when it takes more than ``timeout`` seconds, raises, or its process dies.
        """
        async with self._slots.turn((served_for.get() or function.__name__, self._count)):
            loop = asyncio.get_running_loop()
            working = loop.run_in_executor(self._threads, self._call, function, args, timeout)
            # the thread ends by itself within the time-out: a cancelled caller must not free its
            # worker before that
            return await asyncio.shield(working)

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        worker = self._idle.pop() if self._idle else _Worker(self._memory)
        try:
            done, value, grown = worker.call(function, args, seconds)
        except TimeoutError:
            worker.kill()
            return Failure(FailureKind.TIMEOUT, f"the document could not be read within {seconds:g} seconds")
        except (EOFError, OSError):
            worker.kill()
            return Failure(FailureKind.UNREADABLE, "the document took its reader down")
        except BaseException:
            worker.kill()  # what can't be sent or received leaves the pipe in doubt
            raise
        if grown or worker.calls >= _CALLS:
            worker.kill()
        else:
            self._idle.append(worker)
        return value if done else Failure(FailureKind.UNREADABLE, f"the document can't be read ({value})")


def _limit(memory: int, used: int) -> None:
    """Bound what this process may take beyond what it has. Only Linux says what that is and keeps to it;
    elsewhere time alone bounds a call."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    except (ImportError, OSError, ValueError):
        log.debug("a worker's memory can't be bounded on this system")


def _memory() -> tuple[int, int]:
    """The bytes this process has of addresses and in memory; 0 and 0 where the system doesn't say."""
    try:
        addresses, resident, *_ = Path("/proc/self/statm").read_text().split()
    except OSError:
        return 0, 0
    page = mmap.PAGESIZE
    return int(addresses) * page, int(resident) * page


def _serve(pipe: Connection, memory: int) -> None:
    """The worker's loop: answers ``(True, value, grown)`` or ``(False, name of the exception, grown)``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it ends
    give_back()
    if hasattr(os, "nice"):
        os.nice(_NICE)  # where processors are few, the chats go first
    most: int | None = None
    while True:
        try:
            function, args = pipe.recv()
        except EOFError:
            return
        if most is None:  # after the first call's imports
            addresses, resident = _memory()
            most = resident + _GROWN
            if addresses:
                _limit(memory, addresses)
        pipe.send(None)  # the call begins
        try:
            done, value = True, function(*args)
        except Exception as error:
            done, value = False, type(error).__name__
        pipe.send((done, value, _memory()[1] > most))
        del value, args
