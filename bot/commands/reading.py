"""/digest and /preview: what a chat has not had yet, sent now or only shown."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.catching_up import catchup
from bot.commands.registry import DIGESTS, WHERE, command
from bot.commands.rhythm import rhythm
from bot.commands.service import Service, say
from bot.commands.subscriptions import split_where, title
from bot.conversation import Reply, Request
from bot.locales import N_, _, _n, number
from bot.render.clean import clean
from bot.render.digest_text import digest_text
from bot.render.rich import Rich, Span, bold
from digests.model import Digest


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
