"""Bursts of changes become one message, what is taken back is not told, the night is quiet: and nobody is left untold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.words import AccountRole, Answer
from liaison.house import House
from liaison.services import contacts, invitations, outbox, sessions
from liaison.services.notifier import DeliveryError, Letter
from liaison.store import tables as t
from tests.support.people import TEN, add_actor, organiser, plan

MONDAY = TEN + timedelta(days=7)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
OWNER = "test:1:a"


class Post:
    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> None:
        self.letters.append(letter)

    def told(self) -> list[tuple[str, str]]:
        out = sorted((str(letter.kind), letter.to_address.split("@")[0]) for letter in self.letters)
        self.letters.clear()
        return out


@pytest.fixture
def booker(house: House) -> Actor:
    actor = organiser(house)
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org")
    add_actor(house, "boris", AccountRole.OFFICER, "alay-district", email="boris@example.org")
    return actor


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def made(house: House, booker: Actor, post: Post) -> str:
    """A session on Monday of which Aida was told."""
    session = sessions.book_session(house, booker, plan("osh-oblast", starts_at=MONDAY))
    assert send(house, post) == [("invitation", "aida")]
    return session.id


def send(house: House, post: Post, seconds: float = 0) -> list[tuple[str, str]]:
    house.clock.advance(seconds)  # type: ignore[attr-defined]
    outbox.deliver_due(house, post, OWNER)
    return post.told()


def move(house: House, booker: Actor, session_id: str, *starts: object) -> None:
    for start in starts:
        sessions.change_session(house, booker, session_id, {"starts_at": start})


def answer_of(house: House, session_id: str) -> str:
    with house.db.read() as db:
        return str(db.scalar(select(t.Invitation.answer).where(t.Invitation.session_id == session_id)))


def test_a_burst_of_changes_is_one_message_that_compares_the_first_state_with_the_last(
    house: House, booker: Actor, post: Post, made: str,
) -> None:
    move(house, booker, made, TUESDAY, WEDNESDAY)
    sessions.change_session(house, booker, made, {"title": {"en": "Harvest, corrected"}})
    assert send(house, post, 59) == []
    house.clock.advance(1)  # type: ignore[attr-defined]
    outbox.deliver_due(house, post, OWNER)
    (letter,) = post.letters
    assert letter.session is not None
    assert (letter.kind, letter.session.starts_at, letter.session.sequence) == ("update", WEDNESDAY, 3)
    assert letter.payload["before"]["starts_at"] == MONDAY.isoformat()


@pytest.mark.parametrize("detour", [(TUESDAY, MONDAY), (TUESDAY, WEDNESDAY, MONDAY), (TUESDAY, MONDAY, WEDNESDAY, MONDAY)])
def test_moved_and_moved_back_sends_nothing_and_the_answer_stands(
    house: House, booker: Actor, post: Post, made: str, detour: Sequence[object],
) -> None:
    invitations.answer_invitation(house, booker, made, "osh-oblast", "accepted")
    move(house, booker, made, detour[0])
    assert answer_of(house, made) == Answer.PENDING
    move(house, booker, made, *detour[1:])
    assert answer_of(house, made) == Answer.ACCEPTED
    assert send(house, post, 600) == []
    house.clock.at = MONDAY - timedelta(days=1)  # type: ignore[attr-defined]
    assert send(house, post) == [("reminder", "aida")], "the reminders are those of the new state"


def test_moved_back_after_it_was_told_is_told_again_and_asked_again(house: House, booker: Actor, post: Post, made: str) -> None:
    invitations.answer_invitation(house, booker, made, "osh-oblast", "accepted")
    move(house, booker, made, TUESDAY)
    assert send(house, post, 60) == [("update", "aida")]
    move(house, booker, made, MONDAY)
    assert answer_of(house, made) == Answer.PENDING
    assert send(house, post, 60) == [("update", "aida")]


def test_a_change_taken_back_while_its_message_is_in_a_sender_s_hands_is_told(house: House, booker: Actor, post: Post, made: str) -> None:
    """The sender may already have spoken to the mail server."""
    move(house, booker, made, TUESDAY)
    house.clock.advance(60)  # type: ignore[attr-defined]
    assert outbox.claim_due(house, "another")
    move(house, booker, made, MONDAY)
    assert send(house, post, 60) == [("update", "aida")]


def test_an_update_that_may_have_arrived_though_its_sending_failed_is_followed_by_another(
    house: House, booker: Actor, post: Post, made: str,
) -> None:
    class Broken:
        def deliver(self, letter: Letter) -> None:
            raise DeliveryError("the connection broke after the last octet")

    move(house, booker, made, TUESDAY)
    house.clock.advance(60)  # type: ignore[attr-defined]
    outbox.deliver_due(house, Broken(), OWNER)
    move(house, booker, made, MONDAY)
    assert send(house, post, 60) == [("update", "aida")]


def test_within_the_hour_nothing_waits(house: House, booker: Actor, post: Post, made: str) -> None:
    house.clock.at = MONDAY - timedelta(minutes=55)  # type: ignore[attr-defined]
    send(house, post)
    move(house, booker, made, MONDAY + timedelta(hours=5))
    assert send(house, post) == [("update", "aida")]


def test_changes_without_end_are_told_after_five_minutes(house: House, booker: Actor, post: Post, made: str) -> None:
    told: list[tuple[str, str]] = []
    for minute in range(1, 9):
        move(house, booker, made, TUESDAY + timedelta(minutes=5 * minute))
        told += send(house, post, 50)
    assert told == [("update", "aida")]


def test_added_and_removed_within_the_rest_hears_nothing(house: House, booker: Actor, post: Post, made: str) -> None:
    sessions.change_session(house, booker, made, {"points": ("osh-oblast", "alay-district")})
    sessions.change_session(house, booker, made, {"points": ("osh-oblast",)})
    assert send(house, post, 60) == []


def test_removed_and_added_again_within_the_rest_hears_nothing(house: House, booker: Actor, post: Post, made: str) -> None:
    sessions.change_session(house, booker, made, {"points": ("alay-district",)})
    sessions.change_session(house, booker, made, {"points": ("osh-oblast",)})
    assert send(house, post, 60) == []


def test_a_cancellation_leaves_at_once_and_alone(house: House, booker: Actor, post: Post, made: str) -> None:
    move(house, booker, made, TUESDAY)
    sessions.cancel_session(house, booker, made, "Storm")
    assert send(house, post) == [("cancellation", "aida")]
    assert send(house, post, 10 * 24 * 3600) == []


def test_cancelled_before_anybody_heard_of_it_tells_nobody(house: House, booker: Actor, post: Post) -> None:
    session = sessions.book_session(house, booker, plan("osh-oblast", starts_at=MONDAY))
    sessions.cancel_session(house, booker, session.id, "A mistake")
    assert send(house, post, 60) == []


def test_the_night_is_quiet_but_for_what_begins_before_the_morning(house: House, booker: Actor, post: Post) -> None:
    aida = next(iter(_actor(house, "aida")))
    contacts.save_choices(house, aida, {"email": True, "quiet": "own", "quiet_from": "09:00", "quiet_until": "12:00", "quiet_email": True})
    later = sessions.book_session(house, booker, plan("osh-oblast", starts_at=MONDAY))
    assert send(house, post) == []
    sessions.book_session(house, booker, plan("osh-oblast", starts_at=TEN + timedelta(minutes=90)))  # at 11:30, before the quiet ends
    assert send(house, post) == [("invitation", "aida")]
    move(house, booker, later.id, TUESDAY)
    assert send(house, post, 600) == []
    house.clock.at = TEN + timedelta(hours=2)  # type: ignore[attr-defined]
    assert send(house, post) == [("invitation", "aida"), ("reminder", "aida")][:1]
    with house.db.read() as db:
        kept = [row for row in db.scalars(select(t.Outbox).where(t.Outbox.session_id == later.id, t.Outbox.status == "sent"))]
        assert [(row.kind, row.attempts) for row in kept] == [("invitation", 1)], "waiting is not trying"


def _actor(house: House, name: str) -> list[Actor]:
    with house.db.read() as db:
        user = db.scalars(select(t.User).where(t.User.name == name)).one()
        return [Actor(user_id=user.id, name=name, role=AccountRole(user.role), points=frozenset(point.id for point in user.points))]


def test_a_channel_switched_on_later_hears_of_the_next_change(house: House, booker: Actor, post: Post, made: str) -> None:
    aida = next(iter(_actor(house, "aida")))
    with house.db.write() as db:
        db.add(t.Contact(id="one", user_id=aida.user_id, channel="web_push", address="https://push.example/1", keys={}, label="",
                         created_at=house.clock.now()))
    move(house, booker, made, TUESDAY)
    house.clock.advance(60)  # type: ignore[attr-defined]
    outbox.deliver_due(house, post, OWNER)
    assert {(str(letter.channel), letter.payload["before"]["starts_at"]) for letter in post.letters} == {
        ("email", MONDAY.isoformat()), ("web_push", MONDAY.isoformat())}
    post.told()
    sessions.cancel_session(house, booker, made, "Storm")
    assert send(house, post) == [("cancellation", "aida")] * 2
