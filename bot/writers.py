"""The summarizers of the configuration, made and put into their chain."""

from __future__ import annotations

from decimal import Decimal

from bot.config import OpenAiSettings, Settings
from digests.brief.budget import Budget, Caps, Price
from digests.brief.chain import Chain
from digests.brief.extractive import ExtractiveSummarizer
from digests.brief.openai_chat import OpenAiSummarizer
from digests.clock import Clock
from digests.plugins import load_summarizer
from digests.ports import Ledger, Summarizer

MILLIONTHS = 1_000_000


def make_chain(settings: Settings, ledger: Ledger, clock: Clock) -> Chain:
    """The fallback chain, best first. ``PluginError`` for a name nobody has.

    ``openai:MODEL`` is the same server with another model than the configured one.
    """
    names = settings.brief.summarizers
    made = [_make(name, settings, ledger, clock) for name in names]
    # the chain's name is part of what a brief is remembered by: another chain writes anew
    return Chain(made, clock, name="+".join(names))


def _make(name: str, settings: Settings, ledger: Ledger, clock: Clock) -> Summarizer:
    kind, _, model = name.partition(":")
    if kind == "extractive":
        return ExtractiveSummarizer()
    if kind == "openai":
        table = settings.openai
        return OpenAiSummarizer(
            model=model or table.model,
            budget=Budget(_prices(table, model), model_caps(table), ledger, clock),
            clock=clock,
            key=table.api_key.get_secret_value() if table.api_key else "",
            base_url=table.base_url,
            name=name,
        )
    return load_summarizer(name, dict(settings.summarizers.get(name, {})))


def _prices(table: OpenAiSettings, model: str) -> dict[str, Price]:
    if table.input_price is None or table.output_price is None:
        return {}  # an unknown price fails closed
    price = Price(Decimal(str(table.input_price)), Decimal(str(table.output_price)))
    return {model or table.model: price}


def model_caps(table: OpenAiSettings) -> Caps:
    """The caps of the configuration in millionths."""
    return Caps(
        daily=round(table.daily_cap * MILLIONTHS),
        monthly=round(table.monthly_cap * MILLIONTHS),
        chat_daily=round(table.chat_daily_cap * MILLIONTHS),
        chat_monthly=round(table.chat_monthly_cap * MILLIONTHS),
    )
