"""Looks at Discord for ``newsdesk doctor``: the token, the gateway, and the rights in each channel.

Over REST alone: a second session at the gateway would answer people twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bot.platforms.discord import DiscordSettings
from bot.platforms.discord.places import is_place, missing_right
from bot.platforms.platform import Finding, fail, ok, warn
from digests.model import Chat

_SUBJECT = "Discord"
_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)


async def check(settings: DiscordSettings, chats: Sequence[Chat]) -> AsyncIterator[Finding]:
    """``chats`` are those digests go to."""
    assert settings.token is not None
    home = Route.BASE
    Route.BASE = settings.api_base or home
    client = discord.Client(intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none())
    try:
        try:
            await client.login(settings.token.get_secret_value())
        except discord.LoginFailure:
            yield fail(_SUBJECT, "Discord refuses the token",
                       "Copy it again from the Bot page of the Developer Portal into NEWSDESK_DISCORD__TOKEN.")  # fmt: skip
            return
        except _TROUBLE as error:
            yield fail(_SUBJECT, f"Discord can't be asked ({type(error).__name__})",
                       f"Check that this machine may reach {Route.BASE}.")  # fmt: skip
            return
        except Exception as error:
            yield fail(_SUBJECT, f"what answers at {Route.BASE} is not Discord ({type(error).__name__})",
                       "Check api_base in [discord], and what stands between it and here.")  # fmt: skip
            return
        yield ok(_SUBJECT, f"the token is that of {client.user}")
        yield await _gateway(client)
        for chat in chats:
            yield await _right(client, chat)
    finally:
        await client.close()
        Route.BASE = home


async def _gateway(client: discord.Client) -> Finding:
    subject = "Discord: gateway"
    try:
        said: dict[str, Any] = await client.http.request(Route("GET", "/gateway/bot"))
        left = said.get("session_start_limit", {}).get("remaining", 1)
    except _TROUBLE as error:
        return fail(subject, f"it does not answer ({type(error).__name__})", "Try again in a while.")
    except Exception as error:
        return fail(
            subject, f"its answer can't be read ({type(error).__name__})", "Check api_base in [discord]."
        )
    if not left:
        return fail(subject, "the bot has used up its session starts for today",
                    "Find out why the desk starts so often; Discord allows it again within a day.")  # fmt: skip
    return ok(subject, f"it answers, with {left} session starts left")


async def _right(client: discord.Client, chat: Chat) -> Finding:
    subject = f"Discord: {chat.title or chat.address}"
    todo = "Give the bot's role those rights in the channel, or unsubscribe the channel."
    try:
        channel = await client.fetch_channel(int(chat.address))
        if isinstance(channel, discord.DMChannel):
            return ok(subject, "the bot may post there")
        if not is_place(channel) or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return fail(subject, "that channel takes no messages", "Subscribe another channel.")
        guild = await client.fetch_guild(channel.guild.id)
        assert client.user is not None
        lacks = missing_right(await guild.fetch_channel(channel.id), await guild.fetch_member(client.user.id))
    except (discord.NotFound, discord.Forbidden):
        return fail(subject, "the bot can't see that channel", todo)
    except Exception as error:  # it was lost, or is of another shape
        return warn(
            subject,
            f"Discord did not answer ({type(error).__name__})",
            "Run newsdesk doctor again in a while.",
        )
    return fail(subject, lacks, todo) if lacks else ok(subject, "the bot may post there")
