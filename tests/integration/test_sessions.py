"""Booking, changing and cancelling, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.agenda import entry
from liaison.domain.clock import FixedClock
from liaison.domain.errors import (
    BookingConflict,
    Forbidden,
    IllegalState,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unauthenticated,
)
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import invitations, room_log, sessions
from liaison.services.idempotency import KeyReused
from liaison.services.sessions import Once, SessionFilter
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


def _bookings(house: House, session_id: str) -> dict[str, tuple[str, str]]:
    with house.db.read() as db:
        rows = db.execute(select(t.Point.slug, t.Booking).join(t.Point, t.Point.id == t.Booking.point_id)
                          .where(t.Booking.session_id == session_id, t.Booking.active))
        return {slug: (f"{b.starts_at:%H:%M}", f"{b.ends_at:%H:%M}") for slug, b in rows}


def _audit(house: House) -> list[str]:
    with house.db.read() as db:
        return list(db.scalars(select(t.AuditEvent.action).order_by(t.AuditEvent.id)))


def _outbox(house: House, session_id: str) -> list[tuple[str, str, int]]:
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.session_id == session_id).order_by(t.Outbox.id))
        return [(row.kind, row.status, row.session_sequence) for row in rows]


def test_booking_makes_everything_at_once(house: House, booker: Actor) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    view = sessions.book_session(house, booker, plan(
        "big-hall", "osh-oblast", optional_points=("alay-district",), agenda=(entry("Opening", 5), entry({"en": "Report"}, 20)),
        deputy="osh"))
    assert (view.number, view.status, view.sequence, view.version) == ("2027-0001", "confirmed", 0, 1)
    assert [(p.slug, p.required, p.answer) for p in view.points] == [
        ("big-hall", True, "pending"), ("osh-oblast", True, "pending"), ("alay-district", False, "pending")]
    assert [(item.plain_or_texts, item.minutes) for item in view.agenda] == [("Opening", 5), ({"en": "Report"}, 20)]
    assert (view.chair_point, view.chair_user and view.chair_user.name) == ("big-hall", "planner")
    assert view.deputy is not None and view.deputy.id == officer.user_id
    assert _bookings(house, view.id) == dict.fromkeys(["big-hall", "osh-oblast", "alay-district"], ("04:00", "05:00"))
    assert ("invitation", "pending", 0) in _outbox(house, view.id)
    assert "session.booked" in _audit(house)
    assert sessions.get_session(house, booker, view.id) == view


def test_numbers_follow_each_other_within_the_year_of_the_networks_zone(house: House, booker: Actor) -> None:
    first = sessions.book_session(house, booker, plan("osh-oblast"))
    new_year = sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN.replace(month=12, day=31, hour=18)))
    second = sessions.book_session(house, booker, plan("big-hall"))
    # 18:00 UTC on New Year's Eve is midnight in Bishkek
    assert [s.number for s in (first, new_year, second)] == ["2027-0001", "2028-0001", "2027-0002"]


def test_a_taken_point_is_refused_with_the_holders_name(house: House, booker: Actor) -> None:
    held = sessions.book_session(house, booker, plan("osh-oblast", "alay-district"))
    with pytest.raises(BookingConflict) as caught:
        sessions.book_session(house, booker, plan("big-hall", "alay-district", "osh-oblast", starts_at=TEN + timedelta(minutes=59)))
    found = caught.value.details["conflicts"]
    assert [c["point"] for c in found] == ["alay-district", "osh-oblast"]
    assert found[0]["session"] == {"id": held.id, "number": held.number, "title": {"en": "Harvest report"},
                                   "starts_at": "2027-03-01T04:00:00Z", "ends_at": "2027-03-01T05:00:00Z"}
    assert "Harvest report" in str(caught.value)
    assert len(sessions.list_sessions(house, booker).items) == 1


def test_adjacent_sessions_fit(house: House, booker: Actor) -> None:
    sessions.book_session(house, booker, plan("osh-oblast"))
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(hours=1)))
    assert sessions.find_conflicts(house, booker, ["osh-oblast"], TEN + timedelta(hours=2), 60) == []
    assert len(sessions.find_conflicts(house, booker, ["osh-oblast"], TEN + timedelta(minutes=30), 60)) == 2


def test_the_databases_own_refusal_is_said_in_the_same_words(
    house: House, booker: Actor, monkeypatch: pytest.MonkeyPatch,
) -> None:
    sessions.book_session(house, booker, plan("osh-oblast"))
    monkeypatch.setattr(sessions, "_require_free", lambda *_args: None)
    with pytest.raises(BookingConflict) as caught:
        sessions.book_session(house, booker, plan("osh-oblast"))
    assert [c["point"] for c in caught.value.details["conflicts"]] == ["osh-oblast"]


@pytest.mark.parametrize(("field", "fields"), [
    ("title", {"title": {}}), ("title", {"title": {"en": "  "}}), ("title.xx", {"title": {"en": "A", "xx": "B"}}),
    ("title.en", {"title": {"en": "A" * 301}}), ("title.en", {"title": {"en": "A\0"}}),
    ("title.en", {"title": {"en": "A\ud800"}}), ("kind", {"kind": "party"}),
    ("duration_minutes", {"duration_minutes": 4}), ("duration_minutes", {"duration_minutes": 721}),
    ("starts_at", {"starts_at": TEN - timedelta(minutes=71)}), ("starts_at", {"starts_at": TEN.replace(year=2100)}),
    ("duration_minutes", {"starts_at": TEN - timedelta(minutes=69), "duration_minutes": 5}),
    ("points.1", {"points": ("big-hall", "atlantis")}), ("optional_points.0", {"optional_points": ("atlantis",)}),
    ("points", {"points": ()}), ("chair.point", {"chair_point": "talas-oblast"}), ("chair.user", {"chair_user": "nobody"}),
    ("deputy", {"deputy": "nobody"}), ("secretary", {"secretary": "no\0body"}), ("timezone", {"timezone": "Asia/Atlantis"}),
    ("agenda.0.title", {"agenda": (entry("", 5),)}), ("agenda.0.minutes", {"agenda": (entry("A", 0),)}),
])
def test_a_wrong_plan_is_refused_by_field(house: House, booker: Actor, field: str, fields: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        sessions.book_session(house, booker, plan(**fields))
    assert [error["field"] for error in caught.value.details["errors"]] == [field]
    assert sessions.list_sessions(house, booker).items == ()


def test_a_session_may_start_now(house: House, booker: Actor) -> None:
    started = sessions.book_session(house, booker, plan(starts_at=house.clock.now() - timedelta(minutes=9)))
    assert started.status == "confirmed"


@pytest.mark.parametrize("role", [AccountRole.OFFICER, AccountRole.OPERATOR, AccountRole.INTERPRETER])
def test_only_the_office_books(house: House, booker: Actor, role: AccountRole) -> None:
    other = add_actor(house, "other", role)
    for act in (lambda a: sessions.book_session(house, a, plan()), lambda a: sessions.change_session(house, a, "x", {}),
                lambda a: sessions.cancel_session(house, a, "x")):
        with pytest.raises(Forbidden):
            act(other)
        with pytest.raises(Unauthenticated):
            act(ANONYMOUS)


def test_the_chair_sits_at_an_own_point(house: House, booker: Actor) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    view = sessions.book_session(house, booker, plan("big-hall", "osh-oblast", chair_user="osh"))
    assert view.chair_point == "osh-oblast"
    view = sessions.change_session(house, booker, view.id, {"points": ("talas-oblast",), "optional_points": ()})
    assert view.chair_point == "talas-oblast"


def test_moving_books_anew_and_asks_again(house: House, booker: Actor) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    view = sessions.book_session(house, booker, plan("osh-oblast", "big-hall"))
    invitations.answer_invitation(house, officer, view.id, "osh-oblast", "accepted")
    moved = sessions.change_session(house, booker, view.id, {"starts_at": TEN + timedelta(minutes=30), "duration_minutes": 45,
                                                             "points": ("osh-oblast", "talas-oblast")})
    assert (moved.sequence, moved.version > view.version) == (1, True)
    assert {p.slug: p.answer for p in moved.points} == {"osh-oblast": "pending", "talas-oblast": "pending"}
    assert _bookings(house, view.id) == {"osh-oblast": ("04:30", "05:15"), "talas-oblast": ("04:30", "05:15")}
    assert {(kind, sequence) for kind, status, sequence in _outbox(house, view.id) if status == "pending"} >= {("reminder", 1)}
    assert not any(sequence == 0 and status == "pending" for _kind, status, sequence in _outbox(house, view.id))
    sessions.book_session(house, booker, plan("big-hall"))  # it is free again


def test_other_changes_keep_answers(house: House, booker: Actor) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    view = sessions.book_session(house, booker, plan("osh-oblast"))
    invitations.answer_invitation(house, officer, view.id, "osh-oblast", "declined", "No electricity")
    changed = sessions.change_session(house, booker, view.id, {"title": {"ru": "Отчёт"}, "points": ("osh-oblast", "big-hall")})
    assert [(p.slug, p.answer, p.answer_reason) for p in changed.points] == [
        ("osh-oblast", "declined", "No electricity"), ("big-hall", "pending", "")]
    assert changed.title == {"ru": "Отчёт"}


def test_a_move_into_another_session_changes_nothing(house: House, booker: Actor) -> None:
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(hours=2)))
    view = sessions.book_session(house, booker, plan("big-hall", "osh-oblast"))
    with pytest.raises(BookingConflict):
        sessions.change_session(house, booker, view.id, {"starts_at": TEN + timedelta(hours=2), "title": {"en": "Other"}})
    assert sessions.get_session(house, booker, view.id) == view
    assert _bookings(house, view.id) == dict.fromkeys(["big-hall", "osh-oblast"], ("04:00", "05:00"))


def test_a_change_that_changes_nothing_is_not_told(house: House, booker: Actor) -> None:
    view = sessions.book_session(house, booker, plan())
    assert sessions.change_session(house, booker, view.id, {"title": view.title, "duration_minutes": 60}) == view


def test_somebody_elses_change_is_not_overwritten(house: House, booker: Actor) -> None:
    view = sessions.book_session(house, booker, plan())
    sessions.change_session(house, booker, view.id, {"public": True}, expected_version=view.version)
    with pytest.raises(PreconditionFailed):
        sessions.change_session(house, booker, view.id, {"public": False}, expected_version=view.version)


def test_cancelling_frees_the_points_and_tells_why(house: House, booker: Actor) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    view = sessions.book_session(house, booker, plan())
    gone = sessions.cancel_session(house, booker, view.id, "  Snow on the pass ")
    assert (gone.status, gone.cancel_reason, gone.may_change) == ("cancelled", "Snow on the pass", False)
    assert _bookings(house, view.id) == {}
    assert not any(kind == "reminder" and status == "pending" for kind, status, _sequence in _outbox(house, view.id))
    sessions.book_session(house, booker, plan())
    for act in (lambda: sessions.cancel_session(house, booker, view.id),
                lambda: sessions.change_session(house, booker, view.id, {"public": True})):
        with pytest.raises(IllegalState):
            act()


def test_a_room_hears_of_a_change(house: House, booker: Actor) -> None:
    view = sessions.book_session(house, booker, plan())
    with house.db.write() as db:
        room_log.ensure_room(db, view.id)
    sessions.change_session(house, booker, view.id, {"title": {"en": "New"}})
    with house.db.read() as db:
        events = room_log.events_after(db, view.id, 0)
    assert [(e.seq, e.type, e.data["session"]["title"]) for e in events] == [(1, "session_changed", {"en": "New"})]


def test_a_repeated_booking_is_made_once(house: House, booker: Actor) -> None:
    first = sessions.book_session(house, booker, plan(), Once("key-1", "a" * 64))
    assert sessions.book_session(house, booker, plan(), Once("key-1", "a" * 64)) == first
    with pytest.raises(KeyReused):
        sessions.book_session(house, booker, plan(public=True), Once("key-1", "b" * 64))
    assert len(sessions.list_sessions(house, booker).items) == 1


def test_a_copy_is_a_plan_for_a_coming_week(house: House, booker: Actor, clock: FixedClock) -> None:
    view = sessions.book_session(house, booker, plan(agenda=(entry("Opening", 5),)))
    assert sessions.copy_session(house, booker, view.id).starts_at == TEN + timedelta(days=7)
    clock.advance(86_400 * 20)
    copy = sessions.copy_session(house, booker, view.id)
    assert copy.starts_at == TEN + timedelta(days=21)
    left_open = {"chair_user": None, "chair_point": None, "timezone": None, "broadcast": None}
    assert replace(copy, starts_at=TEN, **left_open) == plan(agenda=(entry("Opening", 5),))


def test_points_that_nobody_would_hear_for(house: House, booker: Actor) -> None:
    add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast", email="osh@example.org")
    add_actor(house, "hall", AccountRole.OFFICER, "big-hall")
    silent = sessions.points_without_recipients(house, booker, ["osh-oblast", "big-hall", "talas-oblast"])
    assert [point.slug for point in silent] == ["big-hall", "talas-oblast"]


def test_who_sees_what(house: House, booker: Actor, clock: FixedClock) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    mine = sessions.book_session(house, booker, plan("osh-oblast"))
    other = sessions.book_session(house, booker, plan("big-hall"))
    public = sessions.book_session(house, booker, plan("talas-oblast", public=True))
    seen = {role: {s.id for s in sessions.list_sessions(house, actor).items}
            for role, actor in (("officer", officer), ("nobody", ANONYMOUS), ("booker", booker))}
    assert seen == {"officer": {mine.id, public.id}, "nobody": {public.id}, "booker": {mine.id, other.id, public.id}}
    with pytest.raises(Forbidden):
        sessions.get_session(house, officer, other.id)
    with pytest.raises(Unauthenticated):
        sessions.get_session(house, ANONYMOUS, other.id)
    with pytest.raises(NotFound):
        sessions.get_session(house, booker, "no\0thing")
    view = sessions.get_session(house, ANONYMOUS, public.id)
    assert (view.chair_user, view.booked_by, view.points[0].answer, view.inside) == (None, None, None, False)
    sessions.cancel_session(house, booker, public.id)
    assert sessions.get_session(house, ANONYMOUS, public.id).status == "cancelled"
    clock.advance(86_400 * 8)
    assert sessions.list_sessions(house, ANONYMOUS).items == ()
    with pytest.raises(Unauthenticated):
        sessions.get_session(house, ANONYMOUS, public.id)


def test_lists_are_filtered_and_paged(house: House, booker: Actor) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    made = [sessions.book_session(house, booker, plan(
        "osh-oblast" if day % 2 else "big-hall", starts_at=TEN + timedelta(days=day), kind="training" if day == 3 else "press",
        title={"ky": f"Түшүм №{day}", "en": f"Day {day}"}, public=day == 4)) for day in range(5)]

    def numbers(actor: Actor = booker, cursor: str | None = None, limit: int = 50, **wanted: object) -> list[int]:
        page = sessions.list_sessions(house, actor, SessionFilter(**wanted), cursor, limit)  # type: ignore[arg-type]
        return [int(s.number[-1]) - 1 for s in page.items]

    assert numbers() == [0, 1, 2, 3, 4]
    assert numbers(newest_first=True) == [4, 3, 2, 1, 0]
    assert numbers(from_at=TEN + timedelta(days=1, minutes=59), to_at=TEN + timedelta(days=3)) == [1, 2]
    assert numbers(kind="training") == [3]
    assert numbers(point="osh-oblast") == [1, 3]
    assert numbers(q="ТҮШҮМ №2") == [2]
    assert numbers(q="2027-0004") == [3]
    assert numbers(q="%") == []
    assert numbers(public=True) == [4]
    assert numbers(statuses=("cancelled",)) == []
    assert numbers(officer) == [1, 3, 4]
    assert numbers(officer, mine=True) == [1, 3]
    for newest_first in (False, True):
        found, cursor = [], None
        while True:
            page = sessions.list_sessions(house, booker, SessionFilter(newest_first=newest_first), cursor, 2)
            found += [s.id for s in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert found == [s.id for s in (reversed(made) if newest_first else made)]
    with pytest.raises(Invalid):
        sessions.list_sessions(house, booker, cursor="nonsense")


def test_a_page_of_a_list_takes_as_many_queries_as_one_session(house: House, booker: Actor) -> None:
    def queries() -> int:
        seen: list[str] = []
        event.listen(house.db.read_engine, "after_cursor_execute", lambda *args: seen.append(args[2]))
        sessions.list_sessions(house, booker)
        return len(seen)

    people = [add_actor(house, f"officer-{number}", AccountRole.OFFICER) for number in range(4)]
    for day, person in enumerate(people):
        sessions.book_session(house, booker, plan(starts_at=TEN + timedelta(days=day), chair_user=person.name))
        if day == 0:
            alone = queries()
    assert queries() == alone
