"""A digest as one rich message: a strict reader takes every one, and no letter is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from bot.render.clean import clean
from bot.render.digest_text import SCREEN, layout
from bot.render.telegram_entities import safe
from bot.render.telegram_rich import RichMessage, links_of, rich_message, texts_of, words_of
from digests.model import Brief, BriefSentence, Chat, ChatSettings, Digest, DigestItem, Link
from tests.bot.render.any_digest import NOW, digests
from tests.examples import examples
from tests.fakes.telegram_rich import read

CHANNEL = Chat(platform="telegram", address="-1001", kind="channel", title="Ladd News")
PICTURE = "https://i.example/p.jpg"


def story(number: int, headline: str = "Harbour opens", *sentences: str, **more: Any) -> DigestItem:
    brief = Brief(
        headline=headline,
        sentences=tuple(BriefSentence(one, (0,)) for one in sentences or ("It opened.",)),
        source_sentences=(),
    )
    links = (
        Link("Herald", f"https://herald.example/{number}"),
        Link("Post", f"https://post.example/{number}"),
    )
    return DigestItem(story_id=number, version=1, brief=brief, links=links, **more)


def digest(*items: DigestItem, **more: Any) -> Digest:
    return Digest(chat_id=1, created=NOW, items=items, title=more.pop("title", "2026-11-29T18:00"), **more)


def drawn(one: Digest, *, images: bool = True, chat: Chat = CHANNEL) -> RichMessage:
    found = rich_message(layout(one, chat=chat), images=images)
    assert found is not None
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.slow
@settings(max_examples=examples(5_000), deadline=None, phases=[Phase.generate])
@given(digests)
def test_any_digest_is_taken_and_loses_no_letter(one: Digest) -> None:
    found = rich_message(layout(one, chat=CHANNEL), images=True)
    if found is None:  # longer than one message may be: it goes as several texts
        return
    kept = read(found.payload())
    assert words_of(kept) == found.words
    assert words_of(read(found.without_pictures().payload())) == found.words
    seen = squeezed(found.words)
    for item in (*one.items, *one.headlines):
        assert squeezed(safe(clean(item.brief.headline, 500))) in seen
        for sentence in item.brief.sentences if item in one.items else ():
            assert squeezed(safe(clean(sentence.text))) in seen


def test_a_digest_is_a_document() -> None:
    stories = [
        story(1, "Harbour opens", "It opened.", "Ships came.", image=PICTURE),
        story(2, "Rates fall", "A & B <said> so."),
    ]
    html = drawn(digest(*stories, headlines=(story(3, "Third"),))).html
    assert html == (
        '<h3>📰 Ladd News · <tg-time unix="1795975200" format="dt">Nov 29, 18:00</tg-time> · 3 stories</h3>'
        f'<img src="{PICTURE}"/><h4><a href="https://herald.example/1">Harbour opens</a></h4>'
        "<p>It opened. Ships came.</p>"
        '<footer><a href="https://herald.example/1">Herald</a> · <a href="https://post.example/1">Post</a></footer>'
        '<h5><a href="https://herald.example/2">Rates fall</a></h5><p>A &amp; B &lt;said&gt; so.</p>'
        '<footer><a href="https://herald.example/2">Herald</a> · <a href="https://post.example/2">Post</a></footer>'
        '<h5>More headlines</h5><ul><li><a href="https://herald.example/3">Third</a> · <i>Herald</i></li></ul>'
    )
    kept = read({"html": html})
    assert next(iter(texts_of(kept))) == "📰 Ladd News · "
    assert list(links_of(kept))[:2] == ["https://herald.example/1"] * 2


def test_the_titles_moment_is_that_of_the_chats_own_clock() -> None:
    berlin = replace(CHANNEL, settings=ChatSettings(zone="Europe/Berlin"))
    two = digest(story(1), story(2))
    assert 'unix="1795971600"' in drawn(two, chat=berlin).html  # an hour before 18:00 UTC
    assert "tg-time" not in drawn(replace(two, title="Morning")).html
    assert "tg-time" not in drawn(replace(two, title="The T of it")).html


def test_what_comes_after_a_screen_is_folded_with_its_picture() -> None:
    long = story(1, "First", "word " * (SCREEN // 4))
    fair = story(2, "Second", "word " * 50, image=PICTURE, heading="rail")
    html = drawn(digest(long, fair)).html
    assert "<h6>▎ Rail</h6><details><summary><b>Second</b></summary>" in html
    assert f'<img src="{PICTURE}"/><p>word ' in html
    assert PICTURE not in drawn(digest(long, fair), images=False).html


def test_what_an_edit_brought_is_marked_and_bullets_are_paragraphs() -> None:
    changed = story(1, "First", "It opened.", "Ships came.", changed=("Ships came.",), updated=True)
    html = drawn(digest(changed, story(2), style="bullets")).html
    assert "<p>• It opened.</p><p><mark>• Ships came.</mark></p>" in html
    assert "<i>🔄 updated: </i>" in html


def test_a_note_and_a_list_of_headlines_alone() -> None:
    note = replace(story(1, "", "All of it.").brief, headline="")
    html = drawn(digest(story(1), story(2), note=note, style="headlines")).html
    assert "<p><i>All of it.</i></p><ul><li>" in html
    assert html.count("<li>") == 2


def test_a_digest_in_a_script_from_the_right_says_so() -> None:
    assert drawn(digest(story(1, "الميناء يفتح"), story(2))).payload()["is_rtl"]
    assert "is_rtl" not in drawn(digest(story(1), story(2, "الميناء"))).payload()
    assert not drawn(digest(story(1, "2026"), story(2, "19"))).right_to_left


def test_what_is_longer_than_a_message_is_no_rich_message() -> None:
    long = [story(n, "Long", *["word " * 790] * 3) for n in range(3)]
    assert rich_message(layout(digest(*long[:2]), chat=CHANNEL), images=True) is not None
    assert rich_message(layout(digest(*long), chat=CHANNEL), images=True) is None
    many = [story(n, "Many", *["a"] * 3, image=PICTURE) for n in range(200)]
    assert rich_message(layout(digest(*many), chat=CHANNEL), images=True) is None


def test_more_pictures_than_a_message_holds_are_left_out() -> None:
    def told(count: int) -> RichMessage:
        long = story(0, "First", "word " * (SCREEN // 4), image=PICTURE)
        return drawn(digest(long, *(story(n, "More", "word " * 50, image=PICTURE) for n in range(1, count))))

    assert told(50).html.count("<img") == 50
    assert "<img" not in told(51).html


def test_pictures_can_be_left_out() -> None:
    one = drawn(digest(story(1, image=PICTURE), story(2)))
    assert one.pictured
    assert not one.without_pictures().pictured
    assert one.without_pictures().words == one.words
    assert not drawn(digest(story(1, image="tg://x"), story(2))).pictured
