"""What one look at a peer makes of the worker's figures and of the client's own."""

from __future__ import annotations

from typing import Any

import pytest

from signaling.link_health import as_look, transport

UP = {"loss": 0.01, "jitter_ms": 3.0, "bitrate": 900}
DOWN = {"loss": 0.02, "jitter_ms": 4.0, "bitrate": 800, "round_trip_ms": 50.0}
TOLD = {"count": 2, "quality": "fair", "rtt_ms": 70, "freezes": 3, "frozen_ms": 900, "candidate": "relay", "transport": "tls",
        "down": {"concealed": 0.05, "jitter_ms": 9.0}}


def look(before: Any, **figures: Any) -> dict[str, Any]:
    return as_look({"point": "osh-oblast", "up": UP, "down": DOWN, "told": TOLD} | figures, before)


def test_the_clients_word_completes_the_workers_figures() -> None:
    found = look({"count": 1, "freezes": 1, "frozen_ms": 400})
    assert found == {"up_loss": 0.01, "up_jitter_ms": 3.0, "up_bitrate": 900, "down_loss": 0.02, "down_jitter_ms": 9.0,
                     "down_bitrate": 800, "rtt_ms": 70, "concealed": 0.05, "quality": "fair", "transport": "relay-tls",
                     "freezes": 2, "frozen_ms": 500}


def test_what_was_told_before_counts_once() -> None:
    found = look(TOLD)
    assert (found["freezes"], found["concealed"], found["rtt_ms"], found["down_jitter_ms"]) == (0, None, 50.0, 4.0)
    assert found["quality"] == "fair", "the word stands until another is told"


def test_the_first_look_adds_no_old_freezes() -> None:
    assert look(None)["freezes"] == 0


def test_a_worker_that_began_anew_counts_from_nothing() -> None:
    assert look({"count": 9, "freezes": 8, "frozen_ms": 8000})["freezes"] == 3


def test_an_encoder_tells_nothing() -> None:
    found = look({}, told=None, down=None)
    assert (found["quality"], found["transport"], found["rtt_ms"], found["down_loss"], found["freezes"]) == (None, "", None, None, 0)


def test_before_the_first_window_nothing_is_measured() -> None:
    found = look({}, up=UP | {"expected": 0}, down=DOWN | {"expected": 0}, told=None)
    assert (found["up_bitrate"], found["up_loss"], found["down_bitrate"], found["rtt_ms"]) == (None, None, None, 50.0)


@pytest.mark.parametrize(("told", "way"), [
    ({}, ""), ({"candidate": "host", "transport": "udp"}, "direct-udp"), ({"candidate": "prflx"}, "direct-udp"),
    ({"candidate": "relay", "transport": "tcp"}, "relay-tcp")])
def test_the_way_in_two_words(told: dict[str, Any], way: str) -> None:
    assert transport(told) == way
