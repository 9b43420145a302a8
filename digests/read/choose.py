"""Which of a page's blocks are the article.

First the container: the element whose own text outweighs the links and crumbs it brings along.
Then, inside it, block by block. What a name says is judged from the container inwards, so that an
article wrapped in ``has-sidebar`` is still found.
"""

from __future__ import annotations

import re

from digests.read.blocks import Block, Page
from digests.read.furniture import BAD, GOOD, NEUTRAL, VOICES, is_furniture_line, opens_tail

_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_ENDS = re.compile(r"[.!?…。！？।؟:;»”\"'’)]\s*$")
_FACTOR = {GOOD: 1.35, NEUTRAL: 1.0, BAD: 0.5, VOICES: 0.1}
_CORE_SHARE = 0.8
_PARAGRAPH = 40.0  # weight from which a block counts as running text
_TAIL_FROM = 0.6  # share of the article that must have passed before a line can end it


def weigh(block: Block) -> float:
    """How many characters of article text the block stands for; negative for lists of links."""
    length = len(block.text)
    if block.linked * 2 > length:
        return -0.5 * length - 5
    if block.tag in _HEADINGS:
        return 0.0
    cell = block.tag in ("td", "th", "dd", "dt")
    if length < 25:
        return 0.0 if cell else -5.0
    weight = length - block.linked
    if block.tag in ("p", "blockquote", "pre"):
        return float(weight)
    if cell or block.tag == "li":
        return weight * 0.4 if block.linked * 5 < length else 0.0
    return weight * 0.8 if _ENDS.search(block.text) else weight * 0.3


def subtree_weights(page: Page) -> list[float]:
    """What each node holds, its furniture-named parts left out."""
    nodes = page.nodes
    net = [0.0] * len(nodes)
    for block in page.blocks:
        if not is_furniture_line(block.text):
            net[block.node] += weigh(block)
    # Children stand after their parents, so one pass backwards adds every subtree up.
    for index in range(len(nodes) - 1, 0, -1):
        if nodes[index].verdict >= 0:
            net[nodes[index].parent] += net[index]
    return net


def find_container(page: Page, net: list[float]) -> tuple[int, int]:
    """Indexes of the node that holds the article, and of the node inside it that holds its bulk."""
    nodes = page.nodes
    best, top = 0, net[0]
    factors = [1.0] * len(nodes)
    for index in range(1, len(nodes)):
        node = nodes[index]
        inherited = factors[node.parent]
        factor = factors[index] = min(inherited, 1.0, _FACTOR[node.verdict])
        score = net[index] * (factor * _FACTOR[GOOD] if node.verdict == GOOD else factor)
        if score >= top:
            best, top = index, score
    core = best
    for index in range(best + 1, len(nodes)):
        # Only a child of the present core can take over, and it stands after it.
        if (
            nodes[index].parent == core
            and nodes[index].verdict >= 0
            and net[index] >= net[core] * _CORE_SHARE
        ):
            core = index
    if nodes[core].tag in ("p", "blockquote", "li"):
        core = nodes[core].parent if core != best else best
    return best, core


def choose_blocks(page: Page) -> list[Block]:
    """The article's blocks in document order."""
    nodes = page.nodes
    net = subtree_weights(page)
    container, core = find_container(page, net)
    inside = [False] * len(nodes)
    in_core = [False] * len(nodes)
    inside[container] = True
    in_core[core] = True
    for index in range(container + 1, len(nodes)):
        node = nodes[index]
        inside[index] = inside[node.parent] and node.verdict >= 0
        in_core[index] = in_core[index] or (in_core[node.parent] and inside[index])
    total = net[core]
    seen = 0.0
    homes: set[int] = set()  # nodes that held running text before a tail line
    tail = False
    kept: list[Block] = []
    for block in page.blocks:
        if not inside[block.node]:
            continue
        if opens_tail(block.text):
            if seen >= total * _TAIL_FROM:
                break
            tail = True
            continue
        if is_furniture_line(block.text):
            continue
        home = nodes[block.node].parent
        if tail:
            if home not in homes and block.node not in homes:
                continue
            tail = False
        length = len(block.text)
        if block.linked * 10 > length * 7 and block.tag not in _HEADINGS:
            continue
        if not in_core[block.node]:
            if (
                block.tag not in ("p", "blockquote", "div", "section")
                or length < 60
                or not _ENDS.search(block.text)
                or block.linked * 4 > length
            ):
                continue
        else:
            seen += max(0.0, weigh(block))
        if weigh(block) > _PARAGRAPH:
            homes.update((home, block.node))
        kept.append(block)
    while kept and kept[-1].tag in _HEADINGS:
        kept.pop()
    while kept and kept[0].tag == "h1":
        kept.pop(0)
    return kept
