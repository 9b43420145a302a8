"""An OpenAI-compatible server on loopback, scripted by the test, with the protocol's own rough edges.

Answers come off ``script`` in order, the last one again and again. ``obey`` makes a server that
does what the text it is given tells it: it answers with the attack a test planted.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.openai_batches import Batches


@dataclass(frozen=True)
class Says:
    """A completion. ``usage`` None: the server counts tokens itself; "none": it gives no count."""

    content: str | None
    finish: str = "stop"
    refusal: str | None = None
    usage: Mapping[str, int] | str | None = None
    delay: float = 0.0


@dataclass(frozen=True)
class Refuses:
    """A status with the error body of the protocol."""

    status: int
    code: str | None = None
    message: str = "no"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Any bytes under any status and type."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


@dataclass(frozen=True)
class Cut:
    """The answer begins and the connection breaks."""

    body: bytes = b'{"id": "1", "choices": [{"mess'


@dataclass(frozen=True)
class Ends:
    """A stream that ends after so many of its events, as if all had been said."""

    says: Says
    events: int


@dataclass(frozen=True)
class Drip:
    """One byte at a time, for ever."""


@dataclass(frozen=True)
class Events:
    """A stream's lines as they are; dictionaries become ``data:``. ``done``: it ends with [DONE]."""

    lines: tuple[Mapping[str, Any] | str, ...]
    done: bool = True


Plain = Says | Refuses | Raw | Cut | Ends | Drip | Events
Reply = Plain | Callable[[dict[str, Any]], Plain]
"""A reply may look at what it is asked."""


def answer(headline: str, *sentences: tuple[str, list[int]]) -> Says:
    """A brief as the schema wants it; cites are the numbers in the prompt, from 1."""
    body = {
        "headline": headline,
        "sentences": [{"text": text, "cites": cites} for text, cites in sentences],
        "topics": ["news"],
        "score": 5,
    }
    return Says(json.dumps(body, ensure_ascii=False))


