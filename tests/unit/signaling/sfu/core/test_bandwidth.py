"""What a viewer's link takes: single rules, and whole courses over a simulated link."""

from __future__ import annotations

import math

import pytest

from signaling.sfu.core.bandwidth import (
    FIRST_PAUSE_SECONDS,
    HEADROOM,
    LARGEST_FIRST,
    LONGEST_PAUSE_SECONDS,
    START,
    UPDATE_SECONDS,
    Budget,
    Repairs,
    Seen,
    Waiting,
)
from signaling.sfu.core.selection import LARGE, Demand, Rung
from tests.unit.signaling.sfu.core.link import Link, Viewing
from tests.unit.signaling.sfu.core.test_selection import CAMERA, small

PAGE = [*small(24), Demand(CAMERA, 720, LARGE)]
WISH = 24 * 120_000 + 1_200_000


def viewing(demands: list[Demand] = PAGE, **link: float) -> Viewing:
    return Viewing(Link(**link), demands, Budget(START["normal"]))  # type: ignore[arg-type]


def shown(viewer: Viewing) -> int:
    return sum(rung is not None for rung in viewer.chosen)


# ---------------------------------------------------------------------- single rules
def updates(budget: Budget, seconds: float, seen: Seen, start: float = 100.0) -> float:
    for step in range(round(seconds / UPDATE_SECONDS)):
        budget.update(start + step * UPDATE_SECONDS, seen)
    return budget.limit


def test_a_player_without_evidence_has_no_limit() -> None:
    assert updates(Budget(), 30, Seen(800_000)) == math.inf
    assert updates(Budget(), 30, Seen(800_000, 1_200_000, 0.01)) == math.inf


def test_a_player_with_a_thin_link_gets_one() -> None:
    assert updates(Budget(), 5, Seen(1_000_000, 600_000)) < 700_000


def test_the_first_picture_is_tried_whatever_the_link() -> None:
    budget = Budget(START["normal"])
    assert updates(budget, 0.5, Seen(0, least=800_000, wanted=800_000)) == 800_000
    assert updates(Budget(START["normal"]), 0.5, Seen(0, least=9e6, wanted=9e6)) == LARGEST_FIRST


def test_growth_stops_far_above_what_anybody_wants() -> None:
    assert updates(Budget(START["normal"]), 60, Seen(200_000, 300_000, wanted=200_000)) == HEADROOM * 200_000


def test_a_moments_dip_of_the_estimate_is_no_congestion() -> None:
    budget = Budget(1_000_000, changed_at=0.0, doubling=False)
    for step in range(40):
        dip = 600_000 if step % 5 == 0 else 1_500_000
        budget.update(100 + step * UPDATE_SECONDS, Seen(1_000_000, dip))
    assert budget.limit >= 1_000_000


def test_an_estimate_on_its_way_up_is_no_congestion() -> None:
    budget = Budget(1_000_000, changed_at=0.0, doubling=False)
    for step in range(20):
        budget.update(100 + step * UPDATE_SECONDS, Seen(1_000_000, 400_000 + 20_000 * step))
    assert budget.limit == 1_000_000


def test_a_queue_makes_room_for_itself_at_once() -> None:
    budget = Budget(1_000_000, changed_at=0.0, doubling=False)
    assert updates(budget, 1.0, Seen(1_000_000, 800_000, 0.0, 0.5)) <= 600_000


def test_a_retreat_never_allows_more_than_before() -> None:
    budget = Budget(250_000, changed_at=0.0, doubling=False)
    assert updates(budget, 3, Seen(4_000_000, 100_000, 0.5, 0.3)) <= 250_000  # repairs of repairs that got lost too


def test_loss_alone_never_costs_the_last_picture() -> None:
    budget = Budget(doubling=False)
    assert updates(budget, 4, Seen(30_000, 45_000, 0.12)) >= 48_000


def test_a_link_that_carries_nothing_gets_no_picture_and_is_tried_again() -> None:
    budget = Budget(60_000, changed_at=0.0, doubling=False)
    updates(budget, 1.0, Seen(50_000, 10_000, 0.3, 0.5))
    assert budget.limit == 0
    assert updates(budget, FIRST_PAUSE_SECONDS + 3, Seen(0, wanted=4_000_000), 110) >= 48_000


