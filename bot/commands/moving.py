"""/export and /import: a chat's subscriptions and settings as a file, and other bots' lists taken in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import ValidationError

from bot.commands.registry import FOLLOWING, WHERE, command
from bot.commands.service import Service, because, label, refuse, say
from bot.commands.subscriptions import split_where, title
from bot.config import ChatDefaults
from bot.conversation import File, Option, Reply, Request
from bot.locales import LANGUAGES, N_, _, _n
from bot.reasons import reason_of
from bot.render.clean import clean
from bot.render.rich import Span
from digests.desk.backfilling import subscribe
from digests.edit.filters import check, story_named
from digests.model import Chat, ChatSettings, Failure, FailureKind, PollState, Rule, Source
from digests.model.chats import chat_settings
from digests.text.door import door
from digests.watch.opml import read_feed_list, read_json, read_opml

FORMAT = "newsdesk.chat"
VERSION = 1
LARGEST = 2 * 1024 * 1024  # bytes of a file
MOST = 200  # sources taken in at once
MOST_RULES = 50
_TOGETHER = 10
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """What a file of ours holds, checked."""

    sources: tuple[Source, ...]
    settings: ChatSettings | None
    rules: tuple[tuple[str, str, str], ...]  # kind, pattern, the source's address or ""


@command(
    "export",
    N_("this chat's sources and settings as a file"),
    topic=FOLLOWING,
    place=5,
    example="/export",
    options=(WHERE,),
    managers_only=True,
)
async def export(service: Service, request: Request) -> Reply:
    """The chat's subscriptions, rules and settings as one JSON file that /import takes."""
    where = split_where(request.words)[1]
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    sources = [source for _sub, source in await service.store.subscriptions.of_chat(chat.id)]
    urls = {source.id: source.url for source in sources}
    value = {
        "format": FORMAT,
        "version": VERSION,
        "made": service.clock().isoformat(),
        "settings": asdict(chat.settings),
        "subscriptions": [
            {"url": s.url, "name": s.name, "kind": s.kind, "topics": s.topics, "options": dict(s.options)}
            for s in sources
        ],
        "rules": [
            {"kind": rule.kind, "pattern": rule.pattern, "source": urls.get(rule.source_id or 0, "")}
            for rule in await service.store.rules.of_chat(chat.id)
            if story_named(rule.pattern) is None  # elsewhere the number is another story's
        ],
    }
    content = json.dumps(value, ensure_ascii=False, indent=2).encode()
    count = _n("{count} subscription", "{count} subscriptions", len(sources)).format(count=len(sources))
    return say(
        _(
            "{chat}: {count}, with its settings and filters. /import takes this file, here or elsewhere."
        ).format(chat=title(chat), count=count),
        files=(File("newsdesk.json", content, "application/json"),),
        private=True,
    )


@command(
    "import",
    N_("follow the sources of a file"),
    topic=FOLLOWING,
    place=4,
    example="/import",
    options=(
        Option(name="file", help=N_("what /export gives, an OPML file, or MonitoRSS's list"), file=True),
        WHERE,
    ),
    managers_only=True,
)
async def importing(service: Service, request: Request) -> Reply:
    """Take in our own export, or another bot's list: OPML, JSON or text."""
    where = split_where(request.words)[1]
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    if not request.attachments:
        return refuse(
            _(
                "Send the file with /import as its caption, or answer it with /import: my own export, an OPML "
                "file (RSS-to-Telegram-Bot, flowerss and every reader write one), or MonitoRSS's list."
            )
        )
    file = request.attachments[0]
    if file.size > LARGEST:
        return refuse(
            _("{file} is larger than 2 MB. Split the list, then send the parts.").format(
                file=clean(file.name, 80)
            )
        )
    body = await file.read()
    if isinstance(body, Failure):
        return refuse(
            _("I can't read {file}: {reason}").format(file=clean(file.name, 80), reason=because(body))
        )
    moved = await _read(service, body)
    if isinstance(moved, Failure):
        return refuse(
            _(
                "I can't read {file}: {reason}. Send an OPML file, MonitoRSS's list or what /export gives."
            ).format(file=clean(file.name, 80), reason=reason_of(moved))
        )
    chat = await service.stored(chat)
    return await _take_in(service, request, chat, moved)


async def _read(service: Service, body: bytes) -> Moved | Failure:
    return await service.desk.asks.of_file(read_moved, body)


def read_moved(body: bytes) -> Moved | Failure:
    """What a file brings: our own, an OPML list, or another bot's. Pure, picklable."""
    if body.lstrip()[:1] == b"<":
        listed = read_opml(body)
    else:
        own = read_export(body)
        if own is not None:
            return own
        listed = read_feed_list(body)
    return listed if isinstance(listed, Failure) else Moved(listed[: MOST + 1], None, ())


