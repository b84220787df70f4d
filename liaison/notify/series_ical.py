"""A series as one iCalendar object (RFC 5545, section 3.8.5): the rule, dates added and left out, and a component with
RECURRENCE-ID for every date that differs from the rule. The master and the changed dates share one UID."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Event, vRecur

from ..domain.recurrence import moment, rule_text, starts
from ..services.notifier import SeriesDetails, SessionDetails
from .ical import CalendarEntry, session_event

Entry = Callable[[SessionDetails], CalendarEntry]
"""Words one date as a calendar shows it."""


def series_events(series: SeriesDetails, shown: SessionDetails, entry: Entry, host: str) -> list[Event]:
    """The master and its exceptions for a REQUEST; ``shown`` is the date whose texts the master has."""
    zone = ZoneInfo(series.timezone)
    by_rule = _by_rule(series, zone)
    present = {date.recurrence_id for date in series.dates}
    master = session_event(_as_master(series, entry(shown), zone), host)
    master.add("rrule", vRecur.from_ical(rule_text(series.rule, series.starts_local, zone)))
    left_out = [at for at in by_rule if at not in present]
    added = sorted(date.recurrence_id for date in series.dates if date.recurrence_id and date.recurrence_id not in by_rule)
    if left_out:
        master.add("exdate", [at.astimezone(zone) for at in left_out])
    if added:
        master.add("rdate", [at.astimezone(zone) for at in added])
    plain = _content(entry(shown))
    exceptions = [date for date in series.dates if _differs(series, date, entry, plain)]
    return [master, *(_of_series(session_event(entry(date), host), series, date, host) for date in exceptions)]


def cancelled_events(series: SeriesDetails, shown: SessionDetails, entry: Entry, host: str) -> list[Event]:
    """For a CANCEL: the whole series, or the dates to come one by one where dates have been held already."""
    coming = [replace(entry(date), cancelled=True) for date in series.cancelled]
    if series.cancelled and min(date.starts_at for date in series.cancelled) > moment(series.starts_local, ZoneInfo(series.timezone)):
        return [_of_series(session_event(one, host), series, date, host) for one, date in zip(coming, series.cancelled, strict=True)]
    whole = _as_master(series, entry(shown), ZoneInfo(series.timezone))
    return [session_event(replace(whole, cancelled=True), host)]


def _by_rule(series: SeriesDetails, zone: ZoneInfo) -> list[datetime]:
    """The rule's own dates, as far as sessions exist."""
    last = max((date.recurrence_id for date in series.dates if date.recurrence_id), default=None)
    until = max(filter(None, (series.until, last and last + timedelta(seconds=1))))
    return starts(series.rule, series.starts_local, zone, until)


def _as_master(series: SeriesDetails, entry: CalendarEntry, zone: ZoneInfo) -> CalendarEntry:
    first = moment(series.starts_local, zone)
    return replace(
        entry, session_id=series.id, recurrence_id=None, sequence=series.sequence, starts_at=first,
        ends_at=first + timedelta(minutes=series.minutes), timezone=series.timezone, created_at=series.created_at or entry.created_at,
        stamp=series.updated_at or entry.stamp)


def _content(entry: CalendarEntry) -> tuple[object, ...]:
    return entry.summary, entry.location, entry.ends_at - entry.starts_at


def _differs(series: SeriesDetails, date: SessionDetails, entry: Entry, plain: tuple[object, ...]) -> bool:
    return date.id not in series.calm or date.starts_at != date.recurrence_id or _content(entry(date)) != plain


def _of_series(event: Event, series: SeriesDetails, date: SessionDetails, host: str) -> Event:
    """Tie a date's component to its series; its SEQUENCE is never behind the master's."""
    del event["uid"], event["sequence"]
    event.add("uid", f"{series.id}@{host}")
    event.add("sequence", max(series.sequence, date.sequence))
    if "recurrence-id" not in event and date.recurrence_id is not None:
        event.add("recurrence-id", date.recurrence_id.astimezone(ZoneInfo(series.timezone)))
    return event
