"""The link's arithmetic, in virtual time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.link_model import HEADERS, RETRANSMISSION_S, Line, Way


def send(line: Line, count: int, octets: int = 972, every_s: float = 0.01, at: float = 0.0) -> list[float | None]:
    """``count`` datagrams one after another: when each comes out."""
    return [line.datagram(octets, at + n * every_s) for n in range(count)]


def arrived(out: list[float | None]) -> list[float]:
    return [at for at in out if at is not None]


def runs(out: list[float | None]) -> list[int]:
    """The lengths of the runs of lost packets."""
    return [len(run) for run in "".join("x" if at is None else " " for at in out).split()]


def test_a_perfect_link_delays_nothing_and_loses_nothing() -> None:
    assert send(Line(), 5) == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04], abs=1e-5)


def test_the_delay_is_added() -> None:
    assert send(Line(Way(delay_s=0.15)), 3) == pytest.approx([0.15, 0.16, 0.17])


def test_a_line_sends_at_its_rate_and_counts_headers() -> None:
    out = send(Line(Way(kbit_s=800, queue_s=9)), 10, octets=1000 - HEADERS, every_s=0.0)
    assert out == pytest.approx([0.01 * n for n in range(1, 11)])


def test_an_idle_line_starts_anew() -> None:
    line = Line(Way(kbit_s=800))
    assert line.datagram(972, 0.0) == pytest.approx(0.01)
    assert line.datagram(972, 5.0) == pytest.approx(5.01)


def test_a_full_queue_drops_what_comes_last() -> None:
    line = Line(Way(kbit_s=80, queue_s=0.3))  # a packet of 1000 octets takes 0.1 s
    out = send(line, 8, every_s=0.001)
    assert arrived(out) == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert line.overflowed == 4
    assert line.datagram(972, 0.35) == pytest.approx(0.5)


def test_what_is_offered_above_the_rate_is_lost_and_waits_no_longer_than_the_queue() -> None:
    line = Line(Way(kbit_s=300, queue_s=0.3, delay_s=0.15))
    times = [n * 0.02 for n in range(1000)]  # 400 kbit/s
    out = [line.datagram(972, at) for at in times]
    waited = [at - sent - 0.15 for at, sent in zip(out, times, strict=True) if at is not None]
    assert max(waited) <= 0.3 + 8000 / 300_000 + 1e-6
    assert len(waited) * 8000 / 20 == pytest.approx(300_000, rel=0.02)


def test_jitter_keeps_the_order_unless_asked_not_to() -> None:
    steady = arrived(send(Line(Way(jitter_s=0.1)), 200))
    assert all(a < b for a, b in pairwise(steady))
    assert max(at - n * 0.01 for n, at in enumerate(steady)) > 0.05
    assert any(a > b for a, b in pairwise(arrived(send(Line(Way(jitter_s=0.1, reorders=True)), 200))))


@pytest.mark.parametrize("share", [0.05, 0.10, 0.30])
def test_random_losses_have_their_share(share: float) -> None:
    out = send(Line(Way(loss=share)), 20_000)
    assert out.count(None) / 20_000 == pytest.approx(share, rel=0.08)
    assert sum(runs(out)) / len(runs(out)) == pytest.approx(1 / (1 - share), rel=0.05)


def test_losses_in_runs_have_their_share_and_their_length() -> None:
    out = send(Line(Way(loss=0.3, run=4)), 40_000)
    assert out.count(None) / 40_000 == pytest.approx(0.3, rel=0.08)
    assert sum(runs(out)) / len(runs(out)) == pytest.approx(4, rel=0.08)


def test_the_same_seed_has_the_same_fate() -> None:
    way = Way(loss=0.2, run=3, jitter_s=0.02)
    assert send(Line(way, 7), 500) == send(Line(way, 7), 500) != send(Line(way, 8), 500)


def test_a_cut_link_carries_no_datagram() -> None:
    line = Line(Way(cut=True))
    assert arrived(send(line, 10)) == []
    line.way = Way()
    assert len(arrived(send(line, 10, at=1.0))) == 10


def test_a_change_counts_from_the_next_packet() -> None:
    line = Line(Way(delay_s=0.2))
    assert line.datagram(100, 0.0) == pytest.approx(0.2)
    line.way = Way(delay_s=0.5)
    assert line.datagram(100, 0.1) == pytest.approx(0.6)
    line.way = Way()
    assert line.datagram(100, 0.3) == pytest.approx(0.6, abs=1e-4)  # nothing overtakes


def test_a_lost_piece_of_a_stream_comes_later() -> None:
    line = Line(Way(loss=1.0, delay_s=0.05))
    assert line.stream(100, 1.0) == pytest.approx(1.05 + RETRANSMISSION_S + 0.1)
    assert Line(Way(delay_s=0.05)).stream(100, 1.0) == pytest.approx(1.05)
