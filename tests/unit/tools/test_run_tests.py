"""The closing count of ``make test`` is right, also when a run dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import run_tests
from tools.run_tests import Outcome, read_report, second_look, summary

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
    text = summary([Outcome("lint", 5, 0, 1.0), Outcome("unit", 10, 2, 3.25)])
    assert [line.split() for line in text.splitlines()[1:]] == [["lint", "5", "0", "1.0"], ["unit", "10", "2", "3.2"]]


@pytest.mark.parametrize(("second", "failed", "unsteady"), [((1, 0), 0, 1), ((0, 1), 1, 0), ((0, 0), 1, 0), ((5, 0), 1, 0)])
def test_only_what_passes_the_second_time_is_forgiven(second: tuple[int, int], failed: int, unsteady: int) -> None:
    """Failed again; not found again; more ran than had failed: the stage stays failed."""
    both = second_look(Outcome("unit", 10, 1, 3.0), Outcome("unit", *second, 1.0))
    assert (both.passed, both.failed, both.unsteady, both.seconds) == (10 + unsteady, failed, unsteady, 4.0)


def test_a_test_that_failed_is_run_once_more_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a real pytest run of a test that passes the second time."""
    (tmp_path / "test_some.py").write_text(
        "from pathlib import Path\n"
        "def test_good(): pass\n"
        "def test_once():\n"
        "    seen = Path(__file__).with_suffix('.seen')\n"
        "    first = not seen.exists()\n"
        "    seen.touch()\n"
        "    assert not first\n")
    monkeypatch.setattr(run_tests, "RESULTS", tmp_path)
    monkeypatch.setitem(run_tests.PYTEST, "unit", [str(tmp_path), "--rootdir", str(tmp_path)])
    first = run_tests.run_pytest("unit")
    assert (first.passed, first.failed) == (1, 1)
    both = run_tests.run_failed_again([first])[0]
    assert (both.passed, both.failed, both.unsteady) == (2, 0, 1)


def test_many_failures_are_no_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "run_pytest", lambda *_, **__: pytest.fail("run again"))
    broken = [Outcome("unit", 10, run_tests.MOST_AGAIN + 1, 3.0), Outcome("lint", 5, 1, 1.0)]
    assert run_tests.run_failed_again(broken) == broken
