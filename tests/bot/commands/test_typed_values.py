"""Values as people type them: times, rhythms, quiet hours, zones and languages, in ten languages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.settings.typed import typed_cadence, typed_quiet
from bot.commands.settings.values import every, read, shown
from bot.commands.zones import city, find_zones, place
from bot.locales import LANGUAGES, language_named, speaking
from digests.edit.schedule import parse_cadence, parse_quiet, parse_zone, spell_cadence

WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)

CADENCES = [
    # English
    ("8am", "daily 08:00"), ("8 am", "daily 08:00"), ("8 a.m.", "daily 08:00"), ("8AM", "daily 08:00"),
    ("8:30 pm", "daily 20:30"), ("12am", "daily 00:00"), ("12 pm", "daily 12:00"), ("noon", "daily 12:00"),
    ("daily at midnight", "daily 00:00"), ("daily 8", "daily 08:00"), ("daily at 8", "daily 08:00"),
    ("every day at 8", "daily 08:00"), ("Every day at 8 o'clock", "daily 08:00"), ("09:00", "daily 09:00"),
    ("8.30", "daily 08:30"), ("0830", "daily 08:30"), ("8", "daily 08:00"), ("20h", "daily 20:00"),
    ("daily 8am, 6pm", "daily 08:00,18:00"), ("8am and 6pm", "daily 08:00,18:00"),
    ("twice a day", "daily 08:00,18:00"), ("every morning", "daily 08:00"), ("every evening", "daily 18:00"),
    ("8 in the morning", "daily 08:00"), ("every evening at 6", "daily 18:00"), ("10 at night", "daily 22:00"),
    ("weekends 10:00", "sat,sun 10:00"), ("at the weekend at 10", "sat,sun 10:00"), ("mondays 9:00", "mon 09:00"),
    ("Monday 9am", "mon 09:00"), ("mon-fri 9", "weekdays 09:00"), ("Mon – Fri, 9:00", "weekdays 09:00"),
    ("monday to friday at 9am", "weekdays 09:00"), ("weekdays 7:30am", "weekdays 07:30"),
    ("sat and sun 10", "sat,sun 10:00"), ("sat, sun 10:00", "sat,sun 10:00"), ("fri-mon 9", "mon,fri,sat,sun 09:00"),
    ("weekly", "mon 08:00"), ("weekly fri 17:00", "fri 17:00"), ("once a week", "mon 08:00"),
    ("monthly", "monthly 1 08:00"), ("monthly on the 15th at 9", "monthly 15 09:00"),
    ("monthly 1 09:00", "monthly 1 09:00"), ("monthly 9am", "monthly 1 09:00"), ("hourly", "hourly"),
    ("every hour", "hourly"), ("every 3 hours", "every 3 hours"), ("every 6h", "every 6 hours"),
    ("at once", "instant"), ("as it happens", "instant"), ("instant", "instant"),
    # German
    ("täglich um 8", "daily 08:00"), ("jeden Tag um 8 Uhr", "daily 08:00"), ("8 Uhr", "daily 08:00"),
    ("8.30 Uhr", "daily 08:30"), ("6 Uhr abends", "daily 18:00"), ("2 Uhr nachts", "daily 02:00"),
    ("Mo-Fr 9 Uhr", "weekdays 09:00"), ("Montag bis Freitag um 9", "weekdays 09:00"), ("montags 9 Uhr", "mon 09:00"),
    ("am Montag um 9", "mon 09:00"), ("um 12 Uhr am Montag", "mon 12:00"), ("am Wochenende um 10", "sat,sun 10:00"),
    ("werktags 7:30", "weekdays 07:30"), ("stündlich", "hourly"), ("alle 3 Stunden", "every 3 hours"),
    ("am 15. jeden Monat um 9 Uhr", "monthly 15 09:00"), ("sofort", "instant"), ("jeden Morgen", "daily 08:00"),
    # French
    ("tous les jours à 8h", "daily 08:00"), ("tous les jours à 8 heures", "daily 08:00"), ("8h30", "daily 08:30"),
    ("8 h du matin", "daily 08:00"), ("6 heures du soir", "daily 18:00"), ("du lundi au vendredi à 8h", "weekdays 08:00"),
    ("toutes les 6 heures", "every 6 hours"), ("toutes les heures", "hourly"), ("le week-end à 10h", "sat,sun 10:00"),
    ("le 1er du mois à 9h", "monthly 1 09:00"), ("en semaine à 7h30", "weekdays 07:30"), ("à midi", "daily 12:00"),
    # Spanish
    ("cada día a las 8", "daily 08:00"), ("todos los días a las 8:30", "daily 08:30"), ("8 de la mañana", "daily 08:00"),
    ("10 de la noche", "daily 22:00"), ("de lunes a viernes a las 7:30", "weekdays 07:30"),
    ("los lunes a las 9", "mon 09:00"), ("cada 6 horas", "every 6 hours"), ("cada hora", "hourly"),
    ("fines de semana a las 10", "sat,sun 10:00"), ("sábados y domingos 10", "sat,sun 10:00"),
    # Portuguese
    ("todos os dias às 8h", "daily 08:00"), ("diariamente às 8", "daily 08:00"), ("8 da manhã", "daily 08:00"),
    ("6 da tarde", "daily 18:00"), ("segunda a sexta 8h", "weekdays 08:00"), ("a cada 6 horas", "every 6 hours"),
    ("fim de semana às 10h", "sat,sun 10:00"), ("sáb,dom 10:00", "sat,sun 10:00"), ("todo dia 8", "daily 08:00"),
    # Russian
    ("каждый день в 8", "daily 08:00"), ("ежедневно в 8:30", "daily 08:30"), ("8 утра", "daily 08:00"),
    ("в 6 вечера", "daily 18:00"), ("каждые 3 часа", "every 3 hours"), ("каждый час", "hourly"),
    ("по будням в 9:00", "weekdays 09:00"), ("по понедельникам в 9", "mon 09:00"), ("с пн по пт в 9", "weekdays 09:00"),
    ("по выходным в 10", "sat,sun 10:00"), ("сразу", "instant"), ("в 8 часов", "daily 08:00"),
    # Arabic
    ("كل يوم الساعة 8", "daily 08:00"), ("يوميا ٨ صباحا", "daily 08:00"), ("6 مساء", "daily 18:00"),
    ("كل 6 ساعات", "every 6 hours"), ("كل ساعة", "hourly"), ("من الاثنين إلى الجمعة 9", "weekdays 09:00"),
    ("فورا", "instant"),
    # Chinese
    ("每天8点", "daily 08:00"), ("每天早上八点", "daily 08:00"), ("每天晚上8点半", "daily 20:30"),
    ("早上8点和晚上6点", "daily 08:00,18:00"), ("周一至周五 9点", "weekdays 09:00"), ("工作日9:00", "weekdays 09:00"),
    ("周末十点", "sat,sun 10:00"), ("星期一9点", "mon 09:00"), ("每6小时", "every 6 hours"), ("每小时", "hourly"),
    ("每月15日9点", "monthly 15 09:00"), ("实时", "instant"), ("每天八點", "daily 08:00"), ("下午6點", "daily 18:00"),
    ("每隔3小時", "every 3 hours"), ("中午12点", "daily 12:00"), ("８：００", "daily 08:00"),
    # Japanese
    ("毎日8時", "daily 08:00"), ("毎日午前8時半", "daily 08:30"), ("午後6時", "daily 18:00"), ("毎朝8時", "daily 08:00"),
    ("平日9時", "weekdays 09:00"), ("月〜金 8時", "weekdays 08:00"), ("月曜日 9時", "mon 09:00"),
    ("土日 10時", "sat,sun 10:00"), ("6時間ごと", "every 6 hours"), ("毎時", "hourly"), ("毎月1日9時", "monthly 1 09:00"),
    ("すぐに", "instant"),
]  # fmt: skip

QUIET = [
    ("22-7", "22:00-07:00"), ("22:00-07:00", "22:00-07:00"), ("22:00–7:00", "22:00-07:00"),
    ("22:00 — 07:00", "22:00-07:00"), ("10pm-7am", "22:00-07:00"), ("from 10pm to 7am", "22:00-07:00"),
    ("22 to 7", "22:00-07:00"), ("midnight to 6", "00:00-06:00"), ("2200-0700", "22:00-07:00"),
    ("von 22 bis 7 Uhr", "22:00-07:00"), ("zwischen 22 und 7 Uhr", "22:00-07:00"), ("de 22h à 7h", "22:00-07:00"),
    ("22h30-6h30", "22:30-06:30"), ("de 22 a 7", "22:00-07:00"), ("das 22h às 7h", "22:00-07:00"),
    ("с 22 до 7", "22:00-07:00"), ("с 10 вечера до 7 утра", "22:00-07:00"), ("من 10 مساء إلى 7 صباحا", "22:00-07:00"),
    ("22点到7点", "22:00-07:00"), ("晚上10点到早上7点", "22:00-07:00"), ("22時から7時まで", "22:00-07:00"),
    ("22:00〜7:00", "22:00-07:00"),
    ("off", ""), ("none", ""), ("aus", ""), ("non", ""), ("нет", ""), ("关闭", ""), ("なし", ""), ("não", ""),
]  # fmt: skip

LANGUAGES_TYPED = [
    ("german", "de"), ("German", "de"), ("Deutsch", "de"), ("Deutsch (German)", "de"), ("de", "de"), ("de-AT", "de"),
    ("немецкий", "de"), ("allemand", "de"), ("alemán", "de"), ("ドイツ語", "de"), ("english", "en"), ("en-GB", "en"),
    ("Englisch", "en"), ("anglais", "en"), ("英语", "en"), ("zh", "zh-Hans"), ("Chinese", "zh-Hans"), ("中文", "zh-Hans"),
    ("zh-TW", "zh-Hant"), ("繁體中文", "zh-Hant"), ("Traditional Chinese", "zh-Hant"), ("简体中文", "zh-Hans"),
    ("pt", "pt-BR"), ("pt_BR", "pt-BR"), ("Portuguese", "pt-BR"), ("português", "pt-BR"), ("portugués", "pt-BR"),
    ("French", "fr"), ("français", "fr"), ("Französisch", "fr"), ("spanish", "es"), ("Español", "es"), ("русский", "ru"),
    ("Russisch", "ru"), ("日本語", "ja"), ("Japanese", "ja"), ("العربية", "ar"), ("Arabic", "ar"),
]  # fmt: skip

ZONES = [
    ("EST", "America/New_York"), ("EDT", "America/New_York"), ("ET", "America/New_York"), ("PST", "America/Los_Angeles"),
    ("pacific", "America/Los_Angeles"), ("MSK", "Europe/Moscow"), ("МСК", "Europe/Moscow"), ("JST", "Asia/Tokyo"),
    ("AKST", "America/Anchorage"), ("GMT", "UTC"), ("utc", "UTC"), ("Z", "UTC"), ("UTC+0", "UTC"), ("GB", "Europe/London"),
    ("Japan", "Asia/Tokyo"), ("Singapore", "Asia/Singapore"), ("UTC+5:45", "Asia/Kathmandu"), ("BRT", "America/Sao_Paulo"),
    ("Asia/Kolkata", "Asia/Kolkata"), ("münchen", "Europe/Berlin"), ("Etc/GMT-2", "Etc/GMT-2"),
]  # fmt: skip

OFFSETS = [
    ("GMT+2", "+0200"), ("UTC+2", "+0200"), ("utc +2", "+0200"), ("+2", "+0200"), ("+02", "+0200"), ("+02:00", "+0200"),
    ("+0200", "+0200"), ("GMT-5", "-0500"), ("UTC−3", "-0300"), ("GMT –3", "-0300"), ("+05:30", "+0530"),
    ("UTC+5.30", "+0530"), ("GMT+9", "+0900"),
]  # fmt: skip


def test_there_are_two_hundred_ways_and_more() -> None:
    assert len(CADENCES) + len(QUIET) + len(LANGUAGES_TYPED) + len(ZONES) + len(OFFSETS) >= 200


@pytest.mark.parametrize(("typed", "meant"), CADENCES)
def test_a_rhythm_is_read_as_it_is_typed(typed: str, meant: str) -> None:
    assert typed_cadence(typed) == meant
    assert spell_cadence(parse_cadence(meant)) == meant or meant == "hourly"


@pytest.mark.parametrize(
    "typed",
    ["", "sometimes", "daily 25:00", "every 0 hours", "every 25 hours", "monthly 32 09:00", "m 09:00x", "every 6",
     "daily 8:75", "8 bananas", "monday monthly 3", "at", "-", "8 hours ago", "month", "off", "🎈 8", "9" * 400],
)  # fmt: skip
def test_what_is_no_rhythm_is_not_guessed_at(typed: str) -> None:
    assert typed_cadence(typed) is None


@pytest.mark.parametrize(("typed", "meant"), QUIET)
def test_quiet_hours_are_read_as_they_are_typed(typed: str, meant: str) -> None:
    assert typed_quiet(typed) == meant
    assert (parse_quiet(meant) is None) is (not meant)


@pytest.mark.parametrize(
    "typed", ["", "22", "22-22", "25-7", "10-12-14", "22-7 on mondays", "night", "8 x 9"]
)
def test_what_are_no_quiet_hours_is_not_guessed_at(typed: str) -> None:
    assert typed_quiet(typed) is None


@pytest.mark.parametrize(("typed", "tag"), LANGUAGES_TYPED)
def test_a_language_is_known_by_any_of_its_names(typed: str, tag: str) -> None:
    assert language_named(typed) == tag


@pytest.mark.parametrize("typed", ["klingon", "", "xx", "nl", "Germ"])
def test_a_language_that_is_not_spoken_is_none(typed: str) -> None:
    assert language_named(typed) is None


@pytest.mark.parametrize(("typed", "zone"), ZONES)
def test_a_zone_is_the_city_that_lives_by_it(typed: str, zone: str) -> None:
    assert find_zones(typed, WINTER) == ((zone,), True)


@pytest.mark.parametrize(("typed", "offset"), OFFSETS)
@pytest.mark.parametrize("now", [WINTER, SUMMER])
def test_an_offset_has_its_everyday_sign(typed: str, offset: str, now: datetime) -> None:
    zones, _certain = find_zones(typed, now)
    assert zones
    assert {now.astimezone(ZoneInfo(zone)).strftime("%z") for zone in zones} == {offset}


def test_an_offset_says_itself_with_its_everyday_sign() -> None:
    (fixed, *cities), certain = find_zones("GMT+2", SUMMER)
    assert (place(fixed), city(fixed), certain) == ("UTC+2", "UTC+2", False)
    assert "Europe/Berlin" in cities
    assert find_zones("GMT+2", WINTER)[0][1] == "Africa/Cairo"
    assert find_zones("+19", WINTER) == ((), False)


def test_clocks_of_many_countries_are_a_choice() -> None:
    zones, certain = find_zones("CET", WINTER)
    assert {"Europe/Berlin", "Europe/Paris", "Europe/Rome"} <= set(zones)
    assert not certain


@settings(deadline=None)  # the first names of zones are made ready then
@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    cadence, quiet = typed_cadence(typed), typed_quiet(typed)
    assert cadence is None or parse_cadence(cadence)
    assert quiet is None or not quiet or parse_quiet(quiet)
    for zone in find_zones(typed, WINTER)[0]:
        parse_zone(zone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_that_can_be_tapped_can_be_typed_as_the_menu_calls_it(language: str) -> None:
    with speaking(language):
        for setting in every():
            if setting.kind in {"cadence", "zone", "quiet", "topics", "text"}:
                continue
            for value in setting.taps:
                stored = read(setting, value)
                called = shown(setting, stored) if stored is not None else value
                assert read(setting, called) == stored, (setting.name, called)
