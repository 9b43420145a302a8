"""Feeds, pages and files in lying encodings made to hurt, through the desk's own readers and workers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from digests.model import Entry, Failure, FailureKind, Page, PollState, Source
from digests.ports import Polled
from digests.read.extract import read_article
from digests.watch.feeds import FeedReader
from digests.watch.offload import Offload
from digests.watch.pages import PageReader
from tests.digests.watch.measuring import measured, resident, worked

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MIB = 2**20
DOCUMENT_SECONDS, DOCUMENT_BYTES, ALL_BYTES = 2.0, 100 * MIB, 512 * MIB
DESK_BYTES = 150 * MIB  # of a desk with a thousand sources, measured by benchmarks/watch.py

SIZES = (1_000, 60_000, 400_000)  # repetitions of a small thing: small enough for the loop, and not
ITEM = "<item><title>%s</title><guid>1</guid></item>"
JSON = b'{"version":"https://jsonfeed.org/version/1","items":'
FIELDS = ("title", "guid", "link", "description", "author", "category", "pubDate")
FILLS = {"letters": "a", "angles": "&lt;", "ampersands": "&", "tags": "<![CDATA[<a ]]>", "digits": "1"}


def feeds() -> Iterator[tuple[str, bytes]]:
    """40 at least: every field overfull in every way, and structures without measure."""
    for field, (name, fill) in itertools.product(FIELDS, FILLS.items()):
        yield (
            f"{field} of {name}",
            f"<rss><channel><item><{field}>{fill * 60_000}</{field}></item></channel></rss>".encode(),
        )
    for size in SIZES[:2]:
        yield f"{size} items", f"<rss><channel>{ITEM % 'x' * size}</channel></rss>".encode()
        yield f"{size} deep", ("<rss><channel><item>" + "<a>" * size).encode()
        yield (
            f"{size} categories",
            f"<rss><channel><item>{'<category>c</category>' * size}</item></channel></rss>".encode(),
        )
        yield (
            f"{size} JSON items",
            b'{"version":"https://jsonfeed.org/version/1","items":['
            + b'{"id":"1"},' * size
            + b'{"id":"2"}]}',
        )
        yield f"{size} deep JSON", b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * size
        yield (
            f"{size} entries of Atom",
            (
                '<feed xmlns="http://www.w3.org/2005/Atom">'
                + "<entry><title>t</title></entry>" * size
                + "</feed>"
            ).encode(),
        )


PIECES = {
    "div": "<div>", "closed div": "</div>", "table": "<table><tr><td>", "list": "<ul><li>", "bold": "<b><i>",
    "link": "<a href='/x'>", "headline link": "<a href='/2026/a-b-c'>A headline of some length</a>",
    "broken link": "<a href='http://[::1'>A headline of some length</a>", "paragraph": "<p>word ", "span": "<span class=x>",
    "image": "<img src=x>", "form": "<form><input>", "select": "<select><option>", "svg": "<svg><g>", "math": "<math><mi>",
    "template": "<template>", "script": "<script>1</script>", "style": "<style>a{}</style>", "comment": "<!-- x -->",
    "open comment": "<!--", "angle": "<", "ampersand": "&", "entity": "&lt;", "meta": "<meta name=a content=b>",
}  # fmt: skip
SITEMAP = '<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">%s</urlset>'
URL = "<url><loc>https://a.example/x</loc><news:news><news:title>T</news:title></news:news></url>"


def pages() -> Iterator[tuple[str, bytes]]:
    """60 at least."""
    for (name, piece), size in itertools.product(PIECES.items(), (3_000, 60_000)):
        yield f"{size} of {name}", f"<html><body>{piece * size}".encode()
    for size in (1_000, 20_000):
        yield f"{size} attributes", f"<html><body><p {' '.join(f'a{n}=1' for n in range(size))}>x".encode()
        yield (
            f"a class of {size}",
            f"<html><body><div class='{'ad ' * size}'><a href='/x'>y</a></div>".encode(),
        )
        yield (
            f"an address of {size}",
            f"<html><body><a href='/{'x' * size}'>A headline of some length</a>".encode(),
        )
        yield f"a title of {size}", f"<title>{'x | ' * size}</title><body>".encode()
        yield f"sitemap of {size}", (SITEMAP % (URL * size)).encode()
        yield f"deep sitemap of {size}", ("<urlset>" + "<url>" * size).encode()
    yield "nothing", b" "
    yield "zeros", bytes(1_000_000)


TEXTS = ("Grüße aus Zürich", "Новости дня", "世界新闻", "مرحبا")
BODIES = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "gb18030", "utf-8-sig")
CLAIMS = ("utf-7", "ascii", "utf-16", "utf-32", "shift_jis", "rot13", "base64", "nonsense")


def lies() -> Iterator[tuple[str, bytes, str]]:
    """64: every body under every claim, in the document and by the server."""
    for body, claim in itertools.product(BODIES, CLAIMS):
        items = "".join(ITEM % text for text in TEXTS) * 20
        text = f'<?xml version="1.0" encoding="{claim}"?><rss><channel>{items}</channel></rss>'
        yield f"{body} said to be {claim}", text.encode(body, "replace"), claim


class Serving:
    """A fetcher that has one document, and takes a turn of the loop over it as any fetcher does."""

    def __init__(self) -> None:
        self.body, self.charset = b"", "utf-8"

    async def get(self, url: str, **_: object) -> Page | Failure:
        await asyncio.sleep(0)
        if url.endswith("robots.txt"):
            return Page(url=url, status=200, body=b"")
        return Page(url=url, status=200, body=self.body, charset=self.charset)


def taken() -> tuple[int, float]:
    return resident(), worked()


async def check(kind: str, documents: list[tuple[str, bytes, str]], *, article: bool = False) -> None:
    """Read every document as the desk would; each within its bounds, all of them within theirs."""
    serving = Serving()
    slow: dict[str, float] = {}
    big: dict[str, int] = {}
    async with Offload(1) as offload, measured() as cost:
        readers = {"feed": FeedReader(serving, offload), "page": PageReader(serving, offload)}
        source = Source(url="https://a.example/x", kind=kind)
        for name, body, charset in documents:
            await offload.run(read_article, Entry(title="t", html="<p>t</p>"), None)  # a worker is up
            serving.body, serving.charset = body, charset
            cost.peak, (before, start) = 0, await asyncio.to_thread(taken)
            found = await readers[kind].read(source, PollState(), NOW)
            assert isinstance(found, Polled | Failure)
            assert not (isinstance(found, Failure) and found.kind is FailureKind.TIMEOUT), name
            if article:
                page = Page(url="https://a.example/x", status=200, body=body, charset=charset)
                read = await offload.run(read_article, Entry(url="https://a.example/x"), page)
                assert not (isinstance(read, Failure) and read.kind is FailureKind.TIMEOUT), name
            size, end = await asyncio.to_thread(taken)  # not by the loop, whose work is measured
            slow[name], big[name] = end - start, max(cost.peak, size) - before
            # the test's own process is larger or smaller than a desk's, by what ran in it before
            assert max(cost.peak, size) - cost.start < ALL_BYTES - DESK_BYTES, name
    assert {name: took for name, took in slow.items() if took > DOCUMENT_SECONDS} == {}
    assert {name: size for name, size in big.items() if size > DOCUMENT_BYTES} == {}
    assert cost.lag_p99 < 0.05


SUITES: dict[str, tuple[Callable[[], list[tuple[str, bytes, str]]], int]] = {
    "feeds": (lambda: [(name, body, "utf-8") for name, body in feeds()], 40),
    "pages": (lambda: [(name, body, "utf-8") for name, body in pages()], 60),
    "lies": (lambda: list(lies()), 60),
}


@pytest.mark.parametrize("suite", SUITES)
async def test_no_hostile_document_costs_more_than_its_bounds(suite: str) -> None:
    make, least = SUITES[suite]
    documents = make()
    assert len({name for name, _, _ in documents}) >= least
    await check("page" if suite == "pages" else "feed", documents, article=suite == "pages")
