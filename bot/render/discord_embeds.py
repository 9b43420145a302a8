"""A digest as Discord messages: an embed a story, within every limit, as many messages as it takes.

Lengths are counted in code points of what is sent, as Discord counts them: 2,000 of content, 256 of
an embed's title, 4,096 of its description, 6,000 of all embeds of a message together, 10 embeds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from bot.render.clean import clean, visible
from bot.render.digest_text import Block, Labels, blocks, spoken_caption, title_of
from bot.render.discord_markdown import escape, markdown, web_address
from bot.render.rich import Rich, plain
from bot.render.split import split
from digests.model import ChatSettings, Digest, DigestItem, Part

CONTENT, TITLE, DESCRIPTION, SUM, EMBEDS = 2000, 256, 4096, 6000, 10
THREAD_NAME = 100
COLOR = 0x2F6FDE
_GAP = "\n\n"

Embed = dict[str, Any]


@dataclass
class _Message:
    """A message being filled. ``text`` is what it says, without markup; ``first``: of its forum post."""

    content: str = ""
    embeds: list[Embed] = field(default_factory=list)
    text: str = ""
    stories: tuple[int, ...] = ()
    first: bool = False
    name: str = ""

    def takes(self, embed: Embed, more: str) -> bool:
        """Whether the embed still fits, and the whole text still fits as plain text."""
        return (
            len(self.embeds) < EMBEDS
            and sum(map(_size, self.embeds)) + _size(embed) <= SUM
            and len(escape(self.text + more)) <= DESCRIPTION
        )


def digest_parts(
    digest: Digest, settings: ChatSettings, labels: Labels | None = None, *, posts: bool = False
) -> tuple[Part, ...]:
    """The digest's messages. Joining their plain texts gives the digest's whole text.

    ``posts``: each story begins a forum post of its own; else the digest is one. ``payload`` is JSON:
    ``content`` and ``embeds`` as Discord takes them, ``silent``, the ``role`` it mentions, and for a
    forum the post's ``name``, its ``topics``, and whether this is its ``first`` message. An item's
    image is large in a digest or a post of one story, else a thumbnail.
    """
    items = {item.story_id: item for item in digest.items}
    large = posts or len(digest.items) == 1
    found: list[_Message] = [_Message(first=True)]
    for index, block in enumerate(blocks(digest, labels)):
        gap = _GAP if index else ""
        item = items.get(*block.stories) if len(block.stories) == 1 else None
        if posts and found[-1].stories:
            found[-1].text += gap
            gap = ""
            found.append(_Message(first=True))
        if not block.stories and not found[-1].text:
            found[-1].content = markdown(block.text)
            found[-1].text = plain(block.text)
            continue
        if posts and block.stories and not found[-1].name:
            told = item.brief.headline if item is not None else plain(block.text).partition("\n")[0]
            found[-1].name = clean(told, THREAD_NAME)
        for number, (embed, words) in enumerate(_embeds(block, item, settings, large=large)):
            between = "" if number else gap
            if not found[-1].takes(embed, between + words):
                # What stands between two messages belongs to the first: it ends with an empty line.
                found[-1].text += between
                between = ""
                found.append(_Message(name=found[-1].name))
            message = found[-1]
            message.embeds.append(embed)
            message.text += between + words
            message.stories += tuple(one for one in block.stories if one not in message.stories)
    if digest.role.isdecimal():
        found[0].content = f"<@&{digest.role}> {found[0].content}".strip()
    return tuple(_part(message, digest, settings) for message in found)


def spoken_part(digest: Digest) -> Part:
    """The part that carries a digest's recording: its caption, and the forum post it goes to."""
    caption = spoken_caption(digest)
    payload = {"content": escape(caption), "embeds": [], "name": thread_name(digest), "silent": True}
    return Part(payload=json.dumps(payload, ensure_ascii=False), plain=caption, audio=digest.id)


def messages(rich: Rich, limit: int = CONTENT) -> tuple[str, ...]:
    """An answer as message contents of at most ``limit`` characters; none when it says nothing."""
    cleaned = tuple(replace(span, text=visible(span.text)) for span in rich)
    contents = (markdown(part).strip() for part in _fitting(cleaned, limit))
    return tuple(one for one in contents if one)


def plain_payload(words: str) -> dict[str, Any]:
    """A message that says a part's plain text: as content, or as one embed where that is too short."""
    escaped = escape(words).strip()
    if len(escaped) <= CONTENT:
        return {"content": escaped, "embeds": []}
    return {"content": "", "embeds": [{"description": escaped}]}


def _embeds(
    block: Block, item: DigestItem | None, settings: ChatSettings, *, large: bool
) -> list[tuple[Embed, str]]:
    """A block's embeds, each with the text it says: one, or more where the block is too long."""
    # A quotation is how other chats fold a long digest; here it would only indent.
    spans = tuple(replace(span, quote=False) for span in block.text)
    head = tuple(takewhile(lambda span: not span.text.startswith("\n"), spans))
    rest = spans[len(head) :]
    title, description = escape(plain(head)), markdown(rest).strip()
    if 0 < len(title) <= TITLE and max(len(description), len(escape(plain(spans)))) <= DESCRIPTION:
        first: Embed = {"title": title, "color": COLOR}
        if description:
            first["description"] = description
        found = [(first, plain(spans))]
    else:
        found = [
            ({"description": markdown(part).strip(), "color": COLOR}, plain(part))
            for part in _fitting(spans, DESCRIPTION)
        ]
    if item is not None:
        _decorate(found[0][0], item, settings, large=large)
    return found


def _decorate(embed: Embed, item: DigestItem, settings: ChatSettings, *, large: bool) -> None:
    url = web_address(item.links[0].url) if item.links else None
    if url is not None and "title" in embed:
        embed["url"] = url
    image = web_address(item.image) if settings.images else None
    if image is not None:
        embed["image" if large else "thumbnail"] = {"url": image}
    if item.published is not None:
        embed["timestamp"] = item.published.isoformat()


def _fitting(rich: Rich, limit: int) -> list[Rich]:
    """Parts that fit once their markup is written out; blank ones joined to the part before."""
    parts: list[Rich] = []
    for part in split(rich, limit, lambda one: len(escape(one))):
        parts += _shrunk(part, limit)
    return parts


def _shrunk(part: Rich, limit: int) -> list[Rich]:
    """The part, or smaller ones where links and other marks need the room."""
    room = limit
    while True:
        pieces = split(part, room, lambda one: len(escape(one)))
        if all(len(markdown(piece).strip()) <= limit for piece in pieces) or room < 2:
            return pieces
        room //= 2


def _part(message: _Message, digest: Digest, settings: ChatSettings) -> Part:
    told = [item for item in digest.items if not message.name or item.story_id in message.stories]
    payload = {
        "content": message.content,
        "embeds": message.embeds,
        "name": message.name or thread_name(digest),
        "topics": list(
            dict.fromkeys(topic for item in told for topic in (*item.topics, item.heading) if topic)
        ),
        "first": message.first,
        "silent": settings.silent,
        "role": digest.role if message.content.startswith("<@&") else "",
    }
    return Part(payload=json.dumps(payload, ensure_ascii=False), plain=message.text, stories=message.stories)


def thread_name(digest: Digest) -> str:
    """What a forum post with this digest is called."""
    first = (digest.items or digest.headlines)[:1]
    name = "" if digest.title or not first else clean(first[0].brief.headline, THREAD_NAME)
    return name or clean(title_of(digest), THREAD_NAME)


def _size(embed: Embed) -> int:
    return len(embed.get("title", "")) + len(embed.get("description", ""))
