"""Digests as posts: are they taken, and is a word lost? Generated ones, in every form of both platforms.

    python benchmarks/posts.py [--quick] [--json -]

Each digest is drawn for Telegram as a rich message and as texts, for Discord with and without buttons and as
forum posts. What refuses are the rules of the platforms' documentation (``tests/fakes``). A word counts as lost
when no message says it; of a story that a press opens, the words after its first sentence need not be said.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.platforms.telegram.delivery import Content
from bot.platforms.telegram.delivery import digest_parts as telegram_parts
from bot.render.clean import clean
from bot.render.discord_messages import digest_parts, texts
from bot.render.telegram_entities import safe
from digests.model import Brief, BriefSentence, Chat, ChatSettings, Delivery, Digest, DigestItem, Link, Part
from tests.fakes.discord_limits import LAYOUT, message_errors
from tests.fakes.strict_telegram import Refusal, accept
from tests.fakes.telegram_rich import read, said

MANY, FEW = 5_000, 150
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
_WORDS = re.findall(
    r"[^ ]+",
    "harbour council ferry vote storm the of and a in bridge 2,140 per cent Ladd Überfahrt Käse été señor "
    "гавань мост الجسر المدينة שלום 港 新聞 橋が閉鎖 한국어 👩‍👩‍👧 🚢 "
    "@everyone @here <@1> <@&2> **b** __u__ ~~s~~ ||x|| `c` [a](https://evil.example) discord.gg/abc \\ <t:0:R> "
    "</p> <b> &amp; <script> tg://user?id=1 /stop @name # h -# s > q 1. l - l \u202e \u200b a\u0301\u0301\u0301",
)
_BUTTONS = (("👍", "nd1:0:d:n:like:all"), ("…", "nd1:0:d:n:story:all"))


@dataclass
class Result:
    """One form: how many digests, messages, refusals and lost words; the longest digest's messages."""

    form: str
    digests: int = 0
    messages: int = 0
    refused: int = 0
    lost: int = 0
    most: int = 0
    seconds: float = 0.0


def generated(count: int, seed: int) -> Iterator[Digest]:
    """Digests of 0 to 30 stories: most of usual lengths, some absurdly long, some of marks alone."""
    chance = random.Random(seed)

    def words(most: int) -> str:
        return " ".join(chance.choices(_WORDS, k=chance.randint(1, most)))

    def address() -> str:
        return chance.choice((
            f"https://news.example/{chance.randrange(10**6)}", "https://example.com/" + "x" * chance.choice((80, 900, 3000)),
            "https://пример.example/я", "javascript:alert(1)", "", "https://a.example/)**[x](<b>)", "http://b.example/x?y=1&z=(2)",
        ))  # fmt: skip

    def item(number: int, told: bool) -> DigestItem:
        length = chance.choices((12, 40, 700), (20, 10, 1))[0]
        sentences = [BriefSentence(words(length), (0,)) for _ in range(chance.randint(0, 4) if told else 0)]
        return DigestItem(
            story_id=number, version=1, updated=chance.random() < 0.1,
            brief=Brief(headline=words(chance.choice((10, 10, 60))), sentences=tuple(sentences), source_sentences=(),
                        language=chance.choice(("en", "ar", "ja"))),
            links=tuple(Link(words(3), address()) for _ in range(chance.randint(0, 4))),
            image=chance.choice((None, address())), heading=chance.choice(("", "", words(2))),
        )  # fmt: skip

    for _ in range(count):
        stories, headlines = chance.choice((0, 1, 1, 3, 5, 10, 10, 12, 30)), chance.choice((0, 0, 3, 20))
        items = [item(n, n <= stories) for n in range(1, stories + headlines + 1)]
        yield Digest(
            chat_id=1, created=NOW, items=tuple(items[:stories]), headlines=tuple(items[stories:]),
            title=chance.choice(("2026-03-01T08:00", "", words(4))), role=chance.choice(("", "77")),
            style=chance.choice(("sentences", "sentences", "bullets", "headlines")),
        )  # fmt: skip


