from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from digests.group.stories import Features, Placement, Report, StoryIndex, report_of
from digests.model import Article

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

QUAKE = (
    "Earthquake kills 12 in Arvenna",
    "An earthquake of magnitude 6.1 shook the town of Arvenna in Belmora on Monday, killing 12 people. Some 340 "
    "were hurt, governor Ana Berger said. The road to Galdara is blocked, and 900 homes fell.",
)
QUAKE_IN_OTHER_WORDS = (
    "Arvenna hit by strong quake, 12 dead",
    "Twelve people, or 12 by the count of Ana Berger, governor of Arvenna, died as a tremor of 6.1 struck Belmora "
    "on Monday. Hospitals took in 340 wounded; the way to Galdara was cut and 900 houses lay in ruins.",
)
ANOTHER_QUAKE = (
    "Earthquake kills 31 in Quillota",
    "An earthquake of magnitude 7.4 shook the town of Quillota in Lumeria on Monday, killing 31 people. Some 510 "
    "were hurt, governor Hugo Falk said. The road to Zelmira is blocked, and 2600 homes fell.",
)
TOLL_RISES = (
    "Toll climbs to 45 in Arvenna earthquake",
    "Rescuers reached cut-off villages around Arvenna, and the dead now number 45, said governor Ana Berger. The "
    "quake of magnitude 6.1 in Belmora had hurt 340 and felled 900 homes. The road to Galdara is open again.",
)


class Desk:
    """An index with a store's numbers."""

    def __init__(self) -> None:
        self.index = StoryIndex()
        self.ids = count(1)
        self.fillers = 0

    def report(self, title: str, text: str, after: timedelta = timedelta(0), language: str = "en") -> Report:
        number = next(self.ids)
        return Report(number, title, text, NOW + after, language, source_id=number)

    def tell(
        self, told: tuple[str, str], after: timedelta = timedelta(0), language: str = "en"
    ) -> tuple[Placement, int]:
        report = self.report(*told, after, language)
        placement = self.index.place(report, NOW + after)
        story = report.article_id if placement.story_id is None else placement.story_id
        self.index.record(report, story)
        return placement, story


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_first_report_opens_a_story(desk: Desk) -> None:
    placement, _ = desk.tell(QUAKE)
    assert (placement.story_id, placement.kind) == (None, "new")


