"""``newsdesk eval``: articles in, figures and a page out, whatever the articles or a summarizer do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.evaluating import as_object, compare, page
from bot.config import Settings
from digests.brief.evaluate import totals
from digests.model import Brief, BriefRequest, BriefSentence, Failure, SourceSentence
from digests.plugins import load_summarizer
from tests.fakes.openai_server import answer, openai_server

pytestmark = pytest.mark.slow

FERRY = "The ferry to Sundwik was cancelled on Monday after its engine failed, the operator said."
BUS = "About 120 passengers waited four hours for a bus."
HOSTILE = "Ferry <script>alert(1)</script> cancelled"


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["eval", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(f"{FERRY} {BUS}\n\nIt will sail again on Wednesday.", encoding="utf-8")
    (tmp_path / "a.reference.txt").write_text("The ferry to Sundwik was cancelled.", encoding="utf-8")
    several = [
        {"title": HOSTILE, "text": f"{FERRY}\n\n{BUS}", "url": "javascript:alert(1)"},
        {
            "title": "Ferry",
            "source_sentences": [FERRY, BUS],
            "reference": [FERRY],
            "url": "https://town.example/",
        },
    ]
    (tmp_path / "b.json").write_text(json.dumps(several), encoding="utf-8")
    return ["a.txt", "b.json"]


def test_each_article_is_briefed_and_counted(articles: list[str]) -> None:
    code, out, err = run("-s", "extractive", "--json", "--html", "page.html", *articles)
    assert (code, err) == (0, "")
    found = json.loads(out)
    (line,) = found["summarizers"]
    assert (line["briefs"], line["failures"], line["grounded"], line["cost"]) == (3, 0, 1.0, 0)
    assert [brief["rouge"] is not None for brief in found["briefs"]] == [True, False, True]
    written = Path("page.html").read_text(encoding="utf-8")
    assert "<script" not in written
    assert "javascript:" not in written
    assert "Ferry &lt;script&gt;alert(1)&lt;/script&gt; cancelled" in written
    assert 'href="https://town.example/"' in written


def test_the_table_fits_a_terminal(articles: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("-s", "extractive", *articles)
    assert code == 0
    assert "extractive" in out
    assert "100.0%" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("c.json", "{", "not valid JSON"),
        ("c.json", '[{"title": "x"}]', "neither text nor sentences"),
        ("c.json", "[4]", "neither text nor sentences"),
        ("c.txt", "", "can't be read"),
        ("none.txt", None, "No such file"),
    ],
)
def test_what_can_not_be_read_is_one_line_and_the_rest_goes_on(
    articles: list[str], name: str, text: str | None, says: str
) -> None:
    if text is not None:
        Path(name).write_text(text, encoding="utf-8")
    code, _, err = run("-s", "extractive", name)
    assert code == 1
    assert says in err
    assert err.count("\n") == 1
    code, out, err = run("-s", "extractive", name, *articles)
    assert code == 0
    assert says in err
    assert "extractive" in out


def test_wrong_use_is_told_apart(articles: list[str]) -> None:
    assert run(*articles)[0] == 2
    assert run("-s", "extractive")[0] == 2
    result = CliRunner().invoke(app, ["eval", "-s", "nobody", *articles])
    assert "No summarizer is called “nobody”" in str(result.exception)


class Bold:
    """Says what no article says, and breaks on the second."""

    name = "bold"
    calls = 0

    async def brief(self, request: BriefRequest, deadline: object) -> Brief | Failure:
        self.calls += 1
        if self.calls == 2:
            raise RuntimeError("broken")
        sources = tuple(SourceSentence(s) for s in request.articles[0].sentences)
        said = (BriefSentence(FERRY, (0,)), BriefSentence("900 people waited four hours for a bus.", (1,)))
        return Brief(headline="Ferry", sentences=said, source_sentences=sources, language="en")


async def test_a_models_cost_and_a_plug_ins_mistakes_are_seen(
    articles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:

    def load(name: str, options: dict[str, object]) -> object:
        return Bold() if name == "bold" else load_summarizer(name, options)

    monkeypatch.setattr("bot.writers.load_summarizer", load)
    told: list[tuple[int, int]] = []
    async with openai_server(script=[answer("Ferry cancelled", (FERRY, [1]))]) as server:
        settings = Settings()
        model = {"base_url": server.base_url, "input_price": 10.0, "output_price": 10.0, "model": "small"}
        settings = settings.model_copy(update={"openai": settings.openai.model_copy(update=model)})
        judged, unread = await compare(
            settings, ["openai", "bold"], articles, 2, lambda done, of: told.append((done, of))
        )
    assert unread == []
    assert told == [(n, 6) for n in range(1, 7)]
    openai, bold = totals(judged)
    assert (openai.briefs, openai.grounded) == (3, 1.0)
    assert openai.cost > 0
    assert (bold.briefs, bold.failures, bold.grounded, bold.cost) == (2, 1, 0.5, 0)
    drawn = page([openai, bold], judged)
    assert "It failed: RuntimeError." in drawn
    assert 'class="cut"' in drawn
    assert "number" in drawn
    cut = [brief["cut"] for brief in as_object([openai, bold], judged)["briefs"] if brief.get("cut")]
    assert cut[0][0]["text"] == "900 people waited four hours for a bus."


def test_a_page_that_cannot_be_written_is_said_so_before_anything_is_paid(articles: list[str]) -> None:
    code, out, err = run("-s", "extractive", "--html", "nowhere/page.html", *articles)
    assert (code, out) == (1, "")
    assert err.strip() == "newsdesk: nowhere/page.html can't be written: No such file or directory"


def test_on_a_phone_every_figure_of_the_page_has_its_name_beside_it(articles: list[str]) -> None:
    run("-s", "extractive", "--html", "page.html", *articles)
    written = Path("page.html").read_text(encoding="utf-8")
    assert written.count('data-name="ROUGE-Lsum"') == written.count('data-name="summarizer"') == 1
    assert "<th>ROUGE-Lsum</th>" in written
