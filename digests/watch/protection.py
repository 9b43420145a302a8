"""Tells a site's bot protection from its content, by the marks the usual products leave."""

from __future__ import annotations

from collections.abc import Mapping

_BODY_MARKS = (
    (b"cf-chl", "Cloudflare"),
    (b"challenges.cloudflare.com", "Cloudflare"),
    (b"attention required! | cloudflare", "Cloudflare"),
    (b"<title>just a moment...", "Cloudflare"),
    (b"_incapsula_resource", "Imperva"),
    (b"datadome", "DataDome"),
    (b"perimeterx", "PerimeterX"),
    (b"px-captcha", "PerimeterX"),
    (b"akamaighost", "Akamai"),
    (b"errors.edgesuite.net", "Akamai"),
    (b"sucuri website firewall", "Sucuri"),
    (b"ddos-guard", "DDoS-Guard"),
    (b"making sure you&#39;re not a bot", "Anubis"),
    (b"making sure you're not a bot", "Anubis"),
    (b"awswafcookiedomainlist", "AWS"),
    (b"g-recaptcha", "a captcha"),
    (b"h-captcha", "a captcha"),
    (b"are you a robot", "a captcha"),
    (b"verify you are human", "a captcha"),
)
_SUSPECT = frozenset({401, 403, 405, 406, 429, 503})


def bot_protection(status: int, headers: Mapping[str, str], head: bytes) -> str | None:
    """Who stands in the way, None when it does not look so. ``head``: the body's first bytes.

    A page that came with 200 is suspected only when it is short and bears a mark in its text,
    for an article may well tell of captchas.
    """
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return "Cloudflare"
    if "x-datadome" in headers and status in _SUSPECT:
        return "DataDome"
    if status not in _SUSPECT and (status != 200 or len(head) > 16_384):
        return None
    lowered = head[:16_384].lower()
    for mark, name in _BODY_MARKS:
        if mark in lowered:
            return name
    if status == 403 and headers.get("server", "").lower().startswith("cloudflare"):
        return "Cloudflare"
    return None
