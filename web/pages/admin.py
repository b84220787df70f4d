"""The points' contact data and state. For administrators and the help desk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.errors import Invalid
from liaison.services import people, point_people, points

from .. import context
from ..errors import status_of
from ..forms import field_errors, texts
from .people import helper

bp = Blueprint("admin", __name__, url_prefix="/admin")

LINK_PROFILES = {"normal": _l("Normal"), "thin": _l("Thin link: fewer pictures"), "audio": _l("Sound only")}


@bp.get("")
def index() -> ResponseReturnValue:
    """The way in leads to the people."""
    helper()
    return redirect(url_for("people.index"))


@bp.get("/points")
def list_points() -> ResponseReturnValue:
    """Every point with its people and a warning where nobody can be told; ``untold=1`` shows only those."""
    actor, query = helper(), request.args.get("q", "").strip()
    rows = point_people.staffed_points(context.house(), actor, query)
    untold = sum(1 for row in rows if row.point.active and not row.told)
    if request.args.get("untold") == "1":
        rows = [row for row in rows if row.point.active and not row.told]
    return render_template("admin/points.html", rows=rows, query=query, untold=untold, kinds=context.house().network.kinds,
                           only_untold=request.args.get("untold") == "1", profiles=LINK_PROFILES)


@bp.get("/points/<slug>")
def edit_point(slug: str) -> ResponseReturnValue:
    actor = helper()
    return _point_form(asdict(points.get_point(context.house(), actor, slug)))


@bp.post("/points/<slug>")
def change_point(slug: str) -> ResponseReturnValue:
    actor, form = helper(), texts("phone", "email", "link_profile")
    active = request.form.get("active") == "1"
    kept = asdict(points.get_point(context.house(), actor, slug))
    try:
        points.change_point(context.house(), actor, slug, active=active, **form)
    except Invalid as error:
        return _point_form(kept | form | {"active": active}, error)
    flash(_("Saved."), "success")
    return redirect(url_for(".list_points"), 303)


def _point_form(form: dict[str, Any], error: Invalid | None = None) -> ResponseReturnValue:
    rows = people.list_users(context.house(), helper(), point=form["slug"])
    page = render_template("admin/point.html", form=form, errors=field_errors(error) if error else {}, people=rows,
                           profiles=list(LINK_PROFILES.items()))
    return make_response(page, status_of(error) if error else 200)
