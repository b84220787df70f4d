"""A booked series for tests of it: the booker, officers with addresses, the letters that leave, and what must always hold."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from icalendar import Calendar
from sqlalchemy import select

from liaison.domain.actor import Actor
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.notify.message import compose
from liaison.notify.sender import Sender
from liaison.services import outbox
from liaison.services.notifier import Letter
from liaison.services.series import Recurrence, book_series
from liaison.services.series_views import SeriesView, get_series
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


def make_booker(house: House) -> Actor:
    """Somebody who books, with officers of two points who read their mail."""
    actor = organiser(house)
    tell_at_once(house)
    with house.db.write() as db:
        db.get_one(t.User, actor.user_id).email = "planner@example.org"
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", email="aida@example.org")
    add_actor(house, "boris", AccountRole.OFFICER, "big-hall", email="boris@example.org")
    return actor


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
