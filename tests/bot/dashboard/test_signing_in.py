"""Signing in, and all that keeps others out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from pydantic import SecretStr, ValidationError

from bot.config import DashboardSettings, Settings
from bot.dashboard import signing_in
from bot.dashboard.security import Guard
from digests.errors import ConfigError
from tests.bot.conftest import open_desk
from tests.bot.dashboard.browsing import ADMIN, Browser, browsing

pytestmark = pytest.mark.slow

PAGES = (
    "/",
    "/sources",
    "/sources/1",
    "/subscriptions",
    "/queue",
    "/digests",
    "/spend",
    "/search",
    "/stories/1",
)
ACTIONS = ("/sources/1", "/sources/1/pause", "/sources/1/resume", "/sources/1/test", "/sign-out")


async def test_a_link_signs_in_once_and_what_opens_it_before_does_not_use_it_up(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        path = urlsplit(await house.app.web.sign_in.link(ADMIN)).path
        for _ in range(3):  # a chat's preview, a mail scanner, the person
            shown = await web.get(path)
            assert shown.status == 200
            assert shown.form
        inside = await web.post(path, {"form": shown.form})
        assert (inside.status, urlsplit(inside.url).path) == (200, "/")
        assert "Overview" in inside.text
        cookie = inside.headers.get("set-cookie", "")
        assert cookie == ""
        (session,) = [one for one in web.session.cookie_jar if one.key == "newsdesk"]
        assert session["httponly"]
        assert session["samesite"] == "lax"
        used = await web.post(path, {"form": (await web.get(path)).form})
        assert used.status == 403
        assert "Send the bot /dashboard for a new one" in used.text
        raw = (tmp_path / "desk.sqlite3").read_bytes() + (tmp_path / "desk.sqlite3-wal").read_bytes()
        assert session.value.encode() not in raw
        assert path.rpartition("/")[2].encode() not in raw
        (deed, *_) = await house.app.desk.store.people.deeds(None, 5)
        assert (deed.person, deed.what) == (ADMIN, "signed in to the dashboard")
        out = await web.post("/sign-out", {"form": (await web.get("/")).form})
        assert urlsplit(out.url).path == "/sign-in"
        assert (await web.get("/")).status == 401


async def test_nobody_else_sees_or_does_anything(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        for path in PAGES:
            page = await web.get(path)
            assert page.status == 401, path
            assert "Harbour Herald" not in page.text
        for path in ACTIONS:
            assert (await web.post(path, {"form": ""})).status == 401, path
        web.session.cookie_jar.update_cookies({"newsdesk": "guessed"})
        assert (await web.get("/")).status == 401
        # an admin of yesterday is out at once
        await web.sign_in(house.app, "telegram:1")
        assert (await web.get("/")).status == 401
        source = await house.app.desk.store.sources.get(1)
        assert source is not None
        assert not source.paused


async def test_a_form_from_elsewhere_does_nothing(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await web.sign_in(house.app)
        form = (await web.get("/sources/1")).form
        assert (await web.post("/sources/1/pause", {"form": ""})).status == 403
        assert (await web.post("/sources/1/pause", {"form": form[:-1]})).status == 403
        assert (await web.post("/sources/1/pause", {})).status == 403
        foreign = await web.post("/sources/1/pause", {"form": form}, Sec_Fetch_Site="cross-site")
        assert foreign.status == 403
        huge = await web.post("/sources/1/pause", {"form": form, "name": "x" * 50_000})
        assert huge.status == 403
        async with web.session.post(web.base + "/sources/1/pause", json={"form": form}) as answer:
            assert answer.status == 403
        async with web.session.post(
            web.base + "/sources/1/pause", data=b"form=\xff\xfe", headers={"Content-Type": "application/x-www-form-urlencoded"}
        ) as answer:  # fmt: skip
            assert answer.status == 403
        path = urlsplit(await house.app.web.sign_in.link(ADMIN)).path
        shown = await web.get(path)
        assert (await web.post(path, {"form": shown.form}, Sec_Fetch_Site="same-site")).status == 403
        assert (await web.post(path, {"form": "x"})).status == 403
        assert (await web.get("/sources/1/pause")).status == 405
        source = await house.app.desk.store.sources.get(1)
        assert source is not None
        assert not source.paused


async def test_who_guesses_links_locks_nobody_out(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        path = urlsplit(await house.app.web.sign_in.link(ADMIN)).path
        statuses = {(await web.post(f"/sign-in/{n}", {"form": "x"})).status for n in range(250)}
        assert statuses == {403}
        assert (await web.post(path, {"form": (await web.get(path)).form})).status == 200


async def test_a_late_link_does_not_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "LINK", timedelta(milliseconds=50))
    async with browsing(tmp_path) as (house, web):
        path = urlsplit(await house.app.web.sign_in.link(ADMIN)).path
        await asyncio.sleep(0.1)
        before = web.session.cookie_jar
        assert before is not None
        shown = await web.get(path)
        assert (await web.post(path, {"form": shown.form})).status == 403


async def test_every_answer_has_its_headers_and_foreign_names_get_none(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await web.sign_in(house.app)
        for path in ("/", "/nothing", "/healthz", "/static/desk.css", "/sign-in"):
            page = await web.get(path)
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert page.headers["x-content-type-options"] == "nosniff"
            assert page.headers["x-frame-options"] == "DENY"
            assert page.headers["cache-control"] == (
                "max-age=3600" if path.startswith("/static") else "no-store"
            )
            for word in (" style=", "<style", " onclick", "javascript:"):
                assert word not in page.html or path.startswith("/static"), (path, word)
        for host in ("evil.example", "evil.example:80", "", "a b"):
            assert (await web.get("/", Host=host)).status == 421, host
        for host in ("localhost:1", "127.0.0.1", "[::1]:8080"):
            assert (await web.get("/healthz", Host=host)).status == 200, host


async def test_what_a_browser_is_told_over_https() -> None:
    sent: list[dict[str, object]] = []

    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    guard = Guard(app, {"news.example"}, https=True)
    scope = {"type": "http", "headers": [(b"host", b"news.example")]}
    await guard(scope, None, send)  # type: ignore[arg-type]
    assert (b"strict-transport-security", b"max-age=31536000") in sent[0]["headers"]  # type: ignore[operator]


async def test_cookies_are_secure_where_the_address_is_https(tmp_path: Path) -> None:
    async with browsing(tmp_path, dashboard={"public_url": "https://news.example"}) as (house, web):
        link = await house.app.web.sign_in.link(ADMIN)
        assert link.startswith("https://news.example/sign-in/")
        shown = await web.get(urlsplit(link).path)
        assert "Secure" in shown.headers["set-cookie"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"listen": "0.0.0.0:8080"}, "NEWSDESK_DASHBOARD__SECRET"),
        ({"listen": "192.0.2.1:80", "public_url": "https://news.example"}, "NEWSDESK_DASHBOARD__SECRET"),
        ({"listen": "[::]:8080", "secret": SecretStr("s" * 20)}, "https://"),
        ({"listen": "desk.example:1", "secret": SecretStr("s" * 20), "public_url": "http://news.example"}, "https://"),
    ],
)  # fmt: skip
async def test_it_does_not_listen_to_others_without_a_secret(
    tmp_path: Path, table: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        async with open_desk(tmp_path, (), dashboard=DashboardSettings(**table)):  # type: ignore[arg-type]
            pass


def test_where_it_may_listen() -> None:
    for listen in ("", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"):
        assert DashboardSettings(listen=listen).refuses_to_listen() is None, listen
    open_ = DashboardSettings(
        listen="0.0.0.0:1", secret=SecretStr("x" * 20), public_url="https://news.example"
    )
    assert open_.refuses_to_listen() is None
    with pytest.raises(ValidationError, match="openssl rand"):
        Settings(dashboard={"secret": "short"})  # type: ignore[arg-type]


async def test_two_browsers_have_two_sessions(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        await web.sign_in(house.app)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            other = Browser(web.base, session)
            await other.sign_in(house.app)
            form = (await web.get("/sources/1")).form
            assert (await other.post("/sources/1/pause", {"form": form})).status == 403
            await other.post("/sign-out", {"form": (await other.get("/")).form})
        assert (await web.get("/")).status == 200
