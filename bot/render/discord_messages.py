"""A digest as Discord messages: components in a frame, within every limit, as many messages as it takes.

Discord counts code points: 4,000 of all text displays of a message together, and 40 components, those
within others too; a message without components has 2,000 of content.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.render.clean import clean, visible
from bot.render.digest_text import Block, Layout, Told, blocks_of, folded, layout, spoken_caption, title_of
from bot.render.discord_markdown import escape, markdown, web_address
from bot.render.rich import Rich, plain
from bot.render.split import split
from digests.model import Chat, ChatSettings, Digest, Part

CONTENT, TEXT, COMPONENTS = 2000, 4000, 40
THREAD_NAME = 100
COLOR = 0x2F6FDE
_ROW, _BUTTON, _SECTION, _DISPLAY, _THUMBNAIL, _GALLERY, _FRAME = 1, 2, 9, 10, 11, 12, 17
_GREY = 2  # a button's style
_BULLET = "• "

Component = dict[str, Any]
Press = tuple[str, str]
"""A button: what stands on it, and its ``custom_id``."""
Opens = Callable[[int], Press]
"""The button that opens a story, by the story's id."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Components that stay together, and the text they say without markup."""

    shown: tuple[Component, ...]
    text: str
    stories: tuple[int, ...] = ()


@dataclass
class _Message:
    """A message being filled. ``first``: of its forum post; ``above`` and ``below`` stand outside its frame."""

    shown: list[Component] = field(default_factory=list)
    text: str = ""
    stories: tuple[int, ...] = ()
    first: bool = False
    name: str = ""
    above: tuple[Component, ...] = ()
    below: tuple[Component, ...] = ()

    def takes(self, piece: _Piece, more: str) -> bool:
        """Whether the piece still fits, and the whole text still fits as plain text."""
        within = [*self.above, *self.shown, *piece.shown, *self.below]
        return (
            len(list(_all(within))) < COMPONENTS
            and _length(within) <= TEXT
            and len(escape(self.text + more)) <= TEXT
        )


def digest_parts(
    digest: Digest,
    chat: Chat,
    *,
    posts: bool = False,
    below: Sequence[Press] = (),
    opens: Opens | None = None,
) -> tuple[Part, ...]:
    """The digest's messages. Joining their plain texts gives the digest's whole text.

    ``posts``: each story begins a forum post of its own; else the digest is one. ``below`` stands under
    every message that tells a story, ``opens`` next to one. Where a press opens a story, a digest that is
    too long for a message becomes one all the same if it can: its further sources lose their links, then
    its stories all but their first sentences. ``payload`` is JSON: ``components`` as Discord takes them,
    ``silent``, the ``role`` it mentions, and for a forum the post's ``name``, its ``topics``, and whether
    this is its ``first`` message.
    """
    laid = layout(digest, chat=chat)
    row = _row(below)

    def drawn(one: Layout) -> list[_Message]:
        return _messages(one, digest, chat.settings, posts=posts, below=row, opens=opens)

    found = drawn(laid)
    if len(found) > 1 and opens is not None and not posts:
        shorter = (folded(laid, sentences) for sentences in (0, 2, 1))
        found = next((one for one in map(drawn, shorter) if len(one) == 1), found)
    return tuple(_part(message, digest, chat.settings, part) for part, message in enumerate(found))


def spoken_part(digest: Digest, chat: Chat | None = None) -> Part:
    """The part that carries a digest's recording: its caption, and the forum post it goes to."""
    caption = spoken_caption(digest, chat)
    name = thread_name(digest, chat)
    payload = {"content": escape(caption), "embeds": [], "name": name, "silent": True}
    return Part(payload=json.dumps(payload, ensure_ascii=False), plain=caption, audio=digest.id)


def messages(rich: Rich, limit: int = CONTENT) -> tuple[str, ...]:
    """An answer as message contents of at most ``limit`` characters; none when it says nothing."""
    cleaned = tuple(replace(span, text=visible(span.text)) for span in rich)
    contents = (markdown(part).strip() for part in _fitting(cleaned, limit))
    return tuple(one for one in contents if one)


def plain_payload(words: str, *, edit: bool = False) -> dict[str, Any]:
    """A message that says a part's plain text: as content, or as a component where that is too short or
    an ``edit`` needs it, since a message of components stays one."""
    escaped = escape(words).strip()
    if len(escaped) <= CONTENT and not edit:
        return {"content": escaped, "embeds": [], "components": []}
    return {"content": "", "embeds": [], "components": [_display(escaped)]}


def without_pictures(components: list[Component]) -> list[Component]:
    """The same components without what shows a picture."""
    found: list[Component] = []
    for one in components:
        if one["type"] == _SECTION and one["accessory"]["type"] == _THUMBNAIL:
            found += one["components"]
        elif one["type"] == _FRAME:
            found.append(one | {"components": without_pictures(one["components"])})
        elif one["type"] != _GALLERY:
            found.append(one)
    return found


def texts(components: Sequence[Component]) -> list[str]:
    """What the components say, in order."""
    return [one["content"] for one in _all(components) if one["type"] == _DISPLAY]


def thread_name(digest: Digest, chat: Chat | None = None) -> str:
    """What a forum post with this digest is called."""
    first = (digest.items or digest.headlines)[:1]
    name = "" if digest.title or not first else clean(first[0].brief.headline, THREAD_NAME)
    return name or clean(title_of(digest, chat), THREAD_NAME)


# ---------------------------------------------------------------- filling messages


