"""Abbreviations and sentence openers, by what they mean for the dot after them."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a list kept as running text."""
    return frozenset(text.split())


# A name or a number always follows these: the dot never ends the sentence.
TITLES = word_set(
    """
    mr mrs ms messrs dr prof rev hon gen col lt capt cmdr sgt maj adm brig gov sen rep reps pres supt st mt ft
    hr fr frl dipl ing mag priv doz bzw z.b d.h u.a sog mme mlle mm mgr me sig sigg dott dott.ssa prof.ssa avv on
    sr sra srta sres d dña dª lic arq sto sta exmo exma eng
    им ул пл просп пер наб акад проф доц гл см ср напр тов гр вул бул
    sn av doç yrd öğr bkz ör vb.g dra drs drg ir hj tn ny sdr
    डॉ श्री प्रो पं मो
    """
)

# The dot belongs to these when a number follows ("No. 5"); otherwise it ends the sentence.
UNIT_BEFORE_NUMBER = word_set(
    """
    no nos nr núm num n nº p pp pág págs pag art arts abs ch chap vol fig figs sec para ca c cap cca bd hal jl ст
    п пп рис табл стр с № млн млрд sf md
    """
)

# The dot belongs to these unless the next word opens a sentence.
WEAK = word_set(
    """
    jr sr inc ltd co corp bros vs etc est dept univ ave blvd rd jan feb mar apr jun jul aug sept sep oct nov dec
    approx min max al ed eds cf e.g i.e a.m p.m ph.d u.s u.k u.n d.c mwst usw bzgl evtl ggf inkl zzgl str mio mrd
    gmbh jh mill ee uu ee.uu aa.vv s.a cía av avda tel ext dpto r.l s.r.l s.p.a ecc pp.ss ltda cia km
    г гг в вв т тыс руб коп др пр и.о т.д т.п т.е н.э р тис грн vb vd a.ş ltd.şti tic san tbk dll dsb pt cv
    ru rs रु कि.मी
    """
)

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
