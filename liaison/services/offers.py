"""Freed times that are held for whoever waited for them, and the words of the refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.booking import Period
from ..domain.booking_requests import RequestState
from ..domain.errors import Conflict
from ..house import House
from ..i18n import N_, format_datetime
from ..store import tables as t
from .conflicts import rfc3339


class HeldForOffer(Conflict):
    """details: ``points`` (slugs), ``offer_until`` (RFC 3339)."""

    code = "held_for_offer"
    message = "This time is held for somebody on the waiting list."
    remedy = "Choose another time, or wait until the offer ends."


def offers_over(db: DbSession, points: Sequence[t.Point], period: Period, now: datetime,
                except_request: str | None = None) -> list[tuple[t.BookingRequest, list[str]]]:
    """Offers in force that hold one of these points at some moment of the period, each with the slugs it holds of them."""
    slugs = [point.slug for point in points]
    rows = db.scalars(select(t.BookingRequest).where(
        t.BookingRequest.state == RequestState.OFFERED, t.BookingRequest.offer_until > now,
        t.BookingRequest.starts_at < period.ends_at, t.BookingRequest.ends_at > period.starts_at))
    found = ((row, [slug for slug in slugs if slug in _slugs(row)]) for row in rows if row.id != except_request)
    return [(row, held) for row, held in found if held]


def require_not_offered(db: DbSession, house: House, points: Sequence[t.Point], period: Period, language: str,
                        except_request: str | None = None) -> None:
    """Raise HeldForOffer when somebody else has been offered the time. The caller holds the lock on bookings."""
    found = offers_over(db, points, period, house.clock.now(), except_request)
    if found:
        row, slugs = found[0]
        until = row.offer_until or row.starts_at
        raise HeldForOffer(N_("This time is held for somebody on the waiting list until %(until)s."), points=slugs,
                           offer_until=rfc3339(until), until=format_datetime(until, language, house.network.zone))


def _slugs(row: t.BookingRequest) -> set[str]:
    return {*row.plan.get("points", ()), *row.plan.get("optional_points", ())}
