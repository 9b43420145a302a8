"""Configuration: a TOML file and ``NEWSDESK_…`` environment variables become ``Settings``.

An environment variable names a setting by its table and key with two underscores between,
``NEWSDESK_TELEGRAM__TOKEN``, and wins over the file. Secrets are ``SecretStr`` and never print.
Every error names the key, its line, and the nearest valid one.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.platforms import chat_id, chats_like, check_platforms, people_like, person_id, platforms
from bot.platforms.platform import Platform, PlatformSettings, written
from digests.brief.llm.budget import Caps
from digests.edit.schedule import parse_cadence, parse_quiet, parse_zone
from digests.errors import ConfigError, PluginError
from digests.model import ChatSettings, RetentionPolicy
from digests.model.chats import Setting, chat_settings
from digests.plugins import READERS, built_in, reader_kinds
from digests.text.door import door
from digests.watch.cadence import Bounds

MILLIONTHS = 1_000_000

Minutes = Annotated[float, Field(gt=0)]


def _chat(text: str) -> str:
    if chat_id(text) is None:
        raise ValueError(f"“{text}” is not a chat; write {chats_like()}")
    return text


ChatId = Annotated[str, AfterValidator(_chat)]
"""A chat as ``platform:address``."""


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(Table):
    """One source of the file."""

    url: str
    name: str = ""
    kind: str = "feed"
    topics: tuple[str, ...] = ()
    options: dict[str, str] = {}


class StoreSettings(Table):
    """The address of a database may hold its password, so it never prints."""

    url: Annotated[str, Field(repr=False)] = "newsdesk.sqlite3"


class JobsSettings(Table):
    """``procrastinate``: the work is shared by many processes, over the store's PostgreSQL."""

    queue: Literal["local", "procrastinate"] = "local"


class AccessSettings(Table):
    """Admins by ``platform:ID``; the console's person is always one."""

    admins: tuple[str, ...] = ()
    allow_chats: tuple[ChatId, ...] = ()
    subscriptions: Annotated[int, Field(ge=1)] = 200
    summaries_an_hour: Annotated[int, Field(ge=0)] = 60

    @field_validator("admins")
    @classmethod
    def _named(cls, admins: tuple[str, ...]) -> tuple[str, ...]:
        for admin in admins:
            if person_id(admin) != admin:
                raise ValueError(f"“{admin}” is not an admin; write {people_like()}")
        return admins


class WatchSettings(Table):
    polls_a_day: Annotated[float, Field(ge=1, le=1440)] = 48
    shortest_minutes: Minutes = 5
    longest_minutes: Minutes = 360
    together: Annotated[int, Field(ge=1, le=1000)] = 50
    timeout_seconds: Annotated[float, Field(gt=0)] = 20
    user_agent: str = "Newsdesk/0.1 (+https://newsdesk.invalid/about)"
    allow_private: bool = False

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            polls_a_day=self.polls_a_day,
            shortest=timedelta(minutes=self.shortest_minutes),
            longest=timedelta(minutes=self.longest_minutes),
        )


class DashboardSettings(Table):
    """The desk's own web server. ``public_url`` is where others reach it, as hubs must.

    Away from loopback it takes a ``secret`` and an https ``public_url``; see ``refuses_to_listen``.
    """

    listen: Annotated[
        str,
        written(r"([\w.:\[\]-]+:\d+)?", "write it as HOST:PORT, like 127.0.0.1:8080; empty for none"),
    ] = ""
    public_url: Annotated[
        str,
        written(
            r"(https?://\S+)?",
            "write an address that begins with https://, like https://news.example; empty for none",
        ),
    ] = ""
    secret: SecretStr | None = None
    public: bool = False
    public_chats: tuple[ChatId, ...] = ()

    @field_validator("secret")
    @classmethod
    def _long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < 20:
            raise ValueError("it is too short to be a secret; make one with: openssl rand -hex 32")
        return secret

    @property
    def loopback(self) -> bool:
        host = self.listen.rpartition(":")[0].strip("[]")
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def refuses_to_listen(self) -> str | None:
        """What is missing before others than this machine may reach the server."""
        if not self.listen or self.loopback:
            return None
        todo = (
            f'listen = "{self.listen}" in [dashboard] lets others than this machine reach the dashboard. '
            "That takes {missing}; or listen on 127.0.0.1 and put a web server in front."
        )
        if self.secret is None:
            return todo.format(missing="a secret of 20 characters or more: NEWSDESK_DASHBOARD__SECRET")
        if not self.public_url.startswith("https://"):
            return todo.format(
                missing="a public_url that begins with https://, so that sign-ins stay private"
            )
        return None


