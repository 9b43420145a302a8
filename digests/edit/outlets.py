"""How the sources of a chat are called there.

A feed says itself what it is called, so that a name is a claim. One that somebody added is called by its
host where its name is that of a source of the desk's own or of one the chat followed before, of another
site, or holds it: "BBC News" of another host, "BBC News Extra". So is one with a name that mixes
look-alike scripts within a word, and one without a name, whose pages claim theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from digests.model import Source
from digests.text.links import host

_WORD = re.compile(r"[^\W_]+")
_ALIKE = ("LATIN", "CYRILLIC", "GREEK")
_SHARED = frozenset(("co", "com", "or", "ac", "gov", "go", "gob", "net", "ne", "org", "edu"))  # as in .co.uk
_ARTICLES = frozenset(("the", "der", "die", "das", "le", "la", "les", "el", "los", "il", "o", "a"))


def outlets(own: Sequence[Source], followed: Sequence[Source]) -> dict[int, Source]:
    """By their ids, the sources as a chat that follows some of them may be told their names.

    ``own`` are the desk's; ``followed`` the chat's, those it followed first at the front.
    """
    found = {source.id: source for source in own} | {source.id: source for source in followed}
    known = [(_words(source.name), source) for source in own if source.name]
    for source in followed:
        if source.origin != "chat":
            continue
        words = _words(source.name)
        if not words or _alike(source.name) or any(_claims(words, source, *one) for one in known):
            found[source.id] = replace(source, name=place(source))
        else:
            known.append((words, source))
    return found


def place(source: Source) -> str:
    """Where a source is: its host, with the name it has there where that is shared by many."""
    name = host(source.url) or source.url
    if source.kind == "feed" or source.kind == "page":
        return name
    first = next((part for part in source.url.partition(name)[2].split("/") if part not in {"", "s"}), "")
    return f"{name}/{first}" if first else name


def goes_by(name: str, host: str) -> bool:
    """Whether a source's name says its host already: "The Herald" of herald.example, "Deutsche Welle" of dw.com.

    The label of the host that was registered is a word of the name, all its words together, or their first
    letters; one before it, anybody may choose: "BBC" does not say bbc.evil.example.
    """
    said: set[str] = set()
    # with and without its accents, but the host's stay: "bbç" is not BBC's
    for words in (_words(name), _WORD.findall(unicodedata.normalize("NFC", name).casefold())):
        said |= {*words, "".join(words), "".join(word for word in words if word not in _ARTICLES)}
        said |= {"".join(word[0] for word in words)} if len(words) > 1 else set()
    labels = host.casefold().split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    registered = labels[-3 if shared else -2] if len(labels) > 1 else ""
    return "".join(_WORD.findall(unicodedata.normalize("NFC", registered))) in said - {""}


def _claims(words: Sequence[str], source: Source, theirs: Sequence[str], other: Source) -> bool:
    """Whether a name holds the name of a source of another site."""
    if source.id == other.id or _same_site(source, other):
        return False
    return any(words[at : at + len(theirs)] == theirs for at in range(len(words) - len(theirs) + 1))


def _same_site(one: Source, other: Source) -> bool:
    first, second = place(one), place(other)
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return _WORD.findall("".join(char for char in plain if unicodedata.category(char)[0] not in "MC"))


def _alike(name: str) -> bool:
    """Whether a word is written in several of the scripts whose letters look alike."""
    return any(
        len({script for char in word for script in _ALIKE if unicodedata.name(char, "").startswith(script)})
        > 1
        for word in _WORD.findall(unicodedata.normalize("NFKC", name))
    )
