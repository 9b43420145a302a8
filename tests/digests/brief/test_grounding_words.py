"""Names, quotations, negations, causes, links: the gate's single questions."""

from __future__ import annotations

import pytest

from digests.brief.grounding.alignment import Defects, defects, score
from digests.brief.grounding.causal_claims import invented_cause
from digests.brief.grounding.names import missing_names, swapped_names
from digests.brief.grounding.negation import turned
from digests.brief.grounding.quotes import altered_quote, foreign_link
from digests.text.languages import lexicon
from digests.text.tokens import alike, clean, coverage, hidden, same_name, tokens


@pytest.mark.parametrize(
    ("language", "claim", "source", "missing"),
    [
        ("en", "The French president left.", "France's president left.", []),
        ("en", "The UN left.", "The United Nations left.", []),
        ("en", "Prime Minister Ito left.", "Ito, the prime minister, left.", []),
        ("en", "Officials left.", "They left.", []),
        ("en", "Gunsmiths left Oslo.", "A gunsmith left Oslo.", []),
        ("en", "Gunsmiths left Oslo.", "They left Oslo.", ["Gunsmiths"]),
        ("en", "Bush left.", "Lund left.", ["Bush"]),
        ("en", "He met Ana Soto.", "He met Ana Ruiz and Eva Soto.", ["Ana Soto"]),
        ("en", "He met A. Ruiz and I left.", "He met Ana Ruiz.", []),
        ("en", "O'Neill spoke to McKay.", "McKay and O'Neill spoke.", []),
        ("de", "Die Polizei nahm den Täter fest.", "Der Mann wurde von der Polizei festgenommen.", []),
        ("de", "Sie traf Brandt in Bonn.", "Sie traf Ulbricht in Bonn.", ["Brandt"]),
        ("de", "Sie traf Willy Brandt in Bonn.", "Sie traf Willy in Bonn.", ["Brandt"]),
        ("zh", "王强宣布", "某人宣布", ["王强"]),
        ("ru", "Он встретил Иванова.", "Иванов был там.", []),
        ("ru", "Он встретил Петренко.", "Петров был там.", ["Петренко"]),
        ("id", "Presidennya Sukarnonya", "Presiden Sukarno", []),
        ("ko", "김민수 대통령은 떠났다", "박서준 대통령은 떠났다", ["김민수"]),
        ("ko", "서울은 크다", "서울이 크다", []),
        ("ko", "민수가 집에서 떠났다 IBM", "민수는 집에 있다", ["IBM"]),
        ("ar", "قال الرئيس", "وقال رئيس", []),
        ("hi", "मंत्री वर्मा गए", "मंत्री शर्मा गए", ["वर्मा"]),
        ("zh", "特朗普说", "马克龙说", ["特朗普"]),
        ("zh", "李明指出问题", "李明解释问题", []),
        ("zh", "赵晓梅表示不裁员", "董事长刘晓梅表示不裁员", ["赵"]),
        ("zh", "长赵晓梅表示不裁员", "董事长刘晓梅表示不裁员", ["赵"]),
        ("zh", "他在北京开会", "他在上海开会", ["北京"]),
        ("zh", "他在北京", "他在上海", []),
        ("ja", "ロンドンで会議", "パリで会議", ["ロンドン"]),
        ("ja", "山", "川", []),
    ],
)
def test_names_the_source_does_not_hold(language: str, claim: str, source: str, missing: list[str]) -> None:
    assert missing_names(claim, source, language) == missing


MAYOR = "Maria Okafor, the mayor, said on Monday that Quay Bridge would close for repairs in May."


@pytest.mark.parametrize(
    "name",
    [
        "Lindqvist",
        "Jones",
        "Boeing",
        "Paris",
        "Kelly",
        "Washington",
        "Clement",
        "Peters",
        "Beijing",
        "Williams",
        "Texas",
        "Savage",
        "Samsung",
        "Barbados",
        "Guinness",
        "Clemente",
        "Asunción",
    ],
)
@pytest.mark.parametrize("said", ["{} closed Quay Bridge.", "Repairs start: {} closed it.", "“{} closed it"])
def test_a_name_may_not_slip_in_as_a_sentences_first_word(name: str, said: str) -> None:
    assert missing_names(said.format(name), MAYOR, "en") == [name]
    assert missing_names(f"{name} Closed Quay Bridge In May", MAYOR, "en", headline=True) == [name]


