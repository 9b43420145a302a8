"""Furniture told by repetition: a paragraph that stands in several articles of one site is none of any."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from digests.model import Article
from digests.text.sentences import split_sentences

_SITES = 500  # that are remembered
_LINES = 64  # of each
_LINE = 400  # characters; what is longer is told by no site under every article
_EDGE = 6  # paragraphs at an article's beginning and end that are remembered
_OTHERS = 2  # articles, by their headlines, in which a paragraph stood before
_LEAST = 0.5  # of an article's text that must be left: bulletins say much the same every day


class KnownLines:
    """The short paragraphs of each site's last articles. Memory is bounded: some 10 MB at most."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, OrderedDict[int, frozenset[int]]] = OrderedDict()

    def without_repeated(self, article: Article) -> Article:
        """The article without what at least two others of its site say too; remembers what it says itself."""
        if not article.site or not article.paragraphs:
            return article
        known = self._sites.setdefault(article.site, OrderedDict())
        self._sites.move_to_end(article.site)
        headline = hash(article.title)
        kept = tuple(
            text
            for text in article.paragraphs
            if len(known.get(hash(text), frozenset()) - {headline}) < _OTHERS
        )
        for text in {*article.paragraphs[:_EDGE], *article.paragraphs[-_EDGE:]}:
            if len(text) <= _LINE:
                line = hash(text)
                before = known.get(line, frozenset())
                known[line] = before if len(before) > _OTHERS else before | {headline}
                known.move_to_end(line)
        while len(known) > _LINES:
            known.popitem(last=False)
        while len(self._sites) > _SITES:
            self._sites.popitem(last=False)
        if len(kept) == len(article.paragraphs) or sum(map(len, kept)) < _LEAST * sum(
            map(len, article.paragraphs)
        ):
            return article
        dropped = {
            sentence
            for text in set(article.paragraphs) - set(kept)
            for sentence in split_sentences(text, article.language)
        }
        told = tuple(sentence for sentence in article.sentences if sentence not in dropped)
        return replace(article, paragraphs=kept, sentences=told)
