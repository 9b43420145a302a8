"""What a chat's people read, find, like and manage: the definitions and handlers of those commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.commands import catching_up, feedback, moving, people, search, story
from bot.commands.service import Service
from bot.conversation import Command, Option, Reply, Request

_WHERE = Option(name="where", help="another chat you manage, like @channel", required=False)
_STORY = Option(name="story", help="its number, from /search or /trending", required=False)

COMMANDS: tuple[Command, ...] = (
    Command(name="search", help="find what was read and posted", example="/search bridge repair",
            options=(Option(name="words", help="words that must all occur"),)),
    Command(name="story", help="how a story ran, report by report", example="/story 12", options=(_STORY,)),
    Command(name="trending", help="what most sources report today", example="/trending"),
    Command(name="catchup", help="a digest of what came since then", example="/catchup 3d",
            options=(Option(name="since", help="3d, 12h, yesterday, monday or 2026-11-20", required=False),)),
    Command(name="like", help="more stories like this", example="/like 12", options=(_STORY,)),
    Command(name="dislike", help="less like this", example="/dislike 12", options=(_STORY,)),
    Command(name="mute", help="no more of a story, or of a source for a week", example="/mute source 3",
            options=(Option(name="what", help="story 12, source 3, or off before it", required=False), _WHERE),
            managers_only=True),
    Command(name="ranking", help="why stories stand where they do, and what your votes do", example="/ranking",
            options=(Option(name="reset", help="forget all votes", required=False, choices=("reset",)), _WHERE)),
    Command(name="import", help="follow the sources of a file", example="/import",
            options=(Option(name="file", help="what /export gives, an OPML file, or MonitoRSS's list", file=True),
                     _WHERE), managers_only=True),
    Command(name="export", help="this chat's sources and settings as a file", example="/export", options=(_WHERE,),
            managers_only=True),
    Command(name="managers", help="who may manage this chat besides its administrators",
            example="/managers add 123456",
            options=(Option(name="do", help="add or remove", required=False, choices=("add", "remove")),
                     Option(name="person", help="a person's id; /help shows everybody their own", required=False),
                     _WHERE), managers_only=True),
    Command(name="audit", help="who changed what", example="/audit",
            options=(Option(name="page", help="older ones, or all for the whole desk", required=False), _WHERE),
            managers_only=True),
    Command(name="limits", help="what this chat may have at most", example="/limits subscriptions 50",
            options=(Option(name="kind", help="what to limit", required=False, choices=people.LIMITS),
                     Option(name="most", help="how many", required=False), _WHERE)),
    Command(name="allow", help="the chats I serve", example="/allow add telegram:-100123", admins_only=True,
            options=(Option(name="do", help="add or remove", required=False, choices=("add", "remove")),
                     Option(name="chat", help="like telegram:-100123; this one if you name none", required=False))),
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
