"""The closing count of ``make test`` is right, also when a run dies."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Barrier

import pytest

from tools import run_tests
from tools.run_tests import Outcome, Watch, read_report, run_to_end, summary

REPORT = """<testsuites><testsuite name="unit">
<testcase name="a"/><testcase name="b"><failure message="no"/></testcase>
<testcase name="c"><error message="in the fixture"/></testcase><testcase name="d"><skipped/></testcase>
<testcase name="e"><system-out>words</system-out></testcase>
</testsuite></testsuites>"""


def test_errors_count_as_failures_and_skips_as_nothing(tmp_path: Path) -> None:
    report = tmp_path / "unit.xml"
    report.write_text(REPORT)
    assert read_report(report) == (2, 2)


def test_no_report_means_nothing_passed(tmp_path: Path) -> None:
    assert read_report(tmp_path / "missing.xml") == (0, 0)


def test_the_summary_names_each_stage() -> None:
    text = summary([Outcome("lint", 5, 0, 1.0, 2.0, 0.1), Outcome("unit", 10, 2, 3.25, 6.5)])
    assert [line.split() for line in text.splitlines()[1:]] == [
        ["lint", "5", "0", "1.0", "2.0", "10%"], ["unit", "10", "2", "3.2", "6.5", "0%"]]


def test_a_watch_tells_seconds_and_what_was_left_over() -> None:
    watch = Watch()
    while watch.seconds < 0.05:
        pass
    assert 0 <= watch.idle <= 1


def test_the_cpu_of_what_a_process_started_is_counted() -> None:
    reckons = "import sys, time\nwhile time.process_time() < 0.3: pass\nsys.exit(3)"
    starts = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {reckons!r}]))"
    code, cpu_s = run_to_end([sys.executable, "-c", starts])
    assert code == 3 and cpu_s >= 0.3


def test_lanes_run_at_once_give_way_to_live_sessions_and_the_pages_come_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    together, begun, ended, nicer = Barrier(2), [], [], []

    def run(stage: str, lane: int) -> Outcome:
        (tmp_path / f"{stage}.log").write_text("")
        begun.append(stage)
        if stage in ("lint", "browser"):
            together.wait(20)
        elif stage == "pages":
            assert set(ended) == {"browser", "lint", "integration"}
        ended.append(stage)
        return Outcome(stage, 1, 0, 0.0)

    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    monkeypatch.setattr(run_tests, "run_stage", run)
    monkeypatch.setattr(run_tests, "run_aside", run)
    monkeypatch.setattr("os.setpriority", lambda *whose: nicer.append(whose[2]))
    outcomes = run_tests.run_stages(["lint", "integration", "pages", "browser"])
    assert sorted(one.stage for one in outcomes) == ["browser", "integration", "lint", "pages"]
    assert set(begun[:2]) == {"browser", "lint"} and nicer == [run_tests.NICENESS]


def test_a_stage_alone_is_seen_and_keeps_its_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "run_stage", lambda stage, lane: Outcome(stage, lane, 0, 0.0))
    assert run_tests.run_stages(["unit"]) == [Outcome("unit", 0, 0, 0.0)]
