"""Which sentences of a pile of articles bear on a question: BM25 over sentences, with their titles' help.

Rare words weigh more, a sentence's length is evened out, and what an article's title says counts
for all its sentences, though less. Robertson and Zaragoza, "The Probabilistic Relevance
Framework: BM25 and Beyond" (2009), with their usual constants.

What an article is about stands in its title and its first sentences, and is “it” or “the project”
further down: there those words count as well. Who asks what something costs is answered by a sum.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digests.brief.grounding.prompt_injection import gives_orders
from digests.model import Article
from digests.text.stems import is_stop, stems

_K1, _B = 1.2, 0.75
_TITLE = 0.5  # what a word in the title counts for a sentence that does not hold it
_OPENING = 2  # sentences that say what an article is about, as its title does
_READ = 200  # sentences of one article
# Words of questions themselves; an answer does not repeat them.
_ASKING = frozenset(
    stems(
        "what who whom whose when where which why how many much long did does tell about there any "
        "qué quién cuándo dónde cuál cuánto cuántos cuántas por cómo quoi qui quand où quel quelle combien "
        "comment pourquoi was wer wann wo welche welcher wie viele viel warum wem wen что кто когда где какой "
        "какая сколько почему как quanto quantos quando onde qual quem como perché chi dove quale quanti ne kim "
        "nerede zaman nasıl kaç neden kadar apa siapa kapan mana berapa mengapa bagaimana "
        "скільки хто що коли де який яка яке чому як wat wie waar wanneer hoeveel welke waarom hoe "
        "ile kto co kiedy gdzie który która jak dlaczego vad vem när var hur många mycket vilken varför "
        "كم من ما ماذا متى أين كيف لماذا هل أي कितना कितनी कितने कौन क्या कब कहाँ कैसे क्यों है हैं "
        "얼마 누구 무엇 언제 어디 어떻게"
    )
)
# The same where words are not set apart by spaces, or are ends of the verb: taken out of the question.
_ASKING_WITHIN = re.compile(
    "多少钱?|几(?:个|名|人)?|什么时候|什么|哪里|哪儿|哪个|哪些|为什么|怎么样?|如何|是谁|谁|吗|呢|了"
    "|いくらですか|いくら|いつ|どこ|だれ|誰|何(?:人|を|が|の)?|なぜ|どのくらい|どう|ですか|ますか|ましたか|か(?=[？?]|$)"
    "|얼마(?:인가요?|입니까|나|예요)?|누구|무엇|언제|어디|왜|어떻게|인가요?|입니까|습니까|나요|까요"
)
# To cost, and what it costs, by the beginnings of the words.
_COST = re.compile(
    "(?:cost|price|kost|preis|teuer|coût|prix|cuest|precio|vale|custa|custo|preço|prezzo|сто[ия]т|стоимост|обойд|обош"
    "|коштує|коштув|вартіст|ціна|цена|fiyat|maliyet|biaya|harga|kosz|prijs|pris|تكلف|سعر|يكلف|लागत|कीमत|花费?|耗资|价格|费用"
    "|費用|値段|価格|建設費|비용|가격)"
)
_COST_UNSPACED = re.compile("花费?|耗资|价格|费用|費用|値段|価格")
_SUM = re.compile(
    r"[€$£¥₹₽₩₺₴₫]|\b(?:euros?|eur|avro|dollars?|dólar\w*|dolar\w*|usd|pounds?|pfund|libras?|francs?|franken|franchi|kron\w*|"
    r"kr|złot\w*|zł|lira\w*|tl|rupiah|rupees?|reais|real|pesos?|yen|yuan|won)\b|евро|євро|доллар|долар|рубл|гривн|يورو|دولار|"
    r"ريال|جنيه|درهم|यूरो|रुपय|रुपये|डॉलर|元|円|ユーロ|ドル|달러|유로|원",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of an article. ``known`` is the share of the question's weight that it and its article's
    title and opening hold."""

    article: int
    sentence: int
    text: str
    score: float
    known: float


def retrieve(question: str, articles: Sequence[Article], limit: int = 20) -> tuple[Passage, ...]:
    """The sentences that fit best, best first; none where no word of the question is anywhere.

    Sentences that give orders to a machine are not found. Equal ones keep the articles' order.
    """
    language = articles[0].language if articles else "en"
    units = [
        (place, number, text, Counter(stems(text)), frozenset(stems(about)))
        for place, article in enumerate(articles)
        for about in [" ".join([article.title, *article.sentences[:_OPENING]])]
        for number, text in enumerate(article.sentences[:_READ])
        if not gives_orders(text)
    ]
    costs = _COST.search(question.casefold()) is not None
    wanted = asked(_COST_UNSPACED.sub(" ", question), language) or asked(question, language)
    if costs:
        wanted = frozenset(stem for stem in wanted if not _COST.match(stem)) or wanted
    if not units or not wanted:
        return ()
    average = sum(sum(words.values()) for _, _, _, words, _ in units) / len(units)
    vocabulary = frozenset(stem for _, _, _, words, title in units for stem in words.keys() | title)
    forms = {
        stem: frozenset(other for other in vocabulary if _same(stem, other, language)) for stem in wanted
    }
    weights = {
        stem: _rarity(
            sum(not its.isdisjoint(words.keys() | title) for _, _, _, words, title in units), len(units)
        )
        for stem, its in forms.items()
    }
    whole = sum(weights.values())
    found = []
    for place, number, text, words, title in units:
        size = _K1 * (1 - _B + _B * sum(words.values()) / average)
        score = known = said = 0.0
        for stem, weight in weights.items():
            times = sum(words[form] for form in forms[stem])
            if times:
                score += weight * times * (_K1 + 1) / (times + size)
                said += times
                known += weight
            elif not forms[stem].isdisjoint(title):
                score += weight * _TITLE
                known += weight
        if costs and _SUM.search(text) and known:  # the answer to what it costs is a sum
            said += 1
            score += max(weights.values())
        elif costs:
            known = known / 2
        if said:
            found.append(Passage(place, number, text, score, known / whole))
    return tuple(sorted(found, key=lambda p: (-p.score, p.article, p.sentence))[:limit])


def asked(question: str, language: str) -> frozenset[str]:
    """The word beginnings a question asks about."""
    plain = _ASKING_WITHIN.sub(" ", question)
    return frozenset(s for s in stems(plain) if s not in _ASKING and not is_stop(s, language))


def _same(one: str, other: str, language: str) -> bool:
    """Whether two word beginnings may be of one word: "vote" and "voted".

    English changes a word at its end alone; other languages put one ending in another's place, and
    write an article or a case to it.
    """
    short, long = sorted((one, other), key=len)
    if one == other or (len(short) >= 4 and len(long) - len(short) <= 2 and long.startswith(short)):
        return True
    return language != "en" and len(short) >= 5 and long.startswith(short[:-1])


def _rarity(holding: int, units: int) -> float:
    return math.log(1 + (units - holding + 0.5) / (holding + 0.5))
