"""What stands in the articles is found by a question in each of their languages, and what does not is not."""

from __future__ import annotations

import pytest

from digests.brief.extras.answer import answer_by_quoting
from digests.model import Article, Brief, Failure

# language, title, sentences, a question, the place of the sentence that answers it
COSTS = [
    ("de", "Fähranleger wird teurer", ("Der Stadtrat stimmte dem neuen Fähranleger am Montag zu.", "Statt der "
     "geplanten 6 soll der Bau nun 8,1 Millionen Euro kosten.", "Fertig wird er im Herbst."), "Was kostet der Fähranleger?", 1),
    ("fr", "Nouveau quai", ("La ville va construire un nouveau quai pour les ferries.", "Le projet coûtera 4 millions "
     "d'euros.", "Il sera prêt en mai."), "Combien coûte le quai ?", 1),
    ("es", "Nuevo muelle", ("La ciudad construirá un nuevo muelle.", "El proyecto costará 4 millones de euros.",
     "Estará listo en mayo."), "¿Cuánto cuesta el muelle?", 1),
    ("it", "Nuovo molo", ("La città costruirà un nuovo molo.", "Il progetto costerà 4 milioni di euro.", "Sarà pronto "
     "a maggio."), "Quanto costa il molo?", 1),
    ("pt", "Novo cais", ("A cidade vai construir um novo cais.", "A obra custará 4 milhões de euros.", "Fica pronta em "
     "maio."), "Quanto custa o cais?", 1),
    ("ru", "Новый причал", ("В городе построят новый причал.", "Строительство обойдётся в 4 миллиона евро.", "Его "
     "откроют в мае."), "Сколько стоит причал?", 1),
    ("uk", "Новий причал", ("У місті збудують новий причал.", "Будівництво коштуватиме 4 мільйони євро.", "Його "
     "відкриють у травні."), "Скільки коштує причал?", 1),
    ("tr", "Yeni iskele", ("Belediye yeni bir iskele yapacak.", "İskelenin maliyeti 4 milyon avro olacak.", "Mayısta "
     "açılacak."), "İskelenin maliyeti ne kadar?", 1),
    ("id", "Dermaga baru", ("Kota akan membangun dermaga baru.", "Biaya pembangunannya 4 juta euro.", "Selesai pada "
     "Mei."), "Berapa biaya dermaga?", 1),
    ("zh", "新码头", ("该市将建造一座新的码头。", "工程耗资400万欧元。", "将于五月完工。"), "码头花了多少钱？", 1),
    ("ja", "新しい桟橋", ("市は新しい桟橋を建設する。", "桟橋の建設費は400万ユーロだ。", "五月に完成する。"),
     "桟橋の建設費はいくらですか？", 1),
    ("ko", "새 부두", ("시는 새 부두를 짓는다.", "부두 건설 비용은 400만 유로다.", "5월에 문을 연다."),
     "부두 건설 비용은 얼마인가요?", 1),
    ("ar", "رصيف جديد", ("ستبني المدينة رصيفا جديدا.", "تبلغ تكلفة الرصيف 4 ملايين يورو.", "سيفتتح في مايو."),
     "كم تكلفة الرصيف؟", 1),
    ("hi", "नया घाट", ("शहर एक नया घाट बनाएगा।", "घाट की लागत 40 लाख यूरो होगी।", "यह मई में खुलेगा।"), "घाट की लागत कितनी है?", 1),
    ("nl", "Nieuwe steiger", ("De stad bouwt een nieuwe steiger.", "De bouw kost 4 miljoen euro.", "Hij is klaar in "
     "mei."), "Wat kost de steiger?", 1),
    ("pl", "Nowy pomost", ("Miasto zbuduje nowy pomost.", "Budowa będzie kosztowała 4 miliony euro.", "Otwarcie w "
     "maju."), "Ile kosztuje pomost?", 1),
    ("sv", "Ny brygga", ("Staden bygger en ny brygga.", "Bygget kostar 4 miljoner euro.", "Den är klar i maj."),
     "Vad kostar bryggan?", 1),
    ("en", "New pier", ("The town will build a new pier.", "The work costs 4 million euros.", "It opens in May."),
     "How much does the pier cost?", 1),
]  # fmt: skip


@pytest.mark.parametrize(("language", "title", "sentences", "question", "place"), COSTS)
def test_what_something_costs_is_found_in_every_language(
    language: str, title: str, sentences: tuple[str, ...], question: str, place: int
) -> None:
    article = Article(title=title, sentences=sentences, language=language, url="https://a.example/1")
    other = Article(
        title="Chess",
        sentences=("The final costs 4 million euros.",),
        language="en",
        url="https://a.example/2",
    )
    found = answer_by_quoting(question, [article])
    assert isinstance(found, Brief), found
    assert sentences[place] in found.text
    if language != "en":
        assert isinstance(answer_by_quoting(question, [other]), Failure)


@pytest.mark.parametrize(
    "question",
    [
        "What does the stadium cost?",
        "Who built the pier?",
        "Why was the mayor arrested?",
        "Was kostet das Stadion?",
    ],
)
def test_what_is_not_there_is_not_answered(question: str) -> None:
    article = Article(
        title="New pier", language="en", url="https://a.example/1",
        sentences=("The town will open a new pier.", "The work costs 4 million euros.", "It opens in May."),
    )  # fmt: skip
    found = answer_by_quoting(question, [article])
    assert isinstance(found, Failure), found
