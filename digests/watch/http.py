"""The one HTTP client: every outgoing request of the engine goes through ``HttpFetcher``.

It keeps three promises. No address the guard refuses is connected to, whatever the spelling,
the redirects or the DNS answers. Time, size and redirects are bounded. What goes wrong comes
back as a ``Failure`` in plain words that never hold credentials.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urljoin

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDictProxy
from yarl import URL

from digests.clock import Clock, utc_now
from digests.fair_slots import FairSlots, served_for
from digests.model import Failure, FailureKind, Page
from digests.watch.guard import WEB_PORTS, check_url, guarded_socket, refusals

_BODY_MARKS = (
    (b"cf-chl", "Cloudflare"),
    (b"challenges.cloudflare.com", "Cloudflare"),
    (b"attention required! | cloudflare", "Cloudflare"),
    (b"<title>just a moment...", "Cloudflare"),
    (b"_incapsula_resource", "Imperva"),
    (b"datadome", "DataDome"),
    (b"perimeterx", "PerimeterX"),
    (b"px-captcha", "PerimeterX"),
    (b"akamaighost", "Akamai"),
    (b"errors.edgesuite.net", "Akamai"),
    (b"sucuri website firewall", "Sucuri"),
    (b"ddos-guard", "DDoS-Guard"),
    (b"making sure you&#39;re not a bot", "Anubis"),
    (b"making sure you're not a bot", "Anubis"),
    (b"awswafcookiedomainlist", "AWS"),
    (b"g-recaptcha", "a captcha"),
    (b"h-captcha", "a captcha"),
    (b"are you a robot", "a captcha"),
    (b"verify you are human", "a captcha"),
)
_SUSPECT = frozenset({401, 403, 405, 406, 429, 503})


def bot_protection(status: int, headers: Mapping[str, str], head: bytes) -> str | None:
    """Who stands in the way, None when it does not look so. ``head``: the body's first bytes.

    A page that came with 200 is suspected only when it is short and bears a mark in its text,
    for an article may well tell of captchas.
    """
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return "Cloudflare"
    if "x-datadome" in headers and status in _SUSPECT:
        return "DataDome"
    if status not in _SUSPECT and (status != 200 or len(head) > 16_384):
        return None
    lowered = head[:16_384].lower()
    for mark, name in _BODY_MARKS:
        if mark in lowered:
            return name
    if status == 403 and headers.get("server", "").lower().startswith("cloudflare"):
        return "Cloudflare"
    return None


_FREE = nullcontext()


@dataclass(slots=True)
class _Host:
    slots: FairSlots
    next_start: float = 0.0  # loop time
    users: int = 0


class HostTurns:
    """Gives each request its turn at its host.

    At most ``per_host`` hold a turn at once (0: no bound, no spacing either); two turns of a
    host start at least ``spacing`` seconds apart. Those for whom it is asked (``served_for``) share
    the host's turns fairly. Hosts nobody waits for are forgotten.
    """

    def __init__(self, per_host: int, spacing: float) -> None:
        self._per_host = per_host
        self._spacing = spacing
        self._hosts: dict[str, _Host] = {}

    def turn(self, host: str) -> AbstractAsyncContextManager[None]:
        """Wait for a turn at ``host`` and hold it."""
        return _FREE if self._per_host <= 0 else self._bounded(host)

    @asynccontextmanager
    async def _bounded(self, host: str) -> AsyncIterator[None]:
        known = self._hosts.get(host)
        if known is None:
            self._forget_idle()
            known = self._hosts[host] = _Host(FairSlots(self._per_host))
        known.users += 1
        try:
            async with known.slots.turn((served_for.get(), self._per_host)):
                now = asyncio.get_running_loop().time()
                start = max(now, known.next_start)
                known.next_start = start + self._spacing
                if start > now:
                    await asyncio.sleep(start - now)
                yield
        finally:
            known.users -= 1

    def _forget_idle(self) -> None:
        """Drop hosts that nobody waits for and whose spacing has passed, once there are many."""
        if len(self._hosts) < 1024:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {n: h for n, h in self._hosts.items() if h.users or h.next_start > now}


class Deadlines:
    """``with deadlines.one():`` raises ``TimeoutError`` once its body has run for ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: dict[_Deadline, float] = {}  # and when each is up, in loop time; the first one first
        self._timer: asyncio.TimerHandle | None = None

    def one(self) -> _Deadline:
        return _Deadline(self)

    def begin(self, one: _Deadline, loop: asyncio.AbstractEventLoop) -> None:
        self._running[one] = until = loop.time() + self.seconds
        if self._timer is None:
            self._timer = loop.call_at(until, self._look)

    def end(self, one: _Deadline) -> None:
        del self._running[one]

    def close(self) -> None:
        """Nothing runs any more; another event loop may begin."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """End what is up, and come back when the next one is."""
        loop = asyncio.get_running_loop()
        now, self._timer = loop.time(), None
        for one, until in self._running.items():
            if until > now:
                self._timer = loop.call_at(until, self._look)
                break
            one.up()


class _Deadline:
    """Of one task, as ``asyncio.timeout`` does it."""

    __slots__ = ("_all", "_cancelling", "_task", "_up")

    def __init__(self, all_: Deadlines) -> None:
        self._all = all_

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task: asyncio.Task[Any] | None = asyncio.current_task(loop)
        assert task is not None
        self._task, self._cancelling, self._up = task, task.cancelling(), False
        self._all.begin(self, loop)

    def up(self) -> None:
        if not self._up:
            self._up = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._all.end(self)
        if self._up and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error


FEED_LIMIT: Final = 5 * 1024 * 1024
ARTICLE_LIMIT: Final = 10 * 1024 * 1024
MAX_REDIRECTS: Final = 5
MAX_RATIO: Final = 200  # of a body to what came over the wire; text packs to a tenth or a thirtieth
RATIO_FROM: Final = 256 * 1024  # bytes
_ADDRESSES: Final = 16_384  # kept as they were checked; sources are asked again and again
_ERROR_HEAD: Final = 16_384  # bytes of an error page that are looked at
_PERMANENT: Final = frozenset({301, 308})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, */*;q=0.5"
)


class HttpFetcher:
    """A ``ports.Fetcher`` on aiohttp. Use it as ``async with HttpFetcher(...) as fetcher``.

    ``deadline`` seconds bound a request from the moment it is its host's turn, redirects and
    body included; ``spacing`` seconds lie between two starts at one host and at most
    ``per_host`` run there at once (0: no bound). ``allow_private`` lets it reach this machine
    and private networks, and ``ports`` None any port: for a demo, tests, or an owner's own house.
    ``resolver`` takes the place of the system's; the guard looks at what it answers.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        ports: frozenset[int] | None = WEB_PORTS,
        user_agent: str = "Newsdesk/0.1 (news digest bot)",
        deadline: float = 20.0,
        connect_timeout: float = 10.0,
        connections: int = 100,
        per_host: int = 2,
        spacing: float = 0.5,
        resolver: AbstractResolver | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._allow_private = allow_private
        self._ports = ports
        self._user_agent = user_agent
        self._deadlines = Deadlines(deadline)
        self._connect_timeout = connect_timeout
        self._connections = connections
        self._turns = HostTurns(per_host, spacing)
        self._resolver = resolver
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            resolver=self._resolver,
            use_dns_cache=self._resolver is None,
            socket_factory=partial(guarded_socket, allow_private=self._allow_private),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={hdrs.USER_AGENT: self._user_agent, hdrs.ACCEPT: _ACCEPT},
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=self._connect_timeout,
                ceil_threshold=self._connect_timeout + 1,  # from there on it would be rounded up
            ),
            trust_env=False,  # a proxy would connect in our place, past the guard
            max_line_size=8190,
            max_field_size=8190,
            max_headers=100,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        self._deadlines.close()

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        accept: str | None = None,
    ) -> Page | Failure:
        """Get a document; ``limit`` in bytes after decompression, by default that of a feed."""
        headers: dict[str, str] = {}
        if accept:
            headers[hdrs.ACCEPT] = accept
        if etag:
            headers[hdrs.IF_NONE_MATCH] = etag
        if last_modified:
            headers[hdrs.IF_MODIFIED_SINCE] = last_modified
        return await self._guarded("GET", url, headers, None, FEED_LIMIT if limit is None else limit)

    async def post(self, url: str, form: Mapping[str, str]) -> Page | Failure:
        """Post a form, as WebSub hubs want it. Redirects are not followed."""
        return await self._guarded("POST", url, {}, form, _ERROR_HEAD)

    async def _guarded(
        self, method: str, url: str, headers: dict[str, str], form: Mapping[str, str] | None, limit: int
    ) -> Page | Failure:
        address = self._address(url)
        if isinstance(address, Failure):
            return address
        noted: list[str] = []
        token = refusals.set(noted)
        host = address.host or ""
        try:
            async with self._turns.turn(host):
                with self._deadlines.one():
                    return await self._follow(method, url, address, headers, form, limit)
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            if noted:
                return Failure(FailureKind.BLOCKED_ADDRESS, f"{host} leads to {noted[0]}")
            return explain(error, host, self._deadlines.seconds)
        finally:
            refusals.reset(token)

    def _address(self, url: str) -> URL | Failure:
        return _checked(url, self._ports, self._allow_private)

    async def _follow(
        self,
        method: str,
        url: str,
        address: URL,
        headers: dict[str, str],
        form: Mapping[str, str] | None,
        limit: int,
    ) -> Page | Failure:
        if self._session is None:
            raise RuntimeError("use HttpFetcher as an async context manager")
        permanent, start = True, url
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._session.request(
                method, address, headers=headers, data=form, allow_redirects=False
            )
            try:
                target = response.headers.get(hdrs.LOCATION) if response.status in _REDIRECTS else None
                if target is None:
                    moved_to = url if permanent and url != start else None
                    if response.status == 304:
                        return _unchanged(response.headers, url, moved_to)
                    return await self._page(response, url, moved_to, limit)
                if method != "GET":
                    return Failure(FailureKind.HTTP_STATUS, "the site redirects the form", response.status)
            finally:
                response.release()
            permanent = permanent and response.status in _PERMANENT
            url = urljoin(url, target.strip())
            next_ = self._address(url)
            if isinstance(next_, Failure):
                return Failure(next_.kind, f"the site redirects to a refused address: {next_.reason}")
            address = next_
        return Failure(FailureKind.HTTP_STATUS, f"the site redirects more than {MAX_REDIRECTS} times")

    async def _page(
        self, response: aiohttp.ClientResponse, url: str, moved_to: str | None, limit: int
    ) -> Page | Failure:
        headers = response.headers
        if response.status >= 400:
            head = await _head(response)
            return self._status_failure(response, head)
        declared = response.content_length
        if declared is not None and declared > limit:
            return _too_large(limit)
        body = await _read(response, limit)
        if body is None:
            return _too_large(limit)
        return Page(
            url=url,
            status=response.status,
            body=body,
            content_type=response.content_type if hdrs.CONTENT_TYPE in headers else "",
            charset=response.charset,
            etag=_short(headers.get(hdrs.ETAG)),
            last_modified=_short(headers.get(hdrs.LAST_MODIFIED)),
            max_age=max_age(headers.get(hdrs.CACHE_CONTROL, "")),
            moved_to=moved_to,
            date=headers.get(hdrs.DATE),
        )

    def _status_failure(self, response: aiohttp.ClientResponse, head: bytes) -> Failure:
        status = response.status
        wait = retry_after(response.headers.get(hdrs.RETRY_AFTER, ""), self._clock())
        guard = bot_protection(status, response.headers, head)
        if guard is not None:
            kind, reason = FailureKind.BOT_PROTECTION, f"the site blocks bots with {guard} ({status})"
        elif status == 410:
            kind, reason = FailureKind.GONE, "the site says this address is gone for good (410)"
        else:
            kind, reason = FailureKind.HTTP_STATUS, _STATUS_WORDS.get(status, _status_words(status))
        return Failure(kind, reason, status, wait)


