"""What is new: an item is the same when its own GUID says so, else by its address and its content.

An entry is remembered by its GUID, its canonical address, and a hash of its title and text. A known
GUID makes other content an edit. A known address does so only where the content is like what stood
there: bulletins, shops and changelogs put one thing after another at one address. Where only a look
at the known entry can tell, ``doubtful`` names it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from digests.model import Entry
from digests.text.languages import any_of, every
from digests.text.links import canonical
from digests.text.words import words

_OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)  # a date before the web is a wrong date
_DAY: Final = timedelta(days=1)
_SHINGLE: Final = 3  # words in a row
_MUCH: Final = 0.5  # of the shorter text's shingles in the other: an edit
_NEARLY_ALL: Final = 0.9  # the same text with a clock or a counter in it
_LOOKED_AT: Final = 20_000  # characters of a text that are compared

# What counts readers, not news: "[34 comments]" at the end of a title, "Points: 12" in a text.
_COUNTED: Final = f"(?:{any_of(every(lambda known: known.comments))})"
_COUNTER: Final = re.compile(
    rf"\s*[\[(]\s*\d[\d.,]*k?\s*{_COUNTED}?\s*[\])]\s*$|\s*[-–|·]\s*\d[\d.,]*k?\s*{_COUNTED}\s*$",
    re.IGNORECASE,
)
_TALLY: Final = re.compile(rf"\b#?\s*{_COUNTED}\s*:\s*\d[\d.,]*|\b\d[\d.,]*\s*{_COUNTED}\b", re.IGNORECASE)


Keyed = tuple[Entry, tuple[str, ...]]
"""An entry with its identities."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What one reading brings: the new entries, oldest first, and the edited ones, which carry
    the id they already have; each with the keys to remember. ``learned`` are further keys of
    entries that are the same as before, by entry id; ``takes`` are addresses of known entries that
    from now on stand for the new one there."""

    new: tuple[Keyed, ...] = ()
    updated: tuple[Keyed, ...] = ()
    learned: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    takes: frozenset[str] = frozenset()


def keys_of(entry: Entry) -> tuple[str, ...]:
    """The entry's identities: ``g:`` GUID, ``u:`` address, ``c:`` content; at least one."""
    found = []
    if entry.guid:
        found.append("g:" + _short(entry.guid))
    address = canonical(entry.url) if entry.url else ""
    if address:
        found.append("u:" + _short(address))
    text = _TALLY.sub("", entry.html) if any(one.isdigit() for one in entry.html) else entry.html
    found.append("c:" + _digest(f"{uncounted(entry.title)}\n{' '.join(text.split())}"))
    return tuple(found)


def uncounted(title: str) -> str:
    """A title without a counter of comments, points or views at its end, unless that is all there is."""
    return _COUNTER.sub("", title) or title


def _short(text: str) -> str:
    return text if len(text) <= 120 else _digest(text)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def keyed(entries: Sequence[Entry]) -> list[Keyed]:
    """Each entry with its identities."""
    return [(entry, keys_of(entry)) for entry in entries]


def all_keys(entries: Sequence[Keyed]) -> list[str]:
    """Every key of every entry once: what the store is asked about, in one question."""
    return list(dict.fromkeys(key for _, keys in entries for key in keys))


def doubtful(entries: Sequence[Keyed], known: Mapping[str, int]) -> set[int]:
    """Ids of the known entries that ``news`` has to look at to tell."""
    return {
        id_
        for entry, keys in entries
        for sure, id_ in [_known(entry, keys, known)]
        if id_ is not None and not sure
    }


def _known(entry: Entry, keys: Iterable[str], known: Mapping[str, int]) -> tuple[bool, int | None]:
    """The known entry it may be, and whether that is certain without a look at it."""
    by = {key[0]: known[key] for key in keys if key in known}
    if "g" in by and ("c" in by or "u" in by or not entry.url) and not _guid_is_address(entry):
        return True, by["g"]
    if "c" in by and by["c"] in (by.get("g"), by.get("u")):
        return True, by["c"]
    return False, by.get("g", by.get("c", by.get("u")))


def _guid_is_address(entry: Entry) -> bool:
    """Whether the GUID says no more than the address does."""
    return bool(entry.url) and entry.guid.startswith("http") and canonical(entry.guid) == canonical(entry.url)


