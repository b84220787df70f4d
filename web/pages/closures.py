"""Closed periods and holidays: when nothing is booked, or only after a second thought. For administrators."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid
from liaison.services import closures, points
from liaison.services.holiday_calendar import holidays_between
from liaison.services.session_lists import SessionFilter
from liaison.services.views import sessions_of_period

from .. import context, dates, spans
from ..errors import status_of
from ..forms import field_errors, texts

bp = Blueprint("closures", __name__, url_prefix="/admin/closures")

AHEAD = timedelta(days=366)
NAMED = {"starts_at": "from_date", "ends_at": "until_date", "province": "place", "point": "place"}


def _administrator() -> Actor:
    actor = context.current_actor()
    require(actor.administers, actor)
    return actor


@bp.get("")
def index() -> ResponseReturnValue:
    _administrator()
    return _page({})


@bp.post("")
def add() -> ResponseReturnValue:
    """Close a period; sessions that stand in it stay, and the answer says how many."""
    actor, form = _administrator(), texts("reason", "place", *spans.FIELDS)
    province, point = _place(form["place"])
    try:
        made = closures.add_closure(context.house(), actor, spans.sent_span(), form["reason"], province, point)
    except Invalid as error:
        return _page(form, error)
    standing = _standing(actor, made)
    flash(_("The period is closed."), "success")
    if standing:
        flash(_("Sessions that are booked in it already: %(numbers)s. Move or cancel them.", numbers=", ".join(standing)), "warning")
    return redirect(url_for(".index"), 303)


@bp.post("/<closure_id>/remove")
def remove(closure_id: str) -> ResponseReturnValue:
    closures.remove_closure(context.house(), _administrator(), closure_id)
    flash(_("The period is open again."), "success")
    return redirect(url_for(".index"), 303)


def _place(value: str) -> tuple[str | None, str | None]:
    """``province:<slug>``, ``point:<slug>`` or nothing."""
    kind, _colon, slug = value.partition(":")
    return (slug if kind == "province" else None), (slug if kind == "point" else None)


def _standing(actor: Actor, closure: closures.ClosureView) -> list[str]:
    """Numbers of the sessions booked in the closed period."""
    found = sessions_of_period(context.house(), actor, SessionFilter(
        from_at=closure.starts_at, to_at=closure.ends_at, statuses=("confirmed",)))
    return [view.number for view in found if any(
        (closure.point in (None, point.slug)) and (closure.province in (None, point.province)) for point in view.points)]


def _page(form: dict[str, str], error: Invalid | None = None) -> ResponseReturnValue:
    house, actor = context.house(), context.current_actor()
    everywhere = points.list_points(house, actor)
    found = field_errors(error) if error else {}
    page = render_template(
        "admin/closures.html", form=form, errors={NAMED.get(name, name): words for name, words in found.items()},
        closures=closures.list_closures(house, actor), points=everywhere, names={point.slug: point.name for point in everywhere},
        provinces=[point for point in everywhere if point.province == point.slug],
        holidays=holidays_between(house.network, dates.today(), dates.today() + AHEAD))
    return make_response(page, status_of(error) if error else 200)
