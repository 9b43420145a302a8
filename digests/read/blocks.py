"""An HTML document as a flat run of text blocks that remember which elements they stand in.

One walk over the tree, never recursive: what a page nests a hundred thousand deep costs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from digests.read.abbreviations import word_set
from digests.read.furniture import BAD, DROPPED_TAGS, GOOD, NEUTRAL, judge_name

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
MAX_ELEMENTS = 200_000


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
    parts: list[str] = []
    linked = 0
    link_depth = 0
    # (element, is it closing, node index of the enclosing block)
    stack: list[tuple[etree._Element, bool, int]] = [(body, False, 0)]
    node = 0

    def flush() -> None:
        nonlocal linked
        if parts:
            text = " ".join("".join(parts).split())
            parts.clear()
            if text:
                blocks.append(Block(text, nodes[node].tag, linked, node, nodes[node].parent))
            linked = 0

    steps = 0
    while stack and len(blocks) < MAX_BLOCKS and steps < 2 * MAX_ELEMENTS:
        steps += 1
        element, closing, outer = stack.pop()
        tag = element.tag
        if closing:
            if tag == "a":
                link_depth -= 1
            elif tag not in _INLINE:
                flush()
                node = outer
            tail = element.tail
            if tail:
                parts.append(tail)
                if link_depth:
                    linked += len(tail)
            continue
        if not isinstance(tag, str) or tag in DROPPED_TAGS:
            if tag not in ("time", "label", "figure") and isinstance(tag, str):
                flush()
            tail = element.tail
            if tail and element is not body:
                parts.append(tail)
            continue
        if tag == "br":
            parts.append("\n")
            tail = element.tail
            if tail:
                parts.append(tail)
            elif tail is None:
                following = element.getnext()
                if following is not None and following.tag == "br":
                    flush()
            continue
        attributes = element.attrib
        if attributes:
            name = attributes.get("class", "")[:_NAME] + " " + attributes.get("id", "")[:_NAME]
            verdict = judge_name(name) if name != " " else 0
            hidden = (
                "hidden" in attributes
                or attributes.get("aria-hidden") == "true"
                or _HIDDEN.search(attributes.get("style", "")[:_NAME])
            )
        else:
            verdict, hidden = 0, None
        if hidden and tag not in _KEPT_WHATEVER_NAME:
            tail = element.tail
            if tail:
                parts.append(tail)
            continue
        if element is not body:
            stack.append((element, True, node))
        text = element.text
        if tag in _INLINE:
            if tag == "a":
                link_depth += 1
            if text:
                parts.append(text)
                if link_depth:
                    linked += len(text)
        else:
            flush()
            if attributes.get("itemprop") == "articleBody":
                verdict = GOOD
            elif verdict < 0 and (tag in _KEPT_WHATEVER_NAME or tag == "blockquote"):
                verdict = NEUTRAL
            elif tag == "form":
                verdict = BAD  # yet some systems wrap the whole page in one
            nodes.append(Node(node, tag, verdict))
            node = len(nodes) - 1
            if text:
                parts.append(text)
        children = list(element)
        children.reverse()
        stack.extend([(child, False, node) for child in children])
    flush()
    return page
