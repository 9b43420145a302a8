"""What the engine knows of each language: one TOML file a language beside this module, read here alone.

A file groups its keys in tables for the reader's sake; the keys are the fields of ``Language``, which say
what each is for. Lists are running text, parted by white space; in a form ``_`` stands for a space. A key
that a file leaves out is empty, and the file says so under ``lacks``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

from digests.text.words import word_set

Words = frozenset[str]
Ranked = tuple[str, ...]
"""Words whose order counts."""
Forms = tuple[str, ...]
"""Alternatives of a pattern: words joined by ``_``, which may say more in the syntax of ``re``."""
Lines = tuple[str, ...]
"""One pattern a line, in the syntax of ``re``."""
Values = dict[str, float]
Groups = tuple[tuple[tuple[str, ...], ...], ...]
"""Groups of forms that mean the same; a form is a tuple of one or more words."""
Counted = tuple[Forms, ...]
Units = dict[str, Forms]

UNKNOWN: Final = "und"
"""The code of the file with what holds in any language: signs of money, forms of address written alike."""
_FALLBACK: Final = "en"
SPECIAL: Final = word_set(
    """
    also lacks letters address_or_word marked_names scales_alone ones_before_tens ones_in_compounds
    within_numbers and_a_half half_more both definite per percent_before about_after below_after above_after
    at_most_after everyday_dates unmaking unmaking_link behind negating_prefixes titles prepositions agents
    name_endings acronyms never_names maybe_names demonyms surnames sounds honorifics places reporting questions_within
    hanging speaker trailing by tellers articles orders differ
    """
)
"""Fields of what only some languages have; any other that a file leaves out stands under its ``lacks``."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language's knowledge. Words are lower-case; empty is what its file lacks."""

    code: str  # ISO 639, the file's name
    name: str = ""  # in English, as a prompt says it
    script: str = ""  # latin, cyrillic, arabic, devanagari, han, kana, hangul, …
    also: Words = frozenset()  # other codes that mean the language
    lacks: Words = frozenset()  # the fields that the file leaves out, or "[table]" for all of a table

    # [detect] which language a text is in
    common: Ranked = ()  # its commonest words, from common to rare
    letters: str = ""  # letters that speak for it among the languages of its script

    # [sentences] where a sentence ends
    address: Words = frozenset()  # "mr", "dr": a name or a number follows, the dot never ends a sentence
    before_numbers: Words = frozenset()  # "no", "vol": the dot belongs to these when a number follows
    abbreviations: Words = frozenset()  # the dot belongs to these unless the next word opens a sentence
    address_or_word: Words = frozenset()  # of ``address``, what is a word or a unit too
    marked_names: Words = frozenset()  # names written with an exclamation mark: "Yum! Foods" goes on
    openers: Words = frozenset()  # function words that begin a sentence when written with a capital
    ordinal_dot: bool = False  # "3." is the third

    # [numbers] in words; compounds ("two hundred and five") are put together
    numbers: Values = field(default_factory=dict)  # word=value
    scales: Values = field(default_factory=dict)  # word=multiplier
    scales_alone: Words = frozenset()  # scales that need no number before them: "thousands"
    ones_before_tens: Ranked = ()  # what joins 1 and 20 to 21 in one word, the one first
    ones_after_tens: bool = False  # 21 is one word, the one last
    ones_in_compounds: Values = field(default_factory=dict)  # one, which counts behind a ten alone
    within_numbers: Words = frozenset()  # "two hundred and five"
    and_a_half: Ranked = ()  # a half behind these is added to what stands before
    half_more: Ranked = ()  # before a number: a half more
    joins: Words = frozenset()  # "and", "or": what follows is not what a number counts
    spans: Ranked = ()  # between the two numbers of a span: "5 to 10 million"
    both: Words = frozenset()  # what there are two of need not have been counted
    definite: Forms = ()  # "the", before a number
    of: Forms = ()  # between a part and its whole: "two of its seven piers"
    per: Ranked = ()  # of "per cent", which is no hundred
    percent_before: Ranked = ()  # a percentage's word before its number

    # [rounding] how a rounded number stands to the exact one; said before it, or after it
    about: Forms = ()
    below: Forms = ()
    above: Forms = ()
    at_most: Forms = ()
    about_after: Forms = ()
    below_after: Forms = ()
    above_after: Forms = ()
    at_most_after: Forms = ()

    # [dates] twelve months, seven weekdays from Monday on: groups of forms
    months: Groups = ()
    weekdays: Groups = ()
    relative: Groups = ()  # place an event relative to the day of writing
    month_starts: Ranked = ()  # first letters of the months in feeds; "/" parts spellings of one month
    everyday_dates: Words = frozenset()  # months and weekdays that are everyday words too

    # [claims] what a sentence denies, and why it says that things came about
    negations: Words = frozenset()
    soft: Words = frozenset()  # license a negation in a paraphrase: "denied", "unable"
    unmaking: Words = frozenset()  # what follows did not come about: "failed"
    unmaking_link: Words = frozenset()  # what must stand between, where the language has it: "to"
    behind: Words = frozenset()  # negations that stand behind what there is none of
    negating_prefixes: Ranked = ()
    opposites: Lines = ()  # two sides parted by " | "; after "!" one is never said for the other
    causes: Forms = ()  # say that one thing made another
    after: Forms = ()  # the same, or time alone
    cause_first: bool = False  # the cause stands before its marker
    purposes: Forms = ()  # what a thing was done for

    # [names]
    titles: Words = frozenset()  # stand next to a name in a script without capitals (after it in Korean)
    starters: Words = frozenset()  # words with content that often open a sentence
    prepositions: Words = frozenset()
    agents: Words = frozenset()  # before who did it, in the passive
    name_endings: Words = frozenset()  # cases that a name takes
    acronyms: Words = frozenset()  # that everybody knows
    never_names: Forms = ()  # endings of everyday words that no name has
    maybe_names: Forms = ()  # endings of everyday words and of names
    demonyms: Ranked = ()  # pairs of a country and its people that don't begin alike
    nouns_have_capitals: bool = False
    syllables: bool = False  # written with a space after each: two in a row make a word
    surnames: str = ""  # characters
    sounds: str = ""  # characters that write foreign sounds
    honorifics: Ranked = ()
    places: Ranked = ()  # endings of places and bodies
    reporting: Ranked = ()  # reporting verbs, which are no names

    # [words]
    stop: Words = frozenset()  # without content; the negations are added
    questions: Ranked = ()  # of questions themselves
    questions_within: Forms = ()  # the same where words are not set apart by spaces
    cost: Forms = ()  # beginnings of words that ask what something costs
    money: Forms = ()  # of a sum
    refusals: Forms = ()  # what of an interest is not wanted: "but not", "except"

    # [phrases] of an article's sentences
    links: Forms = ()  # open a sentence by tying it to the one before; dropping one leaves the fact whole
    comma: Forms = ()  # the same, but only where a comma follows
    pronouns: Forms = ()  # open a sentence that is about someone named earlier
    person: Ranked = ()  # the first and second person: opinion, address, advice
    urging: Ranked = ()  # what ought to be, not what happened
    said: Forms = ()  # name the speaker without judging what was said
    hedges: Forms = ()  # make a claim less than a fact; text that holds one is never cut away
    trailing: Forms = ()  # open a last clause that the main clause can stand without
    furniture: Forms = ()  # open a line that belongs to the page, not to the article
    hanging: Forms = ()  # end a sentence on what was named in an earlier one
    speaker: Forms = ()  # say inside a sentence that somebody speaks who was named in an earlier one
    partial: Forms = ()  # a figure is a part of another one
    counted: Counted = ()  # what reports of one event count, in groups that count the same
    differ: str = ""  # said before what reports count differently, a sentence
    said_last: bool = False  # ", said the mayor": the verb's subject stands behind it

    # [page] what sites and feeds say around articles
    furniture_lines: Lines = ()  # a whole short line that is furniture wherever it stands
    tail_lines: Lines = ()  # the beginning of a line that opens other pages or comments: the article is over
    lock_lines: Lines = ()  # anywhere in a short block: the rest is for subscribers only
    feed_lines: Lines = ()  # whole lines that publishing systems add to a feed's text
    to_the_reader: Forms = ()  # we, our, you
    comments: Forms = ()  # what counts readers: "34 comments"
    by: Forms = ()  # before an author's name

    # [orders] to the machine that reads an article
    ignore: Forms = ()
    rules: Forms = ()
    models: Forms = ()  # what a model is called
    greetings: Forms = ()
    articles: Words = frozenset()  # between a greeting and who is greeted
    tellers: Words = frozenset()  # before a verb that then tells of someone and gives no order
    orders: Lines = ()  # whole patterns; {model} stands for what a model is called

    # [units] by their code: forms before or after a number; endings may follow
    units: Units = field(default_factory=dict)


