"""What sites say around articles, in the languages the desk reads: one pattern a line, any case.

Kept apart from the code that uses it so that a phrase can be added without reading any.
"""

from __future__ import annotations

# A whole short line that is furniture wherever it stands.
FURNITURE_LINES = r"""
advert(?:isement)?s?
sponsored(?: content)?
share(?: this)?(?: (?:article|story|post|page|via|on) ?.{0,30})?
tweet
follow us.*
read (?:more|also|next)\b.*
see also\b.*
related(?: (?:articles?|stories|posts?|links?|coverage|content|news|topics?))?:?.*
more (?:from|on|stories|news|in)\b.*
recommended.*
most (?:read|popular).*
you (?:may|might) (?:also )?(?:like|be interested).*
sign up (?:for|to|here).*
subscribe (?:to|now|here|today).*
get (?:the|our) .*newsletter.*
join our .*
leave a (?:comment|reply).*
comments?(?: are closed.*| \(?\d+\)?)?
post a comment.*
view comments.*
click here (?:to|for).*
continue reading.*
story continues below.*
article continues (?:below|after).*
(?:photo|image|picture|photograph|credit|source|getty|video)s?\s*(?:by|credit|courtesy|source|:).{0,100}
©.*
copyright .*
all rights reserved.*
this (?:site|website) uses (?:cookies|akismet).*
filed under.*
tags?:.*
posted (?:in|by|on)\b.*
by:? [A-Z][^.]{2,40}
published:?.{0,40}
updated:?.{0,40}
last updated.{0,40}
image \d+ of \d+
\S+@\S+\.\w+
(?:write|e-?mail|contact) (?:to )?.{0,60}@.*
follow (?:him|her|them|me) .*
want more stories.*
print
e-?mail
facebook
twitter
pinterest
whatsapp
linkedin
reddit
copy link
loading.*
watch(?: now)?:.*
listen:.*
skip (?:to|advertisement).*
scroll (?:down|to).*
back to top.*
next (?:article|story|post).*
previous (?:article|post).*
"""

# The beginning of a short line that opens a list of other pages or the comments: the article is over.
TAIL_LINES = r"""
related
more (?:from|on|stories|news|in|about|like)\b
recommended
most (?:read|popular)
you (?:may|might) (?:also )?(?:like|be interested|enjoy)
you may have missed
don['’]t miss
read (?:more|also|next)
see also
also read
(?:leave|post|write|add) a (?:comment|reply)
\d* ?comments?\b
want more stories
latest (?:news|stories)
trending
around the web
about the author
sign up
subscribe
newsletter
featured (?:stories|articles)
other (?:news|stories|articles)
previous (?:post|article|story)
next (?:post|article|story)
what to read next
up next
editor['’]?s['’]? picks
top stories
voc[êe] pode gostar
leia (?:tamb[ée]m|mais)
veja (?:tamb[ée]m|mais)
mais lidas
not[íi]cias relacionadas
deixe (?:um|seu) coment[áa]rio
coment[áa]rios
te puede interesar
tambi[ée]n te puede
lee tambi[ée]n
noticias relacionadas
m[áa]s (?:le[íi]das|noticias|informaci[óo]n)
deja un comentario
comentarios
(?:à|a) lire aussi
lire aussi
voir aussi
sur le m[êe]me (?:sujet|th[èe]me)
articles? (?:li[ée]s|similaires)
les plus lus
laisser un commentaire
commentaires
lesen sie auch
mehr zum thema
das k[öo]nnte (?:sie|dich)
auch interessant
meistgelesen
weitere (?:artikel|themen|nachrichten)
kommentare?\b
schreiben? (?:sie )?einen kommentar
[äa]hnliche (?:artikel|beitr[äa]ge)
leggi anche
potrebbe interessarti
ti potrebbe
articoli correlati
lascia un commento
commenti
i pi[ùu] letti
ilgili (?:haberler|i[çc]erikler)
bunlar da ilginizi
yorum(?:lar| yap)
en [çc]ok okunan
baca juga
artikel terkait
berita (?:terkait|terpopuler|lainnya)
komentar
tinggalkan (?:komentar|balasan)
читайте также
(?:смотрите|см\.?) также
по теме
похожие
самое читаемое
комментари[ий]
другие новости
оставить комментарий
читайте також
дивіться також
за темою
схожі
коментарі
залишити коментар
інші новини
اقرأ أيضا
إقرأ أيضا
اقرأ أيضاً
مواضيع ذات صلة
أخبار ذات صلة
قد يعجبك
التعليقات
تعليقات
اترك تعليق
यह भी पढ़ें
ये भी पढ़ें
संबंधित (?:खबरें|समाचार)
टिप्पणी
और पढ़ें
相关(?:阅读|新闻|文章|推荐)
推荐阅读
延伸阅读
相關(?:新聞|文章)
延伸閱讀
热门
评论
发表评论
网友评论
更多新闻
関連(?:記事|ニュース|リンク)
あわせて読みたい
おすすめ
人気記事
コメント
ランキング
관련\s?(?:기사|뉴스)
많이 본
추천 기사
댓글
인기\s?기사
"""

# Anywhere in a short block: the rest is for subscribers only.
LOCK_LINES = r"""
subscribe (?:now )?to (?:continue|keep|read)
to (?:continue|keep) reading,? (?:please )?(?:subscribe|log ?in|sign in|register)
(?:subscribe|sign in|log in|register) (?:now )?(?:to|and) (?:continue|keep) reading
continue reading with a subscription
(?:article|content|story) is (?:only |exclusively )?(?:available )?(?:for|to) (?:our )?(?:paid |premium )?subscribers
(?:article|content|story) is (?:only |exclusively )?(?:available )?(?:for|to) (?:our )?(?:paid |premium )?members
already a (?:subscriber|member)\?
you(?:'|’)ve (?:reached|read) your (?:free )?(?:article )?limit
unlock (?:this|the full) (?:article|story)
(?:artikel|text|beitrag) (?:ist nur|lesen sie nur) (?:f[üu]r|mit)
nur f[üu]r abonnenten
weiterlesen mit
jetzt abonnieren und weiterlesen
(?:article|contenu) (?:est )?r[ée]serv[ée] aux? abonn[ée]s
il vous reste \d+ ?% de cet article
abonnez-vous pour lire
(?:art[íi]culo|contenido|noticia) (?:exclusivo|solo) para (?:suscriptores|assinantes)
suscr[íi]bete para (?:seguir|continuar) leyendo
(?:conte[úu]do|mat[ée]ria) exclusiv[oa] para assinantes
assine para continuar lendo
(?:articolo|contenuto) (?:[èe] )?riservato agli abbonati
abbonati per continuare a leggere
только (?:для|по) подпис(?:чиков|ке)
доступно только подписчикам
лише для передплатників
доступно за передплатою
sadece abonelere
abonelere özel
khusus pelanggan
berlangganan untuk (?:membaca|melanjutkan)
للمشتركين فقط
اشترك لمتابعة القراءة
केवल सब्सक्राइबर
सब्सक्राइब करके आगे पढ़ें
订阅后(?:继续)?阅读
仅限(?:会员|订户)
会員限定記事
この記事は(?:有料)?会員限定
残り\s?\d+文字
有料会員
유료\s?(?:회원|구독자)
"""
