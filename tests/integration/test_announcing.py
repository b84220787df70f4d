"""Booking, changing and cancelling through the services: who is told what, and that it really leaves."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.words import AccountRole, OutboxKind, OutboxStatus
from liaison.house import House
from liaison.services import notices, outbox, people, recipients, sessions
from liaison.services.notifier import Letter
from liaison.services.session_views import SessionView
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan, tell_at_once

DAY_AFTER = TEN + timedelta(days=2)


class Post:
    """A notifier that keeps the letters."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)

    def told(self) -> list[tuple[str, str]]:
        """What left since the last look: (kind, address), sorted."""
        out = sorted((str(letter.kind), letter.to_address) for letter in self.letters)
        self.letters.clear()
        return out


@pytest.fixture
def booker(house: House) -> Actor:
    actor = organiser(house)
    tell_at_once(house)
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org", language="ky")
    add_actor(house, "boris", AccountRole.OFFICER, "osh-oblast", "alay-district", email="boris@example.org", language="ru")
    add_actor(house, "silent", AccountRole.OFFICER, "big-hall")
    add_actor(house, "watcher", AccountRole.INTERPRETER, "osh-oblast", email="watcher@example.org")
    return actor


def book(house: House, booker: Actor, *points: str, **fields: object) -> SessionView:
    return sessions.book_session(house, booker, plan(*points, **{"starts_at": DAY_AFTER} | fields))


def sent(house: House, post: Post) -> list[tuple[str, str]]:
    outbox.deliver_due(house, post, "test:1:a")
    return post.told()


def statuses(house: House, kind: OutboxKind) -> Counter[str]:
    with house.db.read() as db:
        return Counter(db.scalars(select(t.Outbox.status).where(t.Outbox.kind == kind)))


def test_officers_of_invited_points_are_told_once_each_in_their_language(house: House, booker: Actor) -> None:
    book(house, booker, "osh-oblast", "alay-district", "big-hall")
    post = Post()
    outbox.deliver_due(house, post, "test:1:a")
    assert {(letter.to_address, letter.language, len(letter.points)) for letter in post.letters} == {
        ("aida@example.org", "ky", 1), ("boris@example.org", "ru", 2)}
    assert all(letter.kind is OutboxKind.INVITATION for letter in post.letters)


def test_an_office_address_is_used_only_where_no_officer_has_one(house: House, booker: Actor) -> None:
    with house.db.write() as db:
        db.execute(update(t.Point).where(t.Point.slug.in_(["big-hall", "osh-oblast"])).values(email="office@example.org"))
    book(house, booker, "big-hall", "osh-oblast")
    assert sent(house, Post()) == [("invitation", "aida@example.org"), ("invitation", "boris@example.org"),
                                   ("invitation", "office@example.org")]


def test_chair_and_secretary_are_told_without_being_officers(house: House, booker: Actor) -> None:
    add_actor(house, "chair", AccountRole.ORGANISER, email="chair@example.org")
    add_actor(house, "scribe", AccountRole.ORGANISER, email="scribe@example.org")
    book(house, booker, "big-hall", chair_user="chair", secretary="scribe")
    assert sent(house, Post()) == [("invitation", "chair@example.org"), ("invitation", "scribe@example.org")]


def test_a_change_updates_the_kept_invites_the_added_and_cancels_the_removed(house: House, booker: Actor) -> None:
    made, post = book(house, booker, "osh-oblast"), Post()
    sent(house, post)
    sessions.change_session(house, booker, made.id, {"points": ("alay-district", "big-hall")})
    assert sent(house, post) == [("cancellation", "aida@example.org"), ("update", "boris@example.org")]
    sessions.change_session(house, booker, made.id, {"points": ("osh-oblast",)})
    assert sent(house, post) == [("invitation", "aida@example.org"), ("update", "boris@example.org")]


