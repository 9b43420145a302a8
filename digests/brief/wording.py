"""Negations, causes, quotations, links and plain invention in one claim."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from digests.brief.lexicon import Lexicon, lexicon
from digests.brief.tokens import HAN, KANA, Token, alike, content, known, lower, tokens

_QUOTED = re.compile(
    r"[“„\"«](?P<a>[^“”„\"«»]{2,})(?:[”“\"»]|$)|「(?P<b>[^「」]{2,})(?:」|$)|『(?P<c>[^『』]{2,})(?:』|$)"
    r"|(?<![\w'])'(?P<d>[^']+(?:'\w[^']*)*)'(?!\w)|(?<!\w)‘(?P<e>[^‘’]+(?:’\w[^‘’]*)*)’(?!\w)"
)
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.|\[[^\]]*\])\s*")
_NOT_LETTERS = re.compile(r"[\W_]+")
_URL = re.compile(
    r"(?:https?|ftp|tg|discord)://\S+|\bwww\.\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*|<[@#]!?&?\d+>|<a?:\w+:\d+>|mailto:\S+|\]\(\s*\S+\)",
    re.I,
)
_DOMAIN = re.compile(r"(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,24}\b(?!\.\w)", re.I)
_MENTION = re.compile(r"(?<!\w)@\w{2,}|[\w.+-]+@[\w-]+\.\w+", re.U)
_CLAUSE = re.compile(r"[,;:.!?،؛。、，；：！？।]|\s[-–—]\s")
_TURKISH_NOT = re.compile(
    r"^(.{2,}?)(?:m[ae](?:d[ıi]|y[ae]c[ae]k|z|m[ıi]ş|y[ae]n|d[ae]n|k|s[ıi]|l[ıi]|yor)|m[ıiuü]yor|m[ae]).*$"
)
_SOFT_ENGLISH = re.compile(r"^(?:un|in|im|ir|dis|non|de|anti)\w{3,}|\w{3,}less$")


# ---------------------------------------------------------------- negations


def turned(claim: str, source: str, language: str) -> str | None:
    """The word that is negated on one side and affirmed on the other, None when there is none."""
    base = language.partition("-")[0]
    words = lexicon(base)
    if base in {"zh", "ja"}:
        return _turned_unspaced(claim, source, base, words)
    ours, theirs = _polarity(claim, base, words), _polarity(source, base, words)
    for word in ours.plain:
        if word in ours.negated or word in ours.near:
            continue
        if _has(theirs.negated, word) and not _has(theirs.plain, word):
            return word
    for word in ours.negated:
        if _has(theirs.negated | theirs.near, word):
            continue
        if _has(theirs.plain, word) and not theirs.soft:
            return word
        if not theirs.negated and not theirs.soft:
            return word
    return None


class _Polarity:
    def __init__(self) -> None:
        self.plain: set[str] = set()  # content words no negation reaches
        self.negated: set[str] = set()  # right under a negation
        self.near: set[str] = set()  # in the same clause after one
        self.soft = False  # "denied", "unable", "unhurt": a negation may be paraphrase


def _has(group: set[str], word: str) -> bool:
    return any(alike(word, other) for other in group)


def _polarity(text: str, language: str, words: Lexicon) -> _Polarity:
    found = _Polarity()
    stream = tokens(text)
    breaks = [m.start() for m in _CLAUSE.finditer(text)]
    backward = language in {"ko", "tr", "hi"}
    claimed: dict[int, str] = {}
    for at, token in enumerate(stream):
        negative, stem = _negates(token, language, words)
        if stem:
            claimed[at] = "negated"
            continue
        if (
            token.key in words.soft
            or (language == "en" and _SOFT_ENGLISH.match(token.key))
            or (language == "ko" and any(s in token.key for s in words.soft))
        ):
            found.soft = True
        if not negative or (
            language == "en"
            and at + 1 < len(stream)
            and token.key == "not"
            and stream[at + 1].key in {"only", "just"}
        ):
            continue
        scope = (
            range(at - 1, max(-1, at - 5), -1)
            if backward and language != "hi"
            else range(at + 1, min(len(stream), at + 6))
        )
        if language == "hi":
            scope = range(max(0, at - 1), min(len(stream), at + 3))
        first = True
        for i in scope:
            low, high = sorted((token.start, stream[i].start))
            if any(low < b < high for b in breaks):
                break
            if stream[i].key in words.stop or i == at or (language == "en" and stream[i].key.endswith("ly")):
                continue
            claimed.setdefault(i, "negated" if first else "near")
            first = False
    for at, token in enumerate(stream):
        key = (
            _TURKISH_NOT.sub(r"\1", token.key)
            if claimed.get(at) == "negated" and language == "tr"
            else token.key
        )
        if token.key in words.stop or (not token.key[0].isalpha()):
            continue
        {"negated": found.negated, "near": found.near}.get(claimed.get(at, ""), found.plain).add(key)
    return found


def _negates(token: Token, language: str, words: Lexicon) -> tuple[bool, str | None]:
    """Whether a token negates its neighbours, and its stem when it negates itself (Turkish)."""
    if token.key in words.negations or (language == "en" and token.key.endswith("n't")):
        return True, None
    if language == "ko" and token.key != "안전" and any(token.key.startswith(n) for n in ("않", "없", "못")):
        return True, None
    if (
        language == "tr"
        and (match := _TURKISH_NOT.match(token.key))
        and re.search(r"m[ae](?:d[ıi]|y[ae]c[ae]|z|m[ıi]ş)|m[ıiuü]yor", token.key)
    ):
        return True, match.group(1)
    return False, None


def _turned_unspaced(claim: str, source: str, language: str, words: Lexicon) -> str | None:
    marks = sorted(words.negations, key=len, reverse=True)
    soft = any(mark in source for mark in words.soft)
    ours, theirs = _marked(claim, language, marks), _marked(source, language, marks)
    for word in theirs:
        if word in claim and word not in ours and not any(mark in claim for mark in words.soft):
            return word
    for word in ours:
        if word not in theirs and not soft and (word in source or not theirs):
            return word
    return None


def _marked(text: str, language: str, marks: list[str]) -> set[str]:
    """Chinese: the two characters after a negation; Japanese: the two or more kanji before one."""
    either = "|".join(map(re.escape, marks))
    if language == "zh":
        pattern = rf"(?:{either})(?:有|会|能|曾|再|是|被|在|想|愿|得|對|对|予)?([{HAN}]{{2}})"
        return {
            m.group(1)
            for m in re.finditer(pattern, text)
            if not re.match("仅|僅|只|断|同|少|足|过|過", text[m.start() + 1 :])
        }
    pattern = rf"([{HAN}]{{1,6}})[{KANA}]{{0,5}}?(?:{either})"
    return {m.group(1) for m in re.finditer(pattern, text)}


# ---------------------------------------------------------------- causes


def invented_cause(claim: str, source: str, language: str) -> str | None:
    """The cause a claim gives that its source does not, as the words after the marker."""
    base = language.partition("-")[0]
    words = lexicon(base)
    if base in {"zh", "ja", "ko"}:
        return _invented_unspaced(claim, source, words)
    have = set(content(source, base))
    stream = tokens(claim)
    source_keys = {t.key for t in tokens(source)}
    licensed = bool(source_keys & (set(words.causes) | set(words.after)))
    reverse = base in {"tr", "hi"}
    for at, token in enumerate(stream):
        strong = token.key in words.causes
        if not strong and token.key not in words.after:
            continue
        low, high = (0, token.start) if reverse else (token.end, len(claim))
        clause = claim[low:high]
        pieces = _CLAUSE.split(clause)
        clause = pieces[-1] if reverse else pieces[0]
        said = [w for w in content(clause, base) if not w[0].isdigit()][
            -6 if reverse else 0 : None if reverse else 6
        ]
        absent = [w for w in said if not known(w, have)]
        if strong and (not licensed or (absent and (not reverse or absent[-2:] == said[-2:]))):
            return clause.strip() or token.text
        if not strong and absent and len(absent) * 2 >= len(said):
            return clause.strip()
    return None


def _invented_unspaced(claim: str, source: str, words: Lexicon) -> str | None:
    for cause in words.causes:
        at = claim.find(cause)
        if at < 0 or (cause in source and claim[max(0, at - 4) : at + len(cause)] in source):
            continue
        before = _CLAUSE.split(claim[:at])[-1]
        after = _CLAUSE.split(claim[at + len(cause) :])[0]
        clause = after if cause in {"因为", "因為", "由于", "由於", "因"} else before
        pairs = [clause[i : i + 2] for i in range(len(clause) - 1)]
        absent = [pair for pair in pairs if pair not in source]
        if len(absent) * 2 > len(pairs) or (
            pairs and not any(c in source for c in (*words.causes, *words.after))
        ):
            return clause
    return None


# ---------------------------------------------------------------- quotations and links


def altered_quote(claim: str, source: str) -> str | None:
    """A quotation of the claim that does not stand in the source letter for letter."""
    have = _letters(source)
    for match in _QUOTED.finditer(claim):
        quote = next(group for group in match.groups() if group is not None)
        at = 0
        for part in _ELLIPSIS.split(quote):
            letters = _letters(part)
            at = have.find(letters, at)
            if at < 0:
                return quote
    return None


def _letters(text: str) -> str:
    """Letters and digits alone: spaces, quote marks and end punctuation may differ."""
    return _NOT_LETTERS.sub("", lower(text))


def foreign_link(claim: str, source: str, hosts: frozenset[str]) -> str | None:
    """A link, address or mention in the claim that is not the articles' own.

    A full link must lead to a host of the articles, even when the source text holds it: an
    article must not be able to place links. A bare domain name or a handle must be in the source.
    """
    for match in _URL.finditer(claim):
        text = match.group()
        host = (urlsplit(text if "//" in text else f"//{text}").hostname or "").removeprefix("www.")
        if host not in hosts:
            return text
    low = lower(source)
    for pattern in (_DOMAIN, _MENTION):
        for match in pattern.finditer(claim):
            text = lower(match.group())
            if text in {"@everyone", "@here", "@channel"} or text not in low:
                return match.group()
    return None


# ---------------------------------------------------------------- the rest


def coverage(claim: str, source: str, language: str) -> float:
    """Share of the claim's content words that the source knows in some form, 0 to 1."""
    said = content(claim, language)
    if not said:
        return 1.0
    have = set(content(source, language)) | {t.key for t in tokens(source)}
    return sum(known(word, have) for word in said) / len(said)
