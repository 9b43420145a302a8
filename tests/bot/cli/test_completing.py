"""A shell that has the generated script completes commands, options and those of groups."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")]

ASK = """
eval "$(newsdesk --show-completion bash)"
COMP_WORDS=({typed})
COMP_CWORD=$(({count} - 1))
COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
complete -p newsdesk | grep -q -- "-F " || exit 3
$(complete -p newsdesk | sed 's/.*-F \\([^ ]*\\).*/\\1/') newsdesk
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("newsdesk so", {"sources"}),
        ("newsdesk backf", {"backfill"}),
        ("newsdesk sources re", {"remove", "resume"}),
        ("newsdesk backfill --d", {"--days"}),
        ("newsdesk upgrade --dr", {"--dry-run"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str]) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", ASK.format(typed=typed, count=len(typed.split()))],
        capture_output=True, text=True, timeout=60,
        env=os.environ | {"PATH": path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == offered, done.stderr
