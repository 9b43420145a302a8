"""Programs: a token is made in chat, the JSON interface and the MCP server answer with what they rest on."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from bot.access import hashed
from bot.config import DashboardSettings
from bot.programs.api import openapi
from digests.model import Chat
from tests.bot.conftest import House
from tests.bot.dashboard.browsing import browsing, free_port
from tests.bot.test_library_on_telegram import told
from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


def token_in(said: str) -> str:
    (found,) = re.findall(r"desk_[\w-]{43}", said)
    return str(found)


class Program:
    def __init__(self, base: str, token: str, session: aiohttp.ClientSession) -> None:
        self.base, self.session = base, session
        self.headers = {"Authorization": f"Bearer {token}"}

    async def get(self, name: str, **asked: Any) -> tuple[int, Any]:
        where = f"{self.base}/api/v1/{name}"
        async with self.session.get(where, params=asked, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def post(self, name: str, body: Any) -> tuple[int, Any]:
        where = f"{self.base}/api/v1/{name}"
        more = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.session.post(where, headers=self.headers, **more) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def program(folder: Path, scope: str = "ask") -> AsyncIterator[tuple[House, Program, str]]:
    async with browsing(folder) as (house, web):
        await house.app.desk.cycle()
        token = token_in(await house.say(f"/token new laptop {scope}"))
        yield house, Program(web.base, token, web.session), token


async def test_each_question_is_answered_with_what_it_rests_on(tmp_path: Path) -> None:
    async with program(tmp_path) as (house, asks, _token):
        status, found = await asks.get("search", words="bridge")
        assert status == 200
        report = found["reports"][0]
        assert report["sentences"]
        assert report["url"].startswith("http")
        status, story = await asks.get("story", number=report["story"])
        assert status == 200
        assert [one["title"] for one in story["reports"]]
        status, digest = await asks.get("digest")
        assert status == 200
        assert digest["stories"]
        for one in (*story["told"], *(s for item in digest["stories"] for s in item["told"])):
            assert one["rests_on"]
        status, answer = await asks.post("ask", {"question": "Why is the Quay Bridge closed?"})
        assert status == 200
        assert all(quote["url"] for one in answer["told"] for quote in one["rests_on"])
        page = house.newsroom.articles[0]
        status, brief = await asks.post("summarize", {"url": page, "sentences": 2})
        assert status == 200
        assert {quote["url"] for one in brief["told"] for quote in one["rests_on"]} == {page}
        read = await asks.session.get(page)
        text = " ".join(re.sub(r"<[^>]+>", " ", await read.text()).split())
        assert all(quote["text"][:60] in text for one in brief["told"] for quote in one["rests_on"])


MISUSES: list[tuple[str, Any, int]] = [
    ("ask", {}, 422),
    ("ask", {"question": "  "}, 422),
    ("ask", {"question": "Who ate the moon?"}, 404),
    ("ask", {"question": "x", "chat_id": 2}, 422),
    ("ask", b"[" * 100_000, 422),
    ("ask", b"\xff\xfe", 422),
    ("ask", b"[]", 422),
    ("ask", b'{"question": "' + b"x" * 600_000 + b'"}', 422),
    ("ask", b'{"question": "\\ud800 \\u202e"}', 422),
    ("summarize", {}, 422),
    ("summarize", {"text": "short"}, 422),
    ("summarize", {"url": "file:///etc/passwd"}, 404),
    ("summarize", {"url": "http://a.example", "text": "long " * 60}, 422),
    ("summarize", {"text": "long " * 60, "sentences": 99}, 422),
]


async def test_misuse_is_refused(tmp_path: Path) -> None:
    async with program(tmp_path) as (_house, asks, _token):
        for name, body, status in MISUSES:
            answer = await asks.post(name, body)
            assert answer[0] == status, (str(body)[:80], answer)
            assert answer[1]["error"]
        assert (await asks.get("search"))[0] == 422
        assert (await asks.get("search", words="x", chat=1))[0] == 422
        assert (await asks.get("ask", question="x"))[0] == 405
        assert (await asks.get("nothing"))[0] == 404


async def test_a_token_reads_its_own_chat_alone_and_ends_at_once(tmp_path: Path) -> None:
    async with program(tmp_path, "read") as (house, asks, token):
        assert (await asks.post("ask", {"question": "Why?"}))[0] == 403
        store = house.app.desk.store
        other = await store.chats.ensure(Chat(platform="telegram", address="5"), house.app.desk.clock())
        assert await store.tokens.of_chat(other.id) == []
        said = await house.say("/token")
        assert "laptop" in said
        assert token not in said
        assert "already" in await house.say("/token new laptop")
        assert "small letters" in await house.say("/token new ../../x")
        assert "laptop" in await house.say("/audit")
        assert token not in await house.say("/audit")
        stranger = Program(asks.base, token[:-1] + ("a" if token[-1] != "a" else "b"), asks.session)
        assert (await stranger.get("search", words="bridge"))[0] == 401
        assert (await Program(asks.base, "", asks.session).get("search", words="bridge"))[0] == 401
        assert "no more" in await house.say("/token end laptop")
        assert (await asks.get("search", words="bridge"))[0] == 401
        assert "no such token" in await house.say("/token end laptop")
    database = b"".join(file.read_bytes() for file in tmp_path.glob("desk.sqlite3*"))
    assert token.encode() not in database
    with sqlite3.connect(tmp_path / "desk.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM tokens").fetchone() == (0,)


async def test_another_chat_sees_nothing_of_this_one(tmp_path: Path) -> None:
    async with program(tmp_path) as (house, asks, _token):
        store, now = house.app.desk.store, house.app.desk.clock()
        story = (await asks.get("search", words="bridge"))[1]["reports"][0]["story"]
        (mine,) = await store.tokens.of_chat((await store.chats.all())[0].id)
        other = await store.chats.ensure(Chat(platform="telegram", address="5"), now)
        await store.tokens.add_within(replace(mine, key=hashed("desk_other"), chat_id=other.id), 9)
        theirs = Program(asks.base, "desk_other", asks.session)
        assert (await theirs.get("search", words="bridge"))[1]["reports"] == []
        assert (await theirs.get("story", number=story))[0] == 404
        assert (await theirs.get("digest"))[0] == 404
        assert (await theirs.post("ask", {"question": "Why is the Quay Bridge closed?"}))[0] == 404


async def test_who_asks_too_often_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.programs.door.A_MINUTE", 5)
    async with program(tmp_path, "read") as (_house, asks, _token):
        statuses = [(await asks.get("story", number=999))[0] for _ in range(8)]
        assert statuses[0] == 404
        assert 429 in statuses[5:]


async def test_on_telegram_a_token_is_shown_in_private_alone(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    async with on_telegram(tmp_path, dashboard=DashboardSettings(listen=listen)) as (_house, server):
        assert "private chat" in await told(server, GROUP, ANN, "/token new laptop")
        said = await told(server, ANN, ANN, "/token new laptop")
        async with aiohttp.ClientSession() as session:
            asks = Program(f"http://{listen}", token_in(said), session)
            assert (await asks.get("search", words="bridge")) == (200, {"reports": [], "more": False})
        assert "desk_" not in await told(server, GROUP, BOB, "/token new theirs")


async def test_with_the_web_server_off_there_is_no_token(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (_house, server):
        assert "web server is off" in await told(server, ANN, ANN, "/token new laptop")


async def test_what_the_description_says_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fuzzed by schemathesis from the description, with a fixed seed."""
    schemathesis = pytest.importorskip("schemathesis")
    monkeypatch.setattr("bot.programs.door.A_MINUTE", 10_000)
    async with program(tmp_path) as (_house, asks, token):
        schema = schemathesis.openapi.from_dict(openapi())
        headers = {"Authorization": f"Bearer {token}"}
        failed: list[str] = []

        def fuzz() -> None:
            for operation in schema.get_all_operations():

                @seed(1)
                @settings(
                    max_examples=8, deadline=None, database=None, phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )  # fmt: skip
                @given(case=operation.ok().as_strategy())
                def one(case: Any) -> None:
                    case.call_and_validate(base_url=f"{asks.base}/api", headers=headers)

                try:
                    one()
                except Exception as error:
                    failed.append(f"{operation.ok().label}: {error}")

        await asyncio.to_thread(fuzz)
        assert failed == []
        async with asks.session.get(f"{asks.base}/api/openapi.json") as answer:
            assert await answer.json() == openapi()


async def test_an_mcp_client_finds_and_calls_the_tools(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    import httpx2
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client

    async with program(tmp_path, "read") as (_house, asks, _token):
        async with asks.session.post(f"{asks.base}/mcp", json={}) as answer:
            assert answer.status == 401
        for mode in ("auto", "legacy"):
            async with httpx2.AsyncClient(headers=asks.headers) as http:
                transport = streamable_http_client(f"{asks.base}/mcp", http_client=http)
                async with Client(transport, mode=mode) as client:
                    tools = (await client.list_tools()).tools
                    assert {"search", "story", "digest", "ask", "summarize"} == {one.name for one in tools}
                    found = await client.call_tool("search", {"words": "bridge"})
                    assert not found.is_error
                    assert found.structured_content == (await asks.get("search", words="bridge"))[1]
                    wrong = await client.call_tool("search", {"words": ""})
                    assert wrong.is_error
                    assert (await client.call_tool("ask", {"question": "Why?"})).is_error
                    assert (await client.call_tool("nothing", {})).is_error
