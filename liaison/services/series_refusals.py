"""Dates of a series that cannot be booked: one refusal that names each of them with what is in its way.

``details["refused"]``: [{"date": local date of the series, "reason": a name of ``REASONS`` or the code of a warning, "message", …
what the refusal of a single session would say}], a line for each date. ``details["conflicts"]``: what is taken, as for a single
session, each with its ``date``; ``details["warnings"]``: what a confirmation would let pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.capacity import CapacityExceeded
from ..domain.closures import ClosedPeriod, ConfirmationNeeded
from ..domain.errors import BookingConflict, Conflict
from ..house import House
from ..i18n import N_
from .offers import HeldForOffer

REASONS: dict[type[Conflict], str] = {
    BookingConflict: "taken", ClosedPeriod: "closed", CapacityExceeded: "capacity", HeldForOffer: "held"}
IN_THE_WAY = (BookingConflict, ClosedPeriod, ConfirmationNeeded, CapacityExceeded, HeldForOffer)
"""What may stand in the way of one date while the others can be booked."""

REMEDY = N_("Leave these dates out, or choose another time or other points.")


class DatesRefused(BookingConflict):
    """Some dates of a series cannot be booked, not all of them because a point is taken."""

    code = "dates_refused"
    message = "Some dates of the series cannot be booked."


def refused_date(error: Conflict, at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Why one date cannot be booked; ``at`` says which (local) date of the series it is."""
    warnings = error.details.get("warnings") or [{"code": ""}]
    reason = REASONS.get(type(error), str(warnings[0]["code"]))
    return {**error.details, "date": at.astimezone(zone).date().isoformat(), "reason": reason, "message": error.message}


def with_date(conflicts: Iterable[Mapping[str, Any]], at: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Conflicts of one date, each saying of which (local) date of the series it is."""
    return [{**item, "date": at.astimezone(zone).date().isoformat()} for item in conflicts]


def refuse(house: House, language: str, refused: Sequence[Mapping[str, Any]], dates: int) -> BookingConflict:
    """The error that counts the dates refused and has each of them."""
    ordered = sorted(refused, key=lambda item: str(item["date"]))
    details: dict[str, Any] = {
        "refused": ordered, "conflicts": _each(ordered, "conflicts"), "warnings": _each(ordered, "warnings"),
        "taken": len({item["date"] for item in ordered}), "dates": dates, "date": ordered[0]["date"]}
    if any(item["reason"] != "taken" for item in ordered):
        return DatesRefused(N_("%(taken)s of %(dates)s dates of the series cannot be booked; the first is %(date)s."),
                            remedy=REMEDY, **details)
    title = house.network.text(details["conflicts"][0]["session"]["title"], language)
    return BookingConflict(N_("%(taken)s of %(dates)s dates of the series are taken; the first is %(date)s, by “%(session)s”."),
                           remedy=REMEDY, session=title, **details)


def _each(refused: Iterable[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    return [{**found, "date": found.get("date", item["date"])} for item in refused for found in item.get(name, ())]
