"""Higher sessions take the time of lower ones by an explicit act, on both databases: all or nothing, never a live one, all told once."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.displacement import Choice, DisplacedChanged, Fate, NotDisplaceable
from liaison.domain.errors import BookingConflict, Forbidden, PreconditionFailed
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.network import load_network
from liaison.notify.wording import word_facts
from liaison.services import booking_requests, displacement, lifecycle, sessions
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.series import Post
from tests.support.web import Browser
from web.app import create_app

HOUR = timedelta(hours=1)
URGENT = plan("osh-oblast", "big-hall", priority=3, title={"en": "Flood"})
WOMENS_DAY = TEN + timedelta(days=7)
FLOOD = {"title_en": "Flood", "kind": "government", "date": "2027-03-01", "time": "10:00", "minutes": "60", "priority": "3",
         "points": ["osh-oblast"]}
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


def _reasons(house: House, session_id: str) -> set[str]:
    """What the letters that wait say of why the session changed."""
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.session_id == session_id, t.Outbox.status == "pending",
                                                 t.Outbox.kind.in_(("update", "invitation", "cancellation"))))
        return {row.payload.get("reason", "") for row in rows}


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
    Post(house).sent()
    made = displacement.displace(house, booker, URGENT, {
        moved.id: Choice(Fate.MOVE, TEN + HOUR), dropped.id: DROP, gone.id: CANCEL}, "Flood in the valley")
    assert _held(house) == {made.number: {"osh-oblast 04", "big-hall 04"}, moved.number: {"osh-oblast 05"},
                            dropped.number: {"talas-oblast 04"}}
    after = {view.id: sessions.get_session(house, booker, view.id) for view in (moved, dropped, gone)}
    assert [after[view.id].status for view in (moved, dropped, gone)] == ["confirmed", "confirmed", "cancelled"]
    assert after[gone.id].cancel_reason == "Flood in the valley"
    assert max(_letters(house, moved.id).values()) == 1
    assert _reasons(house, moved.id) == _reasons(house, dropped.id) == {"Flood in the valley"}
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


def test_a_session_that_is_moved_or_made_longer_displaces_as_in_booking(house: House, booker: Actor) -> None:
    high = _book(house, booker, "osh-oblast", "big-hall", starts_at=TEN - HOUR, priority=3)
    lower, later = _book(house, booker, "talas-oblast", "osh-oblast"), _book(house, booker, "big-hall", starts_at=TEN + HOUR)
    Post(house).sent()
    longer: dict[str, Any] = {"duration_minutes": 121}
    with pytest.raises(BookingConflict):
        sessions.change_session(house, booker, high.id, longer)
    found = displacement.find_displaced_by_change(house, booker, high.id, longer)
    assert [(one.session.id, one.points, one.may_drop) for one in found] == [
        (lower.id, ("osh-oblast",), True), (later.id, ("big-hall",), False)]
    choices = {lower.id: DROP, later.id: Choice(Fate.MOVE, TEN + 2 * HOUR)}
    with pytest.raises(PreconditionFailed):
        displacement.displace_by_change(house, booker, high.id, longer, choices, "Flood", expected_version=9)
    made = displacement.displace_by_change(house, booker, high.id, longer, choices, "Flood", expected_version=high.version)
    assert (made.id, made.duration_minutes) == (high.id, 121)
    assert _held(house) == {high.number: {"osh-oblast 03", "big-hall 03"}, lower.number: {"talas-oblast 04"}, later.number: {"big-hall 06"}}
    assert _reasons(house, lower.id) == _reasons(house, later.id) == {"Flood"}
    assert _reasons(house, high.id) == {""}
    sessions.change_session(house, booker, later.id, {"title": {"en": "Later"}})  # told with what waits already
    assert _reasons(house, later.id) == {"Flood"}
    moved = displacement.displace_by_change(house, booker, high.id, {"starts_at": TEN + 2 * HOUR, "duration_minutes": 60},
                                            {later.id: CANCEL}, "Flood again")
    assert moved.starts_at == TEN + 2 * HOUR
    assert sessions.get_session(house, booker, later.id).cancel_reason == "Flood again"


def test_a_live_session_made_longer_takes_only_what_is_to_come(house: House, booker: Actor, clock: FixedClock) -> None:
    high = _book(house, booker, "osh-oblast", priority=3)
    over, lower = _book(house, booker, "big-hall", duration_minutes=10), _book(house, booker, "big-hall", starts_at=TEN + HOUR)
    clock.advance(4800)
    lifecycle.open_session(house, booker, high.id)
    changes = {"points": ("osh-oblast", "big-hall"), "duration_minutes": 90}
    assert [one.session.id for one in displacement.find_displaced_by_change(house, booker, high.id, changes)] == [lower.id]
    made = displacement.displace_by_change(house, booker, high.id, changes, {lower.id: CANCEL}, "Flood")
    assert (made.status, len(made.points)) == ("live", 2)
    assert sessions.get_session(house, booker, over.id).status == "confirmed"


def test_the_edit_form_leads_to_displacing(house: House, booker: Actor) -> None:
    high, lower = _book(house, booker, "osh-oblast", priority=3), _book(house, booker, "osh-oblast", starts_at=TEN + HOUR)
    desk = Browser(create_app(house), house).become(booker.user_id)
    form = FLOOD | {"minutes": "90", "version": str(high.version), "session_id": high.id, "scope": "this"}
    refused = desk.post(f"/sessions/{high.id}/edit", form)
    assert (refused.status_code, 'formaction="/sessions/displace"' in refused.text) == (422, True)
    page = desk.post("/sessions/displace", form)
    assert (page.status_code, lower.number in page.text) == (200, True)
    done = desk.post("/sessions/displace/confirm", {
        "kept": _kept(page.text), "session_id": high.id, "version": str(high.version), "displaced": [lower.id],
        f"fate-{lower.id}": "cancel", "reason": "Flood"})
    assert (done.status_code, done.location) == (303, f"/sessions/{high.id}")
    assert sessions.get_session(house, booker, lower.id).cancel_reason == "Flood"


def test_a_request_is_approved_by_displacing(house: House, booker: Actor) -> None:
    """In one act: all of it or nothing, and the officer hears that the request is approved."""
    officer = add_actor(house, "second", AccountRole.OFFICER, "osh-oblast", email="second@example.org")
    asked = booking_requests.ask_for_session(house, officer, plan("osh-oblast", title={"en": "Flood"}), "Urgent")
    lower = _book(house, booker, "osh-oblast")
    desk = Browser(create_app(house), house).become(booker.user_id)
    form = FLOOD | {"request_id": asked.id, "request_note": "In time"}
    assert 'formaction="/sessions/displace"' in desk.post("/sessions/new", form).text
    page = desk.post("/sessions/displace", form)
    sent = {"kept": _kept(page.text), "request_id": asked.id, "request_note": "In time", "displaced": [lower.id], "reason": "Flood"}
    assert desk.post("/sessions/displace/confirm", sent | {f"fate-{lower.id}": "move:2027-03-01T10:30:00+06:00"}).status_code == 409
    assert booking_requests.get_request(house, booker, asked.id).state == "asked"
    done = desk.post("/sessions/displace/confirm", sent | {f"fate-{lower.id}": "cancel"})
    view = booking_requests.get_request(house, booker, asked.id)
    assert (done.status_code, view.state, view.answer, done.location) == (303, "booked", "In time", f"/sessions/{view.session_id}")
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.kind == "request_notice", t.Outbox.user_id == officer.user_id))
        assert [row.payload["what"] for row in rows] == ["approved"]


def test_a_holiday_is_confirmed_where_others_are_displaced(house: House, booker: Actor) -> None:
    """Said before it is refused; the tick taken back is taken back."""
    lower = _book(house, booker, "osh-oblast", starts_at=WOMENS_DAY)
    desk = Browser(create_app(house), house).become(booker.user_id)
    page = desk.post("/sessions/displace", FLOOD | {"date": "2027-03-08", "confirm": ["holiday"]})
    assert re.search(r'name="confirm" value="holiday" checked', page.text)
    sent = {"kept": _kept(page.text), "displaced": [lower.id], f"fate-{lower.id}": "cancel"}
    refused = desk.post("/sessions/displace/confirm", sent)
    assert (refused.status_code, "is a holiday" in refused.text, 'value="holiday" checked' in refused.text) == (409, True, False)
    assert sessions.get_session(house, booker, lower.id).status == "confirmed"
    assert desk.post("/sessions/displace/confirm", sent | {"kept": _kept(refused.text), "confirm": ["holiday"]}).status_code == 303


def test_a_date_of_a_series_is_confirmed_or_left_out_where_others_are_displaced(house: House, booker: Actor) -> None:
    lower = _book(house, booker, "osh-oblast", starts_at=WOMENS_DAY)
    desk = Browser(create_app(house), house).become(booker.user_id)
    page = desk.post("/sessions/displace", FLOOD | {"repeat": "weekly", "repeat_end": "count", "repeat_count": "2"})
    sent = {"kept": _kept(page.text), "displaced": [lower.id], f"dates-{lower.id}": "2027-03-08", f"fate-{lower.id}": "cancel"}
    refused = desk.post("/sessions/displace/confirm", sent)
    assert (refused.status_code, 'name="confirm" value="holiday"' in refused.text, 'name="leave_out"' in refused.text) == (409, True, True)
    done = desk.post("/sessions/displace/confirm", sent | {"confirm": ["holiday"]})
    assert (done.status_code, sessions.get_session(house, booker, lower.id).status) == (303, "cancelled")


def _kept(page: str) -> str:
    """The booking form as the page carries it."""
    found = re.search(r'name="kept" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize("fate", list(Fate))
def test_whoever_booked_the_lower_session_hears_of_it(house: House, booker: Actor, fate: Fate) -> None:
    """Unless they did it themselves, or hear of it as the chair."""
    other = add_actor(house, "other", AccountRole.ORGANISER, email="other@example.org")
    chair = add_actor(house, "chair", AccountRole.ORGANISER, email="chair@example.org")
    conducted = _book(house, other, "talas-oblast", "osh-oblast", chair_user=str(chair.user_id))
    displacement.displace(house, booker, URGENT, {conducted.id: Choice(fate, TEN + HOUR if fate is Fate.MOVE else None)}, "Flood")
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.kind == "request_notice")).all()
        assert [row.user_id for row in rows] == [other.user_id]
        told = rows[0].payload
        assert (told["what"], told["fate"], told["reason"], "before" in told) == ("displaced", fate, "Flood", fate is Fate.MOVE)
    post = Post(house)
    post.sent()
    word_facts(next(letter for letter in post.letters if letter.kind == "request_notice"), load_network(), "https://sessions.example.org")
    own = _book(house, booker, "chuy-oblast", chair_user=str(chair.user_id), starts_at=TEN + 3 * HOUR)
    displacement.displace(house, booker, plan("chuy-oblast", priority=3, starts_at=TEN + 3 * HOUR), {own.id: CANCEL})
    with house.db.read() as db:
        assert len(db.scalars(select(t.Outbox).where(t.Outbox.kind == "request_notice")).all()) == 1
