"""Series through the services: booked whole or not at all, edited by scope, carried on; every person told once."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.errors import BookingConflict, Forbidden, IllegalState, Invalid, PreconditionFailed
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.notify.message import compose
from liaison.notify.sender import Sender
from liaison.services import invitations, outbox, people, series_roll, sessions
from liaison.services.idempotency import Once
from liaison.services.notifier import Letter
from liaison.services.series import Recurrence, book_series
from liaison.services.series_answers import answer_dates
from liaison.services.series_edits import Edit, cancel_dates, change_dates
from liaison.services.series_views import SeriesView, get_series, preview
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan, tell_at_once

NEXT = TEN + timedelta(days=7)
WEEKLY = Recurrence("FREQ=WEEKLY;COUNT=4")


class Post:
    """A notifier that keeps the letters."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)

    def sent(self) -> list[tuple[str, str]]:
        """What leaves now: (kind, address), sorted; of what the booker gets as the chair, nothing is said."""
        self.letters.clear()
        outbox.deliver_due(self.house, self, "test:1:a")
        told = sorted((str(letter.kind), letter.to_address) for letter in self.letters)
        return [line for line in told if line[1] != "planner@example.org" or line[0] in ("answer_notice", "series_gaps")]

    def calendar(self, address: str) -> Calendar:
        """The calendar part of the letter that left last to this address."""
        letter = next(one for one in reversed(self.letters) if one.to_address == address)
        message = compose(letter, Sender(self.house.network, "https://sessions.example.org", ""), self.house.clock.now())
        part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
        return Calendar.from_ical(part.get_payload(decode=True))


@pytest.fixture
def booker(house: House) -> Actor:
    actor = organiser(house)
    tell_at_once(house)
    with house.db.write() as db:
        db.get_one(t.User, actor.user_id).email = "planner@example.org"
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org")
    add_actor(house, "boris", AccountRole.OFFICER, "big-hall", email="boris@example.org")
    return actor


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


def officer(house: House, name: str, point: str) -> Actor:
    with house.db.read() as db:
        user = db.scalars(select(t.User).where(t.User.name == name)).one()
        ids = list(db.scalars(select(t.Point.id).where(t.Point.slug == point)))
    return Actor(user_id=user.id, name=name, role=AccountRole.OFFICER, points=frozenset(ids), language="en")


def book(house: House, booker: Actor, wanted: Recurrence = WEEKLY, **fields: Any) -> SessionView:
    return book_series(house, booker, plan(**{"starts_at": NEXT} | fields), wanted)


def whole(house: House, booker: Actor, view: SessionView) -> SeriesView:
    return get_series(house, booker, str(view.series_id))


def starts_of(view: SeriesView) -> list[str]:
    return [f"{one.starts_at:%m-%d %H}" for one in view.dates if one.status != "cancelled"]


def nothing_overlaps_and_nothing_is_orphaned(house: House) -> None:
    with house.db.read() as db:
        rows = list(db.execute(select(t.Booking.resource, t.Booking.starts_at, t.Booking.ends_at, t.Session.status)
                               .join(t.Session).order_by(t.Booking.resource, t.Booking.starts_at)))
        assert all(status != "cancelled" for *_, status in rows)
        assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(rows))
        pending = db.execute(select(t.Outbox.session_sequence, t.Session.sequence, t.Session.status).join(
            t.Session, t.Session.id == t.Outbox.session_id).where(t.Outbox.kind == "reminder", t.Outbox.status == "pending"))
        assert all(row[0] == row[1] and row[2] == "confirmed" for row in pending)