def test_a_change_before_the_invitation_left_sends_one_invitation_not_two(house: House, booker: Actor) -> None:
    made, post = book(house, booker, "osh-oblast"), Post()
    sessions.change_session(house, booker, made.id, {"title": {"en": "Harvest, second report"}})
    outbox.deliver_due(house, post, "test:1:a")
    assert {letter.session.sequence for letter in post.letters if letter.session} == {1}
    assert post.told() == [("invitation", "aida@example.org"), ("invitation", "boris@example.org")]


def test_cancelling_tells_everybody_and_takes_the_reminders_back(house: House, booker: Actor) -> None:
    made, post = book(house, booker, "osh-oblast"), Post()
    sent(house, post)
    sessions.cancel_session(house, booker, made.id, "Storm")
    outbox.deliver_due(house, post, "test:1:a")
    assert {letter.session.cancel_reason for letter in post.letters if letter.session} == {"Storm"}
    assert post.told() == [("cancellation", "aida@example.org"), ("cancellation", "boris@example.org")]
    assert statuses(house, OutboxKind.REMINDER) == {"skipped": 6}
    house.clock.advance(3 * 24 * 3600)  # type: ignore[attr-defined]
    assert sent(house, post) == []


def test_reminders_leave_at_their_moments_and_only_those_still_to_come_are_made(house: House, booker: Actor) -> None:
    book(house, booker, "osh-oblast", starts_at=TEN)  # in an hour: only ten minutes before
    post = Post()
    sent(house, post)
    assert statuses(house, OutboxKind.REMINDER) == {"pending": 2}
    house.clock.advance(49 * 60)  # type: ignore[attr-defined]
    assert sent(house, post) == []
    house.clock.advance(61)  # type: ignore[attr-defined]
    assert sent(house, post) == [("reminder", "aida@example.org"), ("reminder", "boris@example.org")]


def test_a_moved_session_reminds_at_the_new_time_alone(house: House, booker: Actor) -> None:
    made, post = book(house, booker, "osh-oblast"), Post()
    sessions.change_session(house, booker, made.id, {"starts_at": DAY_AFTER + timedelta(days=1)})
    sent(house, post)
    house.clock.at = DAY_AFTER + timedelta(minutes=1)  # type: ignore[attr-defined]
    assert {kind for kind, _ in sent(house, post)} == {"reminder"}  # a day before the new start
    with house.db.read() as db:
        rows = db.scalars(select(t.Outbox).where(t.Outbox.kind == OutboxKind.REMINDER))
        assert {(row.session_sequence, row.status) for row in rows} == {(0, "skipped"), (1, "pending"), (1, "sent")}


def test_after_a_stop_overdue_reminders_leave_before_the_start_and_never_after(house: House, booker: Actor) -> None:
    book(house, booker, "osh-oblast", starts_at=TEN)
    post = Post()
    sent(house, post)
    house.clock.at = TEN - timedelta(seconds=1)  # type: ignore[attr-defined]
    assert len(sent(house, post)) == 2
    book(house, booker, "alay-district", starts_at=TEN + timedelta(hours=2))
    sent(house, post)
    house.clock.at = TEN + timedelta(hours=2)  # type: ignore[attr-defined]
    assert sent(house, post) == []
    assert statuses(house, OutboxKind.REMINDER) == {"sent": 2, "skipped": 2}


def test_a_reminder_that_waits_for_the_mail_server_survives_a_new_agenda(house: House, booker: Actor) -> None:
    made, post = book(house, booker, "alay-district", starts_at=TEN), Post()
    sent(house, post)
    house.clock.at = TEN - timedelta(minutes=5)  # type: ignore[attr-defined]
    sessions.change_session(house, booker, made.id, {"title": {"en": "Another title"}})
    assert sent(house, post) == [("reminder", "boris@example.org"), ("update", "boris@example.org")]