def _messages(
    laid: Layout,
    digest: Digest,
    settings: ChatSettings,
    *,
    posts: bool,
    below: tuple[Component, ...],
    opens: Opens | None,
) -> list[_Message]:
    """The layout's messages, filled one after another; every story is in one of them."""
    found = [_Message(first=True, above=_mention(digest), below=below)]
    for place, block in enumerate(blocks_of(laid)):
        gap = block.gap if place else ""
        listing = bool(laid.listing) and plain(block.text) == laid.listing
        if posts and found[-1].stories and (block.whole or not block.stories or not laid.listing):
            found[-1].text += gap
            gap = ""
            found.append(_Message(first=True, below=below))
        if posts and not found[-1].name and (block.stories or listing):
            name = block.whole.headline[-1].text if block.whole else plain(block.text).removeprefix(_BULLET)
            found[-1].name = clean(name, THREAD_NAME)
        large = block.whole is not None and (posts or block.whole is laid.stories[0])
        for number, piece in enumerate(_pieces(block, settings, opens, large=large)):
            between = "" if number else gap
            if found[-1].text and not found[-1].takes(piece, between + piece.text):
                # What stands between two messages belongs to the first: it ends with an empty line.
                found[-1].text += between
                between = ""
                found.append(_Message(name=found[-1].name, below=below))
            message = found[-1]
            _join(message.shown, piece)
            message.text += between + piece.text
            message.stories += tuple(one for one in block.stories if one not in message.stories)
    return found


def _pieces(block: Block, settings: ChatSettings, opens: Opens | None, *, large: bool) -> list[_Piece]:
    """A block's pieces: one, or more where it is too long."""
    # A quotation is how other chats fold a long digest; here it would only indent.
    text = tuple(replace(span, quote=False) for span in block.text)
    story = block.whole
    written = markdown(text) if story is None else _written(story, large=large)
    if block.title is not None:
        written = f"### {_title(block.title, text)}"
    if len(written) > TEXT - 2 or len(escape(plain(text))) > TEXT:
        parts = _fitting(text, TEXT - 2)
        return [_Piece((_display(markdown(part).strip()),), plain(part)) for part in parts]
    picture = web_address(story.image) if story is not None and settings.images else None
    if picture is not None and large:
        gallery = {"type": _GALLERY, "items": [{"media": {"url": picture}}]}
        return [_Piece((gallery, _display(written)), plain(text))]
    if picture is not None:
        shown = _section(written, {"type": _THUMBNAIL, "media": {"url": picture}})
    elif story is not None and opens is not None:
        shown = _section(written, _button(opens(story.id)))
    else:
        shown = _display(written)
    return [_Piece((shown,), plain(text))]


def _title(laid: Layout, text: Rich) -> str:
    """The title in markdown, its moment told on each reader's own clock."""
    written = markdown(tuple(replace(span, bold=False) for span in text))
    if laid.moment is None:
        return written
    return written.replace(escape(laid.when), f"<t:{int(laid.moment.timestamp())}:f>")


def _written(story: Told, *, large: bool) -> str:
    """A story in markdown: its headline, the brief; in small letters its topic and its sources."""
    head = tuple(replace(span, bold=span.bold and not large) for span in story.headline)
    lines = [f"-# ▎ {escape(story.heading)}"] if story.heading else []
    lines.append(f"### {markdown(head)}" if large else markdown(head))
    if story.sentences:
        lines.append(markdown(story.brief))
    if story.sources:
        lines.append(f"-# {markdown(story.sources)}")
    return "\n".join(lines)


def _join(shown: list[Component], piece: _Piece) -> None:
    """Put the piece behind what is shown; texts without anything at their side become one component."""
    first, *others = piece.shown
    if shown and {shown[-1]["type"], first["type"]} == {_DISPLAY} and not others:
        line = "\n" if first["content"].startswith(_BULLET) else "\n\n"
        shown[-1] = _display(shown[-1]["content"] + line + first["content"])
    else:
        shown += piece.shown


def _mention(digest: Digest) -> tuple[Component, ...]:
    return (_display(f"<@&{digest.role}>"),) if digest.role.isdecimal() else ()


def _part(message: _Message, digest: Digest, settings: ChatSettings, place: int) -> Part:
    told = [item for item in digest.items if not message.name or item.story_id in message.stories]
    frame = {"type": _FRAME, "accent_color": COLOR, "components": message.shown}
    below = message.below if message.stories else ()
    payload = {
        "components": [*message.above, frame, *below],
        "name": message.name or thread_name(digest),
        "topics": list(
            dict.fromkeys(topic for item in told for topic in (*item.topics, item.heading) if topic)
        ),
        "first": message.first,
        "silent": settings.silent or place > 0,  # one digest rings once
        "role": digest.role if digest.role.isdecimal() and not place else "",
    }
    return Part(payload=json.dumps(payload, ensure_ascii=False), plain=message.text, stories=message.stories)


# ---------------------------------------------------------------- components


def _display(content: str) -> Component:
    return {"type": _DISPLAY, "content": content}


def _section(content: str, accessory: Component) -> Component:
    return {"type": _SECTION, "components": [_display(content)], "accessory": accessory}


def _button(press: Press) -> Component:
    label, id_ = press
    return {"type": _BUTTON, "style": _GREY, "label": label, "custom_id": id_}


def _row(presses: Sequence[Press]) -> tuple[Component, ...]:
    return ({"type": _ROW, "components": [_button(one) for one in presses]},) if presses else ()


def _all(components: Sequence[Component]) -> Iterator[Component]:
    """The components and those within them."""
    for one in components:
        yield one
        yield from _all(one.get("components", ()))
        if "accessory" in one:
            yield one["accessory"]


def _length(components: Sequence[Component]) -> int:
    return sum(len(content) + 2 for content in texts(components))  # two where texts become one


# ---------------------------------------------------------------- long texts


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
