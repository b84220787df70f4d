"""Series through the services: booked whole or not at all, edited by scope, carried on; every person told once."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import BookingConflict, Forbidden, IllegalState, Invalid, PreconditionFailed
from liaison.house import House
from liaison.services import invitations, lifecycle, sessions
from liaison.services.idempotency import Once
from liaison.services.series import Recurrence, book_series
from liaison.services.series_answers import answer_dates
from liaison.services.series_edits import Edit, cancel_dates, change_dates
from liaison.services.series_views import preview
from liaison.store import tables as t
from tests.support.people import TEN, plan
from tests.support.series import NEXT, WEEKLY, Post, book, make_booker, nothing_overlaps_and_nothing_is_orphaned, officer, starts_of, whole


@pytest.fixture
def booker(house: House) -> Actor:
    return make_booker(house)


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


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


def test_all_dates_are_changed_also_those_before_the_moved_rule(house: House, booker: Actor) -> None:
    """A former change of following dates has left the first one out of the rule: it goes along, and nothing is lost."""
    first = book(house, booker)
    second = whole(house, booker, first).dates[1]
    change_dates(house, booker, second.id, Edit("following", {"starts_at": second.starts_at + timedelta(hours=1)}))
    change_dates(house, booker, first.id, Edit("all", {"starts_at": first.starts_at + timedelta(hours=3)}))
    view = whole(house, booker, first)
    assert starts_of(view) == ["03-08 07", "03-15 07", "03-22 07", "03-29 07"]
    assert {one.status for one in view.dates} == {"confirmed"}
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_point_back_before_it_heard_that_it_is_out_hears_of_the_change_alone(house: House, booker: Actor, post: Post) -> None:
    first = book(house, booker)
    post.sent()
    change_dates(house, booker, first.id, Edit("all", {"points": ("big-hall", "talas-oblast")}))
    change_dates(house, booker, first.id, Edit("all", {"title": {"en": "Floods"}}))
    with house.db.read() as db:  # said once, and of the series as it is
        waiting = db.scalars(select(t.Outbox).where(t.Outbox.kind == "series_cancellation", t.Outbox.status == "pending")).all()
        assert [(row.address, row.session_sequence) for row in waiting] == [("aida@example.org", 2)]
    change_dates(house, booker, first.id, Edit("all", {"points": ("big-hall", "osh-oblast")}))
    assert post.sent() == [("series_update", "aida@example.org"), ("series_update", "boris@example.org")]
    assert {event.get("STATUS") for event in post.calendar("aida@example.org").walk("VEVENT")} == {"CONFIRMED"}


def test_what_is_left_of_a_series_whose_rule_is_cancelled_is_still_its_own(house: House, booker: Actor) -> None:
    """The rule was moved on to the third date and cancelled from there: the first two are changed together, again and again."""
    first = book(house, booker)
    third = whole(house, booker, first).dates[2]
    change_dates(house, booker, third.id, Edit("following", {"starts_at": third.starts_at + timedelta(hours=1)}))
    cancel_dates(house, booker, third.id, "following")
    for days in (10, 11, 1):
        change_dates(house, booker, first.id, Edit("all", {"starts_at": NEXT + timedelta(days=days)}))
        assert starts_of(whole(house, booker, first)) == [f"{NEXT + timedelta(days=days + more):%m-%d} 04" for more in (0, 7)]


def test_following_dates_never_come_before_those_that_stay(house: House, booker: Actor) -> None:
    """The last date was moved by hand to the first one's week: changed from there on, the rule would leave its earlier dates behind."""
    first = book(house, booker)
    last = whole(house, booker, first).dates[3]
    moved = sessions.change_session(house, booker, last.id, {"starts_at": NEXT - timedelta(hours=2)})
    with pytest.raises(Invalid) as refused:
        change_dates(house, booker, last.id, Edit("following", {"starts_at": moved.starts_at - timedelta(hours=1)}))
    assert refused.value.details["errors"][0]["field"] == "starts_at"
    assert starts_of(whole(house, booker, first)) == ["03-08 02", "03-08 04", "03-15 04", "03-22 04"]


def test_a_date_held_early_keeps_its_place_when_all_others_move(house: House, booker: Actor, clock: FixedClock) -> None:
    """The last date was moved by hand and is over: in the moved rule it is still the last, and stands in no other's place."""
    first = book(house, booker, Recurrence("FREQ=DAILY;COUNT=3"))
    last = whole(house, booker, first).dates[2]
    sessions.change_session(house, booker, last.id, {"starts_at": NEXT - timedelta(days=1)})
    clock.at = NEXT - timedelta(hours=20)
    lifecycle.run_clock(house)
    change_dates(house, booker, first.id, Edit("all", {"starts_at": NEXT + timedelta(days=1)}))
    with house.db.read() as db:
        rows = {row.id: row for row in db.scalars(select(t.Session))}
    assert [f"{row.recurrence_id:%d} {row.starts_at:%d}" for row in sorted(rows.values(), key=lambda row: row.recurrence_id)] == [
        "09 09", "10 10", "11 07"]


def test_another_rule_for_the_following_dates_of_a_series_that_was_moved(house: House, booker: Actor, post: Post) -> None:
    """One date moved by hand, then all by a day (it keeps its own time), then another rule from it on: earlier dates stay, each
    date of the new rule is there once, and the letter has them all."""
    first = book(house, booker)
    second = whole(house, booker, first).dates[1]
    sessions.change_session(house, booker, second.id, {"starts_at": second.starts_at + timedelta(hours=2)})
    change_dates(house, booker, first.id, Edit("all", {"starts_at": NEXT + timedelta(days=1)}))
    assert starts_of(whole(house, booker, first)) == ["03-09 04", "03-15 06", "03-23 04", "03-30 04"]
    change_dates(house, booker, second.id, Edit("following", {}, rule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4"))
    assert starts_of(whole(house, booker, first)) == ["03-09 04", "03-15 06", "03-18 04", "03-23 04", "03-25 04"]
    post.sent()
    events = post.calendar("aida@example.org").walk("VEVENT")
    assert (events[0]["RRULE"]["BYDAY"], events[0]["RRULE"]["COUNT"]) == (["TU", "TH"], [4])
    assert {f"{event['RECURRENCE-ID'].dt:%d} {event['DTSTART'].dt.astimezone(UTC):%d %H}" for event in events[1:]} >= {"16 15 06"}
    nothing_overlaps_and_nothing_is_orphaned(house)
