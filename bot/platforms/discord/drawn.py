"""Messages of components: a payload as discord.py takes it, and what such a message says."""

from __future__ import annotations

from typing import Any, cast

import discord

from bot.render.discord_messages import texts


class _Drawn(discord.ui.LayoutView):
    """Components that are drawn already. Presses are read from their ids, so that discord.py need not
    remember the view."""

    def __init__(self, components: list[dict[str, Any]]) -> None:
        super().__init__(timeout=None)
        self._components = components
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        return self._components

    def has_components_v2(self) -> bool:
        return True


def said(content: dict[str, Any]) -> dict[str, Any]:
    """What a message says, as arguments: components alone, or content and embeds."""
    if content.get("components"):
        return {"view": _Drawn(content["components"])}
    embeds = [discord.Embed.from_dict(one) for one in content["embeds"]]
    return {"content": content["content"] or None, "embeds": embeds}


def shown(message: discord.Message) -> list[str]:
    """The texts that a message's components show, in order."""
    return texts([cast(dict[str, Any], one.to_dict()) for one in message.components])
