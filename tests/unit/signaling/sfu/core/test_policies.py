"""Losses asked for, speakers chosen."""

from __future__ import annotations

import itertools

from signaling.sfu.core.interface import NO_LEVEL
from signaling.sfu.core.loss import MISSING_KEPT, TRIES, LossTracker
from signaling.sfu.core.speakers import HOLD_SECONDS, SpeakerDetector, audible, seat


# ---------------------------------------------------------------------- losses
def test_a_loss_is_asked_for_at_once_then_slower_then_given_up() -> None:
    losses, now = LossTracker(), 0.0
    assert losses.gap(65535, 2, now) == [65535, 0]
    asked = [0.0]
    while losses.missing:
        now += 0.01
        if losses.due(now):
            asked.append(round(now, 2))
    pauses = [b - a for a, b in itertools.pairwise(asked)]
    assert pauses == sorted(pauses) and pauses[0] >= 0.1
    assert len(asked) <= TRIES and now <= 1.1


def test_what_arrives_is_not_asked_for_again() -> None:
    losses = LossTracker()
    losses.gap(5, 3, 0.0)
    losses.arrived(6, 0.1)
    assert losses.due(0.2) == [5, 7]


def test_what_was_only_overtaken_was_not_lost() -> None:
    losses = LossTracker()
    losses.gap(5, 2, 0.0)
    assert not losses.arrived(5, 0.004)
    assert losses.arrived(6, 0.06)
    assert not losses.arrived(6, 0.07) and not losses.arrived(9, 0.07)


def test_only_so_many_losses_are_remembered() -> None:
    losses = LossTracker()
    for start in range(0, 2000, 100):
        losses.gap(start, 100, 0.0)
    assert len(losses.missing) == MISSING_KEPT


# ---------------------------------------------------------------------- speakers
class Talk:
    """Microphones with levels, stepped every 50 ms."""

    def __init__(self, places: int = 3) -> None:
        self.detector, self.now = SpeakerDetector(places), 0.0

    def go(self, seconds: float, **levels: int) -> list[str]:
        chosen: list[str] = []
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            for source, level in levels.items():
                self.detector.hear(source, 2, level, self.now)
            chosen = self.detector.step(self.now)
        return chosen


def test_whoever_speaks_is_chosen_within_a_syllable() -> None:
    talk = Talk()
    talk.go(1, anna=127, bob=127)
    assert talk.go(0.15, anna=30, bob=127) == ["anna"]


def test_noise_below_speech_chooses_nobody() -> None:
    assert Talk().go(3, anna=70, bob=90) == []


def test_a_pause_does_not_cost_the_place_but_silence_does() -> None:
    talk = Talk()
    talk.go(1, anna=30)
    assert talk.go(1.0, anna=127) == ["anna"]
    assert talk.go(HOLD_SECONDS + 1, anna=127) == []


def test_a_slightly_louder_newcomer_does_not_displace_anybody() -> None:
    talk = Talk(places=1)
    talk.go(1, anna=34, bob=127)
    assert talk.go(2, anna=34, bob=31) == ["anna"]
    assert talk.go(1, anna=34, bob=20) == ["bob"]


def test_equal_voices_never_flap() -> None:
    talk, orders = Talk(), set()
    for _ in range(100):
        orders.add(tuple(talk.go(0.05, a=35, b=36, c=34, d=35, e=36)))
    assert len([order for order in orders if len(order) == 3]) == 1


def test_a_source_without_levels_counts_as_speaking() -> None:
    detector = SpeakerDetector()
    for n in range(10):
        detector.hear("encoder", 3, NO_LEVEL, n * 0.05)
    assert detector.step(0.5) == ["encoder"]


def test_who_left_is_forgotten() -> None:
    talk = Talk()
    talk.go(1, anna=30, bob=30)
    talk.detector.forget(["bob"])
    assert talk.detector.step(talk.now) == ["bob"]
    assert talk.detector.loudest() == ["bob"]


def test_loudest_come_first() -> None:
    talk = Talk()
    talk.go(1, anna=40, bob=20, carl=30)
    assert talk.detector.loudest() == ["bob", "carl", "anna"]


def test_with_room_for_all_everybody_is_audible() -> None:
    assert audible(["a", "b"], [], [], 3) == ["a", "b"]


def test_reserved_come_first_then_speakers_then_anybody() -> None:
    there = ["a", "b", "c", "d", "e"]
    assert audible(there, ["e"], ["d", "c", "b"], 3) == ["e", "d", "c"]
    assert audible(there, [], ["d"], 3) == ["d", "a", "b"]
    assert audible(there, ["gone"], ["gone", "d"], 2) == ["d", "a"]


def test_nobody_moves_who_stays() -> None:
    seated = {"a0": "x", "a1": "y", "a2": "z"}
    assert seat(["a0", "a1", "a2"], seated, ["z", "n", "x"]) == {"a0": "x", "a1": "n", "a2": "z"}
    assert seat(["a0", "a1"], {}, ["x"]) == {"a0": "x"}
