"""The extractive summarizer: bounds, traces, lengths, several sources, languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from corruptions import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.brief.chain import extract_and_ground
from digests.brief.extractive.summarizer import EXCERPT_WARNING, ExtractiveSummarizer, write_brief
from digests.brief.grounding.check import Grounded, ground
from digests.model import (
    Article,
    Brief,
    BriefRequest,
    BriefSentence,
    Failure,
    FailureKind,
    SourceSentence,
)
from digests.read.extract import read_text
from digests.text.languages import Language, languages
from digests.text.sentences import split_sentences
from digests.text.words import Room, counts_characters, word_count

FILES = ("corruptions.toml", "corruptions_held_out.toml")
FIRE = (
    "A fire at a paper mill in Norwich injured 12 people on Monday evening.",
    "However, the cause of the fire is not yet known, said the county's chief fire officer, Rana Holt.",
    "He praised his crews.",
    "We must all work hard for a better and safer tomorrow.",
    "Around 80 firefighters from Norfolk and Suffolk needed four hours to put it out.",
    "The mill, which opened in 1911, employs 340 people in Norwich.",
    "Leave a comment",
)


def brief_of(*sentences: str, title: str = "", language: str = "en", **asked: Any) -> Brief:
    article = Article(title=title, sentences=sentences, language=language)
    brief = write_brief(BriefRequest(articles=(article,), **asked))
    assert isinstance(brief, Brief)
    return brief


async def test_the_summarizer_gives_a_traceable_brief_by_any_deadline() -> None:
    article = Article(title="Mill fire", sentences=FIRE, language="en")
    brief = await ExtractiveSummarizer().brief(BriefRequest(articles=(article,)), None)
    assert isinstance(brief, Brief)
    assert (brief.headline, brief.summarizer, brief.language) == ("Mill fire", "extractive", "en")
    assert tuple(s.text for s in brief.source_sentences) == FIRE
    assert all(sentence.support for sentence in brief.sentences)
    assert not ground(brief, (article,)).cuts


def test_facts_come_before_talk_and_furniture_in_the_order_of_the_article() -> None:
    brief = brief_of(*FIRE)
    supports = [sentence.support[0] for sentence in brief.sentences]
    assert supports == sorted(supports)
    assert supports[0] == 0
    assert not {2, 3, 6} & set(supports)


@pytest.mark.parametrize("sentences", [1, 3, 5])
def test_length_in_sentences_follows_the_request(sentences: int) -> None:
    text = (
        "Oslo sold 111 boats to Denmark in March.",
        "Two trains collided near Turin on Friday.",
        "Wheat costs 230 euros a tonne in Marseille.",
        "Four painters from Kyiv won a prize of 9,000 francs.",
    )
    assert 1 <= len(brief_of(*FIRE, *text, sentences=sentences, words=300).sentences) <= sentences
    assert len(brief_of(*FIRE, *text, sentences=sentences, words=300).sentences) == sentences


def test_no_sentences_asked_gives_the_headline_alone() -> None:
    brief = brief_of(*FIRE, title="Mill  fire ", sentences=0)
    assert (brief.headline, brief.sentences) == ("Mill fire", ())


def test_an_article_without_title_is_headed_by_its_best_sentence_clipped() -> None:
    assert brief_of(*FIRE).headline == FIRE[0]
    headline = brief_of("A " + "very " * 40 + "long report came out in Turin.").headline
    assert headline.endswith("…")
    assert word_count(headline) <= 16
    assert brief_of("Share: https://a.example", title="", sentences=0).headline == "Share: https://a.example"


def test_nothing_to_brief_is_a_failure() -> None:
    for articles in ((), (Article(),), (Article(sentences=(" ",)),)):
        failure = write_brief(BriefRequest(articles=articles))
        assert isinstance(failure, Failure)
        assert failure.kind is FailureKind.EMPTY
    only_furniture = Article(title="Mill fire", sentences=("Leave a comment", "…"))
    assert isinstance(write_brief(BriefRequest(articles=(only_furniture,))), Failure)


def test_paragraphs_serve_where_sentences_are_missing() -> None:
    article = Article(title="Mill fire", paragraphs=(FIRE[0],), language="en")
    brief = write_brief(BriefRequest(articles=(article,)))
    assert isinstance(brief, Brief)
    assert [s.text for s in brief.sentences] == [FIRE[0]]


def test_a_brief_that_rests_on_an_excerpt_says_so_once() -> None:
    articles = tuple(
        Article(sentences=FIRE, excerpt=True, warnings=("No date.",), language="en") for _ in "ab"
    )
    brief = write_brief(BriefRequest(articles=articles))
    assert isinstance(brief, Brief)
    assert brief.warnings == ("No date.", EXCERPT_WARNING)


def test_the_headline_is_not_said_again_where_there_is_more_to_say() -> None:
    title = "Fire at Norwich paper mill injures 12"
    brief = brief_of("Fire at Norwich paper mill injures 12.", *FIRE[1:], title=title)
    assert 0 not in {sentence.support[0] for sentence in brief.sentences}
    assert brief_of("Fire at Norwich paper mill injures 12.", title=title).sentences


def test_the_same_thing_is_not_said_twice() -> None:
    again = "On Monday evening 12 people were injured in a fire at a paper mill in Norwich."
    brief = brief_of(FIRE[0], again, FIRE[4], FIRE[5])
    assert len({0, 1} & {sentence.support[0] for sentence in brief.sentences}) == 1


def test_a_pronoun_needs_the_sentence_that_names_it() -> None:
    man = "Marek Nowak, 41, of Gdansk crossed the Baltic Sea alone in a rowing boat."
    text = (
        man,
        "He rowed 540 kilometres in 19 days and lost 12 kilograms.",
        "The weather in Gdansk was calm.",
    )
    for sentences in (1, 2, 3):
        supports = {s.support[0] for s in brief_of(*text, sentences=sentences).sentences}
        assert 1 not in supports or 0 in supports


# ---------------------------------------------------------------- bounds

SENTENCES = st.lists(st.text(alphabet="aB9 ,.;(“”)é中文。，한글", min_size=0, max_size=120), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    SENTENCES,
    st.integers(0, 5),
    st.integers(0, 30),
    st.integers(0, 60),
    st.sampled_from(["en", "zh", "ko", "und"]),
)
@pytest.mark.slow
def test_bounds_hold_whatever_the_text(
    sentences: list[str], count: int, words: int, characters: int, language: str
) -> None:
    article = Article(title="T", sentences=tuple(sentences), language=language)
    request = BriefRequest(articles=(article,), sentences=count, words=words, characters=characters)
    brief = write_brief(request)
    if isinstance(brief, Failure):
        return
    room = Room.asked(request, " ".join(sentences[:20]))
    assert len(brief.sentences) <= count
    assert room.size(brief.text) <= room.limit or not brief.sentences
    for sentence in brief.sentences:
        assert sentence.text.strip()
        assert all(0 <= index < len(sentences) for index in sentence.support)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_source_sentence_beyond_the_bound_is_clipped(language: str) -> None:
    part = {"en": "and the boats of Bergen sailed on, ", "zh": "渔民们继续出海捕鱼，"}[language]
    brief = brief_of(part * 60 + "end.", language=language)
    (only,) = brief.sentences
    assert only.text.endswith("…")
    assert (len(only.text) if language == "zh" else word_count(only.text)) <= {"en": 80, "zh": 160}[language]


@pytest.mark.slow
def test_a_hostile_article_costs_little() -> None:
    assert brief_of("x" * 1_000_000, *["(" * 1_000, "a, " * 1_000] * 300).source_sentences


def test_script_decides_what_is_counted() -> None:
    assert counts_characters("台风登陆汕头市 Haikui")
    assert counts_characters("부산에서 불이 났다")
    assert not counts_characters("The 台风 season")
    assert not counts_characters("…")
    assert word_count("12/13 a") == 3


# ---------------------------------------------------------------- several sources

LEEDS = Article(
    id=1, title="Blast at Leeds bakery", site="Leeds Times", language="en",
    sentences=(
        "An explosion at a bakery in Leeds left 12 people hurt on Monday.",
        "The blast blew out windows along Mill Street at about 7 in the morning.",
        "Police closed Mill Street and took 30 neighbours to a school.",
    ),
)  # fmt: skip
NORTH = Article(
    id=2, title="Leeds explosion", url="https://www.north.example/a", language="en",
    sentences=(
        "At least 20 people were injured when a bakery exploded in Leeds on Monday.",
        "Gas engineers from Bradford had visited the shop on Friday after a complaint about a smell.",
    ),
)  # fmt: skip


def story(*articles: Article, **asked: Any) -> list[str]:
    brief = write_brief(BriefRequest(articles=articles, **asked))
    assert isinstance(brief, Brief)
    assert not ground(brief, articles).cuts
    return [sentence.text for sentence in brief.sentences]


def test_sources_that_disagree_are_both_told_by_name() -> None:
    told = story(LEEDS, NORTH)
    assert told[0] == "Reports differ. Leeds Times: " + LEEDS.sentences[0]
    assert told[1] == "north.example: " + NORTH.sentences[0]


def test_sources_disagree_in_chinese_as_well() -> None:
    lead = Article(
        id=1,
        site="甲报",
        language="zh",
        sentences=("一家面包店发生爆炸，造成12人受伤。", "警方已封锁附近街道。"),
    )
    other = Article(
        id=2,
        site="乙报",
        language="zh",
        sentences=("面包店爆炸造成20人受伤，居民说。", "消防员工作到深夜。"),
    )
    told = story(lead, other)
    assert told[:2] == [f"各方报道不一。甲报: {lead.sentences[0]}", f"乙报: {other.sentences[0]}"]


@pytest.mark.parametrize("known", [one for one in languages() if one.differ], ids=lambda one: one.code)
def test_the_gate_lets_it_be_said_that_sources_differ(known: Language) -> None:
    lines = next(
        (c.source for name in FILES for c in cases(name) if c.language == known.code), LEEDS.sentences
    )
    lead = replace(LEEDS, sentences=lines, language=known.code)
    for line in lines:
        told = BriefSentence(f"{known.differ} Leeds Times: {line}", (0,))
        brief = Brief(
            headline=LEEDS.title,
            sentences=(told,),
            source_sentences=(SourceSentence(line),),
            language=known.code,
        )
        assert not ground(brief, (lead, NORTH)).cuts


def test_a_further_source_adds_what_the_lead_does_not_say() -> None:
    agreeing = Article(
        site="Post", sentences=("In Leeds 12 people were hurt.", NORTH.sentences[1]), language="en"
    )
    told = story(LEEDS, agreeing)
    assert NORTH.sentences[1] in told
    assert not any(sentence.startswith("Post: ") for sentence in told)


def at(article: Article, hour: int, **changed: Any) -> Article:
    return replace(article, published=datetime(2026, 3, 2, hour, tzinfo=UTC), **changed)


def test_a_later_figure_takes_the_lead_headline_and_all() -> None:
    brief = write_brief(BriefRequest(articles=(at(LEEDS, 8), at(NORTH, 18, title="Leeds: 20 hurt"))))
    assert isinstance(brief, Brief)
    assert brief.headline == "Leeds: 20 hurt"
    assert brief.sentences[0].text == NORTH.sentences[0]
    assert LEEDS.sentences[0] not in brief.text
    assert not any(": At" in s.text or ": An" in s.text for s in brief.sentences)


def test_the_morning_and_the_evening_do_not_disagree() -> None:
    told = story(at(NORTH, 18), at(LEEDS, 8))
    assert told[0] == NORTH.sentences[0]
    assert not any("Times: " in text for text in told)


def test_a_source_does_not_disagree_with_itself() -> None:
    assert not any(": " in text for text in story(LEEDS, replace(NORTH, site="Leeds Times")))


def test_one_sentence_leaves_no_room_for_a_second_voice() -> None:
    assert story(LEEDS, NORTH, sentences=1) == [LEEDS.sentences[0]]
    assert story(LEEDS, NORTH, words=14) == [LEEDS.sentences[0]]


def test_a_source_in_another_language_adds_no_sentence() -> None:
    german = Article(site="Post", language="de", sentences=("In Leeds sind 20 Menschen verletzt worden.",))
    assert not any("Menschen" in sentence for sentence in story(LEEDS, german))


def test_a_lead_without_text_lets_the_others_speak() -> None:
    assert NORTH.sentences[0] in story(Article(title="Leeds explosion", language="en"), NORTH)


# ---------------------------------------------------------------- languages

NEWS = {
    "zh": ("新华社广州9月3日电 （记者李明）台风“海葵”3日凌晨在汕头沿海登陆，最大风力14级。然而，部分村庄仍未恢复供电。"
           "他说，抢修仍在继续。我们必须坚持人民至上。截至3日中午，汕头市有12人受伤。发表评论", "台风“海葵”3日凌晨", "我们"),
    "ja": ("気象庁によると、3日午前5時ごろ、岩手県沖で地震があり、盛岡市で震度5強を観測した。"
           "しかし、新幹線は運転を見合わせている。関連記事", "震度5強", "関連記事"),
    "ko": ("(부산=한빛통신) 김철수 기자 = 3일 오전 부산 해운대구의 한 아파트에서 불이 나 주민 7명이 다쳤다. "
           "그는 병원에 있다. 하지만 화재 원인은 아직 밝혀지지 않았다. 무단전재 금지", "3일 오전 부산", "무단전재"),
    "es": ("Un incendio en una fábrica de Valencia dejó doce heridos el lunes. Sin embargo, la causa no se conoce. "
           "Ella lo confirmó. Leer más", "doce heridos", "Leer más"),
    "fr": ("Un incendie dans une usine de Lyon a fait douze blessés lundi soir. Cependant, l'origine du sinistre n'est "
           "pas connue. Il dort. Lire aussi : la météo", "douze blessés", "Lire aussi"),
    "de": ("Bei einem Brand in Leipzig sind am Montag zwölf Menschen verletzt worden. Doch die Ursache ist nicht "
           "geklärt. Er schlief. Lesen Sie auch: Wetter", "zwölf Menschen", "Lesen Sie auch"),
    "pt": ("Um incêndio numa fábrica do Porto deixou doze feridos na segunda-feira. No entanto, a causa não é "
           "conhecida. Ele dormia. Leia também: tempo", "doze feridos", "Leia também"),
    "it": ("Un incendio in una fabbrica di Torino ha causato dodici feriti lunedì. Tuttavia, la causa non è nota. "
           "Lui dormiva. Leggi anche: meteo", "dodici feriti", "Leggi anche"),
    "ru": ("МОСКВА, 3 сентября (Вестник) — Двенадцать человек пострадали при пожаре на заводе в Туле. "
           "Однако причина пожара не установлена. Он спал. Читайте также: погода", "Двенадцать человек", "Читайте"),
    "uk": ("Дванадцять людей постраждали під час пожежі на заводі у Львові. Проте, причину пожежі не встановлено. "
           "Він спав. Читайте також: погода", "Дванадцять людей", "Читайте"),
    "ar": ("أصيب 12 شخصا على الأقل في حريق اندلع مساء الاثنين في مصنع شرق القاهرة. لكن سبب الحريق لم يعرف بعد. "
           "وهو كبير. اقرأ أيضا: الطقس", "أصيب 12 شخصا", "اقرأ"),
    "hi": ("दिल्ली के एक कारखाने में सोमवार को लगी आग में 12 लोग घायल हो गए। लेकिन आग का कारण पता नहीं चला है। "
           "वह सो रहा था। यह भी पढ़ें: मौसम", "12 लोग घायल", "पढ़ें"),
    "tr": ("Bursa'daki bir fabrikada pazartesi akşamı çıkan yangında 12 kişi yaralandı. Ancak yangının nedeni "
           "belirlenemedi. O uyuyordu. Ayrıca okuyun: hava", "12 kişi yaralandı", "Ayrıca okuyun"),
    "id": ("Kebakaran di sebuah pabrik di Bandung melukai 12 orang pada Senin malam. Namun penyebabnya belum "
           "diketahui polisi. Dia tidur. Baca juga: cuaca", "12 orang", "Baca juga"),
}  # fmt: skip


@pytest.mark.parametrize("language", NEWS)
def test_every_language_keeps_the_fact_and_drops_furniture_and_loose_ends(language: str) -> None:
    text, fact, never = NEWS[language]
    article = Article(title="", sentences=tuple(split_sentences(text, language)), language=language)
    brief = write_brief(BriefRequest(articles=(article,)))
    assert isinstance(brief, Brief)
    assert fact in brief.sentences[0].text
    assert never not in brief.text
    for link in ("然而", "しかし", "하지만", "Sin embargo", "Cependant", "Doch", "No entanto", "Tuttavia", "Однако",
                 "Проте", "لكن", "लेकिन", "Ancak", "Namun", "日电", "기자", "МОСКВА"):  # fmt: skip
        assert link not in brief.text
    assert not ground(brief, (article,)).cuts


# ---------------------------------------------------------------- a real article

SCRAPED = sorted((Path(__file__).parents[3] / ".." / "shared" / "data" / "articles").glob("*.txt"))


@pytest.mark.skipif(not SCRAPED, reason="the scraped article is not at hand")
def test_a_scraped_article_full_of_slogans_gives_its_facts() -> None:
    article = read_text(SCRAPED[0].read_text(encoding="utf-8"))
    brief = write_brief(BriefRequest(articles=(article,)))
    assert isinstance(brief, Brief)
    for fact in ("November 8", "Shenzhen Education System", "20th National Congress", "Chen Qiuming"):
        assert fact in brief.text
    for slogan in ("must", "firmly", "strive", "necessary"):
        assert slogan not in brief.text
    for furniture in ("»", "Comment", "Akismet", "Highlights", "China Education Online"):
        assert furniture not in brief.text
    assert brief.text.count("On the morning") == 1
    assert not ground(brief, (article,)).cuts


LAB = Path(__file__).parents[4] / "shared" / "lab"


@pytest.mark.slow
@pytest.mark.skipif(not LAB.is_dir(), reason="the collected texts are not here")
@pytest.mark.parametrize("folder", ["summaries", "stories", "story_summaries"])
def test_nothing_that_was_collected_raises(folder: str) -> None:
    """A sample of all sets; whatever an article is like, there is a brief of it that the gate can judge."""
    rows = [
        json.loads(line)
        for path in sorted((LAB / folder).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    for row in rows[:: max(1, len(rows) // 60)]:
        articles = tuple(_collected(one, row["language"]) for one in row.get("articles", [row]))
        written = extract_and_ground(BriefRequest(articles=articles))
        assert isinstance(written, Grounded) or not any(a.sentences for a in articles), row["id"]


def _collected(row: dict[str, Any], language: str) -> Article:
    sentences = tuple(split_sentences(row.get("text") or "", language))
    return Article(title=row.get("title") or "", sentences=sentences, paragraphs=sentences, language=language)
