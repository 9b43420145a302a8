"""The sentences with which a page says that the rest is for subscribers only."""

from __future__ import annotations

import re

_LOCK = re.compile(
    r"subscribe (?:now )?to (?:continue|keep|read)|to (?:continue|keep) reading,? (?:please )?(?:subscribe|log ?in|sign in|register)"
    r"|(?:subscribe|sign in|log in|register) (?:now )?(?:to|and) (?:continue|keep) reading|continue reading with a subscription"
    r"|(?:article|content|story) is (?:only |exclusively )?(?:available )?(?:for|to) (?:our )?(?:paid |premium )?(?:subscribers|members)"
    r"|already a (?:subscriber|member)\?|you(?:'|’)ve (?:reached|read) your (?:free )?(?:article )?limit|unlock (?:this|the full) (?:article|story)"
    r"|(?:artikel|text|beitrag) (?:ist nur|lesen sie nur) (?:f[üu]r|mit)|nur f[üu]r abonnenten|weiterlesen mit|jetzt abonnieren und weiterlesen"
    r"|(?:article|contenu) (?:est )?r[ée]serv[ée] aux? abonn[ée]s|il vous reste \d+ ?% de cet article|abonnez-vous pour lire"
    r"|(?:art[íi]culo|contenido|noticia) (?:exclusivo|solo) para (?:suscriptores|assinantes)|suscr[íi]bete para (?:seguir|continuar) leyendo"
    r"|(?:conte[úu]do|mat[ée]ria) exclusiv[oa] para assinantes|assine para continuar lendo"
    r"|(?:articolo|contenuto) (?:[èe] )?riservato agli abbonati|abbonati per continuare a leggere"
    r"|только (?:для|по) подпис(?:чиков|ке)|доступно только подписчикам|лише для передплатників|доступно за передплатою"
    r"|sadece abonelere|abonelere özel|khusus pelanggan|berlangganan untuk (?:membaca|melanjutkan)"
    r"|للمشتركين فقط|اشترك لمتابعة القراءة|केवल सब्सक्राइबर|सब्सक्राइब करके आगे पढ़ें"
    r"|订阅后(?:继续)?阅读|仅限(?:会员|订户)|会員限定記事|この記事は(?:有料)?会員限定|残り\s?\d+文字|有料会員|유료\s?(?:회원|구독자)",
    re.IGNORECASE,
)
_LONGEST = 400  # characters; in a longer block the words are the article's


def locks_the_rest(text: str) -> bool:
    """Whether a block says that one must subscribe or log in to read on."""
    return len(text) <= _LONGEST and _LOCK.search(text) is not None
