"""Deputies: who may book in whose name, for how long, and that both are named and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.errors import Forbidden, Invalid, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import deputies, invitations, sessions
from liaison.services.series import Recurrence, book_series
from liaison.services.series_edits import Edit, cancel_dates, change_dates
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan


@pytest.fixture
def people(house: House) -> dict[str, Actor]:
    chief = organiser(house, "chief")
    return {"chief": chief, "admin": add_actor(house, "admin", AccountRole.ADMINISTRATOR),
            "aide": add_actor(house, "aide", AccountRole.OFFICER, "talas-oblast", email="aide@example.org"),
            "other": add_actor(house, "other", AccountRole.ORGANISER)}


def name_aide(house: House, people: dict[str, Actor], **period: Any) -> deputies.DeputyView:
    return deputies.add_deputy(house, people["admin"], str(people["chief"].user_id), "aide", **period)


def told(house: House, kind: str) -> set[str]:
    with house.db.read() as db:
        return set(db.scalars(select(t.Outbox.address).where(t.Outbox.kind == kind)))


def test_a_deputy_books_in_the_chiefs_name_and_both_are_named(house: House, people: dict[str, Actor]) -> None:
    with house.db.write() as db:
        db.get_one(t.User, people["chief"].user_id).email = "chief@example.org"
    with pytest.raises(Forbidden):
        deputies.acting_for(house, people["aide"], "chief")
    name_aide(house, people)
    acting = deputies.acting_for(house, people["aide"], "chief")
    made = sessions.book_session(house, acting, plan("big-hall", "osh-oblast"))
    assert [one and one.name for one in (made.booked_by, made.on_behalf_of, made.chair_user)] == ["aide", "chief", "chief"]
    with house.db.read() as db:
        event = db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "session.booked")).one()
    assert (event.actor_id, event.actor_name) == (people["aide"].user_id, "aide / Chief")
    invitations.answer_invitation(house, people["admin"], made.id, "osh-oblast", "declined", "No power")
    assert told(house, "answer_notice") == {"aide@example.org", "chief@example.org"}


def test_a_deputy_changes_and_cancels_what_the_chief_booked_and_nothing_else(house: House, people: dict[str, Actor]) -> None:
    theirs = sessions.book_session(house, people["chief"], plan("big-hall"))
    foreign = sessions.book_session(house, people["other"], plan("osh-oblast"))
    name_aide(house, people)
    aide = people["aide"]
    assert sessions.change_session(house, aide, theirs.id, {"title": {"en": "Changed"}}).title == {"en": "Changed"}
    for act in (lambda: sessions.change_session(house, aide, foreign.id, {"public": True}),
                lambda: sessions.cancel_session(house, aide, foreign.id),
                lambda: sessions.book_session(house, aide, plan("alay-district"))):
        with pytest.raises(Forbidden):
            act()
    assert sessions.cancel_session(house, aide, theirs.id).status == "cancelled"


def test_series_too(house: House, people: dict[str, Actor]) -> None:
    name_aide(house, people)
    acting = deputies.acting_for(house, people["aide"], str(people["chief"].user_id))
    made = book_series(house, acting, plan("big-hall"), Recurrence("FREQ=WEEKLY;COUNT=3"))
    change_dates(house, people["aide"], made.id, Edit("all", {"starts_at": TEN + timedelta(hours=1)}))
    cancel_dates(house, people["aide"], made.id, "following")
    with house.db.read() as db:
        rows = list(db.execute(select(t.Session.status, t.Session.on_behalf_of_id)))
    assert rows == [("cancelled", people["chief"].user_id)] * 3


def test_it_lasts_from_the_first_day_to_the_last(house: House, people: dict[str, Actor]) -> None:
    now = house.clock.now()
    name_aide(house, people, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(days=1))
    theirs = sessions.book_session(house, people["chief"], plan("big-hall", starts_at=TEN + timedelta(days=9)))
    may = []
    for _hour in range(3):
        may.append([chief.label for chief in deputies.chiefs_of(house, people["aide"])])
        house.clock.advance(12 * 3600 + 1)  # type: ignore[attr-defined]
    assert may == [[], ["Chief"], []]
    with pytest.raises(Forbidden):
        sessions.cancel_session(house, people["aide"], theirs.id)


def test_an_ended_deputyship_a_disabled_chief_and_a_chief_who_no_longer_plans(house: House, people: dict[str, Actor]) -> None:
    named, aide = name_aide(house, people), people["aide"]
    with pytest.raises(Forbidden):
        deputies.end_deputyship(house, aide, named.id)
    for change in ({"active": False}, {"role": "officer"}):
        with house.db.write() as db:
            for field, value in change.items():
                setattr(db.get_one(t.User, people["chief"].user_id), field, value)
        assert deputies.chiefs_of(house, aide) == []
        with house.db.write() as db:
            user = db.get_one(t.User, people["chief"].user_id)
            user.active, user.role = True, "organiser"
    assert [chief.label for chief in deputies.chiefs_of(house, aide)] == ["Chief"]
    deputies.end_deputyship(house, people["chief"], named.id)
    assert deputies.chiefs_of(house, aide) == []
    assert [one.in_force for one in deputies.list_deputyships(house, aide, str(aide.user_id))] == [False]


def test_what_is_refused(house: House, people: dict[str, Actor]) -> None:
    now, chief = house.clock.now(), str(people["chief"].user_id)
    for wrong in ({"deputy": "nobody"}, {"deputy": "chief"}, {"deputy": "a\0"}, {"deputy": "aide", "ends_at": now - timedelta(days=1)}):
        with pytest.raises(Invalid):
            deputies.add_deputy(house, people["admin"], chief, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        deputies.add_deputy(house, people["admin"], str(people["aide"].user_id), "other")
    with pytest.raises(NotFound):
        deputies.add_deputy(house, people["admin"], "x", "aide")
    for who in ("chief", "aide", "other"):
        with pytest.raises(Forbidden):
            deputies.add_deputy(house, people[who], chief, "aide")
