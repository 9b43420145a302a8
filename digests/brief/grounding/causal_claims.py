"""Causes a claim gives that its source does not."""

from __future__ import annotations

import re

from digests.text.lexicon import lexicon
from digests.text.tokens import CLAUSE_END, content, known, lower, tokens

# In these languages the cause stands before its marker.
_BEFORE = frozenset({"tr", "hi", "ja", "ko"})
_CHINESE_AFTER = ("因为", "因為", "由于", "由於", "因")


# What a thing was done for is a cause too: "to protect its data".
_PURPOSE = re.compile(
    r"(?<!\w)(?:in order to|so that|so as to|aim(?:s|ed|ing) (?:at|to)|citing|over (?:fears|concerns|worries)|"
    r"(?:moves?|bid|efforts?|attempt|decision|plans?|measures?|response) (?:\w+ ){0,3}?to|"
    r"to [\"'“]?(?:protect|prevent|avoid|stop|curb|save|reduce|cut|boost|ensure|improve|help|tackle|fight)|"
    r"para|a fin de|con el fin|pour|afin d|damit|um|per|allo scopo|чтобы|ради|щоб|задля|için|amacıyla|"
    r"untuk|guna|demi|के लिए|ताकि)(?!\w)|من أجل|بهدف|为了|為了|以便|위해|위하여"
)
# Shares of a clause's content words the source lacks that are too many: where it gives no cause at all,
# a purpose only, a cause, and after a marker that may tell time alone or stands behind its cause.
_NO_CAUSE, _PURPOSE_ONLY, _STRONG, _WEAK = 0.0, 0.7, 0.5, 0.75


def invented_cause(claim: str, source: str, language: str) -> str | None:
    """The clause that gives a cause the ``clean`` source does not give, None when there is none.

    "Because" needs a cause or a purpose in the source too, and most content words of the clause;
    "after" may tell time alone.
    """
    words = lexicon(language)
    said, have = lower(claim), lower(source)
    source_words = set(content(have, language)) | {token.key for token in tokens(have)}
    gives_cause = words.causes.search(have) or words.after.search(have)
    for pattern, strong in ((words.causes, True), (words.after, False)):
        for match in pattern.finditer(said):
            before = language in _BEFORE or (language == "zh" and match.group() not in _CHINESE_AFTER)
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
                least = _PURPOSE_ONLY if _PURPOSE.search(have) else _NO_CAUSE
            else:
                least = _STRONG if strong and not before else _WEAK
            if because and len(absent) >= least * len(because):
                return clause.strip()
    return None
