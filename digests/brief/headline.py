"""What can't be briefed is told by its headline: nothing that was found is lost for want of sentences."""

from __future__ import annotations

from digests.model import Article, Brief

WARNING = "It could not be briefed; this is its headline alone."
_HEADLINE = 200  # characters of a headline made of a text


def headline_brief(articles: tuple[Article, ...], reason: str) -> Brief:
    """A brief without sentences. The lead's title, else its first words, else its site or address."""
    lead = articles[0]
    title = " ".join(lead.title.split()) or " ".join(lead.text[: 2 * _HEADLINE].split())[:_HEADLINE]
    return Brief(
        headline=title or lead.site or lead.url or "…",
        sentences=(),
        source_sentences=(),
        language=lead.language,
        summarizer="headline",
        warnings=tuple(dict.fromkeys((*lead.warnings, WARNING, reason))),
    )
