"""How fourteen kinds of servers of language models treat a call, each in its own way.

What they refuse and how they say so is as their public documents and bug reports have it; what they
write is the same good brief of the test's article. A kind is a function from a call's body to a reply.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server import Events, Plain, Raw, Refuses

LINES = ("The council opened the new bridge on Monday.", "It cost 14 million euros and took two years.")
BRIEF = json.dumps(
    {
        "headline": "Council opens new bridge",
        "sentences": [{"text": LINES[0], "cites": [1]}, {"text": "It cost 14 million euros.", "cites": [2]}],
        "topics": ["politics"],
        "score": 4,
    }
)
PLAIN = f"HEADLINE: Council opens new bridge\n- {LINES[0]} [1]\n- It cost 14 million euros. [2]\nTOPICS: politics\nSCORE: 4"
THOUGHT = (
    'Okay, a brief. Draft: {"headline": "x", "sentences": [{"text": "It cost two years.", "cites": [2]}], '
    '"topics": [], "score": 1}. No.\n- It cost two years. [2]\nHEADLINE: maybe the bridge'
)
READ, WRITTEN, THINKING = 500, 90, 1_200
USAGE = {"prompt_tokens": READ, "completion_tokens": WRITTEN, "total_tokens": READ + WRITTEN}

Kind = Callable[[dict[str, Any]], Plain]


def completion(content: Any, finish: str | None = "stop", usage: Any = USAGE, **message: Any) -> Raw:
    """A whole answer."""
    said = {"role": "assistant", "content": content, **message}
    body: dict[str, Any] = {"id": "1", "choices": [{"index": 0, "finish_reason": finish, "message": said}]}
    return Raw(json.dumps(body | ({} if usage is None else {"usage": usage})).encode())


def chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A piece of an answer."""
    return {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def pieces(text: str, size: int = 17) -> list[dict[str, Any]]:
    return [chunk({"content": text[at : at + size]}) for at in range(0, len(text), size)]


def refusal(status: int, error: Any, headers: Mapping[str, str] | None = None) -> Raw:
    return Raw(json.dumps(error).encode(), status)


def _said(body: dict[str, Any]) -> str:
    """What a server that heeds schemas writes."""
    return BRIEF if "response_format" in body else PLAIN


def _answer(body: dict[str, Any], text: str, *, finish: str = "stop", usage: Any = USAGE) -> Plain:
    if body.get("stream"):
        counted = body.get("stream_options", {}).get("include_usage")
        last = ({"id": "1", "choices": [], "usage": usage},) if counted and usage else ()
        return Events((*pieces(text), chunk({}, finish), *last))
    return completion(text, finish, usage)


def _limit(body: dict[str, Any]) -> int:
    return int(body.get("max_tokens") or body.get("max_completion_tokens") or 0)


def openai(body: dict[str, Any]) -> Plain:
    """Models that think: another name for the limit, and the thinking counts against it."""
    if "max_tokens" in body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        return Refuses(400, "unsupported_parameter", message)
    if _limit(body) < THINKING + WRITTEN:
        details = {"reasoning_tokens": _limit(body)}
        usage = {
            "prompt_tokens": READ,
            "completion_tokens": _limit(body),
            "completion_tokens_details": details,
        }
        return completion("", "length", usage)
    details = {"reasoning_tokens": THINKING}
    usage = {
        "prompt_tokens": READ,
        "completion_tokens": THINKING + WRITTEN,
        "completion_tokens_details": details,
    }
    return _answer(body, _said(body), usage=usage)


def openrouter(body: dict[str, Any]) -> Plain:
    """No provider takes the schema; comments keep the connection alive; the thinking has its own field."""
    if "response_format" in body:
        message = "No endpoints found that can handle the requested parameters. To learn more about provider routing, …"
        return refusal(404, {"error": {"message": message, "code": 404}})
    if not body.get("stream"):
        return completion(PLAIN, reasoning="Okay, a brief.")
    alive = ": OPENROUTER PROCESSING"
    thought = chunk({"content": "", "reasoning": "Okay, a brief."})
    return Events((alive, alive, thought, *pieces(PLAIN), alive, chunk({}, "stop", usage=USAGE)))


def anthropic(body: dict[str, Any]) -> Plain:
    """Schemas are ignored: the JSON comes in a fence, after a few words."""
    return _answer(body, f"Here is the brief:\n\n```json\n{BRIEF}\n```", finish="stop")


def gemini(body: dict[str, Any]) -> Plain:
    """An error is a list; what was thought is in the total of tokens alone."""
    if "response_format" in body:
        message = (
            'Invalid JSON payload received. Unknown name "additionalProperties" at '
            "'generation_config.response_schema': Cannot find field."
        )
        return refusal(400, [{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}])
    usage = USAGE | {"total_tokens": READ + WRITTEN + THINKING}
    return _answer(body, PLAIN, usage=usage)


def mistral(body: dict[str, Any]) -> Plain:
    """What it does not know is told as a list of details; content comes as parts; roles must alternate."""
    for name in ("stream_options", "response_format"):
        if name in body:
            detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted",
                       "input": body[name]}]  # fmt: skip
            return refusal(
                422, {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"}
            )
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}
    if body.get("stream"):
        return Events((chunk({"content": [thinking]}), *pieces(PLAIN), chunk({}, "stop", usage=USAGE)))
    return completion([thinking, {"type": "text", "text": PLAIN}])


