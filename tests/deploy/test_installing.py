"""The wheel as a person installs it: a tool of its own, with nothing of this checkout around it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(UV).is_file(), reason="uv is not in this environment"),
]


def ran(*words: str, cwd: Path, **variables: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSDESK", "PYTHON"))}
    done = subprocess.run(
        words, cwd=cwd, env=plain | variables, capture_output=True, text=True, timeout=240
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the files of the project alone."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "docs/newsdesk.1"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in ("bot", "digests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    ran(
        UV,
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        "dist",
        cwd=folder,
    )
    (made,) = (folder / "dist").glob("newsdesk-*.whl")
    return made


def works(newsdesk: Path, folder: Path) -> None:
    """It starts, has all its files, and its pages: a digest of the demo, then an answer of the doctor."""
    assert "newsdesk" in ran(str(newsdesk), "--version", cwd=folder)
    assert "Quay Bridge closed" in ran(str(newsdesk), "demo", "--once", cwd=folder)
    assert '"Database"' in ran(str(newsdesk), "doctor", "--json", cwd=folder)


def test_uv_installs_it_as_a_tool(wheel: Path, tmp_path: Path) -> None:
    ran(
        UV, "tool", "install", "--python", sys.executable, str(wheel), cwd=tmp_path,
        UV_TOOL_DIR=str(tmp_path / "tools"), UV_TOOL_BIN_DIR=str(tmp_path / "bin"),
    )  # fmt: skip
    works(tmp_path / "bin" / "newsdesk", tmp_path)


def test_pipx_installs_it_with_its_man_page(wheel: Path, tmp_path: Path) -> None:
    ran(
        UV, "tool", "run", "pipx", "install", "--python", sys.executable, str(wheel), cwd=tmp_path,
        PIPX_HOME=str(tmp_path / "home"), PIPX_BIN_DIR=str(tmp_path / "bin"), PIPX_MAN_DIR=str(tmp_path / "man"),
    )  # fmt: skip
    works(tmp_path / "bin" / "newsdesk", tmp_path)
    assert (tmp_path / "man" / "man1" / "newsdesk.1").is_file()


def test_the_page_about_systemd_puts_the_program_where_the_unit_starts_it(
    wheel: Path, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    unit = (ROOT / "deploy" / "newsdesk.service").read_text(encoding="utf-8")
    (home,) = re.findall(r"^sudo python3 -m venv (\S+)$", page, re.MULTILINE)
    assert f"sudo {home}/bin/pip install ." in page
    started = re.findall(r"^ExecStart=(\S+) run --config (\S+)$", unit, re.MULTILINE)
    ((program, configuration),) = started
    (secrets,) = re.findall(r"^EnvironmentFile=-(\S+)$", unit, re.MULTILINE)
    assert f" {configuration}\n" in page
    assert f" {secrets}\n" in page
    there = tmp_path / home.lstrip("/")
    ran(sys.executable, "-m", "venv", "--without-pip", str(there), cwd=tmp_path)
    ran(UV, "pip", "install", "--python", str(there / "bin" / "python"), str(wheel), cwd=tmp_path)
    works(tmp_path / program.lstrip("/"), tmp_path)
