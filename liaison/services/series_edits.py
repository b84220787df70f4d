"""Changing and cancelling more than one date of a series: this and the following ones, or all that are still to come.

Dates changed by hand keep what was changed for them, unless the booker says to overwrite it. A change of time moves the rule
itself on: earlier dates keep their sessions. Everything is one transaction, and one letter for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any, Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import IllegalState, Invalid, PreconditionFailed
from ..domain.recurrence import Rule, check_size, first_start, local_starts, local_time_of, moment, moved, parse_rule, rule_text
from ..domain.sessions import CHANGEABLE, Plan, reason_errors
from ..domain.words import SessionStatus
from ..house import House
from ..i18n import N_
from ..store import tables as t
from ..store.locks import lock_bookings
from . import audit, deputies, idempotency, notices, series, series_notices, sessions
from .booking_checks import ON_HOLIDAYS
from .idempotency import Once
from .making_way import Claim
from .series_plans import AHEAD, check_places, keep_plan, plan_as_resolved, series_local, series_rule, series_zone
from .series_refusals import IN_THE_WAY, refuse, refused_date
from .session_plans import resolve, state_of
from .session_views import SessionView, load_session, people_of, plan_of, session_view

Scope = Literal["this", "following", "all"]
TIME = frozenset({"starts_at", "timezone"})
MakeWay = Callable[[Sequence[Claim], frozenset[str]], None]
"""What is done with those who stand in the way of a change: gets what the dates will hold, and the ids of the dates themselves."""


@dataclass(frozen=True)
class Edit:
    """What is asked for. ``rule``: another rule from the first date in scope on; ``stay``: dates (local) that keep their
    time and everything else, and new dates of another rule that are left out; ``overwrite``: also what was changed by hand
    for single dates."""

    scope: Scope
    changes: Mapping[str, Any]
    rule: str | None = None
    overwrite: bool = False
    stay: frozenset[date] = frozenset()


def change_dates(house: House, actor: Actor, session_id: str, edit: Edit, expected_version: int | None = None,
                 confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Change one date (as ``sessions.change_session``), or more; returns the session asked for.

    Raises BookingConflict naming every date (by where it was) that cannot be so and why, PreconditionFailed, IllegalState, Invalid.
    """
    if edit.scope == "this":
        if edit.rule is not None:
            raise Invalid(errors=[{"field": "recurrence", "message": "One date alone has no rule. Choose the following dates or all."}])
        return sessions.change_session(house, actor, session_id, edit.changes, expected_version, confirmed)
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    sessions.known_fields(edit.changes)
    with house.db.write() as db:
        lock_bookings(db)
        return session_view(house, actor, change_dates_within(db, house, actor, session_id, edit, expected_version, confirmed))


def change_dates_within(db: DbSession, house: House, actor: Actor, session_id: str, edit: Edit, expected_version: int | None,
                        confirmed: Collection[str], make_way: MakeWay | None = None) -> t.Session:
    """Change several dates inside another's transaction that holds the lock on bookings; the session asked for.

    ``make_way`` is called when the dates have let go of what they leave, before they take what they come to.
    """
    session, found, dates = _scope(db, house, session_id, edit.scope, expected_version)
    _Change(db, house, actor, found, session, dates, edit, confirmed, make_way).run()
    return session


def cancel_dates(house: House, actor: Actor, session_id: str, scope: Scope, reason: str = "",
                 expected_version: int | None = None, once: Once | None = None) -> SessionView:
    """Cancel one date, this and the following, or all to come. The rule ends before the first one cancelled."""
    if scope == "this":
        return sessions.cancel_session(house, actor, session_id, reason, expected_version, once)
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    if errors := reason_errors(reason):
        raise Invalid(errors=errors)
    with house.db.write() as db:
        known = idempotency.find(db, actor, once)
        if known is not None:
            return session_view(house, actor, load_session(db, known))
        lock_bookings(db)
        session, found, dates = _scope(db, house, session_id, scope, expected_version)
        _cancel(db, house, actor, found, dates, reason.strip())
        idempotency.keep(db, house, actor, once, session.id)
        return session_view(house, actor, session)


def _scope(db: DbSession, house: House, session_id: str, scope: Scope,
           expected: int | None) -> tuple[t.Session, t.Series, list[t.Session]]:
    """The session asked for, its series, and the dates in scope that have not begun, by their place in the rule."""
    session = load_session(db, session_id, lock=True)
    if expected is not None and session.version != expected:
        raise PreconditionFailed()
    if session.series_id is None:
        raise IllegalState("This session is not part of a series.")
    if session.status not in CHANGEABLE:
        raise IllegalState("An ended or cancelled session cannot be changed.", remedy="Choose a date of the series that is to come.")
    found = series.load_series(db, session.series_id, lock=True)
    dates = [one for one in series.occurrences(db, found.id) if one.status == SessionStatus.CONFIRMED
             and one.starts_at > house.clock.now() and (scope == "all" or _place(one) >= _place(session))]
    if not dates:
        raise IllegalState("No date of this series is still to come.")
    return session, found, dates


