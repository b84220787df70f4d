"""Rooms a quarter of an hour before a session: their PCs look at themselves, the office sees who is ready and may ask again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from liaison.domain.actor import Actor
from liaison.domain.booking import Period
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, Invalid, NotFound
from liaison.domain.point_states import PointState
from liaison.domain.readiness import Readiness, State
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import desk as office
from liaison.services import invitations, maintenance, readiness, room_devices, room_pc, sessions
from liaison.services.network_states import network_states
from liaison.services.room_devices import Device
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

OSH, TALAS = "osh-oblast", "talas-oblast"


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def desk(house: House, planner: Actor) -> Actor:
    return add_actor(house, "desk", AccountRole.OPERATOR)


@pytest.fixture
def device(house: House, desk: Actor) -> Device:
    return paired(house, desk, OSH)[1]


@pytest.fixture
def session(house: House, planner: Actor) -> str:
    starts_at = house.clock.now() + timedelta(minutes=20)
    return sessions.book_session(house, planner, plan("big-hall", OSH, TALAS, starts_at=starts_at)).id


def paired(house: House, desk: Actor, slug: str) -> tuple[str, Device]:
    key = room_devices.new_key()
    room_devices.pair(house, desk, slug, room_devices.show_code(house, key).code, "Meeting room")
    found = room_devices.device_of(house, key)
    assert found is not None
    return key, found


def due(house: House, device: Device) -> str | None:
    return readiness.check_due(house, device, room_pc.waiting(house, device))


def states(house: House, desk: Actor, session: str) -> dict[str, State]:
    return {row.slug: row.state for row in readiness.board(house, desk, session)}


def test_a_pc_looks_at_itself_a_quarter_of_an_hour_before(house: House, clock: FixedClock, device: Device, session: str) -> None:
    assert due(house, device) is None
    clock.advance(5 * 60)
    assert due(house, device) == session
    readiness.report(house, device, session, [])
    assert due(house, device) is None
    clock.advance(5 * 60)
    assert due(house, device) == session


def test_whoever_declined_is_not_looked_at(house: House, clock: FixedClock, planner: Actor, device: Device, session: str) -> None:
    invitations.answer_invitation(house, planner, session, OSH, "declined", "No power")
    clock.advance(10 * 60)
    assert due(house, device) is None


def test_the_board_says_who_is_ready_and_who_is_not(
        house: House, clock: FixedClock, desk: Actor, device: Device, session: str) -> None:
    _, other = paired(house, desk, TALAS)
    assert states(house, desk, session) == {OSH: State.SILENT, TALAS: State.SILENT, "big-hall": State.NO_PC}
    clock.advance(10 * 60)
    readiness.report(house, device, session, ["microphone_none", "camera_busy", "camera_busy"])
    readiness.report(house, other, session, [])
    rows = readiness.board(house, desk, session)
    assert [(row.slug, row.state) for row in rows] == [(OSH, State.TROUBLE), ("big-hall", State.NO_PC), (TALAS, State.READY)]
    assert rows[0].readiness == Readiness(clock.now(), False, ("camera_busy", "microphone_none"))
    with house.db.read() as db:
        found = readiness.readiness_of(db, [session, "other"])
        assert (found[session][other.point_id].ready, found["other"], readiness.readiness_of(db, [])) == (True, {}, {})


def test_asked_again_it_looks_again_at_once(house: House, clock: FixedClock, desk: Actor, device: Device, session: str) -> None:
    clock.advance(10 * 60)
    readiness.report(house, device, session, ["network_slow"])
    clock.advance(10)
    assert due(house, device) is None
    readiness.ask_again(house, desk, session)
    assert due(house, device) == session
    clock.advance(1)
    readiness.report(house, device, session, [])
    assert due(house, device) is None
    assert states(house, desk, session)[OSH] is State.READY


def test_what_is_refused(house: House, planner: Actor, desk: Actor, device: Device, session: str) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, OSH)
    for act in (readiness.board, readiness.ask_again):
        with pytest.raises(Forbidden):
            act(house, officer, session)
        with pytest.raises(NotFound):
            act(house, desk, "x")
    with pytest.raises(Invalid):
        readiness.report(house, device, session, ["on_fire"])
    foreign = sessions.book_session(house, planner, plan("naryn-oblast")).id
    for unknown in (foreign, "x"):
        with pytest.raises(NotFound):
            readiness.report(house, device, unknown, [])
    sessions.cancel_session(house, planner, session)
    with pytest.raises(IllegalState):
        readiness.report(house, device, session, [])
    with pytest.raises(IllegalState):
        readiness.ask_again(house, desk, session)


def test_from_the_pc_to_the_board(house: House, clock: FixedClock, desk: Actor, session: str) -> None:
    app = create_app(house)
    pc, office = Browser(app, house), Browser(app, house).become(desk.user_id)
    key, _ = paired(house, desk, OSH)
    pc.client.set_cookie("room_pc", key, path="/room-pc")
    assert pc.get("/room-pc/state").json["check"] is None
    clock.advance(6 * 60)
    address = pc.get("/room-pc/state").json["check"]
    assert address == f"/room-pc/session/{session}/ready"
    assert pc.post(address, {"reasons": "on_fire"}, headers={"Accept": "application/json"}).status_code == 422
    assert pc.post(address, {"reasons": ["camera_none"]}, csrf=False).status_code == 400
    assert pc.post(address, {"reasons": ["camera_none", "network_slow"]}).json == {"kept": True}
    assert pc.get("/room-pc/state").json["check"] is None
    page = sentences(office.get(f"/sessions/{session}/readiness"))
    assert "Not ready: 1" in page and "The server answers the PC late." in page and "No room PC: 2" in page
    assert office.post(f"/sessions/{session}/readiness/again").status_code == 303


def on_the_map(house: House, actor: Actor, slug: str) -> PointState:
    return next(one.verdict.state for one in network_states(house, actor) if one.point.slug == slug)


def test_map_and_office_know_who_is_ready(house: House, clock: FixedClock, desk: Actor, device: Device, session: str) -> None:
    assert office.look_at_desk(house, desk).today[0].readiness is None, "it begins in twenty minutes"
    clock.advance(6 * 60)
    assert office.look_at_desk(house, desk).today[0].readiness == {State.SILENT: 1, State.NO_PC: 2}
    readiness.report(house, device, session, [])
    assert on_the_map(house, desk, OSH) is PointState.READY
    assert office.look_at_desk(house, desk).today[0].readiness == {State.READY: 1, State.NO_PC: 2}
    readiness.report(house, device, session, ["microphone_none"])
    assert on_the_map(house, desk, OSH) is PointState.TROUBLE
    clock.advance(11 * 60)
    assert on_the_map(house, desk, OSH) is PointState.UNCHECKED, "a PC that has fallen silent vouches for nothing"


def test_a_point_that_is_worked_on_is_not_looked_at(house: House, clock: FixedClock, desk: Actor, device: Device, session: str) -> None:
    clock.advance(6 * 60)
    readiness.report(house, device, session, ["camera_none"])
    assert on_the_map(house, desk, OSH) is PointState.TROUBLE
    clock.advance(6 * 60)
    now = house.clock.now()
    work = maintenance.add_maintenance(house, desk, OSH, Period(now, now + timedelta(hours=1)), "A new camera")
    assert due(house, device) is None
    assert states(house, desk, session)[OSH] is State.MAINTENANCE
    assert on_the_map(house, desk, OSH) is PointState.MAINTENANCE
    clock.advance(1)
    maintenance.end_maintenance(house, desk, work.id)
    assert due(house, device) == session