# ------------------------------------------------------------ forms


def _telegram(part: Part) -> tuple[list[str], list[str]]:
    """What a message of Telegram says, and what refuses it."""
    content = Content.of(Delivery(digest_id=1, chat_id=1, part=0, content=part, nonce=""))
    try:
        if content.rich is not None:
            return [said(read(content.rich.payload())["blocks"])], []
        return [accept(content.text, [asdict(e) for e in content.entities]).text], []
    except Refusal as refusal:
        return [part.plain], [refusal.description]


def _discord(part: Part) -> tuple[list[str], list[str]]:
    payload: dict[str, Any] = json.loads(part.payload)
    errors = message_errors({"components": payload["components"], "flags": LAYOUT})
    return texts(payload["components"]), [str(error) for error in errors]


Form = tuple[str, Callable[[Digest], tuple[Part, ...]], Callable[[Part], tuple[list[str], list[str]]], bool]


def forms() -> tuple[Form, ...]:
    channel = Chat(platform="telegram", address="-1001", kind="group", title="Ladd @everyone News")
    discord = Chat(platform="discord", address="1", kind="text", title="#news")
    forum = Chat(platform="discord", address="1", kind="forum", settings=ChatSettings(forum="story"))

    def opens(story: int) -> tuple[str, str]:
        return "⋯", f"nd1:0:d:n:story:={story}"

    return (
        ("telegram rich", lambda one: telegram_parts(one, channel, rich=True), _telegram, False),
        ("telegram texts", lambda one: telegram_parts(one, channel, rich=False), _telegram, False),
        ("discord", lambda one: digest_parts(one, discord), _discord, False),
        (
            "discord buttons",
            lambda one: digest_parts(one, discord, below=_BUTTONS, opens=opens),
            _discord,
            True,
        ),
        ("discord forum", lambda one: digest_parts(one, forum, posts=True), _discord, False),
    )


def letters(text: str) -> str:
    """A text as a reader sees it: without space, joiners, marks and the addresses behind links."""
    return re.sub(r"[\W_]", "", safe(re.sub(r"(?<!\\)\]\(<[^>]*>\)", "", text)))


def lost(one: Digest, shown: str, *, opened: bool) -> int:
    """How many headlines and sentences of a digest no message says."""
    seen, missing = letters(shown), 0
    whole = one.items if one.style != "headlines" else ()
    for item in (*one.items, *one.headlines):
        sentences = item.brief.sentences if item in whole else ()
        told = [clean(item.brief.headline, 500), *(clean(s.text) for s in sentences[: 1 if opened else None])]
        missing += sum(letters(text) not in seen for text in told)
    return missing


def measured(count: int, seed: int) -> list[Result]:
    results = []
    for name, draw, show, opened in forms():
        result = Result(name, digests=count)
        for one in generated(count, seed):
            began = time.perf_counter()
            parts = draw(one)
            result.seconds += time.perf_counter() - began
            shown = [show(part) for part in parts]
            result.messages += len(parts)
            result.most = max(result.most, len(parts))
            result.refused += sum(bool(errors) for _, errors in shown)
            result.lost += lost(one, "\n".join(text for said_, _ in shown for text in said_), opened=opened)
        result.seconds = round(result.seconds, 1)
        results.append(result)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help=f"{FEW} digests a form instead of {MANY:,}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="where the figures go as JSON; - for the standard output")
    options = parser.parse_args()
    results = measured(FEW if options.quick else MANY, options.seed)
    if options.json:
        written = json.dumps([asdict(result) for result in results], indent=2)
        print(written) if options.json == "-" else Path(options.json).write_text(written, encoding="utf-8")
        return
    print(
        "| form | digests | messages | refused | lost | most messages | seconds to draw |\n|---|---|---|---|---|---|---|"
    )
    for r in results:
        print(
            f"| {r.form} | {r.digests:,} | {r.messages:,} | {r.refused} | {r.lost} | {r.most} | {r.seconds} |"
        )


if __name__ == "__main__":
    main()