def news(
    entries: Sequence[Keyed],
    known: Mapping[str, int],
    now: datetime,
    source_id: int = 0,
    before: Mapping[int, Entry] | None = None,
) -> Decided:
    """Tell the new from the known and the edited. ``known`` maps keys seen before to entry ids;
    ``before`` holds the ``doubtful`` of those entries. What is given back bears ``source_id``.

    Two entries of one reading that share an identity are one. An identity that cannot tell two
    entries apart is none: an address or a GUID that different entries of the reading share (a
    homepage, "0"), and the content of an entry with hardly any.
    """
    shared = _shared(entries)
    before = before or {}
    new: list[Keyed] = []
    updated: list[Keyed] = []
    learned: dict[int, tuple[str, ...]] = {}
    seen: set[str] = set()
    takes: set[str] = set()
    for entry, keys in entries:
        own = keys
        if shared or not _tellable(entry):
            telling = tuple(k for k in keys if k not in shared and (k[0] != "c" or _tellable(entry)))
            own = telling or keys
        if not seen.isdisjoint(own):
            continue
        seen.update(own)
        sure, entry_id = _known(entry, own, known)
        old = before.get(entry_id) if entry_id is not None else None
        if not sure and old is not None and not _same(old, entry):
            fresh = tuple(key for key in own if key not in known)
            if fresh:  # another item: the GUID stays the other's, the address passes on
                own, entry_id = fresh, None
                takes.update(key for key in keys if key in known and key[0] == "u" and key not in shared)
        if entry_id is None:
            new.append((_dated(entry, now, 0, source_id), own))
        elif keys[-1] not in known and own[-1] == keys[-1]:
            updated.append((_dated(entry, now, entry_id, source_id), own))
        elif further := tuple(key for key in own if key not in known):
            learned[entry_id] = (*learned.get(entry_id, ()), *further)
    new.reverse()  # feeds list the newest first: among equal dates the first listed comes last
    new.sort(key=lambda pair: pair[0].published or now)
    return Decided(tuple(new), tuple(updated), learned, frozenset(takes))


def _same(old: Entry, entry: Entry) -> bool:
    """Whether an entry is the known one that shares its GUID, its address or its content."""
    moved = canonical(old.url) != canonical(entry.url)
    titled = uncounted(old.title).casefold() == uncounted(entry.title).casefold() != ""
    alike = _alike(old, entry)
    same_moment = entry.published is not None and entry.published == old.published
    if old.guid and old.guid == entry.guid and not _guid_is_address(entry):
        return (
            not moved or same_moment or titled or alike >= _MUCH
        )  # a slug follows the title; "0" is anyone's
    when = old.published or old.found
    other_day = when is not None and entry.published is not None and abs(when - entry.published) >= _DAY
    if moved:
        return not other_day  # what moves keeps its date; a form of words comes again next week
    if old.guid and entry.guid and old.guid != entry.guid:
        return alike >= _NEARLY_ALL or (titled and same_moment)
    if same_moment:
        return True
    if other_day or urlsplit(old.url).fragment != urlsplit(entry.url).fragment:
        return alike >= _NEARLY_ALL or (titled and alike >= _MUCH)
    return titled or alike >= _MUCH


def _alike(old: Entry, entry: Entry) -> float:
    """The share of the shorter text's wording that stands in the other, 0 to 1."""
    first, second = (_wording(one.html or one.title) for one in (old, entry))
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0


def _wording(text: str) -> set[tuple[str, ...]]:
    tokens = words(re.sub(r"<[^<>]{0,300}>", " ", text[:_LOOKED_AT]))
    return (
        {tuple(tokens[i : i + _SHINGLE]) for i in range(max(1, len(tokens) - _SHINGLE + 1))}
        if tokens
        else set()
    )


def _shared(entries: Sequence[Keyed]) -> set[str]:
    """GUIDs that come with different addresses, and addresses that come with different GUIDs or, where
    there is none, with different content."""
    other: dict[str, str] = {}
    shared: set[str] = set()
    for _, keys in entries:
        by = {key[0]: key for key in keys}
        guid, address = by.get("g"), by.get("u")
        if address:
            mark = guid or by["c"]
            if other.setdefault(address, mark) != mark:
                shared.add(address)
        if guid and address and other.setdefault(guid, address) != address:
            shared.add(guid)
    return shared


def _tellable(entry: Entry) -> bool:
    """Whether title and text say enough to tell it from another of the same source."""
    return len(entry.title) + len(entry.html) >= 40


def _dated(entry: Entry, now: datetime, id_: int, source_id: int) -> Entry:
    """With dates that can be: one from the future or from before the web becomes now.

    An undated entry stays undated and is ordered as found now.
    """
    moment = entry.published or entry.updated
    if moment is not None and not _OLDEST <= moment <= now + timedelta(minutes=5):
        moment = now
    elif moment is not None:
        moment = min(moment, now)
    changed = entry.updated if entry.updated is not None and _OLDEST <= entry.updated <= now else None
    return replace(
        entry, id=id_, source_id=source_id, published=moment, updated=changed, found=entry.found or now
    )
