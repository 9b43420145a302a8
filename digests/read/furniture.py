"""What a site puts around an article, told by the names and the phrases sites use for it.

Names are those that many sites and publishing systems share; none belongs to one site.
"""

from __future__ import annotations

import re
from functools import lru_cache

from digests.text.languages import every
from digests.text.words import word_set

# Elements that never hold an article's text.
DROPPED_TAGS = word_set(
    """
    script style noscript template title button select option optgroup input textarea label iframe object embed svg
    math canvas audio video map area datalist progress meter nav menu amp-ad amp-sidebar amp-iframe picture
    """
)

# Whole words of a class or id, cut at "-", "_", white space and camelCase humps.
_BAD_WORDS = word_set(
    """
    ad ads advert advertisement advertising adsense adslot sponsor sponsored promo promos promotion promoted
    breadcrumb breadcrumbs crumbs nav navbar navigation menu submenu sidebar sidenav rail footer foot share shares
    sharing sharebar sharedaddy addthis addtoany social socials follow whatsapp pinterest linkedin related
    relatedposts similar recommended recommendation recommendations recirc recirculation outbrain taboola zergnet
    trending popular mostpopular mostread newsletter newsletters subscribe subscription signup optin mailchimp
    paywall cookie cookies consent gdpr banner popup modal overlay lightbox tooltip byline author authors authorbox
    bio avatar dateline timestamp pubdate meta metadata postmeta caption captions credit credits tags tag taglist
    keywords categories category pagination pager pagenav toolbar toolbox tools print printonly teaser teasers more
    readmore skip hidden invisible offscreen gallery slideshow carousel slider thumbnail thumbnails rating ratings
    vote votes poll quiz widget widgets toc copyright disclaimer kicker eyebrow login register correction-form
    donate donation jp sitemap masthead topbar ticker
    """
)
# A name that holds one of these is the article's own, whatever else it says.
_GOOD = re.compile(
    r"article-?_?body|articlebody|article-?_?content|article-?_?text|articletext|post-?_?body|post-?_?content"
    r"|entry-?_?content|entrytext|story-?_?body|storytext|story-?_?content|body-?_?copy|content-?_?body|page-?_?content"
    r"|field-?name-?body|blog-?_?content|main-?_?content|maincontent|richtext|rich-text|single-content|td-post-content",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CUT = re.compile(r"[^A-Za-z]+")

# Readers' own words: as long as an article, and never one.
_VOICES = word_set(
    """
    comment comments commentlist disqus respond livefyre discussion replies reply forum thread
    """
)

NEUTRAL, GOOD, BAD, VOICES = 0, 1, -1, -2


@lru_cache(maxsize=4096)
def judge_name(name: str) -> int:
    """``GOOD``, ``BAD``, ``VOICES`` or ``NEUTRAL``: what an element's class and id, joined by a space, promise."""
    if _GOOD.search(name):
        return GOOD
    words = _CUT.split(_HUMP.sub(" ", name).lower())
    if "embed" in words or "embedded" in words:
        return NEUTRAL  # a post quoted in the article
    if not _VOICES.isdisjoint(words):
        return VOICES
    return NEUTRAL if _BAD_WORDS.isdisjoint(words) else BAD


# Lines that are furniture wherever they stand. Matched against a whole short block.
_PHRASES = re.compile(rf"^\W*(?:{'|'.join(every(lambda known: known.furniture_lines))})\W*$", re.IGNORECASE)
# A short line that opens a list of other pages or the readers' comments: the article is over.
_TAIL = re.compile(rf"^\W*(?:{'|'.join(every(lambda known: known.tail_lines))}).{{0,60}}$", re.IGNORECASE)
_TAIL_LENGTH = 70
_PHRASE_LENGTH = 140  # characters; longer text may well begin like one
_SENTENCE = re.compile(r"[.!?…。！？।॥؟۔።။]['\"”’»“‘«)）」』\]]*\s*$")


def ends_as_sentence(text: str) -> bool:
    """Whether a text ends in the mark of a whole sentence, closing quotation marks and brackets aside."""
    return _SENTENCE.search(text[-12:]) is not None


def opens_tail(text: str) -> bool:
    """Whether a short line announces related pages or comments; no sentence does."""
    return len(text) <= _TAIL_LENGTH and _TAIL.match(text) is not None and not _is_sentence(text)


def sounds_like_furniture(text: str) -> bool:
    """Whether the words are those of a line around an article, be it a whole sentence of news or not."""
    return len(text) <= _PHRASE_LENGTH and (_PHRASES.match(text) or _TAIL.match(text)) is not None


def is_furniture_line(text: str) -> bool:
    """Whether a block says only what a site says around any article; no sentence of news does."""
    return len(text) <= _PHRASE_LENGTH and _PHRASES.match(text) is not None and not _is_sentence(text)


def _is_sentence(text: str) -> bool:
    """Ends as one and is long enough for one; "Read more." and "All rights reserved." are none."""
    return (
        ends_as_sentence(text)
        and not text.rstrip().endswith(("…", "..."))
        and (len(text) >= _SHORT_SENTENCE or bool(_WIDE.search(text)))
    )


_SHORT_SENTENCE = 25  # characters
_WIDE = re.compile("[\u3000-\u9fff\uac00-\ud7a3]")


_LOCK = re.compile("|".join(every(lambda known: known.lock_lines)), re.IGNORECASE)
_LONGEST = 400  # characters; in a longer block the words are the article's


def locks_the_rest(text: str) -> bool:
    """Whether a block says that one must subscribe or log in to read on."""
    return len(text) <= _LONGEST and _LOCK.search(text) is not None
