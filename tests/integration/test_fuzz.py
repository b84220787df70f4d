"""The short form of ``make fuzz``: damaged input by the hundred thousand does the compiled packet core no harm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fuzz.run import drive, with_driver

RUNS = 100_000


@pytest.mark.slow
def test_no_input_harms_the_compiled_core(tmp_path: Path) -> None:
    done = drive(with_driver(tmp_path), RUNS)
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"{RUNS} inputs, no finding" in done.stdout


def test_the_target_would_find_a_missing_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take one check out of the parser: the same corpus must show it."""
    from tests.fuzz import run

    copied = tmp_path / "native"
    shutil.copytree(run.NATIVE, copied)
    parser = copied / "rtp.c"
    weaker = parser.read_text().replace("if (size < at + 2)", "if (size < at)")
    assert weaker != parser.read_text()
    parser.write_text(weaker)
    monkeypatch.setattr(run, "NATIVE", copied)
    monkeypatch.setattr(run, "FLAGS", [*run.FLAGS[:-1], f"-I{copied}"])
    done = drive(with_driver(tmp_path), 20_000)
    assert done.returncode != 0 and "AddressSanitizer" in done.stderr
