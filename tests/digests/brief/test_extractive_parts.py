"""The parts of the extractive summarizer: furniture, counts that differ, worth."""

from __future__ import annotations

import pytest

from digests.brief.extractive.boilerplate import Use, use
from digests.brief.extractive.conflicting_figures import counts, differing
from digests.brief.extractive.phrases import phrases
from digests.brief.extractive.score import Worth, measure, weights
from digests.brief.extractive.sentence_selection import candidates
from digests.brief.extractive.summarizer import write_brief
from digests.model import Article, Brief, BriefRequest
from digests.text.stems import content, is_stop
from digests.text.words import cjk_characters, has_cjk, words


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The road to Bergen was closed on Monday.", Use.FREELY),
        ("Home » News » The road to Bergen was closed", Use.NEVER),
        ("News | Weather | The road to Bergen.", Use.NEVER),
        ("Leave a comment", Use.NEVER),
        ("Write to desk@paper.example for more.", Use.NEVER),
        ("—", Use.NEVER),
        ("What the ministers said about it", Use.IN_NEED),
        ("Key points of the talks in Bergen:", Use.IN_NEED),
        ("Very hard.", Use.IN_NEED),
        ("Road to Bergen closed", Use.IN_NEED),
        ("“The road is closed, the minister said.", Use.IN_NEED),
        ('The road is closed," the minister said.', Use.IN_NEED),
        ("Der „Weg“ nach Bergen ist seit Montag gesperrt.", Use.FREELY),
        ("Der „Weg nach Bergen ist seit Montag gesperrt.", Use.IN_NEED),
        ("The road (to Bergen was closed on Monday.", Use.IN_NEED),
        ("He praised the crews of Bergen.", Use.AFTER_ITS_NEIGHBOUR),
        ("In his view the crews of Bergen did well.", Use.AFTER_ITS_NEIGHBOUR),
        ("In the end the crews of Bergen left.", Use.FREELY),
        ("“The crews of Bergen did well.”", Use.IN_NEED),
        ("“The crews of Bergen did well,” Ann Lee said.", Use.FREELY),
        ("' There 's no other way to look at it .", Use.IN_NEED),
        ("'Bergen's crews did well,' Ann Lee said.", Use.FREELY),
        ("道路自周一起封闭通行。", Use.FREELY),
        ("会议要点", Use.IN_NEED),
    ],
)
def test_what_a_sentence_is_good_for(sentence: str, expected: Use) -> None:
    assert use(sentence, 3, "Road to Bergen closed", "en") is expected


def test_the_first_sentence_has_no_neighbour_to_wait_for() -> None:
    assert use("He closed the road to Bergen.", 0, "", "en") is Use.FREELY


# ---------------------------------------------------------------- counts

HURT = "An explosion left 12 people hurt on 3 May 2024."


@pytest.mark.parametrize(
    ("other", "language", "differs"),
    [
        ("At least 20 people were injured in the explosion.", "en", True),
        ("Twenty people were wounded.", "en", True),
        ("12 people were injured.", "en", False),
        ("At least 20 people were killed in the explosion.", "en", False),
        ("The shop is 20 years old.", "en", False),
        ("There were 12 injured, and 20 wounded went home.", "en", False),
        ("They say 20 were injured.", "en", False),
        ("Nobody was there.", "en", False),
    ],
)
def test_only_another_figure_for_the_same_thing_differs(other: str, language: str, differs: bool) -> None:
    pool = candidates(["It was early.", other], "", language)
    assert (differing(HURT, pool, language) is not None) is differs


def test_things_without_a_group_are_told_by_their_words() -> None:
    ours = "The storm destroyed 40 fishing boats in the harbour."
    assert differing(ours, candidates(["Some 55 fishing boats in the harbour sank."], "", "en"), "en")
    assert not differing(ours, candidates(["Some 55 fishing companies from Norway came."], "", "en"), "en")


def test_a_sentence_that_counts_nothing_differs_from_nothing() -> None:
    assert differing("It was early.", candidates([HURT], "", "en"), "en") is None
    assert counts("It happened on 3 May 2024.", "en") == []
    assert counts("The flat is number 12.", "en") == []


def test_counts_differ_in_a_script_without_spaces() -> None:
    pool = candidates(["至少20人受伤，原因不明。"], "", "zh")
    assert differing("爆炸造成12人受伤。", pool, "zh") is pool[0]


# ---------------------------------------------------------------- worth and words


def test_a_sentence_said_before_adds_no_worth() -> None:
    one, again, other = measure(
        ["A fire hit the mill.", "A fire hit the mill.", "Rain fell in Kyiv."], "", "en"
    )
    worth = Worth(typical=20)
    assert worth.known(one) == 0
    worth.add(one)
    assert worth.known(again) == pytest.approx(1)
    assert worth.with_(other) > worth.with_(again)
    assert worth.known(measure(["…"], "", "en")[0]) == 1


def test_a_word_of_the_title_is_likelier() -> None:
    (plain,), (titled,) = (measure(["Mill burns."], title, "en") for title in ("", "The mill"))
    assert titled.shares["mill"] > plain.shares["mill"]
    assert titled.shares["burns"] == plain.shares["burns"]


def test_weights_favour_what_is_frequent_and_early() -> None:
    for kind in weights():
        assert kind.log_odds(3, 0, 0.0) > kind.log_odds(1, 0, 0.0) > kind.log_odds(1, 20, 0.0)


def test_words_without_content_are_known_in_every_script() -> None:
    assert content("The mill in Leeds", "en") == {"mill", "leeds"}
    assert is_stop("です", "ja")
    assert is_stop("в", "ru")
    assert not is_stop("地震", "ja")


def test_a_language_without_a_table_still_knows_english_furniture() -> None:
    known = phrases("xx")
    assert known.opening_furniture.match("Leave a comment")
    assert not known.opening_link.match("However, it rained.")
    assert not known.person
    assert phrases("pt-BR") == phrases("pt-BR")


def test_marks_stay_inside_words() -> None:
    assert words("हिन्दी में") == ["हिन्दी", "में"]
    assert words("Ab 12,5 c-d") == ["ab", "12,5", "c-d"]
    assert words("東京A") == ["東京", "a"]
    assert cjk_characters("東京A") == 2
    assert has_cjk("東")


def test_a_sources_later_figure_is_not_set_against_its_earlier_one() -> None:
    def report(number: int, source: str, dead: int) -> Article:
        text = f"The storm killed {dead} people in the harbour on Monday."
        return Article(
            id=number, source_id=number, site=source, title="Storm", language="en",
            paragraphs=(text,), sentences=(text,),
        )  # fmt: skip

    def told(other: str) -> str:
        brief = write_brief(BriefRequest(articles=(report(1, "A", 12), report(2, other, 19))))
        assert isinstance(brief, Brief)
        return brief.text

    assert "A: The storm killed 12" in told("B")
    assert "A:" not in told("A")
