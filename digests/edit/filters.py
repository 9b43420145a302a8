"""What a chat wants left out, and what it wants at once: stories and rules in, the kept and the rest out.

A rule's pattern says what it looks for and where:

    ferry                   the word, in the title or the text
    "climate change"        the phrase
    /quake|tremor/          a regular expression, matched in linear time whatever it says
    title:ferry             in the title alone; so too with a phrase or an expression
    author:"Jane Doe"       in the byline
    topic:world             one of the source's topics
    language:de             the text's language
    2                       for ``least``: how many sources must report it

Words are compared without regard to case; in Chinese and Japanese they are found anywhere. A rule of
the chat looks at the whole story, one of a source at that source's articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import re2  # type: ignore[import-untyped]

from digests.model import Article, Rule, Source, Story
from digests.text.languages import base
from digests.text.words import has_cjk

KINDS = ("hide", "only", "watch", "least")
LONGEST = 200
"""Characters of a pattern."""
MOST_SOURCES = 20

_FIELDS = ("title", "author", "topic", "language")
_STORY = re.compile(r"story:\s*#?(\d{1,12})", re.IGNORECASE)
_EXPRESSION_BYTES = 1 << 20  # what an expression may cost to prepare
_LONGEST_TEXT = 100_000  # characters of an article that are looked through


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a rule sees of an article: folded once, however many rules look."""

    source_id: int
    title: str
    text: str
    byline: str
    language: str
    topics: tuple[str, ...]


Test = Callable[[_Seen], bool]


@dataclass(frozen=True, slots=True)
class Sifted:
    """Indexes into the stories: what is kept, what was left out and by which rule, what is watched for."""

    kept: tuple[int, ...]
    left_out: tuple[tuple[int, Rule], ...]
    watched: tuple[tuple[int, Rule], ...]


def check(kind: str, pattern: str) -> None:
    """``ValueError`` says what is wrong with a rule as a person typed it: one code, maybe a detail.

    ``kind``, ``empty``, ``long``, ``number``, ``topic``, ``language``, ``story`` where one is named that can
    be watched for alone, or ``expression`` with the
    engine's own words as second argument.
    """
    if kind not in KINDS:
        raise ValueError("kind")
    if not pattern.strip():
        raise ValueError("empty")
    if len(pattern) > LONGEST:
        raise ValueError("long")
    if kind == "least":
        _least(pattern)
    elif story_named(pattern) is not None:
        if kind != "watch":
            raise ValueError("story")
    else:
        _test(pattern)


def story_named(pattern: str) -> int | None:
    """The number that the chat's people know a story by, of a pattern that follows one: ``story:12``."""
    named = _STORY.fullmatch(pattern.strip())
    return int(named[1]) if named else None


def sift(
    stories: Sequence[Story],
    rules: Sequence[Rule],
    sources: Mapping[int, Source],
    subscribed: Collection[int],
) -> Sifted:
    """Sort the stories by the rules, keeping their order; the first rule that does it is named.

    ``subscribed`` are the sources the chat follows: a story passes a source's rules when one of them
    still tells it. A rule that can't be read (an older version's) does nothing.
    """
    kept: list[int] = []
    left_out: list[tuple[int, Rule]] = []
    watched: list[tuple[int, Rule]] = []
    for index, story in enumerate(stories):
        seen = [_see(article, sources) for article in story.articles] if rules else []
        against = _against(seen, rules, subscribed)
        if against is not None:
            left_out.append((index, against))
            continue
        kept.append(index)
        watching = [rule for rule in rules if rule.kind == "watch" and _any(rule, seen)]
        if watching:
            # of several, one that may mention somebody counts
            watched.append((index, next((rule for rule in watching if rule.role), watching[0])))
    return Sifted(tuple(kept), tuple(left_out), tuple(watched))


def _see(article: Article, sources: Mapping[int, Source]) -> _Seen:
    source = sources.get(article.source_id)
    return _Seen(
        article.source_id,
        _folded(article.title),
        _folded(article.text[:_LONGEST_TEXT]),
        _folded(article.byline),
        base(article.language),
        tuple(map(_folded, source.topics if source else ())),
    )


def _against(seen: Sequence[_Seen], rules: Sequence[Rule], subscribed: Collection[int]) -> Rule | None:
    """The rule that keeps a story from the chat."""
    reported = len({article.source_id for article in seen})
    refused = _refusing([rule for rule in rules if rule.source_id is None], seen, reported)
    if refused is not None:
        return refused
    first: Rule | None = None
    for source_id in dict.fromkeys(article.source_id for article in seen):
        if source_id not in subscribed:
            continue
        against = _refusing([rule for rule in rules if rule.source_id == source_id], seen, reported)
        if against is None:
            return None
        first = first or against
    return first


def _refusing(rules: Sequence[Rule], seen: Sequence[_Seen], reported: int) -> Rule | None:
    only = [rule for rule in rules if rule.kind == "only" and _readable(rule)]
    for rule in rules:
        if rule.kind == "hide" and _any(rule, seen):
            return rule
        if rule.kind == "least" and _readable(rule) and reported < _least(rule.pattern):
            return rule
    if only and not any(_any(rule, seen) for rule in only):
        return only[0]
    return None


def _any(rule: Rule, seen: Sequence[_Seen]) -> bool:
    """Whether any of the articles the rule looks at matches."""
    if not _readable(rule) or story_named(rule.pattern) is not None:
        return False
    test = _test(rule.pattern)
    return any(test(article) for article in seen if rule.source_id in (None, article.source_id))


def _readable(rule: Rule) -> bool:
    try:
        check(rule.kind, rule.pattern)
    except ValueError:
        return False
    return True


def _least(pattern: str) -> int:
    if not pattern.strip().isdecimal() or not 2 <= int(pattern) <= MOST_SOURCES:
        raise ValueError("number")
    return int(pattern)


@lru_cache(maxsize=2048)
def _test(pattern: str) -> Test:
    """What a pattern looks for, as a function."""
    field, colon, rest = pattern.strip().partition(":")
    where = field.casefold() if colon and field.casefold() in _FIELDS else ""
    wanted = rest.strip() if where else pattern.strip()
    if not wanted.strip('"“”'):
        raise ValueError("empty")
    if where == "topic":
        topic = _folded(wanted.strip('"“”').lstrip("#"))
        return lambda seen: topic in seen.topics
    if where == "language":
        language = base(wanted.replace("_", "-"))
        if not re.fullmatch(r"[a-z]{2,3}", language):
            raise ValueError("language")
        return lambda seen: seen.language == language
    found = _finder(wanted)
    if where == "title":
        return lambda seen: found(seen.title)
    if where == "author":
        return lambda seen: found(seen.byline)
    return lambda seen: found(seen.title) or found(seen.text)


def _finder(wanted: str) -> Callable[[str], bool]:
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):
        return _expression(wanted[1:-1])
    phrase = _folded(wanted.strip('"“”'))
    if has_cjk(phrase):
        return lambda text: phrase in text
    return lambda text: _has_words(text, phrase)


def _expression(wanted: str) -> Callable[[str], bool]:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _EXPRESSION_BYTES
    try:
        compiled = re2.compile(wanted, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise ValueError(
            "expression", reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        ) from None
    return lambda text: compiled.search(text) is not None


def _has_words(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text as words of its own."""
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if not (at and _inside(text[at - 1], phrase[0])) and not (
            end < len(text) and _inside(phrase[-1], text[end])
        ):
            return True
        at = text.find(phrase, at + 1)
    return False


def _inside(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
