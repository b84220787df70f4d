"""A rehearsal: the booking's room with bots in it, and no trace of it anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from liaison.domain.actor import SYSTEM
from liaison.domain.capacity import CapacityExceeded
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import chase, help_desk, housekeeping, join, lifecycle, network_states, rehearsals, sessions
from liaison.services.session_lists import list_sessions
from liaison.services.settings import change_settings
from liaison.store import tables as t
from tests.support.live_room import LiveRoom, RoomClient, until
from tests.support.people import add_actor, plan
from tests.support.web import Browser


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    yield room
    room.stop()


def begin(live: LiveRoom) -> str:
    """A rehearsal of the room's session; whoever enters the room enters the rehearsal from now on."""
    live.session = rehearsals.start_rehearsal(live.house, live.planner, live.session)
    return live.session


def bots_of(client: RoomClient) -> set[str]:
    return {peer["point"] for peer in client.snapshot["peers"].values() if peer["via"] == "bot"}


def test_bots_sit_in_the_rehearsal_and_take_part(live: LiveRoom) -> None:
    begin(live)
    chair = live.enter("chair", "big-hall")
    assert chair.snapshot["phase"] == "live" and chair.snapshot["session"]["kind"] == "rehearsal"
    assert [point["slug"] for point in chair.snapshot["session"]["points"]] == ["big-hall", "osh-oblast", "alay-district"]
    until(lambda: bots_of(chair) == {"osh-oblast", "alay-district"}, "bots for the points that are absent")
    assert chair.command("grant_floor", peer="bot-osh-oblast")["ok"]
    until(lambda: chair.snapshot["peers"]["bot-osh-oblast"]["microphone"], "it speaks")
    assert chair.command("start_vote", title="Бюджет", kind="roll_call", unit="point", majority="simple")["ok"]
    assert chair.command("call_voter", voter="alay-district")["ok"]
    until(lambda: chair.snapshot["vote"]["voted"] == ["alay-district"], "its vote")
    osh = live.enter()
    until(lambda: bots_of(chair) == {"alay-district"}, "the bot makes place")
    assert osh.command("set_bots", mood="none")["error"]["code"] == "forbidden"
    assert chair.command("set_bots", mood="none")["ok"]
    until(lambda: bots_of(chair) == set(), "no bots")
    live.service.keeper.remove_ghosts()
    assert osh.peer in chair.snapshot["peers"]


def test_bots_are_no_ghosts(live: LiveRoom, clock: FixedClock) -> None:
    begin(live)
    chair = live.enter("chair", "big-hall")
    until(lambda: len(bots_of(chair)) == 2, "bots")
    clock.advance(60)
    live.alive(chair)
    live.service.keeper.remove_ghosts()
    assert len(bots_of(chair)) == 2 and chair.events("peer_left") == []


def counted(house: House) -> dict[str, int]:
    with house.db.read() as db:
        kinds = (t.Booking, t.Invitation, t.Outbox)
        return {kind.__tablename__: db.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds}


def test_nothing_outside_the_room_knows_of_it(live: LiveRoom, house: House) -> None:
    before, booked = counted(house), live.session
    listed = [item.id for item in list_sessions(house, live.planner).items]
    begin(live)
    assert counted(house) == before
    assert [item.id for item in list_sessions(house, live.planner).items] == listed == [booked]
    chase.chase_answers(house)
    lifecycle.run_clock(house)
    assert counted(house) == before
    chair = live.enter("chair", "big-hall")
    until(lambda: len(bots_of(chair)) == 2, "bots")
    live.enter()  # somebody of Osh sits in it
    states = {status.point.slug: status for status in network_states.network_states(house, live.planner)}
    assert states["osh-oblast"].live is None and states["osh-oblast"].verdict.state != "session"
    with pytest.raises(IllegalState):
        sessions.change_session(house, live.planner, live.session, {"public": True})
    with pytest.raises(IllegalState):
        sessions.cancel_session(house, live.planner, live.session)


