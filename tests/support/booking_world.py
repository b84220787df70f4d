"""A small office for the machine of booking rules: five points, a clock, a picture of everything kept, and what must always hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from shutil import copyfile
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar
from sqlalchemy import select
from werkzeug.test import Client

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.booking import Period
from liaison.domain.capacity import Load, Ports, steps
from liaison.domain.clock import FixedClock
from liaison.domain.words import AccountRole
from liaison.house import House, open_house
from liaison.services.settings import change_settings
from liaison.store import tables as t
from tests.support.databases import make_settings
from tests.support.people import add_actor, organiser
from web.app import create_app

MONDAY = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)
POINTS = ("big-hall", "osh-oblast", "talas-oblast", "chuy-oblast", "naryn-oblast")
CAPACITY = Ports(video=6, watchers=100, recordings=1)
OPEN = ("confirmed", "live")


@dataclass
class World:
    """``client`` asks the application for calendar feeds."""

    house: House
    clock: FixedClock
    booker: Actor
    officer: Actor
    admin: Actor
    client: Client

    def rows(self, kind: Any) -> list[Any]:
        with self.house.db.read() as db:
            return list(db.scalars(select(kind).order_by(*kind.__table__.primary_key)))

    def picture(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that a refused act must leave as it was."""
        kinds = (t.Session, t.Booking, t.Invitation, t.Outbox, t.BookingRequest, t.ClosedPeriod, t.Maintenance, t.Series, t.SeriesGap)
        with self.house.db.read() as db:
            return {kind.__tablename__: [tuple(row) for row in db.execute(select(kind.__table__).order_by(*kind.__table__.primary_key))]
                    for kind in kinds}


def make_world(folder: Path, database_url: str) -> World:
    """An office on an empty, migrated database."""
    clock = FixedClock(MONDAY)
    house = open_house(make_settings(folder / "data", database_url=database_url), clock)
    booker = organiser(house)
    people = [add_actor(house, slug.split("-")[0], AccountRole.OFFICER, slug, email=f"{slug}@example.org") for slug in POINTS]
    admin = add_actor(house, "admin", AccountRole.ADMINISTRATOR)
    change_settings(house, SYSTEM, {"video_ports": CAPACITY.video, "watcher_ports": CAPACITY.watchers,
                                    "recording_ports": CAPACITY.recordings, "offer_minutes": 30, "reminder_minutes": [60, 10]})
    return World(house, clock, booker, people[1], admin, create_app(house).test_client())


def same_world(first: World, folder: Path) -> World:
    """The office as it was when it was made, on a copy of its SQLite file; the application serves the copy from now on."""
    copyfile(first.house.settings.database.removeprefix("sqlite:///"), folder / "liaison.db")
    clock = FixedClock(MONDAY)
    house = open_house(make_settings(folder / "data", database_url=f"sqlite:///{folder / 'liaison.db'}"), clock)
    first.client.application.extensions["liaison_house"] = house
    return replace(first, house=house, clock=clock)


def complaints(world: World, feeds: int = len(POINTS)) -> Iterator[str]:
    """Everything that is wrong with what is kept; nothing, always. ``feeds``: how many points' feeds are read."""
    sessions = {row.id: row for row in world.rows(t.Session)}
    bookings = [row for row in world.rows(t.Booking) if row.active]
    yield from _overlaps(bookings)
    for session in sessions.values():
        yield from _bookings_of(session, [row for row in bookings if row.session_id == session.id], world.clock.now())
    yield from _letters(world, sessions)
    yield from _series(world, sessions)
    yield from _ports(sessions)
    for point in [row for row in world.rows(t.Point) if row.slug in POINTS][:feeds]:
        yield from _feed(world, point, sessions)


def _overlaps(bookings: list[t.Booking]) -> Iterator[str]:
    for one, other in combinations(bookings, 2):
        if one.resource == other.resource and one.starts_at < other.ends_at and other.starts_at < one.ends_at:
            yield f"{one.resource} is held twice at {max(one.starts_at, other.starts_at):%H:%M}"


def _bookings_of(session: t.Session, held: list[t.Booking], now: datetime) -> Iterator[str]:
    invited = {row.point_id for row in session.invitations}
    setup, clear = timedelta(minutes=session.setup_minutes), timedelta(minutes=session.clear_minutes)
    if session.status == "confirmed":
        wanted = {(point, session.starts_at - setup, session.ends_at + clear) for point in invited}
        if {(row.point_id, row.starts_at, row.ends_at) for row in held} != wanted or len(held) != len(wanted):
            yield f"{session.number} does not hold what it booked"
    elif session.status == "live":
        if not {row.point_id for row in held if row.ends_at > now} <= invited <= {row.point_id for row in held}:
            yield f"{session.number} is live and holds other points than it invited"
    elif session.status in ("cancelled", "ended"):
        end = (session.closed_at + clear) if session.closed_at else session.updated_at
        if any(row.ends_at > end for row in held):
            yield f"{session.number} is over and still holds a point"


