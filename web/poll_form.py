"""The form that opens a date poll: what the session is, the times proposed, until when answers are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from liaison.domain.sessions import Plan
from liaison.network import Network

from .booking_form import BookingForm, FormErrors, to_plan

FIELDS = {"duration_minutes": "form", "points": "form", "chair.user": "form"}


@dataclass
class PollForm:
    """As typed. ``times`` are RFC 3339 stamps of the times that were ticked."""

    title: dict[str, str] = field(default_factory=dict)
    times: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    optional_points: list[str] = field(default_factory=list)
    minutes: str = "60"
    chair_user: str = ""
    kind: str = "government"
    answer_by: str = ""

    @property
    def moments(self) -> list[datetime]:
        """The times that can be read."""
        return [moment for moment in map(_moment, self.times) if moment is not None]


def from_args(args: MultiDict[str, str], network: Network) -> PollForm:
    """What the page of times, or this form itself, has sent."""
    return PollForm(
        title={code: args.get(f"title_{code}", "").strip() for code in network.languages}, times=args.getlist("times"),
        points=args.getlist("points"), optional_points=args.getlist("optional_points"), minutes=args.get("minutes", "60"),
        chair_user=args.get("chair_user", ""), kind=args.get("kind", "government"), answer_by=args.get("answer_by", ""))


def usual_answer_by(form: PollForm, today: date) -> str:
    """Two days from now, or the day before the first time where that is sooner."""
    wanted = today + timedelta(days=2)
    if form.moments:
        wanted = max(today, min(wanted, min(form.moments).date() - timedelta(days=1)))
    return wanted.isoformat()


def to_poll(form: PollForm, zone: ZoneInfo, language: str) -> tuple[Plan, list[datetime], datetime]:
    """Plan (at the first of the times), times and the end of the day until which answers are asked for. Raises FormErrors."""
    moments = form.moments
    if not moments or len(moments) != len(form.times):
        raise FormErrors({"times": _l("Choose the times to propose.")})
    try:
        day = date.fromisoformat(form.answer_by)
        answer_by = datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FormErrors({"answer_by": _l("This is not a date.")}) from None
    first = min(moments).astimezone(zone)
    booking = BookingForm(title=form.title, kind=form.kind, date=first.date().isoformat(), time=f"{first:%H:%M}", minutes=form.minutes,
                          points=form.points, optional_points=form.optional_points, chair_user=form.chair_user)
    return to_plan(booking, zone, language), moments, min(answer_by, min(moments))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
