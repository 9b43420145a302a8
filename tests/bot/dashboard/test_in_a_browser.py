"""The dashboard in a real browser: what it shows, on a phone and in the dark, and to whom it is read aloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

from tests.bot.conftest import House
from tests.bot.dashboard.browsing import ADMIN, browsing

pytestmark = pytest.mark.slow

PATHS = (
    "/", "/sources", "/sources/1", "/sources/5", "/subscriptions", "/queue", "/digests", "/digests/1",
    "/spend", "/search?q=bridge", "/stories/1", "/archive", "/archive/1", "/archive/1/1", "/nothing",
)  # fmt: skip
PHONE = {"viewport": {"width": 375, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    found = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            )
        except Error:
            pytest.skip("there is no Chromium here")
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(house: House, browser: Browser, **look: Any) -> tuple[BrowserContext, Page, list[str]]:
    """A window of an admin, and what its console and its content policy complained of."""
    context = await browser.new_context(**look)
    page = await context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(await house.app.web.sign_in.link(ADMIN))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Overview").wait_for()
    return context, page, complaints


PUBLIC = {"public": True, "public_chats": ("console:terminal",)}


async def test_every_page_is_accessible_and_fits_on_phone_and_desk_light_and_dark(tmp_path: Path) -> None:
    pictures = os.environ.get("NEWSDESK_PICTURES")  # a folder to put screenshots into
    async with browsing(tmp_path, dashboard=PUBLIC) as (house, web), chromium() as browser:
        await house.app.desk.cycle()
        await busy(house)
        for name, look in (
            ("desk", DESKTOP),
            ("desk-dark", DESKTOP | {"color_scheme": "dark"}),
            ("phone", PHONE),
            ("phone-dark", PHONE | {"color_scheme": "dark"}),
        ):
            context, page, complaints = await signed_in(house, browser, **look, bypass_csp=True)
            wrong = []
            for path in PATHS:
                await page.goto(web.base + path)
                if pictures:
                    file = path.strip("/").replace("/", "-").partition("?")[0] or "overview"
                    await page.screenshot(path=f"{pictures}/{name}-{file}.png", full_page=True)
                await page.add_script_tag(path=AXE_FILE_PATH)
                found = await page.evaluate("axe.run().then(r => r.violations)")
                wrong += [f"{path}: {v['id']}: {v['nodes'][0]['html'][:150]}" for v in found]
                wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if wide > 0:
                    wrong.append(f"{path} is {wide} px too wide")
            assert wrong == [], name
            assert [text for text in complaints if "404" not in text] == []
            await context.close()


async def busy(house: House) -> None:
    """Some of everything: a few days of items, a held message, spend, a paused source."""
    from datetime import timedelta

    from digests.model import Entry, Hold, Usage

    store, now = house.app.desk.store, house.app.desk.clock()
    for day in range(14):
        made = [
            (Entry(source_id=source, title=f"Item {day}-{n}", url=f"https://old.example/{source}/{day}/{n}"),
             [f"old:{source}:{day}:{n}"])
            for source in (1, 2, 3) for n in range((day * source) % 5 + 1)
        ]  # fmt: skip
        for entry in await store.entries.add(made, now - timedelta(days=day)):
            await store.entries.read_failed(entry.id, _FAILURE, None)
    for model, source, cost in (("gpt-5-mini", 1, 120_000), ("gpt-5", 2, 310_000), ("gpt-5-mini", 3, 40_000)):
        hold = await store.spend.reserve(
            Hold(model=model, chat_id=1, source_id=source, amount=cost, day=f"{now:%Y-%m-%d}"), ()
        )
        assert isinstance(hold, Hold)
        await store.spend.settle(hold, cost, Usage(2100, 310))
    (digest, _), *_ = await store.looking.posted(1)
    chat = await store.chats.get(digest.chat_id)
    assert chat is not None
    from dataclasses import replace

    from digests.deliver.nonce import new_nonce

    (message,) = await store.looking.messages(digest.id)
    again = replace(message, id=0, nonce=new_nonce(), message_id=None, sent=None)
    copied = await store.digests.compose(replace(digest, items=()), (again,), (), None, now)
    (held,) = await store.looking.messages(copied.id)
    await store.deliveries.hold(held.id, "the answer was lost and the platform gives no way to look")
    source = await store.sources.get(4)
    assert source is not None
    await store.sources.update(replace(source, paused=True))


from digests.model import Failure, FailureKind  # noqa: E402

_FAILURE = Failure(FailureKind.UNREADABLE, "an item of the test")
