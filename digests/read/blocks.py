"""An HTML document as a flat run of text blocks that remember which elements they stand in.

One walk over the tree, never recursive: what a page nests a hundred thousand deep costs nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from digests.read.furniture import BAD, DROPPED_TAGS, GOOD, NEUTRAL, judge_name
from digests.text.words import word_set

_INLINE = word_set(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr output q rp rt ruby s samp slot
    small span strike strong sub sup time tt u var wbr tspan amp-link g-emoji
    """
)
_BLOCK = word_set(
    """
    address amp-accordion article aside blockquote body caption center col colgroup dd details dialog dir div dl dt
    fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li link main
    menu meta nav ol p pre search section summary table tbody td tfoot th thead tr ul
    """
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEPT_WHATEVER_NAME = frozenset(("html", "body", "main", "article"))
_NAME = 200  # characters of a class, id or style that are looked at
MAX_BLOCKS = 8_000
MAX_STEPS = 500_000  # elements and texts
_MOST_CHILDREN = 50  # of an unknown element, looked at to tell whether it stands in a sentence
_LINK_ENDS = -1
_CELLS = ("td", "th")
_CELL = 80  # characters; a table whose cells are longer is a page's layout
# Dropped elements that part the text before them from the text behind; others stand inside a sentence.
_PARTING = frozenset(("nav", "menu", "iframe", "video", "picture", "textarea", "select"))


@dataclass(slots=True)
class Block:
    """A run of text with nothing block-like inside. ``parents``: indexes into the node table."""

    text: str
    tag: str
    linked: int  # characters inside links
    node: int  # the element it stands in, as an index into the page's nodes
    row: int = -1  # the node that encloses that element
    cells: int = -1  # the table's row, if it is in a short cell of one


@dataclass(slots=True)
class Node:
    parent: int
    tag: str
    verdict: int  # what its class and id promise: furniture.GOOD, BAD, VOICES or NEUTRAL
    name: str = ""  # its class
    hidden: bool = False
    cell: int = -1  # the table's cell it is or stands in


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
    push, pop = waiting.append, waiting.pop
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
        item = pop()
        if isinstance(item, str):
            parts.append(item)
            if link_depth:
                linked += len(item)
            continue
        if isinstance(item, int):
            if item == _LINK_ENDS:
                link_depth -= 1
            else:
                if parts:
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
        if tag in DROPPED_TAGS or not isinstance(tag, str):
            if tag in _PARTING:
                flush()
            continue
        if tag == "a":
            link_depth += 1
            push(_LINK_ENDS)
        elif tag not in _INLINE and (tag in _BLOCK or not _in_a_sentence(item)):
            if parts:
                flush()
            push(node)
            name = item.get("class", "")[:_NAME]
            hidden = bool(item.keys()) and _is_hidden(tag, item)
            cell = len(nodes) if tag in _CELLS else -1 if tag == "table" else nodes[node].cell
            nodes.append(Node(node, tag, BAD if hidden else _verdict(tag, item, name), name, hidden, cell))
            node = len(nodes) - 1
        elif item.keys() and _is_hidden(tag, item):
            continue  # a word for screen readers, an icon
        for child in item.iterchildren(reversed=True):
            if tail := child.tail:
                push(tail)
            push(child)
        if text := item.text:
            push(text)
    flush()
    _mark_cells(page)
    return page


def _mark_cells(page: Page) -> None:
    """Tells each block in a short cell which row it is of; a cell that holds more is a frame of the page's layout."""
    nodes = page.nodes
    lengths = Counter[int]()
    for block in page.blocks:
        lengths[nodes[block.node].cell] += len(block.text)
    for block in page.blocks:
        cell = nodes[block.node].cell
        if cell >= 0 and lengths[cell] < _CELL:
            block.cells = nodes[cell].parent


def _in_a_sentence(element: etree._Element) -> bool:
    """Whether an element of no known kind stands among words as a link does, with none but such inside."""
    for count, inner in enumerate(element.iterdescendants()):
        if inner.tag in _BLOCK or inner.tag == "br" or count >= _MOST_CHILDREN:
            return False
    before = element.getprevious()
    parent = element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else None
    return bool((text and text.strip()) or (element.tail and element.tail.strip()))


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


def _verdict(tag: str, element: etree._Element, name: str) -> int:
    """What an element's name promises; an element that must hold the article is never bad."""
    if element.get("itemprop") == "articleBody":
        return GOOD
    if tag in _FURNITURE:
        return BAD  # yet some systems wrap the whole page in a form
    verdict = judge_name(name + " " + element.get("id", "")[:_NAME])
    if verdict < 0 and (tag in _KEPT_WHATEVER_NAME or tag == "blockquote"):
        return NEUTRAL
    return verdict


_FURNITURE = frozenset(("form", "nav", "aside", "footer", "menu", "dialog", "figcaption"))
