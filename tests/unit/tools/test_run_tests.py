"""The closing count of ``make test`` is right, also when a run dies."""

from __future__ import annotations

from pathlib import Path

from tools.run_tests import Outcome, read_report, summary

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
