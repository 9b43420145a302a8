"""Readers enter by one door: a built-in one and another package's are made and looked at in the same way."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from digests import plugins
from digests.errors import PluginError
from digests.testing import FakeFetcher
from digests.watch.offload import Offload


class Tides:
    kind = "tides"

    def __init__(self, fetcher: object, workers: object) -> None:
        self.fetcher, self.workers = fetcher, workers

    async def read(self, source: object, state: object, now: object) -> object: ...


class Feeds(Tides):
    kind = "feed"


class Nothing:
    def __init__(self, fetcher: object, workers: object) -> None: ...


class Broken:
    def __init__(self) -> None: ...


def installed(monkeypatch: pytest.MonkeyPatch, group: str, **parts: str) -> None:
    points = [EntryPoint(name, f"{__name__}:{value}", group) for name, value in parts.items()]

    def found(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [one for one in points if one.group == group and name in (None, one.name)]

    monkeypatch.setattr(plugins, "entry_points", found)


async def load() -> Any:
    async with Offload() as workers:
        return plugins.load_readers(FakeFetcher({}), workers)


async def test_each_kind_of_source_has_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, plugins.READERS, tides="Tides")
    readers = await load()
    assert {kind: type(one).__name__ for kind, one in readers.items()} == {
        "feed": "FeedReader",
        "page": "PageReader",
        "telegram": "TelegramReader",
        "tides": "Tides",
    }
    assert isinstance(readers["tides"].fetcher, FakeFetcher)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("feed", "Feeds", "Reader “feed” of an unknown package: another one reads this kind of source"),
        ("waves", "Tides", "says that it reads “tides”; both names have to be the same"),
        ("waves", "Nothing", "Reader “waves” of an unknown package has no kind and no read()"),
        ("waves", "Broken", "could not be made"),
        ("waves", "Absent", "could not be made"),
    ],
)
async def test_a_reader_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    installed(monkeypatch, plugins.READERS, **{name: value})
    with pytest.raises(PluginError) as told:
        await load()
    assert words in str(told.value)


def test_built_in_summarizers_are_made_as_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins.load_summarizer("extractive", {}).name == "extractive"
    with pytest.raises(PluginError, match="Summarizer “extractive” of newsdesk could not be made"):
        plugins.load_summarizer("extractive", {"most": 3})
    installed(monkeypatch, plugins.SUMMARIZERS, tides="Nothing")
    with pytest.raises(PluginError, match=r"Built in: extractive, openai\. From packages: tides\."):
        plugins.load_summarizer("nobody", {})