@pytest.mark.parametrize(
    "word",
    [
        "Officials",
        "Repairs",
        "Repairing",
        "Closing",
        "Drivers",
        "Councillors",
        "Renovation",
        "Suspensions",
        "Additionally",
        "Mayors",
    ],
)
def test_ordinary_words_may_open_a_sentence(word: str) -> None:
    assert missing_names(f"{word} affect Quay Bridge.", MAYOR, "en") == []
    assert missing_names("Räumungen und Schließungen folgten.", "Man wird räumen und schließen.", "de") == []


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("Strong Storms Hit Oslo Again", []),
        ("Strong Storms Hit Bergen Again", ["Bergen"]),
        ("Strong Wind Hit Oslo Again Hard", []),
    ],
)
def test_a_headline_in_capitals_names_only_what_stands_in_a_names_place(
    claim: str, missing: list[str]
) -> None:
    assert (
        missing_names(claim, "Strong storms Hit Oslo Again, officials said.", "en", headline=True) == missing
    )


@pytest.mark.parametrize(
    ("claim", "source", "name"),
    [
        ("Ana beat Eva", "Eva beat Ana", "Ana"),
        ("Ana beat Eva", "Ana beat Eva", None),
        ("Ana was beaten by Eva", "Eva beat Ana", None),
        ("Ana beat them", "Eva beat Ana", "Ana"),
        ("Ana beat them", "They beat Ana", None),
        ("the beat of Ana", "Ana beat it, beat it", None),
        ("阿娜", "阿娜", None),
    ],
)
def test_names_that_changed_sides(claim: str, source: str, name: str | None) -> None:
    assert swapped_names(claim, source, "en") == name


@pytest.mark.parametrize(
    ("claim", "source", "quote"),
    [
        ("He said “we won”.", "“We won,” he said.", None),
        ("He said 'we won'.", '"We won," he said.', None),
        ("He said “we … won”.", "“We have won,” he said.", None),
        ("He said “we [the team] won”.", "“We won,” he said.", None),
        ("He said “we won … today”.", "Today he said: “We won.”", "we won … today"),
        ("He said “we lost", "“We won,” he said.", "we lost"),
        ("彼は「勝った」と言った", "「勝った」", None),
        ("彼は『負けた』と言った", "「勝った」", "負けた"),
    ],
)
def test_quotations_stand_letter_for_letter(claim: str, source: str, quote: str | None) -> None:
    assert altered_quote(claim, source) == quote


@pytest.mark.parametrize(
    ("claim", "source", "link"),
    [
        ("See https://news.example/a", "nothing", None),
        ("See www.news.example", "nothing", None),
        ("See https://evil.example/a", "https://evil.example/a", "https://evil.example/a"),
        ("See t.me/evil", "t.me/evil", "t.me/evil"),
        ("[click](javascript:alert(1))", "", "](javascript:alert(1))"),
        ("Ping <@123>", "<@123>", "<@123>"),
        ("Shop at booking.example", "booking.example grew", None),
        ("Shop at evil.example", "nothing", "evil.example"),
        ("Ask @nasa", "it said, wrote @nasa", None),
        ("Ask @evil", "nothing", "@evil"),
        ("Ask @everyone", "@everyone", "@everyone"),
        ("Mail a@b.example", "nothing", "a@b.example"),
        ("http://[bad", "", "http://[bad"),
    ],
)
def test_links_and_mentions_are_the_articles_own(claim: str, source: str, link: str | None) -> None:
    found = foreign_link(claim, source, frozenset({"news.example"}))
    assert (found is None) if link is None else (found is not None and found in {link, link.split("@")[-1]})


@pytest.mark.parametrize(
    ("language", "claim", "source", "word"),
    [
        ("en", "They voted.", "They did not vote.", "voted"),
        ("en", "They did not vote.", "They voted.", "vote"),
        ("en", "They didn't immediately vote.", "They did not immediately vote.", None),
        ("en", "They did not vote.", "They refused to vote.", None),
        ("en", "Nobody was hurt.", "Everyone escaped unharmed.", None),
        ("en", "Not only Ana sang.", "Ana sang.", None),
        ("en", "Ana sang.", "Not only Ana sang.", None),
        ("en", "He refused to vote.", "He did not vote.", None),
        ("en", "Ana won in Oslo.", "Ana won in Oslo.\nEva never won in Oslo.", None),
        ("en", "No, he won.", "He won.", None),
        ("en", "They trained the drivers.", "They failed to train the drivers.", "trained"),
        ("en", "They did not train the drivers.", "They failed to train the drivers.", None),
        ("ru", "Никто не пострадал.", "Пострадавших нет.", None),
        ("ru", "Губернатор объявляет режим.", "Губернатор отказался объявлять режим.", "объявляет"),
        ("en", "They will never dance.", "They sang.", "dance"),
        ("tr", "Kapı açıldı.", "Kapı açılmadı.", "açıldı"),
        ("ko", "시장은 반대 없이 통과했다", "시장은 거부했다", None),
        ("zh", "他批准计划", "他没有批准计划", "批准"),
        ("zh", "他没有批准计划", "他批准计划", "批准"),
        ("ja", "承認した", "承認しなかった", "承認"),
    ],
)
def test_negations_neither_dropped_nor_added(
    language: str, claim: str, source: str, word: str | None
) -> None:
    assert turned(claim, source, language) == word


