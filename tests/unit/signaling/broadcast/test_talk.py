"""Who stands in a recording's contents without having been given the floor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from signaling.broadcast.talk import BREAK, FORGOTTEN, LEAST, Talk, speaker_of
from signaling.room.state import LIVE, Peer, RoomState

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)
LOOK_S = 0.25


def told(*spans: tuple[str | None, float], talk: Talk | None = None) -> list[tuple[float, str | None]]:
    """``spans``: who is heard, and for so many seconds; what is told, by second at which it began."""
    talk, now, found = talk or Talk(), 0.0, []
    for who, seconds in spans:
        for _ in range(round(seconds / LOOK_S)):
            since = talk.look(who, AT + timedelta(seconds=now))
            if since is not None:
                found.append(((since - AT).total_seconds(), who))
            now += LOOK_S
    return found


LONG, SHORT = LEAST.total_seconds() + 1, LEAST.total_seconds() - 1


def test_who_speaks_long_enough_stands_there_once_and_since_the_beginning() -> None:
    assert told((None, 3), ("osh", SHORT)) == []
    assert told((None, 3), ("osh", LONG)) == [(3, "osh")]
    assert told((None, 3), ("osh", 300)) == [(3, "osh")]
    assert told(("osh", LONG), ("naryn", LONG), ("osh", LONG)) == [(0, "osh"), (LONG, "naryn"), (2 * LONG, "osh")]


@pytest.mark.parametrize("between", [None, "naryn"])
def test_a_short_pause_or_word_of_another_ends_nothing(between: str | None) -> None:
    breath = BREAK.total_seconds() - LOOK_S
    assert told(("osh", 3), (between, breath), ("osh", 3), (between, breath), ("osh", 4)) == [(0, "osh")]
    assert told(("osh", SHORT), (between, breath + 1), ("osh", SHORT)) == []
    assert told(("osh", LONG), ("naryn", 3), ("osh", LONG)) == [(0, "osh")], "nobody else has spoken long enough"


def test_who_speaks_again_much_later_begins_anew() -> None:
    pause = FORGOTTEN.total_seconds()
    assert told(("osh", LONG), (None, pause - LEAST.total_seconds() - 1), ("osh", LONG)) == [(0, "osh")]
    assert told(("osh", LONG), (None, pause + 1), ("osh", LONG)) == [(0, "osh"), (LONG + pause + 1, "osh")]


def test_after_a_floor_or_a_slate_everybody_begins_anew() -> None:
    talk = Talk()
    assert told(("osh", LONG), talk=talk) == [(0, "osh")]
    talk.forget()
    assert told(("osh", SHORT), talk=talk) == [] and told(("osh", LONG), talk=Talk()) == [(0, "osh")]


def test_only_who_is_shown_is_heard() -> None:
    osh = Peer("osh", "osh", "point", "Osh", "browser", AT, camera=True, microphone=True)
    held, ear = replace(osh, id="held", held=True), replace(osh, id="ear", role="watcher")
    state = RoomState("room", phase=LIVE, peers={one.id: one for one in (osh, held, ear)})
    assert speaker_of(state, ["gone", "held", "osh"]) == "osh"
    assert speaker_of(state, ["held", "ear"]) is None and speaker_of(state, []) is None