def base(tag: str) -> str:
    """The language of a tag, without region or script: "pt" of "pt-BR"."""
    return tag.partition("-")[0].casefold()


@cache
def languages() -> tuple[Language, ...]:
    """All that have a file, by their codes: for what is asked before a text's language is known."""
    here = files(__name__)
    names = sorted(entry.name for entry in here.iterdir() if entry.name.endswith(".toml"))
    return tuple(
        _language(name.removesuffix(".toml"), here.joinpath(name).read_text(encoding="utf-8"))
        for name in names
    )


def language_of(tag: str) -> Language:
    """What is known of a tag's language; where it has no file, what holds in any."""
    known = _by_code()
    return known.get(base(tag)) or known[UNKNOWN]


def lexicon(tag: str) -> Language:
    """The words that claims are checked by: the language's own, or English where it has none."""
    known = language_of(tag)
    return known if known.negations else _by_code()[_FALLBACK]


def every(of: Callable[[Language], Iterable[str]]) -> tuple[str, ...]:
    """What all languages have of something, each once, in their order."""
    return tuple(dict.fromkeys(one for known in languages() for one in of(known)))


def any_of(forms: Iterable[str], space: str = " ") -> str:
    """Forms as alternatives of a pattern; the pattern of none matches nothing."""
    return "|".join(form.replace("_", space) for form in forms) or "(?!)"


