"""Rooms and media workers in the database: where rooms go, and what happens to those whose worker stays away."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from liaison.domain.actor import SYSTEM
from liaison.domain.clock import FixedClock
from liaison.domain.words import Via
from liaison.house import House
from liaison.ids import new_id
from liaison.services import sessions
from liaison.services.points import list_points
from liaison.store import tables as t
from signaling import leases, placement, rooms
from signaling.room.entering import Entrance, depart, enter
from tests.support.people import organiser, plan

WORKERS = 3


@pytest.fixture
def three(house: House) -> House:
    """A house with three media workers, all there."""
    made = replace(house, settings=house.settings.model_copy(update={"media_workers": WORKERS}))
    boot(made, **{f"boot-{n}": n for n in range(WORKERS)})
    return made


def boot(house: House, **boots: int) -> list[str]:
    """Workers come up, each with a boot id; the rooms that begin anew."""
    reset = []
    for boot_id, worker in boots.items():
        leases.take_lease(house, worker, "me")
        with house.db.write() as db:
            reset += leases.note_boot(db, leases.worker_row(db, worker), boot_id, house.clock.now())
    return reset


def book(house: House, first: int, count: int) -> str:
    """A session of some of the points; no point sits in two."""
    planner = organiser(house, f"planner-{first}")
    slugs = sorted(point.slug for point in list_points(house, SYSTEM))[first : first + count]
    starts_at = house.clock.now() + timedelta(minutes=10)
    return sessions.book_session(house, planner, plan(*slugs, starts_at=starts_at)).id


def go_in(house: House, session_id: str, name: str = "") -> str:
    """Somebody enters; the peer's id."""
    peer = new_id()
    who = Entrance(peer, None, "chair", name or "Chair", Via.BROWSER, None, peer, peer)
    rooms.transact(house, session_id, lambda _db, _session, state: enter(state, who, house.clock.now(), 50), peer)
    return peer


def go_out(house: House, session_id: str, peer: str) -> None:
    rooms.transact(house, session_id, lambda _db, _session, state: depart(state, peer, "left", house.clock.now()), peer)


def place(house: House, session_id: str) -> tuple[int, int, str]:
    """(worker, epoch, boot id) of a room."""
    with house.db.read() as db:
        room = db.get_one(t.Room, session_id)
        return room.worker, room.media_epoch, room.media_boot_id


def log_of(house: House, session_id: str) -> list[str]:
    with house.db.read() as db:
        return [event.type for event in db.query(t.RoomEvent).filter_by(session_id=session_id).order_by(t.RoomEvent.seq)]


def test_a_great_room_and_small_ones_do_not_weigh_the_same(three: House) -> None:
    great, *small = [book(three, 0, 30), *(book(three, 30 + 3 * n, 3) for n in range(5))]
    for session_id in (great, *small):
        go_in(three, session_id)
    workers = [place(three, session_id)[0] for session_id in (great, *small)]
    assert workers[0] == 0 and sorted(workers[1:]) == [1, 1, 1, 2, 2]
    assert all(place(three, session_id)[1:] == (1, f"boot-{worker}") for session_id, worker in zip((great, *small), workers, strict=True))


