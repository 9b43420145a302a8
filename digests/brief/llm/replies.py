"""What a model answered, read as JSON or as plain lines, however untidy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from digests.text.languages import language_of, languages, lexicon
from digests.text.tokens import HANGUL, clean, tokens

SCHEMA: dict[str, Any] = {
    "name": "brief",
    "strict": True,
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["headline", "sentences", "topics", "score"],
        "properties": {
            "headline": {"type": "string"},
            "sentences": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["text", "cites"],
                    "properties": {
                        "text": {"type": "string"},
                        "cites": {"type": "array", "items": {"type": "integer"}},
                    },
                },
            },
            "topics": {"type": "array", "items": {"type": "string"}},
            "score": {"type": "number"},
        },
    },
}
_LONGEST = 2_000  # characters of a sentence that is read at all
_MOST = 20  # sentences
_CITES = re.compile(r"[\[(【]\s*((?:\d{1,4})(?:(?:\s*[,;、和-]\s*|\s+)\d{1,4})*)\s*[\])】]")
_LINE = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)](?=\s))\s*(?P<text>.+)$")
_STORY = re.compile(r"^[^\w\n]*story[^\w\n]*?(\d{1,3})[^\w\n]*$", re.I | re.M)
_LABEL = re.compile(r"^\W*(?P<label>headline|title|topics|score)\W*?\s*[:：]\s*(?P<value>.*?)\W*$", re.I)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence of a draft with the 0-based places of the source sentences it cites."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wants to say. Nothing of it has been checked. ``score`` is 0 to 10, None if it gave none."""

    headline: str
    sentences: tuple[Drafted, ...]
    topics: tuple[str, ...] = ()
    score: float | None = None


SEVERAL: dict[str, Any] = {
    "name": "briefs",
    "strict": True,
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["stories"],
        "properties": {
            "stories": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["story", *SCHEMA["schema"]["required"]],
                    "properties": {"story": {"type": "integer"}, **SCHEMA["schema"]["properties"]},
                },
            }
        },
    },
}


def read_drafts(text: str) -> dict[int, Draft]:
    """The drafts in an answer on several stories by the stories' numbers; empty when there is none."""
    for candidate in objects(text):
        stories = candidate.get("stories") if isinstance(candidate, dict) else None
        if isinstance(stories, list):
            read = [(s.get("story"), _from_json(s)) for s in stories if isinstance(s, dict)]
            return {n: draft for n, draft in read if isinstance(n, int) and draft is not None}
    found = _STORY.split(text)[1:]
    lines = [(int(n), _from_lines(part)) for n, part in zip(found[::2], found[1::2], strict=True)]
    return {n: draft for n, draft in lines if draft is not None}


def read_draft(text: str) -> Draft | None:
    """The draft in an answer, None when there is none in it."""
    for candidate in objects(text):
        if (draft := _from_json(candidate)) is not None:
            return draft
    return None if "{" in text and '"' in text else _from_lines(text)


def objects(text: str) -> list[Any]:
    """JSON objects in a text, also inside a code fence or after a few words."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    at = text.find("{")
    while at >= 0 and len(found) < 3:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1) if len(found) == 0 and at < _LONGEST else -1
            continue
        found.append(value)
        at = text.find("{", end)
    return found


def _from_json(value: Any) -> Draft | None:
    if not isinstance(value, dict) or not isinstance(value.get("sentences"), list):
        return None
    sentences = [_sentence(item) for item in value["sentences"][:_MOST]]
    kept = tuple(sentence for sentence in sentences if sentence is not None)
    headline = value.get("headline")
    topics = value.get("topics")
    score = value.get("score")
    return Draft(
        headline=_tidy(headline) if isinstance(headline, str) else "",
        sentences=kept,
        topics=tuple(_tidy(t) for t in topics[:3] if isinstance(t, str)) if isinstance(topics, list) else (),
        score=_score(score),
    )


def _sentence(item: Any) -> Drafted | None:
    if isinstance(item, str):
        return _cited(item)
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return None
    cites = item.get("cites")
    if isinstance(cites, int | str):
        cites = [cites]
    texts = [str(c).strip().removesuffix(".0") for c in cites] if isinstance(cites, list) else []
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 6]
    written = _cited(item["text"])
    return Drafted(written.text, tuple(n - 1 for n in numbers) or written.cites) if written.text else None


def _from_lines(text: str) -> Draft | None:
    headline = ""
    topics: tuple[str, ...] = ()
    score: float | None = None
    sentences: list[Drafted] = []
    for line in (line[:_LONGEST] for line in text.splitlines()[:200]):
        if label := _LABEL.match(line):
            name, value = label["label"].casefold(), label["value"]
            if name == "topics":
                topics = tuple(_tidy(topic) for topic in value.split(",")[:3] if topic.strip())
            elif name == "score":
                score = _score(value.split("/")[0])
            else:
                headline = _tidy(value)
        elif len(sentences) < _MOST and ((item := _LINE.match(line)) or _CITES.search(line)):
            drafted = _cited(item["text"] if item else line)
            if drafted.text and drafted.cites:
                sentences.append(drafted)
    return Draft(headline, tuple(sentences), topics, score) if sentences or headline else None


def _cited(text: str) -> Drafted:
    """A sentence without the numbers it ends with, and those numbers."""
    text = text[:_LONGEST]
    cites = [int(n) - 1 for match in _CITES.finditer(text) for n in re.findall(r"\d+", match[1])]
    return Drafted(re.sub(r" ([.!?。])", r"\1", _tidy(_CITES.sub("", text))), tuple(cites))


def _tidy(text: str) -> str:
    """One line without markup at its ends."""
    return re.sub(r"\s+", " ", text[:_LONGEST]).strip().strip("*_#` ").strip()


def _score(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(10.0, max(0.0, number)) if number == number else None


def in_language(text: str, language: str) -> bool:
    """Whether a text may be in the language: by its script, and by its small words where Latin.

    Short or mixed texts pass: this is to notice a model that answers in the wrong language.
    """
    letters = [c for c in clean(text) if c.isalpha()]
    if len(letters) < 20:
        return True
    script = language_of(language).script
    ranges = _SCRIPTS.get(script, (("a", "\u024f"),))
    share = sum(any(low <= c.lower() <= high for low, high in ranges) for c in letters) / len(letters)
    if share < 0.5:
        return False
    if script in _SCRIPTS:
        return True
    words = [token.key for token in tokens(clean(text))]
    hits = {code: sum(word in lexicon(code).stop for word in words) for code in (*_latin(), language)}
    return hits[language] * 2 >= max(hits.values())


@cache
def _latin() -> tuple[str, ...]:
    """The languages in Latin letters whose small words are known."""
    return tuple(known.code for known in languages() if known.script == "latin" and known.stop)


_HAN = ("\u3400", "\u9fff")
_SCRIPTS: dict[str, tuple[tuple[str, str], ...]] = {
    "han": (_HAN,),
    "kana": (_HAN, ("\u3040", "\u30ff")),
    "hangul": ((HANGUL[0], HANGUL[2]),),
    "cyrillic": (("\u0400", "\u04ff"),),
    "arabic": (("\u0600", "\u06ff"),),
    "devanagari": (("\u0900", "\u097f"),),
}
