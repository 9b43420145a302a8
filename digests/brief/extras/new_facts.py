"""What is new in a story that was told before: its later articles without what the earlier ones said.

A sentence is new when it gives a figure the told ones do not give, names somebody they do not
name, or is mostly about something else. Needs no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digests.brief.grounding.names import missing_names
from digests.model import Article, Brief
from digests.text.languages import base
from digests.text.numbers import unsupported
from digests.text.tokens import clean, coverage

_KNOWN = 0.75  # share of a sentence's content words; from there on it says what was said
_NAMED = 0.6  # and with a new name, from there on it only names its source otherwise


def new_facts(told: Brief, articles: Sequence[Article]) -> tuple[Article, ...]:
    """The articles with only the sentences that say something new; those without any are left out.

    Articles in another language than what was told can't be compared and are left out too.
    """
    language = base(told.translated_from or told.language)
    source = clean("\n".join([told.headline, *(s.text for s in told.sentences), *_sources(told)]))
    found = []
    for article in articles:
        if base(article.language) == language:
            fresh = tuple(s for s in article.sentences if _is_new(clean(s), source, language))
            if fresh:
                found.append(replace(article, sentences=fresh, paragraphs=fresh))
    return tuple(found)


def _is_new(sentence: str, source: str, language: str) -> bool:
    share = coverage(sentence, source, language)
    if share < _KNOWN and (share < _NAMED or missing_names(sentence, source, language)):
        return True
    return unsupported(sentence, source, language) is not None


def _sources(told: Brief) -> list[str]:
    return [sentence.text for sentence in told.source_sentences]
