"""Causes a claim gives that its source does not."""

from __future__ import annotations

import re
from functools import cache

from digests.text.languages import Forms, any_of, languages, lexicon
from digests.text.tokens import CLAUSE_END, content, known, lower, tokens

_CHINESE_AFTER = ("因为", "因為", "由于", "由於", "因")
_UNSPACED = ("han", "kana", "hangul", "arabic")  # scripts whose words take others onto them
# Shares of a clause's content words the source lacks that are too many: where it gives no cause at all,
# a purpose only, a cause, and after a marker that may tell time alone or stands behind its cause.
_NO_CAUSE, _PURPOSE_ONLY, _STRONG, _WEAK = 0.0, 0.7, 0.5, 0.75


@cache
def _purpose() -> re.Pattern[str]:
    """What a thing was done for is a cause too: "to protect its data"."""
    whole = [form for known in languages() if known.script not in _UNSPACED for form in known.purposes]
    parts = [form for known in languages() if known.script in _UNSPACED for form in known.purposes]
    return re.compile(rf"(?<!\w)(?:{any_of(whole)})(?!\w)|{any_of(parts)}")


@cache
def _phrases(forms: Forms) -> re.Pattern[str]:
    """Finds any of a language's forms, as whole words where the script has them."""
    either = any_of(sorted(map(re.escape, forms), key=len, reverse=True), r"\s+")
    return re.compile(either if forms and ord(forms[0][0]) >= 0x2E80 else rf"(?<!\w)(?:{either})(?!\w)")


def invented_cause(claim: str, source: str, language: str) -> str | None:
    """The clause that gives a cause the ``clean`` source does not give, None when there is none.

    "Because" needs a cause or a purpose in the source too, and most content words of the clause;
    "after" may tell time alone.
    """
    words = lexicon(language)
    said, have = lower(claim), lower(source)
    source_words = set(content(have, language)) | {token.key for token in tokens(have)}
    causes, after = _phrases(words.causes), _phrases(words.after)
    gives_cause = causes.search(have) or after.search(have)
    for pattern, strong in ((causes, True), (after, False)):
        for match in pattern.finditer(said):
            before = words.cause_first or (language == "zh" and match.group() not in _CHINESE_AFTER)
            clause = (
                CLAUSE_END.split(said[: match.start()])[-1]
                if before
                else CLAUSE_END.split(said[match.end() :])[0]
            )
            because = content(clause, language)
            because = [w for w in (because[-6:] if before else because[:6]) if not w[0].isdigit()]
            absent = [word for word in because if not known(word, source_words)]
            # Before its marker the cause shares the clause with other words.
            if strong and not gives_cause:
                least = _PURPOSE_ONLY if _purpose().search(have) else _NO_CAUSE
            else:
                least = _STRONG if strong and not before else _WEAK
            if because and len(absent) >= least * len(because):
                return clause.strip()
    return None
