"""The calendar: a week with its hours, a month, and on small screens a list of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.actor import require
from liaison.domain.errors import Invalid
from liaison.services.session_lists import SessionFilter
from liaison.services.views import sessions_of_period

from .. import calendar_grid as grid
from .. import dates, day_notes
from ..context import current_actor, house

bp = Blueprint("calendar", __name__)
VIEWS = ("week", "month")
SHOWN_IN_MONTH = 3
OLDEST, NEWEST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True)
class Span:
    """The days on the page, its heading, and the way to its neighbours."""

    days: list[date]
    heading: str
    before: date
    after: date


@bp.get("/calendar")
def show() -> ResponseReturnValue:
    actor = current_actor()
    require(actor.signed_in, actor)
    view = request.args.get("view", "week")
    day = dates.picked(request.args.get("date"))
    if view not in VIEWS or not OLDEST <= day <= NEWEST:
        raise Invalid("This part of the calendar cannot be shown.")
    span = _month(day) if view == "month" else _week(day)
    period = SessionFilter(from_at=dates.at(span.days[0]), to_at=dates.at(span.days[-1] + timedelta(days=1)))
    lines = sessions_of_period(house(), actor, period)
    days = grid.lay_out(span.days, lines, house().network.zone)
    return render_template(
        "calendar/calendar.html", view=view, day=day, span=span, days=days, hours=grid.hours_shown(days),
        today=dates.today(), now_minutes=_now_minutes(), may_book=actor.plans, shown=SHOWN_IN_MONTH, most_lanes=grid.MOST_LANES,
        notes=day_notes.of_days(span.days), link=_link)


def _week(day: date) -> Span:
    first = grid.week_start(day)
    days = [first + timedelta(days=index) for index in range(7)]
    week = timedelta(days=7)
    return Span(days, dates.week_heading(days[0], days[-1]), first - week, first + week)


def _month(day: date) -> Span:
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return Span(grid.month_days(day), dates.month_heading(day), (first - timedelta(days=1)).replace(day=1), after)


def _now_minutes() -> int:
    local = house().clock.now().astimezone(house().network.zone)
    return local.hour * 60 + local.minute


def _link(view: str, day: date) -> str:
    return url_for("calendar.show", view=view, date=day.isoformat())
