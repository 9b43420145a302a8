"""A prompt read from its file and filled in for one request."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from pathlib import Path

from digests.brief.length import Room
from digests.brief.tokens import clean
from digests.brief.topics import TOPICS
from digests.errors import ConfigError
from digests.model import BriefRequest, SourceSentence

NEWEST: Mapping[str, str] = {"brief": "brief-2", "several": "several-1"}
"""The version of the package for each thing a model is asked for."""

_PARTS = ("version", "system", "schema_hint", "text_hint", "user", "again")
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip

Sources = tuple[SourceSentence, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts of one version; ``{…}`` in them is filled in for each request."""

    version: str
    system: str
    schema_hint: str
    text_hint: str
    user: str
    again: str

    @property
    def print(self) -> str:
        """The version with a fingerprint of the texts: a change under the same number is noticed."""
        texts = "\0".join((self.system, self.schema_hint, self.text_hint, self.user))
        return f"{self.version}.{hashlib.sha256(texts.encode()).hexdigest()[:8]}"

    def messages(
        self, request: BriefRequest, source: Sources, *, schema: bool, again: str = ""
    ) -> list[dict[str, str]]:
        """The conversation for one story. Every source sentence stands on one line behind its number.

        ``again`` is what was wrong with the last answer, "" the first time.
        """
        return self._fill(request, source[:5], numbered(source, 1), schema, again)

    def messages_for(
        self, requests: Sequence[BriefRequest], sources: Sequence[Sources], *, schema: bool, again: str = ""
    ) -> list[dict[str, str]]:
        """The conversation for several stories with the same wishes; sentences are numbered through."""
        first = accumulate(map(len, sources), initial=1)
        texts = [
            f"Story {n}:\n{numbered(source, start)}"
            for n, (source, start) in enumerate(zip(sources, first, strict=False), 1)
        ]
        return self._fill(requests[0], sources[0][:5], "\n\n".join(texts), schema, again)

    def _fill(
        self, request: BriefRequest, sample: Sources, source: str, schema: bool, again: str
    ) -> list[dict[str, str]]:
        room = Room.asked(request, " ".join(sentence.text for sentence in sample))
        system = self.system.format(
            sentences=request.sentences,
            length=f"{room.limit} {'characters' if room.characters else 'words'}",
            language=_LANGUAGES.get(request.articles[0].language, "the language of the sentences"),
        )
        hint = (self.schema_hint if schema else self.text_hint).format(topics=", ".join(TOPICS))
        messages = [
            {"role": "system", "content": f"{system.strip()}\n\n{hint.strip()}"},
            {"role": "user", "content": self.user.format(source=source).strip()},
        ]
        if again:
            messages.append({"role": "user", "content": self.again.format(reason=again).strip()})
        return messages


class Prompts:
    """The package's prompts, or those of ``folder`` in their places.

    A file there is named by what it asks for: ``brief.toml``, ``several.toml``. One that cannot
    be used is a ``ConfigError`` at once, not at the first digest.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"There is no folder {folder} for prompts; make it, or take out the setting.")
        self.brief, self.several = (_own(folder, kind) or packaged(NEWEST[kind]) for kind in NEWEST)


def numbered(source: Sources, start: int) -> str:
    """Each sentence on its line behind its number, from ``start`` on."""
    return "\n".join(f"[{n}] {one_line(s.text)}" for n, s in enumerate(source, start))


def one_line(text: str) -> str:
    """A source sentence that can't pass for another line of the prompt: one line, nothing invisible."""
    return re.sub(r"\s+", " ", clean(text)).strip()


@cache
def packaged(version: str) -> Prompt:
    """A prompt of the package by its version."""
    return _parse(
        files("digests.brief.prompts").joinpath(f"{version}.toml").read_text(encoding="utf-8"), version
    )


def newest() -> Prompt:
    """The package's own prompt for a brief."""
    return packaged(NEWEST["brief"])


def load_prompt(path: Path) -> Prompt:
    """A prompt of one's own from a TOML file laid out like the package's; ``ConfigError`` if it isn't."""
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt file {path} can't be read: {error}") from error


def _own(folder: Path | None, kind: str) -> Prompt | None:
    path = folder / f"{kind}.toml" if folder is not None else None
    return load_prompt(path) if path is not None and path.exists() else None


def _parse(text: str, name: str) -> Prompt:
    try:
        table = tomllib.loads(text)
        prompt = Prompt(**{part: str(table[part]) for part in _PARTS})
        prompt.system.format(sentences=1, length="", language="")
        prompt.schema_hint.format(topics="")
        prompt.text_hint.format(topics="")
        prompt.user.format(source="")
        prompt.again.format(reason="")
    except (tomllib.TOMLDecodeError, KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            f"The prompt {name} can't be used: {error}. It needs {', '.join(_PARTS)}."
        ) from error
    return prompt
