"""Signals on every system."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial


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
