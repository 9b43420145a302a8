from digests.brief.chain import WARNING, headline_brief
from digests.model import Article


def test_the_headline_is_the_title_else_the_first_words_else_where_it_stands() -> None:
    told = [
        Article(title=" Dam  drained ", paragraphs=("Water.",), warnings=("Only an excerpt.",)),
        Article(paragraphs=("Release 4.2",), site="a.example"),
        Article(site="a.example", url="https://a.example/1"),
        Article(url="https://a.example/1"),
        Article(),
    ]
    headlines = [headline_brief((article,), "No sentence is fit.").headline for article in told]
    assert headlines == ["Dam drained", "Release 4.2", "a.example", "https://a.example/1", "…"]
    brief = headline_brief((told[0],), "No sentence is fit.")
    assert brief.warnings == ("Only an excerpt.", WARNING, "No sentence is fit.")
    assert brief.sentences == ()
