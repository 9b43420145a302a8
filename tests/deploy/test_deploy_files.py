"""What installs the desk: every setting named exists, nothing runs as root, nothing writes its root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate
from pydantic import BaseModel
from typer.testing import CliRunner

from bot.cli import app
from bot.config import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = [
    ROOT / "Dockerfile",
    *sorted(p for p in DEPLOY.iterdir() if p.suffix in {".yaml", ".service", ".sh"}),
]


def exists(variable: str) -> bool:
    """Whether NEWSDESK_TABLE__KEY names a setting."""
    table: Any = Settings
    for part in variable.removeprefix("NEWSDESK_").lower().split("__"):
        if not (isinstance(table, type) and issubclass(table, BaseModel)) or part not in table.model_fields:
            return False
        table = table.model_fields[part].annotation
    return True


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_named_exists(file: Path) -> None:
    named = set(re.findall(r"NEWSDESK_[A-Z_]+__[A-Z_]+", file.read_text(encoding="utf-8")))
    assert {name for name in named if not exists(name)} == set()
    assert exists("NEWSDESK_STORE__URL")
    assert not exists("NEWSDESK_STORE__URI")


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]  # type: ignore[misc]


def test_the_image() -> None:
    found = instructions()
    assert {word for word, _ in found} <= {
        "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    bases = [rest for word, rest in found if word == "FROM"]
    assert all(":" in base and ":latest" not in base for base in bases)
    last = found[max(n for n, (word, _) in enumerate(found) if word == "FROM") :]
    users = [rest for word, rest in last if word == "USER"]
    assert users == ["10001:10001"]  # a number: Kubernetes sees that it is not root
    order = [word for word, _ in last]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert "HEALTHCHECK" in order
    for word, rest in found:
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
    installs = [rest for word, rest in found if word == "RUN" and "pip install" in rest]
    assert all("--no-cache-dir" in rest for rest in installs)
    assert any(
        "--require-hashes --no-deps" in rest for rest in installs
    )  # with a resolver, a new release breaks it


def runs(words: list[str]) -> None:
    """The command line is one that the program takes."""
    command = [word for word in words if word != "newsdesk"]
    shown = CliRunner().invoke(app, [command[0], "--help"])
    assert shown.exit_code == 0, words
    for word in command[1:]:
        if word.startswith("--"):
            assert word in shown.output


@pytest.mark.parametrize("file", sorted(DEPLOY.glob("compose*.yaml")), ids=lambda file: file.name)
def test_compose(file: Path) -> None:
    services = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    ours = [service for service in services.values() if service.get("image") == "newsdesk"]
    assert ours
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "/tmp" in service["tmpfs"]
        assert service["restart"] == "unless-stopped"
        runs(service["command"])
        # the image's check asks a web server, which a worker does not have
        assert service.get("healthcheck") == (
            {"disable": True} if service["command"][0] == "worker" else None
        )
    for service in services.values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert volume.endswith(":ro"), volume


def composing() -> list[str] | None:
    """Docker's compose, as a plug-in or a program of its own; None where there is neither."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]) and not subprocess.run([*words, "version"], capture_output=True).returncode:
            return words
    return None


