"""iCalendar (RFC 5545) for feeds and for invitations by mail (iTIP, RFC 5546; iMIP, RFC 6047).

Texts come in already worded; times are aware and written in the session's zone with its VTIMEZONE.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vText

from ..domain.words import Answer

PRODUCT = "-//liaison//sessions//EN"
REFRESH = timedelta(minutes=15)
"""How often a calendar program should ask a feed again."""
PARTSTAT = {Answer.PENDING: "NEEDS-ACTION", Answer.ACCEPTED: "ACCEPTED", Answer.TENTATIVE: "TENTATIVE",
            Answer.DECLINED: "DECLINED"}
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True)
class Person:
    """A calendar user: e-mail address and the name shown."""

    address: str
    name: str


@dataclass(frozen=True)
class Attendee(Person):
    answer: Answer = Answer.PENDING
    asked: bool = True  # RSVP


@dataclass(frozen=True)
class CalendarEntry:
    """A session as a calendar shows it. ``stamp`` is DTSTAMP: when this state of it was written.

    ``session_id`` becomes the UID; for one date of a series it is the series' id, and ``recurrence_id`` says which date.
    """

    session_id: str
    sequence: int
    summary: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    created_at: datetime
    stamp: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    cancelled: bool = False
    recurrence_id: datetime | None = None
    organiser: Person | None = None
    attendees: tuple[Attendee, ...] = ()
    alarm_minutes: int | None = None


def session_event(entry: CalendarEntry, host: str) -> Event:
    """A VEVENT whose UID (session id @ host) never changes over the session's life."""
    zone = ZoneInfo(entry.timezone)
    event = Event()
    event.add("uid", f"{entry.session_id}@{host}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", _whole(entry.stamp))
    event.add("created", _whole(entry.created_at))
    event.add("last-modified", _whole(entry.stamp))
    if entry.recurrence_id is not None:
        event.add("recurrence-id", entry.recurrence_id.astimezone(zone))
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    for name, value in (("description", entry.description), ("location", entry.location), ("url", entry.url)):
        if value:
            event.add(name, value)
    _add_people(event, entry)
    if entry.alarm_minutes is not None and not entry.cancelled:
        event.add_component(_alarm(entry, entry.alarm_minutes))
    return event


def _alarm(entry: CalendarEntry, minutes: int) -> Alarm:
    """The reader's calendar rings by itself (RFC 5545 section 3.6.6), so many minutes before the start."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.summary)
    alarm.add("trigger", -timedelta(minutes=minutes))
    return alarm


def calendar(events: Iterable[Event], method: Method = "PUBLISH", name: str = "") -> bytes:
    """The whole object, CRLF lines folded at 75 octets, with a VTIMEZONE for each zone used."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    if name:
        made.add("name", name)  # RFC 7986 section 5.1; the X- forms are what most programs read
        made.add("x-wr-calname", name)
    if method == "PUBLISH":
        made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})  # RFC 7986 section 5.7
        made.add("x-published-ttl", "PT15M")
    years = set()
    for event in events:
        made.add_component(event)
        years |= {event.start.year, event.end.year}
    if years:
        # Only the rules around the sessions: a zone's whole history would outweigh the invitation.
        for tzid in sorted(made.get_missing_tzids()):
            made.subcomponents.insert(0, _zone(tzid, date(min(years) - 1, 1, 1), date(max(years) + 2, 1, 1)))
    data: bytes = made.to_ical()
    return data


@lru_cache(maxsize=256)
def _zone(tzid: str, first: date, last: date) -> Timezone:
    """A VTIMEZONE, which all calendars of these years share: the library finds the changes of the clock by trying, 13 ms a zone."""
    return Timezone.from_tzid(tzid, first_date=first, last_date=last)


def _whole(value: datetime) -> datetime:
    """UTC without microseconds (RFC 5545 section 3.3.5 knows none)."""
    return value.astimezone(UTC).replace(microsecond=0)


def _add_people(event: Event, entry: CalendarEntry) -> None:
    if entry.organiser is not None:
        event.add("organizer", _address(entry.organiser))
    for attendee in entry.attendees:
        address = _address(attendee)
        address.params["cutype"] = vText("INDIVIDUAL")
        address.params["role"] = vText("REQ-PARTICIPANT")
        address.params["partstat"] = vText(PARTSTAT[attendee.answer])
        if attendee.asked and not entry.cancelled:
            address.params["rsvp"] = vText("TRUE")
        event.add("attendee", address, encode=False)


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.address}")
    address.params["cn"] = vText(person.name)
    return address
