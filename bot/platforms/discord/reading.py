"""What a message of someone's says: the material of the menu "Summarize"."""

from __future__ import annotations

import re
from collections.abc import Iterable

import discord

from bot.platforms.discord.sending import shown

_URL = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_MASKED = re.compile(r"\]\(<?(https?://[^\s<>)]+)>?\)", re.IGNORECASE)


def text_of(message: discord.Message) -> str:
    """Its own text and that of its embeds and components, as paragraphs."""
    parts = [message.content, *(_embed_text(embed) for embed in message.embeds), *shown(message)]
    return "\n\n".join(part for part in parts if part)


def links_of(message: discord.Message) -> tuple[str, ...]:
    """Its links in order, each once: in the text, behind words, of its embeds and components."""
    written = [link for text in (message.content, *shown(message)) for link in _links(text)]
    return tuple(dict.fromkeys([*written, *_embed_links(message.embeds)]))


def _embed_text(embed: discord.Embed) -> str:
    fields = [part for field in embed.fields for part in (field.name, field.value)]
    return "\n".join(part for part in (embed.title, embed.description, *fields) if part)


def _embed_links(embeds: Iterable[discord.Embed]) -> Iterable[str]:
    for embed in embeds:
        if embed.url:
            yield embed.url
        yield from _links(embed.description or "")


def _links(content: str) -> list[str]:
    masked = _MASKED.findall(content)
    return [*masked, *(url.rstrip(".,;:!?)'\"") for url in _URL.findall(_MASKED.sub("] ", content)))]
