"""A network of one machine whose cables can be pulled: each process in a namespace of its own.

A cut loses packets in silence, as a network does: connections hang, nothing is refused. Needs root
and the ``ip`` command; ``possible`` says whether they are there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from types import TracebackType
from typing import Self


def possible() -> bool:
    """Whether this machine lets a process have a network namespace."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        return False
    trial = f"nd{os.getpid()}t"
    made = subprocess.run(["ip", "netns", "add", trial], capture_output=True).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "delete", trial], check=True, capture_output=True)
    return made


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Namespaces:
    """A bridge at ``address`` and a namespace for each place, numbered from 0; all is gone in the end."""

    def __init__(self, places: int) -> None:
        self._name = f"nd{os.getpid()}"
        self._net = f"10.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250}"  # two runs don't meet
        self.address = f"{self._net}.1"
        self._places = range(places)

    def __enter__(self) -> Self:
        try:
            _ip("link", "add", self._name, "type", "bridge")
            _ip("address", "add", f"{self.address}/24", "dev", self._name)
            _ip("link", "set", self._name, "up")
            for place in self._places:
                space, cable = self._space(place), self._cable(place)
                _ip("netns", "add", space)
                _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
                _ip("link", "set", cable, "master", self._name, "up")
                inside = ("-n", space)
                _ip(*inside, "address", "add", f"{self._net}.{place + 2}/24", "dev", "eth0")
                _ip(*inside, "link", "set", "lo", "up")
                _ip(*inside, "link", "set", "eth0", "up")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take it all down; its processes must have ended."""
        for place in self._places:
            subprocess.run(["ip", "netns", "delete", self._space(place)], capture_output=True)
            subprocess.run(["ip", "link", "delete", self._cable(place)], capture_output=True)
        subprocess.run(["ip", "link", "delete", self._name], capture_output=True)

    def inside(self, place: int) -> tuple[str, ...]:
        """What a command must begin with to run there."""
        return ("ip", "netns", "exec", self._space(place))

    def cut(self, place: int) -> None:
        """Pull the cable."""
        _ip("link", "set", self._cable(place), "down")

    def heal(self, place: int) -> None:
        """Plug it in again."""
        _ip("link", "set", self._cable(place), "up")

    def _space(self, place: int) -> str:
        return f"{self._name}-{place}"

    def _cable(self, place: int) -> str:
        return f"{self._name}c{place}"  # 15 characters are all a name may have
