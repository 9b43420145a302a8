"""Plain text, Markdown and PDFs: text whose lines are not its paragraphs."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from digests.read.furniture import is_furniture_line, opens_tail
from digests.text.languages import every

# Whole lines.
_LINES = r"""
(?:article|comments) url:.*
points:\s*\d+
#? ?comments:?\s*\d*
submitted by\s+/?u/\S+.*
(?:\[(?:link|comments)\]\s*)+
\[(?:…|\.\.\.)\]
"""
# At a line's beginning or end: what stands beside it is the text.
_BEFORE = re.compile(r"^arxiv:\S+ announce type: \S+\s*(?:abstract:\s*)?", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:submitted by\s+/?u/\S+(?:\s+(?:to\s+)?/?r/\S+)?)?\s*(?:\[(?:link|comments)\]\s*)+$"
    r"|\s*(?:\[(?:…|\.{3})\]|\(more(?:…|\.\.\.)\)|(?:read more|continue reading)\s*(?:…|»|→|\.\.\.)?)$",
    re.IGNORECASE,
)
_EITHER = "|".join((*_LINES.strip().split("\n"), *every(lambda known: known.feed_lines)))
_LINE = re.compile(rf"^\W*(?:{_EITHER})\W*$", re.IGNORECASE)
_LONGEST = 600  # characters of a line that is looked at


def own_text(line: str) -> str:
    """A line of a feed's item without what its system adds; "" where nothing else is in it."""
    if len(line) > _LONGEST:
        return _BEFORE.sub("", line)
    if _LINE.match(line):
        return ""
    return _BEHIND.sub("", _BEFORE.sub("", line)).strip()


MAX_TEXT = 400_000  # characters read of any document
_PDF_PAGES = 40
_PDF_BYTES = 30_000_000
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_WORD = re.compile(r"\w")
_SPACE = re.compile(r"\s+")
_CRUMB = re.compile(r"\s[»›>/|→]\s|\s::\s")
_SITE_SUFFIX = re.compile(r"\s+[|–—-]\s+[^|–—]{2,40}$")
_ENDS = re.compile(r"[.!?…:;,。！？।؟][\"'”’»)）」』\]]*$")
_STOPS = re.compile(r"[.!?…。！？।؟][\"'”’»)）」』\]]*$")
_OPEN = re.compile(r"[,;(\[–—&/]$")  # a line that ends so goes on in the next
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_HEADING = 80  # characters; a longer line without a full stop is text all the same
# Wrapped lines: no wider, and few narrower than this; most reach the width, end within a sentence, and the next
# seldom begins with a capital.
_WIDEST, _LEAST = 140, 40
_FULL = 0.85  # of the widest line, which a wrapped line would pass with one word more
_MOST_FULL, _MOST_WITHIN, _SMALL = 0.8, 0.5, 0.3

_RULE = re.compile(r"\s*(?:(?:[-=*_]\s*){3,}|\|?[\s:|-]*-{2,}[\s:|-]*)$")
_HEADING_MARK = re.compile(r"^\s{0,3}#{1,6}\s+(?=\S)")
_BULLET = re.compile(r"^\s*[-*+•‣▪]\s+(?:\[[ xX]\]\s+)?(?=\S)")
_DASH = re.compile(r"^\s*[·–—]\s+(?=\S)")
_NUMBER = re.compile(r"^\s*(\d{1,3})[.)]\s+(?=\S)")
_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_FENCE = re.compile(r"^[ \t]{0,3}(```|~~~).*?(?:^[ \t]{0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_FRONT = re.compile(r"\A---[ \t]*\n(.{0,5000}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"[\w-]+[ \t]*:|[ \t#-]")
_QUOTED = re.compile(r"^[ \t]{0,3}(?:>[ \t]?)+", re.MULTILINE)
_STRAY = re.compile(r" (?=[.,](?:\s|$))")  # where a note or a picture stood
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*[\"']?(.{1,300}?)[\"']?[ \t]*$", re.MULTILINE | re.IGNORECASE)
_ELEMENT = re.compile(
    r"</?(?:br|hr|img|p|div|a|b|i|em|strong|sup|sub|details|summary|kbd|span|center|h[1-6]|picture|source)"
    r"(?:\s+[\w-]+=[^<>]{0,1000})?\s*/?>",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]{0,300}\](?:\([^)\s]{0,2000}\)|\[[^\]]{0,200}\])")
