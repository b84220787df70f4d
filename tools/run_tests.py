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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

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
DEMO = "tests/integration/test_demo_bots.py"
LOOKS = ["test_pages.py", "test_languages.py", "test_room_look.py", "test_booking_form.py", "test_finding.py", "test_network.py",
         "test_series.py", "test_channels_page.py", "test_requests.py", "test_planning.py",
         "test_self_test.py"]
PYTEST = {
    "unit": ["tests/unit", "-n", "2", "--dist", "loadfile"],
    "integration": ["tests/integration", f"--ignore={DEMO}", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"],
    "pages": [*(f"tests/browser/{name}" for name in LOOKS), "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"],
    "browser": ["tests/browser", DEMO, *(f"--ignore=tests/browser/{name}" for name in LOOKS)],
}
BESIDE = "browser"
"""Live sessions mostly wait for pictures: this stage runs beside the others, which give way to it (they are nicer)."""
LAST = "pages"
"""Whoever is through first begins this stage."""
NICENESS = 4
# Each process of a run loads what is named here and no other plugin that is installed (schemathesis alone takes a second).
PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin,pytest_timeout,_hypothesis_pytestplugin"}


@dataclass(frozen=True)
class Outcome:
    """One stage: how many checks or tests passed and failed (errors count as failures), how long it took by the clock, and how
    much CPU its processes used: a stage that takes longer without using more ran on a machine that was busy with other things."""

    stage: str
    passed: int
    failed: int
    seconds: float
    cpu_s: float = 0.0


def run_to_end(command: list[str], **how: Any) -> tuple[int, float]:
    """The exit code, and the CPU seconds of the process and of all processes below it that were waited for (wait4(2))."""
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, **how)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime


def run_lint() -> Outcome:
    """Every linter to its end; one that complains is one failure."""
    started = time.monotonic()
    results, cpu_s = [], 0.0
    for name, command, wanted in LINTERS:
        if wanted is not None and not (ROOT / wanted).exists():
            continue
        code, used_s = run_to_end(command)
        print(f"lint: {name}: {'ok' if code == 0 else 'FAILED'}", flush=True)
        results.append(code == 0)
        cpu_s += used_s
    return Outcome("lint", results.count(True), results.count(False), time.monotonic() - started, cpu_s)


def run_pytest(stage: str, output: IO[str] | None = None) -> Outcome:
    """One pytest run, written to ``output`` or to this terminal; a run that dies or finds no test is a failure too."""
    started = time.monotonic()
    report = RESULTS / f"{stage}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", "-o", f"junit_suite_name={stage}"]
    lane = {"TEST_LANE": "0" if output is None else "1"}  # its own ports: tests/support/ports.py
    code, cpu_s = run_to_end([*command, *PYTEST[stage]], env=os.environ | PLUGINS | lane, stdout=output, stderr=output)
    passed, failed = read_report(report)
    if code != 0 and failed == 0:
        print(f"{stage}: pytest ended with code {code} without a failed test", flush=True)
        failed = 1
    return Outcome(stage, passed, failed, time.monotonic() - started, cpu_s)


def run_stages(stages: list[str]) -> list[Outcome]:
    """One after another, but for the stage that runs beside the others; what ran there is printed when those are through."""
    lane = [stage for stage in stages if stage not in (BESIDE, LAST)]
    if not lane or BESIDE not in stages:
        return [run_stage(stage) for stage in stages]
    last = Once(LAST in stages)
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(run_lane, [BESIDE], last, run_aside)
        time.sleep(1)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)  # of this thread, and of what it starts
        outcomes = run_lane(lane, last, run_stage)
        beside = running.result()
    for outcome in beside:
        print(f"\n== {outcome.stage} (ran beside the others)\n{(RESULTS / f'{outcome.stage}.log').read_text()}", flush=True)
    return outcomes + beside


class Once:
    """Something that one of several takes."""

    def __init__(self, there: bool) -> None:
        self._lock, self._there = threading.Lock(), there

    def take(self) -> bool:
        with self._lock:
            taken, self._there = self._there, False
        return taken


def run_lane(stages: list[str], last: Once, run: Callable[[str], Outcome]) -> list[Outcome]:
    """These stages one after another, and the last of all if nobody else has begun it."""
    outcomes = [run(stage) for stage in stages]
    if last.take():
        outcomes.append(run(LAST))
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
    lines = [f"{'stage':<14}{'passed':>8}{'failed':>8}{'seconds':>10}{'CPU':>10}"]
    lines += [f"{o.stage:<14}{o.passed:>8}{o.failed:>8}{o.seconds:>10.1f}{o.cpu_s:>10.1f}" for o in outcomes]
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