def _place(session: t.Session) -> datetime:
    assert session.recurrence_id is not None
    return session.recurrence_id


class _Change:
    """One change of several dates, inside its transaction."""

    def __init__(self, db: DbSession, house: House, actor: Actor, found: t.Series, session: t.Session, dates: list[t.Session],
                 edit: Edit, confirmed: Collection[str], make_way: MakeWay | None) -> None:
        self.db, self.house, self.actor, self.series, self.session, self.dates = db, house, actor, found, session, dates
        self.edit, self.confirmed, self.zone, self.make_way = edit, confirmed, series_zone(found), make_way
        now = plan_of(session)
        wanted = sessions.changed_plan(session, edit.changes)
        self.changes = {name: getattr(wanted, name) for name in edit.changes if getattr(wanted, name) != getattr(now, name)}
        self.shift = timedelta(0)
        self.clock: time | None = None
        self.days = timedelta(0)
        if "starts_at" in self.changes:  # from where the rule has this date, though it may have been moved by hand
            to = local_time_of(wanted.starts_at, self.zone)
            self.shift, self.clock = to - local_time_of(_place(session), self.zone), to.time()
            self.days = to.date() - local_time_of(_place(session), self.zone).date()
        self.added: list[datetime] = []
        self.left_out: list[datetime] = []
        self.was: dict[str, datetime] = {}
        self.before = {"starts_at": dates[0].starts_at.isoformat(), "ends_at": dates[0].ends_at.isoformat()}
        self.refused: list[dict[str, Any]] = []

    def run(self) -> None:
        if not self.changes and self.edit.rule is None:
            return
        old = {one.id: state_of(one) for one in self.dates}
        retimed = "starts_at" in self.changes or self.edit.rule is not None
        places = self._new_rule() if retimed else {}
        self.series.sequence = max([self.series.sequence, *(one.sequence for one in self.dates)]) + 1
        self._apply(places, retimed)
        self._keep_plan()
        if self.refused:
            raise refuse(self.house, self.actor.language, self.refused, len(self.dates) + len(self.added))
        changed = [one for one in self.dates if state_of(one) != old.get(one.id)]
        self._close(changed, old, retimed)

    def _new_rule(self) -> dict[datetime, datetime]:
        """Move the rule on to the first date in scope that it has; where each of the old dates goes. Dates that the rule has not (a
        former change of following dates has moved it on) go their own way by as many days, to the same hour."""
        old_rule, start = series_rule(self.series), series_local(self.series)
        places = [local_time_of(_place(one), self.zone) for one in self.dates]
        ahead = max(self.series.materialised_until, self.house.clock.now() + AHEAD)
        ruled = list(takewhile(lambda at: moment(at, self.zone) < ahead, local_starts(old_rule, start)))
        earlier = [at for at in places if at not in ruled]
        if self.edit.rule is None and len(earlier) == len(places):
            return self._without_rule(old_rule, start, earlier)
        first = places[0] if self.edit.rule is not None else next(at for at in places if at in ruled)
        old = [at for at in ruled if at >= first]
        left = None if old_rule.count is None else old_rule.count - sum(1 for at in local_starts(old_rule, start) if at < first)
        begin = self._moved(first)
        if self.edit.rule is not None:
            rule = parse_rule(self.edit.rule, begin, self.zone)
        else:
            rule = replace(moved(old_rule, first, begin), count=left)
        begin = first_start(rule, begin)
        check_size(rule, begin)
        self._require_order(moment(begin, self.zone))
        new = local_starts(rule, begin)
        if self.edit.rule is None:
            new = islice(new, len(old))
        elif rule.endless:
            new = takewhile(lambda at: moment(at, self.zone) < ahead, new)
        kept = list(new)
        self._write_rule(rule, begin, kept[-1])
        if self.edit.rule is not None:
            return self._pair(earlier + old, kept)
        return self._pair(old, kept) | {moment(at, self.zone): moment(self._moved(at), self.zone) for at in earlier}

    def _without_rule(self, rule: Rule, start: datetime, places: list[datetime]) -> dict[datetime, datetime]:
        """None of the rule's own dates is to come: it begins, and ends, with the last of those that are."""
        begin = self._moved(places[-1])
        self._require_order(moment(begin, self.zone))
        left_out = {gap.recurrence_id: gap.recurrence_id for gap in self.series.gaps}
        if not rule.endless:
            self._write_rule(replace(moved(rule, start, begin), count=1, until=None), begin, begin)
        return left_out | {moment(at, self.zone): moment(self._moved(at), self.zone) for at in places}

    def _require_order(self, begin: datetime) -> None:
        """Raise Invalid where the rule would start before dates that stay as they are: those would no longer be the rule's."""
        now = self.house.clock.now()
        if any(_place(one) >= begin for one in self._others() if one.status == SessionStatus.CONFIRMED and one.starts_at > now):
            raise Invalid(errors=[{"field": "starts_at", "message": N_(
                "These dates would come before earlier ones of the series. Move this date alone, or all dates.")}])

    def _others(self) -> list[t.Session]:
        """Dates of the series that are out of scope."""
        return [one for one in series.occurrences(self.db, self.series.id) if one not in self.dates]

    def _moved(self, at: datetime) -> datetime:
        """Where a date goes: by as many days, and to the same hour, as the one that was changed."""
        return at if self.clock is None else datetime.combine(at.date() + self.days, self.clock)

    def _write_rule(self, rule: Rule, begin: datetime, last: datetime) -> None:
        self.series.rule, self.series.starts_local = rule_text(rule, begin, self.zone), begin.isoformat()
        self.series.endless = rule.endless
        self.series.materialised_until = max(self.series.materialised_until, moment(last, self.zone) + timedelta(seconds=1))

    def _pair(self, old: list[datetime], new: list[datetime]) -> dict[datetime, datetime]:
        """A moved rule: first goes to first. Another rule: each date stays where the new rule has the same day; new ones come."""
        if self.edit.rule is None:
            pairs = list(zip(old, new, strict=False))
        else:
            by_day = {at.date(): at for at in new}
            pairs = [(at, by_day.pop(at.date())) for at in old if at.date() in by_day]
            self.added = [moment(at, self.zone) for day, at in by_day.items() if day not in self.edit.stay]
            self.left_out = [moment(at, self.zone) for day, at in by_day.items() if day in self.edit.stay]
        return {moment(was, self.zone): moment(becomes, self.zone) for was, becomes in pairs}

    def _apply(self, places: dict[datetime, datetime], retimed: bool) -> None:
        gone = [one for one in self.dates if retimed and _place(one) not in places]
        for one in gone:
            self._drop(one)
        kept = [one for one in self.dates if one not in gone]
        self._move_others(places, retimed)
        plans = [(one, self._plan(one, places)) for one in kept]
        moving = [one.id for one, plan in plans if plan.starts_at != one.starts_at or plan.ends_at != one.ends_at]
        # What moves lets go of everything first: dates of one series would otherwise stand in each other's way.
        self.db.execute(delete(t.Booking).where(t.Booking.session_id.in_(moving)).execution_options(synchronize_session="fetch"))
        if self.make_way is not None:
            self.make_way(self._claims(plans), frozenset(one.id for one in self.dates))
        # Ports are counted by sessions, so those that go furthest move first.
        for one, plan in sorted(plans, key=lambda pair: pair[1].starts_at, reverse=self.shift > timedelta(0)):
            self._rearrange(one, plan)
        self._add()

    def _plan(self, one: t.Session, places: dict[datetime, datetime]) -> Plan:
        """What a date becomes: the change, but for what was changed by hand for it."""
        was = self.was[one.id] = _place(one)
        stays = local_time_of(was, self.zone).date() in self.edit.stay
        one.recurrence_id = places.get(was, was)
        own = set(one.series_changes or ())
        if self.edit.overwrite or one is self.session:
            own -= set(self.changes)
        if stays:
            own |= set(self.changes)
        one.series_changes = sorted(own | ({"starts_at"} if stays and one.recurrence_id != was else set()))
        fields = {name: value for name, value in self.changes.items() if name not in own | TIME}
        if places and "starts_at" not in one.series_changes:
            fields["starts_at"] = one.recurrence_id
        return sessions.changed_plan(one, fields)

    def _claims(self, plans: Sequence[tuple[t.Session, Plan]]) -> list[Claim]:
        """What each date will hold, named as a refusal would name it."""
        kept = [Claim(plan.all_points, plan.held, plan.priority, local_time_of(self.was[one.id], self.zone).date()) for one, plan in plans]
        new = self._wanted()
        return kept + [Claim(new.all_points, replace(new, starts_at=at).held, new.priority, local_time_of(at, self.zone).date())
                       for at in self.added]

    def _rearrange(self, one: t.Session, plan: Plan) -> None:
        try:
            sessions.rearrange(self.db, self.house, self.actor, one, plan, self.confirmed)
        except IN_THE_WAY as error:
            self.refused.append(refused_date(error, self.was[one.id], self.zone))

    def _move_others(self, places: dict[datetime, datetime], retimed: bool) -> None:
        """Dates left out, cancelled and held ones keep their place in the moved rule."""
        if not retimed:
            return
        first = _place(self.dates[0])
        later = [gap for gap in self.series.gaps if gap.recurrence_id >= first]
        self.series.gaps = [gap for gap in self.series.gaps if gap not in later]
        self.db.flush()
        for gap in later:
            if gap.recurrence_id in places:
                series.add_gap(self.db, self.house, self.series, places[gap.recurrence_id], gap.reason, gap.conflicts)
        for one in self._others():
            one.recurrence_id = places.get(_place(one), _place(one))

    def _drop(self, one: t.Session) -> None:
        one.status = SessionStatus.CANCELLED
        sessions.free_bookings(self.db, one.id, self.house.clock.now())

    def _add(self) -> None:
        """The dates that the new rule has and the old one had not."""
        for at in self.left_out:
            series.add_gap(self.db, self.house, self.series, at, "left_out")
        if not self.added:
            return
        check_places(len(self.added), len(self.session.invitations))
        plan = self._wanted()
        resolved = resolve(self.db, self.actor, plan, keep=self._keep())
        for at in self.added:
            try:
                made = series.place_one(self.db, self.house, self.actor, self.series, plan, resolved, at, self.confirmed)
            except IN_THE_WAY as error:
                self.refused.append(refused_date(error, at, self.zone))
            else:
                self.dates.append(made)

    def _wanted(self) -> Plan:
        """The plan of dates that are to come, but for their time."""
        return sessions.changed_plan(self.session, {name: value for name, value in self.changes.items() if name not in TIME})

    def _keep(self) -> frozenset[str]:
        return frozenset(one.point_id for one in self.session.invitations) | frozenset(people_of(self.session))

    def _keep_plan(self) -> None:
        """Later dates of an endless series are booked as the series is now."""
        plan = self._wanted()
        self.series.plan = keep_plan(plan_as_resolved(plan, resolve(self.db, self.actor, plan, keep=self._keep())))

    def _close(self, changed: list[t.Session], old: dict[str, dict[str, Any]], retimed: bool) -> None:
        now = self.house.clock.now()
        for one in changed:
            one.sequence, one.version, one.updated_at = self.series.sequence, one.version + 1, now
        self.series.version, self.series.updated_at = self.series.version + 1, now
        moved_from = {"before": self.before} if retimed else {}
        notices.withdraw_reminders(self.db, [one.id for one in changed])
        series_notices.announce(self.db, self.house, self.series, {one.id for one in changed}, **moved_from)
        self._record(changed, old)

    def _record(self, changed: list[t.Session], old: dict[str, dict[str, Any]]) -> None:
        for one in changed:
            sessions.tell_room(self.db, self.house, self.actor, one, "session_changed")
            before, after = audit.changes(old.get(one.id, {}), state_of(one))
            audit.record(self.db, self.house, self.actor, "session.changed", "session", one.id, before, after)
        audit.record(self.db, self.house, self.actor, "series.changed", "series", self.series.id, None, {
            "rule": self.series.rule, "scope": self.edit.scope, "dates": len(changed)})