def test_agency_text_run_again_is_a_copy(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    placement, _ = desk.tell((QUAKE[0], "(Wire) " + QUAKE[1]), HOUR)
    assert (placement.story_id, placement.kind) == (story, "copy")
    assert placement.similarity > 0.8
    assert "wording" in placement.because


def test_a_form_filled_in_anew_is_no_copy(desk: Desk) -> None:
    form = (
        "The seismic network recorded the event automatically and has not yet reviewed it by hand. Shaking of this "
        "strength is felt by most people indoors and rarely does damage to well-built houses. Reports from the "
        "public can be sent to the network, which updates its estimate as further stations report. "
    )
    desk.tell(
        (
            "Quake recorded",
            form + "It struck near Arvenna at 07:45 with a magnitude of 4.2 and a depth of 31 km.",
        )
    )
    second = form + "It struck near Quillota at 19:12 with a magnitude of 5.6 and a depth of 77 km."
    placement, _ = desk.tell(("Quake recorded", second), HOUR)
    assert placement.kind == "new"


def test_a_round_up_that_names_a_story_in_passing_stays_out_of_it(desk: Desk) -> None:
    desk.tell(QUAKE)
    round_up = (
        "The week in brief",
        "In Belmora a quake of magnitude 6.1 hit Arvenna and killed 12. Ana Berger spoke on Monday. In Lumeria the "
        "Green Front of Petra Kovac won 118 seats against 97 for Viktor Rossi. At Ostervik the Rovers beat Hollin "
        "by 4-2 before 31,500 people. Shares of Engel Motors rose 8.4 percent. Singer Zoe Tanaka of Valdera sold "
        "70,000 tickets for the Corvina Arena.",
    )
    assert desk.tell(round_up, HOUR)[0].story_id is None


def test_the_same_facts_in_other_words_join(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    placement, _ = desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)
    assert (placement.story_id, placement.kind) == (story, "same")
    assert "arvenna" in placement.because


def test_a_figure_never_told_is_a_development(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)
    placement, _ = desk.tell(TOLL_RISES, HOUR * 1.5)
    assert (placement.story_id, placement.kind) == (story, "development")
    assert "45" in placement.because


def test_soon_after_a_single_report_another_count_is_not_news_yet(desk: Desk) -> None:
    desk.tell(QUAKE)
    assert desk.tell(TOLL_RISES, HOUR)[0].kind == "same"


def test_later_a_figure_at_the_top_is_news(desk: Desk) -> None:
    desk.tell(QUAKE)
    placement, _ = desk.tell(TOLL_RISES, HOUR * 3)
    assert placement.kind == "development"


def test_later_a_top_in_words_unheard_is_news(desk: Desk) -> None:
    desk.tell(QUAKE)
    told = (
        "Builders arrested over collapses",
        "Police detained several contractors suspected of pouring bad concrete. The quake of 6.1 in Arvenna, "
        "Belmora on Monday killed 12 and hurt 340, governor Ana Berger said; 900 homes near Galdara fell.",
    )
    placement, _ = desk.tell(told, HOUR * 3)
    assert placement.kind == "development"
    assert "words" in placement.because


def test_later_nothing_new_is_the_same(desk: Desk) -> None:
    desk.tell(QUAKE)
    assert desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)[0].kind == "same"
    third = (
        "Strong earthquake kills 12 in Belmora town",
        "Governor Ana Berger of Arvenna said 12 people died on Monday. In Belmora 340 people were wounded by the "
        "quake of 6.1; 900 homes lay in ruins and the way to Galdara is blocked.",
    )
    assert desk.tell(third, HOUR * 4)[0].kind == "same"


def test_headlines_alone_follow_a_subject(desk: Desk) -> None:
    _, story = desk.tell(("Hackers publish Coinvault exchange database", ""))
    desk.tell(("Central bank keeps rates unchanged", ""))
    desk.tell(("Storm closes northern harbours", ""))
    placement, _ = desk.tell(("Coinvault exchange files for bankruptcy after hackers strike", ""))
    assert placement.story_id == story


def test_a_story_is_found_across_languages_by_its_names(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    spanish = (
        "Terremoto en Arvenna deja 12 muertos",
        "Un sismo de magnitud 6.1 sacudió Arvenna, en Belmora, y causó 12 muertos. La gobernadora Ana Berger habló "
        "de 340 heridos y 900 casas caídas; la carretera a Galdara está cortada.",
    )
    assert desk.tell(spanish, HOUR, "es")[0].story_id == story


def test_the_window_ends(desk: Desk) -> None:
    desk.tell(QUAKE)
    assert desk.tell((QUAKE[0], "(Wire) " + QUAKE[1]), timedelta(days=8))[0].story_id is None
    assert desk.tell(QUAKE_IN_OTHER_WORDS, timedelta(days=16))[0].story_id is None


def test_forgetting_leaves_nothing_behind(desk: Desk) -> None:
    desk.tell(QUAKE)
    desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)
    desk.tell(ANOTHER_QUAKE, HOUR)
    desk.tell(("", ""), HOUR)
    assert len(desk.index) == 4
    assert desk.index.forget(NOW + HOUR) == 1
    assert desk.index.forget(NOW + HOUR * 2) == 3
    assert len(desk.index) == 0
    index = vars(desk.index)
    assert (index["_numbers"], index["_by_wording"], set(index["_names"])) == ({}, {}, {""})
    assert not any(index["_holders"])
    assert desk.tell(QUAKE, HOUR * 3)[0].story_id is None


