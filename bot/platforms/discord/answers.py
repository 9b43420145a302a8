"""Answers interactions: defers at once, asks the desk, then says what it said.

Answers travel over webhooks of their own, so a backlog of digests never keeps a person waiting.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.conversation import Attachment, Desk, Person, Reply, Request, vote_of
from bot.locales import N_, _, speaking
from bot.platforms.discord.buttons import Buttons, Press, Question
from bot.platforms.discord.places import PLATFORM, Places, chat_of, person_of, standing
from bot.platforms.discord.sending import shown
from bot.render.discord_markdown import web_address
from bot.render.discord_messages import messages
from bot.render.rich import text
from digests.model import Chat, Failure, FailureKind

# ------------ What a message of someone's says: the material of the menu "Summarize".

_URL = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_MASKED = re.compile(r"\]\(<?(https?://[^\s<>)]+)>?\)", re.IGNORECASE)


def text_of(message: discord.Message) -> str:
    """Its own text and that of its embeds and components, as paragraphs."""
    parts = [message.content, *(_embed_text(embed) for embed in message.embeds), *shown(message)]
    return "\n\n".join(part for part in parts if part)


def links_of(message: discord.Message) -> tuple[str, ...]:
    """Its links in order, each once: in the text, behind words, of its embeds and components."""
    written = [link for text in (message.content, *shown(message)) for link in _links(text)]
    return tuple(dict.fromkeys([*written, *_embed_links(message.embeds)]))


def _embed_text(embed: discord.Embed) -> str:
    fields = [part for field in embed.fields for part in (field.name, field.value)]
    return "\n".join(part for part in (embed.title, embed.description, *fields) if part)


def _embed_links(embeds: Iterable[discord.Embed]) -> Iterable[str]:
    for embed in embeds:
        if embed.url:
            yield embed.url
        yield from _links(embed.description or "")


def _links(content: str) -> list[str]:
    masked = _MASKED.findall(content)
    return [*masked, *(url.rstrip(".,;:!?)'\"") for url in _URL.findall(_MASKED.sub("] ", content)))]


Interaction = discord.Interaction[Any]

_log = logging.getLogger(__name__)
_RIGHTS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
"""What the bot asks for where it is invited."""
_COMPLETION = 2.0  # seconds; Discord drops an answer after 3
_DOWNLOAD = 20.0  # seconds
_MOST_FILES = 10  # on one message
_LARGEST_FILE = 10 * 1024 * 1024
_LOST = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError)
_BROKEN = N_(
    "Something went wrong in me; it is in my log. Try again, and if it stays, tell the desk's admin."
)


class Answers:
    """Runs commands for interactions. ``busy`` holds what is being answered."""

    def __init__(self, desk: Desk, client: Callable[[], discord.Client]) -> None:
        self._desk = desk
        self._client = client
        self._buttons = Buttons()
        self.busy: set[asyncio.Task[Any]] = set()

    # ------------------------------------------------------------ what comes in

    async def command(
        self, interaction: Interaction, command: str, words: str, files: tuple[discord.Attachment, ...] = ()
    ) -> None:
        """A slash command."""
        with _Busy(self.busy), speaking(interaction.locale.value):
            request = self._request(interaction, command, words)
            attached = tuple(_attachment(one) for one in files)
            await self._new_answer(interaction, replace(request, attachments=attached))

    async def on_message(self, interaction: Interaction, message: discord.Message) -> None:
        """The menu "Summarize" on a message: its text, its links and its files."""
        with _Busy(self.busy), speaking(interaction.locale.value):
            request = Request(
                command="summarize",
                chat=self._chat(interaction),
                person=person_of(interaction.user, interaction.locale.value),
                directory=Places(self._client, interaction),
                reply_text=text_of(message),
                reply_links=links_of(message),
                message=standing(interaction.channel, message.id),
                attachments=tuple(_attachment(one) for one in message.attachments),
            )
            await self._new_answer(interaction, request)

    async def complete(self, interaction: Interaction, command: str, option: str, prefix: str) -> list[str]:
        """What an option may be; nothing rather than too late."""
        try:
            with speaking(interaction.locale.value):
                async with asyncio.timeout(_COMPLETION):
                    return await self._desk.complete(command, option, prefix, self._chat(interaction))
        except Exception:
            _log.exception("completing %s of /%s failed", option, command)
            return []

    async def press(self, interaction: Interaction) -> None:
        """A button."""
        with _Busy(self.busy), speaking(interaction.locale.value):
            data: dict[str, Any] = {**(interaction.data or {})}
            press = self._buttons.read(str(data.get("custom_id", "")), data.get("values"))
            if press is None:
                await self._whisper(
                    interaction, _("This button has been used or is too old. Send the command again.")
                )
            elif press.owner not in (0, interaction.user.id):
                await self._whisper(
                    interaction, _("This button is for the person who asked. Send the command yourself.")
                )
            elif press.quiet:
                await self._whispered(interaction, press)
            elif press.asks:
                await self._put(interaction, press)
            else:
                self._buttons.spend(press)
                await self._pressed(interaction, press)

    async def _whispered(self, interaction: Interaction, press: Press) -> None:
        """A press under a digest: all that comes of it is for the one who pressed."""
        if not await self._defer(interaction, thinking=True, private=True):
            return
        reply = await self._ask(self._request(interaction, press.command, press.words))
        try:
            await self._say(interaction, reply, press.command, private=True, fills=True)
        except _LOST as error:
            _log.warning("the answer to a button under a digest did not arrive: %s", _why(error))

    async def reaction(self, event: discord.RawReactionActionEvent) -> None:
        """A reaction to a digest is a vote on its stories; nothing is said to it."""
        command = vote_of(event.emoji.name) if event.emoji.is_unicode_emoji() else None
        client = self._client()
        channel: Any = client.get_channel(event.channel_id)
        if event.guild_id is None:
            channel = channel or client.get_partial_messageable(event.channel_id)
        if command is None or channel is None or client.user is None or event.user_id == client.user.id:
            return
        with _Busy(self.busy):
            request = Request(
                command=command,
                words="all" if event.event_type == "REACTION_ADD" else "off",
                chat=chat_of(channel),
                person=Person(id=f"{PLATFORM}:{event.user_id}"),
                directory=Places(self._client),
                message=standing(channel, event.message_id),
            )
            await self._ask(request)

    async def _put(self, interaction: Interaction, press: Press) -> None:
        try:
            await interaction.response.send_modal(Question(press, self._answered))
        except _LOST as error:
            _log.warning("a question could not be put: %s", _why(error))

    async def _answered(self, interaction: Interaction, press: Press, words: str) -> None:
        """The answer to a button's question."""
        with _Busy(self.busy), speaking(interaction.locale.value):
            if not self._buttons.spend(press):
                await self._whisper(
                    interaction, _("This button has been used or is too old. Send the command again.")
                )
                return
            await self._pressed(interaction, replace(press, words=f"{press.words} {words}".strip(), asks=""))

    async def failed(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """A command as an older version offered it, still on the person's screen; or a mistake in here."""
        _log.warning("a command from Discord could not be run: %s", error)
        with speaking(interaction.locale.value):
            words = _("This command has changed. Reload Discord, or try again in a minute.")
        await self._whisper(interaction, words)

    # ------------------------------------------------------------ what goes out

    async def _new_answer(self, interaction: Interaction, request: Request) -> None:
        if not await self._defer(interaction, thinking=True):
            return
        reply = await self._ask(request)
        try:
            if reply.private:
                # The deferred message is for all to see; whisper instead of filling it.
                await interaction.delete_original_response()
            await self._say(interaction, reply, request.command, fills=not reply.private)
        except _LOST as error:
            _log.warning("the answer to /%s did not arrive: %s", request.command, _why(error))

    async def _pressed(self, interaction: Interaction, press: Press) -> None:
        request = self._request(interaction, press.command, press.words)
        if not press.replaces:
            await self._new_answer(interaction, request)
            return
        if not await self._defer(interaction, thinking=False):
            self._buttons.give_back(press)
            return
        reply = await self._ask(request)
        try:
            if not reply.ok:
                self._buttons.give_back(press)  # the menu stays as it is, and the reason is whispered
                await self._say(interaction, reply, press.command, private=True)
                return
            first, *more = messages(reply.text) or ("\u200b",)
            view = self._buttons.view(reply.buttons, press.owner, press.command, reply.choices)
            await interaction.edit_original_response(content=first, embeds=_picture(reply.image), view=view)
            for part in more:
                await interaction.followup.send(part, ephemeral=reply.private)
            if reply.files:
                await interaction.followup.send(files=_files(reply), ephemeral=reply.private)
        except _LOST as error:
            _log.warning("the answer to a button of /%s did not arrive: %s", press.command, _why(error))

    async def _say(
        self,
        interaction: Interaction,
        reply: Reply,
        command: str,
        *,
        private: bool = False,
        fills: bool = False,
    ) -> None:
        """``fills``: its first part takes the place of the message that shows it is thought about.

        That is an edit: discord.py sends again after a 5xx, and a follow-up takes no nonce.
        """
        parts = messages(reply.text) or ("\u200b",)
        view = self._buttons.view(reply.buttons, interaction.user.id, command, reply.choices)
        for index, part in enumerate(parts):
            extra: dict[str, Any] = {}
            if index == 0 and reply.image:
                extra["embeds"] = _picture(reply.image)
            if index == len(parts) - 1 and view is not None:
                extra["view"] = view
            if index == len(parts) - 1 and reply.files:
                extra["files"] = _files(reply)
            if index == 0 and fills:
                extra["attachments"] = extra.pop("files", [])
                await interaction.edit_original_response(content=part, **extra)
            else:
                await interaction.followup.send(part, ephemeral=private or reply.private, **extra)

    async def _ask(self, request: Request) -> Reply:
        try:
            return await self._desk.handle(request)
        except Exception:
            _log.exception("/%s of %s failed", request.command, request.person.id)
            return Reply(text=text(_(_BROKEN)), private=True, ok=False)

    async def _defer(self, interaction: Interaction, *, thinking: bool, private: bool = False) -> bool:
        try:
            await interaction.response.defer(thinking=thinking, ephemeral=private)
        except _LOST as error:
            # Discord has given the interaction up: whatever is answered now, nobody would see it.
            _log.warning("an interaction could not be deferred: %s", _why(error))
            return False
        return True

    async def _whisper(self, interaction: Interaction, words: str) -> None:
        try:
            await interaction.response.send_message(words, ephemeral=True)
        except _LOST as error:
            _log.warning("a whisper did not arrive: %s", _why(error))

    # ------------------------------------------------------------ requests

    def _request(self, interaction: Interaction, command: str, words: str) -> Request:
        message = interaction.message
        return Request(
            command=command,
            words=words,
            chat=self._chat(interaction),
            person=person_of(interaction.user, interaction.locale.value),
            directory=Places(self._client, interaction),
            message=standing(interaction.channel, message.id) if message is not None else (),
            invite=discord.utils.oauth_url(interaction.application_id, permissions=_RIGHTS),
        )

    @staticmethod
    def _chat(interaction: Interaction) -> Chat:
        return chat_of(interaction.channel)


class _Busy:
    """Notes the running task while it answers, so that a shutdown can let it finish."""

    def __init__(self, tasks: set[asyncio.Task[Any]]) -> None:
        self._tasks = tasks
        self._task = asyncio.current_task()

    def __enter__(self) -> None:
        if self._task is not None:
            self._tasks.add(self._task)

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._tasks.discard(self._task)


def _picture(url: str | None) -> list[discord.Embed]:
    address = web_address(url)
    return [discord.Embed().set_image(url=address)] if address else []


def _files(reply: Reply) -> list[discord.File]:
    return [discord.File(io.BytesIO(file.content), file.name) for file in reply.files[:_MOST_FILES]]


def _attachment(file: discord.Attachment) -> Attachment:
    async def read() -> bytes | Failure:
        if file.size > _LARGEST_FILE:
            larger = _("the file is larger than {size} MiB").format(size=_LARGEST_FILE // 2**20)
            return Failure(FailureKind.TOO_LARGE, larger)
        try:
            async with asyncio.timeout(_DOWNLOAD):
                return await file.read()
        except _LOST as error:
            _log.warning("a file can't be downloaded: %s", _why(error))
            return Failure(FailureKind.CONNECT, N_("the file can't be downloaded from Discord"))

    return Attachment(name=file.filename, size=file.size, content_type=file.content_type or "", read=read)


def _why(error: BaseException) -> str:
    """An error without the addresses its own text may hold."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code} {error.text[:200]}"
    return type(error).__name__
