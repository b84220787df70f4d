"""Reading a foreign calendar file (RFC 5545), recurring events laid out (RFC 5545 section 3.8.5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from ..domain.calendar_import import MOST_EVENTS, ForeignEvent
from ..domain.errors import Invalid
from ..domain.text import storable


def read_events(data: bytes, from_at: datetime, to_at: datetime, zone: ZoneInfo) -> list[ForeignEvent]:
    """The events that begin in the period, by start; cancelled ones and whole days are left out.

    A time without a zone is meant in ``zone``. Raises Invalid for what is no calendar, or holds more than 500 events.
    """
    import recurring_ical_events  # here: it costs start-up time, and few requests need it

    try:
        calendar = Calendar.from_ical(data)
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(from_at, to_at)
        events = [event for event in (_event(one, zone) for one in found) if event is not None and from_at <= event.starts_at < to_at]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise Invalid("This file is not a calendar (.ics) that can be read.") from error
    if len(events) > MOST_EVENTS:
        raise Invalid("The file holds more than %(most)s events in this period. Choose a shorter period.", most=MOST_EVENTS)
    return sorted(events, key=lambda event: (event.starts_at, event.uid))


def _event(found: Any, zone: ZoneInfo) -> ForeignEvent | None:
    starts_at, ends_at = _moment(found.get("dtstart"), zone), _moment(found.get("dtend"), zone)
    if str(found.get("status", "")).upper() == "CANCELLED" or starts_at is None:
        return None
    return ForeignEvent(
        uid=_text(found.get("uid"))[:300], summary=" ".join(_text(found.get("summary")).split())[:300],
        description=_text(found.get("description"))[:10_000], starts_at=starts_at, ends_at=ends_at or starts_at + timedelta(hours=1),
        places=tuple(_places(found)))


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    found = getattr(value, "dt", None)
    if not isinstance(found, date) or not isinstance(found, datetime):
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)


def _text(value: Any) -> str:
    return "".join(char for char in str(value or "").replace("\r\n", "\n").strip() if storable(char))


def _places(found: Any) -> list[str]:
    attendees = found.get("attendee") or []
    attendees = attendees if isinstance(attendees, list) else [attendees]
    places = [_text(found.get("location"))]
    for one in attendees:
        places += [_text(one).lower().removeprefix("mailto:"), _text(getattr(one, "params", {}).get("cn"))]
    return [place for place in places if place]
