"""No secret gets into a log, whatever logs it and in whatever style."""

from __future__ import annotations

import io
import json
import logging

import pytest

from bot.logs import Redactor, set_up

TOKEN = "1234567:" + "A" * 35
KEY = "my-own-model-key"


def logged(style: str) -> str:
    stream = io.StringIO()
    set_up("DEBUG", style, [TOKEN, KEY], stream)
    log = logging.getLogger("some.library")
    log.warning("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    try:
        raise ValueError(f"bad key {KEY}")
    except ValueError:
        log.exception("it failed with %r", {"key": KEY})
    return stream.getvalue()


@pytest.mark.parametrize("style", ["human", "json", "auto"])
def test_known_secrets_are_hidden_in_messages_and_tracebacks(style: str) -> None:
    text = logged(style)
    assert TOKEN not in text
    assert KEY not in text
    assert text.count("[hidden]") >= 3
    assert "ValueError" in text


def test_a_secret_in_another_case_and_in_a_variable_of_a_traceback_is_hidden() -> None:
    stream = io.StringIO()
    set_up("DEBUG", "human", [TOKEN, KEY], stream)
    try:
        about = f"{'padding ' * 9}{KEY} {TOKEN.lower()}"
        raise ValueError("no")
    except ValueError:
        logging.getLogger("some.library").exception("it failed: %s", about)
    assert KEY not in stream.getvalue()
    assert TOKEN.lower()[9:] not in stream.getvalue()
    assert "padding" not in stream.getvalue().partition("Traceback")[2]  # no variables


@pytest.mark.parametrize(("terminal", "human"), [(True, True), (False, False)])
def test_a_person_reads_text_and_everything_else_gets_json(terminal: bool, human: bool) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    set_up("INFO", "auto", [], stream)
    logging.getLogger("some.library").warning("it is late")
    line = stream.getvalue()
    assert "it is late" in line
    assert line.startswith("{") is not human


def test_json_logs_are_one_object_a_line() -> None:
    lines = [json.loads(line) for line in logged("json").splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error"]
    assert lines[0]["logger"] == "some.library"
    assert lines[0]["timestamp"]


@pytest.mark.parametrize(
    "secret",
    [
        "987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
        "sk-abcdefghijklmnop1234",
        "bot987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
        "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    ],
)
def test_what_has_a_tokens_shape_is_hidden_though_unknown(secret: str) -> None:
    assert secret.removeprefix("bot") not in Redactor()(f"pasted {secret} here")


def test_credentials_in_an_address_are_hidden() -> None:
    assert Redactor()("GET https://bob:pw@a.example/x") == "GET https://[hidden]@a.example/x"


def test_ordinary_text_stays() -> None:
    text = "At 10:30 the count was 12345: fine. See https://a.example/b:c"
    assert Redactor(["abc"])(text) == text