_LINK = re.compile(r"\[([^\[\]]{1,500})\](?:\([^()\s]{1,2000}(?:\s\"[^\"]{0,300}\")?\)|\[[^\[\]]{0,200}\])")
_NOTE = re.compile(r"\[\^[^\]\s]{1,50}\]")
_CODE = re.compile(r"(`{1,2})(?=\S)([^`\n]{1,500}?)(?<=\S)\1(?!`)")
_EMPHASIS = re.compile(r"(?<![\w*_])(\*\*|__|\*|_)(\S(?:[^*_\n]{0,500}\S)?)\1(?![\w*_])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKED = re.compile(r"^#{1,6}\s+\S|^[ \t]{0,3}```|\]\(\S+\)|\*\*\S|^\|[\s:|-]+\|[ \t]*$", re.MULTILINE)
_LOOKED_AT = 20_000  # characters looked at for marks
_FEW = 2  # marks from which a text is Markdown

_EDGE = 3  # lines at the head and the foot of a page that may stand on all of them
_REPEATS = 3  # pages from which such a line is the document's, not the article's
_PAGE_NUMBER = re.compile(
    r"(?:[^\W\d_]{1,6}\.?\s*)?[-–—|]?\s*\d{1,4}(?:\s*(?:/|[^\W\d_]{1,3})\s*\d{1,4})?\s*[-–—|]?$"
)
_DIGITS = re.compile(r"\d+")
_LEADERS = re.compile(r"(?:\.\s?){5,}\s*\w*$")  # a line of a table of contents
_SHORT = 0.8  # of the usual width: a paragraph's last line
_NARROW = 0.6  # of it: a heading's line


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines that are one paragraph or several."""

    lines: list[str]
    item: bool = False  # a bullet or a row: whole without a full stop
    heading: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph, or what stands for one: a bullet, a table's row, a heading."""

    text: str
    item: bool = False
    heading: bool = False


def paragraphs_of_text(text: str) -> tuple[str, list[str]]:
    """The headline ("" if there is none) and the paragraphs of a plain text or of Markdown.

    Breadcrumbs, the repeated headline, headings left standing between paragraphs, and what
    follows "leave a comment" go.
    """
    text = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    front = _FRONT.match(text)
    if front and not all(map(_FIELD.match, front[1].split("\n"))):
        front = None
    named = _FRONT_TITLE.search(front[1]) if front else None
    marked = front is not None or len(_MARKED.findall(text[:_LOOKED_AT])) >= _FEW
    if marked:
        text = _FENCE.sub("\n", text[front.end() :] if front else text)
        shown, *hidden = text.split("<!--")
        text = shown + "".join(part.partition("-->")[2] for part in hidden)
        text = _QUOTED.sub("", _DEFINED.sub("", text))
    lines = list(_lines(text, marked))
    trail = ""
    while lines and _is_breadcrumb(lines[0].text, [line.text for line in lines[1:3]]):
        trail = lines.pop(0).text
    title = named[1] if named else ""
    first = lines[0] if len(lines) > 1 else None
    if first and (
        first.heading
        or (
            not title
            and not first.item
            and len(first.text) <= 250
            and (not _ENDS.search(first.text) or first.text in [line.text for line in lines[1:4]])
        )
    ):
        title = title or first.text
        lines.pop(0)
    elif trail:
        title = title or _CRUMB.split(trail)[-1]
    bare = _SITE_SUFFIX.sub("", title)
    kept: list[str] = []
    for line in lines:
        told = line.text
        if kept and opens_tail(told):
            break
        if told in (title, bare) or is_furniture_line(told) or _is_breadcrumb(told, [title]):
            continue
        if line.heading or (not line.item and len(told) <= _HEADING and not _ENDS.search(told)):
            continue
        kept.append(told)
    return bare, kept or [line.text for line in lines]


def _lines(text: str, marked: bool) -> Iterator[_Line]:
    """A text's paragraphs: blank lines part them, and so does a line break that falls between two sentences."""
    for run in _runs(_BLANK.split(text)):
        for paragraph in [_joined(run.lines)] if marked else _paragraphs(run.lines):
            bare = _SPACE.sub(" ", _without_marks(paragraph) if marked else paragraph).strip(" |")
            if _WORD.search(bare):
                yield _Line(bare, run.item, run.heading)


def _runs(chunks: Iterable[str]) -> Iterator[_Run]:
    """Lines that stand together.

    A bullet opens a run; a heading, a table's row and a rule are each by themselves. A number opens one only where
    it goes on counting behind a finished line: "31. August" may stand at a line's start.
    """
    number = 0
    for chunk in chunks:
        run = _Run([])
        for line in filter(str.strip, chunk.split("\n")):
            finished = not run.lines or run.item or bool(_ENDS.search(run.lines[-1].rstrip()))
            counted = _NUMBER.match(line) if finished else None
            if counted and int(counted[1]) not in (1, number + 1):
                counted = None
            opened = _BULLET.match(line) or (_DASH.match(line) if finished else None) or counted
            row, rule = _ROW.match(line), _RULE.match(line)
            if not (opened or row or rule or _HEADING_MARK.match(line)):
                run.lines.append(line)
                continue
            if run.lines:
                yield _Run(run.lines, run.item, bool(rule) and len(run.lines) == 1 and not run.item)
            run = _Run([])
            if rule:
                continue
            if opened:
                number = int(counted[1]) if counted else number
                run = _Run([line[opened.end() :]], item=True)
            elif row:
                cells = [cell.strip() for cell in row[1].split("|")]
                yield _Run([" | ".join(cell for cell in cells if cell)], item=True)
            else:
                yield _Run([_HEADING_MARK.sub("", line).rstrip("# ")], heading=True)
        if run.lines:
            yield run


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines as paragraphs: one, if they are wrapped at a width; else only what breaks off within a sentence
    is joined to what goes on."""
    lines = [line.strip() for line in lines]
    if len(lines) > 1 and _is_wrapped(lines):
        return [_joined(lines)]
    found = [[lines[0]]]
    for before, line in pairwise(lines):
        open_ended = not _STOPS.search(before) and not before.endswith((":", "："))
        if open_ended and (line[0].islower() or _OPEN.search(before)):
            found[-1].append(line)
        else:
            found.append([line])
    return [_joined(parts) for parts in found]


def _is_wrapped(lines: list[str]) -> bool:
    """Whether lines are one paragraph broken at a width."""
    width = max(map(len, lines))
    if width > _WIDEST or not (width >= _LEAST or _CJK.search(lines[0])):
        return False
    pairs = list(pairwise(lines))
    full = sum(len(line) + 1 + len(then.split(None, 1)[0]) >= width * _FULL for line, then in pairs)
    within = sum(not _STOPS.search(line) for line, _ in pairs)
    small = sum(not then[0].isupper() for _, then in pairs)
    return (
        full >= len(pairs) * _MOST_FULL
        and within >= len(pairs) * _MOST_WITHIN
        and small >= len(pairs) * _SMALL
    )


def _joined(lines: Iterable[str], *, parted: bool = False) -> str:
    """Lines as one: no space between signs of scripts without spaces, nor behind a hyphen; which goes where words
    were ``parted`` at lines' ends."""
    parts: list[str] = []
    for line in map(str.strip, lines):
        before = parts[-1] if parts else ""
        hyphen = before[-1:] == "-" and before[-2:-1].isalpha() and line[:1].islower()
        if hyphen and parted:
            parts[-1] = before[:-1]
        elif before and not hyphen and not _CJK.search(before[-1:]):
            parts.append(" ")
        parts.append(line)
    return "".join(parts)


def _without_marks(line: str) -> str:
    """A line without Markdown's marks: emphasis, links' addresses, notes and elements."""
    line = _LINK.sub(r"\1", _IMAGE.sub("", _NOTE.sub("", _ELEMENT.sub(" ", line))))
    return _STRAY.sub("", _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\2", _CODE.sub(r"\2", line))))


def _is_breadcrumb(line: str, following: list[str]) -> bool:
    """``Home » News » Headline``: short steps, the last of which may be the headline itself."""
    steps = _CRUMB.split(line)
    if len(steps) < 2 or _ENDS.search(line):
        return False
    last = steps[-1].strip()
    trail = steps[:-1] if any(last and line.startswith(last[:60]) for line in following) else steps
    return all(len(step) <= 40 for step in trail) and (len(steps) > 2 or len(trail) < len(steps))


def text_of_pdf(body: bytes) -> str:
    """The paragraphs of a PDF's first pages, a blank line between two; "" when none can be had."""
    if len(body) > _PDF_BYTES:
        return ""
    import pypdf  # here: it costs a tenth of a second that most runs never need

    pages: list[list[str]] = []
    length = 0
    try:
        for page in pypdf.PdfReader(io.BytesIO(body), strict=False).pages[:_PDF_PAGES]:
            text = page.extract_text()
            pages.append([line.strip() for line in text[:MAX_TEXT].replace("\u00ad\n", "").split("\n")])
            length += len(text)
            if length > MAX_TEXT:
                break
    except Exception:  # noqa: S110 - a broken PDF can raise anything; what was read so far serves
        pass
    return "\n\n".join(_flow([line for page in _without_edges(pages) for line in page]))


def _without_edges(pages: list[list[str]]) -> list[list[str]]:
    """Pages without blank lines and contents, page numbers, and the lines that head or foot most of them."""
    pages = [[line for line in page if line and not _LEADERS.search(line)] for page in pages]
    edges = Counter(line for page in pages for line in {_DIGITS.sub("0", line) for line in _edge(page)})
    often = {line for line, times in edges.items() if times >= max(_REPEATS, len(pages) / 2)}
    return [
        [
            line
            for place, line in enumerate(page)
            if _EDGE <= place < len(page) - _EDGE
            or not (_PAGE_NUMBER.match(line) or _DIGITS.sub("0", line) in often)
        ]
        for page in pages
    ]


def _edge(page: list[str]) -> list[str]:
    return page[:_EDGE] + page[_EDGE:][-_EDGE:]


def _flow(lines: list[str]) -> list[str]:
    """A document's lines, page after page, as paragraphs: one ends with a short line that ends a sentence, or with
    a heading; a bullet opens one."""
    lengths = sorted(map(len, lines))
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    found: list[list[str]] = []
    before = ""
    for line in lines:
        stopped = _STOPS.search(before)
        ended = (
            len(before) < width * _SHORT if stopped else len(before) < width * _NARROW and line[0].isupper()
        )
        if not found or ended or _BULLET.match(line):
            found.append([line])
        else:
            found[-1].append(line)
        before = line
    return [_joined(paragraph, parted=True) for paragraph in found]