def test_a_trial_that_fails_doubles_the_pause() -> None:
    budget = Budget(500_000, changed_at=0.0, doubling=False, failed_at=600_000)
    pauses = []
    now = 100.0
    for _ in range(5):
        while not budget.trial:
            now += UPDATE_SECONDS
            budget.update(now, Seen(500_000, 750_000, wanted=WISH))
        while budget.trial:
            now += UPDATE_SECONDS
            budget.update(now, Seen(budget.limit, 400_000, 0.1, 0.3))
        pauses.append(budget.pause)
    assert pauses == [8, 16, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]


def test_a_delay_beyond_the_shortest_is_a_queue_when_it_lasts() -> None:
    waiting = Waiting()
    assert waiting.queue == 0
    for now, seconds in ((0.0, 0.4), (0.5, 0.3), (1.0, 0.9)):
        waiting.take(now, seconds)
    assert waiting.queue == 0, "one late packet among others"
    for now in (2.0, 2.5, 3.0):
        waiting.take(now, 0.35)
    assert waiting.queue == pytest.approx(0.05)


def delays(waiting: Waiting, start: float, seconds: list[float], calm: bool) -> None:
    for step, delay in enumerate(seconds):
        waiting.take(start + step * 0.5, delay, calm)


def test_what_stays_of_a_delay_when_nothing_is_added_is_the_ways_own() -> None:
    waiting = Waiting()
    delays(waiting, 0.0, [0.04] * 10, calm=False)
    delays(waiting, 5.0, [0.3] * 12, calm=False)
    assert waiting.queue == pytest.approx(0.26), "more may be sent than the link carries"
    delays(waiting, 11.0, [0.6, 0.5, 0.4, 0.3, 0.3], calm=True)
    assert waiting.queue == pytest.approx(0.26), "it still falls"
    delays(waiting, 13.5, [0.3, 0.31, 0.3, 0.3, 0.3, 0.3], calm=True)
    assert waiting.queue == pytest.approx(0.0)
    delays(waiting, 17.0, [0.1] * 4, calm=False)
    delays(waiting, 19.0, [0.2] * 4, calm=False)
    assert waiting.queue == pytest.approx(0.1)


def test_a_queue_that_fills_slowly_is_not_taken_for_a_longer_way() -> None:
    waiting = Waiting()
    delays(waiting, 0.0, [0.04] * 10, calm=False)
    delays(waiting, 5.0, [0.04 + 0.01 * step for step in range(40)], calm=True)
    assert waiting.queue > 0.2


def test_two_estimates_that_fall_far_are_enough_between_two_updates() -> None:
    budget = Budget(1_000_000, changed_at=0.0, doubling=False)
    updates(budget, 3, Seen(400_000, 600_000))
    assert not budget.alarming(300_000)
    assert budget.alarming(200_000)
    assert budget.update(103.1, Seen(400_000, 200_000), early=True) >= 1_000_000
    assert budget.update(103.3, Seen(400_000, 160_000), early=True) == pytest.approx(160_000)


def test_what_sound_is_short_of_is_taken_off_the_pictures() -> None:
    def kept(sound: float) -> float:
        return updates(Budget(1_000_000, changed_at=0.0, doubling=False), 1.0, Seen(400_000, 200_000, sound=sound))

    assert kept(0) == 200_000
    assert kept(100_000) == 150_000, "half of it did not arrive either"
    assert kept(1_000_000) == 100_000, "a picture is tried all the same"


def test_after_a_retreat_nothing_is_certain_until_reports_can_tell_of_it() -> None:
    budget = Budget(1_000_000, changed_at=0.0, doubling=False)
    late = Seen(400_000, 200_000, loss=0.3, queue=0.3, trip=0.6)
    limit = updates(budget, 1.0, late)
    assert limit < 200_000
    assert updates(budget, 2.0, Seen(100_000, 60_000, loss=0.3, queue=0.3, trip=0.6), start=101.0) == limit
    assert not budget.calm


def test_pictures_that_cost_next_to_nothing_are_never_the_cause() -> None:
    assert updates(Budget(200_000, changed_at=0.0, doubling=False), 4, Seen(4_000, 1_000, 0.3, 0.8)) >= 48_000


@pytest.mark.parametrize(("loss", "queue", "kept"), [(0.0, 0.003, 60_000), (0.0, 0.3, 0), (0.2, 0.003, 0)])
def test_an_estimate_alone_never_costs_the_last_small_pictures(loss: float, queue: float, kept: float) -> None:
    """A computer that stands still for a moment is no link that got narrow: on that, packets would wait or be lost."""
    budget = Budget(250_000, changed_at=0.0, doubling=False)
    updates(budget, 3, Seen(38_000, 75_000, sound=100_000))
    assert updates(budget, 1.0, Seen(38_000, 23_000, loss, queue, sound=100_000), start=103.0) == kept


