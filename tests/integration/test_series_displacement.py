"""A higher series takes the time of lower sessions at all its dates in one act, on both databases; a date that cannot be had is spared."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.displacement import Choice, DisplacedChanged, Fate, NotDisplaceable
from liaison.domain.errors import BookingConflict
from liaison.house import House
from liaison.services import sessions
from liaison.services.series import Recurrence
from liaison.services.series_displacement import (
    displace_by_dates,
    displace_by_series,
    find_displaced_by_dates,
    find_displaced_by_series,
)
from liaison.services.series_edits import Edit
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from tests.support.people import plan
from tests.support.series import NEXT, Post, make_booker, nothing_overlaps_and_nothing_is_orphaned, starts_of, whole
from tests.support.web import Browser
from web.app import create_app

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
WEEKLY = Recurrence("FREQ=WEEKLY;COUNT=4")
URGENT = plan("osh-oblast", "big-hall", starts_at=NEXT, priority=3, title={"en": "Flood"})
CANCEL, DROP = Choice(Fate.CANCEL), Choice(Fate.DROP)


@pytest.fixture
def booker(house: House) -> Actor:
    return make_booker(house)


def _book(house: House, booker: Actor, *points: str, **fields: Any) -> SessionView:
    return sessions.book_session(house, booker, plan(*points, **fields))


def _state(house: House, booker: Actor, *views: SessionView) -> list[str]:
    found = [sessions.get_session(house, booker, view.id) for view in views]
    return [f"{one.status} {one.starts_at:%m-%d %H} {' '.join(point.slug for point in one.points)}" for one in found]


def _kept(house: House) -> list[Any]:
    """Everything that a look must leave as it is."""
    with house.db.read() as db:
        return [tuple(row) for kind in (t.Session, t.Booking, t.Series, t.SeriesGap, t.Outbox)
                for row in db.execute(select(kind.__table__).order_by(*kind.__table__.primary_key))]


def test_everybody_in_the_way_is_named_with_the_dates(house: House, booker: Actor) -> None:
    first = _book(house, booker, "talas-oblast", "osh-oblast", starts_at=NEXT)
    equal = _book(house, booker, "big-hall", starts_at=NEXT + WEEK, priority=3)
    third = _book(house, booker, "osh-oblast", starts_at=NEXT + 2 * WEEK, duration_minutes=15)
    beside = _book(house, booker, "talas-oblast", "osh-oblast", starts_at=NEXT + 2 * WEEK + HOUR / 4, duration_minutes=15)
    found = find_displaced_by_series(house, booker, URGENT, WEEKLY)
    days = [(NEXT + week * WEEK).date() for week in (0, 1, 2, 2)]
    assert [(one.session.id, one.points, one.displaceable, one.may_drop, one.dates) for one in found] == [
        (first.id, ("osh-oblast",), True, True, (days[0],)), (equal.id, ("big-hall",), False, False, (days[1],)),
        (third.id, ("osh-oblast",), True, False, (days[2],)), (beside.id, ("osh-oblast",), True, True, (days[3],))]
    assert found[1].starts == ()
    assert found[2].starts[0] != found[3].starts[0]  # both may go to where they are offered first
    spared = find_displaced_by_series(house, booker, URGENT, replace(WEEKLY, leave_out=frozenset({days[0]})))
    assert [one.session.id for one in spared] == [equal.id, third.id, beside.id]


def test_one_act_settles_all_dates_and_everybody_is_told_once(house: House, booker: Actor) -> None:
    moved, dropped, gone, equal = (
        _book(house, booker, "osh-oblast", starts_at=NEXT), _book(house, booker, "talas-oblast", "osh-oblast", starts_at=NEXT + WEEK),
        _book(house, booker, "big-hall", starts_at=NEXT + 2 * WEEK),
        _book(house, booker, "big-hall", starts_at=NEXT + 3 * WEEK, priority=3))
    post = Post(house)
    post.sent()
    before = _kept(house)
    choices = {moved.id: Choice(Fate.MOVE, NEXT + HOUR), dropped.id: DROP, gone.id: CANCEL}
    with pytest.raises(NotDisplaceable):
        displace_by_series(house, booker, URGENT, WEEKLY, choices | {equal.id: CANCEL})
    wanted = replace(WEEKLY, leave_out=frozenset({(NEXT + 3 * WEEK).date()}))
    with pytest.raises(DisplacedChanged):
        displace_by_series(house, booker, URGENT, wanted, choices | {equal.id: CANCEL})
    with pytest.raises(BookingConflict):  # into another date of the series itself
        displace_by_series(house, booker, URGENT, wanted, choices | {moved.id: Choice(Fate.MOVE, NEXT + WEEK)})
    assert _kept(house) == before
    made = displace_by_series(house, booker, URGENT, wanted, choices, "Flood in the valley")
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-15 04", "03-22 04"]
    assert _state(house, booker, moved, dropped, gone, equal) == [
        "confirmed 03-08 05 osh-oblast", "confirmed 03-15 04 talas-oblast", "cancelled 03-22 04 big-hall", "confirmed 03-29 04 big-hall"]
    assert Counter(post.sent()) == {
        ("update", "aida@example.org"): 1, ("cancellation", "aida@example.org"): 1, ("cancellation", "boris@example.org"): 1,
        ("series_invitation", "aida@example.org"): 1, ("series_invitation", "boris@example.org"): 1}
    with house.db.read() as db:
        events = db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "session.displaced")).all()
        assert {event.object_id: (event.after or {})["dates"] for event in events} == {
            moved.id: ["2027-03-08"], dropped.id: ["2027-03-15"], gone.id: ["2027-03-22"]}
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_change_of_all_dates_displaces_and_keeps_what_it_spares(house: House, booker: Actor) -> None:
    high = displace_by_series(house, booker, URGENT, WEEKLY, {})
    lower, equal = (_book(house, booker, "osh-oblast", starts_at=NEXT + week * WEEK + 2 * HOUR, priority=week) for week in (1, 3))
    edit = Edit("all", {"starts_at": NEXT + 2 * HOUR})
    before = _kept(house)
    found = find_displaced_by_dates(house, booker, high.id, edit)
    assert _kept(house) == before
    assert [(one.session.id, one.displaceable, one.dates) for one in found] == [
        (lower.id, True, (date(2027, 3, 15),)), (equal.id, False, (date(2027, 3, 29),))]
    spared = replace(edit, stay=frozenset(found[1].dates))
    with pytest.raises(DisplacedChanged):
        displace_by_dates(house, booker, high.id, Edit("all", {}), {lower.id: CANCEL})
    displace_by_dates(house, booker, high.id, spared, {lower.id: Choice(Fate.MOVE, found[0].starts[0])}, "Flood", high.version)
    assert starts_of(whole(house, booker, high)) == ["03-08 06", "03-15 06", "03-22 06", "03-29 04"]
    assert sessions.get_session(house, booker, lower.id).starts_at == found[0].starts[0]
    nothing_overlaps_and_nothing_is_orphaned(house)


def test_a_date_alone_is_changed_as_a_session_alone(house: House, booker: Actor) -> None:
    high = displace_by_series(house, booker, URGENT, WEEKLY, {})
    lower = _book(house, booker, "osh-oblast", starts_at=NEXT + 2 * HOUR)
    edit = Edit("this", {"starts_at": NEXT + 2 * HOUR})
    assert [one.dates for one in find_displaced_by_dates(house, booker, high.id, edit)] == [()]
    displace_by_dates(house, booker, high.id, edit, {lower.id: CANCEL})
    assert starts_of(whole(house, booker, high))[:2] == ["03-08 06", "03-15 04"]


def test_the_form_leads_to_displacing_at_all_dates(house: House, booker: Actor) -> None:
    """A session of lower rank is moved, one of the same rank stays and its date is left out."""
    lower = _book(house, booker, "osh-oblast", starts_at=NEXT)
    equal = _book(house, booker, "osh-oblast", starts_at=NEXT + WEEK, priority=3)
    desk = Browser(create_app(house), house).become(booker.user_id)
    form = {"title_en": "Flood", "kind": "government", "date": "2027-03-08", "time": "10:00", "minutes": "60", "priority": "3",
            "points": ["osh-oblast"], "repeat": "weekly", "repeat_end": "count", "repeat_count": "3", "confirm": ["holiday"]}
    refused = desk.post("/sessions/new", form)
    assert (refused.status_code, 'formaction="/sessions/displace"' in refused.text) == (422, True)
    page = desk.post("/sessions/displace", form)
    kept = re.search(r'name="kept" value="([^"]*)"', page.text)
    moves = re.findall(r'value="(move:[^"]+)"', page.text)
    assert kept is not None
    assert page.status_code == 200 and lower.number in page.text and equal.number in page.text
    assert page.text.count('value="leave"') == 2
    sent = {"kept": unescape(kept[1]), "displaced": [lower.id, equal.id], f"dates-{lower.id}": "2027-03-08",
            f"dates-{equal.id}": "2027-03-15", f"fate-{lower.id}": unescape(moves[0]), "reason": "Flood"}
    assert desk.post("/sessions/displace/confirm", sent).status_code == 409  # what becomes of the second is not said
    done = desk.post("/sessions/displace/confirm", sent | {f"fate-{equal.id}": "leave"})
    assert done.status_code == 303
    made = sessions.get_session(house, booker, done.location.rsplit("/", 1)[1])
    assert starts_of(whole(house, booker, made)) == ["03-08 04", "03-22 04"]
    assert _state(house, booker, lower, equal)[1] == "confirmed 03-15 04 osh-oblast"
    assert sessions.get_session(house, booker, lower.id).starts_at != NEXT


@pytest.mark.parametrize("kept", ['{"repeat": {"how": 5}}', '{"repeat": {"leave_out": [5]}}', '{"repeat": {"days": 5}}', '{"repeat": []}'])
def test_a_form_that_was_tampered_with_is_refused(house: House, booker: Actor, kept: str) -> None:
    desk = Browser(create_app(house), house).become(booker.user_id)
    assert desk.post("/sessions/displace/confirm", {"kept": kept}).status_code == 422
