"""Numbers of a text with their units, however a language writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

from digests.brief.lexicon import Lexicon, lexicon
from digests.brief.tokens import lower

_CJK_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_CJK_SCALE = {"十": 10, "百": 100, "千": 1000}
_CJK_GROUP = {
    "万": 10**4,
    "萬": 10**4,
    "億": 10**8,
    "亿": 10**8,
    "兆": 10**12,
    "만": 10**4,
    "억": 10**8,
    "조": 10**12,
    "천": 1000,
    "백": 100,
}
_DIGITS = r"\d+(?:[.,٫٬'\u00a0\u202f ](?=\d)\d+)*"
_NUMBER = re.compile(
    r"(?P<cjk>[〇零一二三四五六七八九十百千两兩万萬億亿兆]+)"
    r"|(?P<mixed>\d[\d.,]*(?:[万萬億亿兆千百만억조천백]\s?\d*[\d.,]*)+)"
    r"|(?P<digits>\d+(?:[.,٫٬'’](?=\d)\d+)*(?:[\u00a0\u202f ]\d{3}(?!\d))*)"
)
_WORD = re.compile(r"[^\W\d_]+(?:[\u0900-\u0963]|[^\W\d_])*(?:'[^\W\d_]+)?")
_UNITS: dict[str, tuple[str, ...]] = {
    "%": ("%", "٪", "percent", "per cent", "prozent", "por ciento", "por cento", "pour cent", "per cento", "процент", "відсот",
          "في المئة", "في المائة", "بالمئة", "بالمائة", "प्रतिशत", "फीसदी", "फ़ीसदी", "persen", "パーセント", "퍼센트", "pct", "yüzde"),
    "usd": ("$", "us$", "dollar", "usd", "dólar", "dolar", "доллар", "долар", "دولار", "डॉलर", "美元", "ドル", "달러"),
    "eur": ("€", "euro", "eur", "евро", "євро", "يورو", "यूरो", "欧元", "歐元", "ユーロ", "유로", "avro"),
    "gbp": ("£", "gbp", "pound", "фунт", "英镑", "ポンド"),
    "jpy": ("¥", "yen", "иен", "円", "日元", "엔"),
    "cny": ("yuan", "元", "人民币", "юан"),
    "inr": ("₹", "rs", "rupee", "रुपये", "रुपए", "रुपया"),
    "rub": ("₽", "руб", "rouble", "ruble"),
    "try": ("₺", "lira"),
    "krw": ("₩", "원"),
    "idr": ("rp", "rupiah"),
    "brl": ("r$", "reais", "real"),
    "second": ("second", "segundo", "seconde", "sekunde", "secondo", "секунд", "saniye", "detik", "秒", "초"),
    "minute": ("minute", "minuto", "минут", "хвилин", "dakika", "menit", "دقيقة", "दقائق", "मिनट", "分钟", "分鐘", "분"),
    "hour": ("hour", "hora", "heure", "stunde", "ora", "ore", "час", "годин", "saat", "jam", "ساعة", "ساعات", "घंटे", "小时", "小時", "時間", "시간"),
    "day": ("day", "día", "dia", "jour", "tag", "giorn", "день", "дня", "дней", "днів", "gün", "hari", "يوم", "أيام", "दिन", "天", "日間", "일간"),
    "week": ("week", "semana", "semaine", "woche", "settiman", "недел", "тиж", "hafta", "pekan", "أسبوع", "أسابيع", "हफ्त", "सप्ताह", "周", "週", "주간"),
    "month": ("month", "mes", "mês", "mois", "monat", "mese", "mesi", "месяц", "місяц", "ay", "bulan", "شهر", "أشهر", "महीन", "个月", "個月", "か月", "ヶ月", "개월"),
    "year": ("year", "año", "ano", "an", "ans", "année", "jahr", "ann", "лет", "год", "рок", "yıl", "tahun", "عام", "سنة", "سنوات", "साल", "वर्ष", "年", "년"),
    "km": ("km", "kilometre", "kilometer", "kilómetro", "quilómetro", "quilômetro", "kilomètre", "chilometr", "километр", "кілометр", "كيلومتر", "किलोमीटर", "公里", "キロ", "킬로미터"),
    "mile": ("mile", "mi", "milla", "meile", "миль", "英里", "マイル", "마일"),
    "metre": ("m", "metre", "meter", "metro", "mètre", "метр", "متر", "मीटर", "米", "メートル", "미터"),
    "kg": ("kg", "kilo", "kilogram", "килограмм", "公斤"),
    "ton": ("ton", "tonne", "tonelada", "tonnellat", "тонн", "吨", "噸", "トン", "톤", "طن"),
}  # fmt: skip
_SIGNS = {form: unit for unit, forms in _UNITS.items() for form in forms}
_LONGEST = max(map(len, _SIGNS))
_HEDGES = re.compile(
    r"about|around|nearly|almost|roughly|approximately|more than|over|at least|some|close to|just under|less than|up to|"
    r"casi|cerca de|unos|unas|más de|alrededor de|environ|près de|plus de|fast|rund|etwa|mehr als|über|knapp|"
    r"mais de|quase|circa|quasi|più di|oltre|около|почти|более|близько|майже|понад|yaklaşık|neredeyse|"
    r"sekitar|hampir|lebih dari|حوالي|نحو|أكثر من|قرابة|लगभग|करीब|से अधिक|约|約|近|超过|超過|余|餘|以上|약|여"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as read. ``values`` are its possible readings ("1.234" is 1234 or 1.234)."""

    text: str
    values: frozenset[float]
    unit: str | None
    start: int
    end: int
    hedged: bool = False
    worded: bool = False


