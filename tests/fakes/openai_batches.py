"""The batch API of the OpenAI-compatible server: files go up, batches are worked on, files come down.

A batch answers nothing until the test says ``finish``; its calls are answered by the server's own
script, one after the other, and charged as any others.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Complete = Callable[[dict[str, Any]], Awaitable[tuple[int, dict[str, Any]]]]


@dataclass
class Batches:
    """``complete`` answers one call: its status and body. ``refuses``: a status for every request."""

    complete: Complete
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    refuses: int | None = None

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{id}/content", self._content)
        app.router.add_post("/v1/batches", self._create)
        app.router.add_get("/v1/batches/{id}", self._retrieve)
        app.router.add_post("/v1/batches/{id}/cancel", self._cancel)

    async def finish(self, status: str = "completed") -> None:
        """Work off every batch; "expired" and "failed" end it without an answer."""
        for batch in self.batches.values():
            if batch["status"] != "in_progress":
                continue
            batch["status"] = status
            if status != "completed":
                continue
            lines = []
            for line in self.files[batch["input_file_id"]].decode().splitlines():
                call = json.loads(line)
                code, body = await self.complete(call["body"])
                response = {"status_code": code, "body": body}
                lines.append(
                    json.dumps({"custom_id": call["custom_id"], "response": response, "error": None})
                )
            batch["output_file_id"] = f"file-{len(self.files) + 1}"
            self.files[batch["output_file_id"]] = "\n".join(lines).encode()

    async def _upload(self, request: web.Request) -> web.Response:
        if self.refuses:
            return web.json_response({"error": {"message": "no"}}, status=self.refuses)
        form = await request.post()
        assert form["purpose"] == "batch"
        file = form["file"]
        assert isinstance(file, web.FileField)
        name = f"file-{len(self.files) + 1}"
        self.files[name] = file.file.read()
        return web.json_response({"id": name, "object": "file", "bytes": 1, "created_at": 1,
                                  "filename": file.filename, "purpose": "batch", "status": "processed"})  # fmt: skip

    async def _content(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["id"]])

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert body["endpoint"] == "/v1/chat/completions"
        assert body["completion_window"] == "24h"
        for line in self.files[body["input_file_id"]].decode().splitlines():
            call = json.loads(line)
            assert (call["method"], call["url"]) == ("POST", "/v1/chat/completions")
            assert len(call["custom_id"]) <= 64
        name = f"batch-{len(self.batches) + 1}"
        self.batches[name] = {"id": name, "object": "batch", "status": "in_progress", "created_at": 1,
                              "endpoint": body["endpoint"], "completion_window": "24h",
                              "input_file_id": body["input_file_id"]}  # fmt: skip
        return web.json_response(self.batches[name])

    async def _retrieve(self, request: web.Request) -> web.Response:
        if self.refuses:
            return web.json_response({"error": {"message": "no"}}, status=self.refuses)
        return web.json_response(self.batches[request.match_info["id"]])

    async def _cancel(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        self.cancelled.append(name)
        self.batches[name]["status"] = "cancelled"
        return web.json_response(self.batches[name])
