"""The help desk's room: every point may come in, the help desk sees who waits, and nothing that is booked is touched."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, Invalid
from liaison.domain.point_states import PointState
from liaison.domain.words import HELP_DESK, AccountRole, RoomRole, Via
from liaison.house import House
from liaison.services import capacity, help_desk, join, lifecycle, presence, room_devices, sessions
from liaison.services.network_states import network_states
from liaison.services.session_rows import invited_point
from liaison.store import tables as t
from tests.support.people import add_actor, organiser, plan

OSH = "osh-oblast"


@pytest.fixture
def osh(house: House) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, OSH)


@pytest.fixture
def desk(house: House) -> Actor:
    return add_actor(house, "desk", AccountRole.OPERATOR)


def come_in(house: House, session: str, actor: Actor, role: RoomRole, point: str | None = None) -> None:
    with house.db.write() as db:
        presence.open_presence(db, session_id=session, peer_id=f"peer-{actor.name}", point_id=invited_point(db, session, point),
                               user_id=actor.user_id, name=actor.name, role=role, via=Via.BROWSER, at=house.clock.now())


def test_a_point_enters_and_the_help_desk_sees_it(house: House, osh: Actor, desk: Actor) -> None:
    assert help_desk.look_at_help_desk(house, desk) == help_desk.HelpDesk("", (), False)
    room = help_desk.open_help_desk(house, osh)
    assert help_desk.open_help_desk(house, desk) == room and help_desk.is_help_desk(house, room)
    assert join.ways_in(house, osh, room)[0] == join.WayIn(RoomRole.POINT, OSH)
    assert join.ways_in(house, desk, room)[0] == join.WayIn(RoomRole.CHAIR, None)
    assert join.issue_token(house, osh, room, point=OSH)["room"] == f"/room/{room}"
    with pytest.raises(Forbidden):
        join.issue_token(house, osh, room, point="talas-oblast")
    come_in(house, room, osh, RoomRole.POINT, OSH)
    found = help_desk.look_at_help_desk(house, desk)
    assert [one.slug for one in found.waiting] == [OSH] and not found.helped
    come_in(house, room, desk, RoomRole.CHAIR)
    found = help_desk.look_at_help_desk(house, desk)
    assert (found.helped, found.waiting, [one.slug for one in found.callers]) == (True, (), [OSH])


def test_who_may_not(house: House, osh: Actor) -> None:
    with pytest.raises(Forbidden):
        help_desk.open_help_desk(house, add_actor(house, "anna", AccountRole.INTERPRETER))
    with pytest.raises(Forbidden):
        help_desk.look_at_help_desk(house, osh)


def test_it_stands_in_no_list_and_takes_nothing(house: House, osh: Actor, desk: Actor) -> None:
    planner = organiser(house)
    before = sessions.book_session(house, planner, plan("big-hall", OSH, starts_at=house.clock.now() + timedelta(hours=1)))
    help_desk.open_help_desk(house, osh)
    for reader in (osh, desk, planner):
        assert [one.id for one in sessions.list_sessions(house, reader).items] == [before.id]
    after = sessions.book_session(house, planner, plan(OSH, starts_at=house.clock.now() + timedelta(minutes=5), duration_minutes=30))
    assert int(after.number.split("-")[1]) == int(before.number.split("-")[1]) + 1, "its number counts apart"
    with house.db.read() as db:
        assert db.scalar(select(func.count()).select_from(t.Booking).where(t.Booking.session_id.not_in([before.id, after.id]))) == 0
        assert len(capacity.loads_of(db, house, before_period(before))) == 2
    assert {one.verdict.state for one in network_states(house, desk)} == {PointState.UNCHECKED}
    with pytest.raises(Invalid):
        sessions.book_session(house, planner, plan(OSH, kind=HELP_DESK, starts_at=house.clock.now() + timedelta(days=2)))


def before_period(view: sessions.SessionView) -> capacity.Period:
    return capacity.Period(view.starts_at - timedelta(hours=1), view.ends_at)


def test_it_closes_when_it_has_stood_empty_and_begins_anew(house: House, clock: FixedClock, osh: Actor, desk: Actor) -> None:
    room = help_desk.open_help_desk(house, osh)
    come_in(house, room, osh, RoomRole.POINT, OSH)
    clock.advance(60)
    with house.db.write() as db:
        presence.close_all(db, room, house.clock.now())
    lifecycle.run_clock(house)
    clock.advance(11 * 60)
    lifecycle.run_clock(house)
    assert not help_desk.is_help_desk(house, room)
    again = help_desk.open_help_desk(house, osh)
    assert again != room
    lifecycle.close_session(house, desk, again)
    with pytest.raises(IllegalState):
        join.issue_token(house, osh, again, point=OSH)


def test_a_rooms_pc_enters(house: House, desk: Actor) -> None:
    key = room_devices.new_key()
    room_devices.pair(house, desk, OSH, room_devices.show_code(house, key).code, "Meeting room")
    device = room_devices.device_of(house, key)
    assert device is not None
    room = help_desk.open_for_pc(house, device)
    claims = join.check_token(house, str(help_desk.pc_token(house, device, room)["token"]))
    assert (claims.point, claims.role, claims.session) == (OSH, "point", room)
