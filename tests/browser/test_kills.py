"""Every process killed with -9 in the middle of a live session then the supervisor; ``make chaos`` does it over and over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.chaos.storm import BACK_WITHIN_S, PRESENCE_MAY_LOSE_S, ROUNDING_S, Storm
from tests.support import alone
from tests.support.chromium import Participant
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer, gone
from tests.support.smtp import SmtpSink

pytestmark = [pytest.mark.timeout(300), pytest.mark.kills, pytest.mark.slow]


def test_nobody_touches_anything_and_nothing_is_lost(
        make_server: Callable[..., LiaisonServer], smtp_sink: SmtpSink, make_participant: Callable[..., Participant]) -> None:
    storm = Storm.gather(make_server(smtp_url=smtp_sink.url, web_standby=True), smtp_sink, make_participant)
    with alone.meanwhile():
        storm.schedule_reminders(40, within_s=30)
        for role in ("scheduler", "media", "web", "scheduler"):
            kill = storm.kill(role)
            print(f"{role}: everybody back after {kill.back_after_s:.1f} s")
            assert kill.back_after_s <= BACK_WITHIN_S
        wait_until(lambda: len(storm.reminders()) == 40 and storm.all_sent(), 60, "every reminder to leave")
        letters(storm)
        presence_is_known_until_the_last_five_seconds(storm)
        supervisors_death_ends_all(storm)
    storm.server.start()
    wait_until(storm.all_back, 30, "everybody to be back after the start")


def letters(storm: Storm) -> None:
    lost, doubled, excused = storm.letters_verdict()
    print(f"reminders: {len(storm.accepted())} taken, {len(lost)} lost, {len(doubled)} doubled, "
          f"{len(excused)} doubled because taken in the instant of a kill")
    assert lost == []
    assert doubled == []


def presence_is_known_until_the_last_five_seconds(storm: Storm) -> None:
    lost = storm.lost_presence_s(datetime.now(UTC))
    print("presence not covered: " + ", ".join(f"{point} {seconds:.1f} s" for point, seconds in lost.items()))
    assert max(lost.values()) <= PRESENCE_MAY_LOSE_S + ROUNDING_S
    assert {point: len(stays) for point, stays in storm.presences().items()} == dict.fromkeys(lost, 1), "one stay each, never two"


def supervisors_death_ends_all(storm: Storm) -> None:
    pids, at = storm.kill_supervisor()
    assert gone(pids, 5.0), "children outlived their supervisor"
    wait_until(storm.ports_free, 2.0, "the ports to be free")
    assert max(storm.lost_presence_s(at).values()) <= PRESENCE_MAY_LOSE_S + ROUNDING_S
