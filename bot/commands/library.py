"""What a chat's people read, find, like and manage: the definitions and handlers of those commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.commands import catching_up, feedback, moving, people, search, story
from bot.commands.service import Service
from bot.conversation import Command, Option, Reply, Request
from bot.locales import N_

_WHERE = Option(name="where", help=N_("another chat you manage, like @channel"), required=False)
_STORY = Option(name="story", help=N_("its number, from /search or /trending"), required=False)

COMMANDS: tuple[Command, ...] = (
    Command(name="search", help=N_("find what was read and posted"), example="/search bridge repair",
            options=(Option(name="words", help=N_("words that must all occur")),)),
    Command(name="story", help=N_("how a story ran, report by report"), example="/story 12", options=(_STORY,)),
    Command(name="trending", help=N_("what most sources report today"), example="/trending"),
    Command(name="catchup", help=N_("a digest of what came since then"), example="/catchup 3d",
            options=(Option(name="since", help=N_("3d, 12h, yesterday, monday or 2026-11-20"), required=False),)),
    Command(name="like", help=N_("more stories like this"), example="/like 12", options=(_STORY,)),
    Command(name="dislike", help=N_("less like this"), example="/dislike 12", options=(_STORY,)),
    Command(name="mute", help=N_("no more of a story, or of a source for a week"), example="/mute source 3",
            options=(Option(name="what", help=N_("story 12, source 3, or off before it"), required=False), _WHERE),
            managers_only=True),
    Command(name="ranking", help=N_("why stories stand where they do, and what your votes do"), example="/ranking",
            options=(Option(name="reset", help=N_("forget all votes"), required=False, choices=("reset",)), _WHERE)),
    Command(name="import", help=N_("follow the sources of a file"), example="/import",
            options=(Option(name="file", help=N_("what /export gives, an OPML file, or MonitoRSS's list"), file=True),
                     _WHERE), managers_only=True),
    Command(name="export", help=N_("this chat's sources and settings as a file"), example="/export", options=(_WHERE,),
            managers_only=True),
    Command(name="managers", help=N_("who may manage this chat besides its administrators"),
            example="/managers add 123456",
            options=(Option(name="do", help=N_("add or remove"), required=False, choices=("add", "remove")),
                     Option(name="person", help=N_("a person's id; /help shows everybody their own"), required=False),
                     _WHERE), managers_only=True),
    Command(name="audit", help=N_("who changed what"), example="/audit",
            options=(Option(name="page", help=N_("older ones, or all for the whole desk"), required=False), _WHERE),
            managers_only=True),
    Command(name="limits", help=N_("what this chat may have at most"), example="/limits subscriptions 50",
            options=(Option(name="kind", help=N_("what to limit"), required=False, choices=people.LIMITS),
                     Option(name="most", help=N_("how many"), required=False), _WHERE)),
    Command(name="allow", help=N_("the chats I serve"), example="/allow add telegram:-100123", admins_only=True,
            options=(Option(name="do", help=N_("add or remove"), required=False, choices=("add", "remove")),
                     Option(name="chat",
                            help=N_("like telegram:-100123, or a role to mention; this one if none"), required=False))),
)  # fmt: skip

HANDLERS: Mapping[str, Callable[[Service, Request], Awaitable[Reply]]] = {
    "search": search.search,
    "story": story.story,
    "trending": story.trending,
    "catchup": catching_up.catchup,
    "like": feedback.like,
    "dislike": feedback.dislike,
    "mute": feedback.mute,
    "ranking": feedback.ranking,
    "import": moving.importing,
    "export": moving.export,
    "managers": people.managers,
    "audit": people.audit,
    "limits": people.limits,
    "allow": people.allow,
}
