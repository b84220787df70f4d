"""The kill tests in full: ``make chaos``, with ``CHAOS_ROUNDS=30`` for a long night (default 10 rounds of all three processes).

Each round kills web, media and scheduler, one at a time, in the same live session of three browsers, while reminders leave.
A table is printed at the end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random

import pytest

from tests.browser.test_kills import letters, presence_is_known_until_the_last_five_seconds, supervisors_death_ends_all_and_a_start_goes_on
from tests.chaos.storm import BACK_WITHIN_S, Kill, Storm
from tests.support.chromium import Participant, chromium_browser, new_participant
from tests.support.ports import wait_until
from tests.support.server import LiaisonServer
from tests.support.smtp import SmtpSink

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "10"))
SECONDS_A_KILL = 12.0
REMINDERS = 55

pytestmark = pytest.mark.timeout(300 + ROUNDS * 120)


@pytest.fixture
def make_participant() -> Iterator[Callable[..., Participant]]:
    with chromium_browser() as browser:
        yield lambda base_url, colour, tone: new_participant(browser, base_url, colour, tone)


def test_round_after_round(
        make_server: Callable[..., LiaisonServer], smtp_sink: SmtpSink, make_participant: Callable[..., Participant]) -> None:
    storm = Storm.gather(make_server(smtp_url=smtp_sink.url, web_standby=True), smtp_sink, make_participant)
    smtp_sink.delay_seconds = 0.15  # so that kills meet letters half way
    storm.schedule_reminders(REMINDERS, within_s=ROUNDS * 3 * SECONDS_A_KILL)
    chance = Random(20270301)
    for number in range(ROUNDS):
        roles = ["web", "media", "scheduler"]
        chance.shuffle(roles)
        for role in roles:
            kill = storm.kill(role)
            print(f"round {number + 1:>3} {role:<10} everybody back after {kill.back_after_s:4.1f} s", flush=True)
            storm.scene.people[0].page.wait_for_timeout(chance.uniform(500, 4000))
    print(table(storm.kills))
    longest = ROUNDS * 3 * SECONDS_A_KILL + 60
    wait_until(lambda: len(storm.reminders()) == REMINDERS and storm.all_sent(), longest, "every reminder to leave")
    letters(storm)
    presence_is_known_until_the_last_five_seconds(storm)
    supervisors_death_ends_all_and_a_start_goes_on(storm)
    print(f"finished at {datetime.now(UTC):%H:%M:%S}")
    assert all(kill.back_after_s <= BACK_WITHIN_S for kill in storm.kills)


def table(kills: list[Kill]) -> str:
    """Kills, mean and worst time by process."""
    lines = [f"{'process':<12}{'kills':>6}{'mean s':>8}{'worst s':>9}"]
    for role in ("web", "media", "scheduler"):
        times = [kill.back_after_s for kill in kills if kill.role == role]
        lines.append(f"{role:<12}{len(times):>6}{sum(times) / max(1, len(times)):>8.1f}{max(times, default=0):>9.1f}")
    return "\n".join(lines)
