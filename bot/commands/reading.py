"""/digest and /preview: what a chat has not had yet, sent now or only shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.commands.registry import DIGESTS, READING, WHERE, command
from bot.commands.rhythm import rhythm
from bot.commands.service import Service, refuse, say
from bot.commands.story import Told, told_in
from bot.commands.subscriptions import split_where, title
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, _n, moment, number
from bot.render.clean import clean
from bot.render.digest_text import digest_text, link_span
from bot.render.rich import Rich, Span, bold
from digests.desk.asks import Answer
from digests.edit.compose import links_of
from digests.model import Digest, Failure, FailureKind, Source


@command(
    "digest",
    N_("send what is new now"),
    topic=DIGESTS,
    place=1,
    example="/digest",
    options=(WHERE,),
    managers_only=True,
)
async def digest(service: Service, request: Request) -> Reply:
    """Send the chat's digest now instead of at its time."""
    words, where = split_where(request.words)
    if words.casefold().startswith("since"):
        return await catchup(service, replace(request, words=words))
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    if not await service.store.subscriptions.of_chat(chat.id):
        return say(
            _("{chat} follows nothing yet. /subscribe with an address or a name begins.").format(
                chat=title(chat)
            )
        )
    edited = await service.desk.editor.edit(chat, service.clock())
    if edited.digest is None:
        nothing = _("{chat} has nothing new since its last digest. {rhythm}")
        return say(nothing.format(chat=title(chat), rhythm=rhythm(chat.settings)))
    sent = _n(
        "A digest with one story is on its way.",
        "A digest with {count} stories is on its way.",
        edited.stories,
    )
    return say(sent.format(count=number(edited.stories)))


@command(
    "preview",
    N_("show the next digest without sending it"),
    topic=DIGESTS,
    place=2,
    example="/preview",
    options=(WHERE,),
)
async def preview(service: Service, request: Request) -> Reply:
    """Show the next digest as it stands, without using it up."""
    where = split_where(request.words)[1]
    chat = await service.target(request, where) if where else request.chat
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    draft = await service.desk.editor.draft(chat, service.clock())
    if draft is None:
        return say(
            _("The next digest would be empty as it stands. {rhythm}").format(rhythm=rhythm(chat.settings))
        )
    drawn = digest_text(draft) if draft.items or draft.headlines else ()
    return say(
        (bold(_("The next digest as it stands")), Span("\n\n"), *drawn, *_left_out(draft, bool(drawn)))
    )


def _left_out(digest: Digest, behind: bool) -> Rich:
    """What the chat's interest keeps out, with how well it fits."""
    if not digest.left_out:
        return ()
    title = _("Left out by this chat's interest:")
    lines = [
        _("{headline} (fits {score} of 10)").format(
            headline=clean(one.headline, 200), score=number(round(one.score))
        )
        for one in digest.left_out
    ]
    return (Span("\n\n" if behind else ""), bold(title), *(Span(f"\n• {line}") for line in lines))


# ------------ /search: what was read and posted, found by its words.

PAGE = 5
LAST_PAGE = 20
"""Who has not found it by then needs other words."""
LONGEST = 200  # characters of a search
_PAGE = re.compile(r"\s*page:(\d{1,3})\s*$")


@command(
    "search",
    N_("find what was read and posted"),
    topic=READING,
    place=3,
    example="/search bridge repair",
    options=(Option(name="words", help=N_("words that must all occur")),),
)
async def search(service: Service, request: Request) -> Reply:
    """A page of what this chat's sources brought and what it was told, the newest first."""
    marked = _PAGE.search(request.words)
    query = _PAGE.sub("", request.words).strip()[:LONGEST]
    if not query:
        return refuse(_("What for? Send /search with words that must all occur, like /search bridge repair."))
    page = max(1, min(LAST_PAGE, int(marked[1]))) if marked else 1
    chat = await service.stored(request.chat)
    await service.desk.editor.read_up(chat, service.clock())
    hits = await service.store.library.search(chat.id, query, PAGE + 1, (page - 1) * PAGE)
    if not hits:
        return say(
            _("I found nothing with “{query}”. Try fewer or other words.").format(
                query=clean(query, LONGEST)
            ),
            ok=page > 1,
        )
    sources = await service.sources_of(chat)
    stories = [hit.story_id for hit in hits[:PAGE] if hit.story_id is not None]
    numbers = await service.store.library.numbers(chat.id, stories)
    lines = [bold(_("Found for “{query}”").format(query=clean(query, LONGEST)))]
    for hit in hits[:PAGE]:
        article = hit.article
        lines += [Span("\n\n"), bold(clean(article.title, 300) or "…"), Span("\n")]
        lines += [*map(link_span, links_of([article], sources)), Span(" · ")]
        lines.append(Span(moment(article.published or hit.found, chat.settings.zone)))
        if hit.posted is not None:
            told = moment(hit.posted, chat.settings.zone)
            lines.append(Span(" · " + _("posted here {when}").format(when=told), italic=True))
        if hit.story_id is not None and hit.story_id in numbers:
            lines.append(Span(f" · /story {numbers[hit.story_id]}"))
    row: list[Button] = []
    if page > 1:
        row.append(Button(_("Newer"), "search", f"{query} page:{page - 1}"))
    if len(hits) > PAGE and page < LAST_PAGE:
        row.append(Button(_("Older"), "search", f"{query} page:{page + 1}"))
    return say(tuple(lines), buttons=(tuple(row),) if row else ())


