"""Which language a text is written in.

The script settles some; CLD2 (pycld2) reads the rest, and where it is torn between languages the desk
knows by their words, those words count too. Neighbours that it takes for one another (Tigrinya and
Amharic, Serbian and Croatian, Kirundi and Kinyarwanda, Nigerian Pidgin and English) are told apart by
letters and words only one of them has.
"""

from __future__ import annotations

import re
from collections import defaultdict

import pycld2

from digests.text.languages import languages

SAMPLE = 2000  # characters looked at
_LETTER_WEIGHT = 0.7
_ASKED = ("latin", "cyrillic", "arabic")  # scripts where known words help the library

# Scripts that one language, or nearly one, is written in; the ranges are of one plane.
_SCRIPTS = {
    "kana": re.compile("[\u3041-\u30fa\u30fc-\u30ff]"),
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"),
    "hangul": re.compile("[\u1100-\u11ff\uac00-\ud7a3]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "arabic": re.compile("[\u0620-\u06ff]"),
    "devanagari": re.compile("[\u0900-\u0963\u0970-\u097f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "bengali": re.compile("[\u0980-\u09ff]"),
    "tamil": re.compile("[\u0b80-\u0bff]"),
}
_ONE_LANGUAGE = {
    "hangul": "ko",
    "kana": "ja",
    "greek": "el",
    "hebrew": "he",
    "thai": "th",
    "bengali": "bn",
    "tamil": "ta",
}

_TOKEN = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0962\u0963]+[^\W\d_]*)*")


def _word_weights(script: str) -> dict[str, list[tuple[str, float]]]:
    """For each word of a script's languages those it speaks for, shares adding up to one.

    The lists run from common to rare, so a word speaks most for the language where it stands first.
    """
    holders: dict[str, dict[str, float]] = {}
    for known in _KNOWN[script]:
        for rank, word in enumerate(known.common):
            holders.setdefault(word, {}).setdefault(known.code, 1.0 / (rank + 5))
    return {
        word: [(language, strength / sum(strengths.values())) for language, strength in strengths.items()]
        for word, strengths in holders.items()
    }


_KNOWN = {
    script: [known for known in languages() if known.script == script and known.common] for script in _ASKED
}
_WEIGHTS = {script: _word_weights(script) for script in _ASKED}


_OWN_SHARE = 1.2  # what a text's known words must weigh to be heard at all
_LIBRARY = 0.5  # CLD2's share against the known words'
_FIRM = 750.0  # CLD2's own score, from which it is heard in full
_LEAST = 0.08  # of all a language must gather
_TWO_WORDS = 1.1  # a known word weighs one at most, and so does a letter
_NOT_A_WORD = 0.4  # of English left, where not one word of the text is among its commonest
_HINTED = 0.35  # what a claim adds, where the text is short; a template's "en" is often a lie
_HINTED_ENGLISH = 0.1
_TINY = 10  # characters; nothing can be told from less
_SHORT = 200  # characters; a longer text speaks for itself
_ALIASES = {
    "nb": "no",
    "iw": "he",
    "in": "id",
    "fil": "tl",
    "jw": "jv",
    "zh-hant": "zh",
    "mo": "ro",
    "sh": "sr",
}
_MARKED_TIGRINYA = re.compile("[\u1250-\u125d\u12a3]|ናይ|እዩ|ዝተ|ብዘ|ዝነ|ሰላም ዝ")
_PIDGIN = re.compile(
    r"\b(?:dey|wey|wetin|una|pipo|abi|sabi|sey|comot|go fit|fit don|don (?!['’])[a-z]+|no be|na (?:so|im|dem|di))\b"
)
_KIRUNDI = re.compile(r"\b(?:ca|co|ci|c['’]|ivyo|ico|ivya|vya|vyo|ukw\w*)(?:\b|(?<=['’]))|vy", re.IGNORECASE)
_KINYARWANDA = re.compile(r"\b(?:cya|cyo|byo|bya|icyo|ibyo)\b|jy|njy|pfa|cy['’]|by['’]", re.IGNORECASE)
_CROATIAN = re.compile(
    r"(?:[bcčćdfghklmnprsštvzž])(?:ije|je)(?=[cčdlmnrsštv])|\b(?:tko|što|gdje|europ\w*|tisuć\w*|nogomet\w*|općin\w*|tjed\w*|također|jučer"
    r"|znanstven\w*|sveučiliš\w*|siječnj\w*|veljač\w*|ožujk\w*|travnj\w*|svibnj\w*|lipnj\w*|srpnj\w*|kolovoz\w*|rujn\w*|listopad\w*"
    r"|studen\w*|prosinc\w*|zrakoplov\w*|vlak\w*)\b",
    re.IGNORECASE,
)
_SERBIAN = re.compile(
    r"\b(?:šta|gde|posle|pre|reč\w*|dec[aeu]|vreme\w*|svet\w*|uvek|hiljad\w*|fudbal\w*|evrop\w*|opštin\w*|nedelj\w*|takođe|juče"
    r"|nauč\w*|ćelij\w*|predsedni\w*|mesec\w*|pobed\w*|bezbed\w*|saopšt\w*|voz(?:a|om|ovi)?)\b",
    re.IGNORECASE,
)
_MALAY = re.compile(
    r"\b(?:kerajaan|polis|sahaja|kerana|bahawa|ialah|awak|ringgit|lelaki|syarikat|pejabat|kereta|Ogos|Mac|Julai)\b",
    re.IGNORECASE,
)
_FRENCH_MARK = re.compile(r"\w\s[?!;:»](?:\s|$)")
_YORUBA = re.compile("[ẹṣẸṢ]|ọ[\u0300\u0301]")
_IGBO = re.compile("[ịụṅỊỤṄ]")