def test_all_dates_are_booked_and_each_person_gets_one_letter(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 04", "03-15 04", "03-22 04", "03-29 04"]
    assert post.sent() == [("series_invitation", "aida@example.org"), ("series_invitation", "boris@example.org")]
    event = post.calendar("aida@example.org").walk("VEVENT")
    assert len(event) == 1
    assert event[0]["rrule"].to_ical() == b"FREQ=WEEKLY;COUNT=4;BYDAY=MO"
    assert str(event[0]["uid"]).startswith(f"{view.id}@")
    assert len({one.number for one in view.dates}) == 4


def test_every_date_in_the_way_is_named_and_nothing_is_booked(house: House, booker: Actor) -> None:
    for days in (14, 21):
        sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(days=days), title={"en": f"Other {days}"}))
    with pytest.raises(BookingConflict) as refused:
        book(house, booker)
    found = refused.value.details["conflicts"]
    assert [(item["date"], item["point"], item["session"]["title"]["en"]) for item in found] == [
        ("2027-03-15", "osh-oblast", "Other 14"), ("2027-03-22", "osh-oblast", "Other 21")]
    with house.db.read() as db:
        assert (len(list(db.scalars(select(t.Session.id)))), len(list(db.scalars(select(t.Series.id))))) == (2, 0)
    view = whole(house, booker, book(house, booker, Recurrence(WEEKLY.rule, frozenset({date(2027, 3, 15), date(2027, 3, 22)}))))
    assert starts_of(view) == ["03-08 04", "03-29 04"]
    assert [(gap.at.day, gap.reason) for gap in view.gaps] == [(15, "left_out"), (22, "left_out")]


def test_left_out_dates_are_exdates(house: House, booker: Actor, post: Post) -> None:
    book(house, booker, Recurrence(WEEKLY.rule, frozenset({date(2027, 3, 15)})))
    post.sent()
    event = post.calendar("aida@example.org").walk("VEVENT")[0]
    assert [at.dt.astimezone(UTC).day for at in event["exdate"].dts] == [15]


def test_a_repeated_request_books_once(house: House, booker: Actor) -> None:
    once = Once("key", "f" * 64)
    first = book_series(house, booker, plan(starts_at=NEXT), WEEKLY, once)
    assert book_series(house, booker, plan(starts_at=NEXT), WEEKLY, once).id == first.id
    with house.db.read() as db:
        assert len(list(db.scalars(select(t.Series.id)))) == 1


@pytest.mark.parametrize(("fields", "wanted"), [
    ({"starts_at": TEN - timedelta(days=2)}, WEEKLY), ({}, Recurrence("FREQ=HOURLY")),
    ({}, Recurrence("FREQ=WEEKLY;COUNT=1", frozenset({date(2027, 3, 8)}))), ({"points": ("atlantis",)}, WEEKLY),
])
def test_a_bad_wish_is_refused(house: House, booker: Actor, fields: dict[str, Any], wanted: Recurrence) -> None:
    with pytest.raises(Invalid):
        book(house, booker, wanted, **fields)


def test_officers_may_not_book_change_or_cancel(house: House, booker: Actor) -> None:
    aida, made = officer(house, "aida", "osh-oblast"), book(house, booker)
    for act in (lambda: book(house, aida), lambda: change_dates(house, aida, made.id, Edit("all", {"record": True})),
                lambda: cancel_dates(house, aida, made.id, "all"), lambda: preview(house, aida, plan(), WEEKLY)):
        with pytest.raises(Forbidden):
            act()