@dataclass
class OpenAiServer:
    """The server's state. ``requests`` are the bodies it was sent."""

    script: list[Reply] = field(default_factory=list)
    obey: Callable[[str], Reply] | None = None
    schemas: bool = True
    streams: bool = True
    completion_tokens_only: bool = False  # refuses max_tokens, as newer models do
    key: str | None = None
    models: tuple[str, ...] = ("gpt-5-mini",)
    requests: list[dict[str, Any]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    base_url: str = ""
    charged: int = 0  # tokens in and out of all completions
    most_at_once: int = 0
    sound: bytes | Refuses = b"OggS\0\2 ... OpusHead ... a recording"
    spoken: list[dict[str, Any]] = field(default_factory=list)
    _now: int = 0

    def __post_init__(self) -> None:
        self.batches = Batches(self._batched)

    async def _batched(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One call of a batch: its status and body."""
        asked = self._next(body)
        reply = asked(body) if callable(asked) else asked
        assert isinstance(reply, Says | Refuses)
        if isinstance(reply, Refuses):
            return reply.status, {"error": {"message": reply.message}}
        return 200, self._said(reply, body)

    def _next(self, body: dict[str, Any]) -> Reply:
        if self.obey is not None:
            return self.obey("\n".join(str(m["content"]) for m in body["messages"]))
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.asked.set()
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            return await self._reply(request, body)
        finally:
            self._now -= 1

    async def list_models(self, request: web.Request) -> web.Response:
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(Refuses(401, "invalid_api_key"))
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "x"} for name in self.models]
        return web.json_response({"object": "list", "data": data})

    async def speak(self, request: web.Request) -> web.Response:
        """The speech API: Ogg with Opus for ``opus``, whatever is said."""
        body = await request.json()
        self.spoken.append(body)
        if not {"model", "voice", "input"} <= body.keys() or len(body["input"]) > 4096:
            return _error(Refuses(400, None, "string_above_max_length"))
        if isinstance(self.sound, Refuses):
            return _error(self.sound)
        return web.Response(body=self.sound, content_type="audio/ogg")

    async def _reply(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            given = request.headers.get("Authorization", "")
            return _error(Refuses(401, "invalid_api_key", f"Incorrect API key provided: {given}"))
        if "response_format" in body and not self.schemas:
            return _error(Refuses(400, None, "Unsupported parameter: 'response_format'"))
        if "max_tokens" in body and self.completion_tokens_only:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return _error(Refuses(400, "unsupported_parameter", message))
        if body.get("stream") and not self.streams:
            first = "stream_options" if "stream_options" in body else "stream"
            return _error(Refuses(400, None, f"Unsupported parameter: '{first}'"))
        asked = self._next(body)
        reply = asked(body) if callable(asked) else asked
        if isinstance(reply, Events):
            return await _events(request, reply)
        if isinstance(reply, Ends):
            return await self._streamed(request, reply.says, body, reply.events)
        if isinstance(reply, Says):
            if body.get("stream"):
                return await self._streamed(request, reply, body)
            return await self._completion(reply, body)
        if isinstance(reply, Refuses):
            return _error(reply)
        if isinstance(reply, Raw):
            return web.Response(body=reply.body, status=reply.status, content_type=reply.content_type)
        return await _broken(request, reply)

    async def _completion(self, reply: Says, body: dict[str, Any]) -> web.Response:
        if reply.delay:
            await asyncio.sleep(reply.delay)
        return web.json_response(self._said(reply, body))

    async def _streamed(
        self, request: web.Request, reply: Says, body: dict[str, Any], events: int | None = None
    ) -> web.StreamResponse:
        """Server-sent events: the text in pieces, its end, and the count where that is asked for."""
        await asyncio.sleep(reply.delay)
        said = self._said(reply, body)
        head = {"id": said["id"], "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

        def piece(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
            return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        text = reply.content or ""
        pieces = [piece({"content": text[at : at + 9]}) for at in range(0, len(text), 9)]
        if reply.refusal is not None:
            pieces.append(piece({"refusal": reply.refusal}))
        pieces.append(piece({}, reply.finish))
        if "usage" in said and body.get("stream_options", {}).get("include_usage"):
            pieces.append({**head, "choices": [], "usage": said["usage"]})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for one in pieces[:events]:
            await response.write(f"data: {json.dumps(one)}\n\n".encode())
        if events is None:
            await response.write(b"data: [DONE]\n\n")
        return response

    def _said(self, reply: Says, body: dict[str, Any]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": reply.content}
        if reply.refusal is not None:
            message["refusal"] = reply.refusal
        said: dict[str, Any] = {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": reply.finish, "message": message}],
        }
        usage = reply.usage
        if usage is None:
            asked = sum(len(re.findall(r"\w+|\S", str(m["content"]))) for m in body["messages"])
            usage = {
                "prompt_tokens": asked,
                "completion_tokens": len(re.findall(r"\w+|\S", reply.content or "")),
            }
        if not isinstance(usage, str):
            said["usage"] = {**usage, "total_tokens": sum(usage.values())}
            self.charged += sum(usage.values())
        return said


def _error(reply: Refuses) -> web.Response:
    body = {"error": {"message": reply.message, "type": "error", "param": None, "code": reply.code}}
    return web.json_response(body, status=reply.status, headers=dict(reply.headers))


async def _events(request: web.Request, reply: Events) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for line in (*reply.lines, *(("data: [DONE]",) if reply.done else ())):
        text = line if isinstance(line, str) else f"data: {json.dumps(line, ensure_ascii=False)}"
        await response.write(f"{text}\n\n".encode())
    return response


async def _broken(request: web.Request, reply: Cut | Drip) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "100000"})
    await response.prepare(request)
    if isinstance(reply, Cut):
        await response.write(reply.body)
        assert request.transport is not None
        request.transport.close()
        return response
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def openai_server(**options: Any) -> AsyncIterator[OpenAiServer]:
    """A running server; ``base_url`` is what the client takes."""
    server = OpenAiServer(**options)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.complete)
    app.router.add_post("/v1/audio/speech", server.speak)
    app.router.add_get("/v1/models", server.list_models)
    server.batches.routes(app)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.base_url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def faithful(prompt: str) -> Says:
    """What a good model says: each story's first sentence, word for word."""
    stories = re.split(r"^Story \d+:$", prompt, flags=re.M)[1:] or [prompt]
    drafts = []
    for number, story in enumerate(stories, 1):
        match = re.search(r"^\[(\d+)\] (.+)$", story, re.M)
        assert match is not None
        sentence = {"text": match[2], "cites": [int(match[1])]}
        drafts.append(
            {"story": number, "headline": "", "sentences": [sentence], "topics": ["society"], "score": 7}
        )
    return Says(json.dumps({"stories": drafts} if len(stories) > 1 else drafts[0], ensure_ascii=False))