def test_a_new_officer_hears_of_sessions_booked_before(house: House, booker: Actor) -> None:
    book(house, booker, "osh-oblast", "alay-district")
    post = Post()
    sent(house, post)
    people.create_user(house, SYSTEM, name="new", role=AccountRole.OFFICER, points=["osh-oblast"], email="new@example.org")
    assert sent(house, post) == [("invitation", "new@example.org")]
    silent = people.find_user(house, SYSTEM, "silent")
    people.change_user(house, SYSTEM, silent["id"], points=["alay-district"])
    people.change_user(house, SYSTEM, silent["id"], email="silent@example.org")
    people.change_user(house, SYSTEM, silent["id"], phone="1")
    assert sent(house, post) == [("invitation", "silent@example.org")]
    house.clock.at = DAY_AFTER - timedelta(minutes=30)  # type: ignore[attr-defined]
    assert [told for told in sent(house, post) if told[1].startswith(("new", "silent"))] == [
        ("reminder", "new@example.org")] * 2 + [("reminder", "silent@example.org")] * 2


def test_who_has_left_or_is_disabled_is_not_reminded(house: House, booker: Actor) -> None:
    book(house, booker, "osh-oblast")
    post = Post()
    sent(house, post)
    people.set_active(house, SYSTEM, people.find_user(house, SYSTEM, "aida")["id"], False)
    people.change_user(house, SYSTEM, people.find_user(house, SYSTEM, "boris")["id"], points=["alay-district"])
    house.clock.at = DAY_AFTER - timedelta(minutes=5)  # type: ignore[attr-defined]
    assert sent(house, post) == []


def test_a_letter_goes_to_the_address_in_force_in_the_language_in_force(house: House, booker: Actor) -> None:
    book(house, booker, "osh-oblast")
    people.change_user(house, SYSTEM, people.find_user(house, SYSTEM, "aida")["id"], email="new@example.org", language="en")
    post = Post()
    outbox.deliver_due(house, post, "test:1:a")
    assert {(letter.to_address, letter.language) for letter in post.letters} == {
        ("new@example.org", "en"), ("boris@example.org", "ru")}


def test_points_that_nobody_would_hear_for(house: House, booker: Actor) -> None:
    made = book(house, booker, "osh-oblast", "big-hall")
    with house.db.read() as db:
        session = db.get_one(t.Session, made.id)
        silent = recipients.points_without_notice(db, house, [one.point_id for one in session.invitations])
        assert [point.slug for point in silent] == ["big-hall"]


def test_a_decline_tells_the_booker(house: House) -> None:
    organiser(house)
    booker = add_actor(house, "lead", AccountRole.ORGANISER, email="lead@example.org")
    made, post = book(house, booker, "big-hall"), Post()
    sent(house, post)
    with house.db.write() as db:
        session = db.get_one(t.Session, made.id)
        session.invitations[0].answer_reason = "No light"
        notices.announce_decline(db, house, session, session.invitations[0])
    outbox.deliver_due(house, post, "test:1:a")
    assert [(letter.kind, letter.to_address, letter.payload["reason"]) for letter in post.letters] == [
        (OutboxKind.ANSWER_NOTICE, "lead@example.org", "No light")]


def test_a_reset_link_is_forgotten_once_it_has_left(house: House, booker: Actor) -> None:
    with house.db.write() as db:
        user = db.get_one(t.User, add_actor_id(db, "aida"))
        notices.queue_password_reset(db, house, user, "link-1", "http://x/link/secret", house.clock.now() + timedelta(hours=1))
    post = Post()
    outbox.deliver_due(house, post, "test:1:a")
    assert post.letters[0].payload["url"] == "http://x/link/secret"
    with house.db.read() as db:
        row = db.scalars(select(t.Outbox)).one()
        assert row.status == OutboxStatus.SENT
        assert "secret" not in str(row.payload)


def add_actor_id(db: object, name: str) -> str:
    return str(db.scalar(select(t.User.id).where(t.User.name == name)))  # type: ignore[attr-defined]
