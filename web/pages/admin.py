"""The points' contact data and state, and mobile points made anew. For administrators and the help desk."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import require
from liaison.domain.errors import Conflict, Invalid
from liaison.services import mobile_points, people, point_people, points
from liaison.services.mobile_points import MobilePlan

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


@bp.get("/points/new")
def new_point() -> ResponseReturnValue:
    """A mobile point; those of the network come from its file."""
    actor = helper()
    require(actor.administers, actor)
    return _point_form({"slug": "", "kind": mobile_points.KIND, "name": {}, "seat": {}, "link_profile": "thin", "active": True})


@bp.post("/points/new")
def add_point() -> ResponseReturnValue:
    actor, form = helper(), _mobile_sent()
    require(actor.administers, actor)
    try:
        made = mobile_points.add_mobile_point(context.house(), actor, _mobile_plan(form, form["slug"]))
    except (Invalid, Conflict) as error:
        return _point_form(form | {"kind": mobile_points.KIND, "active": True, "new": True}, error)
    flash(_("The point is made. Give it a route, and people who act for it."), "success")
    return redirect(url_for("point.show", slug=made.slug) + "#route", 303)


@bp.get("/points/<slug>")
def edit_point(slug: str) -> ResponseReturnValue:
    actor = helper()
    return _point_form(asdict(points.get_point(context.house(), actor, slug)))


@bp.post("/points/<slug>")
def change_point(slug: str) -> ResponseReturnValue:
    """Contact data and state of every point; of a mobile one, for administrators, also its name and home."""
    actor, form = helper(), texts("phone", "email", "link_profile")
    active = request.form.get("active") == "1"
    kept = asdict(points.get_point(context.house(), actor, slug))
    if kept["kind"] == mobile_points.KIND and actor.administers:
        form = _mobile_sent()
    try:
        if "name" in form:
            mobile_points.change_mobile_point(context.house(), actor, slug, _mobile_plan(form))
        points.change_point(context.house(), actor, slug, active=active, **{key: form[key] for key in ("phone", "email", "link_profile")})
    except Invalid as error:
        return _point_form(kept | form | {"active": active, "slug": kept["slug"]}, error)
    flash(_("Saved."), "success")
    return redirect(url_for(".list_points"), 303)


def _mobile_sent() -> dict[str, Any]:
    languages = context.house().network.languages
    named = {part: {code: request.form.get(f"{part}_{code}", "").strip() for code in languages} for part in ("name", "seat")}
    return texts("slug", "phone", "email", "link_profile", "lat", "lon") | named


def _mobile_plan(form: dict[str, Any], slug: str = "") -> MobilePlan:
    """Raises Invalid where a number is none."""
    return MobilePlan(name=form["name"], seat=form["seat"], slug=slug, lat=degrees(form, "lat"), lon=degrees(form, "lon"),
                      phone=form["phone"], email=form["email"], link_profile=form["link_profile"])


def degrees(form: dict[str, Any], name: str) -> float | None:
    """A number of degrees, with a point or a comma; None where nothing was typed. Raises Invalid."""
    try:
        return float(form[name].replace(",", ".")) if form[name] else None
    except ValueError:
        raise Invalid(errors=[{"field": name, "message": "Give degrees as a number, such as 42.87."}]) from None


def _point_form(form: dict[str, Any], error: Invalid | Conflict | None = None) -> ResponseReturnValue:
    new = form.get("new") or not form["slug"]
    rows = [] if new else people.list_users(context.house(), helper(), point=form["slug"])
    page = render_template("admin/point.html", form=form, errors=field_errors(error) if error else {}, people=rows, new=new,
                           mobile=form["kind"] == mobile_points.KIND and helper().administers, profiles=list(LINK_PROFILES.items()))
    return make_response(page, status_of(error) if error else 200)