class BriefSettings(Table):
    """``summarizers`` is the fallback chain, best first."""

    summarizers: tuple[str, ...] = ("extractive",)
    deadline_seconds: Annotated[float, Field(gt=0)] = 30

    @property
    def deadline(self) -> timedelta:
        return timedelta(seconds=self.deadline_seconds)

    @field_validator("summarizers")
    @classmethod
    def _some(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one summarizer, for example extractive")
        return names


Dollars = Annotated[float, Field(ge=0, le=1_000_000_000)]


class PriceSettings(Table):
    """Dollars per million tokens."""

    input: Dollars
    output: Dollars


class AskingSettings(Table):
    """One model of one server: what it costs, and how it is asked. What is not set is found out.

    ``timeout`` is in seconds and for one call; ``output_tokens`` and ``context`` are tokens, of an
    answer with its thinking, and of prompt and answer together. ``extra`` goes into every call.
    """

    api_key: SecretStr | None = None
    input_price: Dollars | None = None
    output_price: Dollars | None = None
    stream: bool = False
    timeout: Annotated[float, Field(gt=0, le=3600)] | None = None
    output_tokens: Annotated[int, Field(ge=64, le=1_000_000)] | None = None
    reasoning_effort: (
        Annotated[str, written(r"[a-z]{2,20}", "write a word in small letters, like low, medium or high")]
        | None
    ) = None
    protocol: Literal["auto", "schema", "text"] = "auto"
    parallel: Annotated[int, Field(ge=1, le=1000)] | None = None
    context: Annotated[int, Field(ge=512)] | None = None
    extra: Annotated[dict[str, Any], Field(repr=False)] = {}

    @field_validator("extra")
    @classmethod
    def _beside(cls, extra: dict[str, Any]) -> dict[str, Any]:
        for name in ("model", "messages", "stream", "response_format"):
            if name in extra:
                raise ValueError(f"“{name}” is not for extra: Newsdesk sets it itself")
        return extra


class ServerSettings(AskingSettings):
    """Another server than the table's own; its name stands in the chain as ``openai:NAME``."""

    model: str
    base_url: str


class OpenAiSettings(AskingSettings):
    base_url: str | None = None
    model: str = "gpt-5-mini"
    daily_cap: Dollars = 1.0
    monthly_cap: Dollars = 20.0
    chat_daily_cap: Dollars = 0.25
    chat_monthly_cap: Dollars = 5.0
    split_cost: Dollars = 0.0
    batch: bool = False
    batch_discount: Annotated[float, Field(ge=0, le=1)] = 0.5
    batch_hours: Annotated[float, Field(gt=0, le=24)] = 3
    speech_model: str = "gpt-4o-mini-tts"
    speech_voice: str = "alloy"
    speech_price: Dollars | None = None
    prompts: str | None = None
    prices: dict[str, PriceSettings] = {}
    servers: dict[str, ServerSettings] = {}

    @property
    def lead(self) -> timedelta:
        """How long before its digest a brief is asked for in a batch."""
        return timedelta(hours=self.batch_hours)

    @property
    def caps(self) -> Caps:
        """The caps in millionths of a dollar."""
        return Caps(
            daily=round(self.daily_cap * MILLIONTHS),
            monthly=round(self.monthly_cap * MILLIONTHS),
            chat_daily=round(self.chat_daily_cap * MILLIONTHS),
            chat_monthly=round(self.chat_monthly_cap * MILLIONTHS),
        )


def _sound(parse: Callable[[str], object]) -> AfterValidator:
    def check(value: str) -> str:
        parse(value)
        return value

    return AfterValidator(check)


_CHECKS = {"cadence": _sound(parse_cadence), "zone": _sound(parse_zone), "quiet": _sound(parse_quiet)}


def _checked(row: Setting) -> Any:
    """The type of a setting in the configuration, with its rules."""
    if row.kind == "choice":
        return Literal[tuple(row.words)]
    if row.kind == "number":
        return Annotated[int, Field(ge=row.least, le=row.most)]
    if row.kind == "topics":
        return tuple[Annotated[str, Field(min_length=1, max_length=40)], ...]
    if row.kind == "text":
        return Annotated[str, Field(max_length=row.most)]
    return Annotated[row.type, _CHECKS[row.kind]] if row.kind in _CHECKS else row.type


if TYPE_CHECKING:
    _ChatTable = Table
else:  # a key for each row of the table of a chat's settings
    _ChatTable = create_model(
        "_ChatTable",
        __base__=Table,
        **{row.name: (_checked(row), row.default) for row in chat_settings().values() if row.configured},
    )


class ChatDefaults(_ChatTable):
    """What a chat starts with; each can change its own."""

    def settings(self) -> ChatSettings:
        return ChatSettings(**self.model_dump())


class ConsoleSettings(Table):
    enabled: bool = True


class DeliverSettings(Table):
    on_doubt: Literal["hold", "resend"] | None = None


class KeepSettings(Table):
    """How long the desk remembers; a monthly digest needs its month."""

    articles_days: Annotated[int, Field(ge=40)] = 90
    digests_days: Annotated[int, Field(ge=1)] = 365
    audit_days: Annotated[int, Field(ge=1)] = 730

    def keep(self) -> RetentionPolicy:
        return RetentionPolicy(
            articles=timedelta(days=self.articles_days),
            digests=timedelta(days=self.digests_days),
            audit=timedelta(days=self.audit_days),
        )


class LogSettings(Table):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["auto", "human", "json"] = "auto"


if TYPE_CHECKING:
    _PlatformTables = BaseSettings
else:  # each platform's table, under its name
    _PlatformTables = create_model(
        "_PlatformTables",
        __base__=BaseSettings,
        **{name: (platform.settings, platform.settings()) for name, platform in platforms().items()},
    )

S = TypeVar("S", bound=PlatformSettings)


class Settings(_PlatformTables):
    """Everything that can be configured; the defaults are those of ``config.example.toml``.

    A platform's table is ``of(platform)``.
    """

    model_config = SettingsConfigDict(
        env_prefix="NEWSDESK_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    store: StoreSettings = StoreSettings()
    jobs: JobsSettings = JobsSettings()
    access: AccessSettings = AccessSettings()
    watch: WatchSettings = WatchSettings()
    dashboard: DashboardSettings = DashboardSettings()
    brief: BriefSettings = BriefSettings()
    openai: OpenAiSettings = OpenAiSettings()
    chats: ChatDefaults = ChatDefaults()
    console: ConsoleSettings = ConsoleSettings()
    deliver: DeliverSettings = DeliverSettings()
    keep: KeepSettings = KeepSettings()
    log: LogSettings = LogSettings()
    summarizers: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    """A plug-in's own options, by its name."""
    sources: tuple[SourceSettings, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def conflict(self) -> str | None:
        """What two settings together can't mean."""
        if self.jobs.queue == "procrastinate" and not self.store.url.startswith("postgresql"):
            return "“jobs.queue” procrastinate needs PostgreSQL: set url in [store] to postgresql+psycopg://…"
        tables = (self.of(platform) for platform in platforms().values())
        return next(
            filter(None, (table.conflict(listens=bool(self.dashboard.listen)) for table in tables)), None
        )

    def of(self, platform: Platform[S]) -> S:
        """That platform's table."""
        table: S = getattr(self, platform.name)
        return table

    def secrets(self) -> tuple[str, ...]:
        """Every secret set, for the log's filter."""
        password = re.match(r"\w[\w+]*://[^/@]*?:(?P<it>[^@]*)@", self.store.url)
        written = (password["it"], unquote(password["it"])) if password else ()
        return (*_secrets(self), *dict.fromkeys(filter(None, written)))


def _secrets(value: object) -> Iterator[str]:
    """What is secret in a table, and in the tables in it."""
    if isinstance(value, SecretStr):
        yield from filter(None, [value.get_secret_value()])
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _secrets(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _secrets(one)


# ------------ Reads the configuration file, and explains every mistake with the line it stands on.


def load(path: Path | None) -> Settings:
    """Read the file (None: defaults and environment alone). ``ConfigError`` tells every mistake."""
    text = ""
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"{path} can't be read: {error.strerror}. Copy config.example.toml there, or name another "
                "file with --config."
            ) from error
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path} is not in UTF-8 (byte {error.start + 1} can't be read). Save it in that encoding."
            ) from error
    try:
        data = door(tomllib.loads(text))
    except RecursionError:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}. Compare it with config.example.toml."
        ) from error
    check_platforms()
    for name, platform in platforms().items():
        if Settings.model_fields[name].annotation is not platform.settings:
            raise PluginError(
                f"A platform can't be called “{name}”: the configuration has such a table already."
            )
    try:
        settings = Settings(**data)
    except ValidationError as error:
        lines = [_explain(dict(mistake), text) for mistake in error.errors()]
        raise ConfigError("\n".join(f"{path or 'environment'}: {line}" for line in lines)) from None
    if wrong := _sources(settings, text):
        raise ConfigError("\n".join(f"{path or 'environment'}: {line}" for line in wrong))
    if conflict := settings.conflict():
        raise ConfigError(f"{path or 'environment'}: {conflict}")
    return settings


