"""What is made of measurements: which windows count, medians, verdicts, growth."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.bench.capacity import Step, ceiling, wanted_loads
from tests.bench.figures import Verdict, flaws, growth, quantile, ratio, summarise, table
from tests.bench.generator import Totals
from tests.bench.participants import SMALL_PICTURES, chosen_views
from tests.bench.proc import spent

CLEAN: dict[str, Any] = {
    "packets_out_per_s": 2200.0, "loss_sequence_pct": 0.0, "latency_us": {"p50": 400, "p99": 900}, "join_ms_subscriber": {"p95": 30},
    "generator": {"udp_drops": 0, "cpu_pct_of_core": 7.0},
    "machine": {"others_cpu_pct_of_core": 3.0, "steal_pct_of_core": 0.0, "udp_rcvbuf_errors": 0},
    "server": {"udp_drops": 0, "cpu_us_per_packet_out": 8.0, "cpu_pct_of_core": 4.0, "rss_mib_after": 90, "rss_kib_per_client": 200},
}  # fmt: skip
NOTHING = Totals(**dict.fromkeys(Totals.__slots__, 0))


def window(**changes: Any) -> dict[str, Any]:
    """A clean window but for some values, ``part__name=value``."""
    made = copy.deepcopy(CLEAN)
    for path, value in changes.items():
        *parts, name = path.split("__")
        place = made
        for part in parts:
            place = place[part]
        place[name] = value
    return made


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"loss_sequence_pct": 0.001}, "loss"),
        ({"loss_sequence_pct": None}, "loss"),
        ({"server__udp_drops": 1}, "UDP drops"),
        ({"generator__udp_drops": 1}, "UDP drops"),
        ({"machine__udp_rcvbuf_errors": 1}, "UDP drops"),
        ({"machine__others_cpu_pct_of_core": 20.1}, "others"),
        ({"machine__steal_pct_of_core": 5.1}, "steal"),
        ({"generator__cpu_pct_of_core": 85.1}, "generator"),
    ],
)
def test_a_window_is_dropped_for_each_of_these(changes: dict[str, Any], why: str) -> None:
    assert flaws(window(**changes)) == [why]


def test_at_the_limits_a_window_counts() -> None:
    edge = window(machine__others_cpu_pct_of_core=20.0, machine__steal_pct_of_core=5.0, generator__cpu_pct_of_core=85.0)
    assert flaws(edge) == []


def test_where_loss_is_the_question_it_drops_no_window() -> None:
    assert flaws(window(loss_sequence_pct=12.0, server__udp_drops=90), losses_count=False) == []


def test_medians_are_taken_over_the_windows_that_count() -> None:
    slow = window(server__cpu_us_per_packet_out=50.0, machine__others_cpu_pct_of_core=90)
    found = summarise("x", "1 × 20", [window(), slow, window(server__cpu_us_per_packet_out=10.0)])
    assert (found.cpu_us, found.clean, found.windows, found.flaws) == (9.0, 2, 3, ("others",))


def test_without_a_clean_window_all_are_used_and_it_is_said() -> None:
    found = summarise("x", "1 × 20", [window(loss_sequence_pct=1.0)])
    assert (found.clean, found.cpu_us, found.loss_pct) == (0, 8.0, 1.0)
    assert "none clean" in found.cells()[2]
    assert "doubtful" in ratio("CPU", found, summarise("y", "1 × 20", [window()]), "cpu_us", 2).cells()[3]


def test_ratio_and_verdict() -> None:
    ours = summarise("x", "1 × 20", [window(server__cpu_us_per_packet_out=3.0)])
    theirs = summarise("y", "1 × 20", [window(server__cpu_us_per_packet_out=10.0)])
    assert ratio("CPU", ours, theirs, "cpu_us", 0.3).met
    assert not ratio("CPU", theirs, ours, "cpu_us", 0.3).met
    assert Verdict("ceiling", 3.0, 3.0, least=True).met
    assert not Verdict("ceiling", 2.99, 3.0, least=True).met


def test_a_ratio_to_nothing_is_no_success() -> None:
    nothing = summarise("y", "1 × 20", [window(latency_us={"p50": None, "p99": None})])
    found = ratio("p99", summarise("x", "1 × 20", [window()]), nothing, "p99_ms", 1)
    assert not found.met
    assert "not measured" in found.cells()[3]


def test_quantiles() -> None:
    assert quantile([], 0.99) == 0
    assert quantile([5], 0.5) == 5
    assert quantile(list(range(100)), 0.95) == 95
    assert quantile(list(range(100)), 1) == 99


def test_growth_looks_only_at_what_came_after_settling() -> None:
    flat = [(float(n), 50.0 if n < 10 else 100.0) for n in range(60)]
    assert growth(flat, 10) == 0
    assert growth([(float(n), 100.0 + n) for n in range(101)], 0) == pytest.approx(0.8 * 100 / 110, abs=0.02)
    assert growth(flat[:1], 0) == 0


def test_cpu_of_processes_that_come_and_go() -> None:
    assert spent({1: 5.0, 2: 7.0}, {1: 6.0, 3: 0.5}) == 1.5
    assert spent({}, {}) == 0


def test_table() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


# ---------------------------------------------------------------------- capacity
def step(received: int, lost: int = 0, **cost: float) -> Step:
    """One step of one second."""
    share = {"server_pct": 50.0, "generator_pct": 20.0, "others_pct": 0.0, "steal_pct": 0.0} | cost
    totals = Totals(**{**{name: 0 for name in Totals.__slots__}, "expected": received + lost, "received": received})
    return Step("x", received, 1.0, totals, [], share, 0, 0)


def test_the_ceiling_is_the_highest_rate_without_loss() -> None:
    assert ceiling([step(100), step(200), step(300, lost=1)]) == 200
    assert ceiling([step(100), step(200, generator_pct=86.0)]) == 100
    assert ceiling([step(0)]) == 0


def test_a_step_says_why() -> None:
    assert "its core is full" in step(1, 1, server_pct=99.0).reason()
    assert "not full" in step(1, 1).reason()
    assert step(1, 1, generator_pct=90.0).reason().startswith("void")
    assert step(1).reason() == "no loss"


def test_steps_rise_by_a_factor() -> None:
    assert wanted_loads(100, 2, 450) == [100, 200, 400]


def test_a_difference_of_totals() -> None:
    seen = step(90, lost=10).totals.since(NOTHING)
    assert (seen.received, seen.loss) == (90, 0.1)
    assert NOTHING.loss == 0


# ---------------------------------------------------------------------- views
@pytest.mark.parametrize("spread", [False, True])
def test_everybody_sees_others_only_and_each_once(spread: bool) -> None:
    peers = [f"p{n}" for n in range(63)]
    for viewer in range(63):
        large, small = chosen_views(peers, viewer, spread)
        assert len({large, *small, peers[viewer]}) == SMALL_PICTURES + 2
        assert spread or large == ("p0" if viewer else "p1")


def test_few_points_see_each_other() -> None:
    assert chosen_views(["a", "b"], 0, False) == ("b", [])
    assert chosen_views(["a", "b", "c"], 2, False) == ("a", ["b"])
