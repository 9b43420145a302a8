"""The same questions as tools of an MCP server at ``/mcp``, where the package ``mcp`` is installed.

It is stateless: every request brings its token and is answered as one JSON document. The package is loaded
by the first request, since loading it takes longer than the desk's start.
"""

from __future__ import annotations

import asyncio
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bot.programs.answers import QUESTIONS, Refusal
from bot.programs.door import Caller, Door, as_json

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

LIMIT = 500_000  # bytes of a request
_CALLER = "newsdesk.caller"


class McpServer:
    """An ASGI application; ``close`` ends what it started."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._manager: asyncio.Future[StreamableHTTPSessionManager] | None = None
        self._alive: asyncio.Task[None] | None = None

    def routes(self) -> list[BaseRoute]:
        return [Route("/mcp", self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if find_spec("mcp") is None:
            missing = {"error": "The MCP server is not installed here: pip install 'newsdesk[mcp]'."}
            return await JSONResponse(missing, 404)(scope, receive, send)
        caller = await self._door.admit(Request(scope).headers.get("authorization", ""))
        if isinstance(caller, Refusal):
            headers = {"WWW-Authenticate": "Bearer"} if caller.status == 401 else None
            refusal = JSONResponse({"error": caller.error}, caller.status, headers)
            return await refusal(scope, receive, send)
        scope[_CALLER] = caller
        await (await self._running()).handle_request(scope, receive, send)

    async def close(self) -> None:
        if self._alive is not None:
            self._alive.cancel()
            await asyncio.gather(self._alive, return_exceptions=True)

    async def _running(self) -> StreamableHTTPSessionManager:
        if self._manager is None:
            self._manager = asyncio.get_running_loop().create_future()
            self._alive = asyncio.create_task(self._live(self._manager), name="MCP server")
        return await asyncio.shield(self._manager)

    async def _live(self, ready: asyncio.Future[StreamableHTTPSessionManager]) -> None:
        """Its tasks begin and end in one task, as its library wants it."""
        manager = await asyncio.to_thread(self._made)
        async with manager.run():
            ready.set_result(manager)
            await asyncio.Event().wait()

    def _made(self) -> StreamableHTTPSessionManager:
        from mcp.server.lowlevel import Server
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from mcp.types import CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations

        async def tools(context: Any, asked: Any) -> ListToolsResult:
            return ListToolsResult(
                tools=[
                    Tool(
                        name=one.name,
                        description=one.help,
                        input_schema=one.asked.model_json_schema(),
                        output_schema=one.answer.model_json_schema(mode="serialization"),
                        annotations=ToolAnnotations(read_only_hint=True),
                    )
                    for one in QUESTIONS.values()
                ]
            )

        async def called(context: Any, asked: Any) -> CallToolResult:
            caller: Caller = context.request.scope[_CALLER]
            question = QUESTIONS.get(asked.name)
            if question is None:
                given: Any = Refusal(404, f"There is no such tool. There are: {', '.join(QUESTIONS)}.")
            else:
                given = await self._door.answer(caller, question, asked.arguments or {})
            status, body = as_json(given)
            text = TextContent(type="text", text=body.decode())
            if status != 200:
                return CallToolResult(content=[text], is_error=True)
            return CallToolResult(content=[text], structured_content=json.loads(body))

        server: Server[Any] = Server(
            "newsdesk",
            instructions="News that one chat's sources brought. Every sentence names those it rests on.",
            on_list_tools=tools,
            on_call_tool=called,
        )
        return StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=LIMIT
        )
