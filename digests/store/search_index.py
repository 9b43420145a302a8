"""The words that are searched for, and the index each database keeps of them.

Words are cut the same way for both databases, so that a search finds the same in each: Chinese,
Japanese and Korean in overlapping pairs of characters, everything else in words without accents.
SQLite indexes them with FTS5, kept in step by triggers; PostgreSQL as a ``tsvector``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from digests.model import Article, Brief
from digests.text.words import has_cjk, words

MOST_WORDS = 20_000  # of one article
MOST_WANTED = 12  # of one search
_LONGEST = 60  # characters of a word
_PREFIX = 3  # letters from which on a search's last word may be a beginning
_ACCENT = re.compile("[\u0300-\u036f]")
_SPLIT = re.compile(r"[\s.,'’\-]+")

SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5("
    "words, content='searchable', content_rowid='article_id', detail='none', "
    "tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* Co'\")",
    "CREATE TRIGGER searchable_added AFTER INSERT ON searchable BEGIN "
    "INSERT INTO search_index(rowid, words) VALUES (new.article_id, new.words); END",
    "CREATE TRIGGER searchable_removed AFTER DELETE ON searchable BEGIN "
    "INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.article_id, old.words); END",
    "CREATE TRIGGER searchable_changed AFTER UPDATE ON searchable BEGIN "
    "INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.article_id, old.words); "
    "INSERT INTO search_index(rowid, words) VALUES (new.article_id, new.words); END",
)
# Not to_tsvector: its parser has rules of its own for what looks like a host or a number.
VECTOR = "array_to_tsvector(string_to_array(words, ' '))"
POSTGRESQL = (f"CREATE INDEX search_index ON searchable USING gin (({VECTOR}))",)


def index_words(article: Article) -> str:
    """The words of an article that it is found by: each once, its title's first."""
    return " ".join(_folded([article.title, article.byline, article.site, article.text])[:MOST_WORDS])


def told_words(brief: Brief) -> list[str]:
    """The words of what a brief says in words of its own: one that was translated or written anew.
    What it quotes is found by the article."""
    quoted = {sentence.text for sentence in brief.source_sentences}
    own = [sentence.text for sentence in brief.sentences if sentence.text not in quoted]
    return _folded([brief.headline, *own]) if own else []


def wanted_words(query: str) -> list[str]:
    """The words a search asks for, all of which must occur."""
    return _folded([query])[:MOST_WANTED]


def fts5_query(wanted: list[str]) -> str:
    """For SQLite's MATCH."""
    *firm, last = wanted
    return " ".join([*(f'"{word}"' for word in firm), f'"{last}"' + ("*" if may_begin(last) else "")])


def tsquery(wanted: list[str]) -> str:
    """For PostgreSQL's ``tsquery`` cast."""
    *firm, last = wanted
    return " & ".join([*(f"'{word}'" for word in firm), f"'{last}'" + (":*" if may_begin(last) else "")])


def may_begin(word: str) -> bool:
    """A last word still being typed, or one character, which stands at the head of a pair."""
    return len(word) >= _PREFIX or (len(word) == 1 and has_cjk(word))


def _folded(texts: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for text in texts:
        for word in words(text):
            for part in _SPLIT.split(word):
                plain = _ACCENT.sub("", unicodedata.normalize("NFKD", part).casefold())
                plain = "".join(char for char in unicodedata.normalize("NFC", plain) if _searchable(char))
                if plain:
                    found[plain[:_LONGEST]] = None
    return list(found)


def _searchable(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"
