"""Time zones by the names people use: a city's or a country's, in any language the bot speaks.

The names are CLDR's, the zones the IANA's.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

from bot.locales import LANGUAGES, spoken

_LONGEST = 60  # characters of a place's name that are looked at

MOST = 24
"""Zones offered where a name is ambiguous."""

# Large cities that no zone is named after.
_ELSEWHERE = {
    "America/Chicago": "Houston, Dallas, Austin, San Antonio, New Orleans, Minneapolis, Nashville",
    "America/Los_Angeles": "San Francisco, Seattle, San Diego, Portland, Las Vegas, Sacramento",
    "America/New_York": "Boston, Washington, Philadelphia, Miami, Atlanta, Baltimore, Pittsburgh",
    "America/Denver": "Salt Lake City, Albuquerque",
    "America/Toronto": "Montreal, Ottawa, Québec",
    "America/Edmonton": "Calgary",
    "America/Sao_Paulo": "Rio de Janeiro, Brasília, Belo Horizonte, Porto Alegre, Curitiba",
    "America/Guayaquil": "Quito",
    "America/Bogota": "Medellín, Cali",
    "America/Mexico_City": "Guadalajara",
    "Africa/Johannesburg": "Cape Town, Pretoria, Durban",
    "Africa/Lagos": "Abuja",
    "Africa/Casablanca": "Rabat",
    "Africa/Cairo": "Alexandria",
    "Asia/Shanghai": "Beijing, 北京, 北京市, Пекин, بكين, Peking, Pékin, Pekín, Shenzhen, 深圳, Guangzhou, 广州, "
                     "廣州, Chengdu, 成都, Wuhan, 武汉, Hangzhou, 杭州, Nanjing, 南京",
    "Asia/Taipei": "Kaohsiung, 高雄, Taichung, 台中",
    "Asia/Tokyo": "Osaka, 大阪, Kyoto, 京都, Yokohama, 横浜, Nagoya, 名古屋, Sapporo, 札幌, Fukuoka, 福岡",
    "Asia/Seoul": "Busan, Incheon",
    "Asia/Kolkata": "Delhi, New Delhi, Mumbai, Bangalore, Bengaluru, Chennai, Hyderabad, Pune",
    "Asia/Karachi": "Lahore, Islamabad",
    "Asia/Ho_Chi_Minh": "Hanoi",
    "Asia/Dubai": "Abu Dhabi, أبو ظبي",
    "Asia/Riyadh": "Jeddah, Mecca, جدة, مكة",
    "Asia/Jerusalem": "Tel Aviv, Haifa",
    "Asia/Almaty": "Astana",
    "Australia/Sydney": "Canberra",
    "Europe/Amsterdam": "Rotterdam, The Hague",
    "Europe/Berlin": "Munich, München, Hamburg, Cologne, Köln, Frankfurt, Stuttgart, Leipzig, Dresden",
    "Europe/Istanbul": "Ankara, Izmir",
    "Europe/Kyiv": "Kharkiv, Odesa, Lviv, Dnipro",
    "Europe/London": "Edinburgh, Manchester, Glasgow, Cardiff, Liverpool",
    "Europe/Lisbon": "Porto",
    "Europe/Madrid": "Barcelona, Valencia, Seville, Sevilla",
    "Europe/Moscow": "Saint Petersburg, Санкт-Петербург, Sochi, Сочи, Kazan, Казань",
    "Europe/Paris": "Lyon, Marseille, Lille, Bordeaux, Nantes, Toulouse, Strasbourg",
    "Europe/Rome": "Milan, Milano, Naples, Napoli, Turin, Torino, Florence, Firenze, Venice, Venezia",
    "Europe/Warsaw": "Kraków, Gdańsk, Wrocław, Łódź",
    "Europe/Zurich": "Geneva, Genève, Basel, Bern",
    "Pacific/Auckland": "Wellington, Christchurch",
}  # fmt: skip


# What clocks are called in short, where people live by them: the first city is who mostly means it.
_SHORT: Mapping[str, str] = {
    "et est edt eastern": "America/New_York",
    "ct cdt central": "America/Chicago",
    "cst": "America/Chicago Asia/Shanghai",
    "mt mst mdt mountain": "America/Denver America/Phoenix",
    "pt pst pdt pacific": "America/Los_Angeles",
    "akst akdt": "America/Anchorage",
    "hst": "Pacific/Honolulu",
    "nst ndt": "America/St_Johns",
    "ast": "America/Halifax Asia/Riyadh",
    "brt": "America/Sao_Paulo",
    "art": "America/Argentina/Buenos_Aires",
    "clt clst": "America/Santiago",
    "pet": "America/Lima",
    "gmt utc z zulu uct": "UTC",
    "bst": "Europe/London Asia/Dhaka",
    "wet west": "Europe/Lisbon",
    "cet cest met mest mez mesz": "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Vienna "
                                  "Europe/Zurich Europe/Amsterdam Europe/Brussels Europe/Warsaw Europe/Prague "
                                  "Europe/Stockholm Europe/Budapest Europe/Belgrade",
    "eet eest oez oesz": "Europe/Athens Europe/Kyiv Europe/Helsinki Europe/Bucharest Africa/Cairo",
    "msk мск": "Europe/Moscow",
    "trt": "Europe/Istanbul",
    "cat sast": "Africa/Johannesburg",
    "eat": "Africa/Nairobi",
    "wat": "Africa/Lagos",
    "gst": "Asia/Dubai",
    "pkt": "Asia/Karachi",
    "ist": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
    "npt": "Asia/Kathmandu",
    "ict": "Asia/Bangkok",
    "wib": "Asia/Jakarta",
    "hkt": "Asia/Hong_Kong",
    "sgt": "Asia/Singapore",
    "pht": "Asia/Manila",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "awst": "Australia/Perth",
    "acst acdt": "Australia/Adelaide Australia/Darwin",
    "aest aedt": "Australia/Sydney Australia/Brisbane",
    "nzst nzdt": "Pacific/Auckland",
}  # fmt: skip

_OFFSET = re.compile(r"(?:utc|gmt|z)?\s*([+-])\s*(\d{1,2})(?:[:.]?([0-5]\d))?", re.IGNORECASE)
_TURNED = str.maketrans("+-", "-+")
_DASHES = str.maketrans("−–—‐＋：", "----+:")


def find_zones(words: str, now: datetime) -> tuple[tuple[str, ...], bool]:
    """The zones a person may mean, best first, and whether a single one is certain.

    An IANA name is itself; a city's whole name is that city, a country's name its zones. What a
    clock is called in short (``EST``) is the city that lives by it, summer time and all; an offset
    (``GMT+2``, ``+05:30``: ahead of Greenwich) the zones whose clocks show it ``now``, and the one
    that always does. The beginning of a name, or one nearly spelled, is a guess.
    """
    typed = words.strip()[:_LONGEST]
    if typed.casefold() in _by_id():
        return (_by_id()[typed.casefold()],), True
    offset = _OFFSET.fullmatch(typed.translate(_DASHES))
    if offset:
        return _at_offset(offset, now)
    wanted = _folded(typed)
    if not wanted:
        return (), False
    cities, countries = _cities(), _countries()
    exact = _short().get(wanted) or cities.get(wanted) or countries.get(wanted)
    if exact:
        return exact[:MOST], len(exact) == 1
    begun = [zone for name, zones in cities.items() if name.startswith(wanted) for zone in zones]
    if not begun:
        near = difflib.get_close_matches(wanted, [*cities, *countries], n=3, cutoff=0.8)
        begun = [zone for name in near for zone in cities.get(name) or countries[name]]
    return tuple(dict.fromkeys(begun))[:MOST], False


def _at_offset(said: re.Match[str], now: datetime) -> tuple[tuple[str, ...], bool]:
    hours, minutes = int(said[2]), int(said[3] or 0)
    wanted = timedelta(hours=hours, minutes=minutes) * (-1 if said[1] == "-" else 1)
    if not wanted:
        return ("UTC",), True
    # IANA's own names of fixed zones have the sign the other way round
    fixed = f"Etc/GMT{'-' if wanted > timedelta() else '+'}{hours}"
    always = [fixed] if not minutes and fixed in available_timezones() else []
    there = [zone for zone in dict(_zones_once()) if now.astimezone(ZoneInfo(zone)).utcoffset() == wanted]
    there.sort(
        key=lambda zone: (zone.startswith("Antarctica/"), zone not in _ELSEWHERE)
    )  # large cities first
    found = (*always, *there[: MOST - len(always)])
    return found, len(found) == 1


@cache
def _zones_once() -> tuple[tuple[str, None], ...]:
    return tuple(dict.fromkeys((zone, None) for _territory, zone in _zones()))


@cache
def _short() -> dict[str, tuple[str, ...]]:
    known = available_timezones()
    return {
        name: tuple(zone for zone in zones.split() if zone in known)
        for names, zones in _SHORT.items()
        for name in names.split()
    }


@cache
def _by_id() -> dict[str, str]:
    """Those with a place in their names; of the others (EST, GB) the city or country is meant."""
    return {zone.casefold(): zone for zone in available_timezones() if "/" in zone or zone == "UTC"}


def city(zone: str) -> str:
    """How a zone's city is called in the language being spoken; of a fixed zone its offset, like UTC+2."""
    if zone.startswith("Etc/GMT"):
        return "UTC" + zone.removeprefix("Etc/GMT").translate(_TURNED)
    return _city(zone, spoken())


