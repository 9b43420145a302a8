"""/filter and /why: what a chat does not want to hear or wants at once, and what was left out for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.commands.registry import DIGESTS, WHERE, command
from bot.commands.service import Service, label, own_sources, refuse, say
from bot.commands.story import told_in
from bot.commands.subscriptions import split_where, title
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, _n, moment, number
from bot.platforms import can
from bot.platforms.platform import Can
from bot.render.clean import clean
from bot.render.rich import Span, bold, code
from digests.edit.filters import KINDS, LONGEST, MOST_SOURCES, check, story_named
from digests.model import Chat, Digest, Rule, Source

MOST_RULES = 50
"""For one chat."""
_MOST_REASONS = 15
_FROM = re.compile(r"(?:^|\s)from:\s*(.+)$", re.IGNORECASE)
_MENTION = re.compile(r"(?:^|\s)mention:\s*(?:<@&)?(\d{1,20})>?", re.IGNORECASE)

EXAMPLES = (
    "/filter hide football",
    '/filter hide "royal family" from:Vale Post',
    "/filter hide title:/quiz|crossword/",
    "/filter only topic:local",
    "/filter only language:en",
    '/filter hide author:"Jane Doe"',
    "/filter least 2",
    "/filter watch earthquake",
    "/filter remove 3",
)


@dataclass(frozen=True, slots=True)
class _Typed:
    """A rule as it was typed."""

    kind: str
    pattern: str
    source: str = ""
    role: str = ""


@command(
    "filter",
    N_("what to leave out, and what comes at once"),
    topic=DIGESTS,
    place=5,
    example="/filter hide football",
    options=(
        Option(
            name="rule",
            help=N_("hide, only, watch, least or remove"),
            required=False,
            choices=("hide", "only", "watch", "least", "remove"),
        ),
        Option(
            name="pattern",
            required=False,
            help=N_('words, a "phrase", /expression/, title: author: topic: language:, a number'),
        ),
        Option(
            name="mention",
            help=N_("a role a watched story mentions, if the desk's admin allows it"),
            required=False,
            prefix="mention:",
        ),
        Option(name="source", help=N_("only in this source"), required=False, completes=True, prefix="from:"),
        WHERE,
    ),
    managers_only=True,
    complete=own_sources,
)
async def filters(service: Service, request: Request) -> Reply:
    """List the rules, add one, or remove one."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    suffix = f" {where}" if where else ""
    typed = _typed(words)
    if not typed.kind:
        return await _listing(service, chat, suffix)
    if typed.kind == "remove":
        return await _remove(service, chat, typed.pattern, suffix)
    return await _add(service, request, chat, typed, suffix)


@command(
    "why",
    N_("what was left out, and which rule did it"),
    topic=DIGESTS,
    place=6,
    example="/why digest",
    options=(
        Option(name="what", help=N_("a source, or digest for the last one"), required=False, completes=True),
        WHERE,
    ),
    complete=own_sources,
)
async def why(service: Service, request: Request) -> Reply:
    """What was left out of this chat's digests and which rule did it: of all, a source, the last digest,
    or the digest whose message the command answers."""
    words, where = split_where(request.words)
    chat = await service.target(request, where) if where else request.chat
    if isinstance(chat, Reply):
        return chat
    stored = await service.store.chats.find(chat.platform, chat.address, chat.thread)
    source: Source | None = None
    digest: Digest | None = None
    if words.casefold() in {"digest", "last"}:
        last = await service.store.digests.last(stored.id, 1) if stored is not None else []
        if not last:
            return say(_("There has been no digest yet. /preview shows what the next one would hold."))
        (digest,) = last
    elif words:
        source = await service.named(words, chat)
        if source is None:
            return refuse(
                _("The desk has no source called “{name}”. /subscriptions lists this chat's.").format(
                    name=words
                )
            )
    elif where is None:
        told = await told_in(service, request)
        stored, digest = told.chat or stored, told.digest
    lines = await _left_out(service, stored, source, digest) if stored is not None else []
    if not lines:
        return say(_("Nothing was left out. /filter shows this chat's rules."))
    head = _("Left out of that digest") if digest is not None else _("Left out, the latest first")
    return say(
        (bold(head), *lines, Span("\n" + _("/filter changes the rules, /settings interest the interest.")))
    )


async def _left_out(service: Service, chat: Chat, source: Source | None, digest: Digest | None) -> list[Span]:
    """A line a story: what the rules left out, then what the chat's interest did."""
    most = 200 if digest is not None else _MOST_REASONS
    found = await service.store.rules.withheld(chat.id, most, source.id if source else None)
    if digest is not None:
        found = [one for one in found if one.at == digest.created][:_MOST_REASONS]
    lines: list[Span] = []
    for one in found:
        when = moment(one.at, chat.settings.zone)
        lines += [Span("\n• "), Span(clean(one.title, 200) or "…", url=one.url or None)]
        lines += [Span(" — "), code(one.rule), Span(f" ({when})")]
    looked = [digest] if digest is not None else await service.store.digests.last(chat.id, 1)
    for left in (one for each in looked if source is None for one in each.left_out[:_MOST_REASONS]):
        score = _("of little interest: {score} of 10").format(score=number(round(left.score, 1)))
        lines += [Span("\n• "), Span(clean(left.headline, 200) or "…"), Span(f" — {score}")]
    return lines


def _typed(words: str) -> _Typed:
    role = _MENTION.search(words)
    if role is not None:
        words = f"{words[: role.start()]} {words[role.end() :]}"
    source = _FROM.search(words)
    if source is not None:
        words = words[: source.start()]
    kind, _space, pattern = words.strip().partition(" ")
    return _Typed(
        kind.casefold(),
        pattern.strip(),
        source[1].strip() if source else "",
        role[1] if role else "",
    )


