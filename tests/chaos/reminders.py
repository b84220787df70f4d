"""Reminders under fire: part of ``make chaos``.

``CHAOS_KILLS`` (200) and ``CHAOS_REMINDERS`` (2000) say how hard, ``CHAOS_SEED`` with which dice.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from liaison.domain.clock import SystemClock
from liaison.house import open_house
from tests.chaos.reminder_storm import ReminderStorm
from tests.support.databases import make_settings
from tests.support.people import organiser
from tests.support.smtp import SmtpSink

KILLS = int(os.environ.get("CHAOS_KILLS", "200"))
REMINDERS = int(os.environ.get("CHAOS_REMINDERS", "2000"))
SEED = int(os.environ.get("CHAOS_SEED", "20270301"))

pytestmark = pytest.mark.timeout(600 + KILLS * 30)


def test_no_reminder_is_lost_and_none_doubled(database_url: str, tmp_path: Path, smtp_sink: SmtpSink) -> None:
    house = open_house(make_settings(tmp_path / "data", database_url=database_url), SystemClock())
    try:
        run = ReminderStorm(house, organiser(house), smtp_sink, tmp_path).rage(KILLS, REMINDERS, SEED)
    finally:
        house.db.close()
    print(f"\n{run}", flush=True)
    assert run.clean, run
