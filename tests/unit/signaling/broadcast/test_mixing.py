"""Everybody on one line of time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signaling.broadcast.mixing import RATE, TOGETHER, Line, Mixer, Samples

BEGIN = 1_800_000_000.0


def tone(level: int, count: int = 480) -> Samples:
    return np.full(count, level, np.int16)


def begun() -> Line:
    line = Line()
    line.take(BEGIN, 0)
    return line


def test_two_speak_at_once_and_are_heard_together() -> None:
    line = begun()
    line.add("osh", BEGIN + 0.1, tone(100, 960))
    line.add("naryn", BEGIN + 0.11, tone(30, 960))
    block = line.take(BEGIN + 0.1, 1440)
    assert list(block[[0, 479, 480, 959, 960, 1439]]) == [100, 100, 130, 130, 30, 30]


def test_what_has_been_played_is_gone_and_what_comes_too_late_is_left_out() -> None:
    line = begun()
    line.add("osh", BEGIN, tone(100))
    assert line.take(BEGIN, 240).sum() == 240 * 100
    line.add("naryn", BEGIN, tone(7))  # its first half is too late
    assert list(line.take(BEGIN + 240 / RATE, 240)[[0, 239]]) == [107, 107]
    line.add("batken", BEGIN, tone(9))
    assert line.take(BEGIN + 480 / RATE, RATE * 9).sum() == 0


@given(st.lists(st.integers(-TOGETHER + 1, TOGETHER - 1), min_size=1, max_size=40))
def test_times_that_tremble_leave_no_gap(trembling: list[int]) -> None:
    line = begun()
    for number, off in enumerate([0, *trembling]):
        line.add("osh", BEGIN + 1 + (number * 960 + off) / RATE, tone(50, 960))
    block = line.take(BEGIN + 1, 960 * (len(trembling) + 1))
    assert (block == 50).all()


def test_after_a_pause_the_time_counts() -> None:
    line = begun()
    line.add("osh", BEGIN, tone(50))
    line.add("osh", BEGIN + 1, tone(50))
    block = line.take(BEGIN, RATE + 480)
    assert block[480:RATE].sum() == 0 and block[RATE] == 50


def test_an_interpreter_stands_over_the_original_and_a_language_without_one_is_the_original() -> None:
    mixer = Mixer(("ky", "ru"))
    mixer.take(BEGIN, 0, ())
    mixer.add("osh", None, BEGIN, tone(1000))
    mixer.add("interpreter", "ru", BEGIN, tone(400))
    mixer.add("stranger", "fr", BEGIN, tone(9))
    tracks = mixer.take(BEGIN, 480, ("ru",))
    assert {language: int(block[0]) for language, block in tracks.items()} == {None: 1000, "ky": 1000, "ru": 550}


def test_loud_rooms_do_not_wrap_around() -> None:
    mixer = Mixer(())
    mixer.take(BEGIN, 0, ())
    for who in "abc":
        mixer.add(who, None, BEGIN, tone(30_000))
    assert mixer.take(BEGIN, 1, ())[None][0] == 32_767


def test_doors_that_close_leave_nothing() -> None:
    mixer = Mixer(("ru",))
    mixer.take(BEGIN, 0, ())
    mixer.add("osh", None, BEGIN, tone(1000))
    mixer.add("interpreter", "ru", BEGIN, tone(1000))
    mixer.clear()
    assert all(not block.any() for block in mixer.take(BEGIN, 480, ("ru",)).values())