async def _listing(service: Service, chat: Chat, suffix: str) -> Reply:
    rules = await service.store.rules.of_chat(chat.id)
    names = {id_: label(source) for id_, source in (await service.sources_of(chat)).items()}
    lines: list[Span] = []
    if rules:
        lines.append(bold(_("{chat}: rules").format(chat=title(chat))))
        lines += [Span(f"\n{rule.id}. {_said(rule, names)}") for rule in rules]
        lines.append(Span("\n\n" + _("A tap removes a rule. More examples:")))
    else:
        lines.append(Span(_("There are no rules: every story is told. Examples:")))
    for example in EXAMPLES:
        lines += [Span("\n"), code(example + suffix)]
    choices = tuple(
        Button(f"✕ {rule.kind} {rule.pattern}", "filter", f"remove {rule.id}{suffix}") for rule in rules
    )
    return Reply(text=tuple(lines), choices=choices)


async def _remove(service: Service, chat: Chat, typed: str, suffix: str) -> Reply:
    wanted = typed.strip().lstrip("#")
    if (
        not wanted.isdecimal()
        or len(wanted) > 18
        or not await service.store.rules.remove(chat.id, int(wanted))
    ):
        return refuse(_("There is no rule {number} here. /filter lists them.").format(number=typed or "?"))
    rest = await _listing(service, chat, suffix)
    return Reply(
        text=(Span(_("Removed.") + "\n\n"), *rest.text),
        choices=rest.choices,
        buttons=((Button(_("All rules"), "filter", suffix.strip()),),),
    )


async def _add(service: Service, request: Request, chat: Chat, typed: _Typed, suffix: str) -> Reply:
    wrong = _wrong(typed)
    if wrong:
        return refuse(wrong)
    source: Source | None = None
    if typed.source:
        source = await service.named(typed.source, chat)
        if source is None:
            return refuse(
                _("The desk has no source called “{name}”. /subscriptions lists this chat's.").format(
                    name=typed.source
                )
            )
    if typed.role:
        if typed.kind != "watch" or not can(chat.platform, Can.MENTION):
            return refuse(_("Only a watched story on Discord can mention a role."))
        if typed.role not in {*service.live.mentionable(), *await service.store.people.allowed_roles()}:
            return refuse(
                _(
                    "That role may not be mentioned. One of the desk's admins allows it with “/allow add <@&{role}>”, "
                    "or in highlight_roles of [discord] in the configuration."
                ).format(role=typed.role)
            )
    rule = Rule(
        chat_id=chat.id,
        source_id=source.id if source else None,
        kind=typed.kind,
        pattern=typed.pattern,
        role=typed.role,
        created_by=request.person.id,
    )
    added = await service.store.rules.add_within(rule, service.clock(), MOST_RULES)
    if added is None:
        return refuse(
            _n(
                "There can be {count} rule. Remove one first.",
                "There can be {count} rules. Remove one first.",
                MOST_RULES,
            ).format(count=number(MOST_RULES))
        )
    rule = added
    said = _said(rule, {source.id: label(source)} if source else {})
    return Reply(
        text=(Span(_("Rule {number}:").format(number=rule.id) + " "), bold(said), Span("\n" + _effect(rule))),
        choices=(
            Button(_("Undo"), "filter", f"remove {rule.id}{suffix}"),
            Button(_("All rules"), "filter", suffix.strip()),
        ),
    )


def _wrong(typed: _Typed) -> str:
    """What is wrong with a rule, and what to do; "" when it is fine."""
    if typed.kind not in KINDS:
        return _("There is no /filter {kind}. There are: {kinds}. For example: {example}").format(
            kind=typed.kind[:40], kinds=", ".join((*KINDS, "remove")), example=EXAMPLES[0]
        )
    try:
        check(typed.kind, typed.pattern)
    except ValueError as error:
        code_, *detail = error.args
        return {
            "empty": _("What shall I look for? For example: {example}").format(
                example=f"/filter {typed.kind} ferry"
            ),
            "long": _n(
                "That is too long: at most {count} character.",
                "That is too long: at most {count} characters.",
                LONGEST,
            ).format(count=number(LONGEST)),
            "number": _(
                "How many sources must report a story? Write a number from 2 to {most}, like {example}"
            ).format(most=number(MOST_SOURCES), example="/filter least 2"),
            "story": _("One story can be followed: /filter watch {pattern}. /mute leaves one out.").format(
                pattern=typed.pattern
            ),
            "language": _("Write a language's code, like {example}").format(example="language:en"),
            "expression": _("That is not a regular expression I can run: {reason}.").format(
                reason=", ".join(detail)
            ),
        }[code_]
    return ""


def _effect(rule: Rule) -> str:
    if rule.kind == "hide":
        return _("Stories it matches are left out from now on; /why lists them.")
    if rule.kind == "only":
        return _(
            "Only stories that one of the “only” rules matches are told from now on; /why lists the others."
        )
    if rule.kind == "least":
        return _("A story waits until so many sources report it; /why lists the others.")
    if story_named(rule.pattern) is not None:
        return _("What is new of that story comes at once, as a message of its own, except in quiet hours.")
    return _("A story it matches comes at once, whatever the rhythm, except in quiet hours.")


def _said(rule: Rule, names: dict[int, str]) -> str:
    said = f"{rule.kind} {rule.pattern}"
    if rule.source_id is not None:
        said += f" from:{names.get(rule.source_id, rule.source_id)}"
    return f"{said} mention:{rule.role}" if rule.role else said
