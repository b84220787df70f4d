"""Quiet hours: what would ring at night waits for the morning, except what cannot wait. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..i18n import N_

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class QuietHours:
    """From ``begins`` until ``ends`` of every day on the wall's clock; past midnight where it ends before it begins."""

    begins: time
    ends: time


def read_hours(begins: str, ends: str) -> QuietHours | None:
    """Hours as people write them; None: never quiet. ValueError: a msgid."""
    if not begins and not ends:
        return None
    if not _HOURS.fullmatch(begins) or not _HOURS.fullmatch(ends):
        raise ValueError(N_("Give hours such as 22:00 and 07:00."))
    if begins == ends:
        raise ValueError(N_("The quiet hours must end at another time than they begin."))
    return QuietHours(time.fromisoformat(begins), time.fromisoformat(ends))


def quiet_until(hours: QuietHours | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The end of the quiet hours in which ``now`` lies, or None outside them."""
    if hours is None:
        return None
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if hours.begins < hours.ends else day + timedelta(days=1)
        begins = datetime.combine(day, hours.begins, zone).astimezone(UTC)
        ends = datetime.combine(last, hours.ends, zone).astimezone(UTC)
        if begins <= now < ends:
            return ends
    return None


def hold_until(hours: QuietHours | None, zone: ZoneInfo, now: datetime, starts: Iterable[datetime]) -> datetime | None:
    """When a message about sessions with these starts may ring; None: at once.

    What begins before the quiet hours end (or has begun) cannot wait: the reader would learn of it too late.
    """
    ends = quiet_until(hours, zone, now)
    if ends is None or any(start < ends for start in starts):
        return None
    return ends
