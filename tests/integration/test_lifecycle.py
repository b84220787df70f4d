"""A session's life by the clock and by its chair, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import BookingConflict, Forbidden, IllegalState, Invalid
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.ids import new_id
from liaison.services import lifecycle, presence, room_log, sessions
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan

Enter = Callable[..., str]


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def enter(house: House) -> Enter:
    def do(session_id: str, slug: str = "osh-oblast", role: str = "point", via: str = "browser") -> str:
        peer = new_id()
        with house.db.write() as db:
            point = db.scalars(select(t.Point).where(t.Point.slug == slug)).one()
            presence.open_presence(db, session_id=session_id, peer_id=peer, point_id=point.id, user_id=None, name=slug,
                                   role=role, via=via, at=house.clock.now())
        return peer
    return do


def leave(house: House, peer: str) -> None:
    with house.db.write() as db:
        presence.close_presence(db, peer, house.clock.now(), "left")


def go_to(house: House, clock: FixedClock, minutes: float) -> lifecycle.ClockReport:
    """The clock at so many minutes after ten."""
    clock.at = TEN + timedelta(minutes=minutes)
    return lifecycle.run_clock(house)


def events(house: House, session_id: str) -> list[tuple[str, dict[str, object]]]:
    with house.db.read() as db:
        return [(e.type, e.data) for e in room_log.events_after(db, session_id, 0)]


def ends(house: House, session_id: str) -> dict[str, str]:
    with house.db.read() as db:
        rows = db.execute(select(t.Point.slug, t.Booking.ends_at).join(t.Point, t.Point.id == t.Booking.point_id)
                          .where(t.Booking.session_id == session_id, t.Booking.active))
        return {slug: f"{ends_at:%H:%M}" for slug, ends_at in rows}


def test_the_clock_opens_and_closes(house: House, booker: Actor, clock: FixedClock, enter: Enter) -> None:
    made = sessions.book_session(house, booker, plan("osh-oblast", "big-hall"))
    assert go_to(house, clock, -1).opened == []
    assert go_to(house, clock, 0).opened == [made.id]
    assert go_to(house, clock, 0).opened == []
    live = sessions.get_session(house, booker, made.id)
    assert (live.status, live.opened_at) == ("live", TEN)
    peer = enter(made.id)
    assert go_to(house, clock, 59) == lifecycle.ClockReport()
    leave(house, peer)
    assert go_to(house, clock, 59.1) == lifecycle.ClockReport()
    assert go_to(house, clock, 60).closed == [made.id]
    ended = sessions.get_session(house, booker, made.id)
    assert (ended.status, ended.closed_at) == ("ended", TEN + timedelta(minutes=60))
    assert [(kind, data.get("reason")) for kind, data in events(house, made.id)] == [
        ("session_opened", None), ("session_closed", "plan")]


def test_nobody_is_cut_off(house: House, booker: Actor, clock: FixedClock, enter: Enter) -> None:
    made = sessions.book_session(house, booker, plan("osh-oblast", "big-hall"))
    go_to(house, clock, 0)
    peer = enter(made.id)
    assert go_to(house, clock, 60).extended == [made.id]
    assert go_to(house, clock, 61) == lifecycle.ClockReport()
    assert sessions.get_session(house, booker, made.id).planned_end == TEN + timedelta(minutes=65)
    assert ends(house, made.id) == {"osh-oblast": "05:05", "big-hall": "05:05"}
    with pytest.raises(BookingConflict):
        sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(minutes=62)))
    assert ("session_extended", {"ends_at": "2027-03-01T05:05:00Z", "minutes": 5}) in events(house, made.id)
    for minutes in range(65, 300, 5):
        assert go_to(house, clock, minutes).extended == [made.id]
    assert go_to(house, clock, 300).closed == [made.id]
    with house.db.read() as db:
        stay = presence.newest(db, peer)
        assert stay is not None
        assert stay.left_at is not None
    assert events(house, made.id)[-1] == ("session_closed", {"reason": "limit"})


def test_a_colliding_point_is_warned_and_nobody_ends_for_it(
    house: House, booker: Actor, clock: FixedClock, enter: Enter,
) -> None:
    made = sessions.book_session(house, booker, plan("osh-oblast", "big-hall"))
    following = sessions.book_session(house, booker, plan(
        "osh-oblast", starts_at=TEN + timedelta(minutes=62), title={"en": "Next"}))
    go_to(house, clock, 0)
    enter(made.id)
    given = [(minute, warning) for minute in (56, 57, 58, 60, 61, 61.5, 62, 63) for warning in go_to(house, clock, minute).warned]
    assert given == [(57, (made.id, "osh-oblast", 5)), (61, (made.id, "osh-oblast", 1)), (62, (made.id, "osh-oblast", 0))]
    assert ends(house, made.id) == {"osh-oblast": "05:02", "big-hall": "05:05"}
    warned = [data for kind, data in events(house, made.id) if kind == "collision_warned"]
    assert warned[0] == {"point": "osh-oblast", "session": following.id, "minutes": 5, "title": {"en": "Next"},
                         "starts_at": "2027-03-01T05:02:00Z"}
    assert sessions.get_session(house, booker, following.id).status == "live"
    assert sessions.get_session(house, booker, made.id).status == "live"
    go_to(house, clock, 65)
    assert ends(house, made.id) == {"osh-oblast": "05:02", "big-hall": "05:10"}


def test_an_emptied_session_closes_after_ten_minutes(house: House, booker: Actor, clock: FixedClock, enter: Enter) -> None:
    made = sessions.book_session(house, booker, plan())
    go_to(house, clock, 0)
    first = enter(made.id)
    enter(made.id, role="watcher")
    enter(made.id, role="chair", via="control")
    enter(made.id, via="wall")
    go_to(house, clock, 10)
    leave(house, first)
    go_to(house, clock, 11)
    second = enter(made.id)
    go_to(house, clock, 20)
    leave(house, second)
    go_to(house, clock, 20.5)
    assert go_to(house, clock, 30).closed == []
    assert go_to(house, clock, 30.5).closed == [made.id]
    assert ends(house, made.id) == {"big-hall": "04:30", "osh-oblast": "04:30"}
    assert events(house, made.id)[-1] == ("session_closed", {"reason": "empty"})


def test_a_session_that_nobody_joined_waits_for_latecomers(house: House, booker: Actor, clock: FixedClock) -> None:
    made = sessions.book_session(house, booker, plan())
    go_to(house, clock, 0)
    assert go_to(house, clock, 59.9).closed == []
    assert go_to(house, clock, 60).closed == [made.id]


def test_a_system_that_stood_still_opens_late_or_not_at_all(house: House, booker: Actor, clock: FixedClock, enter: Enter) -> None:
    missed = sessions.book_session(house, booker, plan("osh-oblast"))
    waiting = sessions.book_session(house, booker, plan("big-hall"))
    enter(waiting.id, "big-hall")
    report = go_to(house, clock, 200)
    assert (report.opened, report.closed, report.extended) == ([waiting.id], [missed.id], [])
    assert sessions.get_session(house, booker, missed.id).opened_at is None
    assert go_to(house, clock, 200.1).extended == [waiting.id]


def test_the_chair_opens_early_extends_and_ends(house: House, booker: Actor, clock: FixedClock) -> None:
    chair = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    other = add_actor(house, "hall", AccountRole.OFFICER, "big-hall")
    made = sessions.book_session(house, booker, plan(chair_user="osh", starts_at=TEN + timedelta(hours=1)))
    with pytest.raises(IllegalState):
        lifecycle.open_session(house, chair, made.id)
    clock.at = TEN
    for act in (lifecycle.open_session, lifecycle.close_session, lifecycle.extend_session):
        with pytest.raises(Forbidden):
            act(house, other, made.id)
    with pytest.raises(IllegalState):
        lifecycle.close_session(house, chair, made.id)
    opened = lifecycle.open_session(house, chair, made.id)
    assert (opened.status, opened.opened_at) == ("live", TEN)
    assert lifecycle.open_session(house, chair, made.id) == opened
    assert ends(house, made.id) == {"big-hall": "06:00", "osh-oblast": "06:00"}
    extended = lifecycle.extend_session(house, chair, made.id, 15)
    assert extended.extended_to == TEN + timedelta(minutes=135)
    assert ends(house, made.id) == {"big-hall": "06:15", "osh-oblast": "06:15"}
    for minutes in (0, 61):
        with pytest.raises(Invalid):
            lifecycle.extend_session(house, chair, made.id, minutes)
    clock.advance(60)
    ended = lifecycle.close_session(house, chair, made.id)
    assert (ended.status, ended.closed_at) == ("ended", TEN + timedelta(minutes=1))
    assert lifecycle.close_session(house, chair, made.id) == ended
    # it was ended before its planned start: it holds nothing any more
    assert ends(house, made.id) == {}
    with pytest.raises(IllegalState):
        lifecycle.extend_session(house, chair, made.id)


def test_a_live_session_may_change_but_not_move(house: House, booker: Actor, clock: FixedClock) -> None:
    made = sessions.book_session(house, booker, plan("osh-oblast", "big-hall"))
    go_to(house, clock, 10)
    with pytest.raises(IllegalState):
        sessions.change_session(house, booker, made.id, {"starts_at": TEN + timedelta(hours=1)})
    with pytest.raises(IllegalState):
        sessions.cancel_session(house, booker, made.id)
    with pytest.raises(Invalid):
        sessions.change_session(house, booker, made.id, {"duration_minutes": 5})
    changed = sessions.change_session(house, booker, made.id, {"duration_minutes": 90, "points": ("osh-oblast", "talas-oblast")})
    assert changed.planned_end == TEN + timedelta(minutes=90)
    assert ends(house, made.id) == {"osh-oblast": "05:30", "talas-oblast": "05:30", "big-hall": "04:10"}
    assert events(house, made.id)[-1][0] == "session_changed"


def test_outstanding_reminders_do_not_leave_after_the_end(house: House, booker: Actor, clock: FixedClock) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    made = sessions.book_session(house, booker, plan())
    lifecycle.open_session(house, booker, made.id)
    lifecycle.close_session(house, booker, made.id)
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.session_id == made.id, t.Outbox.kind == "reminder")).all()
    assert rows
    assert {row.status for row in rows} == {"skipped"}


def test_only_a_later_session_that_is_still_to_come_warns(
    house: House, booker: Actor, clock: FixedClock, enter: Enter,
) -> None:
    earlier = sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN - timedelta(minutes=5), duration_minutes=5))
    made = sessions.book_session(house, booker, plan("osh-oblast"))
    gone = sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(hours=1)))
    sessions.cancel_session(house, booker, gone.id)
    go_to(house, clock, -5)
    enter(earlier.id)
    assert go_to(house, clock, -5).warned == [(earlier.id, "osh-oblast", 5)]
    assert [session for session, *_rest in go_to(house, clock, 0).warned] == [earlier.id]
    enter(made.id)
    assert [warning for warning in go_to(house, clock, 60).warned if warning[0] == made.id] == []