def test_it_is_removed_by_its_button_and_by_itself(live: LiveRoom, house: House, clock: FixedClock) -> None:
    booked = live.session
    browser = Browser(live.app, house).become(live.planner.user_id)
    assert "/room/" in browser.post(f"/sessions/{booked}/rehearsal", {}).headers["Location"]
    (made,) = rehearsals.rehearsals_of(house, booked)
    assert browser.get(f"/sessions/{made.id}").headers["Location"].endswith(f"/sessions/{booked}")
    live.session = made.id
    chair = live.enter("chair", "big-hall")
    assert f"/rehearsals/{made.id}/remove" in browser.get(f"/sessions/{booked}").text
    assert browser.post(f"/rehearsals/{made.id}/remove", {}).status_code == 303
    assert chair.wait_told("bye") == {"reason": "ended"}
    assert rehearsals.rehearsals_of(house, booked) == []
    with house.db.read() as db:
        for kind in (t.RoomEvent, t.Room, t.Presence):
            assert db.scalar(select(func.count()).select_from(kind).where(kind.session_id == made.id)) == 0
    again = rehearsals.start_rehearsal(house, live.planner, booked)
    assert housekeeping.clean_up(house)["rehearsals"] == 0
    clock.advance(rehearsals.KEPT.total_seconds() + 1)
    assert housekeeping.clean_up(house)["rehearsals"] == 1
    with pytest.raises(NotFound):
        sessions.get_session(house, live.planner, again)


def test_other_processes_end_its_pages_too(live: LiveRoom) -> None:
    begin(live)
    other = live.second_process()
    try:
        chair = other.enter("chair", "big-hall")
        rehearsals.end_rehearsal(live.house, live.planner, live.session)
        rehearsals.remove_rehearsal(live.house, live.planner, live.session)
        assert chair.wait_told("bye")["reason"] == "ended"
    finally:
        other.stop()


def test_who_may_start_it_and_what_else_stands_in_its_way(live: LiveRoom, house: House) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    presiding = add_actor(house, "hall", AccountRole.OFFICER, "big-hall")
    booked = sessions.book_session(house, live.planner, plan(
        "big-hall", "osh-oblast", starts_at=house.clock.now() + timedelta(hours=5), chair_user="hall")).id
    with pytest.raises(Forbidden):
        rehearsals.start_rehearsal(house, officer, booked)
    made = rehearsals.start_rehearsal(house, presiding, booked)
    assert rehearsals.start_rehearsal(house, live.planner, booked) == made
    with pytest.raises(IllegalState):
        rehearsals.start_rehearsal(house, live.planner, made)
    with pytest.raises(IllegalState):
        rehearsals.remove_rehearsal(house, presiding, made)
    with pytest.raises(NotFound):
        rehearsals.remove_rehearsal(house, live.planner, booked)
    with pytest.raises(NotFound):
        rehearsals.end_rehearsal(house, live.planner, help_desk.open_help_desk(house, live.planner))
    assert {way.role for way in join.ways_in(house, officer, made)} == {"point", "watcher"}
    assert join.ways_in(house, live.planner, made)[0].role == "chair"
    lifecycle.close_session(house, presiding, made)
    lifecycle.open_session(house, live.planner, live.session)
    with pytest.raises(IllegalState):
        rehearsals.start_rehearsal(house, live.planner, live.session)


def test_a_full_server_is_said(live: LiveRoom, house: House) -> None:
    sessions.book_session(house, live.planner, plan(
        "naryn-oblast", "talas-oblast", "batken-oblast", starts_at=house.clock.now() + timedelta(minutes=15), duration_minutes=30))
    change_settings(house, SYSTEM, {"video_ports": 3})
    with pytest.raises(CapacityExceeded) as refused:
        rehearsals.start_rehearsal(house, live.planner, live.session)
    assert (refused.value.details["capacity"], refused.value.details["taken"]) == (3, 3)
    change_settings(house, SYSTEM, {"video_ports": 4})
    assert rehearsals.start_rehearsal(house, live.planner, live.session)
