"""Run the stages of ``make test``, each to its end, then say what passed and what failed.

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
# a limit in seconds are looked at when all of them are through.
DEMO = "tests/integration/test_demo_bots.py"
LOOKS = ["test_pages.py", "test_room_look.py", "test_self_test.py", "test_languages.py", "test_booking_form.py", "test_finding.py",
         "test_network.py", "test_series.py", "test_channels_page.py", "test_requests.py", "test_planning.py", "test_door.py"]
"""What takes long first."""
PYTEST = {
    "unit": ["tests/unit", "-n", "2", "--dist", "loadfile"],
    "integration": ["tests/integration", f"--ignore={DEMO}", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"],
    "pages": [*(f"tests/browser/{name}" for name in LOOKS), "-n", "3", "--dist", "loadscope", "--no-loadscope-reorder"],
    "browser": ["tests/browser", DEMO, *(f"--ignore=tests/browser/{name}" for name in LOOKS)],
}
LANES: tuple[tuple[str, ...], ...] = (("browser",), ("lint", "unit", "integration"))
"""What runs at once; the stages of a lane run one after another. Live sessions mostly wait for pictures: the others fill what they
leave over, and give way to them (they are nicer)."""
LAST = "pages"
"""This stage begins when every lane is through: beside live sessions its browsers would starve them, or be starved."""
NICENESS = 4
# Each process of a run loads what is named here and no other plugin that is installed (schemathesis alone takes a second).
PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin,pytest_timeout,_hypothesis_pytestplugin"}


@dataclass(frozen=True)
class Outcome:
    """One stage: how many checks or tests passed and failed (errors count as failures), how long it took by the clock, and how
    much CPU its processes used: a stage that takes longer without using more ran on a machine that was busy with other things.
    ``idle``: which share of the machine nobody used meanwhile (Chromium's helpers, which nobody waits for, are in no CPU figure)."""

    stage: str
    passed: int
    failed: int
    seconds: float
    cpu_s: float = 0.0
    idle: float = 0.0


class Watch:
    """What has passed since it was made: seconds, and the share of all cores' time that was left over (proc(5), /proc/stat)."""

    def __init__(self) -> None:
        self._began, self._idle, self._all = time.monotonic(), *core_ticks()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def idle(self) -> float:
        idle, ticks = core_ticks()
        return (idle - self._idle) / max(1, ticks - self._all)


def core_ticks() -> tuple[int, int]:
    """Of all cores since the machine started: idle or waiting for a disk, and altogether."""
    with open("/proc/stat") as file:
        ticks = [int(part) for part in file.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def run_to_end(command: list[str], **how: Any) -> tuple[int, float]:
    """The exit code, and the CPU seconds of the process and of all processes below it that were waited for (wait4(2))."""
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, **how)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime


def run_lint() -> Outcome:
    """Every linter to its end; one that complains is one failure."""
    watch = Watch()
    results, cpu_s = [], 0.0
    for name, command, wanted in LINTERS:
        if wanted is not None and not (ROOT / wanted).exists():
            continue
        code, used_s = run_to_end(command)
        print(f"lint: {name}: {'ok' if code == 0 else 'FAILED'}", flush=True)
        results.append(code == 0)
        cpu_s += used_s
    return Outcome("lint", results.count(True), results.count(False), watch.seconds, cpu_s, watch.idle)


def run_pytest(stage: str, lane: int, output: IO[str] | None = None) -> Outcome:
    """One pytest run, written to ``output`` or to this terminal; a run that dies or finds no test is a failure too."""
    watch = Watch()
    report = RESULTS / f"{stage}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", "-o", f"junit_suite_name={stage}"]
    environment = os.environ | PLUGINS | {"TEST_LANE": str(lane)}  # its own ports: tests/support/ports.py
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without compiled modules every process takes three times as long to start
    code, cpu_s = run_to_end([*command, *PYTEST[stage]], env=environment, stdout=output, stderr=output)
    passed, failed = read_report(report)
    if code != 0 and failed == 0:
        print(f"{stage}: pytest ended with code {code} without a failed test", flush=True)
        failed = 1
    return Outcome(stage, passed, failed, watch.seconds, cpu_s, watch.idle)


def run_stages(stages: list[str]) -> list[Outcome]:
    """Every lane at once. One of them is seen as it goes on; what the others said is printed when all are through."""
    lanes = [chosen for lane in LANES if (chosen := [stage for stage in lane if stage in stages])] or [[]]
    seen = max(lanes, key=lambda lane: ("lint" in lane, len(lane)))
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(run_lane, number, lane, lane is seen) for number, lane in enumerate(lanes)]
    for stage in (stage for lane in lanes if lane is not seen for stage in lane):
        print(f"\n== {stage} (ran beside the others)\n{(RESULTS / f'{stage}.log').read_text()}", flush=True)
    outcomes = [outcome for lane in running for outcome in lane.result()]
    return [*outcomes, run_stage(LAST, len(LANES))] if LAST in stages else outcomes


def run_lane(number: int, stages: list[str], seen: bool) -> list[Outcome]:
    """These stages one after another."""
    if number:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)  # of this thread, and of what it starts
    return [run_stage(stage, number) if seen else run_aside(stage, number) for stage in stages]


def run_aside(stage: str, lane: int) -> Outcome:
    with (RESULTS / f"{stage}.log").open("w") as output:
        return run_pytest(stage, lane, output)


def run_stage(stage: str, lane: int) -> Outcome:
    print(f"\n== {stage}", flush=True)
    return run_lint() if stage == "lint" else run_pytest(stage, lane)


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
    lines = [f"{'stage':<14}{'passed':>8}{'failed':>8}{'seconds':>10}{'CPU':>10}{'idle':>8}"]
    lines += [f"{o.stage:<14}{o.passed:>8}{o.failed:>8}{o.seconds:>10.1f}{o.cpu_s:>10.1f}{o.idle:>8.0%}" for o in outcomes]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the stages of make test.")
    parser.add_argument("stages", nargs="+", choices=["lint", *PYTEST])
    stages = parser.parse_args().stages
    RESULTS.mkdir(exist_ok=True)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    watch = Watch()
    outcomes = run_stages(stages)
    print(f"\n{summary(outcomes)}\n\n{watch.seconds:.0f} s; {watch.idle:.0%} of the machine's {os.cpu_count()} cores were idle")
    failed = sum(o.failed for o in outcomes)
    # Linters are checks, not tests: the closing line counts tests, and a failed check as a failure.
    passed = sum(o.passed for o in outcomes if o.stage != "lint" or stages == ["lint"])
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
