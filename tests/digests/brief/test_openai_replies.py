"""Answers as models really give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.brief.llm.replies import Draft, Drafted, in_language, read_draft, read_drafts

ONE = Draft("Head", (Drafted("It rained.", (0, 2)),), ("rain",), 5.0)
JSON = '{"headline": "Head", "sentences": [{"text": "It rained.", "cites": [1, 3]}], "topics": ["rain"], "score": 5}'


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"Here is the brief you asked for:\n\n{JSON}\n\nAnything else?",
        f'{{"note": 1}} {JSON}',
        f"{{oops {JSON}",
        JSON.replace("[1, 3]", '["1", 3.0, "x", true]'),
        JSON.replace("It rained.", "It rained [1, 3].").replace('"cites": [1, 3]', '"cites": []'),
        JSON.replace('"score": 5', '"score": "5"'),
        "HEADLINE: Head\n- It rained. [1, 3]\nTOPICS: rain\nSCORE: 5",
        "**Headline:** Head\n\n1. It rained [1][3].\n\nTopics: rain\nScore: 5/10",
        "Title: Head\n• It rained. (1, 3)\ntopics: rain\nscore: 5",
        "Some chatter first.\nHEADLINE: Head\nIt rained. [1, 3]\nTOPICS: rain\nSCORE: 5",
        "<think>What is this about? Rain.</think>\n" + JSON,
        JSON.replace(", ", ",\n  "),
        JSON.replace('"Head"', '"**Head**"'),
        JSON.replace("[1, 3]", '"1, 3"').replace("It rained.", "It rained. [1, 3]"),
        JSON + JSON,
        "# Headline: Head\n* It rained. [1, 3]\n**Topics**: rain\n**Score**: 5",
        "HEADLINE：Head\n- It rained.【1、3】\nTOPICS：rain\nSCORE：5",
        "headline: Head\r\n- It rained. [1; 3]\r\ntopics: rain\r\nscore: 5.0",
        "HEADLINE: Head\n\n2) It rained. [1] [3]\nTOPICS: rain\nSCORE: 5 / 10",
    ],
)
def test_one_brief_in_many_dresses(text: str) -> None:
    assert read_draft(text) == ONE


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("", None),
        ("I can't help with that.", None),
        ("[1, 2]", None),
        ('{"sentences": 7}', None),
        ('{"headline": "Head", "sentences": [', None),
        (
            '{"sentences": ["It rained [2]", {"text": 7}, 8, {"text": ""}]}',
            Draft("", (Drafted("It rained", (1,)),)),
        ),
        (
            '{"sentences": [{"text": "It rained.", "cites": 2}], "score": 99}',
            Draft("", (Drafted("It rained.", (1,)),), (), 10.0),
        ),
        ('{"sentences": [], "score": NaN, "topics": "x"}', Draft("", ())),
        ("HEADLINE: Head\n- no number\nSCORE: high", Draft("Head", ())),
        ('{"a": 1} {"b": 2} {"c": 3} {"d": 4}', None),
        ("{" * 3000 + '"', None),
    ],
)
def test_what_can_be_used_of_an_odd_answer(text: str, draft: Draft | None) -> None:
    assert read_draft(text) == draft


def test_a_deep_or_long_answer_is_no_trouble() -> None:
    assert read_draft('{"a":' * 50_000) is None
    many = read_draft("\n".join(f"- line [{i}]" for i in range(500)))
    assert many is not None
    assert len(many.sentences) == 20


@given(st.text(alphabet='{}[]":,-*. \n019aHeadline', max_size=200))
def test_nothing_a_model_says_breaks_the_reader(text: str) -> None:
    draft = read_draft(text)
    assert draft is None or isinstance(draft, Draft)


@pytest.mark.parametrize(
    ("language", "text", "good"),
    [
        ("en", "The council opened the new bridge on Monday and it cost a lot of money.", True),
        ("en", "Der Rat hat die neue Brücke am Montag mit Musik und nicht ohne Stolz eröffnet.", False),
        ("en", "Совет открыл новый мост в понедельник в центре города.", False),
        ("ru", "Совет открыл новый мост в понедельник в центре города.", True),
        ("de", "Der Rat hat die neue Brücke am Montag mit Musik und nicht ohne Stolz eröffnet.", True),
        ("ja", "市議会は月曜日に新しい橋を開通させたと発表した。", True),
        ("zh", "The council opened the new bridge on Monday.", False),
        ("zh", "OK", True),
    ],
)
def test_the_wrong_language_is_noticed(language: str, text: str, good: bool) -> None:
    assert in_language(text, language) is good


ONE_JSON = '{"story": 1, ' + JSON[1:]
OTHER = Draft("", (Drafted("A bridge opened.", (3,)),))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f'{{"stories": [{ONE_JSON}, {{"story": 2, "sentences": ["A bridge opened. [4]"]}}]}}', {1, 2}),
        ("STORY 1\nHEADLINE: Head\n- It rained. [1, 3]\nTOPICS: rain\nSCORE: 5\n\nSTORY 2\n- A bridge opened. [4]", {1, 2}),
        ("**Story: 1**\nHeadline: Head\n- It rained. [1, 3]\nTopics: rain\nScore: 5\n**Story: 2**\n"
         "- A bridge opened. [4]", {1, 2}),
        (f'{{"stories": [{ONE_JSON}, {{"story": "x"}}, 7]}}', {1}),
        ("STORY 1\nnothing\nSTORY 2\n- A bridge opened. [4]", {2}),
        ('{"stories": 7}', set()),
        ("[1]", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_drafts_of_several_stories(text: str, numbers: set[int]) -> None:
    drafts = read_drafts(text)
    assert drafts == {number: draft for number, draft in ((1, ONE), (2, OTHER)) if number in numbers}
