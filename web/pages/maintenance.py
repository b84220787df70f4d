"""Points under maintenance. For administrators and the help desk."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import IllegalState, Invalid
from liaison.services import maintenance, points

from .. import context, spans
from ..errors import status_of
from ..forms import field_errors, texts
from .people import helper

bp = Blueprint("maintenance", __name__, url_prefix="/admin/maintenance")

NAMED = {"starts_at": "from_date", "ends_at": "until_date"}


@bp.get("")
def index() -> ResponseReturnValue:
    helper()
    return _page({"point": request.args.get("point", "")})


@bp.post("")
def add() -> ResponseReturnValue:
    actor, form = helper(), texts("reason", "point", *spans.FIELDS)
    try:
        maintenance.add_maintenance(context.house(), actor, form["point"], spans.sent_span(), form["reason"])
    except Invalid as error:
        return _page(form, error)
    flash(_("The maintenance is entered. The point gets no reminders while it lasts."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<maintenance_id>/end")
def end(maintenance_id: str) -> ResponseReturnValue:
    """Over now, or never to be."""
    actor = helper()
    try:
        maintenance.end_maintenance(context.house(), actor, maintenance_id)
        flash(_("The maintenance is over."), "success")
    except IllegalState as error:
        flash(field_errors(error)[""], "warning")
    return redirect(url_for(".index"), 303)


def _page(form: dict[str, str], error: Invalid | None = None) -> ResponseReturnValue:
    house, actor = context.house(), context.current_actor()
    found = field_errors(error) if error else {}
    page = render_template(
        "admin/maintenance.html", form=form, errors={NAMED.get(name, name): words for name, words in found.items()},
        rows=maintenance.list_maintenance(house, actor), points=points.list_points(house, actor), now=house.clock.now())
    return make_response(page, status_of(error) if error else 200)
