"""Makes a line of outside text safe to show: nothing invisible, nothing that turns text around.

A feed's title may hold bidirectional overrides ("gpj.exe"), letters no one sees, instructions
written in tag characters, or a hundred accents on one letter. ``clean`` keeps what a script or
an emoji needs to look right, and drops the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import idna
import regex

MARKS = 4  # accents and vowel signs in a row; Hebrew with cantillation and Vietnamese need no more

_FLAGS = ("gbeng", "gbsct", "gbwls")  # the subdivision flags that Unicode recommends
_TAGGED_FLAG = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in flag) + "\U000e007f" for flag in _FLAGS
)
# Scripts in which ZWJ and ZWNJ choose between the shapes of letters.
_JOINING = "".join(
    rf"\p{{Script={script}}}"
    for script in (
        "Arabic",
        "Syriac",
        "Mongolian",
        "Nko",
        "Devanagari",
        "Bengali",
        "Gurmukhi",
        "Gujarati",
        "Oriya",
        "Tamil",
        "Telugu",
        "Kannada",
        "Malayalam",
        "Sinhala",
        "Khmer",
        "Myanmar",
    )
)
_EMOJI = r"\p{Extended_Pictographic}"

_LINE_END = regex.compile(r"\r\n?|[\u2028\u2029\x85]")
# Blank space of every kind, Hangul fillers and the empty Braille cell (both look like space) too.
_BLANK = regex.compile(r"[\t\r\v\f\x1c-\x1f\x85\p{Z}\u115f\u1160\u3164\uffa0\u2800]")
_TAGS = regex.compile(rf"({_TAGGED_FLAG})|[\U000e0000-\U000e007f]")
# Cc: control, Cf: format (bidi controls, zero-width space, soft hyphen …), Cs: lone surrogates,
# Co: private use, Cn: unassigned. ZWNJ, ZWJ and the tags of a flag are looked at on their own.
_JUNK = regex.compile(
    r"[[\p{C}\u034f\u17b4\u17b5\u180b-\u180f\ufffc]--[\n\u200c\u200d\U000e0000-\U000e007f]]", regex.V1
)
_JOINER = regex.compile(
    rf"(?<={_EMOJI}[\ufe0f\U0001f3fb-\U0001f3ff]?)\u200d(?={_EMOJI})"
    rf"|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}]|\s|$)"
    r"|([\u200c\u200d])"
)
# A variation selector changes an emoji, a keycap's digit or a Chinese character; elsewhere it only hides data.
_SELECTOR = regex.compile(
    r"(?<=[\p{Emoji}])[\ufe0e\ufe0f]|(?<=\p{Script=Han})[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    r"|([\ufe00-\ufe0f\U000e0100-\U000e01ef])"
)
_MARKS = regex.compile(
    rf"((?:[\p{{Mn}}\p{{Me}}--[\ufe00-\ufe0f\U000e0100-\U000e01ef]]){{{MARKS}}})"
    r"[\p{Mn}\p{Me}--[\ufe00-\ufe0f\U000e0100-\U000e01ef]]+",
    regex.V1,
)
_GRAPHEME = regex.compile(r"\X")


def clean(text: str, limit: int = 4000, *, lines: bool = False) -> str:
    """The text on one line (``lines``: with its line breaks), fit to be shown to a person.

    At most ``limit`` characters: a longer text ends in "…", cut between graphemes.
    Cleaning twice gives what cleaning once gave.
    """
    text = visible(text[: limit * 8])  # bounds the work; junk beyond that is dropped with the text after it
    if lines:
        text = regex.sub(r" *\n *", "\n", regex.sub(r" +", " ", text))
        text = regex.sub(r"\n{3,}", "\n\n", text).strip()
    else:
        text = regex.sub(r"\s+", " ", text).strip()
    return _cut(text, limit)


def visible(text: str) -> str:
    """The text without what no one sees or should see; spaces and line breaks stay as they stand."""
    text = _LINE_END.sub("\n", text)
    text = _BLANK.sub(" ", text)
    text = _JUNK.sub("", text)
    text = _TAGS.sub(lambda match: match.group(1) or "", text)
    text = _keep(_SELECTOR, text)
    text = _keep(_JOINER, text)
    return _MARKS.sub(r"\1", text)


def _keep(pattern: regex.Pattern[str], text: str) -> str:
    """Drops what the pattern's group 1 matches, until nothing more of it is there."""
    while True:
        kept = pattern.sub(lambda match: "" if match.group(1) else match.group(), text)
        if kept == text:
            return kept
        text = kept


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = 0
    for match in _GRAPHEME.finditer(text):
        if match.end() >= limit:
            break
        end = match.end()
    return text[:end].rstrip() + "…"


