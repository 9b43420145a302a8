"""Addresses compared, shortened to their host, and made absolute."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

# Parameters that say where a reader came from, not what is to be read.
_TRACKING: Final = re.compile(
    r"(utm_|mtm_|pk_|piwik_|hsa_|at_|ns_|itm_|wt\.|oly_|vero_|mc_|_hs|ga_|trk_).*|"
    r"fbclid|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|yclid|ysclid|igshid|igsh|twclid|ttclid|li_fat_id|mkt_tok|"
    r"xtor|smid|smtyp|cmpid|cmp|ncid|icid|ocid|cid|sref|srnd|spm|ref|ref_src|ref_url|referrer|referer|rss|ftag|"
    r"src|source|partner|campaign|taid|s_cid|guccounter|guce_referrer|guce_referrer_sig|share|feature|sh|si|"
    r"_ga|_gl|__twitter_impression|amp|outputtype|output",
    re.IGNORECASE,
)
# Of these only some values are marks: `source=rss` is one, `source=42` may be the page itself.
_CAREFUL: Final = frozenset(
    {"src", "source", "ref", "share", "output", "rss", "cid", "si", "sh", "cmp", "feature"}
)
_MARK: Final = re.compile(
    r"(rss|feed|atom|amp|twitter|facebook|share|social|email|newsletter|app|1|true)?", re.I
)
_MOBILE: Final = re.compile(r"^(www\d?|m|mobile|amp|touch|wap)\.(?=[^.]+\..)", re.IGNORECASE)
_AMP_END: Final = re.compile(r"/amp/?$|/amp/index\.html?$|\.amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_INDEX: Final = re.compile(r"/(index|default)\.(html?|php|aspx?)$", re.IGNORECASE)
# The usual address, which needs no taking apart: a name, a path of plain parts, nothing else.
_USUAL: Final = re.compile(
    r"https?://(?:www\.)?(?!(?:www\d?|m|mobile|amp|touch|wap)\.)"
    r"((?:[a-z0-9-]+\.)+[a-z0-9-]+(?:/(?!amp/)[A-Za-z0-9_~-]+(?:\.html)?)*)/?",
)
_MOST_PARAMETERS, _LONGEST_QUERY = 30, 1000  # characters
_NOT_USUAL: Final = ("/amp", ".amp.html", "/index.html", "/default.html")


def canonical(url: str) -> str:
    """One name for the addresses of one document: a key to compare, not a link to follow.

    Scheme, ``www.`` and mobile hosts, AMP forms, ports, fragments, tracking parameters, the
    order of parameters and a closing slash make no difference. "" for what is no web address.
    """
    usual = _USUAL.fullmatch(url)
    if usual and not url.rstrip("/").endswith(_NOT_USUAL) and "cdn.ampproject.org" not in url:
        return usual.group(1)
    try:
        parts = urlsplit(url.strip())
        name, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not name:
        return ""
    if name.endswith(".cdn.ampproject.org") or (
        name.startswith("www.google.") and parts.path.startswith("/amp/")
    ):
        inner = re.match(r"/(?:[a-z]/|amp/)(?:s/)?(.+)", parts.path)
        if inner:
            name, _, path = inner.group(1).partition("/")
            name, path = name.lower(), "/" + path
        else:
            path = parts.path
    else:
        path = parts.path
    name = _MOBILE.sub("", name)
    path = _INDEX.sub("/", _AMP_END.sub("", unquote(path) if "%" in path else path))
    path = re.sub(r"^/amp(?=/.)", "", path).rstrip("/")
    query = ""
    if parts.query.count("&") >= _MOST_PARAMETERS or len(parts.query) > _LONGEST_QUERY:
        query = f"?{parts.query}"  # nobody's tracking, and long to sort
    elif parts.query:
        kept = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(*pair))
        query = "?" + urlencode(kept) if kept else ""
    fragment = "#" + parts.fragment if parts.fragment.startswith(("!", "/")) else ""  # pages made by scripts
    return f"{name}{'' if port in (None, 80, 443) else f':{port}'}{path}{query}{fragment}"


def _tracks(name: str, value: str) -> bool:
    if not _TRACKING.fullmatch(name):
        return False
    return name.lower() not in _CAREFUL or _MARK.fullmatch(value) is not None


def host(url: str) -> str:
    """The host as a person would name it: lower case, without ``www.``; "" when there is none."""
    try:
        return re.sub(r"^www\.", "", (urlsplit(url).hostname or "").rstrip("."))
    except ValueError:
        return ""


# Names of parameters that let somebody in, and those that only say what is meant.
_ADMITS: Final = re.compile(
    r".*(token|secret|passw|pwd|auth|api_?key|apikey|signature|session|credential|hash|hmac|jwt).*|"
    r"key|sig|sign|pass|code|sid|k|t|u|user|username|private|access",
    re.IGNORECASE,
)
_NAMES_A_THING: Final = re.compile(r"(?:.*_)?id|v|list|q|query|search|format|type|feed", re.IGNORECASE)
_SECRET_LIKE: Final = re.compile(
    r"(?!(?:[a-z]+|\d+)(?:[-_.](?:[a-z]+|\d+))+$)(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_=+.~-]{16,}"
    r"|[0-9a-fA-F-]{20,}|\d{16,}"
)
HIDDEN: Final = "…"


def shown(url: str) -> str:
    """An address as others may see it: without a name and password before the host, nor what in its path
    or its parameters lets somebody in or looks as if it did."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        path = "/".join(HIDDEN if _SECRET_LIKE.fullmatch(part) else part for part in parts.path.split("/"))
        query = "&".join(map(_shown_parameter, parts.query.split("&"))) if parts.query else ""
        fragment = "" if _SECRET_LIKE.search(parts.fragment) or "=" in parts.fragment else parts.fragment
    except ValueError:
        return HIDDEN
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


def _shown_parameter(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if not equals:
        return HIDDEN if _SECRET_LIKE.fullmatch(name) else name
    admits = _ADMITS.fullmatch(name) is not None
    secret = admits or (not _NAMES_A_THING.fullmatch(name) and _SECRET_LIKE.fullmatch(unquote(value)))
    return f"{name}={HIDDEN}" if value and secret else parameter


def public(url: str) -> str:
    """An address to link to for others: the site's front page where more would show a secret, "" where
    it can't be read."""
    seen = shown(url)
    if seen in (url, HIDDEN):
        return url if seen == url else ""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/", "", ""))


def absolute(base: str, url: str) -> str:
    """``url`` seen from ``base``, "" unless it is then an http or https address."""
    try:
        joined = urljoin(base, url.strip())
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in ("http", "https") and parts.netloc else ""
