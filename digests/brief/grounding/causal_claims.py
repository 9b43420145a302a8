"""Causes a claim gives that its source does not."""

from __future__ import annotations

from digests.text.lexicon import lexicon
from digests.text.tokens import CLAUSE_END, content, known, lower, tokens

# In these languages the cause stands before its marker.
_BEFORE = frozenset({"tr", "hi", "ja", "ko"})
_CHINESE_AFTER = ("因为", "因為", "由于", "由於", "因")


def invented_cause(claim: str, source: str, language: str) -> str | None:
    """The clause that gives a cause the ``clean`` source does not give, None when there is none.

    "Because" needs a cause in the source too, and every content word of the clause; "after"
    may tell time alone, so half of its words are enough.
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
            if strong and because and not gives_cause:
                return clause.strip()
            # Before its marker the cause shares the clause with other words: half must be missing too.
            if absent and ((strong and not before) or len(absent) * 2 >= len(because)):
                return clause.strip()
    return None