# Letters of other alphabets that pass for Latin ones: a host made of these alone is not shown as written.
_LOOKALIKES = frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡαινορτυκ")
# Latin by their script, but only dictionaries use them: "ɢoogle" is not Google.
_PHONETIC = regex.compile(
    r"[\p{Block=IPA_Extensions}\p{Block=Phonetic_Extensions}\p{Block=Phonetic_Extensions_Supplement}"
    r"\p{Block=Latin_Extended_D}]"
)
_STROKES = regex.compile("[ノンソゾ丶丿]")  # next to Latin letters they pass for a slash or a dot
_WRITTEN_TOGETHER = (
    {"Latin", "Han", "Hiragana", "Katakana"},
    {"Latin", "Han", "Bopomofo"},
    {"Latin", "Han", "Hangul"},
)
_SCRIPTS = {
    name: regex.compile(rf"\p{{scx={name}}}")
    for name in (
        "Latin", "Han", "Hiragana", "Katakana", "Bopomofo", "Hangul", "Cyrillic", "Greek", "Arabic", "Hebrew",
        "Devanagari", "Bengali", "Thai", "Armenian", "Georgian", "Tamil", "Telugu",
    )
}  # fmt: skip


def host_of(url: str) -> str:
    """The host a link leads to, as it may be shown: without "www.", "" where there is none.

    A name in another script is shown in it, except where a label mixes scripts that are not
    written together or could be taken for Latin: that one stays in punycode.
    """
    try:
        # Browsers take a backslash for a slash, so "https://evil.example\@good.example" leads to evil.
        host = urlsplit(url.strip().replace("\\", "/")).hostname or ""
    except ValueError:
        return ""
    host = clean(host, 253).rstrip(".").removeprefix("www.")
    if ":" in host:
        return f"[{host}]"
    return ".".join(_shown_label(label) for label in host.split("."))


def _shown_label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        return label
    try:
        coded = idna.alabel(label).decode("ascii")
        written = idna.ulabel(coded)
    except (idna.IDNAError, UnicodeError):
        return label.encode("ascii", "backslashreplace").decode("ascii")
    return written if _one_script(written) else coded


def _one_script(label: str) -> bool:
    letters = [char for char in label if char.isalpha()]
    scripts = {
        next((name for name, pattern in _SCRIPTS.items() if pattern.match(letter)), "other")
        for letter in letters
    }
    if any(scripts <= allowed for allowed in _WRITTEN_TOGETHER):
        return not _PHONETIC.search(label) and not ("Latin" in scripts and _STROKES.search(label))
    return len(scripts) == 1 and not _LOOKALIKES.issuperset(letters)


# ------------ Takes secrets out of texts: known ones, and what has the shape of a token.

# Tokens of the platforms and model servers by their shape, so that one that was never
# configured here (pasted into a chat, say) is covered too.
_SHAPES = re.compile(
    r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}|\b(?:sk-|desk_)[A-Za-z0-9_-]{16,}|\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
HIDDEN = "[hidden]"


class Redactor:
    """Replaces known secrets, and what has a token's shape, by ``[hidden]``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known)), re.IGNORECASE) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _SHAPES.sub(HIDDEN, text)


def hide(text: str) -> str:
    """A text of a platform's or a server's without what has the shape of a token."""
    return Redactor()(text)
