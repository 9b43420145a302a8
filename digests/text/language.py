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

SAMPLE = 2000  # characters looked at
_LETTER_WEIGHT = 0.7

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

_WORDS: dict[str, dict[str, str]] = {
    "latin": {
        "en": "the of and to in a is that for it was on are as with his they at be this from have or by had not but what "
        "were we when your can said there which their will about if up out them then she many some would into has "
        "more her two him could been its who now over after says new how why you he i",
        "fr": "le la les de des du et à un une en est que qui dans pour pas sur au aux avec ce il elle sont par plus "
        "ne se son sa ses mais ou nous vous ils cette leur être été fait comme après selon l d c qu n s j ont",
        "es": "el la los las de del y a un una en es que por con para no se su al lo como más pero sus le ha me si "
        "sin sobre este esta entre cuando muy años también hasta desde fue son dos tras según era ya han hay "
        "tres contra durante gobierno policía",
        "pt": "o a os as de do da dos das e um uma em no na nos nas é que por com para não se seu sua ao mais mas "
        "foi são como pelo pela à ele ela também já até isso entre quando anos depois você muito sobre após ser tem",
        "it": "il lo la i gli le di del della dei delle e a un una in è che per con non si da al alla nel nella dal "
        "sono come più ma ha anche suo sua questo questa l d un dopo anni stato essere tra sul c ed hanno",
        "de": "der die das und in zu den von mit ist des sich nicht ein eine einem einen einer auf für dem im am als "
        "auch es an werden aus er hat dass sie nach wird bei um noch wie über so zum war haben nur oder aber vor "
        "zur bis mehr durch man wurde sei gegen vom ich wir",
        "nl": "de het een van en in is dat op te voor met zijn niet aan er om ook als dan maar bij nog uit naar door "
        "heeft werd worden wordt hij ze je wat deze over tegen meer al kan of was",
        "tr": "ve bir bu da de için ile çok olarak daha gibi olan kadar sonra ne o ama ise en değil her ya var mi "
        "mı göre ancak yeni oldu olduğu tarafından iki etti dedi üzerinde büyük yıl ben sen biz",
        "id": "yang dan di dari untuk dengan ini itu pada tidak dalam akan ke juga adalah oleh saat bisa telah mereka "
        "ada sebagai karena atau lebih kami saya anda hari tersebut para setelah kata sudah dia tahun namun orang "
        "seperti kepada menjadi bahwa",
        "pl": "i w na z do się nie to jest że o jak po za od co przez ale dla są był było który która które tym oraz "
        "może już tylko jego po także przed roku",
        "sv": "och att det i en som är på av för med till den har de inte om ett han men var jag vi så från kan nu "
        "när också efter vid under över säger ska",
        "da": "og at det i en som er på af for med til den har de ikke om et han men var jeg vi så fra kan nu når "
        "også efter ved under over siger skal blev hun sig",
        "no": "og at det i en som er på av for med til den har de ikke om et han men var jeg vi så fra kan nå når "
        "også etter ved under over sier skal ble hun seg",
        "fi": "ja on ei se että oli hän ovat mutta kun kuin myös joka sen niin tai mukaan vuoden ole jo vain sitä",
        "cs": "a v na se je že to s z do o i k ve pro za by jsem ale jako po podle od jeho byl jsou také které už",
        "ro": "și în de la a cu pe din că nu o un este pentru care se au mai fost sunt după prin ce sau dar lui",
        "hu": "a az és hogy nem is egy ez meg de volt van csak már ha még mint azt el kell után lesz szerint",
        "vi": "và của là có các được trong cho không một với người này đã những khi để đến từ về ở cũng",
    },
    "cyrillic": {
        "ru": "и в не на я быть он с что а по это она этот к но они мы весь об который из у то за свой от о так для как "
        "все же бы его её были был было до при или уже если года после также только ещё чтобы когда",
        "uk": "і в не на що з у та до як за це від про по він але для його є які був було або так також який яка "
        "після року вже щоб тільки й із бути ми вони її під час може ще",
        "bg": "и на да се за от в не е са с че по по-как като това но ще към до през при или беше след може само",
        "sr": "и у је да се на за од са су не који као то али из по о што би није до ће после када само",
    },
    "arabic": {
        "ar": "في من على إلى أن عن مع هذا هذه التي الذي كان ما لا قد بعد بين كما أو ذلك وقال قال لم كل و حيث خلال "
        "إن عام وفي ومن منذ قبل هو هي",
        "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شد شده می ها کند دارد بود باید",
        "ur": "کے کی میں ہے کا اور سے کو نے پر یہ کہ ہیں اس تھا بھی نہیں ایک کر ہو تھے ان",
    },
    "devanagari": {
        "hi": "के का की में है से को और ने पर हैं यह कि भी एक नहीं हो कर इस था थी थे लिए गया तो अपने साथ बाद जो वह कहा रहा",
        "mr": "आहे आणि या च्या हे ते की होते मध्ये नाही असे आहेत केले केली झाले त्या तर पण व ही हा म्हणून",
        "ne": "छ र को मा ले हो पनि छन् गर्ने भएको लाई यो थियो गरेको बाट भने तर उनले हुने",
    },
}
_LETTERS = {  # letters (after case folding) that speak for a language, whatever the words
    "latin": {
        "de": "ßäöü",
        "es": "ñ¿¡",
        "pt": "ãõ",
        "tr": "ığş",
        "pl": "łąężźń",
        "fr": "œùîû",
        "sv": "å",
        "da": "øæå",
        "no": "øæå",
        "cs": "řůěž",
        "ro": "țșăţ",
        "hu": "őű",
        "vi": "đơưạảấầẩậắằặẹẻếềểệịọỏốồổộớờởợụủứừửựỳỵỷỹ",
        "it": "ìò",
    },
    "cyrillic": {"ru": "ыэё", "uk": "іїєґ", "bg": "ъ", "sr": "ђјљњћџ"},
    "arabic": {"ar": "ةىكي", "fa": "پچژگک", "ur": "ٹڈڑںےہ"},
    "devanagari": {"mr": "ळ", "hi": "ड़ढ़"},
}
_TOKEN = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0962\u0963]+[^\W\d_]*)*")


def _word_weights(languages: dict[str, str]) -> dict[str, list[tuple[str, float]]]:
    """For each word the languages it speaks for, shares adding up to one.

    The lists run from common to rare, so a word speaks most for the language where it stands first.
    """
    holders: dict[str, dict[str, float]] = {}
    for language, listed in languages.items():
        for rank, word in enumerate(listed.split()):
            holders.setdefault(word, {}).setdefault(language, 1.0 / (rank + 5))
    return {
        word: [(language, strength / sum(strengths.values())) for language, strength in strengths.items()]
        for word, strengths in holders.items()
    }


_WEIGHTS = {script: _word_weights(languages) for script, languages in _WORDS.items()}


_OWN_SHARE = 1.2  # what a text's known words must weigh to be heard at all
_LIBRARY = 0.5  # CLD2's share against the known words'
_FIRM = 750.0  # CLD2's own score, from which it is heard in full
_LEAST = 0.08  # of all a language must gather
_ASKED = ("latin", "cyrillic", "arabic")  # scripts where known words help the library
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
    if script in _ASKED and (not top or top in _WORDS[script]):
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
    for language, own in _LETTERS[script].items() if letters else ():
        marks = sum(folded.count(letter) for letter in own)
        if marks:
            scores[language] += marks * _LETTER_WEIGHT
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