def place(zone: str) -> str:
    """A zone as a list shows it: its city, and its name where that says more."""
    return f"{city(zone)} ({zone})" if "/" in zone and not zone.startswith("Etc/") else city(zone)


@cache
def _city(zone: str, language: str) -> str:
    for name in (zone, *_old_names(zone)):
        said = Locale.parse(language, sep="-").time_zones.get(name, {}).get("city")
        if said:
            return str(said)
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def _aliases() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for old, new in get_global("zone_aliases").items():
        found.setdefault(new, []).append(old)
    return found


def _old_names(zone: str) -> list[str]:
    return _aliases().get(zone, [])


def _zones() -> Iterator[tuple[str, str]]:
    """Each country with each of its zones, where this machine knows them."""
    known = available_timezones()
    for territory, zones in get_global("territory_zones").items():
        for zone in zones:
            if zone in known and not zone.startswith("Etc/"):
                yield territory, zone


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    """Zones by their city's folded name in every language, and by its older names."""
    found: dict[str, dict[str, None]] = {}
    for _territory, zone in _zones():
        ids = [name.rpartition("/")[2].replace("_", " ") for name in (zone, *_old_names(zone))]
        for name in (*ids, *(_city(zone, language) for language in LANGUAGES)):
            found.setdefault(_folded(name), {})[zone] = None
    for zone, names in _ELSEWHERE.items():
        for name in names.split(","):
            found.setdefault(_folded(name), {})[zone] = None
    return {name: tuple(zones) for name, zones in found.items()}


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    locales = [Locale.parse(language, sep="-") for language in LANGUAGES]
    for territory, zone in _zones():
        for locale in locales:
            name = locale.territories.get(territory)
            if name:
                found.setdefault(_folded(name), {})[zone] = None
    return {name: tuple(zones) for name, zones in found.items()}


def _folded(name: str) -> str:
    """Without case, accents and punctuation."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(char if char.isalnum() else " " for char in apart if not unicodedata.combining(char))
    return " ".join(kept.split())