def _cancel(db: DbSession, house: House, actor: Actor, found: t.Series, dates: list[t.Session], reason: str) -> None:
    now, zone = house.clock.now(), series_zone(found)
    found.sequence = max([found.sequence, *(one.sequence for one in dates)]) + 1
    _end_rule(found, local_time_of(_place(dates[0]), zone))
    for one in dates:
        before = state_of(one)
        one.status, one.cancel_reason, one.sequence = SessionStatus.CANCELLED, reason, found.sequence
        one.version, one.updated_at = one.version + 1, now
        sessions.free_bookings(db, one.id, now)
        sessions.tell_room(db, house, actor, one, "session_cancelled")
        audit.record(db, house, actor, "session.cancelled", "session", one.id, *audit.changes(before, state_of(one)))
    found.cancel_reason, found.version, found.updated_at = reason, found.version + 1, now
    notices.withdraw_reminders(db, [one.id for one in dates])
    series_notices.announce(db, house, found, set(), reason=reason)
    audit.record(db, house, actor, "series.cancelled", "series", found.id, None, {"dates": len(dates), "reason": reason})


def _end_rule(found: t.Series, before: datetime) -> None:
    """The rule has no date from ``before`` (local) on; one that would have none at all keeps its first, which is cancelled."""
    rule, start = series_rule(found), series_local(found)
    earlier = list(takewhile(lambda at: at < before, local_starts(rule, start)))
    last = earlier[-1] if earlier else start
    found.rule = rule_text(replace(rule, count=None, until=last.date()), start, series_zone(found))
    found.endless = False
