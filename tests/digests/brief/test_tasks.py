"""The prompts beside those of briefs: what is really sent, one's own in their place, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from digests.brief.ask import answer_question
from digests.brief.interest import score_question
from digests.brief.model_server import Question
from digests.brief.note import note_question
from digests.brief.tasks import NEWEST, Tasks, task
from digests.brief.translate import translation_question
from digests.errors import ConfigError
from digests.model import Article, Brief, BriefSentence, Failure, SourceSentence

PROMPTS = Path(__file__).parents[3] / "digests/brief/prompts"
SNAPSHOTS = Path(__file__).parent / "prompt_snapshots"
TEXTS = ("It rained in Oslo.", "A bridge opened.", "Parliament voted.")
BRIEFS = tuple(
    Brief(
        headline=f"Head {n}",
        sentences=(BriefSentence(text, (0,)),),
        source_sentences=(SourceSentence(text),),
        language="en",
    )
    for n, text in enumerate(TEXTS)
)
ARTICLES = [Article(title=f"Title {n}", sentences=(text,), language="en") for n, text in enumerate(TEXTS)]


def question(kind: str, tasks: Tasks) -> Question[object]:
    """A question of that kind, as the desk asks it."""
    made: dict[str, Question[object] | Failure] = {
        "note": note_question(BRIEFS, "m", None, tasks.note),
        "ask": answer_question("Where did it rain?", ARTICLES, "m", None, tasks.ask),
        "interest": score_question("bridges, not rain", ARTICLES, None, tasks.interest),
        "translate": translation_question(BRIEFS[0], "pt-BR", None, tasks.translate),
    }
    asked = made[kind]
    assert isinstance(asked, Question)
    return asked


@pytest.mark.parametrize("schema", [True, False])
@pytest.mark.parametrize("kind", NEWEST)
def test_a_prompt_changes_only_with_its_version(kind: str, schema: bool) -> None:
    """What a model is really sent. A new text needs a new version, which has a snapshot of its own."""
    messages = question(kind, Tasks()).messages(schema, "It was empty.")
    sent = "\n\n".join(f"--- {message['role']}\n{message['content']}" for message in messages) + "\n"
    snapshot = SNAPSHOTS / f"{NEWEST[kind]}-{'schema' if schema else 'text'}.txt"
    assert sent == snapshot.read_text(encoding="utf-8")


def test_every_prompt_of_the_package_has_snapshots() -> None:
    packaged = {path.stem for path in PROMPTS.glob("*.toml")}
    assert {path.stem.rpartition("-")[0] for path in SNAPSHOTS.iterdir()} == packaged
    assert set(NEWEST.values()) < packaged


@pytest.mark.parametrize("kind", NEWEST)
def test_a_folder_replaces_what_it_has(tmp_path: Path, kind: str) -> None:
    text = (PROMPTS / f"{NEWEST[kind]}.toml").read_text("utf-8")
    (tmp_path / f"{kind}.toml").write_text(
        text.replace('system = """\nYou ', 'system = """\nDear machine, you '), "utf-8"
    )
    own, packages = Tasks(tmp_path), Tasks()
    assert question(kind, own).messages(True, "")[0]["content"].startswith("Dear machine, you ")
    for other in NEWEST:
        same = getattr(own, other) == getattr(packages, other)
        assert same == (other != kind)
    # under the same version number the fingerprint tells them apart
    assert getattr(own, kind).version == NEWEST[kind]
    assert getattr(own, kind).print != getattr(packages, kind).print
    assert getattr(packages, kind).print == task(NEWEST[kind]).print


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{source}", "{sauce}", "sauce"),
        ("{source}", "nothing", "lacks {source}"),
        ("{question}", "{0}", "it fills in 0"),
        ("{question}", "{", "can't be used"),
        ("version = ", "number = ", "version"),
        ('system = """', "system = ", "can't be used"),
    ],
)
def test_one_that_cannot_be_used_is_said_so_at_once(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = (PROMPTS / "ask-1.toml").read_text("utf-8")
    (tmp_path / "ask.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ConfigError, match=r"ask\.toml can't be used") as told:
        Tasks(tmp_path)
    assert why in str(told.value)
