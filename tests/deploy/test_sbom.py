"""What is shipped names what it is made of, and under which licences."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def script() -> Any:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "deploy" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_of_the_lock_is_in_the_bill_with_its_licence(tmp_path: Path) -> None:
    made = script()
    made.main(str(tmp_path))
    packages = made.locked((ROOT / "deploy" / "requirements.lock").read_text(encoding="utf-8"))
    bill = json.loads((tmp_path / "newsdesk.cdx.json").read_text(encoding="utf-8"))
    assert {one["name"]: one["version"] for one in bill["components"]} == {
        n: v for n, (v, _) in packages.items()
    }
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert all(one["externalReferences"][0]["hashes"] for one in bill["components"])
    notices = (tmp_path / "THIRD-PARTY.txt").read_text(encoding="utf-8")
    assert "python-telegram-bot" in notices
    assert "LGPL" in notices.upper()
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in notices.upper()
    told = [line for line in notices.splitlines() if line.endswith(": not said")]
    assert told == []


def test_the_image_carries_them() -> None:
    assert "sbom.py /opt/newsdesk/share/newsdesk" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
