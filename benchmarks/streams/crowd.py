"""A crowd of reports to search among: the English kinds of events with a hundred thousand names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from streams import english
from streams.events import START, LabelledReport, each, facts_for
from streams.template import draft

_ONSETS = each("b br c ch d dr f g gl h j k l m n p pr qu r s st t tr v w z")
_VOWELS = each("a e i o u ai ea io ou")
_CODAS = each("l n r s t th rd nd sk lm")


def _invented(rng: Random) -> str:
    syllables = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.choice((1, 2, 2))))
    return (syllables + rng.choice(_CODAS)).capitalize()


def crowd(count: int, seed: int = 99) -> Iterator[LabelledReport]:
    """``count`` reports spread over five days; an event has one to four. Labels start at 1,000,000."""
    rng = Random(seed)
    drafts = {
        name: [draft(kind, rng, update=False) for _ in range(200)] for name, kind in english.KINDS.items()
    }
    kinds = list(drafts)
    step = timedelta(days=5) / count
    made = 0
    event = 1_000_000
    while made < count:
        event += 1
        kind = rng.choice(kinds)
        facts, _ = facts_for(kind, rng)
        # every name of the small pools becomes one of many
        facts = {k: _renamed(v, rng) if k not in ("day", "daypart", "crime") else v for k, v in facts.items()}
        for position in range(rng.choice((1, 1, 1, 2, 3, 4))):
            title, text = rng.choice(drafts[kind])
            made += 1
            yield LabelledReport(
                id=made + 10_000_000,
                event=event,
                kind=kind,
                told="same" if position else "first",
                language="en",
                source=rng.randint(1, 5000),
                title=title.format_map(facts),
                text=text.format_map(facts),
                published=START + made * step,
            )
            if made == count:
                return


def _renamed(value: object, rng: Random) -> object:
    """A capitalised name is replaced, word for word; figures and plain words stay."""
    if not isinstance(value, str):
        return value
    return " ".join(_invented(rng) if word[:1].isupper() else word for word in value.split(" "))
