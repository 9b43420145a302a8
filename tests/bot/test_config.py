"""Configuration: the example is the truth, and every mistake names itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.config import Settings, load
from digests.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_equals_the_defaults_but_for_its_sources() -> None:
    settings = load(EXAMPLE)
    assert settings.model_copy(update={"sources": ()}) == Settings()
    assert len(settings.sources) >= 3


def test_the_example_names_every_setting() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    tables = re.split(r"^\[+(\w+)\]+$", text, flags=re.M)
    written: dict[str, set[str]] = {}
    for name, body in zip(tables[1::2], tables[2::2], strict=True):
        written.setdefault(name, set()).update(re.findall(r"^#? ?(\w+) = ", body, flags=re.M))
    for name, field in Settings.model_fields.items():
        table = field.annotation
        if isinstance(table, type) and issubclass(table, BaseModel):
            assert written[name] == set(table.model_fields), name
    assert {"sources", "summarizers"} <= set(written)


def test_no_file_gives_the_defaults() -> None:
    assert load(None) == Settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[telegram]\ntokn = 'x'", "line 2: unknown setting “telegram.tokn”; did you mean “token”?"),
        ("[telegramm]\ntoken = 'x'", "line 1: unknown setting “telegramm”; did you mean “telegram”?"),
        (
            "[[sources]]\nurl='https://a.example'\n[[sources]]\nname='b'",
            "line 3: “sources.1.url”: it has to be there",
        ),
        ("[log]\nlevel = 'LOUD'", "line 2: “log.level”: it can be 'DEBUG'"),
        (
            "[[sources]]\nname='a'\nurl = 'feeds.example/rss'",
            "line 3: “sources.0.url”: “feeds.example/rss” is not",
        ),
        (
            "[[sources]]\nurl = 'htps://foo'",
            "line 2: “sources.0.url”: “htps://foo” is not an address; write it with",
        ),
        (
            "[[sources]]\nurl = 'https://a.example'\nkind = 'fead'",
            "line 3: “sources.0.kind”: nothing reads “fead”; did you mean “feed”?",
        ),
        (
            "[[sources]]\nurl = 'https://a.example'\n[[sources]]\nurl = 'https://a.example'",
            "line 4: “sources.1.url”: this source is there already (line 2); take one out",
        ),
        (
            "[chats]\nsentences = 'x'",
            "line 2: “chats.sentences”: write a whole number, without quotation marks",
        ),
        ("[chats]\nsentences = 99", "line 2: “chats.sentences”: it has to be at most 10"),
        ("[chats]\nimages = 'maybe'", "line 2: “chats.images”: write true or false"),
        ("[access]\nadmins = [1]", "line 2: “access.admins.0”: write text in quotation marks"),
        ("[access]\nadmins = 'x'", "“access.admins”: write a list in brackets"),
        (
            "[dashboard]\nlisten = '8080'",
            "line 2: “dashboard.listen”: write it as HOST:PORT, like 127.0.0.1:8080",
        ),
        (
            "[dashboard]\npublic_chats = ['x']",
            "“dashboard.public_chats.0”: “x” is not a chat; write telegram:-100123456",
        ),
        (
            "[telegram]\nwebhook_url = 'x'",
            "“telegram.webhook_url”: write an address that begins with https://",
        ),
        ("[discord]\nhighlight_roles = ['x']", "write Discord's ids of roles"),
        ("[chats]\ncadence = 'dayly'", "line 2: “chats.cadence”: “dayly” is not a cadence"),
        ("[chats]\nzone = 'Mars'", "“Mars” is not a time zone"),
        ("[chats]\nquiet = '9'", "are not quiet hours"),
        ("[access]\nadmins = ['bob']", "“bob” is not an admin; write telegram:123456"),
        ("[brief]\nsummarizers = []", "name at least one summarizer"),
        ("[watch]\nzzzz = 1", "valid here: polls_a_day"),
        ("[summarizers.mine\n", "is not valid TOML"),
    ],
)
def test_a_mistake_names_its_key_and_the_way_out(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(write(tmp_path, text))
    assert says in str(error.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Copy config\.example\.toml"):
        load(tmp_path / "none.toml")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSDESK_TELEGRAM__TOKEN", "1:from-environment")
    settings = load(write(tmp_path, "[telegram]\ntoken = '2:from-file'\nops_chat = -5"))
    assert settings.secrets() == ("1:from-environment",)
    assert settings.telegram.ops_chat == -5


def test_a_secret_never_prints(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "[telegram]\ntoken = 'TOPSECRET'\n[openai]\napi_key = 'ALSOSECRET'"))
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "TOPSECRET" not in shown
        assert "ALSOSECRET" not in shown


def test_a_mistake_beside_a_secret_does_not_print_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(write(tmp_path, "[telegram]\ntoken = ['TOPSECRET']\n"))
    assert "TOPSECRET" not in str(error.value)


def test_bounds_are_minutes() -> None:
    bounds = Settings().watch.bounds
    assert (bounds.shortest.total_seconds(), bounds.longest.total_seconds()) == (300, 21600)


def test_chat_defaults_become_chat_settings() -> None:
    assert Settings().chats.settings().cadence == "daily 08:00"
