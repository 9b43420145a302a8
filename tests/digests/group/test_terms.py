import pytest

from digests.group.terms import FIGURE, KEY, NAME, TITLE, names, numbers, opening, stems, terms_of


def test_stems_are_the_beginnings_of_words_that_carry_content_and_whole_numbers() -> None:
    assert stems("The ministers of the 1,000,000 banks", "en") == ["minist", "1,000,000", "banks"]


def test_numbers_stay_as_written() -> None:
    assert numbers("A 6.1 quake at 07:45, 3-1, 12,000 homes") == ["6.1", "07:45", "3-1", "12,000"]
    assert numbers("地铁三号线设二十二座车站，统一票价") == ["三", "二十二"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Police said that Ana Berger left Arvenna.", "en", ["ana", "berger", "arvenn"]),
        ("Der Richter hörte Ana Berger im Saal.", "de", ["richte", "ana", "berger"]),
        ("W sprawie Łukasza Żurka orzekał sąd.", "pl", ["łukasz", "żurka"]),
        ("当局表示至少五人死亡。", "zh", []),
        ("قال مسؤولون إن خمسة أشخاص", "ar", []),
    ],
)
def test_names_are_capitals_inside_a_sentence(text: str, language: str, expected: list[str]) -> None:
    assert list(names(text, language)) == expected


def test_a_headline_alone_is_all_title() -> None:
    found = terms_of("Ferry runs aground", "", "en")
    assert found.counts == {"ferry": 1, "runs": 1, "agroun": 1}
    assert set(found.kinds.values()) == {TITLE}


def test_names_and_figures_at_the_top_tell_an_event_from_its_like() -> None:
    text = (
        "The ferry left Arvenna for Galdara at 07:45, said Ana Berger of the line. Forty of 52 people were hurt. "
        + "It was calm and there was little to be seen of it. " * 12
        + "The last such thing was in Ostervik, with 77 on board."
    )
    found = terms_of("Ferry runs aground", text, "en")
    assert found.counts["ferry"] == 2
    assert found.kinds["arvenn"] == NAME | KEY
    assert found.kinds["osterv"] == NAME
    assert found.kinds["52"] == found.kinds["07:45"] == FIGURE | KEY
    assert found.kinds["77"] == FIGURE
    assert found.kinds["ferry"] == TITLE
    assert found.kinds["people"] == 0


def test_the_head_of_a_text_stands_in_for_a_title() -> None:
    found = terms_of("", "昨天发生地震，五人死亡。" * 20, "zh")
    assert found.kinds["地震"] == TITLE
    assert terms_of("", "a" * 89 + "bc and more", "und").kinds["aaaaaa"] == TITLE


def test_the_opening_is_the_title_and_the_first_sentence() -> None:
    assert opening("Title", "It costs 3.5 million. More below.") == "Title\nIt costs 3.5 million."
    assert opening("题", "第一句。第二句。") == "题\n第一句。"
    assert opening("Title", "no end") == "Title\nno end"


def test_in_vietnamese_two_syllables_make_a_word() -> None:
    found = stems("Động đất ở Hà Nội", "vi")
    assert "động đất" in found
    assert "hà nội" in found
    assert "động" in found


def test_a_head_cut_within_a_word_adds_no_term() -> None:
    found = terms_of("", "word " * 17 + "extra" + "long is told", "en")
    assert set(found.counts) == set(found.kinds)
