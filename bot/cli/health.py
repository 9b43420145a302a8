"""``newsdesk healthy``: what a container's or a cluster's probe runs, twice a minute: it must cost little."""

from __future__ import annotations

import http.client
import json
import os
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import Config, file_of, quiet_settings
from digests.errors import ConfigError

PATIENCE = 4  # seconds: a probe is given ten, and starting takes some

Ready = Annotated[
    bool, typer.Option("--ready", help="Whether it can do its work, not only whether it lives.")
]


def healthy(ready: Ready = False, config: Config = None) -> None:
    """Ask the running desk whether it lives. Exits with 1 when it does not; one line says why.

    It asks the address that listen in [dashboard] names, on this machine.

    Example: newsdesk healthy --ready
    """
    listen, secret = _plainly(config)
    if not listen:
        table = quiet_settings(config).dashboard
        listen, secret = table.listen, table.secret.get_secret_value() if table.secret else ""
    if not listen:
        raise ConfigError('The desk has no web server to ask: set listen = "127.0.0.1:8080" in [dashboard].')
    host, _, port = listen.rpartition(":")
    here = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104
    status, body = _ask(here, int(port), "/readyz" if ready else "/healthz", secret)
    if status == 200:
        print("ready" if ready else "alive")
        return
    print(_why(status, body) if status else f"not alive: {body}")
    raise typer.Exit(1)


def _plainly(config: Path | None) -> tuple[str, str]:
    """Where the desk listens and its secret, if that stands plainly in the environment or the file. Else "",
    and the whole configuration has to be read, which is what takes time and what says its mistakes."""
    file = file_of(config)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))["dashboard"] if file else {}
        found = {name: value for name, value in table.items() if isinstance(value, str)}
    except (OSError, ValueError, RecursionError, KeyError, AttributeError):
        found = {}
    for name in ("listen", "secret"):
        found[name] = os.environ.get(f"NEWSDESK_DASHBOARD__{name.upper()}") or found.get(name, "")
    return (found["listen"] if found["listen"].rpartition(":")[2].isdecimal() else ""), found["secret"]


def _ask(host: str, port: int, path: str, secret: str) -> tuple[int, str]:
    """The answer's status and text; 0 and the reason where there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {secret}"} if secret else {})
        answer = connection.getresponse()
        return answer.status, answer.read(100_000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{host}:{port} does not answer ({type(error).__name__})"
    finally:
        connection.close()


def _why(status: int, body: str) -> str:
    try:
        checks: dict[str, str] = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return f"not ready: it answered {status}"
    return "not ready: " + "; ".join(f"{name}: {said}" for name, said in checks.items() if said != "ok")
