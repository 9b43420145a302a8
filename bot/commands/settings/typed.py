"""Times, rhythms and quiet hours as people type them, in any language the bot speaks.

What is typed is cut into times and words of known meaning, the longest first; a word that means
nothing here makes the whole unreadable, so that nothing is guessed past it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache
from itertools import pairwise

from babel import Locale

from bot.locales import LANGUAGES
from digests.edit.schedule import Cadence, spell_cadence

# ------------ The words people write times and rhythms with, in the languages the bot speaks.
#
# Weekdays are CLDR's; here are their other forms, and everything else. Written without accents and in
# small letters where a script has them, as ``folded`` makes it.

# Words of one meaning, separated by “/”: English, German, French, Spanish, Portuguese, Russian, Arabic, then
# Chinese and Japanese, which write without spaces.
_WORDS: Mapping[str, str] = {
    "instant": "instant/instantly/immediately/at once/as it happens/live/now/sofort/laufend/gleich/tout de suite/"
               "immediat/en direct/en continu/al instante/inmediato/en directo/enseguida/na hora/imediato/"
               "imediatamente/ao vivo/сразу/немедленно/فورا/فوري/مباشرة/即时/實時/實时/实时/即時/立即/马上/馬上/"
               "すぐ/すぐに/随時/リアルタイム",
    "every": "every/each/alle/jede/jeden/jedes/tous les/toutes les/chaque/cada/todos los/todas las/a cada/todos os/"
             "todas as/каждые/каждый/каждую/каждое/كل/每/每隔/毎",
    "every after": "ごと/ごとに/毎に/おき/おきに/一次",
    "hourly": "hourly/every hour/each hour/once an hour/stundlich/jede stunde/toutes les heures/chaque heure/"
              "cada hora/todas las horas/a cada hora/de hora em hora/de hora en hora/каждый час/ежечасно/"
              "раз в час/كل ساعة/每小时/每小時/每个小时/每個小時/1時間ごと/毎時/毎時間/一時間ごと",
    "hours": "hours/hour/hrs/hr/h/std/stunden/stunde/heures/heure/horas/hora/часов/часа/час/ساعات/ساعة/小时/小時/"
             "个小时/個小時/時間",
    "oclock": "o'clock/oclock/uhr/heures/heure/h/hs/hrs/horas/hora/часов/часа/час/ч/点/點/点钟/點鐘/点整/時/时",
    "daily": "daily/every day/each day/everyday/day/days/once a day/taglich/jeden tag/am tag/tous les jours/"
             "chaque jour/par jour/quotidien/diario/diariamente/cada dia/todos los dias/al dia/todos os dias/"
             "todo dia/por dia/ежедневно/каждый день/в день/раз в день/يوميا/كل يوم/每天/每日/天天/毎日",
    "twice": "twice/zweimal/deux fois/dos veces/duas vezes/дважды/два раза/مرتين/两次/兩次/2回/二回",
    "weekdays": "weekdays/weekday/every weekday/on weekdays/workdays/working days/werktags/werktage/wochentags/"
                "an werktagen/en semaine/jours ouvrables/jours de semaine/dias laborables/entre semana/"
                "de lunes a viernes/dias uteis/em dias uteis/nos dias uteis/будни/по будням/в будни/рабочие дни/"
                "по рабочим дням/ايام العمل/أيام العمل/في أيام العمل/工作日/每个工作日/平日",
    "weekend": "weekend/weekends/the weekend/at the weekend/on weekends/every weekend/wochenende/am wochenende/"
               "wochenenden/an wochenenden/le week-end/week-end/week-ends/le weekend/fin de semana/fines de semana/"
               "fim de semana/fins de semana/выходные/по выходным/в выходные/عطلة نهاية الأسبوع/周末/週末/"
               "每周末/每週末/毎週末",
    "weekly": "weekly/every week/once a week/wochentlich/jede woche/einmal die woche/einmal pro woche/"
              "chaque semaine/toutes les semaines/hebdomadaire/semanal/semanalmente/cada semana/"
              "todas las semanas/toda semana/todas as semanas/еженедельно/каждую неделю/раз в неделю/اسبوعيا/"
              "أسبوعيا/كل اسبوع/كل أسبوع/每周/每週/每星期/毎週",
    "monthly": "monthly/every month/each month/once a month/of the month/of each month/of every month/monatlich/"
               "jeden monat/im monat/einmal im monat/des monats/chaque mois/tous les mois/mensuel/du mois/"
               "de chaque mois/mensual/mensualmente/cada mes/todos los meses/de cada mes/del mes/mensal/"
               "mensalmente/todo mes/todos os meses/do mes/ежемесячно/каждый месяц/раз в месяц/месяца/"
               "каждого месяца/شهريا/كل شهر/من كل شهر/每月/每个月/每個月/毎月",
    "am": "am/a.m./a.m/in the morning/every morning/morning/mornings/in the mornings/morgens/am morgen/fruh/"
          "jeden morgen/vormittags/du matin/matin/le matin/tous les matins/chaque matin/de la manana/"
          "por la manana/cada manana/todas las mananas/mananas/manana/da manha/de manha/pela manha/toda manha/"
          "manha/утра/утром/каждое утро/по утрам/صباحا/في الصباح/كل صباح/ص/早上/上午/早晨/凌晨/每天早上/每天上午/"
          "午前/朝/毎朝",
    "pm": "pm/p.m./p.m/in the afternoon/afternoon/in the evening/evening/evenings/every evening/"
          "tonight/nachmittags/abends/am abend/jeden abend/de l'apres-midi/apres-midi/du soir/soir/"
          "le soir/tous les soirs/chaque soir/de la tarde/por la tarde/cada noche/"
          "cada tarde/todas las noches/da tarde/a tarde/de tarde/a noite/toda noite/вечера/"
          "вечером/дня/каждый вечер/по вечерам/مساء/في المساء/كل مساء/م/下午/晚上/傍晚/每天晚上/每天下午/午後/夕方/"
          "毎晩/晩",
    "night": "at night/in the night/night/nightly/nachts/in der nacht/de la nuit/la nuit/de la noche/por la noche/"
             "da noite/de noite/ночи/ночью/ليلا/夜里/夜裡/半夜/夜/深夜",
    "noon": "noon/midday/mittags/mittag/am mittag/midi/a midi/mediodia/al mediodia/meio-dia/ao meio-dia/полдень/"
            "в полдень/الظهر/ظهرا/中午/正午/お昼/昼",
    "midnight": "midnight/mitternacht/um mitternacht/minuit/a minuit/medianoche/a medianoche/meia-noite/"
                "a meia-noite/полночь/в полночь/منتصف الليل/午夜/零点/真夜中",
    "half": "半",
    "to": "to/until/till/through/thru/bis/au/a/ate/hasta/jusqu'a/по/до/الى/إلى/حتى/到/至/から/まで/-",
    "filler": "at/on/the/in/and/from/o/de/del/des/du/a las/a la/las/los/el/la/as/os/o/e/y/et/und/um/am/jeweils/uhrzeit/"
              "a partir de/les/le/l/vers/entre/between/en/em/no/na/nos/nas/das/da/do/von/zwischen/ab/в/во/и/с/со/"
              "по/الساعة/في/من/و/بين/の/に/と/、/和/跟/时/在/从/從/配信/发/送/推送/digest/digests/post/send/please",
    "off": "off/none/no/never/aus/nie/kein/keine/desactive/jamais/aucun/aucune/non/desactivado/nunca/ninguno/ninguna/"
           "desligado/nenhum/nenhuma/nao/нет/выкл/выключить/никогда/ايقاف/إيقاف/لا/关/關/关闭/關閉/无/無/オフ/なし",
}  # fmt: skip

# Forms of the weekdays beside those of a dictionary, Monday first.
_DAYS = (
    "mondays/montags/lundis/segunda/segundas/segunda-feira/понедельникам/понедельник/الإثنين/اثنين/礼拜一/禮拜一/月",
    "tuesdays/tues/dienstags/mardis/terca/tercas/terca-feira/вторникам/ثلاثاء/礼拜二/禮拜二/火",
    "wednesdays/weds/mittwochs/mercredis/quarta/quartas/quarta-feira/средам/среду/أربعاء/礼拜三/禮拜三/水",
    "thursdays/thur/thurs/donnerstags/jeudis/quinta/quintas/quinta-feira/четвергам/خميس/礼拜四/禮拜四/木",
    "fridays/freitags/vendredis/sexta/sextas/sexta-feira/пятницам/пятницу/جمعة/礼拜五/禮拜五/金",
    "saturdays/samstags/sonnabend/sonnabends/samedis/sabados/субботам/субботу/سبت/礼拜六/禮拜六/土",
    "sundays/sonntags/dimanches/domingos/воскресеньям/أحد/礼拜日/礼拜天/禮拜天/星期天/周天/週天/日",
)


def folded(text: str) -> str:
    """Small letters without accents, one kind of dash, digits as in ASCII."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = (char for char in apart if unicodedata.category(char) != "Mn")
    # not composed again: both sides of every comparison are apart
    return "".join(_plain(char) for char in kept)


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if unicodedata.category(char) == "Pd" or char in "~〜～−":
        return "-"
    return "'" if char in "’ʼ" else char


