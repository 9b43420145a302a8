"""The summarizers of the configuration, made and put into their chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from bot.config import MILLIONTHS, AskingSettings, OpenAiSettings, ServerSettings, Settings
from bot.live import LiveSettings
from digests.brief.chain import Chain
from digests.brief.extras.speech import Narrator
from digests.brief.llm.batch import BatchWriter
from digests.brief.llm.budget import Budget, Price, Warn
from digests.brief.llm.model_server import Known, ModelServer
from digests.brief.llm.models import Models
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.brief.llm.prompt import Prompts
from digests.clock import Clock
from digests.plugins import load_summarizer
from digests.ports import Ledger, Meter, Summarizer, Workers

Servers = Mapping[str, ModelServer]
"""By their names in the chain: ``openai``, ``openai:MODEL`` or ``openai:SERVER``."""


def is_model(name: str) -> bool:
    """Whether a summarizer's name is one of a language model of ``[openai]``."""
    return name.partition(":")[0] == "openai"


def make_servers(settings: Settings, ledger: Ledger, clock: Clock, warn: Warn | None = None) -> Servers:
    """A client for every model in the chain; whoever calls this closes them."""
    names = dict.fromkeys(settings.brief.summarizers)
    return {name: make_server(name, settings.openai, ledger, clock, warn) for name in names if is_model(name)}


def make_server(
    name: str, table: OpenAiSettings, ledger: Ledger, clock: Clock, warn: Warn | None = None
) -> ModelServer:
    """The model that a name in the chain stands for."""
    server, model, prices = _meant(name, table)
    asking: AskingSettings = server or table
    return ModelServer(
        model=model,
        budget=Budget(prices, table.caps, ledger, clock, warn),
        clock=clock,
        key=_secret(asking.api_key),
        base_url=server.base_url if server else table.base_url,
        name=name,
        known=_known(asking),
    )


def _known(asking: AskingSettings) -> Known:
    return Known(
        timeout=None if asking.timeout is None else timedelta(seconds=asking.timeout),
        output_tokens=asking.output_tokens,
        effort=asking.reasoning_effort,
        protocol=asking.protocol,
        stream=asking.stream,
        parallel=asking.parallel,
        context=asking.context,
        extra=asking.extra,
    )


def _meant(name: str, table: OpenAiSettings) -> tuple[ServerSettings | None, str, dict[str, Price]]:
    """What a name in the chain stands for: a further server or the table's own, the model, its price."""
    part = name.partition(":")[2]
    server = table.servers.get(part)
    model = server.model if server else part or table.model
    asking: AskingSettings = server or table
    priced = server is not None or model == table.model  # another model of the server has another price
    own = (asking.input_price, asking.output_price) if priced else (None, None)
    return server, model, _prices(table, model, *own)


def unready(settings: Settings) -> list[str]:
    """What keeps models of the chain from being asked at all, a sentence or two each."""
    found = []
    for name in filter(is_model, dict.fromkeys(settings.brief.summarizers)):
        server, model, prices = _meant(name, settings.openai)
        table = f"[openai.servers.{name.partition(':')[2]}]" if server else "[openai]"
        if not prices:
            found.append(
                f"{name} is never asked: {model} has no price. Set input_price and output_price in {table}; "
                "a server of your own costs 0."
            )
        elif server is None and settings.openai.base_url is None and not settings.openai.api_key:
            found.append(
                f"{name} is asked without a key, which OpenAI refuses. Set NEWSDESK_OPENAI__API_KEY."
            )
    return found


