"""What stands before every page: which hosts are answered, what a browser may do, which numbers are any.

A page has no script and no style of its own, everything comes from files of this server, so the
content policy allows nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit

from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FORM_LIMIT = 20_000  # bytes
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Number(Convertor[int]):
    """A number in an address, no longer than any the desk gives. The rest is not found."""

    regex = "[0-9]{1,15}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", Number())


class Guard:
    """Middleware: answers only for its own names, and sets the headers of every answer.

    ``hosts`` are the names it goes by besides addresses and ``localhost``: a foreign page that has
    its own name point here would otherwise read what is meant for this machine alone.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, https: bool) -> None:
        self._app = app
        self._hosts = frozenset(hosts) | {"localhost"}
        self._headers = _HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if not self._mine(Headers(scope=scope).get("host", "")):
            await PlainTextResponse("There is no desk of that name here.", 421)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _mine(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname if host.isascii() and host.isprintable() else None
        except ValueError:  # half a bracket
            return False
        if not name:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._hosts
        return True


def form_token(cookie: str) -> str:
    """What a form shown to the holder of this cookie carries; another site knows neither."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def fits(cookie: str, given: str) -> bool:
    """Whether a form's token is that of the cookie that came with it."""
    return bool(cookie) and hmac.compare_digest(form_token(cookie).encode(), given.encode())


def same_secret(one: str, other: str) -> bool:
    """Compares in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


async def body_of(request: Request, most: int) -> bytes | None:
    """What is sent; None where it is more than ``most`` bytes or the sender went away."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; nothing for what is no plain form or larger than one of ours can be."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return {}
    body = await body_of(request, FORM_LIMIT) or b""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError:  # also what is no UTF-8
        return {}


def caller_of(request: Request) -> str:
    """Who asks, by address; what a header says about it is not believed."""
    return request.client.host if request.client else ""


def is_this_machine(request: Request) -> bool:
    """Whether a program here asks, and not a web server on behalf of someone else."""
    if any(request.headers.get(name) for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    try:
        return ipaddress.ip_address(caller_of(request)).is_loopback
    except ValueError:
        return False


def is_foreign(request: Request) -> bool:
    """Whether a browser says that another site made it send this."""
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