def detect(text: str, hint: str | None = None) -> str:
    """The language of the text: ISO 639-1, 639-3 where that has no code, ``und`` when it can't be told.

    ``hint`` is a language someone claims (``pt-BR``, ``en_US``): it decides where the text is
    too short to, and is ignored where the text says otherwise. All Chinese is ``zh``, Norwegian ``no``.
    """
    claimed = _code(re.split("[-_]", hint.strip().casefold())[0]) if hint else ""
    if not re.fullmatch("[a-z]{2,3}", claimed):
        claimed = ""
    sample = " ".join(text[:SAMPLE].split())
    counts = {script: len(pattern.findall(sample)) for script, pattern in _SCRIPTS.items()}
    total = sum(counts.values())
    # A Japanese text is mostly kana with Chinese characters among it; a Chinese one holds no kana.
    if total and counts["kana"] * 12 >= counts["han"] and (counts["kana"] + counts["han"]) * 3 >= total:
        return "ja"
    if total and counts["han"] * 3 >= total and counts["hangul"] < counts["han"]:
        return "ja" if claimed == "ja" and counts["kana"] else "zh"
    script = max(counts, key=counts.__getitem__) if total else ""
    if script in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[script]
    found = _among(sample, script, claimed)
    return _neighbour(sample, found, claimed)


def _among(sample: str, script: str, claimed: str) -> str:
    """The likeliest language of a sample whose script many languages share."""
    scores: dict[str, float] = defaultdict(float)
    for code, share in _library(sample):
        scores[code] += share * _LIBRARY
    top = max(scores, key=scores.__getitem__) if scores else ""
    if script in _ASKED and (not top or any(top == known.code for known in _KNOWN[script])):
        # Letters are heard where the library has no answer, or says English, which has few of them.
        known = _words(sample, script, letters=top in ("", "en"))
        weight = sum(known.values())
        if top == "en" and weight >= _TWO_WORDS and not known.get("en"):
            scores["en"] *= _NOT_A_WORD
        for code, strength in known.items():
            scores[code] += (
                strength / (weight + _OWN_SHARE) * (1.0 if weight >= _TWO_WORDS or not top else 0.5)
            )
    if claimed and (len(sample) < _TINY or not scores or max(scores.values()) < _LEAST):
        return claimed
    if claimed and len(sample) < _SHORT:
        scores[claimed] += _HINTED_ENGLISH if claimed == "en" else _HINTED
    best = max(scores, key=scores.__getitem__, default="und")
    return best if scores[best] >= _LEAST else "und"


def _library(sample: str) -> list[tuple[str, float]]:
    try:
        told = pycld2.detect(sample.encode("utf-8", "ignore"), bestEffort=True)[2]
    except pycld2.error:  # it reads no control characters
        return []
    return [
        (_code(code.split("-")[0].lower()), share / 100 * min(1.0, strength / _FIRM))
        for _, code, share, strength in told
        if code != "un"
    ]


def _code(code: str) -> str:
    return _ALIASES.get(code, code)


def _words(sample: str, script: str, *, letters: bool) -> dict[str, float]:
    """What the commonest words, and letters one language has alone, say for each language."""
    folded = sample.casefold()
    weights = _WEIGHTS[script]
    scores: dict[str, float] = defaultdict(float)
    for word in _TOKEN.findall(folded):
        for language, weight in weights.get(word, ()):
            scores[language] += weight
    for known in _KNOWN[script] if letters else ():
        marks = sum(folded.count(letter) for letter in known.letters)
        if marks:
            scores[known.code] += marks * _LETTER_WEIGHT
    if script == "latin" and "fr" in scores and _FRENCH_MARK.search(sample):
        scores["fr"] += _LETTER_WEIGHT
    return scores


def _neighbour(sample: str, found: str, claimed: str) -> str:
    """The one of two languages that the library takes for one another."""
    if found == "nn" and claimed == "no":
        return claimed
    if found in ("am", "ti"):
        return "ti" if claimed == "ti" or _MARKED_TIGRINYA.search(sample) else found
    if found in ("hr", "bs", "sr") and not _SCRIPTS["cyrillic"].search(sample):
        if claimed in ("hr", "bs", "sr"):
            return claimed
        croatian, serbian = len(_CROATIAN.findall(sample)), len(_SERBIAN.findall(sample))
        return "sr" if serbian >= croatian else found if found != "sr" else "hr"
    if found in ("rw", "rn"):
        if claimed in ("rw", "rn"):
            return claimed
        kirundi, kinyarwanda = len(_KIRUNDI.findall(sample)), len(_KINYARWANDA.findall(sample))
        return "rn" if kirundi > kinyarwanda else "rw" if kinyarwanda > kirundi else found
    if found in ("ms", "id"):
        return "ms" if claimed == "ms" or _MALAY.search(sample) else "id"
    if found == "en" and len(_PIDGIN.findall(sample)) * 400 > len(sample):
        return "pcm"
    if found in ("en", "vi", "und") and not any(letter in sample for letter in "ơưđăƠƯĐĂ"):
        yoruba, igbo = len(_YORUBA.findall(sample)), len(_IGBO.findall(sample))
        if max(yoruba, igbo) * 30 > len(sample):
            return "yo" if yoruba >= igbo else "ig"
    return found
