"""What a series is made from: the wish of a booker, the dates it gives, and the plan as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.agenda import AgendaEntry
from ..domain.errors import Invalid
from ..domain.recurrence import Rule, check_size, first_start, local_time_of, moment, parse_rule, starts
from ..domain.sessions import Plan
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .session_plans import Resolved

AHEAD = timedelta(days=366)
"""So far an endless series has its sessions booked."""


MOST_PLACES = 8_000
"""Dates times points of one booking: more would keep every other writer waiting for many seconds."""


@dataclass(frozen=True)
class Recurrence:
    """What a booker asks for: an RRULE's value, and dates of it (in the session's zone) that are not to be booked."""

    rule: str
    leave_out: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Dates:
    """A rule with its dates: ``booked`` and ``left_out`` are moments; sessions of an endless rule exist up to ``until``."""

    rule: Rule
    starts_local: datetime
    zone: ZoneInfo
    booked: tuple[datetime, ...]
    left_out: tuple[datetime, ...]
    until: datetime


def zone_of(house: House, plan: Plan) -> ZoneInfo:
    return ZoneInfo(plan.timezone) if plan.timezone else house.network.zone


def plan_dates(house: House, plan: Plan, wanted: Recurrence) -> Dates:
    """The dates of a wish; the plan's start is the first day that may be one. Raises Invalid."""
    zone = zone_of(house, plan)
    local = local_time_of(plan.starts_at, zone)
    rule = parse_rule(wanted.rule, local, zone)
    local = first_start(rule, local)
    check_size(rule, local)
    until = house.clock.now() + AHEAD if rule.endless else _after_last(rule, local, zone)
    return _split(rule, local, zone, max(until, moment(local, zone) + timedelta(seconds=1)), wanted.leave_out)


def _after_last(rule: Rule, local: datetime, zone: ZoneInfo) -> datetime:
    return starts(rule, local, zone, datetime.max.replace(tzinfo=zone))[-1] + timedelta(seconds=1)


def _split(rule: Rule, local: datetime, zone: ZoneInfo, until: datetime, leave_out: frozenset[date]) -> Dates:
    found = starts(rule, local, zone, until)
    left_out = tuple(at for at in found if at.astimezone(zone).date() in leave_out)
    booked = tuple(at for at in found if at not in left_out)
    if not booked:
        raise Invalid(errors=[{"field": "recurrence.leave_out", "message": "Leave at least one date in."}])
    return Dates(rule, local, zone, booked, left_out, until)


def check_places(dates: int, points: int) -> None:
    """Raises Invalid for more than can be booked in one go."""
    if dates * points > MOST_PLACES:
        raise Invalid(errors=[{"field": "recurrence.rule", "dates": dates, "points": points, "message": N_(
            "%(dates)s dates for %(points)s points are too many at once. Choose an earlier end, a longer interval or fewer points.")}])


def keep_plan(plan: Plan) -> dict[str, Any]:
    """As JSON, without the start."""
    kept = asdict(plan)
    del kept["starts_at"]
    return kept


def kept_plan(kept: Mapping[str, Any], starts_at: datetime) -> Plan:
    """The plan of one date of a series (or of a template)."""
    known = {item.name for item in fields(Plan)}
    values: dict[str, Any] = {name: value for name, value in kept.items() if name in known}
    values |= {name: tuple(values[name]) for name in ("points", "optional_points") if name in values}
    values["agenda"] = tuple(AgendaEntry(**item) for item in kept.get("agenda", ()))
    return Plan(**values | {"starts_at": starts_at})


def series_local(series: t.Series) -> datetime:
    """The first start the rule speaks of, naive local time."""
    return datetime.fromisoformat(series.starts_local)


def series_zone(series: t.Series) -> ZoneInfo:
    return ZoneInfo(series.timezone)


def series_rule(series: t.Series) -> Rule:
    return parse_rule(series.rule, series_local(series), series_zone(series))


def rule_of_template(house: House, text: str) -> Rule | None:
    """A template's rule as it stands: the days that it leaves to its first start are not said. None: it has no rule."""
    if not text:
        return None
    rule = parse_rule(text, local_time_of(house.clock.now(), house.network.zone), house.network.zone)
    return replace(rule, days=()) if rule.frequency == "WEEKLY" and "BYDAY" not in text else rule


def plan_as_resolved(plan: Plan, resolved: Resolved) -> Plan:
    """The plan with its people by id and the chair's point named: later dates must not depend on who carries the series on."""
    def key(user: t.User | None) -> str | None:
        return user.id if user else None
    return replace(plan, chair_point=resolved.chair_point.slug, chair_user=key(resolved.chair_user), deputy=key(resolved.deputy),
                   secretary=key(resolved.secretary))


def at(plan: Plan, starts_at: datetime) -> Plan:
    return replace(plan, starts_at=starts_at)