@pytest.mark.parametrize(
    ("language", "claim", "source", "cause"),
    [
        ("en", "It closed because of rain.", "It closed because of heavy rain.", None),
        ("en", "It closed because of snow.", "It closed because of rain.", "of snow"),
        ("en", "It closed because of rain.", "It rained. It closed.", "of rain"),
        ("en", "It closed because.", "It closed.", None),
        ("en", "It closed after a fire.", "It closed.", "a fire"),
        ("en", "It closed after the fire.", "The fire came first. It closed.", None),
        ("en", "The report is due on Monday.", "The report comes on Monday.", None),
        ("tr", "Okul yangın nedeniyle kapandı.", "Okul kapandı.", "okul yangın"),
        ("zh", "由于下雨，学校关闭。", "学校关闭。", "下雨"),
        ("zh", "大火导致学校关闭。", "学校关闭。", "大火"),
    ],
)
def test_causes_are_the_sources_own(language: str, claim: str, source: str, cause: str | None) -> None:
    assert invented_cause(claim, source, language) == cause


def test_words_that_are_forms_of_one() -> None:
    assert alike("voted", "vote")
    assert alike("الوزارة", "وزارة")
    assert not alike("2024", "2025")
    assert alike("공사비는", "공사비가")
    assert not same_name("", "x")
    assert not same_name("g20", "g7")
    assert same_name("الخطيب", "والخطيب")


def test_clean_gives_one_spelling() -> None:
    assert clean("a\u200bb\u2019s ١٢ ４") == "ab's 12 4"
    assert clean("plain") == "plain"
    assert hidden("a\u202eb")
    assert [t.text for t in tokens("Ana's İzmir's")] == ["Ana", "İzmir"]
    assert [t.capital for t in tokens("Ana iPhone x")] == [True, True, False]


def test_coverage_counts_known_content_words() -> None:
    assert coverage("the of and", "anything", "en") == 1.0
    assert coverage("Dogs bark", "A dog sleeps", "en") == 0.5
    assert coverage("学校关闭", "学校开门", "zh") == pytest.approx(1 / 3)


def test_a_language_without_a_table_is_read_as_english() -> None:
    assert lexicon("xx").numbers == lexicon("en").numbers
    assert lexicon("pt-BR").numbers["dois"] == 2


SENTENCE = "The council opened the new bridge on Monday, but the mayor, who had a cold, stayed at home with her two dogs."


def test_the_sources_own_words_score_highest_and_wrong_joins_lower() -> None:
    own = score(SENTENCE, "The council opened the new bridge on Monday.")
    joined = score(SENTENCE, "The council opened the new bridge with her two dogs.")
    invented = score(SENTENCE, "The council sold three old ships.")
    assert 1 >= own > joined > invented >= 0
    assert score(SENTENCE, " ") == 0.0
    assert score(SENTENCE, "…") <= 1.0


def test_each_defect_is_seen() -> None:
    good = defects(SENTENCE, "The council opened the new bridge")
    assert good.unlinked == good.branches == good.leaps == good.ragged == good.numbers == 0
    assert defects(SENTENCE, "The council opened the new bridge with dogs").branches == 1
    assert defects(SENTENCE, "The council opened the new bridge with dogs").leaps == 1
    assert defects(SENTENCE, "The council opened the").ragged == 1
    assert defects(SENTENCE, "her three dogs").numbers == 1
    assert defects(SENTENCE, "dogs council").unlinked == 1
    assert defects(SENTENCE, "dogs dogs").thin > defects(SENTENCE, "two dogs").thin
    assert defects(SENTENCE, "open bridge").thin < defects(SENTENCE, "sold bridge").thin
    assert defects("the dogs", "the the dogs").thin > defects("the dogs", "the dogs").thin
    assert isinstance(defects("", ""), Defects)
