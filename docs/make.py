"""Makes the reference pages and the man page from the code.

python docs/make.py           writes them
python docs/make.py --check   exits with 1 when one is not what the code says
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from bot.cli import app
from bot.metrics import METRICS
from digests.model.chats import chat_settings
from digests.text.languages import UNKNOWN, languages

HERE = Path(__file__).parent
ROOT = HERE.parent


def commands() -> Iterator[tuple[str, Any]]:
    """Every command of the command line by its full name, groups before what is in them."""

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for sub in getattr(command, "commands", {}).values():
            yield from walk(f"{name} {sub.name}", sub)

    yield from walk("newsdesk", typer.main.get_command(app))


def parts_of(command: Any) -> tuple[list[str], str | None]:
    """A command's help as paragraphs, and its example."""
    help_text, example = re.sub(r"\s*\n\s*(?!\n)", lambda m: "\n\n" if m[0].count("\n") > 1 else " ",
                                (command.help or "").strip()), None  # fmt: skip
    if "Example: " in help_text:
        help_text, _, example = help_text.partition("Example: ")
    return [p.strip() for p in help_text.split("\n\n") if p.strip()], example and example.strip()


def options_of(command: Any) -> list[tuple[str, str]]:
    """How each argument and option is written, and what it is for."""
    rows = []
    for parameter in command.params:
        said = getattr(parameter, "help", None) or ""
        if parameter.param_type_name == "option":
            value = (parameter.metavar or parameter.opts[0].strip("-")).upper()
            rows.append((", ".join(parameter.opts) + ("" if parameter.is_flag else f" {value}"), said))
        else:
            rows.append((parameter.name.upper() if parameter.name else "", said))
    return rows