def _explain(mistake: dict[str, Any], text: str) -> str:
    place: tuple[str | int, ...] = mistake["loc"]
    key = ".".join(str(part) for part in place)
    line = _line_of(text, place)
    at = f"line {line}: " if line else ""
    if mistake["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _keys(place[:-1]), n=1, cutoff=0.5)
        hint = f"did you mean “{near[0]}”?" if near else f"valid here: {', '.join(_keys(place[:-1]))}."
        return f"{at}unknown setting “{key}”; {hint}"
    return f"{at}“{key}”: {_said(mistake)}"


_TYPES = {
    "int": "write a whole number, without quotation marks",
    "float": "write a number, without quotation marks",
    "bool": "write true or false, without quotation marks",
    "string": "write text in quotation marks",
    "tuple": 'write a list in brackets, like ["one", "two"]',
    "list": 'write a list in brackets, like ["one", "two"]',
    "dict": "write a table of names and values",
    "model": "write a table, its name in brackets on a line of its own",
}


def _said(mistake: dict[str, Any]) -> str:
    """What is wrong with a value, in a sentence."""
    kind, context = str(mistake["type"]), mistake.get("ctx", {})
    if kind == "literal_error":
        return f"it can be {context['expected']}"
    if kind == "missing":
        return "it has to be there"
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"),
              "greater_than": ("gt", "more than"), "less_than": ("lt", "less than")}  # fmt: skip
    if kind in bounds:
        bound, words = bounds[kind]
        return f"it has to be {words} {context[bound]}"
    first = kind.partition("_")[0]
    if kind.endswith(("_type", "_parsing", "_from_float")) and first in _TYPES:
        return _TYPES[first]
    return str(mistake["msg"]).removeprefix("Value error, ")


