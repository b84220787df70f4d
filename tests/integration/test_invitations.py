"""Answers, headcounts, points and the room log, on both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.errors import Forbidden, IllegalState, Invalid, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import invitations, points, room_log, sessions
from liaison.services.sessions import SessionView
from liaison.store import tables as t
from tests.support.people import add_actor, organiser, plan

NO_ROOM = "01a1fff9-145e-7190-8a6e-e7719d80b973"


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def officer(house: House, booker: Actor) -> Actor:
    return add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")


@pytest.fixture
def made(house: House, booker: Actor) -> SessionView:
    return sessions.book_session(house, booker, plan("osh-oblast", "big-hall"))


def _answer(view: SessionView, slug: str) -> tuple[str | None, str | None]:
    return next((p.answer, p.answer_reason) for p in view.points if p.slug == slug)


def test_an_officer_answers_and_changes_the_mind(house: House, made: SessionView, officer: Actor) -> None:
    declined = invitations.answer_invitation(house, officer, made.id, "osh-oblast", "declined", " No power ")
    assert _answer(declined, "osh-oblast") == ("declined", "No power")
    accepted = invitations.answer_invitation(house, officer, made.id, "osh-oblast", "accepted")
    assert _answer(accepted, "osh-oblast") == ("accepted", "")
    assert (accepted.sequence, accepted.version) == (made.sequence, made.version)
    with house.db.read() as db:
        events = list(db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "invitation.answered").order_by(t.AuditEvent.id)))
    assert [(event.actor_name, event.after) for event in events] == [
        ("osh", {"point": "osh-oblast", "answer": "declined", "reason": "No power"}),
        ("osh", {"point": "osh-oblast", "answer": "accepted", "reason": ""})]


def test_a_decline_is_told_to_the_booker(house: House, made: SessionView, officer: Actor) -> None:
    with house.db.write() as db:
        db.scalars(select(t.User).where(t.User.name == "planner")).one().email = "planner@example.org"
    for _ in range(2):  # saying the same again tells nobody again
        invitations.answer_invitation(house, officer, made.id, "osh-oblast", "declined", "No power")
    with house.db.read() as db:
        rows = list(db.scalars(select(t.Outbox).where(t.Outbox.kind == "answer_notice")))
    assert [(row.address, row.payload["reason"]) for row in rows] == [("planner@example.org", "No power")]


def test_who_may_answer(house: House, made: SessionView, officer: Actor, booker: Actor) -> None:
    with pytest.raises(Forbidden):
        invitations.answer_invitation(house, officer, made.id, "big-hall", "accepted")
    with pytest.raises(Unauthenticated):
        invitations.answer_invitation(house, ANONYMOUS, made.id, "osh-oblast", "accepted")
    with pytest.raises(NotFound):
        invitations.answer_invitation(house, booker, made.id, "talas-oblast", "accepted")
    for answer, reason in (("pending", ""), ("maybe", ""), ("declined", "x" * 2001), ("declined", "\0")):
        with pytest.raises(Invalid):
            invitations.answer_invitation(house, officer, made.id, "osh-oblast", answer, reason)
    sessions.cancel_session(house, booker, made.id)
    with pytest.raises(IllegalState):
        invitations.answer_invitation(house, officer, made.id, "osh-oblast", "accepted")


def test_a_link_answers_in_the_name_of_the_point(house: House, made: SessionView) -> None:
    invitation = made.points[0].invitation_id
    view = invitations.answer_with_link(house, invitation, "tentative", "Roads", address="10.0.0.1")
    assert view.points[0].slug == "osh-oblast"
    with house.db.read() as db:
        event = db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "invitation.answered")).one()
    assert (event.actor_name, event.address, event.actor_id) == ("osh-oblast (link)", "10.0.0.1", None)


def test_headcounts(house: House, made: SessionView, officer: Actor) -> None:
    view = invitations.set_headcount(house, officer, made.id, "osh-oblast", 12, ["A. Bakirov ", ""])
    assert (view.points[0].headcount, view.points[0].representatives) == (12, ("A. Bakirov",))
    for headcount, names in ((-1, []), (None, ["x" * 201]), (1, ["\0"]), (1, ["x"] * 101)):
        with pytest.raises(Invalid):
            invitations.set_headcount(house, officer, made.id, "osh-oblast", headcount, names)
    with pytest.raises(Forbidden):
        invitations.set_headcount(house, officer, made.id, "big-hall", 1)


def test_points_are_seeded_once_and_keep_what_people_changed(house: House, booker: Actor) -> None:
    desk = add_actor(house, "desk", AccountRole.OPERATOR)
    points.change_point(house, desk, "osh-oblast", phone="+996 3222 1", email="osh@example.org", link_profile="thin")
    with house.db.write() as db:
        db.scalars(select(t.Point).where(t.Point.slug == "osh-oblast")).one().name = {"en": "Wrong"}
    assert points.seed_points(house) == 1
    assert points.seed_points(house) == 0
    osh = points.get_point(house, desk, "osh-oblast")
    assert (osh.name["en"], osh.phone, osh.email, osh.link_profile) == ("Osh Province", "+996 3222 1", "osh@example.org", "thin")
    assert points.get_point(house, ANONYMOUS, "osh-oblast").phone == ""
    with pytest.raises(Forbidden):
        points.change_point(house, booker, "osh-oblast", phone="1")
    with pytest.raises(Invalid) as caught:
        points.change_point(house, desk, "osh-oblast", phone="1" * 65, email="nobody", link_profile="fat")
    assert {error["field"] for error in caught.value.details["errors"]} == {"phone", "email", "link_profile"}
    points.change_point(house, desk, "osh-oblast", active=False)
    assert "osh-oblast" not in {point.slug for point in points.list_points(house, desk)}
    with pytest.raises(Invalid):
        sessions.book_session(house, booker, plan("osh-oblast"))


def test_the_log_has_no_gaps_whoever_writes(house: House, made: SessionView) -> None:
    with house.db.write() as db:
        room_log.ensure_room(db, made.id)

    def write(number: int) -> None:
        for turn in range(5):
            with house.db.write() as db:
                room_log.append(db, made.id, [("a", {"by": number}), ("b", {"turn": turn})], house.clock.now())

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.db.read() as db:
        log = room_log.events_after(db, made.id, 0)
        assert room_log.newest_seqs(db, [made.id, "none"]) == {made.id: (60, 0, 0)}
    assert [event.seq for event in log] == list(range(1, 61))
    assert [event.type for event in log] == ["a", "b"] * 30


def test_a_repeated_command_is_refused_by_the_log(house: House, made: SessionView) -> None:
    with house.db.write() as db:
        room_log.ensure_room(db, made.id)
        assert room_log.append(db, made.id, [("a", {}), ("b", {})], house.clock.now(), "peer", "command-1") == 1
    with pytest.raises(IntegrityError), house.db.write() as db:
        room_log.append(db, made.id, [("a", {})], house.clock.now(), "peer", "command-1")
    with house.db.write() as db:
        assert room_log.append(db, made.id, [("c", {})], house.clock.now()) == 3
        assert room_log.append_if_open(db, NO_ROOM, [("x", {})], house.clock.now()) is None
