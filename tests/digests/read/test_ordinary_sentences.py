"""Sentences of news that begin as a site's furniture does: they stay, in pages and in plain text, and what
follows them stays too."""

from __future__ import annotations

import pytest

from digests.read.extract import extract_html, read_text

SENTENCES = (
    "Related claims by two other ferry lines were settled in spring.",
    "Comments from the ministry were not to be had before noon.",
    "Trending fares on the northern route fell by a tenth last week.",
    "More from the fund will be paid out once the pier is finished.",
    "Updated plans for the harbour were shown to the council on Monday.",
    "By Friday the last of the grain had been moved to the hill.",
    "Recommended doses were cut in half after the review in March.",
    "Subscribe as they might, too few buyers took up the new shares.",
    "Latest figures put the damage at nine million crowns.",
    "Share prices of the yard rose by four percent on the news.",
    "Print shops in the old town have been closed since Tuesday.",
    "Next article of the treaty deals with the fishing grounds.",
    "Kommentare aus dem Ministerium gab es bis zum Abend nicht.",
    "Weitere Themen der Sitzung waren die Fähre und der neue Kai.",
    "Ähnliche Beiträge hatte die Stadt schon im Vorjahr gezahlt.",
    "Meistgelesen war in der Bücherei ein Band über den alten Hafen.",
    "Commentaires et critiques n'ont pas manqué après le vote.",
    "Articles similaires furent saisis dans deux autres entrepôts.",
    "Comentarios del alcalde no hubo hasta la noche del martes.",
    "Noticias relacionadas con el puerto llegaron tarde al consejo.",
    "Más información dará el gobierno en la reunión del jueves.",
    "Commenti dal ministero non sono arrivati prima di sera.",
    "Articoli correlati alla legge saranno discussi in autunno.",
    "Comentários do ministro foram lidos na sessão de ontem.",
    "Veja mais de perto quem paga a ponte nova, disse o prefeito.",
    "Комментарии министерства получить до вечера не удалось.",
    "Похожие суда ходили по этой реке ещё в прошлом веке.",
    "Коментарі міністерства отримати до вечора не вдалося.",
    "Yorumlar arasında belediye başkanının sözleri öne çıktı.",
    "Komentar dari kementerian belum diterima sampai malam.",
    "Berita lainnya dari pelabuhan datang pada hari Selasa.",
    "评论人士认为，港口的新计划来得太晚。",
    "热门航线的票价上周下降了一成。",
    "更多新闻记者周二来到了港口。",
    "相关部门表示，桥梁将在春天开放。",
    "コメントを求められた市長は、答えを避けた。",
    "ランキング首位の船は、昨日港を出た。",
    "댓글을 단 시민들은 새 다리를 반겼다.",
    "관련 기사를 쓴 기자가 화요일에 증언했다.",
    "التعليقات من الوزارة لم تصل قبل مساء الثلاثاء.",
    "टिप्पणी के लिए मंत्रालय शाम तक उपलब्ध नहीं था।",
)
BEFORE = (
    "The harbour board voted on Tuesday to close the old lock, which has leaked since the spring of 2019.",
    "Repairs would have cost 3.4 million crowns, said its engineer, Ada Lind, and taken two winters.",
    "The lock is used by forty boats a week, most of them small, and by a ferry in summer.",
)
AFTER = "A footbridge will take its place in the summer, and two members of the board voted against the plan."


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_no_furniture(sentence: str) -> None:
    paragraphs = [*BEFORE, sentence, AFTER]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = (
        "<html><body><nav><a href='/'>Home</a></nav><main><article><h1>Lock to close</h1>"
        f"{body}</article></main><footer>© Pell Post</footer></body></html>"
    )
    assert extract_html(page).paragraphs == tuple(paragraphs)
    assert read_text("Lock to close\n\n" + "\n\n".join(paragraphs)).paragraphs == tuple(paragraphs)


@pytest.mark.parametrize(
    "line", ["Related stories", "Read more", "Kommentare", "热门评论", "Share this article"]
)
def test_a_line_of_furniture_still_goes(line: str) -> None:
    text = "Lock to close\n\n" + "\n\n".join([*BEFORE, AFTER, line])
    assert line not in read_text(text).paragraphs
