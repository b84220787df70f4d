"""A clock whose jobs are slow says so once a minute in our own words, and the library is silent about it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from scheduler import lateness
from scheduler.jobs import Job
from scheduler.main import start_clock


def test_a_slow_job_is_said_once_and_not_by_the_library(caplog: pytest.LogCaptureFixture) -> None:
    release, turns = threading.Event(), []

    def slow() -> None:
        turns.append(1)
        release.wait(5)

    caplog.set_level(logging.WARNING, logger="apscheduler")
    with capture_logs() as said:
        clock = start_clock([Job("slow", 0.05, slow)])
        time.sleep(0.6)
        release.set()
        clock.shutdown()
    assert len(turns) >= 1
    assert [record.message for record in caplog.records if record.name.startswith("apscheduler")] == []
    ours = [line for line in said if "turns left out" in line["event"]]
    assert len(ours) == 1 and ours[0]["turns"] == {"slow": 1}


def test_the_next_minute_counts_what_was_left_out_meanwhile() -> None:
    now = 0.0
    late = lateness.Lateness(lambda: now)
    event: Any = type("Event", (), {"job_id": "clock"})()
    with capture_logs() as said:
        for second in (0, 1, 2, 59, 60, 61):
            now = float(second)
            late.note(event)
    assert [line["turns"] for line in said] == [{"clock": 1}, {"clock": 4}]


def test_other_sentences_of_the_library_are_heard() -> None:
    assert lateness.not_of_turns(logging.makeLogRecord({"msg": "Error notifying listener"}))
    assert not lateness.not_of_turns(logging.makeLogRecord({"msg": 'Run time of job "%s" was missed by %s'}))
