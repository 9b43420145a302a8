"""A digest as text: what a reader sees, in order, and nothing that an outside title could smuggle in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.locales import speaking
from bot.render.digest_text import (
    FOLDS,
    SCREEN,
    Labels,
    blocks,
    digest_text,
    folded,
    layout,
    link_span,
    spoken_caption,
    title_of,
)
from bot.render.rich import Span, bold, plain
from digests.brief.extractive.summarizer import EXCERPT_WARNING
from digests.brief.extras.translate import UNTRANSLATED
from digests.model import Brief, BriefSentence, Chat, Digest, DigestItem, FailureKind, Link, SourceSentence

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def item(
    number: int = 1, headline: str = "Harbour opens", text: str = "The harbour opened.", **more: object
) -> DigestItem:
    warnings = (EXCERPT_WARNING,) if more.pop("excerpt", False) else ()
    sentences = (BriefSentence(text, (0,)),) if text else ()
    brief = Brief(
        headline=headline,
        sentences=sentences,
        source_sentences=(SourceSentence(text),),
        language="en",
        warnings=warnings,
    )
    links = more.pop("links", (Link(site="Coast News", url="https://www.coast.example/a"),))
    return DigestItem(story_id=number, version=1, brief=brief, links=links, **more)  # type: ignore[arg-type]


def digest(*items: DigestItem, **more: object) -> Digest:
    return Digest(chat_id=1, created=NOW, items=items, **more)  # type: ignore[arg-type]


def test_one_story_stands_alone() -> None:
    assert plain(digest_text(digest(item()))) == ("Harbour opens\nThe harbour opened.\nCoast News")


def test_a_digest_has_a_title_its_stories_and_the_remaining_headlines() -> None:
    text = plain(
        digest_text(
            digest(
                item(
                    1,
                    links=(
                        Link(site="", url="https://a.example/1"),
                        Link(site="B.example", url="https://b.example/2"),
                    ),
                ),
                item(2, "Rates fall", updated=True, excerpt=True),
                headlines=(item(3, "Third", text=""), item(4, "Fourth", links=())),
            )
        )
    )
    assert text == (
        "📰 March 1, 2026 · 4 stories\n\n"
        "Harbour opens\nThe harbour opened.\na.example · B.example\n\n"
        "🔄 updated: Rates fall\nThe harbour opened.\nCoast News · from an excerpt\n\n"
        "More headlines\n• Third · Coast News\n• Fourth"
    )


def test_a_further_headline_has_its_first_link() -> None:
    two = (Link(site="", url="https://a.example/1"), Link(site="", url="https://b.example/2"))
    assert plain(blocks(digest(headlines=(item(links=two),)))[-1].text).endswith("Harbour opens · a.example")


def test_each_block_says_which_stories_it_tells() -> None:
    found = blocks(digest(item(5), headlines=(item(6), item(7)), title="Morning"))
    assert [block.stories for block in found] == [(), (5,), (), (6,), (7,)]


def test_labels_speak_the_chats_language() -> None:
    labels = Labels(updated="mis à jour", excerpt="d'après un extrait", more="Autres titres")
    text = plain(
        digest_text(digest(item(updated=True, excerpt=True, links=()), headlines=(item(2),)), labels)
    )
    assert "🔄 mis à jour: Harbour opens" in text
    assert "\nd'après un extrait" in text
    assert "Autres titres\n" in text


def test_what_comes_after_one_screen_folds() -> None:
    long, fair = item(1, text="Word " * (SCREEN // 4)), item(2, text="Word " * (FOLDS // 4))
    quotes = [any(span.quote for span in block.text) for block in blocks(digest(long, fair, item(3)))]
    assert quotes == [False, False, True, False]  # a few words are not worth a fold


def test_a_title_can_not_turn_the_text_around_or_link_anywhere_but_the_web() -> None:
    bad = item(
        headline="a\u202eb\nc",
        links=(Link(site="x\u200by", url="tg://user?id=1"), Link(site="", url="javascript:1")),
    )
    rich = digest_text(digest(bad))
    assert plain(rich) == "ab c\nThe harbour opened.\nxy · ?"
    assert [span.url for span in rich if span.url] == []


def test_an_empty_headline_still_shows_something() -> None:
    assert plain(digest_text(digest(item(headline="\u200b", text="", links=())))) == "…"
    assert plain(digest_text(digest())) == "📰 March 1, 2026"


def test_bullets_give_each_sentence_a_line() -> None:
    two = Brief(
        headline="Harbour opens",
        sentences=(BriefSentence("It opened.", (0,)), BriefSentence("Ships came.", (0,))),
        source_sentences=(SourceSentence("It opened. Ships came."),),
        language="en",
    )
    story = DigestItem(story_id=1, version=1, brief=two, links=())
    assert plain(digest_text(digest(story, style="bullets"))) == "Harbour opens\n• It opened.\n• Ships came."
    assert plain(digest_text(digest(story))) == "Harbour opens\nIt opened. Ships came."


def test_headings_stand_once_above_the_stories_of_their_topic() -> None:
    shown = digest(
        item(1, heading="rail"), item(2, heading="rail"), item(3, heading="city"), item(4), title="Today"
    )
    told = [(plain(block.text).split("\n")[:2], block.stories) for block in blocks(shown)[1:]]
    assert told == [
        (["▎ Rail", "Harbour opens"], (1,)), (["Harbour opens", "The harbour opened."], (2,)),
        (["▎ City", "Harbour opens"], (3,)), (["▎ Other", "Harbour opens"], (4,)),
    ]  # fmt: skip
    assert plain(blocks(digest(item(1, heading="rail")))[0].text).startswith("Harbour opens")


GAP = Span("\n\n")
URL = "https://www.coast.example/a"
SITE = Span("Coast News", url=URL, named=True)


def test_what_is_bold_and_what_is_in_italics() -> None:
    told = digest(
        item(updated=True, excerpt=True, heading="rail"), headlines=(item(2), item(3, links=())),
        title="Morning", note=replace(item(text="All of it.").brief, headline=""),
    )  # fmt: skip
    italic = partial(Span, italic=True)
    headline = Span("Harbour opens", url=URL, named=True)
    assert digest_text(told) == (
        bold("📰 Morning · 3 stories"), GAP, italic("All of it."), GAP, italic("▎ Rail\n"),
        italic("🔄 updated: "), replace(headline, bold=True), Span("\n"), Span("The harbour opened."),
        Span("\n"), SITE, italic(" · from an excerpt"), GAP,
        bold("More headlines"), Span("\n"), Span("• "), headline, Span(" · "), italic("Coast News"),
        Span("\n"), Span("• "), Span("Harbour opens", named=True),
    )  # fmt: skip


def test_the_title_says_whose_digest_it_is_of_when_and_how_much_is_in_it() -> None:
    two = digest(item(), item(2), title="2026-11-29T18:00")
    channel = Chat(platform="discord", address="1", kind="text", title="#Ladd News")
    assert title_of(two, channel) == "Ladd News · Nov 29, 18:00 · 2 stories"
    assert title_of(two, replace(channel, kind="private", title="Ann")) == "Nov 29, 18:00 · 2 stories"
    with speaking("de"):
        assert title_of(two, channel) == "Ladd News · 29. Nov., 18:00 · 2 Themen"


def test_headlines_alone_are_one_list() -> None:
    told = digest(item(text=""), item(2, "Rates fall", text=""), headlines=(item(3),), style="headlines")
    assert plain(digest_text(told)) == (
        "📰 March 1, 2026 · 3 stories\n\n"
        "• Harbour opens · Coast News\n• Rates fall · Coast News\n• Harbour opens · Coast News"
    )


def test_a_sentence_that_an_edit_brought_stands_out() -> None:
    told = digest(item(text="It opened.", changed=("It opened.",)))
    assert Span("It opened.", bold=True) in digest_text(told)
    assert Span("It opened.") in digest_text(digest(item(text="It opened.", changed=("Another.",))))


def test_a_folded_layout_keeps_the_top_story_and_says_where_it_left_off() -> None:
    sentences = tuple(BriefSentence(f"Sentence {n}.", (0,)) for n in range(3))
    stories = [replace(one, brief=replace(one.brief, sentences=sentences)) for one in (item(), item(2))]
    told = folded(layout(digest(*stories)), 1)
    assert [plain(story.brief) for story in told.stories] == [
        "Sentence 0. Sentence 1. Sentence 2.", "Sentence 0. …"
    ]  # fmt: skip
    assert [span.url for story in told.stories for span in story.sources] == [None, None]
    assert folded(layout(digest(*stories)), 0).stories[1].brief == layout(digest(*stories)).stories[1].brief


def test_a_brief_says_how_it_came_about() -> None:
    first = item(links=())
    brief = replace(first.brief, translated_from="fr", instead=FailureKind.BUDGET)
    translated = replace(first, brief=brief)
    untranslated = replace(first, brief=replace(first.brief, warnings=(UNTRANSLATED,)))
    spent = "Written without a model: the budget for it is used up."
    assert plain(digest_text(digest(translated))) == (
        f"Harbour opens\nThe harbour opened.\ntranslated by a machine\n\n{spent}"
    )
    assert plain(digest_text(digest(untranslated))).endswith("\nnot translated")
    assert digest_text(digest(item(), headlines=(translated,)))[-1] == Span(spent, italic=True)


def test_a_recording_is_called_what_the_digest_is_called() -> None:
    assert spoken_caption(digest(item(), title="Morning")) == "🔊 Morning"
    assert spoken_caption(digest(item(), item(2, "Rates fall"))) == "🔊 Harbour opens"
    assert spoken_caption(digest(title="2026-03-02")) == "🔊 March 2, 2026"
    assert spoken_caption(digest()) == "🔊 March 1, 2026"


def test_no_text_is_longer_than_its_place() -> None:
    def longest(text: str) -> int:
        return max(len(word) for word in text.replace("\n", " ").split())

    x = "x" * 2000
    long = item(headline=x, text="", heading=x, links=(Link(site=x, url="https://a.example"),))
    assert len(title_of(digest(title=x))) == 200
    assert len(spoken_caption(digest(item(headline=x)))) == 202
    whole = [
        plain(block.text)
        for block in blocks(digest(long, headlines=(long,), title="T", note=item(text=x).brief))
    ]
    assert [longest(text) for text in whole] == [7, 1000, 500, 9, 500]
    assert link_span(long.links[0]).text == "x" * 59 + "… (a.example)"


def test_a_story_folds_when_a_whole_screen_stands_above_it() -> None:
    for length, folds in ((SCREEN, False), (SCREEN + 1, True)):
        above = item(headline="x", text="y" * (length - 2), links=())
        last = blocks(digest(above, item(2, text="z" * (FOLDS + 1))))[-1]
        assert any(span.quote for span in last.text) is folds
    assert SCREEN == 900


def test_only_a_story_quite_alone_needs_no_title() -> None:
    assert plain(blocks(digest(item(), item(2), headlines=(item(3),)))[0].text) == (
        "📰 March 1, 2026 · 3 stories"
    )
