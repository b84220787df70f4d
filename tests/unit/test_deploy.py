"""The systemd units say what systemd understands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))
PROGRAM = re.compile(r"^(Exec\w+=[-+!@]*)(/\S+)", re.MULTILINE)


def sections(unit: str) -> dict[str, dict[str, str]]:
    """A unit's last value by section and name."""
    found: dict[str, dict[str, str]] = {}
    for line in (DEPLOY / unit).read_text().splitlines():
        if line.startswith("["):
            current = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            current[name] = value
    return found


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_its_sections(unit: str) -> None:
    found = sections(unit)
    kind = unit.rpartition(".")[2].capitalize()
    assert {"Unit", kind} <= set(found) <= {"Unit", kind, "Install"}
    assert found["Unit"]["Description"]
    assert kind == "Timer" or found["Service"]["ExecStart"].startswith("/")


def test_the_kiosk_comes_back_alone_and_keeps_its_key() -> None:
    found = sections("liaison-room-pc.service")
    assert found["Service"]["Restart"] == "always" and found["Unit"]["StartLimitIntervalSec"] == "0"
    assert found["Install"]["WantedBy"]
    start = found["Service"]["ExecStart"]
    assert "--kiosk" in start and "--user-data-dir=" in start and start.endswith("${ROOM_PC_PAGE}")


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """Programs that this machine lacks are replaced by one that it has; where there is no systemd, only the sections are looked at."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    for unit in UNITS:
        text = PROGRAM.sub(r"\1/bin/true", (DEPLOY / unit).read_text())
        (tmp_path / unit).write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE))
    for unit in UNITS:
        asked = [analyze, "verify", "--man=no", str(tmp_path / unit)]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or unit in line]
        assert (done.returncode, said) == (0, [])
