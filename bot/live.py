"""What of the configuration changes without a restart: one object, which a reload replaces the contents of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.config import Settings
from bot.platforms import platforms
from digests.brief.llm.budget import Caps
from digests.brief.llm.model_server import ModelServer, ServerState
from digests.desk.live import DeskSettings
from digests.model import ChatSettings


@dataclass(slots=True, kw_only=True)
class LiveSettings(DeskSettings):
    """The settings at work and what is made of them. Whoever keeps it reads it at each use."""

    settings: Settings
    servers: Mapping[str, ModelServer] = field(default_factory=dict)  # of the chain, by their names in it

    @property
    def admins(self) -> Sequence[str]:
        return self.settings.access.admins

    @property
    def allow_chats(self) -> Sequence[str]:
        return self.settings.access.allow_chats

    @property
    def limits(self) -> Mapping[str, int]:
        """What a chat may have, unless an admin set others for it: ``subscriptions``, ``summaries`` an hour."""
        access = self.settings.access
        return {"subscriptions": access.subscriptions, "summaries": access.summaries_an_hour}

    @property
    def caps(self) -> Caps:
        """What language models may cost."""
        return self.settings.openai.caps

    @property
    def chat_defaults(self) -> ChatSettings:
        """What a new chat starts with."""
        return self.settings.chats.settings()

    def mentionable(self) -> Sequence[str]:
        """Ids of the roles that a watched story may mention."""
        return [role for one in platforms().values() for role in self.settings.of(one).mentionable()]

    def model_states(self) -> list[ServerState]:
        """How the models of the chain do, in order."""
        return [server.state for server in self.servers.values()]
