"""Which of a page's blocks are the article.

Rules first find the container: the element whose own text outweighs the links and crumbs it brings
along; what a name says is judged from the container inwards, so that an article wrapped in
``has-sidebar`` is still found. Then every block is weighed by what it looks like (``features``), where it
stands in the rules' container being one thing among many, and once more with what its neighbours came to.
The weights are fitted by ``benchmarks/train_read.py``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from math import exp, log
from operator import mul

from digests.read.blocks import Block, Page
from digests.read.features import NAMES, features
from digests.read.furniture import BAD, GOOD, NEUTRAL, VOICES, ends_as_sentence, is_furniture_line, opens_tail
from digests.text.languages import any_of, every

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


def rule(page: Page, net: list[float], container: int, core: int) -> list[int]:
    """Places of the blocks that rules alone would keep, in document order."""
    nodes = page.nodes
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
    kept: list[int] = []
    for place, block in enumerate(page.blocks):
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
        kept.append(place)
    while kept and page.blocks[kept[-1]].tag in _HEADINGS:
        kept.pop()
    while kept and page.blocks[kept[0]].tag == "h1":
        kept.pop(0)
    return kept


CONTEXT = ("before", "after", "before_that", "after_that", "siblings", "best_before", "best_after", "itself")
_KEPT = json.loads((files("digests.read") / "weights.json").read_text("utf-8"))
_FIRST = [float(_KEPT["first"].get(name, 0.0)) for name in NAMES]
_SECOND = [float(_KEPT["second"].get(name, 0.0)) for name in NAMES]
_AROUND = [float(_KEPT["around"].get(name, 0.0)) for name in CONTEXT]
_BAR = 0.5  # chance from which a block is taken for article
_LEAST_BAR = 0.2
_OF_TYPICAL = 0.6  # of a page's typical chance: where all its text is unusual, the bar is lower
_AGREE = 0.85  # overlap of the two ways from which neither is doubted
_RULED = 0.75  # of the bar: what blocks need that the rules keep
_TABLED = 0.3  # of the bar: the same for short cells of a table
_CRUMB = 25  # characters
_SURE = 0.9
_MENU = 80  # characters
_NEAR = 3  # places between two kept blocks
_SENTENCE = 60  # characters of a linked paragraph that is no headline
_CONSENT = re.compile(
    r"cookie|クッキー|\bconsent|\bprivacy settings|einwilligung|consentement|consentimiento", re.IGNORECASE
)
_CONSENT_PARTS = ("ookie", "COOKIE", "クッキー", "onsent", "nwilligung", "onsenti", "rivacy settings")
_READER = every(lambda known: known.to_the_reader)
_UNSPACED = any_of(form for form in _READER if ord(form[0]) >= 0x2E80)
_TO_THE_READER = re.compile(rf"\b(?:{any_of(_READER)})\b|{_UNSPACED}", re.IGNORECASE)
_NOTICE_WORDS = 3
_NOTICE_SHARE = 0.8  # of a page's text; a page that says nothing else is a consent page
_NOTICE = 1_800  # characters; what is longer is about something
_LITTLE = 250  # characters; less may be a page whose article was missed
_PULLED = 400  # characters of a quotation set apart
_SEARCHED = 200_000  # characters of an article in which they are looked for
_QUOTES = "\"“”„»«'‘’ "
_REPEATED = 40  # characters; a longer block that stands twice is told once


@dataclass(frozen=True, slots=True)
class Choice:
    """``blocks``: the article, in document order. ``ruled``: what rules alone would have kept.
    ``doubtful``: the two differ so much, or hold so little, that another opinion is worth its time."""

    blocks: list[Block]
    ruled: list[Block]
    doubtful: bool


def choose_blocks(page: Page, title: str = "", summary: str = "", body: str = "") -> Choice:
    """The article's blocks; ``title``, ``summary`` and ``body`` are what the page's metadata says they are."""
    blocks = page.blocks
    weights = [weigh(block) for block in blocks]
    net = subtree_weights(page)
    container, core = find_container(page, net)
    ruled = rule(page, net, container, core)
    rows = features(page, net, container, core, weights, set(ruled), title, summary, body)
    chances = _chances(page, rows)
    bar = max(_LEAST_BAR, min(_BAR, _OF_TYPICAL * _typical(blocks, chances)))
    boxed = _all_inside(page, _boxes(page, core) | _notices(page))
    by_rules = set(ruled)
    _share_tables(page, chances)
    kept = [
        place
        for place, chance in enumerate(chances)
        if chance >= _bar(blocks[place], bar, place in by_rules) and not boxed[blocks[place].node]
    ]
    kept, ruled = _with_linked_sentences(blocks, kept), _with_linked_sentences(blocks, ruled)
    places = _told_once(blocks, kept)
    while places and blocks[places[-1]].tag in _HEADINGS:
        places.pop()
    return Choice(
        [blocks[place] for place in places],
        [blocks[place] for place in ruled if not boxed[blocks[place].node]],
        _agreement(blocks, places, ruled) < _AGREE
        or sum(len(blocks[place].text) for place in places) < _LITTLE,
    )


def _told_once(blocks: list[Block], kept: list[int]) -> list[int]:
    """Without what stands twice, and without quotations pulled out of a paragraph that has them too."""
    bare = [blocks[place].text.strip(_QUOTES) for place in kept]
    own, whole = Counter(bare), "\n".join(bare)
    told: set[str] = set()
    places = []
    for place, text in zip(kept, bare, strict=True):
        if len(text) > _REPEATED:
            pulled = len(text) <= _PULLED and len(whole) <= _SEARCHED and whole.count(text) > own[text]
            if pulled or text in told:
                continue
            told.add(text)
        places.append(place)
    return places


def _chances(page: Page, rows: list[list[float]]) -> list[float]:
    first = [_chance(sum(map(mul, _FIRST, row))) if row else 0.0 for row in rows]
    around = context([block.row for block in page.blocks], first)
    return [
        _chance(sum(map(mul, _SECOND, row)) + sum(map(mul, _AROUND, near))) if row else 0.0
        for row, near in zip(rows, around, strict=True)
    ]


def context(parents: list[int], chances: list[float]) -> list[list[float]]:
    """What stands around each block, in ``CONTEXT``'s order. ``parents``: for each block what encloses its
    element; ``chances``: how likely each is article by itself."""
    sums: dict[int, list[float]] = {}
    for parent, chance in zip(parents, chances, strict=True):
        sum_here = sums.setdefault(parent, [0.0, 0.0])
        sum_here[0] += chance
        sum_here[1] += 1
    count = len(chances)
    best_after = [0.0] * (count + 1)
    for place in range(count - 1, -1, -1):
        best_after[place] = max(best_after[place + 1], chances[place])
    found, best = [], 0.0
    for place, chance in enumerate(chances):
        total, others = sums[parents[place]]
        found.append(
            [
                chances[place - 1] if place else 0.0,
                chances[place + 1] if place + 1 < count else 0.0,
                chances[place - 2] if place > 1 else 0.0,
                chances[place + 2] if place + 2 < count else 0.0,
                (total - chance) / (others - 1) if others > 1 else 0.5,
                best,
                best_after[place + 1],
                log(chance / (1 - chance + 1e-9) + 1e-9) / 6,
            ]
        )
        best = max(best, chance)
    return found


def _chance(score: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, score))))


def _typical(blocks: list[Block], chances: list[float]) -> float:
    """The chance that half of a page's likely text reaches."""
    shares = sorted(
        ((chance, len(block.text) * chance * chance) for block, chance in zip(blocks, chances, strict=True)),
        reverse=True,
    )
    half = sum(share for _, share in shares) / 2
    for chance, share in shares:
        half -= share
        if half <= 0:
            return chance
    return 0.0


