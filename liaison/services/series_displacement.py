"""A series of higher priority takes the time of lower sessions, at all its dates in one act.

As for single sessions (``displacement``): each session in the way is named with the dates for which it would make way, and what
becomes of it is chosen; all of it happens in one transaction, or nothing. A date whose holder cannot be displaced, or is to stay as
it is, is left out of the series (``Recurrence.leave_out``) or keeps what it has (``Edit.stay``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..domain.actor import Actor, require
from ..domain.displacement import DisplacedChanged, Holder
from ..domain.sessions import Plan
from ..house import House
from ..store.locks import lock_bookings
from . import deputies
from .booking_checks import ON_HOLIDAYS
from .displacement import displace_by_change, find_displaced_by_change
from .making_way import Choices, Claim, Displaced, look, make_way, record, require_reason
from .series import Dates, Recurrence, book_dates, bookable_dates
from .series_edits import Edit, change_dates_within
from .series_plans import at
from .session_views import SessionView, session_view
from .sessions import known_fields


class _Seen(Exception):
    """Ends a change that was only looked at; nothing of it stays."""

    def __init__(self, displaced: list[Displaced]) -> None:
        self.displaced = displaced
        super().__init__()


def find_displaced_by_series(house: House, actor: Actor, plan: Plan, wanted: Recurrence) -> list[Displaced]:
    """Whom a series would displace at all its dates, and where each could go. Nothing is changed."""
    require(actor.plans, actor)
    dates = bookable_dates(house, plan, wanted)
    with house.db.read() as db:
        return look(db, house, actor, _claims(plan, dates))


def displace_by_series(house: House, actor: Actor, plan: Plan, wanted: Recurrence, choices: Choices, reason: str = "",
                       confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Book a series and do with each session in its way as chosen, or nothing at all; the first session is returned.

    Raises what ``displacement.displace`` and ``series.book_series`` raise.
    """
    require(actor.plans, actor)
    require_reason(reason)
    dates = bookable_dates(house, plan, wanted)
    with house.db.write() as db:
        lock_bookings(db)
        holders = make_way(db, house, actor, _claims(plan, dates), choices, reason, confirmed)
        made = book_dates(db, house, actor, plan, dates, confirmed)
        record(db, house, actor, made[0], holders, choices, reason)
        return session_view(house, actor, made[0])


def find_displaced_by_dates(house: House, actor: Actor, session_id: str, edit: Edit) -> list[Displaced]:
    """Whom a change of several dates would displace. The change is carried out up to there and taken back."""
    if edit.scope == "this":
        return find_displaced_by_change(house, actor, session_id, edit.changes)
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(edit.changes)
    try:
        with house.db.write() as db:
            lock_bookings(db)

            def see(claims: Sequence[Claim], own: frozenset[str]) -> None:
                raise _Seen(look(db, house, actor, claims, own))
            change_dates_within(db, house, actor, session_id, edit, None, ON_HOLIDAYS, see)
    except _Seen as seen:
        return seen.displaced
    return []


def displace_by_dates(house: House, actor: Actor, session_id: str, edit: Edit, choices: Choices, reason: str = "",
                      expected_version: int | None = None, confirmed: Collection[str] = ON_HOLIDAYS) -> SessionView:
    """Change several dates of a series and do with each session in their way as chosen, or nothing at all. Raises what
    ``displacement.displace`` and ``series_edits.change_dates`` raise."""
    if edit.scope == "this":
        return displace_by_change(house, actor, session_id, edit.changes, choices, reason, expected_version, confirmed)
    actor = deputies.standing_in(house, actor, session_id)
    require(actor.plans, actor)
    known_fields(edit.changes)
    require_reason(reason)
    with house.db.write() as db:
        lock_bookings(db)
        holders: list[Holder] = []

        def give_way(claims: Sequence[Claim], own: frozenset[str]) -> None:
            holders.extend(make_way(db, house, actor, claims, choices, reason, confirmed, own))
        session = change_dates_within(db, house, actor, session_id, edit, expected_version, confirmed, give_way)
        if len(holders) != len(choices):  # nothing was to change at all, so nobody is in the way
            raise DisplacedChanged()
        record(db, house, actor, session, holders, choices, reason)
        return session_view(house, actor, session)


def _claims(plan: Plan, dates: Dates) -> list[Claim]:
    return [Claim(plan.all_points, at(plan, start).held, plan.priority, start.astimezone(dates.zone).date()) for start in dates.booked]
