"""Where redirects and name servers lead the fetcher, and where they do not."""

from __future__ import annotations

import itertools

import pytest
from aiohttp import web
from yarl import URL

from digests.model import Failure, FailureKind, Page
from digests.watch.http import HttpFetcher
from tests.digests.watch.loopback import Scripted, open_fetcher, serving

PERMANENT = (301, 308)
CHAINS = [chain for n in (1, 2, 3) for chain in itertools.product((301, 308, 302, 307), repeat=n)][:60]


@pytest.mark.parametrize("chain", CHAINS, ids=str)
async def test_a_move_is_remembered_only_when_every_hop_was_permanent(chain: tuple[int, ...]) -> None:
    async def handler(request: web.Request) -> web.Response:
        step = int(request.path[1:] or 0)
        if step < len(chain):
            return web.Response(status=chain[step], headers={"Location": f"/{step + 1}"})
        return web.Response(body=b"end")

    async with serving(handler) as base, open_fetcher() as fetcher:
        page = await fetcher.get(base + "/0")
    assert isinstance(page, Page)
    assert page.url == f"{base}/{len(chain)}"
    assert page.moved_to == (page.url if set(chain) <= set(PERMANENT) else None)


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/", "http://10.0.0.1/", "file:///etc/passwd", "http://[::ffff:169.254.169.254]/",
     "http://u:p@127.0.0.1/", "//100.100.100.200/", "gopher://x/", "http://0xa9fea9fe/"],
)  # fmt: skip
@pytest.mark.parametrize("hops", [0, 3])
async def test_no_redirect_leads_to_a_refused_address(target: str, hops: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        step = int(request.path[1:] or 0)
        return web.Response(status=302, headers={"Location": f"/{step + 1}" if step < hops else target})

    resolver = Scripted(["127.0.0.1"])
    async with serving(handler) as base, open_fetcher(resolver=resolver) as fetcher:
        if target == "http://10.0.0.1/":  # a private address is allowed here: the strict one must refuse
            found: Page | Failure = await _strict_after_first(fetcher, base + "/0")
        else:
            found = await fetcher.get(base + "/0")
    assert isinstance(found, Failure)
    assert found.kind in (FailureKind.BLOCKED_ADDRESS, FailureKind.BAD_URL)


EVEN_AT_HOME = [
    "http://169.254.169.254/", "http://168.63.129.16/", "http://100.100.100.200/", "http://[fd00:ec2::254]/",
    "http://[fe80::1]/", "http://100.64.0.1/", "http://224.0.0.1/", "http://0xa9fea9fe/", "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/", "http://[::ffff:169.254.169.254]/", "http://u:p@127.0.0.1/", "file:///etc/passwd",
    "//169.254.169.254/x", "http://１６９.254.169.254/",
]  # fmt: skip
"""Addresses that are refused even where private ones are allowed."""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", EVEN_AT_HOME)
async def test_no_chain_of_redirects_ends_at_a_refused_address(target: str, status: int) -> None:
    hops = EVEN_AT_HOME.index(target) % 5

    async def handler(request: web.Request) -> web.Response:
        step = int(request.path[1:] or 0)
        return web.Response(status=status, headers={"Location": f"/{step + 1}" if step < hops else target})

    async with serving(handler) as base, open_fetcher() as fetcher:
        found = await fetcher.get(base + "/0")
    assert isinstance(found, Failure)
    assert found.kind in (FailureKind.BLOCKED_ADDRESS, FailureKind.BAD_URL)
    assert "refused address" in found.reason


async def _strict_after_first(fetcher: HttpFetcher, url: str) -> Page | Failure:
    """The first address passes as a public one would, everything after is checked in earnest."""
    calls = itertools.count()
    lenient = fetcher._address
    strict = HttpFetcher(ports=None)._address

    def checked(address: str) -> URL | Failure:
        next(calls)
        return lenient(address) if address.startswith(url[:20]) else strict(address)

    fetcher._address = checked  # type: ignore[method-assign, assignment]
    return await fetcher.get(url)


async def test_redirects_end_after_five() -> None:
    asked = itertools.count(1)

    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"/{next(asked)}"})

    async with serving(handler) as base, open_fetcher() as fetcher:
        found = await fetcher.get(base)
    assert isinstance(found, Failure)
    assert "more than 5" in found.reason
    assert next(asked) == 7


INNER = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "100.64.0.1", "::1", "::ffff:127.0.0.1",
         "fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "224.0.0.1"]  # fmt: skip
REBINDING = [
    *([ip] for ip in INNER),
    *([a, b] for a, b in itertools.pairwise(INNER)),
    *([ip] * 3 for ip in INNER),
    *([ip, "127.1"] for ip in INNER[:4]),
]


@pytest.mark.parametrize("answers", REBINDING, ids=str)
async def test_no_answer_of_a_name_server_leads_inside(answers: list[str]) -> None:
    reached = []

    async def handler(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(body=b"secret")

    async with (
        serving(handler) as base,
        HttpFetcher(ports=None, resolver=Scripted(answers), spacing=0) as fetcher,
    ):
        port = base.rpartition(":")[2]
        found = await fetcher.get(f"http://rebind.example:{port}/")
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.BLOCKED_ADDRESS
    assert not reached


REFUSED_EVEN_AT_HOME = ["169.254.169.254", "168.63.129.16", "100.100.100.200", "100.64.0.1", "169.254.0.1", "192.0.2.1",
                        "224.0.0.1", "240.0.0.1", "fd00:ec2::254", "fe80::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::",
                        "::ffff:169.254.169.254"]  # fmt: skip


@pytest.mark.parametrize("later", REFUSED_EVEN_AT_HOME)
async def test_a_name_that_answers_differently_the_second_time_is_caught(later: str) -> None:
    resolver = Scripted(["127.0.0.1"], [later])

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Connection": "close"})

    async with serving(handler) as base, open_fetcher(resolver=resolver) as fetcher:
        url = f"http://rebind.example:{base.rpartition(':')[2]}/"
        first, second = await fetcher.get(url), await fetcher.get(url)
    assert isinstance(first, Page)
    assert isinstance(second, Failure)
    assert second.kind is FailureKind.BLOCKED_ADDRESS
    assert second.reason.startswith("rebind.example leads to a")


def test_there_are_as_many_scripts_and_chains_as_there_should_be() -> None:
    assert len({*map(tuple, REBINDING)}) + len(REFUSED_EVEN_AT_HOME) >= 40
    assert len({*EVEN_AT_HOME}) * 5 >= 60
    assert len(CHAINS) >= 60
