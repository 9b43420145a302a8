"""What a block of a page looks like, in numbers that say nothing of any one site or language.

The order of ``NAMES`` is the order of a block's numbers; ``weights.json`` holds a weight for each.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from math import log2

from digests.read.blocks import Page
from digests.read.furniture import (
    BAD,
    GOOD,
    VOICES,
    ends_as_sentence,
    is_furniture_line,
    opens_tail,
    sounds_like_furniture,
)

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_CELLS = frozenset(("td", "th", "dd", "dt", "caption"))
_LIST = frozenset(("ul", "ol", "menu", "dl"))
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_DENSITY = 2.2  # a character of these scripts stands for that many letters
_MARKS = re.compile(r"[.!?。！？।؟።။]")
_SQUASH = re.compile(r"\W+")
_LONG = 80.0  # letters

_BITS = (
    "aside", "nav", "footer", "header", "figure", "figcaption", "form", "hidden", "list", "table", "quote", "bad",
    "voices", "good", "article",
)  # fmt: skip
NAMES = (
    "bias", "p", "heading", "h1", "li", "cell", "quote", "length", "under25", "under80", "over200", "ends",
    "ends_long", "marks", "linked", "half_linked", "whole_link", "link_sentence", "commas", "digits", "upper",
    "furniture", "tail_line", "after_tail", *(f"in_{name}" for name in _BITS), *(f"under_{name}" for name in _BITS),
    "container", "core", "child_of_core", "kind_share", "parent_share", "grand_share", "parent_linked",
    "before_all", "after_all", "gap_before", "gap_after", "next_text", "previous_text", "next_linked",
    "previous_linked", "is_title", "in_summary", "in_body", "not_in_body", "repeated", "short_after_all",
    "early", "colon", "ruled_in", "ruled_in_core", "ruled_in_text",
    "sounds", "sounds_late", "parent_twins", "grand_twins", "kind_linked", "kind_twins",
)  # fmt: skip


_Key = tuple[str, str, str, str]


def squash(text: str) -> str:
    """Letters and digits alone, small."""
    return _SQUASH.sub("", text).casefold()


def features(
    page: Page,
    net: list[float],
    container: int,
    core: int,
    weights: list[float],
    ruled: set[int],
    title: str,
    summary: str,
    body: str,
) -> list[list[float]]:
    """The numbers of each block, in ``NAMES``' order, about 0 to 1; none of a short link or a line of
    the page's foot, which are no article.

    ``net``: what each node holds (``choose.subtree_weights``); ``weights``: what each block weighs there.
    ``title``, ``summary`` and ``body`` are what the page's metadata says the article's are.
    """
    nodes, blocks = page.nodes, page.blocks
    count = len(nodes)
    inherited = [0] * count  # bits of an element and all around it
    below = [0] * count  # bits of those inside the core
    in_container, in_core = [False] * count, [False] * count
    letters, link_letters = [0] * count, [0] * count
    for index, node in enumerate(nodes):
        own = _own_bits(node.tag, node.verdict, node.hidden)
        parent = node.parent
        inherited[index] = own | (inherited[parent] if parent >= 0 else 0)
        in_container[index] = index == container or (parent >= 0 and in_container[parent])
        in_core[index] = index == core or (parent >= 0 and in_core[parent])
        below[index] = (own | below[parent]) if in_core[index] and index != core else 0
    lengths = []
    kinds: Counter[_Key] = Counter()
    keys = []
    for block, weight in zip(blocks, weights, strict=True):
        text = block.text
        dense = 0 if text.isascii() else len(_DENSE.findall(text))
        lengths.append(len(text) + dense * (_DENSITY - 1))
        letters[block.node] += len(text)
        link_letters[block.node] += block.linked
        node = nodes[block.node]
        above = nodes[node.parent] if node.parent >= 0 else node
        key = (node.tag, node.name, above.tag, above.name)
        keys.append(key)
        if weight > 0:
            kinds[key] += int(weight)
    for index in range(count - 1, 0, -1):
        letters[nodes[index].parent] += letters[index]
        link_letters[nodes[index].parent] += link_letters[index]
    total = max(1.0, sum(weight for weight in weights if weight > 0))
    squashed_title, squashed_summary, squashed_body = squash(title), squash(summary), squash(body)
    seen = Counter(block.text for block in blocks)
    twins = Counter((node.tag, node.name) for node in nodes)
    kind_counts, kind_letters, kind_links = Counter(keys), Counter[_Key](), Counter[_Key]()
    for block, key in zip(blocks, keys, strict=True):
        kind_letters[key] += len(block.text)
        kind_links[key] += block.linked
    long_ones = [
        index
        for index, block in enumerate(blocks)
        if lengths[index] >= _LONG and block.linked * 2 < len(block.text) and in_core[block.node]
        and not below[block.node] & _APART
    ]  # fmt: skip
    first, last = (long_ones[0], long_ones[-1]) if long_ones else (len(blocks), -1)
    after = [len(blocks)] * len(blocks)
    near = len(blocks) * 2
    marks = set(long_ones)
    for index in range(len(blocks) - 1, -1, -1):
        after[index] = near - index
        if index in marks:
            near = index
    rows: list[list[float]] = []
    previous_long, tail = -(10**6), False
    passed, core_total = 0.0, max(1.0, net[core])
    for index, block in enumerate(blocks):
        text, tag, length = block.text, block.tag, lengths[index]
        size = len(text)
        link_share = min(1.0, block.linked / size)
        ends = ends_as_sentence(text)
        head = tag in HEADINGS
        line = size <= 140 and is_furniture_line(text)
        opens = opens_tail(text)
        if opens and passed >= core_total * 0.6:
            tail = True
        within = inherited[block.node]
        if index not in ruled and (
            within & _FOOTER or (link_share > 0.9 and length < 25 and not ends and not head)
        ):
            rows.append([])
            continue
        under = below[block.node]
        node = nodes[block.node]
        above = nodes[node.parent] if node.parent >= 0 else node
        sounds = sounds_like_furniture(text)
        grand = nodes[node.parent].parent if node.parent >= 0 else -1
        compared = size < 2 * len(title) + 40 or squashed_body or (squashed_summary and size < 1000)
        folded = squash(text) if compared else ""
        row = [
            1.0, tag == "p", head and tag != "h1", tag == "h1", tag == "li", tag in _CELLS,
            tag in ("blockquote", "pre"), min(1.5, log2(1 + length) / 8), length < 25, 25 <= length < 80, length > 200,
            ends, ends and length >= _LONG, min(1.0, len(_MARKS.findall(text)) / 4) if size > 40 else 0.0,
            link_share, link_share > 0.5, link_share > 0.9, link_share > 0.7 and ends and length > 60,
            min(1.0, (text.count(",") + text.count("，") + text.count("、")) / 5),
            sum(map(str.isdigit, text)) / size if size < 80 else 0.0,
            sum(map(str.isupper, text)) / size if size < 80 else 0.0,
            line, opens, tail and not opens,
            *_spread(within), *_spread(under),
            in_container[block.node], in_core[block.node], block.node == core or node.parent == core,
            kinds[keys[index]] / total, max(0.0, net[node.parent if node.parent >= 0 else 0]) / total,
            max(0.0, net[grand]) / total if grand >= 0 else 1.0,
            link_letters[max(0, node.parent)] / max(1, letters[max(0, node.parent)]),
            index < first, index > last, 1 / (1 + index - previous_long), 1 / (1 + after[index]),
            index + 1 < len(blocks) and lengths[index + 1] >= _LONG, index > 0 and lengths[index - 1] >= _LONG,
            blocks[index + 1].linked / len(blocks[index + 1].text) if index + 1 < len(blocks) else 1.0,
            blocks[index - 1].linked / len(blocks[index - 1].text) if index else 1.0,
            bool(folded) and folded == squashed_title,
            bool(folded) and len(folded) > 20 and (folded in squashed_summary or squashed_summary[:-3] in folded)
            if len(squashed_summary) > 20 else False,
            bool(squashed_body) and len(folded) > 10 and folded[:80] in squashed_body,
            bool(squashed_body) and not (len(folded) > 10 and folded[:80] in squashed_body),
            seen[text] > 1, index > last and length < _LONG, index / len(blocks),
            text.endswith((":", "：")), index in ruled, index in ruled and in_core[block.node],
            index in ruled and length >= _LONG,
            sounds, sounds and index >= last, min(1.0, (twins[above.tag, above.name] - 1) / 6),
            min(1.0, (twins[nodes[grand].tag, nodes[grand].name] - 1) / 6) if grand >= 0 else 0.0,
            kind_links[keys[index]] / kind_letters[keys[index]], min(1.0, (kind_counts[keys[index]] - 1) / 8),
        ]  # fmt: skip
        rows.append(row)
        if index in marks:
            previous_long = index
        if in_core[block.node] and weights[index] > 0:
            passed += weights[index]
    return rows


@cache
def _spread(bits: int) -> tuple[float, ...]:
    return tuple(float(bits >> bit & 1) for bit in range(len(_BITS)))


_TAG_BITS = {
    "aside": 1 << 0, "nav": 1 << 1, "footer": 1 << 2, "header": 1 << 3, "figure": 1 << 4, "figcaption": 1 << 5,
    "form": 1 << 6, "table": 1 << 9, "blockquote": 1 << 10, "article": 1 << 14, "main": 1 << 14,
}  # fmt: skip
_FOOTER = 1 << 2
_APART = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 7 | 1 << 12


def _own_bits(tag: str, verdict: int, hidden: bool) -> int:
    bits = _TAG_BITS.get(tag, 0)
    if tag in _LIST:
        bits |= 1 << 8
    if hidden:
        bits |= 1 << 7
    if verdict == BAD:
        bits |= 1 << 11
    elif verdict == VOICES:
        bits |= 1 << 12
    elif verdict == GOOD:
        bits |= 1 << 13
    return bits
