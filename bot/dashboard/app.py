"""The desk's web application: routes given by whoever has something to say over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute


def make_app(routes: Sequence[BaseRoute]) -> Starlette:
    """An application of these routes and nothing else."""
    return Starlette(routes=list(routes))