@pytest.mark.slow
@pytest.mark.skipif(composing() is None, reason="there is no docker compose here")
@pytest.mark.parametrize("file", sorted(DEPLOY.glob("compose*.yaml")), ids=lambda file: file.name)
def test_compose_takes_the_file_itself(file: Path, tmp_path: Path) -> None:
    shutil.copy(file, tmp_path)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=x\n", encoding="utf-8")
    done = subprocess.run(
        [*(composing() or ()), "--file", file.name, "config", "--quiet"], cwd=tmp_path, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="there is no hadolint here")
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run(["hadolint", str(ROOT / "Dockerfile")], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_kubernetes_own_schemas_take_the_manifests() -> None:
    for document in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")):
        validate(document, "1.31", strict=True)


def test_kubernetes() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))
    by_kind = {document["kind"]: document for document in documents}
    (config,) = [d for d in documents if d["kind"] == "ConfigMap" and "config.toml" in d["data"]]
    Settings(**tomllib.loads(config["data"]["config.toml"]))
    pod = by_kind["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    mounted = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert {mount["name"] for mount in container["volumeMounts"]} <= mounted
        runs(container["args"])
        for probe in ("livenessProbe", "readinessProbe"):
            runs(container[probe]["exec"]["command"])
    assert by_kind["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


def test_systemd_unit() -> None:
    unit = (DEPLOY / "newsdesk.service").read_text(encoding="utf-8")
    for line in ("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=",
                 "Restart=always", "SystemCallFilter=@system-service"):  # fmt: skip
        assert line in unit.splitlines()
    (start,) = re.findall(r"^ExecStart=\S+/newsdesk (.*)$", unit, re.M)
    runs(start.split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_says_so_too(tmp_path: Path) -> None:
    copy = tmp_path / "newsdesk.service"
    unit = (DEPLOY / "newsdesk.service").read_text(encoding="utf-8")
    copy.write_text(unit.replace("/opt/newsdesk/bin/newsdesk", "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_calls_the_unit_hardened() -> None:
    """Exposure of 1.5 at most, of 10; without any hardening it is 9.6."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(DEPLOY / "newsdesk.service")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_shell_scripts_are_well_formed() -> None:
    for script in [*DEPLOY.glob("*.sh"), ROOT / "tests" / "with_postgres.sh"]:
        subprocess.run(["bash", "-n", str(script)], check=True, timeout=20)


def test_a_machine_without_postgresql_says_so_and_runs_the_rest(tmp_path: Path) -> None:
    command = 'echo "run with ${NEWSDESK_TEST_POSTGRES:-none}"; exit 7'
    done = subprocess.run(
        ["bash", str(ROOT / "tests" / "with_postgres.sh"), "bash", "-c", command],
        capture_output=True, text=True, timeout=20, env={"PATH": os.environ["PATH"], "NEWSDESK_POSTGRES": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (7, "run with none\n")
    assert "this machine has no PostgreSQL" in done.stderr


@pytest.mark.slow
def test_the_command_starts_without_the_extras() -> None:
    """A plain install has neither PostgreSQL's packages nor the documentation's."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['psycopg', 'procrastinate', 'mkdocs']));"
        "import bot.cli; import bot.app"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def section(title: str) -> str:
    page = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_page_about_docker_makes_every_file_that_compose_wants(tmp_path: Path) -> None:
    """Its own lines, run, but for Docker's."""
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    (lines,) = re.findall(r"```sh\n(.*?)```", section("With Docker"), re.DOTALL)
    ours = "\n".join(line for line in lines.splitlines() if not line.startswith("docker "))
    assert "docker compose up" in lines
    subprocess.run(["sh", "-ec", ours], cwd=tmp_path, check=True, timeout=60)
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["newsdesk"]
    wanted = [service["env_file"], *(v.split(":")[0] for v in service["volumes"] if v.startswith("./"))]
    assert len(wanted) == 2
    assert all((tmp_path / "deploy" / name).is_file() for name in wanted)
    assert "NEWSDESK_TELEGRAM__TOKEN=" in (tmp_path / "deploy" / ".env").read_text(encoding="utf-8")


def test_the_tokens_beside_compose_are_not_for_git() -> None:
    done = subprocess.run(["git", "check-ignore", "deploy/.env"], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0 or not (ROOT / ".git").exists()


def test_the_page_about_kubernetes_names_the_image_it_had_built() -> None:
    text = section("On Kubernetes")
    (built,) = re.findall(r"docker build --tag (\S+) \.", text)
    (put,) = re.findall(r"sed \"(s#.*?#.*?#)\" deploy/kubernetes.yaml", text)
    done = subprocess.run(
        ["sed", put, str(DEPLOY / "kubernetes.yaml")], capture_output=True, text=True, check=True, timeout=60
    )  # fmt: skip
    images = re.findall(r"^\s+image: (\S+)", done.stdout, re.MULTILINE)
    assert images == [built]