def cli_page() -> str:
    lines = ["# Command line", "", "Exit codes: 0 done; 1 it failed, said in one line on standard error; "
             "2 wrong use or configuration.", "",
             "`newsdesk --install-completion` lets your shell complete commands and options.", ""]  # fmt: skip
    for name, command in commands():
        if hasattr(command, "commands"):  # a group
            continue
        paragraphs, example = parts_of(command)
        lines += [f"## {name}", ""]
        for paragraph in paragraphs:
            lines += [paragraph, ""]
        if example:
            lines += ["```sh", example, "```", ""]
        rows = options_of(command)
        if rows:
            lines += ["| | |", "|---|---|", *(f"| `{written}` | {said} |" for written, said in rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def example_file() -> str:
    """The configuration's example with its ``[chats]`` as the table of a chat's settings has it."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    lines = ["[chats]", "# What a chat starts with."]
    for row in chat_settings().values():
        if row.configured:
            lines += textwrap.wrap(row.about, 100, initial_indent="# ", subsequent_indent="# ")
            default = json.dumps(list(row.default) if isinstance(row.default, tuple) else row.default)
            lines.append(f"{row.name} = {default}")
    return re.sub(r"^\[chats\]\n.*?(?=\n\[)", lambda _: "\n".join(lines) + "\n", example, flags=re.M | re.S)


def config_page() -> str:
    """A heading with an anchor for every table and every setting, read from the example: what stands above a
    key is about it, and about the keys that follow without a word of their own."""
    example = example_file()
    names = [name for name, value in tomllib.loads(example).items() if isinstance(value, dict)]
    tables = ", ".join(f"[`[{name}]`](#{name})" for name in names)
    lines = [
        "# Configuration", "",
        "Every setting with its default. A file names what it changes; `newsdesk run --config config.toml` reads",
        "it, and so does a `config.toml` in the current folder. An environment variable wins over the file:",
        "`NEWSDESK_` + table + `__` + key, as in `NEWSDESK_WATCH__LONGEST_MINUTES=60`. Secrets belong there.",
        "`config.example.toml` is all of this as one file to start from.", "",
        f"The tables: {tables}, and [`[[sources]]`](#sources).", "",
    ]  # fmt: skip
    head, _, sources = example.partition("\n[[sources]]")
    above: list[str] = []  # a comment just above a table is about that table
    for table, text in re.findall(r"^\[([\w.]+)\]\n(.*?)(?=^\[|\Z)", head, flags=re.M | re.S):
        settings, after = _settings_of(table, text)
        lines += [f"## {table} {{#{table}}}", "", *above, *settings]
        above = after
    lines += ["## sources {#sources}", "", *above, "```toml", f"[[sources]]{sources}".rstrip(), "```", ""]
    return "\n".join(lines)


def _settings_of(table: str, text: str) -> tuple[list[str], list[str]]:
    """The lines for a table's settings, and what is said after the last of them."""
    lines: list[str] = []
    said: list[str] = []
    value = ""
    for line in text.splitlines():
        if line.startswith("#") and not value and not re.match(r"# [a-z_]+ = ", line):
            said.append(line.removeprefix("#").strip())
            continue
        value += line.removeprefix("# ") + "\n"
        try:
            names = list(tomllib.loads(value))
        except tomllib.TOMLDecodeError:
            continue  # a list over several lines
        if names:
            lines += [f"### {table}.{names[0]} {{#{table}-{names[0]}}}", "", *said, *([""] if said else [])]
            if line.startswith("# "):
                written = " ".join(value.split())
                lines += [f"Not set by default; below `[{table}]` it is written like `{written}`", ""]
            else:
                lines += ["```toml", f"[{table}]", value.rstrip(), "```", ""]
            said = []
        value = ""
    return lines, [*said, *([""] if said else [])]


def metrics_page() -> str:
    lines = [
        "# Metrics", "",
        "What `/metrics` tells Prometheus. Counters begin at 0 when the desk starts; gauges are read from the",
        "database when they are asked for. A histogram also has `_sum` and `_count`.", "",
        "| name | kind | labels | what it says |", "|---|---|---|---|",
    ]  # fmt: skip
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.shown}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(lines) + "\n"


def languages_page() -> str:
    lines = [
        "# Languages", "",
        "News in any language is grouped, shortened and posted. What more the engine knows of one stands in its",
        "file in `digests/text/languages`. *Claims*: numbers in words, dates, negations, opposites and causes, by",
        "which a brief is held against its source; in other languages English words stand in, so there digits,",
        "names, quotations and links are what is held. *Sentences*: abbreviations and other ends of sentences.",
        "*Phrases*: words that tie a sentence to another, hedge it, or say who speaks. *Pages*: lines that sites",
        "put around an article.", "",
        "| language | code | claims | sentences | phrases | pages |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for known in sorted(languages(), key=lambda known: known.name):
        if known.code != UNKNOWN:
            had = (known.negations, known.abbreviations, known.pronouns, known.tail_lines)
            lines.append(
                f"| {known.name} | `{known.code}` | {' | '.join('yes' if one else '' for one in had)} |"
            )
    return "\n".join(lines) + "\n"


def man_page() -> str:
    def plain(text: str) -> str:
        text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
        return "\\&" + text if text.startswith((".", "'")) else text

    lines = ['.TH NEWSDESK 1 "" "newsdesk" "User Commands"', ".SH NAME",
             "newsdesk \\- a news desk for a chat", ".SH SYNOPSIS", ".B newsdesk",
             ".I COMMAND", "[ARGUMENTS]", ".SH COMMANDS"]  # fmt: skip
    for name, command in commands():
        if hasattr(command, "commands"):  # a group
            continue
        paragraphs, example = parts_of(command)
        lines += [f".SS {plain(name)}", *(f".PP\n{plain(p)}" for p in paragraphs)]
        for written, said in options_of(command):
            lines += [".TP", f".B {plain(written)}", plain(said)]
        if example:
            lines += [".PP", f"Example: {plain(example)}"]
    lines += [".SH EXIT STATUS", "0: done. 1: it failed. 2: wrong use or configuration.", ".SH ENVIRONMENT",
              plain("NEWSDESK_CONFIG names the configuration file; NEWSDESK_TABLE__KEY sets one value.")]  # fmt: skip
    return "\n".join(lines) + "\n"


PAGES = {
    ROOT / "config.example.toml": example_file,  # before the page that shows it
    HERE / "reference" / "cli.md": cli_page,
    HERE / "reference" / "config.md": config_page,
    HERE / "reference" / "languages.md": languages_page,
    HERE / "reference" / "metrics.md": metrics_page,
    HERE / "newsdesk.1": man_page,
}


def main() -> int:
    stale = [
        page
        for page, made in PAGES.items()
        if not page.exists() or page.read_text(encoding="utf-8") != made()
    ]
    if "--check" in sys.argv:
        for page in stale:
            print(f"{page.relative_to(ROOT)} is not what the code says; run: make docs", file=sys.stderr)
        return 1 if stale else 0
    for page in stale:
        page.parent.mkdir(exist_ok=True)
        page.write_text(PAGES[page](), encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