def numbers(text: str, language: str, taken: tuple[tuple[int, int], ...] = ()) -> list[Number]:
    """Numbers of a ``clean`` text in order; spans in ``taken`` (dates) are left out.

    The value one in words is no number here: it is an article in most languages.
    """
    words = lexicon(language)
    low = lower(text)
    found = [_read(match, low, words) for match in _NUMBER.finditer(text)]
    found += _worded(low, words, [(n.start, n.end) for n in found])
    kept = [n for n in found if n.values and not any(s < n.end and n.start < e for s, e in taken)]
    return sorted(_shared_scale(kept, text), key=lambda n: n.start)


def supported(claim: Number, source: list[Number]) -> bool:
    """Whether a number of the source says the same: value and, where both have one, unit."""
    for other in source:
        if claim.unit and other.unit and claim.unit != other.unit:
            continue
        if claim.values & other.values:
            return True
        if (claim.hedged or claim.worded) and any(
            _rounds(value, claimed) for value in other.values for claimed in claim.values
        ):
            return True
    return False


def _rounds(exact: float, claimed: float) -> bool:
    """Whether ``claimed`` is ``exact`` rounded to claimed's own digits, two of them at least above 1000."""
    digits = len(f"{claimed:.10g}".split("e")[0].replace(".", "").strip("0")) or 1
    return (
        exact >= 10
        and digits <= 4
        and abs(exact - claimed) <= 0.05 * exact
        and float(f"{exact:.{digits}g}") == claimed
    )


def _read(match: re.Match[str], low: str, words: Lexicon) -> Number:
    start, end = match.span()
    if match["cjk"]:
        values = _cjk(match["cjk"], low, start, end)
    elif match["mixed"]:
        values = {_mixed(match["mixed"])}
    else:
        values = _digits(match["digits"])
        scale = _WORD.match(low, _skip(low, end))
        known = words.scales.get(scale.group()) if scale and _skip(low, end) - end <= 1 else None
        if scale and known and not (scale.group() in {"m", "k"} and not _currency(low, start)):
            values, end = {value * known for value in values}, scale.end()
    if start and low[start - 1] in "-−" and (start == 1 or low[start - 2] in " (\u00a0"):
        values = {-value for value in values}
    return _number(low, values, start, end, worded=False)


def _number(low: str, values: set[float], start: int, end: int, *, worded: bool) -> Number:
    hedged = bool(
        re.search(rf"(?:{_HEDGES.pattern})\W*$", low[max(0, start - 16) : start]) or _HEDGES.match(low, end)
    )
    rounded = frozenset(round(value, 6) for value in values)
    return Number(low[start:end], rounded, _unit(low, start, end), start, end, hedged, worded)


def _skip(low: str, at: int) -> int:
    while at < len(low) and low[at] in " -\u00a0\u202f":
        at += 1
    return at


def _digits(text: str) -> set[float]:
    compact = re.sub(r"[\u00a0\u202f '’٬]", "", text).replace("٫", ".")
    marks = re.findall(r"[.,]", compact)
    if not marks:
        return {float(compact)}
    last = marks[-1]
    as_decimal = compact.replace("," if last == "." else ".", "").replace(",", ".")
    as_groups = re.sub(r"[.,]", "", compact)
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}", compact) is not None
    readings = set()
    if marks.count(last) == 1:
        readings.add(float(as_decimal))
    if grouped or marks.count(last) > 1:
        readings.add(float(as_groups))
    return readings


def _mixed(text: str) -> float:
    """12万3千, 3억 5000만."""
    total = 0.0
    for amount, scales in re.findall(r"([\d.,]+)\s?([万萬億亿兆千百만억조천백]*)", text):
        value = float(amount.replace(",", "").rstrip(".") or 0)
        for scale in scales:
            value *= _CJK_SCALE.get(scale, 0) or _CJK_GROUP[scale]
        total += value
    return total


