"""arXiv: what is new in a subject, and what a query finds."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlencode

from digests.model import Source


def arxiv(url: SplitResult) -> Source | None:
    if url.hostname not in ("arxiv.org", "www.arxiv.org"):
        return None
    subject = re.match(r"/list/([a-z-]{2,12}(?:\.[A-Za-z-]{2,12})?)(?:/|$)", url.path)
    if subject:
        return Source(url=f"https://rss.arxiv.org/rss/{subject[1]}", name=f"arXiv {subject[1]}")
    words = parse_qs(url.query).get("query", [""])[0]
    if not url.path.startswith("/search") or not words:
        return None
    query = {
        "search_query": " AND ".join(f"all:{word}" for word in words.split()),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "max_results": "50",
    }
    return Source(url=f"https://export.arxiv.org/api/query?{urlencode(query)}", name=f"arXiv: {words}")
