"""The corrupted briefs and their clean twins as briefs the gate can be given."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digests.brief.grounding.check import Grounded, ground
from digests.model import Article, Brief, BriefSentence, SourceSentence

KINDS = ("number", "name", "date", "quote", "negation", "cause")


@dataclass(frozen=True, slots=True)
class Case:
    """One claim and the lines it cites; ``kind`` is "clean" or what is wrong with it."""

    language: str
    source: tuple[str, ...]
    claim: str
    kind: str

    def grounded(self) -> Grounded:
        """The gate's answer to a brief of this one sentence."""
        article = Article(
            title=self.source[0], sentences=self.source, paragraphs=self.source, language=self.language
        )
        brief = Brief(
            headline=self.source[0],
            sentences=(BriefSentence(self.claim, tuple(range(len(self.source)))),),
            source_sentences=tuple(SourceSentence(line) for line in self.source),
            language=self.language,
        )
        return ground(brief, (article,))


def cases(name: str) -> Iterator[Case]:
    """Every case of a table beside this file."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    for story in tomllib.loads(text)["story"]:
        source = tuple(story["source"].strip().splitlines())
        for kind in ("clean", *KINDS):
            for claim in story.get(kind, []):
                yield Case(story["language"], source, claim, kind)
