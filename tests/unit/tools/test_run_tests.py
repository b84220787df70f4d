"""The closing count of ``make test`` is right, also when a run dies."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import pytest

from tools import run_tests
from tools.run_tests import Outcome, read_report, run_to_end, summary

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
    text = summary([Outcome("lint", 5, 0, 1.0, 2.0), Outcome("unit", 10, 2, 3.25, 6.5)])
    assert [line.split() for line in text.splitlines()[1:]] == [["lint", "5", "0", "1.0", "2.0"], ["unit", "10", "2", "3.2", "6.5"]]


def test_the_cpu_of_what_a_process_started_is_counted() -> None:
    reckons = "import sys, time\nwhile time.process_time() < 0.3: pass\nsys.exit(3)"
    starts = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {reckons!r}]))"
    code, cpu_s = run_to_end([sys.executable, "-c", starts])
    assert code == 3 and cpu_s >= 0.3


@pytest.mark.parametrize("slow", ["browser", "integration"])
def test_whoever_is_through_first_begins_the_last_stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, slow: str) -> None:
    begun = Event()

    def run(stage: str) -> Outcome:
        (tmp_path / f"{stage}.log").write_text("")
        if stage == "pages":
            begun.set()
        if stage == slow:
            assert begun.wait(20), "pages wait for the slow one"
        return Outcome(stage, 1, 0, 0.0)

    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    monkeypatch.setattr(run_tests, "run_stage", run)
    monkeypatch.setattr(run_tests, "run_aside", run)
    monkeypatch.setattr("os.setpriority", lambda *_whose: None)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    outcomes = run_tests.run_stages(["lint", "integration", "pages", "browser"])
    assert [one.stage for one in outcomes] == (["lint", "integration", "pages", "browser"] if slow == "browser"
                                               else ["lint", "integration", "browser", "pages"])