@lru_cache(maxsize=_ADDRESSES)
def _checked(url: str, ports: frozenset[int] | None, allow_private: bool) -> URL | Failure:
    """The address in its parts, or why it is not fetched."""
    refused = check_url(url, ports=ports, allow_private=allow_private)
    if refused is not None:
        return refused
    try:
        address = URL(url)
        if address.host:  # decoded when it is first asked for
            return address
    except ValueError:  # this parser is stricter than the guard's, with hosts above all
        pass
    return Failure(FailureKind.BAD_URL, "the address is not a valid URL")


def _unchanged(headers: CIMultiDictProxy[str], url: str, moved_to: str | None) -> Page:
    return Page(
        url=url,
        status=304,
        body=b"",
        etag=_short(headers.get(hdrs.ETAG)),
        last_modified=_short(headers.get(hdrs.LAST_MODIFIED)),
        max_age=max_age(headers.get(hdrs.CACHE_CONTROL, "")),
        moved_to=moved_to,
        date=headers.get(hdrs.DATE),
        not_modified=True,
    )


_STATUS_WORDS: Final = {
    401: "the site asks for a login (401)",
    402: "the site asks for payment (402)",
    403: "the site refuses access (403)",
    404: "there is nothing at this address any more (404)",
    429: "the site says that it is asked too often (429)",
    451: "the site withholds this for legal reasons (451)",
    503: "the site is out of service for now (503)",
}


