"""/dashboard: a link that signs an admin in once. Nobody else gets to see it."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.registry import THE_DESK, command
from bot.commands.service import Service, refuse
from bot.conversation import Reply, Request
from bot.locales import N_, _
from bot.platforms import can
from bot.platforms.platform import Can
from bot.render.rich import Span, link


@command(
    "dashboard",
    N_("a link to the desk's web pages"),
    topic=THE_DESK,
    place=4,
    example="/dashboard",
    admins_only=True,
)
async def dashboard(service: Service, request: Request) -> Reply:
    """Answer with the link where only the admin reads it; elsewhere say where to ask."""
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    if service.sign_in is None:
        return refuse(
            _(
                'The dashboard is off. Write listen = "127.0.0.1:8080" below [dashboard] in the configuration '
                "and start me again."
            )
        )
    if request.chat.kind != "private" and not can(request.chat.platform, Can.WHISPER):
        return refuse(_("Send me /dashboard in our private chat: whoever opens the link is signed in."))
    url = await service.sign_in(request.person.id)
    words = _(
        "This link opens the dashboard once, within five minutes, and for you alone. Do not pass it on."
    )
    text = (link(_("Open the dashboard"), url), Span("\n" + url + "\n\n" + words))
    return replace(Reply(text=text), private=True)