def test_repairs_stay_within_their_share_and_a_burst_of_them_is_cut() -> None:
    repairs = Repairs()
    repairs.take(0.0, 300_000, 0)
    sent = [repairs.take(n * 0.1, 300_000, 100) for n in range(1, 101)]
    assert sent[0] <= 8
    assert 120_000 * 10 * 0.9 < sum(sent) * Repairs.PACKET_BITS < 120_000 * 10 * 1.2
    assert Repairs().take(0.0, math.inf, 128) == 128


# ---------------------------------------------------------------------- whole courses
def test_a_good_link_carries_everything_within_seconds() -> None:
    viewer = viewing(capacity=100e6, delay=0.01)
    viewer.go(12)
    assert viewer.cost() >= 0.85 * WISH
    viewer.go(8)
    assert viewer.cost() == WISH
    viewer.changes.clear()
    viewer.go(120)
    assert viewer.changes == []


@pytest.mark.parametrize("longest_queue", [0.06, 0.3, 1.5])
def test_a_thin_link_keeps_a_large_picture_and_an_empty_queue(longest_queue: float) -> None:
    viewer = viewing(capacity=300_000, delay=0.15, longest_queue=longest_queue)
    viewer.go(15)
    for _ in range(3):
        viewer.queues.clear()
        viewer.losses.clear()
        start = viewer.now
        viewer.go(60)
        large = viewer.chosen[-1]
        assert large is not None and (large.layer, large.temporal) != (0, 0), "at least half of the pictures a second"
        assert sum(viewer.losses) / len(viewer.losses) < 0.06
        assert sorted(viewer.queues)[len(viewer.queues) * 3 // 4] < 0.5
        assert viewer.changes_since(start) <= 30
    assert viewer.budget.limit < 400_000


@pytest.mark.parametrize("capacity", [600_000, 1_000_000, 3_000_000])
def test_most_of_a_link_is_used_without_flutter(capacity: float) -> None:
    viewer = viewing(capacity=capacity)
    viewer.go(60)
    start, used, seconds = viewer.now, 0.0, 120
    for _ in range(seconds):
        viewer.go(1)
        used += viewer.cost() / seconds
    assert 0.6 * capacity < used < 1.05 * capacity
    assert viewer.changes_since(start) / len(PAGE) / (seconds / 60) <= 4, "changes a picture and minute"


def test_random_loss_costs_no_picture() -> None:
    viewer = viewing(capacity=100e6, delay=0.02, loss=0.1)
    viewer.go(60)
    assert viewer.cost() == WISH
    start = viewer.now
    viewer.go(60)
    assert viewer.changes_since(start) == 0


def test_a_burst_of_loss_is_over_when_it_is_over() -> None:
    viewer = viewing(capacity=100e6, delay=0.02)
    viewer.go(30)
    viewer.link.loss = 0.3
    viewer.go(5)
    assert viewer.cost() >= 0.4 * WISH
    viewer.link.loss = 0.0
    viewer.go(10)
    assert viewer.cost() >= 0.85 * WISH


def test_a_link_that_gets_thin_is_relieved_within_seconds_in_the_right_order() -> None:
    viewer = viewing(capacity=10e6)
    viewer.go(30)
    viewer.link.capacity = 300_000
    viewer.go(5)
    assert viewer.cost() < 300_000
    assert viewer.chosen[-1] is not None and viewer.chosen.index(None) < len(PAGE) - 1
    viewer.queues.clear()
    viewer.go(5)
    assert viewer.queues[-1] < 0.1


def test_a_link_that_recovers_is_used_again() -> None:
    viewer = viewing(capacity=300_000)
    viewer.go(90)
    viewer.link.capacity = 10e6
    viewer.go(90)
    assert viewer.cost() >= 0.85 * WISH
    assert viewer.chosen[-1] in (Rung(2, None), Rung(2, 1))


def test_a_link_too_thin_for_any_picture_leaves_it_to_the_sound() -> None:
    viewer = viewing(capacity=80_000)
    viewer.go(60)
    viewer.losses.clear()
    viewer.go(120)
    assert shown(viewer) <= 1
    assert sum(viewer.losses) / len(viewer.losses) < 0.05