def deepseek(body: dict[str, Any]) -> Plain:
    """No schemas, under a name of its own; blank lines and comments while one waits."""
    if "response_format" in body:
        return refusal(
            400,
            {
                "error": {
                    "message": "This response_format type is unavailable now",
                    "code": "invalid_request_error",
                }
            },
        )
    if not body.get("stream"):
        return completion(PLAIN, reasoning_content=THOUGHT)
    thought = chunk({"reasoning_content": THOUGHT, "content": None})
    return Events((": keep-alive", "", thought, *pieces(PLAIN), chunk({}, "stop", usage=USAGE)))


def groq(body: dict[str, Any]) -> Plain:
    """No schemas with most models."""
    if "response_format" in body:
        message = "This model does not support response format `json_schema`. See supported models at …"
        return refusal(
            400, {"error": {"message": message, "type": "invalid_request_error", "param": "response_format"}}
        )
    return _answer(body, PLAIN)


def xai(body: dict[str, Any]) -> Plain:
    """The thinking is counted, and paid, beside the answer's tokens."""
    details = {"reasoning_tokens": THINKING}
    usage = USAGE | {"total_tokens": READ + WRITTEN + THINKING, "completion_tokens_details": details}
    return _answer(body, _said(body), usage=usage)


def ollama(body: dict[str, Any]) -> Plain:
    """Pieces that say an empty reason until the end; the count comes in the last."""
    if not body.get("stream"):
        return completion(_said(body))
    early = [
        {**piece, "choices": [{**piece["choices"][0], "finish_reason": ""}]} for piece in pieces(_said(body))
    ]
    return Events((*early, chunk({}, "stop"), {"id": "1", "choices": None, "usage": USAGE}))


def vllm(body: dict[str, Any]) -> Plain:
    """Without a parser the thinking stands in the answer; the template takes no two of one role in a row."""
    roles = [message["role"] for message in body["messages"]]
    if any(one == other for one, other in itertools.pairwise(roles)):
        message = "Conversation roles must alternate user/assistant/user/assistant/..."
        return refusal(400, {"error": {"message": message, "type": "BadRequestError", "code": 400}})
    return _answer(body, f"<think>\n{THOUGHT}\n</think>\n\n{_said(body)}")


def llama_cpp(body: dict[str, Any]) -> Plain:
    """A template without a system message, and thinking that was opened in the prompt."""
    if any(message["role"] == "system" for message in body["messages"]):
        return refusal(
            500, {"error": {"code": 500, "message": "System role not supported", "type": "server_error"}}
        )
    if "response_format" in body:
        return refusal(
            400, {"error": {"code": 400, "message": "Failed to initialize samplers: failed to parse grammar"}}
        )
    return _answer(body, f"{THOUGHT}\n</think>\n\n{PLAIN}")


def llama_cpp_python(body: dict[str, Any]) -> Plain:
    """It falls over a schema with status 500, and counts no tokens in a stream."""
    if "response_format" in body:
        message = (
            "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': "
            "\"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]"
        )
        return refusal(
            500, {"error": {"message": message, "type": "internal_server_error", "param": None, "code": None}}
        )
    return _answer(body, PLAIN, usage=None if body.get("stream") else USAGE)


def lm_studio(body: dict[str, Any]) -> Plain:
    """An error is a string."""
    if "response_format" in body:
        return refusal(
            400, {"error": "'response_format.type' must be 'text'; structured output is not supported"}
        )
    return _answer(body, PLAIN)


def litellm(body: dict[str, Any]) -> Plain:
    """What the server behind it refuses comes wrapped; a wish for pieces may be answered whole."""
    if "response_format" in body:
        message = "litellm.UnsupportedParamsError: x does not support parameters: ['response_format'], for model=tiny."
        return refusal(400, {"error": {"message": message, "type": "None", "param": "None", "code": "400"}})
    return completion(PLAIN)


@dataclass(frozen=True)
class Row:
    """A kind by its name in the documents, and what is special about asking it.

    ``calls``: for the first brief, whole and streamed. ``written``: tokens to be paid, out; None: not told.
    """

    kind: Kind
    calls: tuple[int, int]
    written: int = WRITTEN
    told_streamed: bool = True
    lacks: frozenset[str] = field(default_factory=frozenset)


KINDS: Mapping[str, Row] = {
    "OpenAI": Row(openai, (2, 2), THINKING + WRITTEN),
    "OpenRouter": Row(openrouter, (2, 2)),
    "Anthropic": Row(anthropic, (1, 1)),
    "Gemini": Row(gemini, (2, 2), THINKING + WRITTEN),
    "Mistral": Row(mistral, (2, 3)),
    "DeepSeek": Row(deepseek, (2, 2)),
    "Groq": Row(groq, (2, 2)),
    "xAI": Row(xai, (1, 1), THINKING + WRITTEN),
    "Ollama": Row(ollama, (1, 1)),
    "vLLM, SGLang": Row(vllm, (1, 1)),
    "llama.cpp": Row(llama_cpp, (3, 3)),
    "llama-cpp-python": Row(llama_cpp_python, (2, 2), told_streamed=False),
    "LM Studio": Row(lm_studio, (2, 2)),
    "LiteLLM": Row(litellm, (2, 2)),
}
