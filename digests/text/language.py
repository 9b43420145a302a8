"""Which language a text is written in: its script first, then its commonest words.

A news text is long enough that function words and the letters only one language uses settle it;
nothing is learned, loaded or downloaded.
"""

from __future__ import annotations

import re
from collections import defaultdict

SAMPLE = 2000  # characters looked at
_MARGIN = 1.15  # a narrower lead than that is no lead against the hint
_LEAST = 0.3  # score below which nothing was told
_LETTER_WEIGHT = 0.7
_HINT_SHARE = 0.85  # a hinted language wins from this share of the best score on

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
        "sin sobre este esta entre cuando muy años también hasta desde fue son dos tras según era ya han hay",
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
        "de": "ß",
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
# Runs of letters typical of a language, for headlines with hardly a function word.
_PIECES = {
    script: {language: re.compile(pattern) for language, pattern in pieces.items()}
    for script, pieces in {
        "latin": {
            "en": r"th|sh|ck|oo|ee|wh|ght|ing\b|ngs\b|nks\b|ll\b|ea|ow",
            "fr": r"eau|oi|ou|aux\b|eux\b|ée|ées\b|tion|ement\b|ès\b|qu[ei']|rr",
            "es": r"ción|ciones|ll[aoe]|ue|ie|os\b|as\b|uy[eao]|rr|dad\b|ncia",
            "pt": r"ção|ções|nh|lh|ão|êncio|ói\b|ou\b|eir[oa]|dade\b|ência|ei\b",
            "it": r"zion[ei]|gli|cch|ggi|tt[aoie]|zz|[^aeiou]e\b|i\b|ll[ae]|sc|gg",
            "de": r"sch|ch|ei|ie|tz|en\b|ung\b|pf|hr",
            "nl": r"ij|aa|ee|oe|sch|uu|oo",
            "tr": r"l[ae]r|yor|d[ıiuü]ğ|yı|lık|ün|ük",
            "id": r"ng|nya\b|kan\b|\bmeng|\bmem|\bpen|\bter|\bke|\bdi|an\b",
        },
        "cyrillic": {
            "ru": r"ого\b|ие\b|ии\b|ет\b|ный|ться|ил[аи]?\b|ье|ств|ать\b|ая\b|\bоб\b",
            "uk": r"ння|ськ|ти\b|ив\b|ла\b|ого\b|ий\b",
            "bg": r"та\b|ят\b|ите\b|щ|ото\b",
            "sr": r"је|ски",
        },
    }.items()
}
_PIECES_SAMPLE = 200  # characters: past that the words are enough
_PIECE_WEIGHT = 0.12
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


def detect(text: str, hint: str | None = None) -> str:
    """The ISO 639-1 code of the text's language, ``und`` when it can't be told.

    ``hint`` is a language someone claims (``pt-BR``, ``en_US``): it decides where the text is
    too short to, and is ignored where the text says otherwise.
    """
    claimed = re.split("[-_]", hint.strip().casefold())[0] if hint else ""
    if not re.fullmatch("[a-z]{2}", claimed):
        claimed = ""
    sample = text[:SAMPLE]
    if sample.isascii():
        return _by_words(sample, "latin", claimed) if _SCRIPTS["latin"].search(sample) else claimed or "und"
    counts = {script: len(pattern.findall(sample)) for script, pattern in _SCRIPTS.items()}
    total = sum(counts.values())
    if not total:
        return claimed or "und"
    # A Japanese text is mostly kana with Chinese characters among it; a Chinese one holds no kana.
    if counts["kana"] * 12 >= counts["han"] and (counts["kana"] + counts["han"]) * 3 >= total:
        return "ja"
    if counts["han"] * 3 >= total and counts["hangul"] < counts["han"]:
        return "ja" if claimed == "ja" and counts["kana"] else "zh"
    script = max(counts, key=counts.__getitem__)
    if script in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[script]
    return _by_words(sample, script, claimed)


def _by_words(sample: str, script: str, claimed: str) -> str:
    folded = sample.casefold()
    weights = _WEIGHTS[script]
    scores: dict[str, float] = defaultdict(float)
    for word in _TOKEN.findall(folded):
        for language, weight in weights.get(word, ()):
            scores[language] += weight
    for language, letters in _LETTERS[script].items():
        marks = sum(folded.count(letter) for letter in letters)
        if marks:
            scores[language] += marks * _LETTER_WEIGHT
    for language, pattern in _PIECES.get(script, {}).items():
        pieces = len(pattern.findall(folded[:_PIECES_SAMPLE]))
        if pieces:
            scores[language] += pieces * _PIECE_WEIGHT
    known = claimed if claimed in _WORDS[script] else ""
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _LEAST:
        return known or "und"
    best, top = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if known and (scores[known] >= top * _HINT_SHARE or (top < second * _MARGIN and known in scores)):
        return known
    return best if top > second else "und"