def test_a_story_outlives_its_first_report(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    desk.tell(QUAKE_IN_OTHER_WORDS, HOUR * 5)
    desk.index.forget(NOW + HOUR)
    assert desk.tell(QUAKE, HOUR * 6)[0].story_id == story


def test_an_article_read_again_takes_its_own_place(desk: Desk) -> None:
    report = desk.report(*QUAKE)
    desk.index.record(report, 7)
    desk.index.record(replace(report, text=report.text + " The count may rise."), 7)
    assert len(desk.index) == 1
    assert desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)[0].story_id == 7


def test_place_changes_nothing(desk: Desk) -> None:
    desk.tell(QUAKE)
    report = desk.report(*QUAKE_IN_OTHER_WORDS)
    assert desk.index.place(report, NOW) == desk.index.place(report, NOW)
    assert len(desk.index) == 1


def test_recording_what_was_stored_brings_the_state_back(desk: Desk) -> None:
    reports = [desk.report(*told, HOUR * i) for i, told in enumerate((QUAKE, ANOTHER_QUAKE, TOLL_RISES))]
    for report, story in zip(reports, (1, 2, 1), strict=True):
        desk.index.record(report, story)
    again = StoryIndex()
    for report, story in zip(reports, (1, 2, 1), strict=True):
        again.record(report, story)
    asked = desk.report(*QUAKE_IN_OTHER_WORDS, HOUR * 4)
    assert again.place(asked, NOW + HOUR * 4) == desk.index.place(asked, NOW + HOUR * 4)


@pytest.mark.parametrize("title", ["", "…", "12", "مرحبا", "\x00", "A" * 5000])
def test_any_text_can_be_placed(desk: Desk, title: str) -> None:
    desk.tell((title, ""))
    desk.tell((title, title))
    desk.tell((title, title * 3), HOUR)


@pytest.mark.parametrize(
    ("published", "expected"), [(None, NOW), (NOW - HOUR, NOW - HOUR), (NOW + timedelta(days=4000), NOW)]
)
def test_a_date_missing_or_to_come_is_when_it_was_found(
    published: datetime | None, expected: datetime
) -> None:
    article = Article(
        id=3, source_id=5, title="T", paragraphs=("A.", "B."), language="en", published=published
    )
    assert report_of(article, NOW) == Report(3, "T", "A.\n\nB.", expected, "en", 5)


def test_common_words_are_not_followed_where_rare_ones_lead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digests.group.stories._POSTINGS", 3)
    _, story = desk.tell(QUAKE)
    for town in ("Brenta", "Corvina", "Dalmere", "Farrow"):
        desk.tell(
            (
                f"Mayor of {town} resigns on Monday",
                f"The mayor of {town} resigned on Monday, said {town} radio.",
            )
        )
    assert desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)[0].story_id == story


def test_an_endless_title_is_cut() -> None:
    assert len(report_of(Article(title="word " * 100_000), NOW).title) == 500


ALERT = (
    "Orange wind warning for {town}",
    "The weather service issued an orange warning of gusts up to 110 km/h for the district of {town}, valid from "
    "Saturday 18:00 to Sunday 06:00.",
)


def of_source(report: Report, source: int) -> Report:
    return replace(report, source_id=source)


def test_alerts_for_two_districts_are_two_events(desk: Desk) -> None:
    first, second = (
        desk.report(*(part.format(town=town) for part in ALERT)) for town in ("Easton", "Northport")
    )
    desk.index.record(first, 1)
    assert desk.index.place(second, NOW).story_id is None
    again = replace(first, article_id=9, source_id=9)
    assert desk.index.place(again, NOW).kind == "copy"