def _cjk(text: str, low: str, start: int, end: int) -> set[float]:
    """Chinese numerals; a lone 一, 千 or 万 is more often part of a word than a number."""
    if (
        text in {"一", "十", "百", "千", "万", "萬", "億", "亿", "兆", "零"}
        and start
        and low[start - 1] != "第"
    ):
        return set()
    if len(text) == 1 and text in "千万百零":
        return set()
    if all(c in _CJK_DIGIT for c in text):
        return {float("".join(str(_CJK_DIGIT[c]) for c in text))} - ({1.0} if text == "一" else set())
    total = section = current = 0
    for char in text:
        if char in _CJK_DIGIT:
            current = _CJK_DIGIT[char]
        elif char in _CJK_SCALE:
            section += (current or 1) * _CJK_SCALE[char]
            current = 0
        else:
            total += ((section + current) or 1) * _CJK_GROUP[char]
            section = current = 0
    return {float(total + section + current)}


def _worded(low: str, words: Lexicon, taken: list[tuple[int, int]]) -> list[Number]:
    """Number words, put together: "two hundred and five", "quatre-vingt-dix"."""
    found: list[Number] = []
    total = current = 0.0
    start = end = -1

    def close() -> None:
        nonlocal total, current, start, end
        if start >= 0:
            found.append(_number(low, {total + current}, start, end, worded=True))
        total, current, start, end = 0.0, 0.0, -1, -1

    for match in _WORD.finditer(low):
        word = match.group()
        if any(s <= match.start() < e for s, e in taken):
            close()
            continue
        value = words.numbers.get(word)
        scale = words.scales.get(word) if len(word) > 2 else None
        gap = low[end : match.start()] if start >= 0 else ""
        if start >= 0 and gap.strip(" -\u00a0") not in {"", "and", "y", "et", "e", "و", "und"}:
            close()
        if value is not None:
            if start >= 0 and not _adds(current, value):
                if (current, value) == (4, 20):
                    current, end = 80, match.end()
                    continue
                close()
            start = match.start() if start < 0 else start
            current, end = current + value, match.end()
        elif scale and start >= 0:
            if scale >= 1000:
                total, current = total + (current or 1) * scale, 0.0
            else:
                current = (current or 1) * scale
            end = match.end()
        elif scale and word in {
            "cent",
            "mille",
            "mil",
            "cien",
            "ciento",
            "cento",
            "sto",
            "yüz",
            "bin",
            "tausend",
            "hundert",
        }:
            start, end, current = match.start(), match.end(), scale
    close()
    return found


def _adds(current: float, value: float) -> bool:
    if current == 0 or value < 1:
        return current == 0
    if current % 100 in {60, 80} and 10 <= value < 20:
        return True
    power = 10 if current % 100 else 100
    return current % 10 == 0 and value < power


def _currency(low: str, start: int) -> bool:
    return low[:start].rstrip()[-1:] in "$€£¥₹₽₺₩#" and start > 0


def _unit(low: str, start: int, end: int) -> str | None:
    """The unit next to a number: a sign before it, or a sign or word right after it."""
    before = low[max(0, start - 8) : start].rstrip()
    for size in (3, 2, 1):
        if before[-size:] in _SIGNS and (
            not before[-1].isalpha() or before[-3:-2] == " " or len(before) == size
        ):
            return _SIGNS[before[-size:]]
    if before.endswith("百分之") or before.endswith("yüzde"):
        return "%"
    rest = low[_skip(low, end) : _skip(low, end) + _LONGEST + 4]
    for size in range(min(_LONGEST, len(rest)), 0, -1):
        form = rest[:size]
        if form in _SIGNS:
            follows = rest[size : size + 1]
            if (
                not form[-1].isalpha()
                or ord(form[0]) > 0x2E00
                or len(form) > 3
                or not follows.isalpha()
                or follows == "s"
            ):
                return _SIGNS[form]
    return None


def _shared_scale(found: list[Number], text: str) -> list[Number]:
    """In "5 to 10 million" the first number may count millions too."""
    ordered = sorted(found, key=lambda n: n.start)
    result = []
    for number, following in zip_longest(ordered, ordered[1:]):
        values = number.values
        if following and re.fullmatch(
            r"\s*(?:-|–|—|to|and|bis|und|a|y|à|et|до|e)\s*[$€£]?\s*", text[number.end : following.start]
        ):
            for scale in (1e3, 1e6, 1e9):
                if min(following.values) >= scale > max(number.values) > 0:
                    values = values | {value * scale for value in number.values}
        result.append(
            Number(number.text, values, number.unit, number.start, number.end, number.hedged, number.worded)
        )
    return result
