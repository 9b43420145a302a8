"""Lists of feeds as other bots write them, beside OPML: JSON of any shape, and plain text.

MonitoRSS names its feeds in JSON under ``link`` or ``url`` beside a ``title``, in lists or by id, and
in text as lines ``Title: …`` and ``Link: …``. Anything with an address under such a name is taken.
"""

from __future__ import annotations

import json
import re
from io import StringIO
from itertools import islice
from typing import Any, Final

from digests.model import Failure, FailureKind, Source
from digests.text.door import door
from digests.watch import fields

MAX_FEEDS: Final = 2_000
_MAX_DEPTH: Final = 12
_MAX_VALUES: Final = 100_000
_ADDRESS = ("url", "link", "feedUrl", "feed_url", "xmlUrl")
_NAME = ("title", "name", "text")
_URL = re.compile(r"https?://[^\s<>\"'`)\]]+", re.IGNORECASE)
_TITLE = re.compile(r"^\W{0,4}(?:title|name)\W{0,4}:\W{0,4}\s*(.+?)\W{0,3}$", re.IGNORECASE)


def read_feed_list(body: bytes) -> tuple[Source, ...] | Failure:
    """The feeds of a JSON or text list in order, each once."""
    words = body.decode("utf-8-sig", errors="replace")
    found: dict[str, Source] = {}
    if words.lstrip()[:1] in ("{", "["):
        try:
            _take(read_json(words), found, 0)
        except (ValueError, RecursionError):
            return Failure(FailureKind.UNREADABLE, "the file begins like JSON and is none")
    else:
        _take_lines(words, found)
    if not found:
        return Failure(FailureKind.EMPTY, "the file names no feed")
    return door(tuple(found.values()))


def read_json(words: str) -> Any:
    """What is in a file of JSON. ValueError when it holds more values than any list of feeds (each takes some
    hundred bytes of memory), RecursionError when they lie too deep."""
    if words.count(",") > _MAX_VALUES:
        raise ValueError(f"more than {_MAX_VALUES} values")
    return json.loads(words)


def _take(value: Any, found: dict[str, Source], depth: int) -> None:
    if depth > _MAX_DEPTH or len(found) >= MAX_FEEDS:
        return
    if isinstance(value, str):
        _add(value, "", found)
    elif isinstance(value, list):
        for one in value:
            _take(one, found, depth + 1)
    elif isinstance(value, dict):
        address = next((value[key] for key in _ADDRESS if isinstance(value.get(key), str)), None)
        name = next((value[key] for key in _NAME if isinstance(value.get(key), str)), "")
        if address is not None:
            _add(address, name, found)
            return
        for one in value.values():
            if isinstance(one, list | dict):
                _take(one, found, depth + 1)


def _take_lines(words: str, found: dict[str, Source]) -> None:
    name = ""
    for line in islice(StringIO(words, newline=None), _MAX_VALUES):
        title = _TITLE.match(line[: fields.MAX_FIELD])
        address = _URL.search(line[: fields.MAX_FIELD])
        if title and not address:
            name = title[1]
        elif address:
            _add(address[0], name, found)
            name = ""
        if len(found) >= MAX_FEEDS:
            return


def _add(address: str, name: str, found: dict[str, Source]) -> None:
    url = fields.link("", address.strip()) if address.lower().startswith(("http://", "https://")) else ""
    if url and url not in found and len(found) < MAX_FEEDS:
        found[url] = Source(url=url, name=fields.title(name))
