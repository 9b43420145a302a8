"""``newsdesk`` and ``python -m bot``."""

from __future__ import annotations

import gc
import signal
import sys


def main() -> None:
    """Run the command line. What takes seconds to load must hear a signal too: the first process
    of a container has no default for one."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(128 + signal.SIGTERM))
    # Loading makes thousands of objects that stay: to look for garbage among them takes a fifth of the time.
    gc.set_threshold(20_000, 20, 20)
    from bot.cli import main as run

    run()


if __name__ == "__main__":
    main()