def _letters(world: World, sessions: dict[str, t.Session]) -> Iterator[str]:
    waiting = [row for row in world.rows(t.Outbox) if row.status == "pending"]
    for row in (row for row in waiting if row.kind in ("invitation", "update", "reminder")):
        session = sessions[row.session_id]
        invited = {one.point_id for one in session.invitations}
        if session.status not in OPEN or row.session_sequence != session.sequence:
            yield f"a {row.kind} waits for {session.number}, which is {session.status} or has changed"
        elif row.payload["points"] and not set(row.payload["points"]) <= invited:
            yield f"a {row.kind} of {session.number} waits for a point that is not invited"
    reminders = [(row.session_id, row.payload["recipient"], row.payload["minutes_before"]) for row in waiting if row.kind == "reminder"]
    if len(set(reminders)) != len(reminders):
        yield "somebody would be reminded twice"


def _series(world: World, sessions: dict[str, t.Session]) -> Iterator[str]:
    """The dates of a series and its gaps are those of its rule, each once; no letter waits that tells of an older state."""
    gaps, all_series = world.rows(t.SeriesGap), {row.id: row for row in world.rows(t.Series)}
    for one in all_series.values():
        dates = [row for row in sessions.values() if row.series_id == one.id]
        left = {gap.recurrence_id for gap in gaps if gap.series_id == one.id}
        yield from _places(one, dates, left, world.clock.now())
    for row in world.rows(t.Outbox):
        if row.status == "pending" and row.series_id and row.session_sequence != all_series[row.series_id].sequence:
            yield f"a {row.kind} waits that tells of an older state of its series"


def _places(one: t.Series, dates: list[t.Session], left: set[datetime], now: datetime) -> Iterator[str]:
    zone = ZoneInfo(one.timezone)
    start = datetime.fromisoformat(one.starts_local)
    rule = rrulestr(_local_until(one.rule, zone) if "UNTIL" in one.rule else one.rule, dtstart=start)
    ruled = {local.replace(tzinfo=zone).astimezone(UTC) for local in rule}
    held = [row.recurrence_id for row in dates if row.status == "confirmed"]
    if len(set(held)) != len(held) or set(held) & left:
        yield "a date of a series is there twice"
    begin = start.replace(tzinfo=zone).astimezone(UTC)
    known = {row.recurrence_id for row in dates} | left
    for at in sorted(ruled - known):
        yield f"the rule has a date that nothing stands for: {at}"
    for row in dates:
        if row.status == "confirmed" and row.starts_at > now and row.recurrence_id >= begin and row.recurrence_id not in ruled:
            yield f"{row.number} is a date that its rule has not"


def _local_until(rule: str, zone: ZoneInfo) -> str:
    """The rule with the end as local time, beside which a naive DTSTART may stand."""
    head, until = rule.split("UNTIL=")
    at = datetime.strptime(until[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).astimezone(zone)
    return f"{head}UNTIL={at:%Y%m%dT%H%M%S}{until[16:]}"


def _ports(sessions: dict[str, t.Session]) -> Iterator[str]:
    loads = [Load(Period(row.starts_at, row.extended_to or row.ends_at),
                  Ports(len(row.invitations), 50 if row.public else 0, int(row.takes_tracks)))
             for row in sessions.values() if row.status in OPEN]
    for period, taken in steps(loads):
        if taken.video > CAPACITY.video or taken.watchers > CAPACITY.watchers or taken.recordings > CAPACITY.recordings:
            yield f"{taken} are taken at {period.starts_at:%H:%M}"


def _feed(world: World, point: t.Point, sessions: dict[str, t.Session]) -> Iterator[str]:
    """The point's feed, read by a parser that is not ours."""
    feed = Calendar.from_ical(world.client.get(f"/calendar/{point.calendar_secret}.ics").data)
    shown = {_shown(event) for event in feed.walk("VEVENT")}
    kept = {(row.id, row.starts_at, row.ends_at, row.status == "cancelled", row.sequence) for row in sessions.values()
            if any(one.point_id == point.id for one in row.invitations)}
    if shown != kept:
        yield f"the feed of {point.slug} differs from what is kept: {shown ^ kept}"


def _shown(event: Any) -> tuple[str, datetime, datetime, bool, int]:
    return (str(event["UID"]).split("@")[0], event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC),
            str(event["STATUS"]) == "CANCELLED", int(event["SEQUENCE"]))
