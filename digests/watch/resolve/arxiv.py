"""arXiv: what is new in a subject, of an author, and what a query finds."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlencode

from digests.model import Source
from digests.watch.resolve.hosts import site

_SUBJECT = re.compile(r"/(?:list|archive|catchup)/([A-Za-z.+-]{2,100})(?:/|$)")
_AUTHOR = re.compile(r"/a/(\w{3,60})(?:\.\w+)?/?")
_FIELDS = {"author": "au", "title": "ti", "abstract": "abs"}


def arxiv(url: SplitResult) -> Source | None:
    if site(url) not in ("arxiv.org", "export.arxiv.org"):
        return None
    subject = _SUBJECT.match(url.path)
    if subject:
        return Source(url=f"https://rss.arxiv.org/rss/{subject[1]}", name=f"arXiv {subject[1]}")
    author = _AUTHOR.fullmatch(url.path)
    if author:
        return Source(url=f"https://arxiv.org/a/{author[1]}.atom2", name=f"arXiv: {author[1]}")
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    words = asked.get("query") or asked.get("terms-0-term")
    if not url.path.startswith("/search") or not words:
        return None
    field = _FIELDS.get(asked.get("searchtype") or asked.get("terms-0-field") or "", "all")
    query = {
        "search_query": " AND ".join(f"{field}:{word}" for word in re.findall(r'"[^"]+"|[^\s"]+', words)),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "max_results": "50",
    }
    return Source(url=f"https://export.arxiv.org/api/query?{urlencode(query)}", name=f"arXiv: {words}")