def make_live(
    settings: Settings,
    ledger: Ledger,
    clock: Clock,
    *,
    warn: Warn | None = None,
    meter: Meter | None = None,
    workers: Workers | None = None,
) -> tuple[LiveSettings, tuple[ModelServer, ...]]:
    """All that follows from the settings while the desk runs, and the connections to close in the end.

    ``PluginError`` or ``ConfigError`` where something can't be made of them.
    """
    servers = make_servers(settings, ledger, clock, warn)
    narrator, speech = make_narrator(settings, ledger, clock, warn)
    live = LiveSettings(
        settings=settings,
        servers=servers,
        summarizer=make_chain(settings, servers, clock, meter, workers),
        models=make_models(settings, servers),
        narrator=narrator,
        batches=make_batch_writer(settings, servers),
        batch_lead=settings.openai.lead,
        deadline=settings.brief.deadline,
        bounds=settings.watch.bounds,
        together=settings.watch.together,
        on_doubt=settings.deliver.on_doubt,
        keep=settings.keep.keep(),
    )
    return live, (*servers.values(), speech)


def make_models(settings: Settings, servers: Servers) -> Models:
    """The chain's models, in its order, for what is more than a brief. ``ConfigError`` for odd prompts."""
    return Models(tuple(servers.values()), make_prompts(settings))


def make_summarizer(name: str, settings: Settings, servers: Servers) -> Summarizer:
    """One summarizer alone, not held against the gate. ``PluginError`` for a name nobody has."""
    return _make(name, settings, servers, make_prompts(settings))


def make_narrator(
    settings: Settings, ledger: Ledger, clock: Clock, warn: Warn | None = None
) -> tuple[Narrator, ModelServer]:
    """Who reads digests aloud, and the connection to close in the end. A price is of characters."""
    table = settings.openai
    model = table.speech_model
    prices = (
        {} if table.speech_price is None else {model: Price(Decimal(str(table.speech_price)), Decimal(0))}
    )
    server = ModelServer(
        model=model,
        budget=Budget(prices, table.caps, ledger, clock, warn),
        clock=clock,
        key=_secret(table.api_key),
        base_url=table.base_url,
        name=f"speech:{model}",
    )
    return Narrator(server, voice=table.speech_voice), server


def make_chain(
    settings: Settings,
    servers: Servers,
    clock: Clock,
    meter: Meter | None = None,
    workers: Workers | None = None,
) -> Chain:
    """The fallback chain, best first. ``PluginError`` for a name nobody has."""
    prompts = make_prompts(settings)
    made = [_make(name, settings, servers, prompts) for name in settings.brief.summarizers]
    return Chain(made, clock, meter=meter, workers=workers)


def make_batch_writer(settings: Settings, servers: Servers) -> BatchWriter | None:
    """Who asks for briefs ahead: the chain's first model, at the prices of batches; None if not wanted."""
    server = next(iter(servers.values()), None) if settings.openai.batch else None
    if server is None:
        return None
    left = 1 - Decimal(str(settings.openai.batch_discount))
    prices = {
        model: Price(price.input * left, price.output * left) for model, price in server.budget.prices.items()
    }
    summarizer = OpenAiSummarizer(server, prompts=make_prompts(settings))
    return BatchWriter(summarizer, replace(server.budget, prices=prices))


def make_prompts(settings: Settings) -> Prompts:
    """The package's prompts, those of the configured folder in their places. ``ConfigError``."""
    return Prompts(Path(settings.openai.prompts) if settings.openai.prompts else None)


def _make(name: str, settings: Settings, servers: Servers, prompts: Prompts) -> Summarizer:
    if is_model(name):
        split_cost = round(settings.openai.split_cost * MILLIONTHS)
        return load_summarizer(
            "openai", {"server": servers[name], "prompts": prompts, "split_cost": split_cost}
        )
    return load_summarizer(name, dict(settings.summarizers.get(name, {})))


def _prices(
    table: OpenAiSettings, model: str, own_input: float | None, own_output: float | None
) -> dict[str, Price]:
    """The model's price, its own or the table's; none where there is none: that fails closed."""
    if own_input is None or own_output is None:
        listed = table.prices.get(model)
        if listed is None:
            return {}
        own_input, own_output = listed.input, listed.output
    return {model: Price(Decimal(str(own_input)), Decimal(str(own_output)))}


def _secret(key: SecretStr | None) -> str:
    return key.get_secret_value() if key else ""