@cache
def meanings() -> dict[str, tuple[str, ...]]:
    """What each word means, folded: kinds of words, or ``day N``; most have one meaning."""
    found: dict[str, dict[str, None]] = {}
    for kind, words in _WORDS.items():
        for word in words.split("/"):
            found.setdefault(folded(word), {})[kind] = None
    for day, words in enumerate(_DAYS):
        for word in words.split("/"):
            found.setdefault(folded(word), {})[f"day {day}"] = None
    for language in LANGUAGES:
        for use in Locale.parse(language, sep="-").days.values():
            for width in ("wide", "abbreviated", "short"):
                for day, name in use.get(width, {}).items():
                    word = folded(name).rstrip(".")
                    if len(word) > 1 or word > "⺀":  # a letter says too little, a character enough
                        found.setdefault(word, {})[f"day {day}"] = None
    return {word: tuple(kinds) for word, kinds in found.items()}


_LONGEST = 100  # characters that are looked at
_MORNING, _EVENING = time(8), time(18)
_DEFAULT = (_MORNING,)
_PARTS = {"am": _MORNING, "pm": _EVENING, "night": time(21), "noon": time(12), "midnight": time(0)}
_WORKDAYS, _WEEKEND = frozenset(range(5)), frozenset({5, 6})

_CLOCK = re.compile(r"(\d{1,2})\s?(?:[:.h点點時时]\s?)(\d{2})\s?(?:分)?(?!\d)|(\d{2})(\d{2})(?!\d)")
_NUMBER = re.compile(r"(\d{1,2})(?!\d)\s?(st\b|nd\b|rd\b|th\b|er\b|º|ª|\.(?!\d)|日|号|號|-го\b|-е\b)?")
_SPACE = re.compile(r"[\s,;，،、.!?。&+|]+")
_TENS = str.maketrans("一二三四五六七八九两兩", "12345678922")
_CHINESE = re.compile(
    r"(十?[一二三四五六七八九]?|二十[一二三]?|[一二三四五六七八九两兩])(?=[点點時时]|个?小时|個?小時)"
)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a meaning, or a number of the clock (``hour`` >= 0)."""

    kinds: tuple[str, ...] = ()
    hour: int = -1
    minute: int = 0
    clock: bool = False  # is a time of day beyond doubt
    ordinal: bool = False

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds

    @property
    def day(self) -> int:
        """The weekday it names, Monday 0; -1 where it names none."""
        return next((int(kind[4:]) for kind in self.kinds if kind.startswith("day ")), -1)


def typed_cadence(text: str) -> str | None:
    """What was typed as ``parse_cadence`` reads it: “8am” is ``daily 08:00``. None: not understood."""
    tokens = _tokens(text)
    if not tokens:
        return None
    cadence = _cadence(tokens)
    return None if cadence is None else spell_cadence(cadence)


def typed_quiet(text: str) -> str | None:
    """Quiet hours as ``parse_quiet`` reads them: “10pm–7” is ``22:00-07:00``; empty for none, None: not
    understood."""
    tokens = _tokens(text)
    if tokens and len(tokens) == 1 and "off" in tokens[0]:
        return ""
    times, rest = _times(tokens or [])
    if len(times) != 2 or times[0] == times[1] or any(not {"to", "filler"} & set(one.kinds) for one in rest):
        return None
    return f"{times[0]:%H:%M}-{times[1]:%H:%M}"


def _cadence(tokens: list[_Token]) -> Cadence | None:
    if _are(tokens, "instant"):
        return Cadence()
    hours = _period(tokens)
    if hours:
        return Cadence(hours=hours) if hours <= 24 else None
    if any("every" in one and _bare(two) for one, two in pairwise(tokens)):  # “every 6”, of what?
        return None
    monthly = any("monthly" in one for one in tokens)
    month_day = 0
    if monthly or any(one.ordinal for one in tokens):
        tokens, month_day = _month_day(tokens)
        if not 1 <= month_day <= 31:
            return None
    times, rest = _times(tokens)
    days, rest = _days(rest)
    known = {"daily", "weekly", "monthly", "weekdays", "weekend", "twice", "every", "filler", "to"}
    said = {kind for one in rest for kind in one.kinds}
    if any(not known & set(one.kinds) for one in rest) or not (
        said - {"filler", "to", "every"} or times or days
    ):
        return None
    if "twice" in said:
        times = times or [_MORNING, _EVENING]
    kept = tuple(sorted(set(times))) or _DEFAULT
    if month_day:
        return None if days else Cadence(times=kept, month_day=month_day)
    if "weekdays" in said:
        days = days | _WORKDAYS
    if "weekend" in said:
        days = days | _WEEKEND
    if not days and "weekly" in said:
        days = frozenset({0})
    return Cadence(times=kept, weekdays=days or frozenset(range(7)))


def _are(tokens: Sequence[_Token], kind: str) -> bool:
    """All are of that kind, or fill."""
    return any(kind in one for one in tokens) and all(kind in one or "filler" in one for one in tokens)


def _period(tokens: Sequence[_Token]) -> int:
    """The hours of “every 6 hours”; 0 where none are said."""
    if _are(tokens, "hourly"):
        return 1
    kept = [one for one in tokens if one.kinds != ("filler",)]
    match kept:
        case [every, number, unit] if "every" in every and _bare(number) and "hours" in unit:
            return number.hour
        case [number, unit, every] if _bare(number) and "hours" in unit and "every after" in every:
            return number.hour
        case [every, number, unit, after] if (
            "every" in every and _bare(number) and "hours" in unit and "every after" in after
        ):
            return number.hour
        case _:
            return 0


def _bare(token: _Token) -> bool:
    return token.hour >= 0 and not token.clock and not token.ordinal


def _month_day(tokens: list[_Token]) -> tuple[list[_Token], int]:
    """The tokens without the day of the month, and that day; the first where none is said."""
    for at, one in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else _Token()
        if one.ordinal or (_bare(one) and not _part(after) and "oclock" not in after):
            return [*tokens[:at], *tokens[at + 1 :]], one.hour
    return tokens, 1


def _times(tokens: Sequence[_Token]) -> tuple[list[time], list[_Token]]:
    """The times of day among the tokens, each with the words that belong to it, and the other tokens."""
    found: list[time] = []
    rest: list[_Token] = []
    before = ""  # part of the day said before its time: 下午6点, every morning at 8
    at = 0
    while at < len(tokens):
        one = tokens[at]
        at += 1
        if one.hour < 0:
            part = _part(one)
            upcoming = next((two for two in tokens[at:] if "filler" not in two), _Token())
            if not part or "filler" in one:  # German says “am Montag”
                rest.append(one)
            elif upcoming.hour >= 0:
                before = part
            else:
                found.append(_PARTS[part])
            continue
        half, minute = before, one.minute
        before = ""
        while at < len(tokens) and (word := tokens[at]).hour < 0:
            part = _part(word)
            after = tokens[at + 1] if at + 1 < len(tokens) else _Token()
            if part and (half or ("filler" in word and (after.hour >= 0 or after.day >= 0))):
                break
            if not part and not {"oclock", "half"} & set(word.kinds):
                break
            half = half or part
            minute = 30 if "half" in word else minute
            at += 1
        moment = _at(one.hour, minute, half)
        if moment is None:
            rest.append(_Token(("unknown",)))
        else:
            found.append(moment)
    return found, rest


def _part(token: _Token) -> str:
    """The part of the day that a word says, “” where it says none."""
    return next((kind for kind in token.kinds if kind in _PARTS), "")


def _at(hour: int, minute: int, half: str) -> time | None:
    if half in {"night", "midnight"}:
        half = "am" if hour < 5 or hour == 12 else "pm"
    if half in {"pm", "noon"} and hour < 11 + (half == "pm"):
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    if hour == 24 and minute == 0:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _days(tokens: Sequence[_Token]) -> tuple[frozenset[int], list[_Token]]:
    """The weekdays among the tokens, with those between where a range is said, and the other tokens."""
    chosen: set[int] = set()
    rest: list[_Token] = []
    last, to = -1, False
    for one in tokens:
        day = one.day
        if day < 0:
            to = to or "to" in one
            rest.append(one)
            continue
        if to and last >= 0:
            while last != day:
                last = (last + 1) % 7
                chosen.add(last)
        chosen.add(day)
        last, to = day, False
    return frozenset(chosen), rest


def _tokens(text: str) -> list[_Token] | None:
    """The text cut up; None where something in it means nothing."""
    return list(found) if (found := tuple(_cut(text))) and None not in found else None  # type: ignore[arg-type]


def _cut(text: str) -> Iterator[_Token | None]:
    left = _CHINESE.sub(_digits, folded(text.strip()[:_LONGEST]))
    at = 0
    while at < len(left):
        if space := _SPACE.match(left, at):
            at = space.end()
        elif clock := _CLOCK.match(left, at):
            hour, minute = (int(one) for one in clock.groups() if one is not None)
            yield _Token(hour=hour, minute=minute, clock=True)
            at = clock.end()
        elif number := _NUMBER.match(left, at):
            yield _Token(hour=int(number[1]), ordinal=bool(number[2]) and number[2] != ".")
            at = number.end()
        else:
            word = _word(left, at)
            if not word:
                yield None
                return
            yield _Token(meanings()[word])
            at += len(word)


def _word(text: str, at: int) -> str:
    """The longest known word that stands there and ends where a word can."""
    for length in range(min(_longest_word(), len(text) - at), 0, -1):
        word = text[at : at + length]
        after = text[at + length : at + length + 1]
        joined = word[-1].isalpha() and after.isalpha() and not _unspaced(word[-1])
        if word in meanings() and not joined:
            return word
    return ""


@cache
def _longest_word() -> int:
    return max(map(len, meanings()))


def _unspaced(char: str) -> bool:
    """Of a script that is written without spaces."""
    return char >= "⺀"


def _digits(match: re.Match[str]) -> str:
    """八 as 8, 十 as 10, 二十二 as 22."""
    tens, ten, ones = match[0].partition("十")
    if not ten:
        return match[0].translate(_TENS)
    return f"{tens.translate(_TENS) or '1'}{ones.translate(_TENS) or '0'}"
