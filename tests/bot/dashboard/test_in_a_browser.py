"""The dashboard in a real browser: what it shows, on a phone and in the dark, and to whom it is read aloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

from digests.deliver.decide import new_nonce
from digests.model import Entry, Failure, FailureKind, Hold, Usage
from tests.bot.conftest import House
from tests.bot.dashboard.browsing import ADMIN, browsing

pytestmark = pytest.mark.slow

PATHS = (
    "/", "/sources", "/sources/1", "/sources/5", "/subscriptions", "/queue", "/digests", "/digests/1",
    "/spend", "/search?q=bridge", "/stories/1", "/archive", "/archive/1", "/archive/1/1", "/nothing",
)  # fmt: skip
PHONE = {"viewport": {"width": 375, "height": 740}, "is_mobile": True, "has_touch": True}
DARK = {"color_scheme": "dark"}
PICTURES = os.environ.get("NEWSDESK_PICTURES")  # a folder to put screenshots of everything into
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
    axe = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
    async with browsing(tmp_path, dashboard=PUBLIC) as (house, web), chromium() as browser:
        await house.app.desk.cycle()
        await busy(house)
        page = await browser.new_page()
        await page.set_content('<title>x</title><img src="x"><input>')
        await page.evaluate(axe)
        assert len(await page.evaluate("axe.run().then(r => r.violations)")) > 2  # it can fail
        looks = {"desk": DESKTOP, "phone-dark": PHONE | DARK}
        if PICTURES:
            looks |= {"desk-dark": DESKTOP | DARK, "phone": PHONE}
        for name, look in looks.items():
            context, page, complaints = await signed_in(house, browser, **look)
            wrong = []
            for path in PATHS:
                await page.goto(web.base + path)
                if PICTURES:
                    file = path.strip("/").replace("/", "-").partition("?")[0] or "overview"
                    await page.screenshot(path=f"{PICTURES}/{name}-{file}.png", full_page=True)
                await page.evaluate(axe)  # past the content policy, as only a debugger may
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
    store, now = house.app.desk.store, house.app.desk.clock()
    for day in range(14):
        made = [
            (Entry(source_id=source, title=f"Item {day}-{n}", url=f"https://old.example/{source}/{day}/{n}"),
             [f"old:{source}:{day}:{n}"])
            for source in (1, 2, 3) for n in range((day * source) % 5 + 1)
        ]  # fmt: skip
        for entry in await store.entries.add(made, now - timedelta(days=day)):
            await store.entries.read_failed(
                entry.id, Failure(FailureKind.UNREADABLE, "an item of the test"), None
            )
    for model, source, cost in (("gpt-5-mini", 1, 120_000), ("gpt-5", 2, 310_000), ("gpt-5-mini", 3, 40_000)):
        hold = await store.spend.reserve(
            Hold(model=model, chat_id=1, source_id=source, amount=cost, day=f"{now:%Y-%m-%d}"), ()
        )
        assert isinstance(hold, Hold)
        await store.spend.settle(hold, cost, Usage(2100, 310))
    (digest, _), *_ = await store.looking.posted(1)
    chat = await store.chats.get(digest.chat_id)
    assert chat is not None
    (message,) = await store.looking.messages(digest.id)
    again = replace(message, id=0, nonce=new_nonce(), message_id=None, sent=None)
    copied = await store.digests.compose(replace(digest, items=()), (again,), (), None, now)
    (held,) = await store.looking.messages(copied.id)
    await store.deliveries.hold(held.id, "the answer was lost and the platform gives no way to look")
    source = await store.sources.get(4)
    assert source is not None
    await store.sources.update(replace(source, paused=True))


async def test_what_a_sentence_rests_on_shows_for_mouse_keyboard_and_finger(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web), chromium() as browser:
        await house.app.desk.cycle()
        for look in (DESKTOP, PHONE | DARK):
            context, page, complaints = await signed_in(house, browser, **look)
            await page.goto(f"{web.base}/digests/1")
            first = page.locator("details.support").first
            rests = first.locator("blockquote").first
            await rests.wait_for(state="hidden")
            if look is not DESKTOP:
                await first.locator("summary").tap()
                await rests.wait_for(state="visible")
                if PICTURES:
                    await page.screenshot(path=f"{PICTURES}/a-sentence.png")
            else:
                await first.hover()
                await rests.wait_for(state="visible")
                await page.mouse.move(2, 2)
                await rests.wait_for(state="hidden")
                await page.locator("main a").first.focus()
                for _ in range(30):
                    await page.keyboard.press("Tab")
                    if await first.evaluate("e => e.contains(document.activeElement)"):
                        break
                else:
                    await first.locator("summary").focus()
                    await page.keyboard.press("Enter")
                await rests.wait_for(state="visible")
            assert complaints == []
            await context.close()


async def test_without_javascript_everything_can_be_read_and_done(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web), chromium() as browser:
        await house.app.desk.cycle()
        context, page, complaints = await signed_in(house, browser, **DESKTOP, java_script_enabled=False)
        await page.goto(f"{web.base}/digests/1")
        first = page.locator("details.support").first
        await first.locator("summary").click()
        await first.locator("blockquote").first.wait_for(state="visible")
        await page.goto(f"{web.base}/sources/1")
        await page.get_by_role("button", name="Pause").click()
        await page.get_by_role("button", name="Resume").wait_for()
        await page.get_by_label("Name", exact=True).fill("The Herald")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("heading", name="The Herald").wait_for()
        await page.goto(f"{web.base}/search")
        await page.get_by_role("searchbox").fill("bridge")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("link", name="Quay Bridge").first.wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="Sign in").wait_for()
        assert complaints == []
        await context.close()


async def test_pages_refresh_themselves(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web), chromium() as browser:
        context, page, complaints = await signed_in(house, browser, **DESKTOP)
        await page.goto(f"{web.base}/digests")
        await page.clock.install()
        await page.goto(f"{web.base}/")
        assert "Nothing was posted yet" in await page.inner_text("main")
        await house.app.desk.cycle()
        await page.clock.run_for(16_000)
        await page.get_by_role("link", name="Quay Bridge").wait_for()
        assert complaints == []
        await context.close()