def _status_words(status: int) -> str:
    return f"the site has an error of its own ({status})" if status >= 500 else f"the site answers {status}"


def explain(error: Exception, host: str, deadline: float) -> Failure:
    """An exception of a request as a value; its own text, which may hold URLs, is not used."""
    match error:
        case TimeoutError():
            return Failure(
                FailureKind.TIMEOUT, f"{host} did not finish its answer within {deadline:g} seconds"
            )
        case aiohttp.ClientConnectorDNSError():
            return Failure(FailureKind.DNS, f"the name {host} can't be found")
        case aiohttp.ClientConnectorCertificateError(certificate_error=cause):
            detail = getattr(cause, "verify_message", "") or "not accepted"
            return Failure(FailureKind.TLS, f"the certificate of {host} is not valid: {detail}")
        case aiohttp.ClientSSLError():
            return Failure(FailureKind.TLS, f"no encrypted connection to {host} could be made")
        case aiohttp.InvalidURL():
            return Failure(FailureKind.BAD_URL, "the address is not a valid URL")
        case aiohttp.ClientConnectorError():
            return Failure(FailureKind.CONNECT, f"{host} can't be reached")
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError() | ValueError():
            return Failure(FailureKind.UNREADABLE, f"{host} sent an answer that can't be read")
        case _:
            return Failure(FailureKind.CONNECT, f"{host} broke off the connection")


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """The body after decompression; None as soon as it is over ``limit`` bytes, or over
    ``MAX_RATIO`` times what came over the wire."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        # counted once there is enough of it to tell a bomb from a document that repeats itself
        blown_up = size > RATIO_FROM and size > MAX_RATIO * response.content.total_raw_bytes
        if size > limit or blown_up:
            response.close()  # the rest must not be drained for the sake of keep-alive
            return None
    return b"".join(chunks)


async def _head(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of an error page; the rest is not read."""
    head = b""
    async for chunk in response.content.iter_any():
        head += chunk
        if len(head) >= _ERROR_HEAD:
            response.close()
            break
    return head[:_ERROR_HEAD]


def _too_large(limit: int) -> Failure:
    return Failure(FailureKind.TOO_LARGE, f"the document is larger than {limit / 1_048_576:.3g} MiB")


def _short(value: str | None) -> str | None:
    """A validator worth sending back; longer than a line of any server is not."""
    return value if value and len(value) <= 1024 else None


def max_age(cache_control: str) -> timedelta | None:
    """``Cache-Control``'s max-age, bounded to a day; None when it gives none."""
    if not cache_control:
        return None
    for part in cache_control.lower().split(","):
        name, _, value = part.strip().partition("=")
        value = value.strip('" ')
        if name == "max-age" and value.isdecimal() and value.isascii():
            return timedelta(seconds=min(int(value[:9]), 86_400))
    return None


def retry_after(value: str, now: datetime) -> timedelta | None:
    """``Retry-After`` in seconds or as a date; bounded to a day, None when absent or unreadable."""
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return timedelta(seconds=min(int(value[:9]), 86_400))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), timedelta(days=1))
