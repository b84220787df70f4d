"""Run the stages of ``make test`` one after another, each to its end, then say what passed and what failed.

``python -m tools.run_tests [lint] [unit] [integration] [pages] [browser]`` exits 0 only when every check and test of the
stages named has passed. Results for machines are written to ``test-results/*.xml`` (JUnit).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
BIN = Path(sys.executable).parent

# (what is said, command, file without which the check is left out)
LINTERS: tuple[tuple[str, list[str], str | None], ...] = (
    ("ruff", [str(BIN / "ruff"), "check", "--quiet", "."], None),
    ("mypy", [str(BIN / "mypy")], None),
    ("import directions", [str(BIN / "lint-imports"), "--no-cache", "--no-logo"], None),
    ("translations", [sys.executable, "tools/check_i18n.py"], "tools/check_i18n.py"),
    ("vendored files", [sys.executable, "-m", "tools.vendor", "--check"], None),
    ("repository", [sys.executable, "-m", "tools.check_repository"], None),
)

# Files are shared out among processes; live sessions are one after another, for each needs a core of its own. Pages without
# a limit in seconds are looked at with the others, at their lower priority.
DEMO = "tests/integration/test_demo.py"
LOOKS = ["test_pages.py", "test_languages.py", "test_room_look.py", "test_booking_form.py", "test_finding.py", "test_network.py",
         "test_series.py", "test_channels_page.py", "test_requests.py", "test_planning.py",
         "test_self_test.py"]
PYTEST = {
    "unit": ["tests/unit", "-n", "2", "--dist", "loadfile"],
    "integration": ["tests/integration", f"--ignore={DEMO}", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"],
    "pages": [*(f"tests/browser/{name}" for name in LOOKS), "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"],
    "browser": ["tests/browser", DEMO, *(f"--ignore=tests/browser/{name}" for name in LOOKS)],
}
BESIDE = ("browser", "pages")
"""Live sessions mostly wait for pictures: these stages run beside the others, which give way to them (they are nicer)."""
NICENESS = 4


@dataclass(frozen=True)
class Outcome:
    """One stage: how many checks or tests passed and failed (errors count as failures), and how long it took."""

    stage: str
    passed: int
    failed: int
    seconds: float


def run_lint() -> Outcome:
    """Every linter to its end; one that complains is one failure."""
    started = time.monotonic()
    results = []
    for name, command, wanted in LINTERS:
        if wanted is not None and not (ROOT / wanted).exists():
            continue
        code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
        print(f"lint: {name}: {'ok' if code == 0 else 'FAILED'}", flush=True)
        results.append(code == 0)
    return Outcome("lint", results.count(True), results.count(False), time.monotonic() - started)


def run_pytest(stage: str, output: IO[str] | None = None) -> Outcome:
    """One pytest run, written to ``output`` or to this terminal; a run that dies or finds no test is a failure too."""
    started = time.monotonic()
    report = RESULTS / f"{stage}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", "-o", f"junit_suite_name={stage}"]
    lane = {"TEST_LANE": "0" if output is None else "1"}  # its own ports: tests/support/ports.py
    code = subprocess.run([*command, *PYTEST[stage]], cwd=ROOT, env=os.environ | lane, stdin=subprocess.DEVNULL,
                          stdout=output, stderr=output).returncode
    passed, failed = read_report(report)
    if code != 0 and failed == 0:
        print(f"{stage}: pytest ended with code {code} without a failed test", flush=True)
        failed = 1
    return Outcome(stage, passed, failed, time.monotonic() - started)


def run_stages(stages: list[str]) -> list[Outcome]:
    """One after another, but for the stages that run beside the others and are printed when those are through."""
    others, beside = [s for s in stages if s not in BESIDE], [s for s in BESIDE if s in stages]
    if not others or not beside:
        return [run_stage(stage) for stage in stages]
    with ThreadPoolExecutor(1) as aside:
        running = [aside.submit(run_aside, stage) for stage in beside]
        time.sleep(1)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)  # of this thread, and of what it starts
        outcomes = [run_stage(stage) for stage in others]
        for stage, outcome in zip(beside, running, strict=True):
            outcomes.append(outcome.result())
            print(f"\n== {stage} (ran beside the others)\n{(RESULTS / f'{stage}.log').read_text()}", flush=True)
    return outcomes


def run_aside(stage: str) -> Outcome:
    with (RESULTS / f"{stage}.log").open("w") as output:
        return run_pytest(stage, output)


def run_stage(stage: str) -> Outcome:
    print(f"\n== {stage}", flush=True)
    return run_lint() if stage == "lint" else run_pytest(stage)


def read_report(report: Path) -> tuple[int, int]:
    """(passed, failed) of a JUnit file; (0, 0) when pytest did not come to write one."""
    if not report.exists():
        return 0, 0
    passed = failed = 0
    for case in ElementTree.parse(report).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
        elif "skipped" not in outcomes:
            passed += 1
    return passed, failed


def summary(outcomes: list[Outcome]) -> str:
    lines = [f"{'stage':<14}{'passed':>8}{'failed':>8}{'seconds':>10}"]
    lines += [f"{o.stage:<14}{o.passed:>8}{o.failed:>8}{o.seconds:>10.1f}" for o in outcomes]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the stages of make test.")
    parser.add_argument("stages", nargs="+", choices=["lint", *PYTEST])
    stages = parser.parse_args().stages
    RESULTS.mkdir(exist_ok=True)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    outcomes = run_stages(stages)
    print("\n" + summary(outcomes))
    failed = sum(o.failed for o in outcomes)
    # Linters are checks, not tests: the closing line counts tests, and a failed check as a failure.
    passed = sum(o.passed for o in outcomes if o.stage != "lint" or stages == ["lint"])
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
