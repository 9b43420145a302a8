"""Numbers and dates as languages write them."""

from __future__ import annotations

import pytest

from digests.text.calendar_dates import dates, supported
from digests.text.numbers import numbers, unsupported
from digests.text.tokens import clean


@pytest.mark.parametrize(
    ("language", "text", "value", "unit"),
    [
        ("en", "1,234 people", 1234, None),
        ("en", "1,234.5 km", 1234.5, "km"),
        ("en", "$1.2 billion", 1.2e9, "usd"),
        ("en", "£5m", 5e6, "gbp"),
        ("fr", "47 M€", 47e6, "eur"),
        ("fr", "2,3 Mds d'euros", 2.3e9, "eur"),
        ("es", "1,25 mil millones de euros", 1.25e9, "eur"),
        ("es", "4 por ciento", 4, "%"),
        ("uk", "п'ятнадцяти років", 15, "year"),
        ("ru", "тысяча двести рабочих", 1200, None),
        ("tr", "yarım milyondan fazla", 5e5, None),
        ("hi", "साढ़े चार हजार लोग", 4500, None),
        ("en", "twenty-five percent", 25, "%"),
        ("en", "two hundred and five days", 205, "day"),
        ("en", "twenty-one days", 21, "day"),
        ("en", "twenty, one of them", 20, None),
        ("fr", "vingt et un jours", 21, "day"),
        ("ru", "двадцать один день", 21, "day"),
        ("en", "three million", 3e6, None),
        ("en", "half", 0.5, None),
        ("en", "two three", 3, None),
        ("en", "two hundred half", 0.5, None),
        ("en", "1,234,567 people", 1234567, None),
        ("de", "1.234.567 Menschen", 1234567, None),
        ("en", "twenty-five hundred", 2500, None),
        ("fr", "cent euros", 100, "eur"),
        ("en", "it fell to -5 degrees", -5, None),
        ("en", "2nd place", 2, None),
        ("es", "cuarenta y dos", 42, None),
        ("es", "mil euros", 1000, "eur"),
        ("es", "1.234,5 millones", 1234.5e6, None),
        ("fr", "quatre-vingt-dix-sept", 97, None),
        ("fr", "soixante-dix", 70, None),
        ("fr", "25\u202f000 euros", 25000, "eur"),
        ("de", "fünfundzwanzig Tage", 25, "day"),
        ("de", "3 Mio. Euro", 3e6, None),
        ("it", "ventotto anni", 28, "year"),
        ("pt", "duzentos e cinco", 205, None),
        ("ru", "двадцать пять процентов", 25, "%"),
        ("ru", "1,6 млрд рублей", 1.6e9, "rub"),
        ("tr", "yüzde 12", 12, "%"),
        ("id", "tiga puluh", 30, None),
        ("ar", "٢٥ مليون دولار", 25e6, "usd"),
        ("hi", "४.२ करोड़ रुपये", 4.2e7, "inr"),
        ("zh", "三百五十万元", 3.5e6, "cny"),
        ("zh", "百分之十五", 15, "%"),
        ("zh", "二〇二五", 2025, None),
        ("ja", "12万3千人", 123000, None),
        ("ko", "87억 원", 8.7e9, "krw"),
    ],
)
def test_a_number_is_read_with_its_unit(language: str, text: str, value: float, unit: str | None) -> None:
    found = numbers(clean(text), language)
    assert any(value in number.values and number.unit == unit for number in found), found


@pytest.mark.parametrize("text", ["no numbers", "一般", "千葉", "one of them", "an hour"])
def test_what_is_no_number(text: str) -> None:
    assert numbers(text, "en") == []


@pytest.mark.parametrize(
    ("claim", "source", "good"),
    [
        ("12 hurt", "3 dead, 12 hurt", True),
        ("12 dead", "3 dead, 12 hurt", False),
        ("5 km away", "it is 5 miles away", False),
        ("about 1,200 fish", "1,204 fish", True),
        ("around 870 services", "868 services", True),
        ("around 970 services", "868 services", False),
        ("around 871 services", "870 services", False),
        ("nearly $5 million", "$4.8 million", True),
        ("nearly $4 million", "$4.8 million", False),
        ("more than 860 trains", "868 trains", True),
        ("more than 900 trains", "868 trains", False),
        ("fewer than 900 trains", "868 trains", True),
        ("fewer than 800 trains", "868 trains", False),
        ("870 cases have been reported", "870 people were infected and 457 deaths reported", True),
        ("about 870 cases", "870 people were infected\n56 cases were seen in 2014", True),
        ("five match points", "she saved two match points\nit took five sets", False),
        ("two of nine services close", "two services of nine services close", True),
        ("both sides agreed", "the sides agreed", True),
        ("a month and a half", "six weeks", True),
        ("1,200 fish", "1,204 fish", False),
        ("it cost $10 million", "it cost $10-12 million", True),
        ("it cost $5 million", "it cost 5 to 8 million dollars", True),
        ("they won 3-1", "a 3-1 victory", True),
        ("they won 3-1", "it was 3 to 1", True),
        ("they won 3-1", "a 3-2 victory, 1 red card", False),
        ("they won 3-2", "a 1-0 victory", False),
        ("4 piers", "on 4 March two piers cracked", False),
        ("in 2025", "on 4 March 2025", True),
        ("12.9bn from its listing", "12.9bn (10bn euros) from its listing", True),
        ("twice a day", "two times a day", True),
        ("3 dead", "the dead were 3", True),
    ],
)
def test_a_number_must_count_what_it_counts_in_the_source(claim: str, source: str, good: bool) -> None:
    assert (unsupported(claim, source, "en") is None) is good


@pytest.mark.parametrize(
    ("language", "claim", "source", "good"),
    [
        ("en", "24 November 2026", "2026-11-24", True),
        ("en", "November 24", "24.11.2026", True),
        ("en", "11/24/2026", "24 November 2026", True),
        ("en", "in November", "on 24 November", True),
        ("en", "24 November", "in November", False),
        ("en", "24 November 2026", "24 November, and 2026 will be dry", True),
        ("en", "24 November 2026", "24 November 2025", False),
        ("en", "24 November 2026", "24 November", False),
        ("en", "in May", "you may go", False),
        ("en", "they may march", "nothing", True),
        ("en", "on Friday", "on Fridays", True),
        ("en", "yesterday", "tomorrow", False),
        ("en", "last week", "the previous week", True),
        ("en", "13/13/2026", "nothing", True),
        ("zh", "6月18日", "2026年6月18日", True),
        ("zh", "18日", "6月18日", True),
        ("zh", "19日", "6月18日", False),
        ("zh", "周二", "星期二", True),
        ("ko", "11월 22일", "11월 21일", False),
        ("ar", "15 تشرين الثاني", "15 نوفمبر", True),
        ("pt", "na quarta-feira", "na quinta-feira", False),
        ("pt", "10 de fevereiro de 2026", "10/02/2026", True),
    ],
)
def test_dates_say_no_more_than_the_source(language: str, claim: str, source: str, good: bool) -> None:
    have = dates(source, language)
    assert all(supported(date, have, source) for date in dates(claim, language)) is good
