"""Which sessions are broadcast, when it rests, and what is tidied up."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from liaison.domain.actor import SYSTEM, Actor
from liaison.house import House
from liaison.services import lifecycle, room_log, sessions
from liaison.services.disk import MIB, DiskState
from liaison.store import tables as t
from signaling.broadcast import process
from signaling.broadcast.director import Director, Typed
from signaling.broadcast.packer import Packer
from signaling.broadcast.process import BEFORE, Desk, folder_of
from signaling.broadcast.shedding import STEPS, Effort
from signaling.broadcast.talk import read_talk
from signaling.engine import EngineEvent
from tests.fakes.fake_engine import FakeEngine
from tests.support.people import organiser, plan
from tests.support.ports import wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sessions whose broadcast has begun; each goes on until it is stopped."""
    begun: list[str] = []

    def broadcast(_house: House, session_id: str, stop: threading.Event, _effort: Effort) -> None:
        begun.append(session_id)
        while not stop.is_set():
            threading.Event().wait(0.01)

    monkeypatch.setattr(process, "broadcast", broadcast)
    return begun


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    stop = threading.Event()
    made = Desk(house, stop)
    yield made
    stop.set()
    for thread in made.running.values():
        thread.join()


def book(house: House, planner: Actor, point: str, minutes: float, public: bool = True) -> str:
    starts_at = house.clock.now() + timedelta(minutes=minutes)
    return sessions.book_session(house, planner, plan(point, starts_at=starts_at, public=public)).id


def test_what_is_on_comes_before_what_begins_soon_and_no_more_than_there_is_room_for(
        house: House, planner: Actor, desk: Desk, running: list[str]) -> None:
    soon = book(house, planner, "osh-oblast", 4)
    on = book(house, planner, "big-hall", 4.5)
    book(house, planner, "naryn-oblast", 3, public=False)
    book(house, planner, "batken-oblast", BEFORE.total_seconds() / 60 + 1)
    lifecycle.open_session(house, SYSTEM, on)
    with house.db.write() as db:  # as when the first goes on past its end
        db.execute(update(t.Session).where(t.Session.public).values(broadcast=True))
    desk.look()
    assert desk.due() == [on, soon]
    assert list(desk.running) == [on]


