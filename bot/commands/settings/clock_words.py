"""The words people write times and rhythms with, in the languages the bot speaks.

Weekdays are CLDR's; here are their other forms, and everything else. Written without accents and in
small letters where a script has them, as ``folded`` makes it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import Locale

from bot.locales import LANGUAGES

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
