"""What a claim turns round or moves though each of its words is known."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest
from corruptions import Case

from digests.brief.grounding.alignment import support_for, swapped_word
from digests.brief.grounding.opposites import Reversed, reversed_word
from digests.brief.grounding.quotes import unquoted
from digests.text.languages import languages
from digests.text.tokens import alike, clean, tokens

UNION = "The union rejected the company's offer of a pay rise, and the company will close a plant."


@pytest.mark.parametrize(
    ("language", "claim", "source", "found"),
    [
        ("en", "The union accepted the company's offer.", UNION, Reversed("accepted", "rejected")),
        ("en", "The union turned down the company's offer.", UNION, None),
        ("en", "The union did not accept the company's offer.", UNION, None),
        ("en", "The company will open a plant.", UNION, Reversed("open", "close")),
        ("en", "The mayor opened a bridge.", UNION, None),  # about something else
        ("en", "The union accepted an invitation to dinner.", UNION, None),
        ("en", "They accepted.", "They rejected.", None),  # too little to tell
        ("en", "The union accepted the offer.", "The union never rejected the offer.", None),
        ("en", "The union accepted the offer.", "The union accepted the offer, others rejected it.", None),
        ("en", "Oman allows Israeli carriers.", "It ends the ban on Israeli carriers of Oman.", None),
        ("en", "His sister was held.", "He was held with his brother.", Reversed("sister", "brother")),
        (
            "en",
            "A rule for crewed aircraft.",
            "A rule for uncrewed aircraft.",
            Reversed("crewed", "uncrewed"),
        ),
        (
            "en",
            "A rule for uncrewed aircraft.",
            "A rule for crewed aircraft.",
            Reversed("uncrewed", "crewed"),
        ),
        ("en", "A rule for crewed aircraft.", "No rule for uncrewed aircraft.", None),
        ("en", "A rule for crewed aircraft.", "A rule for uncrewed and crewed aircraft.", None),
        ("de", "Der Umsatz stieg um 7 Prozent.", "Der Umsatz sank um 7 Prozent.", Reversed("stieg", "sank")),
        ("zh", "工程比原计划提前了", "工程比原计划推迟了", Reversed("提前", "推迟")),
        ("ko", "영업이익이 크게 줄었다", "영업이익이 크게 늘었다", Reversed("줄었다", "늘었다")),
        ("ar", "رفض الوالي لقاء المزارعين", "قبلت الوزارة لقاء المزارعين", Reversed("رفض", "قبلت")),
        ("sv", "Priset steg i dag.", "Priset sjönk i dag.", None),  # no table
    ],
)
def test_a_word_turned_into_its_opposite(
    language: str, claim: str, source: str, found: Reversed | None
) -> None:
    assert reversed_word(clean(claim), clean(source), language) == found


def test_every_line_of_the_table_has_two_sides() -> None:
    for known in languages():
        for line in known.opposites:
            one, _, other = line.removeprefix("!").partition("|")
            assert one.split(), (known.code, line)
            assert other.split(), (known.code, line)
            assert not set(one.split()) & set(other.split()), (known.code, line)


FLU = (
    "It was not deemed to be a threat to humans until an outbreak in Hong Kong.\nMany birds and animals died."
)
BANK = "The Bank of Japan said on Wednesday it would buy bonds.\nShares in China fell."


@pytest.mark.parametrize(
    ("claim", "source", "found"),
    [
        ("It was not deemed to be a threat to animals until an outbreak.", FLU, ("animals", "humans")),
        ("It was not deemed to be a threat to wild birds until an outbreak.", FLU, None),  # "wild" is new
        (
            "It was not deemed to be a threat to people until an outbreak.",
            FLU,
            None,
        ),  # a new word may be another for it
        ("A threat to animals.", FLU, None),
        ("The Bank of China said on Wednesday it would buy bonds.", BANK, ("China", "Japan")),
        (
            "It said that demand for ready meals had grown most, while sales of ready meals fell.",
            "It said that demand for frozen fish had grown most, while sales of ready meals fell.",
            ("ready meals", "frozen fish"),
        ),
        (  # each stands in the other's place
            "It said that demand for ready meals had grown most, while sales of frozen fish fell.",
            "It said that demand for frozen fish had grown most, while sales of ready meals fell.",
            ("ready meals", "frozen fish"),
        ),
        (  # a list in another order
            "It said that demand for ready meals and frozen fish had grown most.",
            "It said that demand for frozen fish and ready meals had grown most.",
            None,
        ),
        (  # twice each: which is which can not be told
            "Demand for meals had grown most, while sales of fish fell, and fish is fish and meals.",
            "Demand for fish had grown most, while sales of meals fell, and fish is fish and meals.",
            None,
        ),
        (
            "Six were hurt on Tuesday when a barge loaded with gravel ran into the Ladd quarry at noon.",
            "Six were hurt on Tuesday when a barge loaded with gravel ran into the Quay Bridge at noon.\n"
            "The barge had left the Ladd quarry in fog.",
            ("Ladd quarry", "Quay Bridge"),
        ),
        ("The Bank of Japanese said on Wednesday it would buy bonds.", BANK, None),
        ("The Bank of 7 said on Wednesday it would buy bonds.", BANK, None),
        ("word " * 500, BANK, None),
        ("大阪の市長は新しい橋を開く", "大阪の市長は新しい駅を開く", None),
    ],
)
def test_a_word_in_anothers_place(claim: str, source: str, found: tuple[str, str] | None) -> None:
    words = frozenset(token.key for token in tokens(clean(source))) | {"japanese", "7"}
    assert swapped_word(clean(claim), clean(source), words, "en") == found


def test_a_swapped_word_is_cut() -> None:
    claim = "It was not deemed to be a threat to animals until an outbreak."
    (cut,) = Case("en", tuple(FLU.splitlines()), claim, "false").grounded().cuts
    assert cut.reason == "The source says “humans” where it says “animals”."


def test_a_sentence_that_goes_round_in_circles_is_cut() -> None:
    once = "Many birds and animals died in the outbreak"
    (cut,) = Case("en", tuple(FLU.splitlines()), f"{once}, and {once}.", "false").grounded().cuts
    assert "again and again" in cut.reason
    assert not Case("en", tuple(FLU.splitlines()), f"{once}.", "clean").grounded().cuts


def test_a_doubled_letter_makes_no_other_word() -> None:
    assert alike("drop", "dropped")
    assert not alike("drop", "drizzle")


LINES = [
    "The line cost 42 million euros.",
    "Ana Ruiz opened it in Lisbon.",
    "It rained.",
    "Lisbon cheered Ana Ruiz.",
]


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("Ana Ruiz opened the line in Lisbon.", (0, 1)),
        ("It cost 42 million euros.", (0,)),
        ("Nothing of the sort.", ()),
    ],
)
def test_the_sentences_a_claim_rests_on(claim: str, support: tuple[int, ...]) -> None:
    assert support_for(claim, LINES, "en") == support
    assert support_for(claim, [], "en") == ()


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ('He said it "did not get the balance right".', "He said it did not get the balance right."),
        ('He said it "did get the balance right".', None),  # the source says it failed to
        ('He said it "got the balance wrong".', None),
        ('He said "Did not get the balance right".', None),  # speech quoted whole
        ('He said it was "of the".', None),
        ("He said nothing.", None),
        ('It "failed to get the balance right".', None),  # word for word: nothing to mend
    ],
)
def test_marks_are_taken_from_what_is_no_quotation(claim: str, said: str | None) -> None:
    assert unquoted(claim, ["The boss said the firm failed to get the balance right."], "en") == said


@cache
def rewordings() -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """(true rewordings, small falsifications) of the file the rules were made with."""
    text = Path(__file__).with_name("rewordings.toml").read_text(encoding="utf-8")
    groups: dict[str, list[Case]] = {"faithful": [], "false": []}
    for story in tomllib.loads(text)["story"]:
        source = tuple(story["source"].strip().splitlines())
        for kind, found in groups.items():
            found += [Case(story["language"], source, claim, kind) for claim in story[kind]]
    return tuple(groups["faithful"]), tuple(groups["false"])


def test_most_true_rewordings_pass() -> None:
    faithful, _ = rewordings()
    assert sum(bool(case.grounded().cuts) for case in faithful) <= 0.2 * len(faithful)


def test_most_small_falsifications_are_caught() -> None:
    _, false = rewordings()
    assert sum(bool(case.grounded().cuts) for case in false) >= 0.65 * len(false)
