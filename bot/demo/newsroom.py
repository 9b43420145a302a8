"""Serves the fictional sites of ``newsroom.toml`` on loopback: a feed, a front page and articles each.

Pages carry what real ones do around the text (navigation, share bar, related links, newsletter
box, comments), so that reading them shows whether the reader tells text from furniture.
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The running sites: feed addresses with names and topics, and every article's address."""

    base: str
    feeds: tuple[tuple[str, str, tuple[str, ...]], ...]  # url, name, topics
    articles: tuple[str, ...]


@asynccontextmanager
async def serve(now: datetime, port: int = 0) -> AsyncIterator[Newsroom]:
    """Serve the sites on 127.0.0.1 (``port`` 0: any free one) while the context is open."""
    data = tomllib.loads(files("bot.demo").joinpath("newsroom.toml").read_text(encoding="utf-8"))
    app = web.Application()
    sites: dict[str, dict[str, Any]] = data["sites"]

    def of(site: str) -> list[dict[str, Any]]:
        return [article for article in data["articles"] if article["site"] == site]

    async def feed(request: web.Request) -> web.Response:
        site = request.match_info["site"]
        if site not in sites:
            raise web.HTTPNotFound
        text = _feed(sites[site], of(site), f"{request.url.origin()}/{site}", now)
        if sites[site].get("broken"):
            text = "<html><body><h1>500</h1>Our database is on holiday.</body></html>"
        return web.Response(text=text, content_type="application/rss+xml")

    async def front(request: web.Request) -> web.Response:
        site = request.match_info["site"]
        if site not in sites:
            raise web.HTTPNotFound
        return web.Response(text=_front(sites[site], of(site), site), content_type="text/html")

    async def page(request: web.Request) -> web.Response:
        site, slug = request.match_info["site"], request.match_info["slug"]
        for article in of(site) if site in sites else ():
            if article["slug"] == slug:
                others = [other for other in of(site) if other is not article]
                return web.Response(
                    text=_page(sites[site], site, article, others, now), content_type="text/html"
                )
        raise web.HTTPNotFound

    app.add_routes(
        [
            web.get("/{site}/feed.xml", feed),
            web.get("/{site}/", front),
            web.get("/{site}/{slug}.html", page),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield Newsroom(
            base=base,
            feeds=tuple(
                (f"{base}/{key}/feed.xml", site["name"], tuple(site["topics"])) for key, site in sites.items()
            ),
            articles=tuple(f"{base}/{a['site']}/{a['slug']}.html" for a in data["articles"]),
        )
    finally:
        await runner.cleanup()


def _published(article: dict[str, Any], now: datetime) -> datetime:
    return now - timedelta(minutes=article["minutes"])


def _feed(site: dict[str, Any], articles: list[dict[str, Any]], base: str, now: datetime) -> str:
    items = "".join(
        f"<item><title>{escape(a['title'])}</title><link>{base}/{a['slug']}.html</link>"
        f"<guid isPermaLink='false'>{a['site']}-{a['slug']}</guid><author>{escape(a['author'])}</author>"
        f"<pubDate>{format_datetime(_published(a, now))}</pubDate>"
        f"<description>{escape(a['paragraphs'][0])}</description></item>"
        for a in articles
    )
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{escape(site['name'])}</title>"
        f"<link>{base}/</link><description>News</description><language>{site['language']}</language>"
        f"{items}</channel></rss>"
    )


def _front(site: dict[str, Any], articles: list[dict[str, Any]], key: str) -> str:
    links = "".join(f"<li><a href='/{key}/{a['slug']}.html'>{escape(a['title'])}</a></li>" for a in articles)
    return (
        f"<!doctype html><html lang='{site['language']}'><head><title>{escape(site['name'])}</title>"
        f"<link rel='alternate' type='application/rss+xml' title='{escape(site['name'])}' href='/{key}/feed.xml'>"
        f"</head><body><h1>{escape(site['name'])}</h1><ul>{links}</ul></body></html>"
    )


def _page(
    site: dict[str, Any], key: str, article: dict[str, Any], others: list[dict[str, Any]], now: datetime
) -> str:
    name, title = escape(site["name"]), escape(article["title"])
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article["paragraphs"])
    related = "".join(
        f"<li><a href='/{key}/{other['slug']}.html'>{escape(other['title'])}</a></li>" for other in others
    )
    return f"""<!doctype html>
<html lang="{site["language"]}"><head><meta charset="utf-8"><title>{title} | {name}</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="{name}">
<meta property="article:published_time" content="{_published(article, now).isoformat()}">
<meta name="author" content="{escape(article["author"])}"></head>
<body><header><a href="/{key}/">{name}</a><nav><ul><li><a href="/{key}/">Home</a></li>
<li><a href="/{key}/#local">Local</a></li><li><a href="/{key}/#sport">Sport</a></li></ul></nav></header>
<div class="cookie-banner"><p>We use cookies to make this site better for you. Accept all cookies?</p></div>
<main><div class="breadcrumb"><a href="/{key}/">Home</a> &gt; <a href="/{key}/#local">Local</a> &gt; {title}</div>
<article><h1>{title}</h1><p class="byline">By {escape(article["author"])}</p>
<div class="share-bar"><a href="#">Share on Facebook</a> <a href="#">Tweet</a> <a href="#">Copy link</a></div>
{text}
<div class="newsletter"><h3>Never miss a story</h3><p>Sign up for our morning newsletter.</p></div></article>
<section class="related"><h2>Read also</h2><ul>{related}</ul></section>
<section id="comments"><h2>Leave a comment</h2><p>Your email address will not be published.</p></section></main>
<footer><p>Copyright {name}. All rights reserved.</p></footer></body></html>"""
