"""Templates with choices, and the reports written from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Kind:
    """How one kind of event is told in one language. Each ``body`` slot holds ways to say one thing."""

    titles: tuple[str, ...]
    leads: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]
    boiler: tuple[str, ...]
    update_titles: tuple[str, ...]
    update_leads: tuple[str, ...]
    space: str = " "  # between sentences; "" in scripts written without


def choose(template: str, rng: Random) -> str:
    """The template with its choices taken and its facts still open."""
    while _CHOICE.search(template):
        template = _CHOICE.sub(lambda m: rng.choice(m.group(1).split("|")), template, count=1)
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", template)).strip()


def draft(kind: Kind, rng: Random, *, update: bool) -> tuple[str, str]:
    """A title and a text in words of their own, facts still open."""
    titles, leads = (kind.update_titles, kind.update_leads) if update else (kind.titles, kind.leads)
    slots = rng.sample(kind.body, rng.randint(min(3, len(kind.body)), len(kind.body)))
    middle = [rng.choice(slot) for slot in slots]
    if update and rng.random() < 0.5:
        middle.insert(0, rng.choice(kind.leads))
    closing = rng.sample(kind.boiler, rng.randint(0, min(3, len(kind.boiler))))
    sentences = [choose(s, rng) for s in [rng.choice(leads), *middle, *closing]]
    return choose(rng.choice(titles), rng), kind.space.join(sentences)


def write(kind: Kind, facts: Mapping[str, object], rng: Random, *, update: bool) -> tuple[str, str]:
    """A title and a text of one report, in words of its own."""
    title, text = (part.format_map(facts) for part in draft(kind, rng, update=update))
    text = re.sub(r"(?:^|(?<=[.!?] ))\w", lambda m: m.group().upper(), text)
    return title[0].upper() + title[1:], text
