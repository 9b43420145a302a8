"""The fake Discord as a process of its own, as benchmarks that kill the desk use it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from discord_desk import EchoDesk, delivery

from bot.platforms.discord.chat import DiscordChat
from digests.model import Chat
from digests.ports import Sent

ROOT = Path(__file__).parents[3]


async def _serve(file: Path) -> tuple[asyncio.subprocess.Process, dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.discord_server", "--state", str(file), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    return process, json.loads(await asyncio.wait_for(process.stdout.readline(), 20))


@pytest.mark.slow
async def test_what_happened_can_be_steered_and_asked_over_http_and_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    process, where = await _serve(file)
    base = where["api_base"].replace("/api/v10", "/_fake")
    async with aiohttp.ClientSession() as session:

        async def ask(path: str, /, **body: Any) -> Any:
            async with session.post(f"{base}/{path}", json=body) as response:
                return await response.json() if response.status == 200 else None

        async def state() -> dict[str, Any]:
            async with session.get(f"{base}/state") as response:
                return dict(await response.json())

        chat = DiscordChat(
            "token", EchoDesk().desk(), api_base=where["api_base"], gateway=where["gateway"], quiet=0.05
        )
        await chat.start()
        (added,) = (await ask("channel", count=1))["channels"]
        sent = await chat.send(Chat(platform="discord", address=added), delivery("It rained."))
        owner = (await state())["guilds"][0]["owner"]
        said = await ask(
            "slash", path="sources add", user=owner, channel=added, options={"address": "a.example"}
        )
        assert said["replies"][0]["content"] == "sources add a.example"
        await ask("fault", pattern="POST /channels", action="fail_before", status=403, code=50013)
        await chat.send(Chat(platform="discord", address=added), delivery("It snowed.", 2))
        await ask("drop")
        for _ in range(200):
            if (seen := await state())["resumes"]:
                break
            await asyncio.sleep(0.02)
        assert seen["resumes"] == 1
        await chat.stop()
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    kept = json.loads(file.read_text())
    assert isinstance(sent, Sent)
    assert [one["id"] for one in kept["accepted"]] == [sent.message_id]
    assert (kept["invalid"], kept["pings"], kept["throttled"]) == (1, [], 0)
    # A second run takes the same world up, so that addresses stay what they were.
    process, where = await _serve(file)
    process.terminate()
    await process.wait()
    again = json.loads(file.read_text())
    assert again["guilds"] == kept["guilds"]
