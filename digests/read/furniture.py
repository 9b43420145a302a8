"""What a site puts around an article, told by the names and the phrases sites use for it.

Names are those that many sites and publishing systems share; none belongs to one site.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Elements that never hold an article's text.
DROPPED_TAGS = frozenset(
    ["script", "style", "noscript", "template", "head", "nav", "aside", "footer", "button", "select", "option", "input", "textarea", "label", "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video", "map", "area", "dialog", "menu", "figcaption", "datalist", "progress", "meter", "amp-ad", "amp-sidebar", "amp-iframe", "figure", "picture", "time"]
)

# Whole words of a class or id, cut at "-", "_", white space and camelCase humps.
_BAD_WORDS = frozenset(
    ["ad", "ads", "advert", "advertisement", "advertising", "adsense", "adslot", "sponsor", "sponsored", "promo", "promos", "promotion", "promoted", "breadcrumb", "breadcrumbs", "crumbs", "nav", "navbar", "navigation", "menu", "submenu", "sidebar", "sidenav", "rail", "footer", "foot", "share", "shares", "sharing", "sharebar", "sharedaddy", "addthis", "addtoany", "social", "socials", "follow", "whatsapp", "pinterest", "linkedin", "related", "relatedposts", "similar", "recommended", "recommendation", "recommendations", "recirc", "recirculation", "outbrain", "taboola", "zergnet", "trending", "popular", "mostpopular", "mostread", "newsletter", "newsletters", "subscribe", "subscription", "signup", "optin", "mailchimp", "paywall", "cookie", "cookies", "consent", "gdpr", "banner", "popup", "modal", "overlay", "lightbox", "tooltip", "byline", "author", "authors", "authorbox", "bio", "avatar", "dateline", "timestamp", "pubdate", "meta", "metadata", "postmeta", "caption", "captions", "credit", "credits", "tags", "tag", "taglist", "keywords", "categories", "category", "pagination", "pager", "pagenav", "toolbar", "toolbox", "tools", "print", "printonly", "breadcrumbs", "teaser", "teasers", "more", "readmore", "skip", "hidden", "invisible", "offscreen", "gallery", "slideshow", "carousel", "slider", "thumbnail", "thumbnails", "rating", "ratings", "vote", "votes", "poll", "quiz", "widget", "widgets", "toc", "copyright", "disclaimer", "kicker", "eyebrow", "login", "register", "correction-form", "donate", "donation", "jp", "sitemap", "masthead", "topbar", "ticker"]
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
_VOICES = frozenset(
    ["comment", "comments", "commentlist", "disqus", "respond", "livefyre", "discussion", "replies", "reply", "forum", "thread"]
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
    if any(word in _VOICES for word in words):
        return VOICES
    return BAD if any(word in _BAD_WORDS for word in words) else NEUTRAL


# Lines that are furniture wherever they stand. Matched against a whole short block.
_PHRASES = re.compile(
    r"^\W*(?:"
    r"advert(?:isement)?s?|sponsored(?: content)?|share(?: this)?(?: (?:article|story|post|page|via|on) ?.{0,30})?|tweet|follow us.*|read (?:more|also|next)\b.*|see also\b.*"
    r"|related(?: (?:articles?|stories|posts?|links?|coverage|content|news|topics?))?:?.*|more (?:from|on|stories|news|in)\b.*"
    r"|recommended.*|most (?:read|popular).*|you (?:may|might) (?:also )?(?:like|be interested).*"
    r"|sign up (?:for|to|here).*|subscribe (?:to|now|here|today).*|get (?:the|our) .*newsletter.*|join our .*"
    r"|leave a (?:comment|reply).*|comments?(?: are closed.*| \(?\d+\)?)?|post a comment.*|view comments.*"
    r"|click here (?:to|for).*|continue reading.*|story continues below.*|article continues (?:below|after).*"
    r"|(?:photo|image|picture|photograph|credit|source|getty|video)s?\s*(?:by|credit|courtesy|source|:).{0,100}"
    r"|©.*|copyright .*|all rights reserved.*|this (?:site|website) uses (?:cookies|akismet).*"
    r"|filed under.*|tags?:.*|posted (?:in|by|on)\b.*|by:? [A-Z][^.]{2,40}|published:?.{0,40}|updated:?.{0,40}|last updated.{0,40}"
    r"|image \d+ of \d+|\S+@\S+\.\w+|(?:write|e-?mail|contact) (?:to )?.{0,60}@.*|follow (?:him|her|them|me) .*|want more stories.*"
    r"|print|e-?mail|facebook|twitter|pinterest|whatsapp|linkedin|reddit|copy link|loading.*|watch(?: now)?:.*|listen:.*"
    r"|skip (?:to|advertisement).*|scroll (?:down|to).*|back to top.*|next (?:article|story|post).*|previous (?:article|post).*"
    r")\W*$",
    re.IGNORECASE,
)
# A short line that opens a list of other pages or the readers' comments: the article is over.
_TAIL = re.compile(
    r"^\W*(?:related|more (?:from|on|stories|news|in|about|like)\b|recommended|most (?:read|popular)"
    r"|you (?:may|might) (?:also )?(?:like|be interested|enjoy)|you may have missed|don['’]t miss|read (?:more|also|next)|see also|also read"
    r"|(?:leave|post|write|add) a (?:comment|reply)|\d* ?comments?\b|want more stories|latest (?:news|stories)|trending|around the web"
    r"|about the author|sign up|subscribe|newsletter|featured (?:stories|articles)|other (?:news|stories|articles)"
    r"|previous (?:post|article|story)|next (?:post|article|story)|what to read next|up next|editor['’]?s['’]? picks|top stories"
    r"|voc[êe] pode gostar|leia (?:tamb[ée]m|mais)|veja (?:tamb[ée]m|mais)|mais lidas|not[íi]cias relacionadas|deixe (?:um|seu) coment[áa]rio|coment[áa]rios"
    r"|te puede interesar|tambi[ée]n te puede|lee tambi[ée]n|noticias relacionadas|m[áa]s (?:le[íi]das|noticias|informaci[óo]n)|deja un comentario|comentarios"
    r"|(?:à|a) lire aussi|lire aussi|voir aussi|sur le m[êe]me (?:sujet|th[èe]me)|articles? (?:li[ée]s|similaires)|les plus lus|laisser un commentaire|commentaires"
    r"|lesen sie auch|mehr zum thema|das k[öo]nnte (?:sie|dich)|auch interessant|meistgelesen|weitere (?:artikel|themen|nachrichten)|kommentare?\b|schreiben? (?:sie )?einen kommentar|[äa]hnliche (?:artikel|beitr[äa]ge)"
    r"|leggi anche|potrebbe interessarti|ti potrebbe|articoli correlati|lascia un commento|commenti|i pi[ùu] letti"
    r"|ilgili (?:haberler|i[çc]erikler)|bunlar da ilginizi|yorum(?:lar| yap)|en [çc]ok okunan"
    r"|baca juga|artikel terkait|berita (?:terkait|terpopuler|lainnya)|komentar|tinggalkan (?:komentar|balasan)"
    r"|читайте также|(?:смотрите|см\.?) также|по теме|похожие|самое читаемое|комментари[ий]|другие новости|оставить комментарий"
    r"|читайте також|дивіться також|за темою|схожі|коментарі|залишити коментар|інші новини"
    r"|اقرأ أيضا|إقرأ أيضا|اقرأ أيضاً|مواضيع ذات صلة|أخبار ذات صلة|قد يعجبك|التعليقات|تعليقات|اترك تعليق"
    r"|यह भी पढ़ें|ये भी पढ़ें|संबंधित (?:खबरें|समाचार)|टिप्पणी|और पढ़ें"
    r"|相关(?:阅读|新闻|文章|推荐)|推荐阅读|延伸阅读|相關(?:新聞|文章)|延伸閱讀|热门|评论|发表评论|网友评论|更多新闻"
    r"|関連(?:記事|ニュース|リンク)|あわせて読みたい|おすすめ|人気記事|コメント|ランキング"
    r"|관련\s?(?:기사|뉴스)|많이 본|추천 기사|댓글|인기\s?기사).{0,60}$",
    re.IGNORECASE,
)
_TAIL_LENGTH = 70


def opens_tail(text: str) -> bool:
    """Whether a short line announces related pages or comments."""
    return len(text) <= _TAIL_LENGTH and _TAIL.match(text) is not None


_PHRASE_LENGTH = 140  # characters; longer text may well begin like one


def is_furniture_line(text: str) -> bool:
    """Whether a block says only what a site says around any article."""
    return len(text) <= _PHRASE_LENGTH and _PHRASES.match(text) is not None