# ------------ /catchup and “/digest since”: a digest of what came since a moment, without using anything up.

LONGEST_TIME = timedelta(days=31)
_SPAN = re.compile(r"(?:last\s+)?(\d{1,3})\s*(h|hours?|d|days?|w|weeks?)")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@command(
    "catchup",
    N_("a digest of what came since then"),
    topic=DIGESTS,
    place=3,
    example="/catchup 3d",
    options=(Option(name="since", help=N_("3d, 12h, yesterday, monday or 2026-11-20"), required=False),),
)
async def catchup(service: Service, request: Request) -> Reply:
    """What was read and posted here since then, as one digest, for the one who asks."""
    chat = await service.stored(request.chat)
    now = service.clock()
    words = request.words.strip() or "1d"
    since = parse_since(words, now, chat.settings.zone)
    if since is None:
        return refuse(
            _(
                "Since when? Send /catchup 3d, /catchup 12h, /catchup yesterday, /catchup monday or /catchup 2026-11-20."
            )
        )
    digest = await service.desk.editor.since(chat, since, now)
    when = moment(since, chat.settings.zone)
    if digest is None:
        return say(_("Nothing has come since {when}.").format(when=when), private=True)
    head = bold(_("Since {when}").format(when=when))
    return say((head, Span("\n\n"), *digest_text(digest)), private=True)


def parse_since(words: str, now: datetime, zone: str) -> datetime | None:
    """The moment meant, on that zone's clocks and a month ago at most; None: not understood.

    ``3d``, ``12h``, ``2 weeks``, ``today``, ``yesterday``, ``monday`` (the last one) or a date.
    """
    wanted = words.strip().casefold().removeprefix("since ").strip()
    today = now.astimezone(ZoneInfo(zone)).date()
    span = _SPAN.fullmatch(wanted)
    if span:
        return max(now - LONGEST_TIME, now - timedelta(hours=int(span[1]) * _HOURS[span[2][0]]))
    day: date
    if wanted in ("today", "yesterday"):
        day = today - timedelta(days=wanted == "yesterday")
    elif wanted in _DAYS:
        day = today - timedelta(days=(today.weekday() - _DAYS.index(wanted) - 1) % 7 + 1)
    else:
        try:
            day = date.fromisoformat(wanted)
        except ValueError:
            return None
    then = datetime.combine(day, time(), ZoneInfo(zone))
    return None if then > now else max(then, now - LONGEST_TIME)


# ------------ /ask: a question, answered only from articles that were read, with the quotes it rests on.

SCOPES = ("digest:", "archive:")
_SCOPE = re.compile(r"\s*(digest|archive)\s*:\s*", re.IGNORECASE)
_QUOTE = 300  # characters of a sentence that is shown as a quote


@command(
    "ask",
    N_("a question, answered from what I have read"),
    topic=READING,
    place=2,
    example="/ask Why is the bridge closed?",
    options=(
        Option(
            name="about", help=N_("the last digest, or all this chat follows"), required=False, choices=SCOPES
        ),
        Option(name="question", help=N_("what you want to know")),
    ),
)
async def ask(service: Service, request: Request) -> Reply:
    """Answer from the message it answers, from the last digest, or from all that the chat follows."""
    questions = service.desk.questions
    if questions is None:
        return refuse(_("Questions can't be answered here."))
    scope = _SCOPE.match(request.words)
    question = request.words[scope.end() if scope else 0 :].strip()
    if not question:
        return refuse(
            _(
                "What would you like to know? Send /ask with a question, like /ask Why is the bridge closed? "
                "As an answer to a digest it is about that digest; “digest:” before it means the last one."
            )
        )
    chat = await service.stored(request.chat)
    if scope and scope[1].casefold() == "digest":
        answer = await questions.about_digest(question, chat)
    else:
        told = Told() if scope else await told_in(service, request)
        if told.items or (request.reply_links and not scope):
            chat = told.chat or chat
            stories = [item.story_id for item in told.items]
            answer = await questions.about_stories(question, chat, stories)
        else:
            answer = await questions.about_all(question, chat)
    if isinstance(answer, Failure):
        return _not_there(answer)
    return say(_shown(answer, await service.sources_of(chat)))


def _not_there(failure: Failure) -> Reply:
    if failure.kind is FailureKind.EMPTY:
        return say(_("That is not in what I have read."), ok=False)
    return refuse(_("I could not look for an answer. Try again later."))


def _shown(answer: Answer, sources: Mapping[int, Source]) -> Rich:
    """The answer with numbers, and under it the sentences it rests on with their addresses."""
    brief = answer.brief
    quoting = [s.text for s in brief.sentences] == [s.text for s in brief.source_sentences]
    spans: list[Span] = []
    for sentence in () if quoting else brief.sentences:
        marks = "".join(f"[{index + 1}]" for index in sentence.support)
        spans.append(Span(f"{' ' if spans else ''}{clean(sentence.text)} {marks}"))
    if spans:
        spans.append(Span("\n"))
    for place, source in enumerate(brief.source_sentences, 1):
        article = answer.articles[source.article]
        mark = "" if quoting else f"[{place}] "
        spans += [
            Span(f"\n{mark}" if spans else mark),
            Span(f"“{clean(source.text, _QUOTE)}”", italic=True),
            Span(" — "),
        ]
        spans += map(link_span, links_of([article], sources))
    return tuple(spans)
