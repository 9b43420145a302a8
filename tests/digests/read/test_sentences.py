"""Splitting: the hard dots of each language, and what must hold for any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.text.sentences import split_sentences

# "|" marks where a sentence ends.
TABLE = [
    ("en", "Dr. Smith paid $3.5 million to J. P. Morgan Inc. on Jan. 5.|He left at 5 p.m.|The rest is No. 5 on Main St. Louis Ave."),  # noqa: E501
    ("en", "The U.S. Army said no.|It is big in the U.S.|He agreed.|\"Why?\" asked Tom.|“I will go.”|She left… and came back."),
    ("en", "1. The first point stands.|2. The second does too."),
    ("en", "It ended.|The next began.|See v2.Beta here!|Really?!|Yes."),
    ("zh", "他说：“我来了。”|然后离开了。|今天下雨！|真的吗？|是的"),
    ("ja", "「行く。帰る。」と彼は言った。|雨です。|「はい。」、と答えた。|「彼は『行く。』と言った。」と母。"),
    ("ko", '그는 "간다."고 말했다.|비가 온다.|3.5%였다.'),
    ("es", "El Sr. Pérez vive en EE. UU. desde 1999.|¿Por qué?|¡No sé!|La pág. 5 lo dice."),
    ("fr", "« Je pars. »|Il est parti.|M. Dupont arrive à 8 h.|Mme Kerran aussi."),
    ("de", "Am 3. Oktober kam Dr. Müller, z. B. mit 3,5 Mio. Euro.|Er ging am 4.|Der Rest blieb."),
    ("pt", "O Sr. Silva e a Sra. Costa saíram.|Não há feridos.|Custou R$ 3,50."),
    ("it", "Il sig. Rossi ha 3,5 milioni.|La dott.ssa Bianchi no."),
    ("ru", "А. С. Пушкин родился в 1799 г. в Москве.|Он писал и т. д.|Это ул. Ленина."),
    ("uk", "Ремонт коштував 96 млн грн.|У школі є укриття.|Це вул. Шевченка."),
    ("ar", "قال د. أحمد إنه وصل.|هل تعلم؟|نعم."),
    ("hi", "यह पहला वाक्य है।|यह दूसरा है?|डॉ. राव आए।"),
    ("tr", "Prof. Dr. Ali 3. Lig maçında geldi.|O gitti."),
    ("id", "Bupati Ir. Bagas datang.|Ia pergi pukul 10.30 pagi."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "marked"), TABLE)
def test_table(language: str, marked: str) -> None:
    expected = marked.split("|")
    joiner = "" if language in ("zh", "ja") else " "
    assert split_sentences(joiner.join(expected), language) == expected


def test_a_lost_space_between_sentences_is_found() -> None:
    assert split_sentences("The vote ended.The council left.") == ["The vote ended.", "The council left."]


def test_danda_needs_no_space() -> None:
    assert split_sentences("यह है।वह है॥और") == ["यह है।", "वह है॥", "और"]
    assert split_sentences("ዝናብ ዘነበ። ወንዙ ሞላ።") == ["ዝናብ ዘነበ።", "ወንዙ ሞላ።"]
    assert split_sentences("မိုးရွာသည်။ မြစ်ရေတက်သည်။") == ["မိုးရွာသည်။", "မြစ်ရေတက်သည်။"]


def test_blank_lines_end_sentences_and_single_breaks_do_not() -> None:
    assert split_sentences("A headline\n\nA line\nthat goes on.") == ["A headline", "A line that goes on."]


def test_a_long_quotation_is_cut_inside_and_an_unclosed_one_holds_nothing_up() -> None:
    assert len(split_sentences("「" + "雨です。" * 60 + "」")) > 1
    assert split_sentences("「" + "雨" * 200 + "。「雪。」」晴。") == [
        "「" + "雨" * 200 + "。",
        "「雪。」」",
        "晴。",
    ]
    assert split_sentences("」雨。雪。") == ["」雨。", "雪。"]


def test_nothing_gives_nothing() -> None:
    assert split_sentences("") == split_sentences(" \n\n ") == []


@given(
    st.text(alphabet=st.sampled_from(list('aZé .!?…。！」「”"»।؟3\n\u3000 د、и')), max_size=200),
    st.sampled_from(["und", "de", "ja"]),
)
def test_no_character_is_lost(text: str, language: str) -> None:
    sentences = split_sentences(text, language)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() and sentence for sentence in sentences)


@given(st.text(max_size=300))
def test_no_character_of_any_text_is_lost(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
