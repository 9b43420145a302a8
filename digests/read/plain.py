"""Plain text and PDFs: text that lost its markup, but not what stood around it."""

from __future__ import annotations

import io
import re
from itertools import pairwise

from digests.read.furniture import is_furniture_line, opens_tail

MAX_TEXT = 400_000  # characters read of any document
_PDF_PAGES = 40
_PDF_BYTES = 30_000_000
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_SPACE = re.compile(r"\s+")
_CRUMB = re.compile(r"\s[»›>/|→]\s|\s::\s")
_SITE_SUFFIX = re.compile(r"\s+[|–—-]\s+[^|–—]{2,40}$")
_ENDS = re.compile(r"[.!?…:;,。！？।؟][\"'”’»)）」』\]]*$")
_HEADING = 80  # characters; a longer line without a full stop is text all the same
_WRAPPED = 100  # characters; longer lines are paragraphs of their own
_WRAPPED_LEAST = 40
_STOPS = re.compile(r"[.!?…。！？।؟][\"'”’»)）」』\]]*$")
_FULL = 0.85  # of the widest line, which a wrapped line would pass with one word more
_ALONE = re.compile(r"\s*(?:#{1,6}\s|\|.*\|\s*$|[-=*_]{3,}\s*$|```)")
_BULLET = re.compile(r"^\s*(?:[-*+•‣·–]|\d{1,3}[.)])\s+(?=\S)")
_RULE = re.compile(r"\s*(?:[-=*_]{3,}|```\w*|\|[\s:|-]+\|)\s*$")
_HEADING_MARK = re.compile(r"^\s*#{1,6}\s+")
_IMAGE = re.compile(r"!\[[^\]]{0,300}\]\([^)\s]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\]\([^()\s]{1,2000}(?:\s\"[^\"]{0,300}\")?\)")
_EMPHASIS = re.compile(r"(?<![\w*_`])(\*\*|__|\*|_|`)(\S(?:[^*_`\n]{0,500}\S)?)\1(?![\w*_`])")
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def paragraphs_of_text(text: str) -> tuple[str, list[str]]:
    """The headline ("" if there is none) and the paragraphs of a plain text.

    Breadcrumbs, the repeated headline, headings left standing between paragraphs, and what
    follows "leave a comment" go.
    """
    lines = _logical_lines(text[:MAX_TEXT])
    trail = ""
    while lines and _is_breadcrumb(lines[0], lines[1:3]):
        trail = lines.pop(0)
    title = ""
    if (
        lines
        and len(lines) > 1
        and len(lines[0]) <= 250
        and (not _ENDS.search(lines[0]) or lines[0] in lines[1:4])
    ):
        title = lines.pop(0)
    elif trail:
        title = _CRUMB.split(trail)[-1]
    bare = _SITE_SUFFIX.sub("", title)
    kept: list[str] = []
    for line in lines:
        if kept and opens_tail(line):
            break
        if line in (title, bare) or is_furniture_line(line) or _is_breadcrumb(line, [title]):
            continue
        if len(line) <= _HEADING and not _ENDS.search(line):
            continue
        kept.append(line)
    return bare, kept or lines


def _logical_lines(text: str) -> list[str]:
    """Paragraphs: blank lines part them, and so does a line break unless the lines are wrapped."""
    found: list[str] = []
    for chunk in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")):
        for lines in _runs([line.rstrip() for line in chunk.split("\n") if line.strip()]):
            wrapped = len(lines) > 1 and _is_wrapped(lines)
            joiner = "" if wrapped and _CJK.search(lines[0][-1:]) else " "
            for line in [joiner.join(map(str.strip, lines))] if wrapped else lines:
                bare = _SPACE.sub(" ", _without_marks(line)).strip()
                if bare:
                    found.append(bare)
    return found


def _is_wrapped(lines: list[str]) -> bool:
    """Whether lines are one paragraph broken at a width: each but the last reaches it, or would with the next
    line's first word, and they are not all sentences of their own."""
    if all(_STOPS.search(line) for line in lines[:-1]):
        return False
    width = max(map(len, lines))
    if width > _WRAPPED:
        return False
    full = all(
        len(line) + 1 + len(following.split(None, 1)[0]) >= width * _FULL
        for line, following in pairwise(lines)
    )
    return full and (width >= _WRAPPED_LEAST or bool(_CJK.search(lines[0])))


def _runs(lines: list[str]) -> list[list[str]]:
    """Lines in runs that may be wrapped together: a heading, a bullet, a table's row or a rule begins one,
    and a heading, a row or a rule is one of its own."""
    runs: list[list[str]] = []
    closed = True
    for line in lines:
        alone = _ALONE.match(line) is not None
        if closed or alone or _BULLET.match(line):
            runs.append([line])
        else:
            runs[-1].append(line)
        closed = alone
    return runs


def _without_marks(line: str) -> str:
    """A line without Markdown's marks: headings, bullets, emphasis, links' addresses, rules and fences."""
    if _RULE.match(line):
        return ""
    line = _BULLET.sub("", _HEADING_MARK.sub("", line))
    line = _IMAGE.sub("", line)
    line = _LINK.sub(r"\1", line)
    return _EMPHASIS.sub(r"\2", line)


def _is_breadcrumb(line: str, following: list[str]) -> bool:
    """``Home » News » Headline``: short steps, the last of which may be the headline itself."""
    steps = _CRUMB.split(line)
    if len(steps) < 2 or _ENDS.search(line):
        return False
    last = steps[-1].strip()
    trail = steps[:-1] if any(last and line.startswith(last[:60]) for line in following) else steps
    return all(len(step) <= 40 for step in trail) and (len(steps) > 2 or len(trail) < len(steps))


def text_of_pdf(body: bytes) -> str:
    """The text of a PDF's first pages, "" when none can be had."""
    if len(body) > _PDF_BYTES:
        return ""
    import pypdf  # here: it costs a tenth of a second that most runs never need

    parts: list[str] = []
    length = 0
    try:
        for page in pypdf.PdfReader(io.BytesIO(body), strict=False).pages[:_PDF_PAGES]:
            part = page.extract_text()
            parts.append(part)
            length += len(part)
            if length > MAX_TEXT:
                break
    except Exception:  # noqa: S110 - a broken PDF can raise anything; what was read so far serves
        pass
    text = "\n\n".join(parts)
    return re.sub(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])", "", text)
