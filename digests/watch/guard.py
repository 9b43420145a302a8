"""Which addresses the desk may connect to: the one answer to requests aimed at inner networks.

Two gates. ``check_url`` reads the URL before anything is resolved and gives the person a plain
reason. ``guarded_socket`` is asked for the socket of every single connection, with the address
about to be connected to, so that no spelling, redirect or changed DNS answer slips past the first.

The networks below are the union of the IANA special-purpose registries (IPv4 and IPv6), the
transition forms that carry an IPv4 address inside an IPv6 one, and the clouds' metadata
addresses. For IPv6 the rule is the other way round: only 2000::/3, the space that is given out
for global unicast, may pass, less what is listed.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from digests.model import Failure, FailureKind

WEB_PORTS: Final = frozenset({80, 443})
MAX_URL: Final = 4096  # characters; longer ones are no address anybody pastes

_REFUSED_V4: Final = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("169.254.169.254/32", "a cloud's metadata address"),
        ("168.63.129.16/32", "a cloud's metadata address"),
        ("100.100.100.200/32", "a cloud's metadata address"),
        ("192.0.0.192/32", "a cloud's metadata address"),
        ("0.0.0.0/8", "an address of this machine"),
        ("127.0.0.0/8", "an address of this machine"),
        ("10.0.0.0/8", "a private address"),
        ("172.16.0.0/12", "a private address"),
        ("192.168.0.0/16", "a private address"),
        ("100.64.0.0/10", "a provider's inner address"),
        ("169.254.0.0/16", "a link-local address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.31.196.0/24", "a reserved address"),
        ("192.52.193.0/24", "a relay address"),
        ("192.88.99.0/24", "a relay address"),
        ("192.175.48.0/24", "a reserved address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("2001::/23", "a protocol or tunnel address"),  # Teredo, benchmarking, AMT, ORCHID, AS112
        ("2001:db8::/32", "a documentation address"),
        ("2002::/16", "a tunnel address"),  # 6to4 carries any IPv4 address inside
        ("2620:4f:8000::/48", "a reserved address"),
        ("3ffe::/16", "a reserved address"),
        ("3fff::/20", "a documentation address"),
    )
)
_OUTSIDE_V6: Final = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("fd00:ec2::254/128", "a cloud's metadata address"),
        ("fd20:ce::254/128", "a cloud's metadata address"),
        ("::/127", "an address of this machine"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_UNFIT: Final = re.compile(r"[\x00-\x20\\\x7f]")  # in a URL, whatever a browser makes of it
# What an owner who allows private networks gets: machines of the own house, never metadata.
_PRIVATE: Final = frozenset({"an address of this machine", "a private address"})
_INNER_NAMES: Final = ("localhost", "local", "internal", "localdomain", "home.arpa", "lan", "intranet")


class RefusedAddress(OSError):
    """Raised inside the connector only, so that it tries the host's next address."""


refusals: ContextVar[list[str] | None] = ContextVar("refusals", default=None)
"""Where ``guarded_socket`` notes the reasons of one request, as the connector may wrap the error."""


def refuse_address(ip: str | IPv4Address | IPv6Address, *, allow_private: bool = False) -> str | None:
    """Why this address must not be connected to, None when it may.

    Anything but an address in its canonical notation is refused: ``0177.1`` and friends mean
    different things to different parsers. ``allow_private`` lets loopback, RFC 1918 and unique
    local addresses pass, and nothing else.
    """
    if isinstance(ip, str):
        try:
            ip = ip_address(ip)
        except ValueError:
            return "not an address in its usual notation"
    why = _why_v4(ip) if isinstance(ip, IPv4Address) else _why_v6(ip)
    if allow_private and why in _PRIVATE:
        return None
    return why


def _why_v4(ip: IPv4Address) -> str | None:
    return next((why for network, why in _REFUSED_V4 if ip in network), None)


def _why_v6(ip: IPv6Address) -> str | None:
    if ip.scope_id is not None:
        return "a link-local address"
    if ip in _MAPPED:  # what the kernel connects to is the IPv4 address inside
        return _why_v4(IPv4Address(int(ip) & 0xFFFFFFFF)) or "an IPv4 address in disguise"
    if ip not in _GLOBAL_V6:
        return next((why for network, why in _OUTSIDE_V6 if ip in network), "a reserved address")
    if (int(ip) >> 32) & 0xFDFFFFFF == 0x5EFE:  # ISATAP: the last 32 bits are an IPv4 address
        inside = _why_v4(IPv4Address(int(ip) & 0xFFFFFFFF))
        if inside is not None:
            return inside
    return next((why for network, why in _REFUSED_V6 if ip in network), None)


def guarded_socket(addr_info: Any, *, allow_private: bool = False) -> socket.socket:
    """A socket for one ``getaddrinfo`` row, as aiohttp's ``socket_factory``.

    Raises ``RefusedAddress`` when the row's address is refused, and notes why in ``refusals``.
    """
    family, kind, proto, _, address = addr_info
    why = refuse_address(str(address[0]), allow_private=allow_private)
    if why is None:
        return socket.socket(family=family, type=kind, proto=proto)
    noted = refusals.get()
    if noted is not None:
        noted.append(why)
    raise RefusedAddress(f"{why} is not connected to")


def check_url(
    url: str, *, ports: frozenset[int] | None = WEB_PORTS, allow_private: bool = False
) -> Failure | None:
    """Why this URL is not fetched, None when it may be tried. ``ports`` None: any port."""
    if len(url) > MAX_URL:
        return _bad("the address is too long")
    if _UNFIT.search(url):
        return _bad("the address holds spaces or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _bad("the address is not a valid URL")
    return _check_parts(parts, port, ports, allow_private)


def _check_parts(
    parts: SplitResult, port: int | None, ports: frozenset[int] | None, allow_private: bool
) -> Failure | None:
    if parts.scheme not in ("http", "https"):
        return _bad("only http and https addresses are read")
    if "@" in parts.netloc:
        return _bad("the address holds a user name or password")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if port == 0 or (ports is not None and port not in ports):
        return Failure(FailureKind.BLOCKED_ADDRESS, f"port {port} is not read, only the web's own ports are")
    host = parts.hostname or ""
    if "[" in parts.netloc and ":" not in host:
        return _bad("the address has no valid host name")  # brackets are for IPv6 addresses alone
    return _check_host(host, allow_private)


@lru_cache(maxsize=16384)
def _check_host(host: str, allow_private: bool) -> Failure | None:
    plain = plain_host(host)
    if plain is None:
        return _bad("the address has no valid host name")
    if ":" in plain or _looks_numeric(plain):
        why = refuse_address(plain, allow_private=allow_private)
    elif not allow_private and any(plain == n or plain.endswith("." + n) for n in _INNER_NAMES):
        why = "a name of an inner network"
    else:
        why = None
    return Failure(FailureKind.BLOCKED_ADDRESS, f"{host[:100]} is {why}") if why else None


def plain_host(host: str) -> str | None:
    """A host as a connection would use it: width and dots folded, in ASCII; None: not one."""
    if not host.isascii():
        host = unicodedata.normalize("NFKC", host).replace("\u3002", ".")
    host = host.lower().rstrip(".")
    if ":" in host:
        return host
    if not host or any(c in host for c in "%/?#[]@<>^|\"'`{}\\ "):
        return None
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return None


def _looks_numeric(host: str) -> bool:
    """Whether some resolver would take it for an IPv4 address, in whatever base or length."""
    last = host.rsplit(".", 1)[-1]
    return last.isdecimal() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))


def _bad(reason: str) -> Failure:
    return Failure(FailureKind.BAD_URL, reason)