def _bar(block: Block, bar: float, ruled: bool) -> float:
    """The chance a block needs: less where the rules keep it too, more for crumbs and lines of links."""
    if ruled:
        return bar * (_TABLED if block.cells >= 0 else _RULED)
    crumb = len(block.text) < _CRUMB and block.tag not in _HEADINGS and not ends_as_sentence(block.text)
    return _SURE if crumb or is_menu_line(block) else bar


def is_menu_line(block: Block) -> bool:
    """Short, mostly links, and neither a sentence nor a heading."""
    text = block.text
    return (
        len(text) < _MENU
        and block.linked * 10 > len(text) * 7
        and block.tag not in _HEADINGS
        and not ends_as_sentence(text)
    )


def _share_tables(page: Page, chances: list[float]) -> None:
    """A table's short cells stand or fall together: each gets their mean chance."""
    of_table = [-1] * len(page.nodes)
    for index, node in enumerate(page.nodes):
        of_table[index] = index if node.tag == "table" else of_table[node.parent] if node.parent >= 0 else -1
    tables: dict[int, list[int]] = {}
    for place, block in enumerate(page.blocks):
        if block.cells >= 0:
            tables.setdefault(of_table[block.node], []).append(place)
    for places in tables.values():
        mean = sum(chances[place] for place in places) / len(places)
        for place in places:
            chances[place] = mean


