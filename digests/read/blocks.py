"""An HTML document as a flat run of text blocks that remember which elements they stand in.

One walk over the tree, never recursive: what a page nests a hundred thousand deep costs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from digests.read.furniture import BAD, DROPPED_TAGS, GOOD, NEUTRAL, judge_name
from digests.text.abbreviations import word_set

_INLINE = word_set(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rp rt ruby s samp small span
    strike strong sub sup tt u var wbr tspan amp-link g-emoji
    """
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEPT_WHATEVER_NAME = frozenset(("html", "body", "main", "article"))
_NAME = 200  # characters of a class, id or style that are looked at
MAX_BLOCKS = 20_000
MAX_STEPS = 500_000  # elements and texts
_LINK_ENDS = -1
# Dropped elements that part the text before them from the text behind; others stand inside a sentence.
_PARTING = frozenset(("figure", "aside", "nav", "footer", "iframe", "video", "picture", "menu", "dialog"))


@dataclass(slots=True)
class Block:
    """A run of text with nothing block-like inside. ``parents``: indexes into the node table."""

    text: str
    tag: str
    linked: int  # characters inside links
    node: int  # the element it stands in, as an index into the page's nodes
    row: int = -1  # the node that encloses that element: a table cell's row


@dataclass(slots=True)
class Node:
    parent: int
    tag: str
    verdict: int  # what its class and id promise: furniture.GOOD, BAD, VOICES or NEUTRAL


@dataclass(slots=True)
class Page:
    nodes: list[Node] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def read_blocks(body: etree._Element) -> Page:
    """The text blocks of an element, in document order, without what is never article text."""
    page = Page()
    nodes, blocks = page.nodes, page.blocks
    nodes.append(Node(-1, "body", NEUTRAL))
    node = 0  # the block-level element the text now read stands in
    parts: list[str] = []
    linked = 0
    link_depth = 0
    # What is still to be read, the next last: elements, text after them, and for what has been
    # entered a number: the node to return to, or _LINK_ENDS.
    waiting: list[etree._Element | str | int] = [body]
    steps = 0

    def flush() -> None:
        nonlocal linked
        text = " ".join("".join(parts).split())
        parts.clear()
        if text:
            blocks.append(Block(text, nodes[node].tag, linked, node, nodes[node].parent))
        linked = 0

    while waiting and len(blocks) < MAX_BLOCKS and steps < MAX_STEPS:
        steps += 1
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
            if link_depth:
                linked += len(item)
            continue
        if isinstance(item, int):
            if item == _LINK_ENDS:
                link_depth -= 1
            else:
                flush()
                node = item
            continue
        tag = item.tag
        if tag == "br":
            if _ends_in_break(parts):
                flush()
            else:
                parts.append("\n")
            continue
        if tag in DROPPED_TAGS or not isinstance(tag, str) or (item.keys() and _is_hidden(tag, item)):
            if tag in _PARTING:
                flush()
            continue
        if tag == "a":
            link_depth += 1
            waiting.append(_LINK_ENDS)
        elif tag not in _INLINE:
            flush()
            waiting.append(node)
            nodes.append(Node(node, tag, _verdict(tag, item)))
            node = len(nodes) - 1
        for child in item.iterchildren(reversed=True):
            if child.tail:
                waiting.append(child.tail)
            waiting.append(child)
        if item.text:
            waiting.append(item.text)
    flush()
    return page


def _ends_in_break(parts: list[str]) -> bool:
    """Whether only white space was read since the last line break."""
    return bool(parts) and (
        parts[-1] == "\n" or (len(parts) > 1 and parts[-2] == "\n" and parts[-1].isspace())
    )


def _is_hidden(tag: str, element: etree._Element) -> bool:
    if tag in _KEPT_WHATEVER_NAME:
        return False
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style[:_NAME]) is not None


def _verdict(tag: str, element: etree._Element) -> int:
    """What an element's name promises; an element that must hold the article is never bad."""
    if element.get("itemprop") == "articleBody":
        return GOOD
    if tag == "form":
        return BAD  # yet some systems wrap the whole page in one
    verdict = judge_name(element.get("class", "")[:_NAME] + " " + element.get("id", "")[:_NAME])
    if verdict < 0 and (tag in _KEPT_WHATEVER_NAME or tag == "blockquote"):
        return NEUTRAL
    return verdict