def test_one_date_moves_alone_and_the_letter_names_it(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    post.sent()
    second = whole(house, booker, made).dates[1]
    change_dates(house, booker, second.id, Edit("this", {"starts_at": second.starts_at + timedelta(hours=2)}))
    assert post.sent() == [("update", "aida@example.org"), ("update", "boris@example.org")]
    event = post.calendar("aida@example.org").walk("VEVENT")[0]
    assert event["recurrence-id"].dt.astimezone(UTC) == second.starts_at
    assert event["dtstart"].dt.astimezone(UTC) == second.starts_at + timedelta(hours=2)
    assert int(event["sequence"]) == 1
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 04", "03-15 06", "03-22 04", "03-29 04"]
    assert [one.series_changes for one in view.exceptions] == [("starts_at",)]


def test_a_date_changed_before_the_letter_left_is_in_it_and_nothing_more_leaves(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    second = whole(house, booker, made).dates[1]
    change_dates(house, booker, second.id, Edit("this", {"starts_at": second.starts_at + timedelta(hours=2)}))
    sessions.cancel_session(house, booker, whole(house, booker, made).dates[2].id)
    assert post.sent() == [("series_invitation", "aida@example.org"), ("series_invitation", "boris@example.org")]
    master, override = post.calendar("aida@example.org").walk("VEVENT")
    assert override["dtstart"].dt.astimezone(UTC).hour == 6
    assert [at.dt.astimezone(UTC).day for at in master["exdate"].dts] == [22]


def test_all_dates_move_in_one_letter_and_what_was_changed_by_hand_stays(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    post.sent()
    second = whole(house, booker, made).dates[1]
    sessions.change_session(house, booker, second.id, {"starts_at": second.starts_at + timedelta(hours=5), "title": {"en": "By hand"}})
    post.sent()
    change_dates(house, booker, made.id, Edit("all", {"starts_at": NEXT + timedelta(hours=1), "title": {"en": "New"}}))
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 05", "03-15 09", "03-22 05", "03-29 05"]
    assert [one.title["en"] for one in view.dates] == ["New", "By hand", "New", "New"]
    assert post.sent() == [("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    master, override = post.calendar("boris@example.org").walk("VEVENT")
    assert master["dtstart"].dt.astimezone(UTC) == NEXT + timedelta(hours=1)
    assert override["recurrence-id"].dt.astimezone(UTC) == second.starts_at + timedelta(hours=1)
    assert int(override["sequence"]) >= int(master["sequence"]) == 2
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_overwriting_takes_the_exceptions_along(house: House, booker: Actor) -> None:
    made = book(house, booker)
    second = whole(house, booker, made).dates[1]
    sessions.change_session(house, booker, second.id, {"starts_at": second.starts_at + timedelta(hours=5), "title": {"en": "By hand"}})
    change_dates(house, booker, made.id, Edit("all", {"starts_at": NEXT + timedelta(hours=1)}, overwrite=True))
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 05", "03-15 05", "03-22 05", "03-29 05"]
    assert [one.series_changes for one in view.exceptions] == [("title",)]


def test_this_and_following_leaves_the_earlier_ones(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    post.sent()
    third = whole(house, booker, made).dates[2]
    change_dates(house, booker, third.id, Edit("following", {"starts_at": third.starts_at + timedelta(days=1, hours=1),
                                                              "points": ("big-hall",)}))
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 04", "03-15 04", "03-23 05", "03-30 05"]
    assert view.rule_text == "FREQ=WEEKLY;BYDAY=TU;COUNT=2"
    assert [len(one.points) for one in view.dates] == [2, 2, 1, 1]
    assert post.sent() == [("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    mine = post.calendar("aida@example.org").walk("VEVENT")
    assert sorted(at.dt.astimezone(UTC).day for at in mine[0]["exdate"].dts) == [23, 30]
    assert sorted(at.dt.astimezone(UTC).day for at in mine[0]["rdate"].dts) == [8, 15]
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_daily_series_moved_by_a_day_does_not_stand_in_its_own_way(house: House, booker: Actor) -> None:
    made = book(house, booker, Recurrence("FREQ=DAILY;COUNT=5"))
    change_dates(house, booker, made.id, Edit("all", {"starts_at": NEXT + timedelta(days=1)}))
    assert starts_of(whole(house, booker, made)) == ["03-09 04", "03-10 04", "03-11 04", "03-12 04", "03-13 04"]
    change_dates(house, booker, made.id, Edit("all", {"starts_at": NEXT}))
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-09 04", "03-10 04", "03-11 04", "03-12 04"]
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_move_into_others_is_refused_with_every_date_and_changes_nothing(house: House, booker: Actor) -> None:
    made = book(house, booker)
    for days in (14, 21):
        sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(days=days, hours=3)))
    edit = Edit("all", {"starts_at": NEXT + timedelta(hours=3)})
    with pytest.raises(BookingConflict) as refused:
        change_dates(house, booker, made.id, edit)
    assert [item["date"] for item in refused.value.details["conflicts"]] == ["2027-03-15", "2027-03-22"]
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-15 04", "03-22 04", "03-29 04"]
    stay = frozenset({date(2027, 3, 15), date(2027, 3, 22)})
    change_dates(house, booker, made.id, Edit("all", edit.changes, stay=stay))
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 07", "03-15 04", "03-22 04", "03-29 07"]
    assert [one.series_changes for one in view.exceptions] == [("starts_at",), ("starts_at",)]


def test_another_rule_keeps_the_common_days_cancels_the_rest_and_books_new_ones(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    post.sent()
    change_dates(house, booker, made.id, Edit("all", {}, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4"))
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 04", "03-10 04", "03-22 04", "03-24 04"]
    assert {one.id for one in view.dates if one.status == "confirmed"} > {made.id}
    assert post.sent() == [("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_one_refusal_touches_one_date_and_all_dates_are_declined_only_when_asked_for(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    aida = officer(house, "aida", "osh-oblast")
    post.sent()
    second = whole(house, booker, made).dates[1]
    invitations.answer_invitation(house, aida, second.id, "osh-oblast", "declined", "No power")

    def answers() -> list[str | None]:
        return [one.answer for view in whole(house, booker, made).dates for one in view.points if one.slug == "osh-oblast"]

    assert answers() == ["pending", "declined", "pending", "pending"]
    assert post.sent() == [("answer_notice", "planner@example.org")]
    house.clock.advance(1)  # type: ignore[attr-defined]
    answer_dates(house, aida, made.id, "osh-oblast", "declined", "No power all month")
    assert answers() == ["declined"] * 4
    assert post.sent() == [("answer_notice", "planner@example.org")]
    assert post.letters[0].payload["dates"] == 4


def test_cancelling_the_following_ends_the_rule_and_tells_once(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    post.sent()
    third = whole(house, booker, made).dates[2]
    cancel_dates(house, booker, third.id, "following", "Budget")
    view = whole(house, booker, made)
    assert starts_of(view) == ["03-08 04", "03-15 04"]
    assert view.rule_text == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270315T040000Z"
    assert post.sent() == [("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    assert [one["rrule"].to_ical() for one in post.calendar("aida@example.org").walk("VEVENT")] == [
        b"FREQ=WEEKLY;UNTIL=20270315T040000Z;BYDAY=MO"]
    cancel_dates(house, booker, made.id, "all")
    assert post.sent() == [("series_cancellation", "aida@example.org"), ("series_cancellation", "boris@example.org")]
    calendar = post.calendar("aida@example.org")
    assert (calendar["method"], calendar.walk("VEVENT")[0]["status"]) == ("CANCEL", "CANCELLED")
    nothing_overlaps_and_nothing_is_orphaned(house)
    house.clock.advance(60 * 24 * 3600)  # type: ignore[attr-defined]
    assert post.sent() == []


def test_one_date_cancelled_keeps_the_others(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker)
    post.sent()
    cancel_dates(house, booker, whole(house, booker, made).dates[1].id, "this")
    assert post.sent() == [("cancellation", "aida@example.org"), ("cancellation", "boris@example.org")]
    assert "recurrence-id" in post.calendar("aida@example.org").walk("VEVENT")[0]
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-22 04", "03-29 04"]


def test_dates_that_were_held_stay_as_they_were(house: House, booker: Actor) -> None:
    made = book(house, booker)
    house.clock.advance(8 * 24 * 3600)  # type: ignore[attr-defined]
    second = whole(house, booker, made).dates[1]
    change_dates(house, booker, second.id, Edit("all", {"starts_at": second.starts_at + timedelta(hours=1)}))
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-15 05", "03-22 05", "03-29 05"]


def test_versions_scopes_and_single_sessions_are_looked_at(house: House, booker: Actor) -> None:
    made = book(house, booker)
    with pytest.raises(PreconditionFailed):
        change_dates(house, booker, made.id, Edit("all", {"record": True}), expected_version=7)
    single = sessions.book_session(house, booker, plan("alay-district"))
    with pytest.raises(IllegalState):
        change_dates(house, booker, single.id, Edit("following", {"record": True}))
    with pytest.raises(Invalid):
        change_dates(house, booker, made.id, Edit("this", {}, rule="FREQ=DAILY"))
    before = whole(house, booker, made)
    change_dates(house, booker, made.id, Edit("all", {"title": {"en": "Harvest report"}}))
    assert whole(house, booker, made) == before  # nothing changed, nobody is told


def test_an_endless_series_is_booked_a_year_ahead_and_carried_on(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker, Recurrence("FREQ=WEEKLY"))
    first = len(whole(house, booker, made).dates)
    assert first == 52
    post.sent()
    house.clock.advance(30 * 24 * 3600)  # type: ignore[attr-defined]
    assert series_roll.carry_on(house) == 4
    assert series_roll.carry_on(house) == 0
    assert len(whole(house, booker, made).dates) == first + 4
    assert {kind for kind, _ in post.sent()} <= {"reminder"}
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_taken_date_of_an_endless_series_is_told_to_the_booker_and_left_out_for_all(house: House, booker: Actor, post: Post) -> None:
    made = book(house, booker, Recurrence("FREQ=WEEKLY"))
    post.sent()
    last = whole(house, booker, made).dates[-1].starts_at
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=last + timedelta(days=7), title={"en": "Elections"}))
    post.sent()
    house.clock.advance(14 * 24 * 3600)  # type: ignore[attr-defined]
    assert series_roll.carry_on(house) == 2
    view = whole(house, booker, made)
    assert [(gap.at, gap.reason) for gap in view.gaps] == [(last + timedelta(days=7), "taken")]
    sent = [line for line in post.sent() if line[0] != "reminder"]
    assert sent == [("series_gaps", "planner@example.org"), ("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    gaps = next(letter for letter in post.letters if letter.kind == "series_gaps")
    assert gaps.payload["gaps"][0]["conflicts"][0]["session"]["title"] == {"en": "Elections"}
    assert [at.dt.astimezone(UTC) for at in post.calendar("aida@example.org").walk("VEVENT")[0]["exdate"].dts] == [last + timedelta(days=7)]


def test_a_new_officer_hears_of_a_series_in_one_letter(house: House, booker: Actor, post: Post) -> None:
    book(house, booker)
    post.sent()
    people.create_user(house, booker_of_people(house), name="chynara", full_name="Chynara", role="officer", email="chynara@example.org",
                       points=["osh-oblast"])
    assert [line for line in post.sent() if line[0] != "welcome"] == [("series_invitation", "chynara@example.org")]


def booker_of_people(house: House) -> Actor:
    return add_actor(house, "boss", AccountRole.ADMINISTRATOR)


def test_a_preview_names_what_is_taken(house: House, booker: Actor) -> None:
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(days=14)))
    found = preview(house, booker, plan(starts_at=NEXT), WEEKLY)
    assert [(at.day, [item["point"] for item in taken]) for at, taken in found.dates] == [
        (8, []), (15, ["osh-oblast"]), (22, []), (29, [])]


def test_sixty_three_points_every_week_but_not_every_day(house: House, booker: Actor) -> None:
    with house.db.read() as db:
        slugs = list(db.scalars(select(t.Point.slug).order_by(t.Point.position)))
    with pytest.raises(Invalid):
        book_series(house, booker, plan(*slugs, starts_at=NEXT), Recurrence("FREQ=DAILY"))
    made = book_series(house, booker, plan(*slugs, starts_at=NEXT), Recurrence("FREQ=WEEKLY"))
    assert len(whole(house, booker, made).dates) == 52


def test_a_kill_while_a_series_is_carried_on_leaves_nothing_half_done(
        house: House, booker: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    made = book(house, booker, Recurrence("FREQ=WEEKLY"))
    before = starts_of(whole(house, booker, made))
    house.clock.advance(30 * 24 * 3600)  # type: ignore[attr-defined]

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(series_roll.series_notices, "remind", killed)
        with pytest.raises(KeyboardInterrupt):
            series_roll.carry_on(house)
    assert starts_of(whole(house, booker, made)) == before
    assert series_roll.carry_on(house) == 4
    after = [one.starts_at for one in whole(house, booker, made).dates]
    assert len(set(after)) == len(after) == len(before) + 4
