"""Abbreviations and sentence openers, by what they mean for the dot after them."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a list kept as running text."""
    return frozenset(text.split())


def _by_language(table: str) -> dict[str, frozenset[str]]:
    """Lines of "codes: words", as sets by language."""
    found: dict[str, set[str]] = {}
    for row in table.strip().split("\n"):
        codes, _, words = row.partition(":")
        for code in codes.split():
            found.setdefault(code, set()).update(words.split())
    return {code: frozenset(words) for code, words in found.items()}


# Of languages without a line of their own: forms of address that are written alike in many.
ANY = "any"
# A name or a number always follows these: the dot never ends the sentence.
TITLES = _by_language(
    """
any: mr mrs ms dr drs prof rev gen col lt capt sgt maj hon st
en: mr mrs ms messrs dr prof rev hon gen col lt capt cmdr sgt maj adm brig gov sen rep reps pres supt st mt ft
de: hr fr frl dr prof dipl ing mag priv doz bzw z.b d.h u.a sog st kl med
fr: m mm mme mlle mgr me dr prof st ste
it: sig sigg dott dott.ssa prof prof.ssa dr avv on ing
es: sr sra srta sres dr dra d dña dª lic arq sto sta ing prof gral
pt: sr sra dr dra exmo exma eng prof d arq sto sta
nl: dhr mevr dr drs mr ir ing prof st
ru: им ул пл просп пер наб акад проф доц гл см ср напр тов гр
uk: ім вул пл просп пер акад проф доц див гр бул
tr: sn av dr doç prof yrd öğr bkz ör vb.g
id ms: dr drs dra prof ir hj h tn ny sdr
hi mr ne: डॉ श्री प्रो पं मो
pl: dr prof mgr inż ks św ul gen płk al
cs: dr prof mgr ing sv ul tzv
sv da no: dr prof hr fr st
ro: dl dna dr prof sf str
hu: dr prof ifj id özv
lt: p dr prof akad
lv: dr prof
"""
)

# The dot belongs to these when a number follows ("No. 5"); otherwise it ends the sentence.
UNIT_BEFORE_NUMBER = _by_language(
    """
any: no nos nr vol fig p pp
en: no nos p pp art arts ch chap vol fig figs sec para ca c
de: nr abs art bd s ca kap abb
fr: n nº p pp art chap vol fig
es pt: n nº núm num pág págs pag p pp art arts cap vol fig
it: n nº p pp pag art cap vol fig
nl: nr art blz
ru: п пп рис табл стр с ст № млн млрд
uk: п пп рис табл стор с ст № млн млрд
tr: s sf md no
id ms: no hal jl
pl: nr art s str poz
cs: č str
"""
)

# The dot belongs to these unless the next word opens a sentence.
WEAK = _by_language(
    """
any: jr sr inc ltd co corp etc jan feb mar apr jun jul aug sep sept oct nov dec max min e.g i.e a.m p.m u.s u.k u.n
en: jr sr inc ltd co corp bros vs etc est dept univ ave blvd rd jan feb mar apr jun jul aug sept sep oct nov dec approx ed eds cf e.g i.e
en: a.m p.m ph.d u.s u.k u.n d.c
de: mwst usw bzgl evtl ggf inkl zzgl str mio mrd gmbh jh jan feb okt nov dez ca
fr: etc av boul env janv févr juil sept oct nov déc éd cie
es: ee uu ee.uu s.a cía av avda tel ext dpto etc
pt: s.a av tel ltda cia etc km
it: r.l s.r.l s.p.a ecc pp.ss aa.vv
nl: enz o.a b.v n.v
ru: г гг в вв т тыс руб коп др пр и.о т.д т.п т.е н.э р тис
uk: р рр ст т тис грн др пр і.о т.д т.п н.е
tr: vb vd a.ş ltd.şti tic san
id ms: tbk dll dsb pt cv
hi mr ne: रु कि.मी
pl: m.in tj np tzw ok
cs: např tj tzn
sv: t.ex bl.a kl milj osv
da: f.eks bl.a kl mio osv
no: f.eks bl.a kl mill osv
ro: nr etc
lt: pvz
"""  # noqa: E501
)
# Of English, both a title and a word or unit that can end a sentence: the next word decides.
AMBIGUOUS = frozenset(("st", "mt", "ft", "no"))
# Names written with a mark: "Yum! Foods" goes on.
MARKED_NAMES = word_set("yum yahoo jeopardy joomla e wham panic ideal houdini")


def in_list(table: dict[str, frozenset[str]], word: str, language: str) -> bool:
    """Whether ``word``, small, stands in a language's line of ``table``; "any" where it has none."""
    return word in table.get(language, table[ANY])


ORDINAL_DOT = frozenset({"de", "tr", "da", "no", "nb", "fi", "cs", "pl", "hu"})

# Function words that begin a sentence when they are written with a capital after a dot.
_OPENERS = word_set(
    """
    the a an he she it they we you i this that these those there in on at for but and or so if when while after
    before since as by with from under over despite although however meanwhile his her their its our my what who
    where why how no not some many most more all both each one two then now yet still also
    der die das ein eine er sie es wir ich ihr in im am an auf aus bei mit nach von vor zu zum zur und aber oder
    doch denn wenn als dann damit dabei diese dieser dieses auch nun so sein seine ihre nicht wer wie was
    le la les un une des il elle ils elles nous vous je ce cette ces cet dans sur avec pour par mais et ou si
    quand après avant selon depuis son sa ses leur
    el los las una unos él ella ellos este esta estos según desde pero y en con por para cuando tras su sus no se al
    o os as um uma ele ela eles isso em no na com mas quando segundo depois
    lo gli uno lui lei loro questo questa nel nella con per ma e dopo secondo
    он она они оно мы вы я это этот эта в во на с со к по за из от но и а если когда после он его её их не так по
    він вона вони воно ми це цей ця у з із до та але якщо коли після його її їх
    bu şu o bir ve ama ancak fakat için sonra önce onlar biz ben
    dia mereka ini itu di ke dari dan tetapi namun setelah sebelum pada untuk dengan kami saya
    """
)


def starts_sentence(word: str) -> bool:
    """Whether ``word`` is a capitalised function word such as ``The`` or ``Der``."""
    return word[:1].isupper() and word.casefold() in _OPENERS
