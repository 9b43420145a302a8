"""Safe cuts, and the cuts that are refused because they would change a fact."""

from __future__ import annotations

import pytest

from digests.brief.extractive.shorten import clip, shorter, tidy
from digests.text.words import Room

WORDS = Room(3, 80, characters=False)
CHARACTERS = Room(3, 160, characters=True)


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("en", "However, the  road\nstayed open.", "The road stayed open."),
        (
            "en",
            "However hard they tried, the road stayed open.",
            "However hard they tried, the road stayed open.",
        ),
        ("en", "But for the rain, all would be lost.", "But for the rain, all would be lost."),
        ("en", "But the road stayed open.", "The road stayed open."),
        ("en", "LONDON, Nov 8 (Herald) - The road stayed open.", "The road stayed open."),
        ("en", "NEW YORK — The road stayed open.", "The road stayed open."),
        ("en", "The mayor — a doctor — spoke.", "The mayor — a doctor — spoke."),
        ("de", "Doch die Straße blieb offen.", "Die Straße blieb offen."),
        ("zh", "汇通社北京11月8日电（记者王芳）道路畅通。", "道路畅通。"),
        ("zh", "本报讯 道路畅通。", "道路畅通。"),
        ("ja", "【パリ時事】道路は通行できる。", "道路は通行できる。"),
        ("ko", "(서울=한빛통신) 김철수 기자 = 도로는 열려 있다.", "도로는 열려 있다."),
        ("en", "The Red Cross (a charity) sent tents to Izmir.", "The Red Cross sent tents to Izmir."),
        ("en", "The Port Office (PO) sent tents to Izmir.", "The Port Office (PO) sent tents to Izmir."),
        ("xx", "However, the road stayed open.", "However, the road stayed open."),
        ("en", "However,", "However,"),
    ],
)
def test_tidy_drops_datelines_and_links(language: str, sentence: str, expected: str) -> None:
    assert tidy(sentence, language) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        (
            "en",
            "Two bridges on the coast road were closed to lorries, police said on Monday.",
            "Two bridges on the coast road were closed to lorries.",
        ),
        (
            "de",
            "Die beiden Brücken an der Küste sind für Lastwagen gesperrt, sagte der Bürgermeister.",
            "Die beiden Brücken an der Küste sind für Lastwagen gesperrt.",
        ),
        (
            "en",
            "Ann Lee, mayor of Leeds and head of the council, opened the bridge.",
            "Ann Lee opened the bridge.",
        ),
        (
            "en",
            "The council of Leeds will open the new bridge in May, which the region has long wanted.",
            "The council of Leeds will open the new bridge in May.",
        ),
        (
            "en",
            "The council of Leeds will open the new bridge in May; the old one stays.",
            "The council of Leeds will open the new bridge in May.",
        ),
        (
            "zh",
            "市政府将于五月开放新的跨海大桥供车辆通行；旧桥保留。",
            "市政府将于五月开放新的跨海大桥供车辆通行。",
        ),
        (
            "en",
            "The council of Leeds will open the new bridge in May , while traffic grows .",
            "The council of Leeds will open the new bridge in May .",
        ),
    ],
)
def test_a_safe_cut_leaves_a_whole_sentence(language: str, sentence: str, expected: str) -> None:
    forms = shorter(sentence, language)
    assert forms[0] == sentence
    assert forms[-1] == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The driver (not the owner) was held."),
        ("en", "The driver (allegedly drunk) was held."),
        ("en", "The driver (aged 41) was held."),
        ("en", "The driver (one of two) was held."),
        ("en", "The driver (who isn't named) was held."),
        ("zh", "司机（未成年）被捕。"),
        ("en", "In a statement released after the long meeting in Paris, the company said it would close."),
        ("en", "The company, which makes small cars in the north of the country, said it would close."),
        ("en", "Two bridges on the coast road were closed to lorries, police reportedly said."),
        ("en", "“Two bridges on the coast road were closed to lorries,” police said."),
        ("en", "Anna Kim, Ben Lee, and three others of the club were hurt."),
        ("en", "Anna Kim, Ben Lee, were hurt."),
        ("en", "Anna Kim, mayor of Leeds, opened the bridge, the longest in the north."),
        ("en", "Anna Kim, mayor of Leeds, head of the council, opened the bridge."),
        ("en", "Anna Kim, on Monday, opened the bridge."),
        ("en", "Anna Kim, 41, of Leeds, was hurt."),
        ("en", "The council of Leeds will open the new bridge in May, unless the river rises."),
        ("en", "The council of Leeds will open the new bridge in May; it will not be free."),
        ("en", "The bridge opens, while traffic grows."),
        (
            "es",
            "Tras la larga reunión de ayer con los alcaldes de la costa, anunció la dimisión del ministro.",
        ),
    ],
)
def test_what_bears_on_the_facts_stays(language: str, sentence: str) -> None:
    assert shorter(tidy(sentence, language), language) == (sentence,)


def test_of_several_titles_the_first_stays_longest() -> None:
    assert shorter(
        "Ann Lee, Mayor of Leeds, Head of the Port and Keeper of the Bell, opened the bridge.", "en"
    ) == (
        "Ann Lee, Mayor of Leeds, Head of the Port and Keeper of the Bell, opened the bridge.",
        "Ann Lee, Mayor of Leeds, opened the bridge.",
        "Ann Lee opened the bridge.",
    )


def test_a_clip_ends_at_a_break_where_one_is_near_and_never_inside_a_word_or_figure() -> None:
    text = "The council of Leeds met on Monday, and then it voted on the bridge."
    assert clip(text, WORDS, 80) == text
    assert clip(text, WORDS, 8) == "The council of Leeds met on Monday…"
    assert clip(text, WORDS, 5) == "The council of Leeds met…"
    assert clip(text, WORDS, 0) == ""
    assert clip("市议会批准了1200万元预算", CHARACTERS, 10) == "市议会批准了…"
    assert clip("市议会批准了预算，明年动工", CHARACTERS, 11) == "市议会批准了预算…"
    assert clip("市议会批准了预算", CHARACTERS, 0) == ""


def test_parentheses_that_serve_as_quotation_marks_stay() -> None:
    exhibition = "افتتح الوزير معرض (خير الأنام) في الكويت."
    assert tidy(exhibition, "ar") == exhibition


def test_a_clause_that_is_empty_between_its_marks_is_no_clause() -> None:
    assert shorter("Le maire a annoncé lundi la fermeture du pont de la ville, , qui", "fr")
    assert tidy("Le pont (   ) est fermé.", "fr")