def test_a_sources_next_result_in_the_same_form_is_another_event(desk: Desk) -> None:
    form = "The draw was held at the town hall in front of guests and the winning ticket is number {n} this week."
    first, second = (desk.report(f"Lottery: week {n}", form.format(n=n * 111)) for n in (1, 2))
    desk.index.record(of_source(first, 1), 1)
    assert desk.index.place(of_source(second, 1), NOW + HOUR).story_id is None


def test_half_the_wording_is_no_copy(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    half = (
        QUAKE[1][: len(QUAKE[1]) * 2 // 3]
        + " Nobody in the capital had felt a thing, and trains ran as ever."
    )
    placement, told = desk.tell((QUAKE[0], half), HOUR)
    assert (placement.kind != "copy", told) == (True, story)


def test_long_forms_are_told_apart_by_most_of_their_names_and_figures(desk: Desk) -> None:
    form = " ".join(f"{x}{y}ostring of it" for x in "bcdfghk" for y in "aeioulmnrs")
    first, second = (
        desk.report(f"Report from {a}", f"In {a} at {n}:15 the station of {b} read {n}.7. {form}")
        for a, b, n in (("Arvenna", "Galdara", 11), ("Quillota", "Zelmira", 19))
    )
    desk.index.record(first, 1)
    assert desk.index.place(second, NOW).story_id is None


def test_one_agencys_report_shortened_by_two_newsrooms_is_one_event(desk: Desk) -> None:
    """Each leaves out names and figures the other keeps; most of them agree."""
    shared = (
        "The ferry Aurelia ran aground off Norvik on Friday with 214 people aboard, and captain Henrik Solberg "
        "radioed for help before the engines stopped. Boats from Norvik and Halden took all passengers to the "
        "harbour, where doctor Mira Lund treated them for cold and shock through the night. "
    )
    one = "Nobody was badly hurt, said Olaf Brandt."
    other = "The lights had gone out, said Greta Falk."
    first, second = (desk.report("Ferry runs aground", shared + rest) for rest in (one, other))
    desk.index.record(of_source(first, 1), 1)
    assert desk.index.place(of_source(second, 2), NOW + HOUR).story_id == 1


def test_a_headline_alone_joins_a_text_by_its_title(desk: Desk) -> None:
    _, story = desk.tell(QUAKE)
    assert desk.tell(("Earthquake kills 12 in Arvenna, Belmora", ""), HOUR)[0].story_id == story


def test_numbers_of_terms_that_are_gone_are_used_again(desk: Desk) -> None:
    desk.index.place(desk.report(*ANOTHER_QUAKE), NOW)  # never recorded
    _, story = desk.tell(QUAKE)
    desk.index.place(desk.report("Mayor of Brenta resigns", ""), NOW)
    desk.index.forget(NOW - HOUR)
    assert desk.tell(QUAKE_IN_OTHER_WORDS, HOUR)[0].story_id == story
    index = vars(desk.index)
    assert set(index["_names"]) - {""} == set(index["_numbers"])


def test_what_reports_are_about_is_remembered_for_several_indices() -> None:
    features = Features(2)
    report = Report(1, *QUAKE, NOW, "en", 1)
    assert features(report) is features(report)
    changed = features(replace(report, title="Another"))
    assert features(replace(report, title="Another")) is changed


def test_a_source_seldom_tells_an_event_twice_within_the_hour(desk: Desk) -> None:
    desk.index.record(replace(desk.report(*QUAKE), source_id=1), 1)
    of_another = desk.index.place(desk.report(*QUAKE_IN_OTHER_WORDS, HOUR / 6), NOW + HOUR)
    soon = replace(desk.report(*QUAKE_IN_OTHER_WORDS, HOUR / 6), source_id=1)
    assert desk.index.place(soon, NOW + HOUR).similarity < of_another.similarity - 0.3
    later = replace(desk.report(*TOLL_RISES, HOUR * 9), source_id=1)
    assert desk.index.place(later, NOW + HOUR * 9).story_id == 1
