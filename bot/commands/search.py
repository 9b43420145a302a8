"""/search: what was read and posted, found by its words."""

from __future__ import annotations

import re

from bot.commands.registry import READING, command
from bot.commands.service import Service, refuse, say
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, moment
from bot.render.clean import clean
from bot.render.digest_text import link_span
from bot.render.rich import Span, bold
from digests.edit.compose import links_of

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
