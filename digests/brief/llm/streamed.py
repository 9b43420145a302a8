"""A server's answer to a call, whole or piece by piece, as the JSON of a whole completion.

Whether an answer streams is told by what came, not by what was asked for: some servers answer a
wish for pieces with the whole.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai import AsyncAPIResponse


async def answer_of(response: AsyncAPIResponse[Any]) -> Any:
    """The completion, with the server's count of tokens where it brought one.

    ``httpx2.TransportError`` where the connection or a stream breaks off, be it in silence: what came
    of it is not told from an answer that was cut in the middle of a sentence. ``ValueError`` for what
    is no JSON.
    """
    if "event-stream" in response.headers.get("content-type", ""):
        return await assembled(response.iter_lines())
    return json.loads(await response.read())


async def assembled(lines: AsyncIterator[str]) -> dict[str, Any]:
    """The pieces of a stream put together. Comments, ``null`` and pieces that say nothing are passed over."""
    text: list[str] = []
    refusal, thought, finish, usage, ended = "", "", None, None, False
    async for line in lines:
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            ended = True
            break
        piece = json.loads(data or "null")
        if not isinstance(piece, dict):
            continue
        if error := piece.get("error"):
            return {"error": error, "usage": usage, "begun": bool(text)}
        usage = piece.get("usage") or usage
        for choice in (piece.get("choices") or ())[:1]:
            delta = choice.get("delta") or choice.get("message") or {}
            said = delta.get("content")
            for part in said if isinstance(said, list) else [{"type": "text", "text": said}]:
                if part.get("type") == "text":
                    text.append(part.get("text") or "")
                else:
                    thought += "…"
            thought += "…" if delta.get("reasoning_content") or delta.get("reasoning") else ""
            refusal += delta.get("refusal") or ""
            finish = choice.get("finish_reason") or finish
    if finish is None and not ended:
        import httpx2

        raise httpx2.RemoteProtocolError("The stream broke off.")
    message = {"content": "".join(text), "refusal": refusal, "reasoning": thought[:1]}
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}
