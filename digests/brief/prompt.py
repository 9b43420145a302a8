"""A prompt read from its file and filled in for one request."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from digests.brief.length import Room
from digests.brief.tokens import clean
from digests.errors import ConfigError
from digests.model import BriefRequest, SourceSentence

NEWEST = "brief-1"
_PARTS = ("version", "system", "schema_hint", "text_hint", "user", "again")
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "pt": "Portuguese", "ru": "Russian",
    "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts of one version; ``{…}`` in them is filled in for each request."""

    version: str
    system: str
    schema_hint: str
    text_hint: str
    user: str
    again: str

    def messages(
        self, request: BriefRequest, source: tuple[SourceSentence, ...], *, schema: bool, again: str = ""
    ) -> list[dict[str, str]]:
        """The conversation. Every source sentence stands on one line behind its number.

        ``again`` is what was wrong with the last answer, "" the first time.
        """
        room = Room.asked(request, " ".join(sentence.text for sentence in source[:5]))
        length = f"{room.limit} {'characters' if room.characters else 'words'}"
        system = self.system.format(
            sentences=request.sentences,
            length=length,
            language=_LANGUAGES.get(request.articles[0].language, "the language of the sentences"),
        )
        hint = self.schema_hint if schema else self.text_hint
        numbered = "\n".join(f"[{n}] {one_line(s.text)}" for n, s in enumerate(source, 1))
        messages = [
            {"role": "system", "content": f"{system.strip()}\n\n{hint.strip()}"},
            {"role": "user", "content": self.user.format(source=numbered).strip()},
        ]
        if again:
            messages.append({"role": "user", "content": self.again.format(reason=again).strip()})
        return messages


def one_line(text: str) -> str:
    """A source sentence that can't pass for another line of the prompt: one line, nothing invisible."""
    return re.sub(r"\s+", " ", clean(text)).strip()


@cache
def newest() -> Prompt:
    """The package's own prompt."""
    return _parse(
        files("digests.brief.prompts").joinpath(f"{NEWEST}.toml").read_text(encoding="utf-8"), NEWEST
    )


def load_prompt(path: Path) -> Prompt:
    """A prompt of one's own from a TOML file laid out like the package's; ``ConfigError`` if it isn't."""
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt file {path} can't be read: {error}") from error


def _parse(text: str, name: str) -> Prompt:
    try:
        table = tomllib.loads(text)
        prompt = Prompt(**{part: str(table[part]) for part in _PARTS})
        prompt.system.format(sentences=1, length="", language="")
        prompt.user.format(source="")
        prompt.again.format(reason="")
    except (tomllib.TOMLDecodeError, KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            f"The prompt {name} can't be used: {error}. It needs {', '.join(_PARTS)}."
        ) from error
    return prompt
