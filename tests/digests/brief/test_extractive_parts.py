"""The parts of the extractive summarizer: furniture, counts that differ, worth."""

from __future__ import annotations

import pytest

from digests.brief.extractive.boilerplate import Use, inside_quotations, use
from digests.brief.extractive.phrases import phrases
from digests.brief.extractive.sentence_selection import Chosen, Selection, candidates, facts, measure, weights
from digests.brief.extractive.shorten import tidy
from digests.brief.extractive.summarizer import counts, differing, write_brief
from digests.model import Article, Brief, BriefRequest
from digests.text.stems import content, is_stop
from digests.text.words import Room, cjk_characters, has_cjk, words


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The road to Bergen was closed on Monday.", Use.FREELY),
        ("Home » News » The road to Bergen was closed", Use.NEVER),
        ("News | Weather | The road to Bergen.", Use.NEVER),
        ("Leave a comment", Use.NEVER),
        ("Write to desk@paper.example for more.", Use.NEVER),
        ("—", Use.NEVER),
        ('A film of Bergen. {"@type": "Review", "rating": "2"}', Use.NEVER),
        ("– We closed the road to Bergen for a day.", Use.IN_NEED),
        ("– We closed the road to Bergen for a day, Ann Lee said.", Use.FREELY),
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
        ("인류의 소망담아.", Use.IN_NEED),
        ("정부는 23일 새 과제를 발표했다.", Use.FREELY),
    ],
)
def test_what_a_sentence_is_good_for(sentence: str, expected: Use) -> None:
    assert use(sentence, 3, "Road to Bergen closed", "en") is expected


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("The maker, Keyline, denies that.", "en"),
        ("Every euro can be traced, she said, and the fair was paid for by sponsors.", "en"),
        ("The next day the road to Bergen was closed.", "en"),
        ("Der Hersteller bestreitet das.", "de"),
        ("Selon lui, les échantillons ont été gâtés par la chaleur.", "fr"),
        ("当天，法院驳回了全部三项上诉请求。", "zh"),
    ],
)
def test_a_sentence_that_hangs_on_another_waits_for_it(sentence: str, language: str) -> None:
    assert use(sentence, 3, "", language) is Use.AFTER_ITS_NEIGHBOUR


@pytest.mark.parametrize(
    ("sentences", "inside"),
    [
        (['"I saw it.', "The mayor took the money.", 'We will sue," Ann Lee said.', "It rained."], {1}),
        (["„Ich sah es.", "Er nahm das Geld.", "Wir klagen“, sagte Anna Bell.", "Es regnete."], {1}),
        (["« Je l'ai vu.", "Il a pris l'argent.", "Nous irons », dit-elle.", "Il pleut."], {1}),
        (["»Ich sah es.", "Er nahm das Geld.", "Wir klagen«, sagte sie.", "Es regnete."], {1}),
        (
            ['She said: "I saw it.', "He took it.", '"He spent it.', "All of it.", 'We will sue."', "Ok."],
            {1, 3},
        ),
        (['A " mark.', *["The road is closed."] * 9, 'Another " mark.'], set()),
        (['"A stray mark.', *["The road is closed."] * 9, 'Another mark."'], set()),
        (["「私は見た。", "市長が取った。", "訴える」と述べた。"], {1}),
        (['"I saw it," Ann Lee said.', "The mayor denies it."], set()),
    ],
)
def test_what_stands_inside_a_quotation_is_known_by_the_marks_around(
    sentences: list[str], inside: set[int]
) -> None:
    assert inside_quotations(sentences) == inside
    assert all(candidates(sentences, "", "en")[place].use is Use.NEVER for place in inside)


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
    assert (differing(HURT, (), pool, language) is not None) is differs


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ([], ["Twenty people were injured, including two children."]),  # a part is no other figure
        ([], ["Twenty people were injured.", "By noon 12 people were hurt."]),  # the other gives ours too
        (["In all, 20 people were injured on Friday and Saturday."], ["Twenty people were wounded."]),
    ],
)
def test_a_part_against_a_total_is_no_difference(own: list[str], other: list[str]) -> None:
    ours, theirs = candidates([HURT, *own], "", "en"), candidates(other, "", "en")
    assert differing(HURT, ours, theirs, "en") is None


