"""Telling languages apart, down to headlines."""

from __future__ import annotations

import pytest

from digests.text.detection import detect

HEADLINES = {
    "en": ["Police said two men were arrested on Monday", "Shares fall as banks report weaker earnings"],
    "fr": [
        "Le ministre a annoncé la démission de son cabinet",
        "Grève des trains : le trafic reste perturbé",
    ],
    "es": ["El presidente anunció la dimisión de su gabinete", "Un incendio destruye tres casas en la costa"],
    "de": ["Der Minister hat den Rücktritt angekündigt", "Feuer zerstört drei Häuser an der Küste"],
    "pt": ["O ministro anunciou a demissão do seu gabinete", "Incêndio destrói três casas no litoral"],
    "it": [
        "Il ministro ha annunciato le dimissioni del governo",
        "Un incendio distrugge tre case sulla costa",
    ],
    "tr": ["Bakan istifa ettiğini açıkladı", "Yangında üç ev kül oldu"],
    "id": ["Menteri itu mengumumkan pengunduran diri", "Kebakaran menghancurkan tiga rumah di pesisir"],
    "ru": ["Министр объявил об отставке", "Пожар уничтожил три дома на побережье"],
    "uk": ["Міністр оголосив про відставку", "Пожежа знищила три будинки на узбережжі"],
    "ar": ["أعلن الوزير استقالة الحكومة", "حريق يدمر ثلاثة منازل على الساحل"],
    "hi": ["मंत्री ने इस्तीफे की घोषणा की", "आग में तीन घर जलकर खाक"],
    "zh": ["部长宣布辞职", "海边三座房屋被大火烧毁 CEO辞职"],
    "ja": ["大臣が辞任を発表した", "海岸で住宅3棟が全焼"],
    "ko": ["장관이 사임을 발표했다", "해안 주택 세 채 화재로 전소"],
    "nl": ["De minister heeft het ontslag van zijn kabinet aangekondigd"],
    "fa": ["وزیر استعفای دولت را اعلام کرد"],
    "el": ["Ο υπουργός παραιτήθηκε"],
    "und": ["12345", "", "Zzq xkcd"],
}


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in HEADLINES.items() for text in texts]
)
def test_headlines(language: str, text: str) -> None:
    assert detect(text) == language


def test_a_hint_decides_only_where_the_text_can_not() -> None:
    assert detect("OK 7", hint="de-AT") == "de"
    assert detect("", hint="pt_BR") == "pt"
    assert detect("12", hint="not a code") == "und"
    assert detect("Police said two men were arrested on Monday", hint="fr") == "en"
    assert detect("Zzq xkcd", hint="tr") == "tr"
    assert detect("东京 の 地震", hint="ja") == "ja"
    assert detect("den og det", hint="no") == "no"
    assert detect("国际新闻", hint="ja") == "zh"
