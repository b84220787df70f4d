"""Find a time: the best times for a session, and who would be missing at each and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.booking import Period, end_of, resource_of
from ..domain.errors import Invalid
from ..domain.finding import CHAIR, Busy, Missing, Offer, Reach, Wanted, candidates, choose, offers, wanted_errors, window
from ..domain.sessions import CHANGEABLE, FARTHEST
from ..house import House
from ..store import tables as t
from ..store.types import moment_of
from .blocked import blocked_times
from .capacity import no_broadcast
from .conflicts import LONGEST_HELD_MINUTES, room_spans, rooms_held_from
from .session_plans import named_user

Busies = dict[str, list[Busy]]


@dataclass(frozen=True)
class Holder:
    """What holds somebody: a session, or a reason other than one. Texts by language."""

    period: Period
    session_id: str = ""
    number: str = ""
    title: dict[str, str] | None = None
    reason: str = ""


@dataclass(frozen=True)
class MissingView:
    """Who would not be there: a point, or the person in the chair (``slug`` is empty)."""

    slug: str
    name: dict[str, str]
    required: bool
    holders: tuple[Holder, ...]


@dataclass(frozen=True)
class OfferView:
    """A time on offer."""

    starts_at: datetime
    ends_at: datetime
    free: int
    missing: tuple[MissingView, ...]

    @property
    def missing_required(self) -> tuple[MissingView, ...]:
        return tuple(item for item in self.missing if item.required)

    @property
    def missing_optional(self) -> tuple[MissingView, ...]:
        return tuple(item for item in self.missing if not item.required)


@dataclass(frozen=True)
class Found:
    """The offers, the best first; ``looked_at`` is how many times were compared, ``wanted`` how many were asked for."""

    offers: tuple[OfferView, ...]
    looked_at: int
    wanted: int

    @property
    def suits_required(self) -> bool:
        """Whether there is a time at which nobody required is missing."""
        return bool(self.offers) and not self.offers[0].missing_required


def find_times(house: House, actor: Actor, wanted: Wanted, chair_user: str | None = None,
               except_session: str | None = None) -> Found:
    """The best times for the points in ``wanted`` (slugs) and the person in the chair, if one is named.

    ``except_session`` is looked through: what it holds counts as free. Raises Invalid, Forbidden.
    """
    require(actor.plans, actor)
    wanted = replace(wanted, required=tuple(who for who in wanted.required if who != CHAIR))
    _checked(house, wanted)
    with house.db.read() as db:
        points, chair = _points(db, wanted), _chair(db, chair_user)
        if chair is not None:
            wanted = replace(wanted, required=(CHAIR, *wanted.required))
        starts = candidates(wanted, house.network.zone, house.clock.now())
        period = window(wanted, starts)
        look = _Look(db, house, points, chair, period, except_session)
        if wanted.broadcast and period is not None:
            look.walls += no_broadcast(db, house, period, except_session)
        chosen = choose(wanted, starts, look.spans(), house.network.zone, look.walls, moment_of)
        found = offers(wanted, chosen, look.holders(wanted, chosen))
        return Found(_described(db, found, points, chair, len(wanted.everybody)), len(starts), len(wanted.everybody))


def _checked(house: House, wanted: Wanted) -> None:
    errors = wanted_errors(wanted)
    today = house.clock.now().astimezone(house.network.zone).date()
    if not today <= wanted.first_day <= today + FARTHEST:
        errors.append({"field": "from", "message": "Give a day that is not in the past and at most five years away."})
    if errors:
        raise Invalid(errors=errors)


def _points(db: DbSession, wanted: Wanted) -> list[t.Point]:
    """The rows; raises Invalid naming every slug that is not a point in use."""
    slugs = [slug for slug in wanted.everybody if "\0" not in slug]
    found = {point.slug: point for point in db.scalars(select(t.Point).where(t.Point.slug.in_(slugs), t.Point.active))}
    missing = [slug for slug in wanted.everybody if slug not in found]
    if missing:
        raise Invalid(errors=[{"field": "points", "message": "There is no point %(slug)s.", "slug": slug} for slug in missing])
    return [found[slug] for slug in wanted.everybody]


def _chair(db: DbSession, name_or_id: str | None) -> t.User | None:
    if not name_or_id:
        return None
    user = named_user(db, name_or_id)
    if user is None:
        raise Invalid(errors=[{"field": "chair.user", "message": "There is no active account %(name)s.", "name": name_or_id}])
    return user


class _Look:
    """When everybody is busy in a period, and what holds those who would be missing at the times chosen."""

    def __init__(self, db: DbSession, house: House, points: Sequence[t.Point], chair: t.User | None, period: Period | None,
                 except_session: str | None) -> None:
        self.db, self.except_session = db, except_session
        self.by_resource = {resource_of(point.id): point.slug for point in points}
        self.walls: list[Period] = []
        self.others: Busies = {slug: [] for slug in (CHAIR, *self.by_resource.values())}
        self.rooms: Sequence[Any] = ()
        if period is not None:
            self.rooms = room_spans(db, list(self.by_resource), period, except_session)
            self.others[CHAIR] = _chaired(db, chair, period, except_session) if chair is not None else []
            self._look_at_blocked(house, points, period)

    def _look_at_blocked(self, house: House, points: Sequence[t.Point], period: Period) -> None:
        slugs = {point.id: point.slug for point in points}
        for item in blocked_times(self.db, house, points, period):
            if item.point_id is None:
                self.walls.append(item.period)
            elif item.point_id in slugs:
                self.others[slugs[item.point_id]].append(Busy(item.period, reason=item.reason))

    def spans(self) -> dict[str, list[Any]]:
        """(start, end, …) of all that holds somebody, by person; the rooms' rows as they were read."""
        found: dict[str, list[Any]] = {
            who: [(one.period.starts_at, one.period.ends_at) for one in held] for who, held in self.others.items()}
        of_room = {resource: found[slug] for resource, slug in self.by_resource.items()}
        for row in self.rooms:
            of_room[row[2]].append(row)
        return found

    def holders(self, wanted: Wanted, chosen: Sequence[datetime]) -> Busies:
        """Everything that touches one of the times; of sessions only now is asked which they are."""
        reach = Reach(wanted, sorted(chosen), moment_of)
        touching = {(resource, moment_of(start)) for start, end, resource in self.rooms if reach.touches(start, end)}
        found: Busies = {slug: list(held) for slug, held in self.others.items()}
        for resource, session_id, held in rooms_held_from(self.db, touching, self.except_session):
            found[self.by_resource[resource]].append(Busy(held, session_id))
        return found


