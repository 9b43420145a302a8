"""What is new: an entry is known by any of three identities, from the surest to the weakest.

Its GUID, its canonical address, and a hash of its title and text. An entry seen before under
any of them is not new. What makes an edit an update is that an identity other than the content
is known while the content is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from digests.model import Entry
from digests.text.links import canonical

_OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)  # a date before the web is a wrong date


Keyed = tuple[Entry, tuple[str, ...]]
"""An entry with its identities."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What one reading brings: the new entries, oldest first, and the edited ones, which carry
    the id they already have; each with the keys to remember. ``learned`` are further keys of
    entries that are the same as before, by entry id."""

    new: tuple[Keyed, ...] = ()
    updated: tuple[Keyed, ...] = ()
    learned: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def keys_of(entry: Entry) -> tuple[str, ...]:
    """The entry's identities: ``g:`` GUID, ``u:`` address, ``c:`` content; at least one."""
    found = []
    if entry.guid:
        found.append("g:" + _short(entry.guid))
    address = canonical(entry.url) if entry.url else ""
    if address:
        found.append("u:" + _short(address))
    found.append("c:" + _digest(f"{entry.title}\n{' '.join(entry.html.split())}"))
    return tuple(found)


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


def news(entries: Sequence[Keyed], known: Mapping[str, int], now: datetime, source_id: int = 0) -> Decided:
    """Tell the new from the known and the edited. ``known`` maps keys seen before to entry ids.
    What is given back bears ``source_id``.

    Two entries of one reading that share an identity are one. An identity that cannot tell two
    entries apart is none: an address or a GUID that different entries of the reading share (a
    homepage, "0"), and the content of an entry with hardly any.
    """
    shared = _shared(entries)
    new: list[Keyed] = []
    updated: list[Keyed] = []
    learned: dict[int, tuple[str, ...]] = {}
    seen: set[str] = set()
    for entry, keys in entries:
        own = keys
        if shared or not _tellable(entry):
            telling = tuple(k for k in keys if k not in shared and (k[0] != "c" or _tellable(entry)))
            own = telling or keys
        if not seen.isdisjoint(own):
            continue
        seen.update(own)
        entry_id = next((known[key] for key in own if key in known), None)
        if entry_id is None:
            new.append((_dated(entry, now, 0, source_id), own))
        elif keys[-1] not in known and own[-1] == keys[-1]:
            updated.append((_dated(entry, now, entry_id, source_id), own))
        elif further := tuple(key for key in own if key not in known):
            learned[entry_id] = (*learned.get(entry_id, ()), *further)
    new.reverse()  # feeds list the newest first: among equal dates the first listed comes last
    new.sort(key=lambda pair: pair[0].published or now)
    return Decided(tuple(new), tuple(updated), learned)


def _shared(entries: Sequence[Keyed]) -> set[str]:
    """GUIDs that come with different addresses, and addresses that come with different GUIDs."""
    other: dict[str, str] = {}
    shared: set[str] = set()
    for _, keys in entries:
        if len(keys) == 3:  # both are there
            guid, address, _ = keys
            if other.setdefault(address, guid) != guid:
                shared.add(address)
            if other.setdefault(guid, address) != address:
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