@cache
def _by_code() -> dict[str, Language]:
    own = {known.code: known for known in languages()}
    return {code: known for known in languages() for code in known.also} | own


@cache
def units() -> dict[str, str]:
    """Every written form of a unit, lower-case, with the unit it stands for ("€" -> "eur")."""
    return {
        form.replace("_", " "): unit
        for known in languages()
        for unit, forms in known.units.items()
        for form in forms
    }


@cache
def demonyms() -> frozenset[tuple[str, str]]:
    """Pairs of a country and its people that don't begin alike ("france", "french"), both ways."""
    pairs = [
        pair for known in languages() for pair in zip(known.demonyms[::2], known.demonyms[1::2], strict=True)
    ]
    return frozenset(pairs) | {(people, land) for land, people in pairs}


def is_negation(word: str, tag: str) -> bool:
    """Whether a lower-case word denies what follows ("not", "didn't")."""
    return word in lexicon(tag).negations or word.endswith("n't")


def _language(code: str, text: str) -> Language:
    """A file as read; ``ValueError`` names a key that no field stands for."""
    given: dict[str, Any] = {}
    for key, value in tomllib.loads(text).items():
        table = value if isinstance(value, dict) and key != "units" else {key: value}
        if twice := given.keys() & table.keys():
            raise ValueError(f"languages/{code}.toml: twice: {', '.join(sorted(twice))}")
        given |= table
    kinds = {one.name: str(one.type) for one in fields(Language)}
    if unknown := given.keys() - kinds.keys():
        raise ValueError(f"languages/{code}.toml: nothing is known by {', '.join(sorted(unknown))}")
    told = {key: _READS[kinds[key]](value) for key, value in given.items()}
    told["stop"] = told.get("stop", frozenset()) | told.get("negations", frozenset())
    if told.get("ones_before_tens") or told.get("ones_after_tens"):
        told["numbers"] |= _compounds(
            told["numbers"], told.get("ones_before_tens", ()), told.get("ones_in_compounds", {})
        )
    return Language(code, **told)


def _groups(text: str) -> Groups:
    return tuple(
        tuple(tuple(form.split("_")) for form in group.split()) for group in text.split("|") if group.strip()
    )


def _values(text: str) -> Values:
    return {word: float(value) for word, _, value in (pair.partition("=") for pair in text.split())}


_READS: Final[dict[str, Callable[[Any], Any]]] = {
    "str": str,
    "bool": bool,
    "Words": lambda text: frozenset(text.split()),
    "Ranked": lambda text: tuple(text.split()),
    "Forms": lambda text: tuple(text.split()),
    "Lines": lambda text: tuple(line for line in text.split("\n") if line),
    "Values": _values,
    "Groups": _groups,
    "Counted": lambda text: tuple(tuple(group.split()) for group in text.split("|")),
    "Units": lambda table: {unit: tuple(forms.split()) for unit, forms in table.items()},
}


def _compounds(numbers: Values, joined_by: Ranked, special: Values) -> Values:
    """21 to 99 where they are one word: "einundzwanzig" with the one first, "ventuno" with it last."""
    ones = {word: value for word, value in numbers.items() if value < 10 and value == int(value)}
    found: Values = {}
    for ten, high in [(word, value) for word, value in numbers.items() if 20 <= value <= 90]:
        if joined_by:
            found |= {
                f"{one}{by}{ten}": high + low for by in joined_by for one, low in (ones | special).items()
            }
        else:
            found |= {ten + one: high + low for one, low in ones.items()}
            found |= {(ten[:-1] if one[0] in "uo" else ten) + one: high + low for one, low in special.items()}
    return found