def _chaired(db: DbSession, chair: t.User, period: Period, except_session: str | None) -> list[Busy]:
    """The sessions that the person chairs in the period."""
    query = select(t.Session.id, t.Session.starts_at, t.Session.ends_at, t.Session.extended_to).where(
        t.Session.chair_user_id == chair.id, t.Session.status.in_(CHANGEABLE),
        t.Session.starts_at < period.ends_at, t.Session.starts_at > end_of(period.starts_at, -LONGEST_HELD_MINUTES),
        t.Session.id != (except_session or ""))
    rows = [(session_id, Period(start, extended or end)) for session_id, start, end, extended in db.execute(query)]
    return [Busy(held, session_id) for session_id, held in rows if held.overlaps(period)]


def _described(db: DbSession, offers: Sequence[Offer], points: Sequence[t.Point], chair: t.User | None,
               wanted: int) -> tuple[OfferView, ...]:
    held = {one.session_id for offer in offers for item in offer.missing for one in item.busy if one.session_id}
    titles = _titles(db, held)
    names = {point.slug: point.name for point in points}
    names[CHAIR] = {"": (chair.full_name or chair.name) if chair else ""}
    return tuple(OfferView(offer.period.starts_at, offer.period.ends_at, wanted - len(offer.missing),
                           tuple(_missing(item, names[item.who], titles) for item in offer.missing)) for offer in offers)


def _missing(item: Missing, name: dict[str, str], titles: dict[str, tuple[str, dict[str, str]]]) -> MissingView:
    holders = []
    for one in item.busy:
        number, title = titles.get(one.session_id, ("", None))
        holders.append(Holder(one.period, one.session_id, number, title, one.reason))
    return MissingView(item.who, name, item.required, tuple(holders))


def _titles(db: DbSession, session_ids: Iterable[str]) -> dict[str, tuple[str, dict[str, str]]]:
    columns = (t.Session.id, t.Session.number_year, t.Session.number_serial, t.Session.title)
    rows = db.execute(select(*columns).where(t.Session.id.in_(sorted(session_ids))))
    return {session_id: (f"{year}-{serial:04d}", title) for session_id, year, serial, title in rows}