def free_space(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(process, "disk_state", lambda _folder: DiskState(free * MIB, 100_000 * MIB))


def test_a_full_disk_ends_broadcasts_until_there_is_space(
        house: House, planner: Actor, desk: Desk, running: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    on = book(house, planner, "big-hall", 1)
    lifecycle.open_session(house, SYSTEM, on)
    desk.look()
    wait_until(lambda: running == [on], 5, "the broadcast to begin")
    free_space(monkeypatch, 100)
    desk.watch_disk()
    desk.running[on].join(5)
    desk.look()
    assert not desk.running
    free_space(monkeypatch, 50_000)
    desk.watch_disk()
    desk.look()
    wait_until(lambda: running == [on, on], 5, "the broadcast to go on")


def lying(house: House, session: str, ended: bool, days: float) -> Path:
    folder = folder_of(house.settings, session)
    folder.mkdir(parents=True)
    state = folder / "state.json"
    state.write_text(json.dumps({"runs": 1, "ended": ended, "tracks": []}))
    at = house.clock.now().timestamp() - days * 86_400
    os.utime(state, (at, at))
    return folder


def test_old_broadcasts_are_removed_and_forgotten_ones_are_ended(house: House, desk: Desk) -> None:
    kept = house.settings.broadcast_days
    old, new, unfinished = lying(house, "old", True, kept + 1), lying(house, "new", True, kept - 1), lying(house, "left", False, kept + 1)
    desk.tidy()
    desk.look()
    assert (old.exists(), new.exists(), unfinished.exists()) == (False, True, True)
    assert json.loads((unfinished / "state.json").read_text())["ended"] is True


def test_what_is_over_becomes_one_file_while_nothing_is_on(house: House, planner: Actor) -> None:
    over, unwanted = book(house, planner, "big-hall", 1), book(house, planner, "osh-oblast", 1)
    sessions.change_session(house, planner, unwanted, {"record": "none"})
    for session in (over, unwanted):
        lifecycle.open_session(house, SYSTEM, session)
        lifecycle.close_session(house, SYSTEM, session)
        lying(house, session, True, 0)
    packer = Packer(house)
    packer.look(busy=True)
    assert packer._process is None
    packer.look(busy=False)
    assert packer._process is not None and str(folder_of(house.settings, over)) in packer._process.args
    assert packer._process.wait() != 0, "there is nothing in it"
    packer.look(busy=False)
    assert packer._process is None, "and it is not tried again"
    assert Packer(house)._next() == folder_of(house.settings, over), "before the next start"


class Remembering:
    """A studio and a shelf that only keep what they are told."""

    words: Any = None
    scene: Any = None
    step = STEPS[0]

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}
        self.effort = Effort()
        self.captions = self

    def heard(self, lines: list[Any]) -> None:
        """Captions that were typed."""

    def say(self, **values: Any) -> None:
        self.said |= values

    def read(self) -> set[str | None]:
        return set()


def test_a_session_that_is_not_public_any_more_is_over(house: House, planner: Actor) -> None:
    session = book(house, planner, "big-hall", 1)
    told: Any = Remembering()
    director = Director(house, FakeEngine(), session, told, told)
    director.look(0.0)
    assert told.said == {"slate": "soon", "item": None, "speaker": "", "question": None, "step": "full"} and not director.over.is_set()
    sessions.change_session(house, planner, session, {"public": False})
    director.look(0.3)
    assert director.over.is_set()


def test_captions_of_a_closed_item_are_left_out(house: House, planner: Actor) -> None:
    """By the order of the log, however many looks there were between; and nothing of the time before the first."""
    session = book(house, planner, "osh-oblast", 1)
    typed = Typed(session, "ky")

    def happens(*events: tuple[str, dict[str, Any]]) -> list[tuple[str, str]]:
        with house.db.write() as db:
            room_log.ensure_room(db, session)
            room = room_log.lock_room(db, session)
            room_log.append_locked(db, room, list(events), house.clock.now(), "test")
            return [(line.language, line.text) for line in typed.look(db, room.seq)]
    assert happens(("captioned", {"text": "Before"})) == []
    assert happens(("captioned", {"text": "One"}), ("captioned", {"text": "Два", "language": "ru"})) == [("ky", "One"), ("ru", "Два")]
    assert happens(("doors_closed", {}), ("captioned", {"text": "Secret"}), ("doors_opened", {}), ("captioned", {"text": "Open"})) == [
        ("ky", "Open")]
    assert happens(("doors_closed", {})) == [] and happens(("captioned", {"text": "Secret"})) == []
    typed = Typed(session, "ky")
    assert happens(("captioned", {"text": "Still secret"})) == [] and happens(("captioned", {"text": "Still secret"})) == []


def test_whoever_speaks_freely_is_written_down_but_not_with_the_floor(
        house: House, planner: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = book(house, planner, "osh-oblast", 1)
    lifecycle.open_session(house, SYSTEM, session)
    told: Any = Remembering()
    told.folder = tmp_path
    director = Director(house, FakeEngine(), session, told, told)
    monkeypatch.setattr(director, "_settle", lambda _scene, _now: None)  # nothing is read here

    def happens(*events: tuple[str, dict[str, Any]]) -> None:
        with house.db.write() as db:
            room = room_log.lock_room(db, session)
            room_log.append_locked(db, room, list(events), house.clock.now(), "test")

    def speaks(peer: str, seconds: int) -> list[str]:
        director.heard(EngineEvent("speakers", 0, "boot", {"room": session, "levels": {}, "loudest": [peer]}))
        for _ in range(seconds):
            director.look(0.0)
            house.clock.advance(1)
        return [row["name"] for row in read_talk(tmp_path)]
    happens(*(("peer_joined", {"peer": name, "point": "osh-oblast", "role": "point", "name": name, "via": "browser"})
              for name in ("anna", "bakyt")))
    assert speaks("anna", 5) == [] and speaks("anna", 5) == ["anna"]
    assert speaks("bakyt", 10) == ["anna", "bakyt"]
    happens(("floor_granted", {"peer": "anna"}))
    assert speaks("anna", 20) == ["anna", "bakyt"], "that is in the log"
    happens(("floor_released", {"peer": "anna"}), ("doors_closed", {"points": None}))
    assert speaks("anna", 20) == ["anna", "bakyt"], "nobody is heard then"
    happens(("doors_opened", {}))
    assert speaks("anna", 20) == ["anna", "bakyt", "anna"]
