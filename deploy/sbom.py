"""Writes what an installation is made of: an SBOM (CycloneDX 1.6, JSON) and the licences of all of it.

    python deploy/sbom.py [FOLDER]

Of the packages that deploy/requirements.lock names and this environment has; the image runs it when it is
built. ``newsdesk.cdx.json`` is for scanners, ``THIRD-PARTY.txt`` for people: each package with its licence,
and the texts of the licences as the packages bring them.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

LOCK = Path(__file__).with_name("requirements.lock")
_NAMED = re.compile(r"^([A-Za-z0-9_.\-]+)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(text: str) -> dict[str, tuple[str, list[str]]]:
    """Name -> version and SHA-256 of its files, as a lock has them."""
    found = list(_NAMED.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    return {
        one[1]: (one[2], _HASH.findall(text[one.start() : end])) for one, end in zip(found, ends, strict=True)
    }


def licence(package: Distribution) -> str:
    """What a package says its licence is, as an SPDX expression where it says one."""
    about = package.metadata
    said = about.get("License-Expression") or ""
    classed = [
        one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or () if one.startswith("License ::")
    ]
    plain = (about.get("License") or "").strip().splitlines()
    return said or "; ".join(classed) or (plain[0] if plain and len(plain[0]) < 80 else "") or "not said"


def bill(packages: dict[str, tuple[str, list[str]]]) -> dict[str, Any]:
    """The CycloneDX document; the same lock in the same environment gives the same bytes."""
    parts = []
    for name, (version, hashes) in sorted(packages.items()):
        one: dict[str, Any] = {
            "type": "library", "bom-ref": f"pkg:pypi/{name}@{version}", "name": name, "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
        }  # fmt: skip
        with suppress(PackageNotFoundError):  # of another system
            one["licenses"] = [{"license": {"name": licence(distribution(name))}}]
        if hashes:
            files = [{"alg": "SHA-256", "content": one} for one in sorted(hashes)]
            one["externalReferences"] = [
                {
                    "type": "distribution",
                    "url": f"https://pypi.org/project/{name}/{version}/",
                    "hashes": files,
                }
            ]
        parts.append(one)
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "newsdesk", "name": "newsdesk"}},
        "components": parts,
    }  # fmt: skip


def notices(packages: dict[str, tuple[str, list[str]]]) -> str:
    """Each package with its licence, then the licences' own texts."""
    lines = ["Newsdesk is distributed with these packages, each under its own licence.", ""]
    texts = []
    for name, (version, _) in sorted(packages.items()):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        lines.append(f"{name} {version}: {licence(package)}")
        for file in package.files or ():
            if re.search(
                r"(LICEN[CS]E|COPYING|NOTICE)[^/]*$", str(file), re.IGNORECASE
            ) and "dist-info" in str(file):
                texts.append(
                    f"\n{'=' * 100}\n{name} {version}: {file.name}\n\n{file.read_text(encoding='utf-8')}"
                )
    return "\n".join(lines) + "\n" + "".join(texts)


def main(folder: str = ".") -> None:
    packages = locked(LOCK.read_text(encoding="utf-8"))
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / "newsdesk.cdx.json").write_text(json.dumps(bill(packages), indent=1) + "\n", encoding="utf-8")
    (target / "THIRD-PARTY.txt").write_text(notices(packages), encoding="utf-8")
    print(f"{len(packages)} packages are in {target / 'newsdesk.cdx.json'} and {target / 'THIRD-PARTY.txt'}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
