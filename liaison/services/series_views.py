"""A series as a reader may see it: its rule, its dates with their state, and what differs from the rule and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Forbidden, NotFound, Unauthenticated
from ..domain.recurrence import Rule
from ..domain.sessions import Plan
from ..house import House
from ..store import tables as t
from . import sessions
from .series import load_series, occurrences
from .series_plans import Recurrence, at, plan_dates, series_rule
from .series_refusals import IN_THE_WAY, refused_date
from .session_views import SessionView, may_see, session_view


@dataclass(frozen=True)
class Gap:
    """A date of the rule that is not booked; ``reason``: left_out or taken, then ``conflicts`` say by what."""

    at: datetime
    reason: str
    conflicts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class SeriesView:
    """``dates`` are those the reader may see, by time. A date's ``series_changes`` say what was changed for it alone."""

    id: str
    rule: Rule
    rule_text: str
    timezone: str
    endless: bool
    booked_until: datetime
    version: int
    dates: tuple[SessionView, ...]
    gaps: tuple[Gap, ...]
    may_change: bool

    @property
    def exceptions(self) -> tuple[SessionView, ...]:
        """Dates that are not as the rule has them, cancelled ones too."""
        return tuple(view for view in self.dates if view.series_changes or view.status == "cancelled")

    def to_come(self, now: datetime) -> tuple[SessionView, ...]:
        return tuple(view for view in self.dates if view.ends_at > now)


def get_series(house: House, actor: Actor, series_id: str) -> SeriesView:
    """One series. Raises NotFound; Unauthenticated or Forbidden when none of its dates is for this reader."""
    with house.db.read() as db:
        return series_view(db, house, actor, load_series(db, series_id))


def series_view(db: DbSession, house: House, actor: Actor, found: t.Series) -> SeriesView:
    """The view, inside another's transaction."""
    now = house.clock.now()
    rows = [row for row in occurrences(db, found.id) if may_see(actor, row, now)]
    if not rows and not actor.sees_all:
        raise Forbidden() if actor.signed_in else Unauthenticated()
    views = sorted((session_view(house, actor, row) for row in rows), key=lambda view: view.starts_at)
    gaps = tuple(Gap(gap.recurrence_id, gap.reason, tuple(gap.conflicts)) for gap in found.gaps) if actor.signed_in else ()
    return SeriesView(found.id, series_rule(found), found.rule, found.timezone, found.endless, found.materialised_until,
                      found.version, tuple(views), gaps, actor.plans)


def session_of(db: DbSession, series_id: str, recurrence_id: datetime) -> t.Session:
    """The date of a series that iCalendar names by its RECURRENCE-ID. Raises NotFound."""
    found = next((row for row in occurrences(db, series_id) if row.recurrence_id == recurrence_id), None)
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Preview:
    """What a booking would give: every date with what stands in its way (as in ``series_refusals``); an endless rule's first year."""

    rule: Rule
    dates: tuple[tuple[datetime, dict[str, Any] | None], ...]


def preview(house: House, actor: Actor, plan: Plan, wanted: Recurrence) -> Preview:
    """The dates of a wish and what is in their way, for the form while it is filled in. Raises Invalid."""
    require(actor.plans, actor)
    dates = plan_dates(house, plan, wanted)
    with house.db.read() as db:
        points = list(db.scalars(select(t.Point).where(t.Point.slug.in_(plan.all_points))))
        found = [(start, _in_the_way(db, house, actor, points, at(plan, start), dates.zone)) for start in dates.booked]
    return Preview(dates.rule, tuple(found))


def _in_the_way(db: DbSession, house: House, actor: Actor, points: Sequence[t.Point], plan: Plan,
                zone: ZoneInfo) -> dict[str, Any] | None:
    try:
        sessions.require_place(db, house, actor, plan, points, confirmed=())
    except IN_THE_WAY as error:
        return refused_date(error, plan.starts_at, zone)
    return None