def test_rooms_that_open_at_the_same_moment_are_spread(three: House) -> None:
    found = [book(three, 2 * n, 2) for n in range(WORKERS)]
    together = threading.Barrier(len(found))

    def open_one(session_id: str) -> None:
        together.wait()
        go_in(three, session_id)

    threads = [threading.Thread(target=open_one, args=(session_id,)) for session_id in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(place(three, session_id)[0] for session_id in found) == [0, 1, 2]


def test_a_worker_that_is_away_is_not_chosen(three: House) -> None:
    placement.note_workers(three, {0: False, 1: True, 2: False})
    first, second = book(three, 0, 2), book(three, 2, 2)
    go_in(three, first)
    go_in(three, second)
    assert place(three, first)[0] == place(three, second)[0] == 1


def test_an_empty_room_is_placed_anew_and_a_room_with_people_stays(three: House) -> None:
    """Somebody who looked into every lobby on the day before has not put all rooms onto one worker."""
    one, two = book(three, 0, 2), book(three, 2, 2)
    for session_id in (one, two):
        go_out(three, session_id, go_in(three, session_id))
    assert place(three, one)[0] == place(three, two)[0] == 0
    go_in(three, one)
    go_in(three, two)
    assert (place(three, one), place(three, two)) == ((0, 1, "boot-0"), (1, 2, "boot-1"))  # its media began elsewhere: a new epoch
    assert log_of(three, two)[-2:] == ["media_reset", "peer_joined"]
    go_in(three, one, "second")
    assert place(three, one) == (0, 1, "boot-0")


def test_rooms_of_a_worker_that_stays_away_move_and_others_stay(three: House, clock: FixedClock) -> None:
    found = [book(three, 2 * n, 2) for n in range(WORKERS)]
    for session_id in found:
        go_in(three, session_id)
    clock.advance(1)
    away = {0: True, 1: False, 2: True}
    assert placement.note_workers(three, away) == []
    clock.advance(4)
    assert placement.note_workers(three, away) == []  # the supervisor may still bring it back
    clock.advance(2)
    assert placement.note_workers(three, away) == [found[1]]
    assert place(three, found[1]) == (0, 2, "boot-0")
    assert [place(three, found[0]), place(three, found[2])] == [(0, 1, "boot-0"), (2, 1, "boot-2")]
    assert log_of(three, found[1])[-1] == "media_reset" and "media_reset" not in log_of(three, found[0]) + log_of(three, found[2])
    assert placement.note_workers(three, away) == []
    assert boot(three, **{"boot-1b": 1}) == []  # back again, with nothing to carry
    go_in(three, book(three, 10, 2))
    with three.db.read() as db:
        assert db.get_one(t.MediaWorker, 1).down_since is None


def test_a_short_absence_is_forgotten(three: House, clock: FixedClock) -> None:
    session_id = book(three, 0, 2)
    go_in(three, session_id)
    for up in (False, True, False):
        placement.note_workers(three, {0: up, 1: True, 2: True})
        clock.advance(4)
    assert placement.note_workers(three, {0: False, 1: True, 2: True}) == [] and place(three, session_id)[0] == 0


def test_while_nobody_else_is_there_nothing_moves(three: House, clock: FixedClock) -> None:
    session_id = book(three, 0, 2)
    go_in(three, session_id)
    for _ in range(2):
        assert placement.note_workers(three, dict.fromkeys(range(WORKERS), False)) == []
        clock.advance(10)
    assert place(three, session_id) == (0, 1, "boot-0")
    assert placement.note_workers(three, {0: False, 1: True, 2: False}) == [session_id]


def test_rooms_of_workers_that_the_settings_have_no_more_move(three: House) -> None:
    found = [book(three, 2 * n, 2) for n in range(WORKERS)]
    for session_id in found:
        go_in(three, session_id)
    fewer = replace(three, settings=three.settings.model_copy(update={"media_workers": 1}))
    assert set(placement.note_workers(fewer, {0: True})) == {session for session in found if place(three, session)[1] == 2}
    assert [place(three, session)[0] for session in found] == [0, 0, 0]


def test_a_room_whose_worker_never_came_moves_too(house: House, clock: FixedClock) -> None:
    two: Any = replace(house, settings=house.settings.model_copy(update={"media_workers": 2}))
    session_id = book(two, 0, 2)
    go_in(two, session_id)  # before any worker was ever seen
    assert place(two, session_id) == (0, 1, "")
    leases.take_lease(two, 0, "me")
    boot(two, late=1)
    placement.note_workers(two, {0: False, 1: True})
    clock.advance(6)
    assert placement.note_workers(two, {0: False, 1: True}) == [session_id]
    assert place(two, session_id) == (1, 2, "late")
