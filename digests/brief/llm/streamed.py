"""An answer that comes piece by piece, put together: what a call without streaming would have given."""

from __future__ import annotations

import openai
from openai import AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice


async def whole(stream: AsyncStream[ChatCompletionChunk]) -> ChatCompletion:
    """The completion, with the server's count of tokens where the stream brought one.

    Raises ``openai.APIConnectionError`` for a stream that breaks off, be it in silence: what came
    of it is not told from an answer that was cut in the middle of a sentence.
    """
    text, refusal, finish, usage = "", "", None, None
    try:
        async for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices[:1]:
                text += choice.delta.content or ""
                refusal += choice.delta.refusal or ""
                finish = choice.finish_reason or finish
    finally:
        await stream.close()
    if finish is None:
        raise openai.APIConnectionError(request=stream.response.request)
    message = ChatCompletionMessage(role="assistant", content=text, refusal=refusal or None)
    return ChatCompletion.model_construct(
        choices=[Choice.model_construct(index=0, message=message, finish_reason=finish)], usage=usage
    )
