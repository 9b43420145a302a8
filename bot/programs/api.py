"""The JSON interface: ``/api/v1/…``, and its description at ``/api/openapi.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.dashboard.security import body_of
from bot.programs.answers import QUESTIONS, Question, Refusal
from bot.programs.door import Door, as_json

LIMIT = 500_000  # bytes of what is sent
_STATUSES = {
    401: "no token, or none that serves",
    403: "the token may not do that",
    404: "there is no such thing, or it can't be read",
    422: "what was asked can't be understood",
    429: "too many questions",
    500: "a fault of the desk",
    503: "not now",
}


def api_routes(desk_door: Door) -> Sequence[BaseRoute]:
    """The routes of the interface, for the desk's web server."""

    def endpoint(question: Question) -> Route:
        async def answer(request: Request) -> Response:
            caller = await desk_door.admit(request.headers.get("authorization", ""))
            if isinstance(caller, Refusal):
                return _response(*as_json(caller))
            given = dict(request.query_params) if question.reads else await _sent(request)
            if isinstance(given, Refusal):
                return _response(*as_json(given))
            return _response(*as_json(await desk_door.answer(caller, question, given)))

        return Route(f"/v1/{question.name}", answer, methods=["GET" if question.reads else "POST"])

    async def described(request: Request) -> Response:
        return JSONResponse(openapi())

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        return JSONResponse({"error": "There is nothing of that kind here."}, status, headers)

    routes = [
        Route("/openapi.json", described, methods=["GET"]),
        *(endpoint(question) for question in QUESTIONS.values()),
    ]
    handlers: Any = {HTTPException: refused}
    return [Mount("/api", Starlette(routes=routes, exception_handlers=handlers))]


def _response(status: int, body: bytes) -> Response:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "2"}}.get(status)
    return Response(body, status, headers, "application/json")


async def _sent(request: Request) -> dict[str, Any] | Refusal:
    """The object that was sent."""
    body = await body_of(request, LIMIT)
    if body is None:
        return Refusal(422, f"Send at most {LIMIT} bytes.")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return Refusal(422, "Send an object of JSON.")
    return given if isinstance(given, dict) else Refusal(422, "Send an object of JSON.")


@cache
def openapi() -> dict[str, Any]:
    """The description of the interface, made from the questions."""
    models = [(model, mode) for one in QUESTIONS.values() for model, mode in (
        (one.asked, "validation"), (one.answer, "serialization"),
    )]  # fmt: skip
    refs, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    paths: dict[str, Any] = {}
    for one in QUESTIONS.values():
        fails = {
            str(status): {"description": text, "content": {"application/json": {"schema": error}}}
            for status, text in _STATUSES.items()
        }
        answer = {"schema": refs[one.answer, "serialization"]}
        operation: dict[str, Any] = {
            "operationId": one.name,
            "summary": one.help,
            "responses": {"200": {"description": "the answer", "content": {"application/json": answer}}}
            | fails,
        }
        if one.reads:
            schema = one.asked.model_json_schema()
            operation["parameters"] = [
                {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": kind}
                for name, kind in schema["properties"].items()
            ]
        else:
            body = {"application/json": {"schema": refs[one.asked, "validation"]}}
            operation["requestBody"] = {"required": True, "content": body}
        paths[f"/v1/{one.name}"] = {"get" if one.reads else "post": operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Newsdesk", "version": "1"},
        "servers": [{"url": "/api"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
