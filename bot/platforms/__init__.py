"""The chat platforms: the built-in ones, and those of other packages, which enter by the same door.

Each line of ``BUILT_IN`` leads to a ``Platform``, as does an entry point of the group ``newsdesk.platforms``.
The descriptions are read once, at the first use; a platform's own library is imported when it is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from bot.platforms.platform import AnyPlatform, Can, Platform, PlatformSettings
from digests.deliver.pacing import Pace
from digests.errors import PluginError
from digests.plugins import package_of

GROUP = "newsdesk.platforms"
BUILT_IN = {
    "telegram": "bot.platforms.telegram:TELEGRAM",
    "discord": "bot.platforms.discord:DISCORD",
}


@cache
def _found() -> tuple[Mapping[str, AnyPlatform], PluginError | None]:
    """The platforms by name, and what is wrong with the first of the others."""
    found: dict[str, AnyPlatform] = {}
    wrong: list[str] = []
    built_in = (EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items())
    for point in (*built_in, *entry_points(group=GROUP)):
        called = f"Platform “{point.name}” of {package_of(point)}"
        try:
            platform = point.load()
        except Exception as error:  # another package may fail in any way; say whose fault it is
            wrong.append(f"{called} could not be loaded: {error}")
            continue
        if not isinstance(platform, Platform) or not issubclass(platform.settings, PlatformSettings):
            wrong.append(f"{called} is no bot.platforms.platform.Platform.")
        elif platform.name != point.name or not re.fullmatch(r"[a-z][a-z0-9]*", platform.name):
            wrong.append(
                f"{called} calls itself “{platform.name}”; both names have to be the same small letters."
            )
        elif platform.name in found:
            wrong.append(f"{called}: another one has this name. Uninstall one of them.")
        else:
            found[platform.name] = platform
    return found, PluginError(wrong[0]) if wrong else None


def platforms() -> Mapping[str, AnyPlatform]:
    """Every platform by its name, the built-in ones first. What could not be loaded is left out."""
    return _found()[0]


def check_platforms() -> None:
    """``PluginError`` where another package's platform could not be loaded."""
    if (error := _found()[1]) is not None:
        raise error


def can(name: str, what: Can) -> bool:
    """Whether chats of that platform can do it; the terminal and what is unknown can't."""
    platform = platforms().get(name)
    return platform is not None and what in platform.can


def paces() -> Mapping[str, Pace]:
    """How fast each platform may be written to, by its name."""
    return {name: platform.pace for name, platform in platforms().items()}


def person_id(text: str, here: str = "") -> str | None:
    """A person's id as ``platform:id``, however it was typed (``<@5>``, ``@5``); None where it is none.

    ``here``: the platform that an id without one is of; "": there has to be one.
    """
    return _id(text, here, "person")


def chat_id(text: str) -> tuple[str, str] | None:
    """The platform and the address of ``platform:address``; None where it is none."""
    found = _id(text, "", "chat")
    name, _colon, address = (found or "").partition(":")
    return (name, address) if found else None


def people_like() -> str:
    """Examples of people's ids, for a text: ``telegram:123456 or discord:123456``."""
    return " or ".join(f"{one.name}:{one.person_like}" for one in platforms().values())


def chats_like() -> str:
    """Examples of chats' ids, for a text."""
    return " or ".join(f"{one.name}:{one.chat_like}" for one in platforms().values())


def _id(text: str, here: str, kind: str) -> str | None:
    name, colon, rest = text.partition(":")
    platform = platforms().get(name if colon and name in platforms() else here)
    if platform is None:
        return None
    bare = rest if name == platform.name and colon else text
    pattern: str = getattr(platform, kind)
    mention = re.fullmatch(r"<?@?!?([^<>@!\s]+)>?", bare) if kind == "person" else None
    for one in (bare, mention[1] if mention else bare):
        if re.fullmatch(pattern, one):
            return f"{platform.name}:{one}"
    return None
