"""Rates out of counters."""

from __future__ import annotations

from signaling.sfu.core.meter import Meter, share


def test_a_window_gives_rates() -> None:
    meter = Meter()
    meter.step(10.0, 1000, 100, 0)
    assert (meter.bitrate, meter.expected) == (0, 0)
    meter.step(15.0, 6000, 150, 5)
    assert (meter.bitrate, meter.expected, meter.lost) == (8000, 50, 5)
    assert share(meter.lost, meter.expected) == 0.1


def test_repaired_packets_may_take_a_loss_back() -> None:
    meter = Meter()
    meter.step(1.0, 0, 100, 10)
    meter.step(2.0, 100, 110, 4)
    assert meter.lost == 0


def test_what_began_anew_gives_nothing() -> None:
    meter = Meter()
    meter.step(1.0, 5000, 100, 10)
    meter.step(2.0, 100, 110, 10)
    assert (meter.bitrate, meter.expected, meter.lost) == (0, 0, 0)
    meter.step(3.0, 1100, 120, 10)
    assert (meter.bitrate, meter.expected) == (8000, 10)


def test_the_first_report_is_no_loss_of_all_before() -> None:
    meter = Meter()
    meter.step(1.0, 0, 0, 0)
    meter.step(2.0, 1000, 30_000, 0)
    assert meter.expected == 0
    meter.step(3.0, 2000, 30_010, 1)
    assert (meter.expected, meter.lost) == (10, 1)


def test_a_pause_is_no_slow_second() -> None:
    meter = Meter()
    meter.step(1.0, 0, 10, 0)
    meter.step(2.0, 1000, 20, 0)
    meter.stop()
    assert meter.bitrate == 0
    meter.step(100.0, 1000, 20, 0)
    meter.step(101.0, 2000, 30, 0)
    assert (meter.bitrate, meter.expected) == (8000, 10)


def test_nothing_expected_is_nothing_lost() -> None:
    assert share(0, 0) == 0.0
