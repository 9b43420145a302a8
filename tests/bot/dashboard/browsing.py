"""A desk with its web server on, and a browser's way of asking it, cookies kept."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.app import App
from tests.bot.conftest import House, open_house

ADMIN = "console:1"


@dataclass
class Page:
    """An answer: ``links`` and ``forms`` (where they go) are those in its HTML."""

    status: int
    headers: Any
    body: bytes
    url: str

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def text(self) -> str:
        bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", self.html, flags=re.S)
        return " ".join(unescape(bare).split())

    @property
    def links(self) -> list[str]:
        return [unescape(found) for found in re.findall(r'<a [^>]*href="([^"]*)"', self.html)]

    @property
    def form(self) -> str:
        found = re.search(r'name="form" value="([^"]*)"', self.html)
        return unescape(found[1]) if found else ""


@dataclass
class Browser:
    """Keeps cookies, and sends what a browser would say about where a form is from."""

    base: str
    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Page:
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        return await self._ask("POST", path, fields, headers)

    async def _ask(self, method: str, path: str, fields: dict[str, str] | None, more: dict[str, str]) -> Page:
        headers = self.headers | {name.replace("_", "-"): value for name, value in more.items()}
        async with self.session.request(method, self.base + path, data=fields, headers=headers) as answer:
            return Page(answer.status, answer.headers, await answer.read(), str(answer.url))

    async def sign_in(self, app: App, person: str = ADMIN) -> Page:
        """As that admin, by a new link."""
        path = urlsplit(await app.web.sign_in.link(person)).path
        shown = await self.get(path)
        return await self.post(path, {"form": shown.form})


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def browsing(folder: Path, **more: Any) -> AsyncIterator[tuple[House, Browser]]:
    """The demo's sources on a desk that serves its pages, and a browser that is not signed in."""
    listen = f"127.0.0.1:{free_port()}"
    dashboard = {"listen": listen} | more.pop("dashboard", {})
    async with open_house(folder, dashboard=dashboard, **more) as house:
        await house.app.start()
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            yield house, Browser(f"http://{listen}", session)
