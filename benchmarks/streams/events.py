"""Made-up events and the stream of reports on them.

Events come in groups of look-alikes: the same kind within days of each other; some share a
place, a team or a defendant (an aftershock, a rematch, a later day in the same court). Every
source tells an event in its own words, takes the agency's text over nearly unchanged, or
tells how it went on. The label is the event; ``told`` says what the report is to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from streams import english, other_languages
from streams.template import Kind, write


def each(words: str) -> list[str]:
    """The words of a line."""
    return words.split()


START = datetime(2031, 5, 4, tzinfo=UTC)
_CITIES = each(
    "Arvenna Belcorte Caldona Drovany Estrema Fenmark Galdara Hollin Istrava Jundera "
    "Kelmoor Lisvara Montrea Nordhal Ostervik Palmera Quillota Rosmund Sabrina Tarquay "
    "Ulvern Valdera Westrin Yarrow Zelmira Brenta Corvina Dalmere Elsinga Farrow"
)
_COUNTRIES = each(
    "Ardania Belmora Costaria Dunvale Elgaria Fjordland Gravia Honduria Islanda Karvia Lumeria Morvan"
)
_FIRST = each(
    "Ana Boris Carla Dmitri Elena Farid Greta Hugo Ines Jonas Karim Lena Marco Nadia Oscar "
    "Petra Rafael Sofia Tomas Ursula Viktor Wanda Yusuf Zoe"
)
_LAST = each(
    "Abarca Brandt Castell Dvorak Ekman Fontaine Garrido Haller Ivanic Jansen Kovac "
    "Lindqvist Moreau Navarro Okafor Petrov Quintana Rossi Santoro Tanaka Ulrich Varga "
    "Weiss Yilmaz Zhukov Almeida Berger Costa Duarte Engel Falk Gomes"
)


_OWN_NAMES = {  # scripts in which a name is not written as in English
    "zh": (
        each("安和 白石 长岭 东河 福泉 古城 海门 江口 兰台 明湖 南溪 平山 青阳 荣昌 石桥 天水"),
        each("北原 大川 高林 金海 岭南 西陵"),
        each("王 李 赵 陈 刘 周 吴 郑 孙 马"),
        each("建国 晓明 文静 志强 丽华 国栋 海燕 雪梅 永康 思远"),
    ),
    "ru": (
        each(
            "Ардово Берёзовск Верхнекамск Горноград Долинск Ельшанка Заречье Ивантеево Каменка "
            "Лесогорск Малиново"
        ),
        each("Северия Заволжье Приморье Уралия Восточье"),
        each("Анна Борис Вера Глеб Дарья Егор Зоя Илья Кира Лев"),
        each("Абрамов Белов Власов Громов Демин Ершов Жуков Зимин Крылов Лосев"),
    ),
}


@dataclass(frozen=True)
class LabelledReport:
    """One report of the stream, in the order it comes in."""

    id: int
    event: int
    kind: str  # the kind of event
    told: str  # "first", "same", "copy" or "development"
    language: str
    source: int
    title: str
    text: str
    published: datetime


@dataclass(frozen=True)
class Event:
    """What happened, as facts, and what became of it later."""

    kind: str
    language: str
    start: datetime
    facts: dict[str, object]
    later: dict[str, object]
    foreign: tuple[str, ...] = ()  # further languages it is told in
    reports: int = 6


@dataclass(frozen=True)
class _Names:
    """Hands out names; places and people are reused across events, as in life."""

    rng: Random
    language: str

    def place(self) -> str:
        return self.rng.choice(_OWN_NAMES[self.language][0] if self.language in _OWN_NAMES else _CITIES)

    def country(self) -> str:
        return self.rng.choice(_OWN_NAMES[self.language][1] if self.language in _OWN_NAMES else _COUNTRIES)

    def person(self) -> str:
        _, _, first, last = _OWN_NAMES.get(self.language, ((), (), _FIRST, _LAST))
        return f"{self.rng.choice(first)}{'' if self.language == 'zh' else ' '}{self.rng.choice(last)}"


def facts_for(kind: str, rng: Random, language: str = "en") -> tuple[dict[str, object], dict[str, object]]:
    """Facts of an event of that kind, and the facts that change as it goes on."""
    names = _Names(rng, language)
    base: dict[str, object] = {
        "place": names.place(),
        "town": names.place(),
        "capital": names.place(),
        "country": names.country(),
        "day": rng.choice(each("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")),
        "daypart": rng.choice(
            ["early in the morning", "before dawn", "in the afternoon", "late in the evening"]
        ),
        "official": names.person(),
        "witness": names.person(),
        "leader": names.person(),
    }
    n = rng.randint
    match kind:
        case "quake":
            dead = n(3, 60)
            base |= {
                "mag": f"{n(50, 79) / 10}",
                "dead": dead,
                "hurt": n(40, 900),
                "homes": n(2, 40) * 100,
                "km": n(5, 90),
                "depth": n(6, 70),
            }
            return base, {"dead": dead + n(5, 90), "hurt": n(901, 2000)}
        case "court":
            base |= {
                "accused": names.person(),
                "crime": rng.choice(["fraud", "bribery", "arson", "smuggling", "perjury"]),
                "job": rng.choice(["banker", "minister", "surgeon", "mayor", "customs officer"]),
                "money": n(2, 80),
                "year": n(2015, 2021),
                "year2": n(2022, 2029),
                "counts": n(3, 24),
                "months": n(3, 11),
                "lawyer": names.person(),
                "judge": names.person(),
                "sentence": n(10, 20),
            }
            return base, {"sentence2": n(2, 9)}
        case "match":
            home, away = rng.sample(_CITIES, 2)
            base |= {
                "home": f"{home} {rng.choice(['United', 'City', 'Rovers', 'Athletic'])}",
                "away": f"{away} {rng.choice(['Wanderers', 'Town', 'Sporting', 'Albion'])}",
                "score": f"{n(2, 4)}-{n(0, 1)}",
                "scorer": names.person(),
                "second": names.person(),
                "keeper": names.person(),
                "coach": names.person(),
                "coach2": names.person(),
                "ground": f"{names.place()} {rng.choice(['Park', 'Arena', 'Road'])}",
                "minute": n(46, 89),
                "cup": rng.choice(["league", "cup", "semi-final"]),
                "crowd": n(80, 600) * 100,
                "points": n(12, 60),
                "rank": rng.choice(["second", "third", "fifth"]),
            }
            return base, {"weeks": n(3, 9)}
        case "earnings":
            rev = n(20, 90)
            base |= {
                "company": f"{rng.choice(_LAST)} {rng.choice(['Motors', 'Group', 'Systems', 'Foods', 'Energy'])}",
                "product": rng.choice(each("batteries chips tractors vaccines turbines noodles")),
                "pct": n(4, 48),
                "profit": n(110, 980),
                "rev": f"{rev / 10}",
                "rev0": f"{(rev - n(2, 9)) / 10}",
                "ceo": names.person(),
                "jobs": n(2, 30) * 50,
                "move": f"{n(11, 89) / 10}",
                "analyst": names.person(),
            }
            return base, {"buyback": n(5, 60) * 10}
        case "storm":
            dead = n(2, 15)
            base |= {
                "storm": rng.choice(each("Agatha Bastian Celia Dorian Eloise Fabio Gerda Hilde Iker")),
                "dead": dead,
                "homes": n(20, 400) * 1000,
                "wind": n(24, 50) * 5,
                "evac": n(5, 80) * 1000,
                "river": rng.choice(["Orsa", "Teja", "Vilna", "Marne", "Duero"]),
                "metres": n(2, 7),
            }
            return base, {"dead": dead + n(3, 40), "homes": n(401, 700) * 1000}
        case "election":
            base |= {
                "winner": names.person(),
                "loser": names.person(),
                "pct": f"{n(410, 640) / 10}",
                "party": rng.choice(["Green Alliance", "People's Union", "Liberal Front", "Workers' Party"]),
                "partner": rng.choice(["Centre Bloc", "Farmers' League", "Civic List"]),
                "years": n(5, 20),
                "turnout": n(51, 83),
                "seats": n(60, 240),
                "minister": names.person(),
                "issue": rng.choice(
                    ["the price of bread", "corruption", "pensions", "the water shortage", "rents"]
                ),
            }
            return base, {}
        case _:
            base |= {
                "workers": rng.choice(
                    ["bus drivers", "nurses", "dockers", "teachers", "train drivers", "pilots"]
                ),
                "union": rng.choice(["Solidar", "Unitas", "Ferrum", "Concord"]),
                "pct": n(7, 18),
                "offer": n(2, 5),
                "days": n(2, 9),
                "people": n(3, 90) * 1000,
                "company": f"{rng.choice(_LAST)} {rng.choice(['Transit', 'Health', 'Ports'])}",
                "mediator": names.person(),
            }
            return base, {"offer2": f"{n(51, 69) / 10}"}


def _again(event: Event, rng: Random) -> Event:
    """A different event that shares its main names with one some days before."""
    facts, later = facts_for(event.kind, rng)
    kept = {
        "quake": ("place", "country", "official", "capital"),
        "court": ("accused", "crime", "job", "place", "judge"),
        "match": ("home", "away", "coach", "coach2"),
        "storm": ("place", "country", "official", "capital"),
        "strike": ("place", "capital"),
        "earnings": ("product", "country"),
        "election": ("issue", "party"),
    }[event.kind]
    facts |= {name: event.facts[name] for name in kept}
    return replace(event, start=event.start + timedelta(days=rng.randint(2, 5)), facts=facts, later=later)


def events(rng: Random) -> list[Event]:
    """Some 120 events over two weeks, in groups of look-alikes; a third of them told only once."""
    made: list[Event] = []
    for kind in english.KINDS:
        for number in range(7):
            facts, later = facts_for(kind, rng)
            start = START + timedelta(hours=rng.uniform(0, 24 * 12))
            foreign = tuple(
                sorted(lang for lang, k in other_languages.KINDS if k == kind and lang in {"es", "de", "fr"})
            )
            told_in = (rng.choice(foreign),) if foreign and number < 3 else ()
            made.append(Event(kind, "en", start, facts, later, told_in, rng.randint(3, 9)))
        made.append(_again(rng.choice(made[-7:]), rng))
        for _ in range(6):  # most events are told once
            facts, later = facts_for(kind, rng)
            start = START + timedelta(hours=rng.uniform(0, 24 * 12))
            made.append(Event(kind, "en", start, facts, later, (), 1))
    for language, kind in other_languages.KINDS:
        for _ in range(2):
            facts, later = facts_for(kind, rng, language)
            start = START + timedelta(hours=rng.uniform(0, 24 * 12))
            made.append(Event(kind, language, start, facts, later, (), rng.randint(3, 6)))
    return made


def _templates(kind: str, language: str) -> Kind:
    return english.KINDS[kind] if language == "en" else other_languages.KINDS[language, kind]


def _heard(facts: dict[str, object], rng: Random) -> dict[str, object]:
    """The facts as one newsroom has them: counts of people and houses are somewhat off now and then."""
    heard = dict(facts)
    for name in ("hurt", "homes", "crowd", "people", "evac", "jobs"):
        count = facts.get(name)
        if isinstance(count, int) and rng.random() < 0.2:
            heard[name] = round(count * rng.uniform(0.8, 1.2))
    return heard


def _copy(title: str, text: str, space: str, rng: Random) -> tuple[str, str]:
    """An agency text as other sources run it: cut, credited, under another title."""
    cut = (
        text
        if rng.random() < 0.5
        else text[: int(len(text) * rng.uniform(0.6, 0.9))].rsplit(". ", 1)[0] + "."
    )
    credit = rng.choice(["", "(Wire)", "By our correspondents."])
    title = title if rng.random() < 0.6 else rng.choice(["UPDATE 1-", "World: ", "BREAKING: "]) + title
    return title, f"{credit}{space}{cut}".strip()


def stream(seed: int = 1) -> list[LabelledReport]:
    """The reports of all events, in order of publication; the same for the same seed."""
    rng = Random(seed)
    unsorted: list[LabelledReport] = []
    for number, event in enumerate(events(rng)):
        sources = rng.sample(range(1, 41), event.reports)
        wire: tuple[str, str] | None = None
        turned = False
        moment = event.start
        for position, source in enumerate(sources):
            moment += timedelta(minutes=rng.uniform(5, 240))
            language = event.language
            told = "first" if position == 0 else rng.choice(["same", "same", "copy", "development"])
            if position and event.foreign and rng.random() < 0.3:
                language, told = event.foreign[0], "same"
            kind = _templates(event.kind, language)
            if told == "development" and (turned or position < 2):
                told = "same"
            if told == "development":
                turned = True
                moment += timedelta(hours=rng.uniform(3, 20))
            if told == "copy" and wire:
                title, text = _copy(*wire, kind.space, rng)
            else:
                told = "same" if told == "copy" else told
                facts = _heard(event.facts | (event.later if turned else {}), rng)
                title, text = write(
                    kind, facts, rng, update=told == "development" or (turned and rng.random() < 0.5)
                )
                wire = (title, text) if language == event.language else wire
            unsorted.append(
                LabelledReport(0, number, event.kind, told, language, source, title, text, moment)
            )
    unsorted.sort(key=lambda report: (report.published, report.event))
    return [replace(report, id=i) for i, report in enumerate(unsorted, 1)]