def _boxes(page: Page, core: int) -> set[int]:
    """The elements inside the article that open with a line like "More on this": a box with other pages."""
    nodes = page.nodes
    around = {core}
    while nodes[core].parent >= 0:
        core = nodes[core].parent
        around.add(core)
    found: set[int] = set()
    first: dict[int, int] = {}
    for place, block in enumerate(page.blocks):
        first.setdefault(block.row, place)
        if first[block.row] == place and opens_tail(block.text) and block.row not in around:
            found.add(block.row)
    return found


def _notices(page: Page) -> set[int]:
    """The elements whose few words are about cookies, whatever they are called, on pages that say more."""
    if not any(word in block.text for block in page.blocks for word in _CONSENT_PARTS):
        return set()
    texts: dict[int, list[str]] = {}
    total = 0
    for block in page.blocks:
        texts.setdefault(block.row, []).append(block.text)
        total += len(block.text) if block.linked * 2 < len(block.text) else 0
    longest = min(_NOTICE, total * _NOTICE_SHARE)
    return {
        node for node, parts in texts.items() if sum(map(len, parts)) < longest and is_notice(" ".join(parts))
    }


def is_notice(text: str) -> bool:
    """Whether a text asks its reader about cookies: it speaks of them and to whoever reads it."""
    return len(_CONSENT.findall(text)) >= _NOTICE_WORDS and len(_TO_THE_READER.findall(text)) >= _NOTICE_WORDS


def _with_linked_sentences(blocks: list[Block], kept: list[int]) -> list[int]:
    """With the paragraphs between two kept ones that are one whole link and yet a whole sentence."""
    held = set(kept)
    for before, after in pairwise(kept):
        for place in range(before + 1, min(after, before + 3)):
            block = blocks[place]
            if (
                after - before <= _NEAR
                and block.tag in ("p", "div")
                and len(block.text) >= _SENTENCE
                and block.linked * 10 > len(block.text) * 7
                and ends_as_sentence(block.text)
            ):
                held.add(place)
    return sorted(held)


def _all_inside(page: Page, elements: set[int]) -> list[bool]:
    """For each node whether it is one of the elements or stands in one; parents come before their children."""
    found = [False] * len(page.nodes)
    for index, node in enumerate(page.nodes):
        found[index] = index in elements or (node.parent >= 0 and found[node.parent])
    return found


def _agreement(blocks: list[Block], one: list[int], other: list[int]) -> float:
    """The text two choices share, as a share of the mean of both; 1 for the same."""
    both = sum(len(blocks[place].text) for place in set(one) & set(other))
    total = sum(len(blocks[place].text) for place in [*one, *other])
    return 2 * both / total if total else 0.0