def _sources(settings: Settings, text: str) -> list[str]:
    """What is wrong with the sources: addresses that are none, kinds that nothing reads, one named twice."""
    found: list[str] = []
    seen: dict[str, str] = {}
    kinds = reader_kinds()
    for number, source in enumerate(settings.sources):

        def at(key: str, number: int = number) -> str:
            line = _line_of(text, ("sources", number, key))
            return f"line {line}: " if line else ""

        if source.kind not in kinds:
            near = difflib.get_close_matches(source.kind, kinds, n=1, cutoff=0.5)
            hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(sorted(kinds))}."
            found.append(f"{at('kind')}“sources.{number}.kind”: nothing reads “{source.kind}”; {hint}")
        elif source.kind in built_in(READERS) and not _ADDRESS.match(source.url):
            found.append(
                f"{at('url')}“sources.{number}.url”: “{source.url}” is not an address; write it with https:// in "
                "front, like https://example.com/feed.xml"
            )
        if source.url in seen:
            found.append(
                f"{at('url')}“sources.{number}.url”: this source is there already ({seen[source.url]}); take one out"
            )
        seen.setdefault(source.url, at("url").removesuffix(": ") or "above")
    return found


_ADDRESS = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


def _keys(place: tuple[str | int, ...]) -> list[str]:
    """The valid keys of the table at that place."""
    table: type[BaseModel] = Settings
    for part in place:
        if isinstance(part, int):
            continue
        annotation = table.model_fields[part].annotation
        inner = [
            t for t in (annotation, *get_args(annotation)) if isinstance(t, type) and issubclass(t, BaseModel)
        ]
        if not inner:
            return []
        table = inner[0]
    return list(table.model_fields)


def _line_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The line a setting stands on, for tables and arrays of tables written the usual way."""
    names = [part for part in place if isinstance(part, str)]
    number = next((part for part in place if isinstance(part, int)), 0)
    table: list[str] = []
    seen, fallback = -1, None
    for count, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]\s]+)\s*\]", line)
        if header:
            table = header[1].split(".")
            if table == names[:1] and line.strip().startswith("[["):
                seen += 1
            if names == table or (names[: len(table)] == table and seen in {-1, number}):
                fallback = count
            continue
        key = re.match(r"\s*([A-Za-z0-9_-]+)\s*=", line)
        if key and [*table, key[1]] == names[: len(table) + 1] and seen in {-1, number}:
            return count
    return fallback