def read_export(body: bytes) -> Moved | Failure | None:
    """Our own file, None when it is another. Nothing in it is trusted: it may have been edited."""
    try:
        value: Any = door(read_json(body.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return None
    if value.get("version") != VERSION:
        return Failure(
            FailureKind.UNSUPPORTED, f"it is of version {value.get('version')!s:.20}, and I know {VERSION}"
        )
    sources: list[Source] = []
    for one in _listed(value, "subscriptions")[: MOST + 1]:
        options = one.get("options")
        sources.append(
            Source(
                url=_text(one, "url"),
                name=_text(one, "name")[:200],
                kind=_text(one, "kind")[:40] or "feed",  # of one that nothing reads, the look at it says so
                topics=_topics(one),
                options=tuple((str(k)[:60], str(v)[:500]) for k, v in options.items())[:10]
                if isinstance(options, dict)
                else (),
            )
        )
    rules = [
        (_text(one, "kind"), _text(one, "pattern"), _text(one, "source"))
        for one in _listed(value, "rules")[:MOST_RULES]
    ]
    settings = _settings(value.get("settings"))
    if isinstance(settings, Failure):
        return settings
    return Moved(tuple(s for s in sources if s.url), settings, tuple(rules))


def _topics(value: dict[str, Any]) -> tuple[str, ...]:
    many = value.get("topics")
    return tuple(str(topic)[:60] for topic in many[:10]) if isinstance(many, list) else ()


def _listed(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    many = value.get(name)
    return [one for one in many if isinstance(one, dict)] if isinstance(many, list) else []


def _text(value: dict[str, Any], name: str) -> str:
    one = value.get(name)
    return one if isinstance(one, str) else ""


def _settings(value: Any) -> ChatSettings | Failure | None:
    """Settings with every value checked as those of the configuration are; unknown names are passed over."""
    if not isinstance(value, dict):
        return None
    try:
        checked = ChatDefaults(**{name: value[name] for name in ChatDefaults.model_fields if name in value})
    except ValidationError as error:
        wrong = error.errors()[0]
        return Failure(FailureKind.UNREADABLE, f"its setting {wrong['loc'][0]} can't be: {wrong['msg']}")
    language = value.get("language")
    settings = checked.settings()
    return replace(
        settings,
        language=language if language in LANGUAGES else None,
        topics=settings.topics[: chat_settings()["topics"].most],
    )


async def _take_in(service: Service, request: Request, chat: Chat, moved: Moved) -> Reply:
    wanted = moved.sources[:MOST]
    have = {s.url for _sub, s in await service.store.subscriptions.of_chat(chat.id)}
    new = [source for source in wanted if source.url not in have]
    refusal = await service.access.refuses_subscription(chat, len(new)) if new else None
    if new and not refusal:
        refusal = await service.access.refuses_source(chat, request.person, service.clock(), len(new))
    if refusal:
        return refuse(refusal)
    if moved.settings is not None:
        await service.store.chats.set_settings(chat.id, moved.settings)
        chat = replace(chat, settings=moved.settings)
    followed, failed = await follow(service, chat, new, request.person.id)
    await _take_rules(service, request, chat, moved.rules)
    lines = [_n("{chat} follows {count} more source.", "{chat} follows {count} more sources.", len(followed)).format(
        chat=title(chat), count=len(followed))]  # fmt: skip
    known = len(wanted) - len(new)
    if known:
        lines.append(
            _n("{count} it followed already.", "{count} it followed already.", known).format(count=known)
        )
    if moved.settings is not None:
        lines.append(_("Its settings and filters are those of the file."))
    if len(moved.sources) > MOST:
        lines.append(_("I took the first {most}; send the rest in another file.").format(most=MOST))
    if failed:
        lines.append(_("I can't read these; check their addresses:"))
        lines += [f"• {clean(label(source), 80)}: {because(why)}" for source, why in failed[:_NAMED]]
    return say((Span("\n".join(lines)),), ok=bool(followed or known or moved.settings))


async def follow(
    service: Service, chat: Chat, sources: Sequence[Source], person: str
) -> tuple[list[Source], list[tuple[Source, Failure]]]:
    """Subscribe a stored chat to many; which it follows now, and which can't be read."""
    gate = asyncio.Semaphore(_TOGETHER)
    have = {source.id for _, source in await service.store.subscriptions.of_chat(chat.id)}

    async def one(source: Source) -> Source | Failure:
        async with gate:
            known = await service.store.sources.by_url(source.url)
            if known is None or (known.origin == "chat" and known.id not in have):  # as new to this chat
                feed = await service.desk.asks.look(source, service.clock())
                if isinstance(feed, Failure) and feed.kind is not FailureKind.EMPTY:
                    return feed
                title = "" if isinstance(feed, Failure) else feed.title
                brought = replace(source, name=title, topics=(), origin="chat")
                known = await service.store.sources.add(brought, service.clock(), followed=False)
                source = replace(source, name=source.name or title)
            if (await service.store.sources.state(known.id)) == PollState():
                await service.desk.intake.poll(known, service.clock())
            if known.origin != "chat":
                return known
            # what a person calls it, and files it under, is for their chat alone
            return replace(known, name=source.name or known.name, topics=source.topics)

    results = await asyncio.gather(*(one(source) for source in sources))
    followed: list[Source] = []
    most = await service.access.limit(chat, "subscriptions")
    for found in results:
        if isinstance(found, Source):
            begun = await subscribe(service.store, chat, found, person, service.clock(), most=most)
            if begun is not None:
                followed.append(found)
    failed = [(s, why) for s, why in zip(sources, results, strict=True) if isinstance(why, Failure)]
    return followed, failed


async def _take_rules(
    service: Service, request: Request, chat: Chat, rules: Sequence[tuple[str, str, str]]
) -> None:
    there = len(await service.store.rules.of_chat(chat.id))
    theirs = {source.url: source for _, source in await service.store.subscriptions.of_chat(chat.id)}
    for kind, pattern, url in rules[: max(0, MOST_RULES - there)]:
        source = theirs.get(url) if url else None
        try:
            check(kind, pattern)
        except ValueError:
            continue  # a rule of a later version, or one that was edited
        if url and source is None:
            continue  # its source could not be read; for all sources it would hide too much
        rule = Rule(
            chat_id=chat.id,
            source_id=source.id if source else None,
            kind=kind,
            pattern=pattern,
            created_by=request.person.id,
        )
        await service.store.rules.add_within(rule, service.clock(), MOST_RULES)
