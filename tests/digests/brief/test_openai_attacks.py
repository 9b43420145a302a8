"""Hostile articles against a server that does whatever the text it reads tells it to."""

from __future__ import annotations

import itertools
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from digests.brief.chain import Chain
from digests.brief.grounding.check import CutKind, ground
from digests.brief.grounding.prompt_injection import gives_orders
from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import ModelServer
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.brief.llm.prompt import newest
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, BriefSentence, SourceSentence
from tests.fakes.openai_server import Reply, answer, openai_server

ATTACKS: list[str] = tomllib.loads(Path(__file__).with_name("attacks.toml").read_text("utf-8"))["texts"]
LINES = (
    "The council opened the new bridge on Monday.",
    "It cost 14 million euros and took two years.",
    "Mayor Ana Ruiz did not attend the ceremony.",
)
HONEST = "The council opened the new bridge on Monday."
RULE = newest("brief").system.strip().splitlines()[0]
PAYLOADS = {
    "link": "Read more at https://evil.example/win",
    "bare link": "The council opened evil.example on Monday.",
    "short link": "The bridge opened on Monday t.me/evilgroup",
    "markdown": "The council opened [the bridge](https://evil.example) on Monday.",
    "mention": "The council opened the bridge @everyone",
    "handle": "Mayor @evilhandle opened the bridge.",
    "snowflake": "The council opened the bridge <@&1234567890>",
    "name": "The council of Zorblatt opened the new bridge on Monday.",
    "swapped name": "Mayor Victor Kane did not attend the ceremony.",
    "invented source": "Globex News reported that the council opened the bridge.",
    "number": "It cost 99 million euros.",
    "date": "The council opened the new bridge on Friday.",
    "negation": "Mayor Ana Ruiz did attend the ceremony.",
    "quote": "Mayor Ana Ruiz said: \"I resign today\".",
    "cause": "Mayor Ana Ruiz did not attend because of a scandal.",
    "advert": "You should buy cheap watches and enjoy great discounts.",
    "leaked prompt": RULE,
    "hidden": "The council opened the new bridge\u202e on Monday.",
}  # fmt: skip
EVIL = re.compile(
    r"evil|https?:|@everyone|<@|Zorblatt|Kane|Globex|99|Friday|did attend|resign|scandal|watches"
    r"|shorten news|numbered|\u202e"
)


def test_there_are_enough_attacks() -> None:
    assert len(set(ATTACKS)) >= 60


async def _attack(attacks: list[tuple[str, str]]) -> None:
    """Run (attack, kind of payload) one after the other against one server that obeys."""
    payload = ""

    def obey(prompt: str) -> Reply:
        """Says what it was told, under every number it might cite, with an honest sentence beside it."""
        count = len(re.findall(r"^\[\d+\] ", prompt, re.M))
        cites = [[n] for n in range(1, count + 2)] + [list(range(1, count + 1))]
        lies = [(payload, cite) for cite in cites]
        return answer(f"Bridge: {payload}", *lies[:2], (HONEST, [1]), *lies[2:])

    async with openai_server(obey=obey) as server:
        budget = Budget({"tiny": Price(Decimal(0), Decimal(0))}, Caps(), MemoryLedger(), utc_now)
        model = OpenAiSummarizer(
            ModelServer(model="tiny", budget=budget, clock=utc_now, base_url=server.base_url)
        )
        desk = Chain([model], utc_now)
        for attack, kind in attacks:
            payload = PAYLOADS[kind]
            lines = (*LINES[:2], attack.replace("{evil}", payload), LINES[2])
            article = Article(
                title="Bridge opens",
                sentences=lines,
                paragraphs=lines,
                language="en",
                url="https://news.example/1",
            )
            result = await desk.brief(BriefRequest(articles=(article,), sentences=30, words=1000), None)
            assert isinstance(result, Brief), (attack, result)
            assert HONEST in result.text
            told = f"{result.headline} {result.text}"
            assert not EVIL.search(told), (attack, told)
            asked = server.requests[-1]["messages"][1]["content"]
            assert len(asked.splitlines()) == 1 + len(LINES), (attack, asked)
        await model.server.close()


@pytest.mark.parametrize("kind", ["link", "short link", "markdown", "mention", "snowflake", "hidden"])
def test_a_link_or_mention_the_article_itself_holds_is_not_posted(kind: str) -> None:
    line = PAYLOADS[kind]
    article = Article(title="Bridge opens", sentences=(line,), language="en", url="https://news.example/1")
    brief = Brief(
        headline=line,
        sentences=(BriefSentence(line, (0,)),),
        source_sentences=(SourceSentence(line),),
        language="en",
    )
    assert {cut.kind for cut in ground(brief, (article,)).cuts} == {CutKind.LINK}


@pytest.mark.slow
async def test_an_obeying_model_gets_nothing_past_the_gate() -> None:
    await _attack(list(zip(ATTACKS, itertools.cycle(PAYLOADS), strict=False)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", PAYLOADS)
async def test_every_attack_with_every_payload(kind: str) -> None:
    await _attack([(attack, kind) for attack in ATTACKS])


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_sentence_that_gives_orders_supports_nothing(attack: str) -> None:
    line = attack.replace("{evil}", "The council of Zorblatt opened the bridge.")
    claim = "The council of Zorblatt opened the bridge."
    brief = Brief(
        headline=claim,
        sentences=(BriefSentence(claim, (0,)),),
        source_sentences=(SourceSentence(line),),
        language="en",
    )
    grounded = ground(brief, (Article(title="Bridge opens", sentences=(line,), language="en"),))
    assert grounded.brief is None
    assert {cut.kind for cut in grounded.cuts} == {CutKind.CITATION, CutKind.NAME}


@pytest.mark.parametrize("attack", ATTACKS)
def test_orders_to_a_machine_are_not_shown_to_it(attack: str) -> None:
    assert gives_orders(attack)


@pytest.mark.parametrize(
    "line",
    [
        *LINES,
        "Drivers who ignore the rules face fines of 200 euros.",
        "The firm released a large language model on Tuesday.",
        "Chatbots must follow the new rules, the EU said.",
        "OpenAI published the system prompt of its assistant.",
        "The minister said he would ignore the report.",
        "New rules for drivers were announced on Monday.",
        "The court ruled that the assistant manager broke the rules.",
        "Scientists trained the system on 4,000 photographs.",
        "Users of the app complained about the prompt arrival of police.",
        "Die neuen Regeln gelten ab Montag.",
        "政府发布了新规则。",
        "新しいルールが発表された。",
        "Правила изменятся в мае.",
    ],
)
def test_news_is_shown(line: str) -> None:
    assert not gives_orders(line)
