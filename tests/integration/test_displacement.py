"""Higher sessions take the time of lower ones by an explicit act, on both databases: all or nothing, never a live one, all told once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.displacement import Choice, DisplacedChanged, Fate, NotDisplaceable
from liaison.domain.errors import BookingConflict, Forbidden
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import displacement, lifecycle, sessions
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan

HOUR = timedelta(hours=1)
URGENT = plan("osh-oblast", "big-hall", priority=3, title={"en": "Flood"})
CANCEL, DROP = Choice(Fate.CANCEL), Choice(Fate.DROP)


@pytest.fixture
def booker(house: House) -> Actor:
    booker = organiser(house)
    for name in ("osh", "talas", "hall"):
        add_actor(house, name, AccountRole.OFFICER, "big-hall" if name == "hall" else f"{name}-oblast", email=f"{name}@example.org")
    return booker


def _book(house: House, booker: Actor, *points: str, **fields: Any) -> SessionView:
    return sessions.book_session(house, booker, plan(*points, **fields))


def _held(house: House) -> dict[str, set[str]]:
    """Session number → "slug hour" of what it holds."""
    with house.db.read() as db:
        rows = db.execute(select(t.Session, t.Point.slug, t.Booking.starts_at).join(t.Booking, t.Booking.session_id == t.Session.id)
                          .join(t.Point, t.Point.id == t.Booking.point_id).where(t.Booking.active))
        found: dict[str, set[str]] = {}
        for session, slug, starts_at in rows:
            found.setdefault(session.number, set()).add(f"{slug} {starts_at:%H}")
        return found


def _letters(house: House, session_id: str) -> Counter[tuple[str, str]]:
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.session_id == session_id, t.Outbox.status == "pending",
                                                 t.Outbox.kind != "reminder"))
        return Counter((row.kind, row.address) for row in rows)


def test_who_is_in_the_way_and_where_each_could_go(house: House, booker: Actor) -> None:
    lower = _book(house, booker, "talas-oblast", "osh-oblast")
    alone = _book(house, booker, "big-hall", starts_at=TEN + HOUR / 2)
    found = displacement.find_displaced(house, booker, URGENT)
    assert [(one.session.id, one.points, one.displaceable, one.may_drop) for one in found] == [
        (lower.id, ("osh-oblast",), True, True), (alone.id, ("big-hall",), True, False)]
    assert [start.isoformat() for start in found[0].starts] == [  # right after it, then at the same hour; the 8th is a holiday
        "2027-03-01T11:00:00+06:00", "2027-03-02T10:00:00+06:00", "2027-03-03T10:00:00+06:00"]
    assert displacement.find_displaced(house, booker, plan("chuy-oblast")) == []


def test_all_happens_at_once_and_everybody_is_told_once(house: House, booker: Actor) -> None:
    moved, dropped, gone = (_book(house, booker, "osh-oblast", starts_at=TEN, duration_minutes=20),
                            _book(house, booker, "talas-oblast", "osh-oblast", starts_at=TEN + timedelta(minutes=20), duration_minutes=20),
                            _book(house, booker, "big-hall", starts_at=TEN + timedelta(minutes=40), duration_minutes=20))
    made = displacement.displace(house, booker, URGENT, {
        moved.id: Choice(Fate.MOVE, TEN + HOUR), dropped.id: DROP, gone.id: CANCEL}, "Flood in the valley")
    assert _held(house) == {made.number: {"osh-oblast 04", "big-hall 04"}, moved.number: {"osh-oblast 05"},
                            dropped.number: {"talas-oblast 04"}}
    after = {view.id: sessions.get_session(house, booker, view.id) for view in (moved, dropped, gone)}
    assert [after[view.id].status for view in (moved, dropped, gone)] == ["confirmed", "confirmed", "cancelled"]
    assert after[gone.id].cancel_reason == "Flood in the valley"
    assert max(_letters(house, moved.id).values()) == 1
    assert _letters(house, made.id) == {("invitation", "osh@example.org"): 1, ("invitation", "hall@example.org"): 1}
    with house.db.read() as db:
        displaced = db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "session.displaced")).all()
        assert {event.object_id: (event.after or {})["fate"] for event in displaced} == {
            moved.id: "move", dropped.id: "drop", gone.id: "cancel"}
        assert all((event.after or {})["by"] == made.number for event in displaced)


@pytest.mark.parametrize("priority", [2, 3])
def test_equals_are_not_displaced(house: House, booker: Actor, priority: int) -> None:
    equal = _book(house, booker, "osh-oblast", priority=priority)
    with pytest.raises(NotDisplaceable) as refused:
        displacement.displace(house, booker, plan("osh-oblast", priority=2), {equal.id: CANCEL})
    assert refused.value.details["sessions"] == [equal.id]
    assert sessions.get_session(house, booker, equal.id) == equal


def test_live_sessions_are_never_displaced(house: House, booker: Actor, clock: FixedClock) -> None:
    live = _book(house, booker, "osh-oblast", starts_at=TEN - HOUR / 2)
    clock.advance(1800)
    lifecycle.open_session(house, booker, live.id)
    assert [one.displaceable for one in displacement.find_displaced(house, booker, URGENT)] == [False]
    with pytest.raises(NotDisplaceable):
        displacement.displace(house, booker, URGENT, {live.id: CANCEL})


def test_choices_must_be_about_what_is_in_the_way_now(house: House, booker: Actor) -> None:
    lower, other = _book(house, booker, "osh-oblast"), _book(house, booker, "talas-oblast")
    for choices in ({}, {lower.id: CANCEL, other.id: CANCEL}, {other.id: CANCEL}, {lower.id: DROP}):
        with pytest.raises(DisplacedChanged):
            displacement.displace(house, booker, URGENT, choices)
    assert len(_held(house)) == 2


@pytest.mark.parametrize("where", ["into the new one", "into another"])
def test_a_move_that_does_not_fit_leaves_everything_as_it_was(house: House, booker: Actor, where: str) -> None:
    first, lower = _book(house, booker, "big-hall"), _book(house, booker, "osh-oblast")
    _book(house, booker, "osh-oblast", starts_at=TEN + 2 * HOUR, priority=1)
    before = _held(house)
    starts_at = TEN + HOUR / 2 if where == "into the new one" else TEN + 2 * HOUR
    with pytest.raises(BookingConflict):
        displacement.displace(house, booker, URGENT, {first.id: CANCEL, lower.id: Choice(Fate.MOVE, starts_at)})
    assert _held(house) == before
    assert sessions.get_session(house, booker, first.id).status == "confirmed"
    assert not any(kind in ("update", "cancellation") for kind, _address in _letters(house, lower.id) + _letters(house, first.id))


def test_only_the_office_displaces(house: House, booker: Actor) -> None:
    lower = _book(house, booker, "osh-oblast")
    officer = add_actor(house, "second", AccountRole.OFFICER, "osh-oblast")
    for act in (lambda: displacement.find_displaced(house, officer, URGENT),
                lambda: displacement.displace(house, officer, URGENT, {lower.id: CANCEL})):
        with pytest.raises(Forbidden):
            act()
