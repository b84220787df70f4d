"""The form of "Find a time": read from an address, a draft, a session; turned into what is looked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from liaison.domain.errors import Invalid
from liaison.domain.finding import Hours, Wanted
from liaison.domain.sessions import LONGEST_MINUTES
from liaison.i18n import N_
from liaison.services.session_views import SessionView

from .booking_form import DEFAULT_MINUTES, BookingForm, broadcast_of, whole_number
from .dates import YEARS

OFFICE_DAYS = ("1", "2", "3", "4", "5")
SPANS = (7, 14, 30, 60, 90)
TEXTS = ("minutes", "first_day", "days", "hours_from", "hours_to", "lunch_from", "lunch_to", "before", "after", "chair_user")


@dataclass
class FindForm:
    """What was asked for, as typed. ``draft`` and ``session`` say where the time found goes to."""

    points: list[str] = field(default_factory=list)
    optional_points: list[str] = field(default_factory=list)
    minutes: str = str(DEFAULT_MINUTES)
    first_day: str = ""
    days: str = "14"
    hours_from: str = "09:00"
    hours_to: str = "18:00"
    weekdays: list[str] = field(default_factory=lambda: list(OFFICE_DAYS))
    lunch: bool = True
    lunch_from: str = "13:00"
    lunch_to: str = "14:00"
    before: str = "0"
    after: str = "0"
    chair_user: str = ""
    broadcast: bool = False
    draft: str = ""
    session: str = ""


def from_args(args: MultiDict[str, str], today: date) -> FindForm:
    """As sent by the page's own form; what was left out has its usual value."""
    form = FindForm(first_day=today.isoformat(), draft=args.get("draft", ""), session=args.get("session", ""))
    for name in TEXTS:
        if name in args:
            setattr(form, name, args[name].strip())
    form.points, form.optional_points = args.getlist("points"), args.getlist("optional_points")
    if "go" in args and "minutes" in args:  # sent by the form: boxes without a tick are left out
        form.weekdays, form.lunch, form.broadcast = args.getlist("weekdays"), "lunch" in args, "broadcast" in args
    return form


def filled_from_draft(form: FindForm, kept: BookingForm) -> None:
    form.points, form.optional_points = list(kept.points), list(kept.optional_points)
    form.minutes, form.chair_user, form.broadcast = kept.minutes, kept.chair_user, bool(broadcast_of(kept))
    _begin_on(form, kept.date)


def filled_from_session(form: FindForm, view: SessionView) -> None:
    form.points = [point.slug for point in view.points]
    form.optional_points = [point.slug for point in view.points if not point.required]
    form.minutes, form.chair_user = str(view.duration_minutes), view.chair_user.id if view.chair_user else ""
    form.broadcast = view.broadcast


def _begin_on(form: FindForm, day: str) -> None:
    """Look from the day in the form on, unless that is over."""
    if day > form.first_day:
        form.first_day = day


def to_wanted(form: FindForm) -> Wanted:
    """What is looked for. Raises Invalid naming the fields that cannot be read."""
    errors: list[dict[str, Any]] = []
    optional = tuple(slug for slug in form.optional_points if slug in form.points)
    lunch = (_clock(form, "lunch_from", errors), _clock(form, "lunch_to", errors)) if form.lunch else None
    weekdays = frozenset(int(day) - 1 for day in form.weekdays if day in "1234567" and len(day) == 1)
    hours = Hours(_clock(form, "hours_from", errors), _clock(form, "hours_to", errors), weekdays, lunch)
    wanted = Wanted(
        required=tuple(slug for slug in form.points if slug not in optional), optional=optional,
        minutes=_number(form, "minutes", errors), first_day=_day(form, errors), days=_number(form, "days", errors),
        hours=hours, before=_number(form, "before", errors), after=_number(form, "after", errors),
        broadcast=form.broadcast)
    if errors:
        raise Invalid(errors=errors)
    return wanted


def _number(form: FindForm, name: str, errors: list[dict[str, Any]]) -> int:
    value = whole_number(getattr(form, name))
    if value is None or value > LONGEST_MINUTES:
        errors.append({"field": name, "message": N_("Give a whole number.")})
        return 0
    return value


def _clock(form: FindForm, name: str, errors: list[dict[str, Any]]) -> int:
    hour, _, minute = getattr(form, name).partition(":")
    hours, minutes = whole_number(hour), whole_number(minute)
    if hours is None or minutes is None or minutes > 59 or hours * 60 + minutes > 24 * 60:
        errors.append({"field": name, "message": N_("Give a time of day, such as 09:00.")})
        return 0
    return hours * 60 + minutes


def _day(form: FindForm, errors: list[dict[str, Any]]) -> date:
    try:
        day = date.fromisoformat(form.first_day)
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        errors.append({"field": "first_day", "message": N_("This is not a date.")})
    return day