def test_things_without_a_group_are_told_by_their_words() -> None:
    ours = "The storm destroyed 40 fishing boats in the harbour."
    assert differing(ours, (), candidates(["Some 55 fishing boats in the harbour sank."], "", "en"), "en")
    assert not differing(
        ours, (), candidates(["Some 55 fishing companies from Norway came."], "", "en"), "en"
    )


def test_a_sentence_that_counts_nothing_differs_from_nothing() -> None:
    assert differing("It was early.", (), candidates([HURT], "", "en"), "en") is None
    assert counts("It happened on 3 May 2024.", "en") == []
    assert counts("The flat is number 12.", "en") == []


def test_counts_differ_in_a_script_without_spaces() -> None:
    pool = candidates(["至少20人受伤，原因不明。"], "", "zh")
    assert differing("爆炸造成12人受伤。", (), pool, "zh") is pool[0]


# ---------------------------------------------------------------- worth and words


def test_a_name_needs_a_sentence_that_says_whose_it_is() -> None:
    text = (
        "A jury in Norwich found the county's former treasurer guilty of fraud on Monday.",
        "The court heard how Dana Ortwin, 52, moved money through accounts of friends.",
        "Friends of Dana Ortwin and Milo Pell wept.",
        "Ortwin will be sentenced on Friday.",
        "Nobody and Pell were surprised.",
        "Holt leads the court.",
    )
    empty = Selection(Room(3, 80, characters=False), "en")
    told = candidates(text, "", "en")
    assert [empty.ready(one) for one in told] == [True, True, True, False, False, True]
    for introducing, ready in ((0, False), (1, True), (2, True)):
        assert empty.adding(Chosen(told[introducing], text[introducing])).ready(told[3]) is ready
    assert empty.ready(candidates(text, "Ortwin guilty", "en")[3])


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Mayor to quit | The mayor of Bergen will quit in May.", "The mayor of Bergen will quit in May."),
        ("News | Weather | The road to Bergen is closed.", "News | Weather | The road to Bergen is closed."),
        (
            "The mayor will quit. | The mayor of Bergen said so.",
            "The mayor will quit. | The mayor of Bergen said so.",
        ),
        ("The mayor of Bergen will quit | The Herald", "The mayor of Bergen will quit | The Herald"),
    ],
)
def test_a_headline_before_a_bar_is_none_of_the_sentence(sentence: str, left: str) -> None:
    assert tidy(sentence, "en") == left


def test_a_sentence_said_before_is_not_ready_to_be_said_again() -> None:
    one, again, other = candidates(
        ["A fire hit the mill in Leeds.", "In Leeds a fire hit the mill.", "Rain fell on all of Kyiv."],
        "", "en",
    )  # fmt: skip
    told = Selection(Room(3, 80, False), "en").adding(Chosen(one, one.text))
    assert not told.ready(one)
    assert not told.ready(again)
    assert told.ready(other)
    assert told.adding(Chosen(other, other.text)).worth > told.worth > Selection(told.room, "en").worth


def test_a_word_of_the_title_is_likelier() -> None:
    ((plain,),), ((titled,),) = (
        measure([["Mill burns down."]], title, "en") for title in ("A barn", "The mill")
    )
    assert titled.shares["mill"] > plain.shares["mill"]
    assert titled.shares["burns"] == plain.shares["burns"]


def test_a_word_that_several_articles_hold_is_likelier() -> None:
    of_two, _ = measure([["Mill burns."], ["Mill stands."]], "", "en")
    assert of_two[0].shares["mill"] > of_two[0].shares["burns"]


def test_weights_favour_what_is_frequent_and_early() -> None:
    def odds(sentences: int, first: int, *, titled: bool = False) -> float:
        found = facts(sentences, first, 20, stop=False, titled=titled, has_title=True)
        return sum(map(float.__mul__, weights(), found))

    assert odds(3, 0) > odds(1, 0) > odds(1, 15)
    assert odds(1, 0, titled=True) > odds(1, 0)


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
    assert words("ভারী বর্ষণে") == ["ভারী", "বর্ষণে"]
    assert words("東京A") == ["東京", "a"]
    assert words("กรุงเทพ A") == ["กร", "รุ", "ุง", "งเ", "เท", "ทพ", "a"]
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
