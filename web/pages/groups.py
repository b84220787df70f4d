"""Groups of points: list, form, table in and out. For those who book."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Conflict, Invalid, LiaisonError, NotFound
from liaison.services import point_groups, points

from ..context import current_actor, house, language
from ..errors import sentence, status_of
from ..forms import field_errors
from ..point_tree import point_tree

bp = Blueprint("groups", __name__, url_prefix="/admin/groups")


def _planner() -> Actor:
    actor = current_actor()
    require(actor.plans, actor)
    return actor


@bp.get("")
def index() -> ResponseReturnValue:
    return _list()


@bp.get("/table.csv")
def table() -> Response:
    """The house's own groups, to keep or to change in a spreadsheet."""
    response = Response("\ufeff" + point_groups.export_groups(house(), _planner()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="groups.csv"'
    return response


@bp.post("/table")
def look_or_import() -> ResponseReturnValue:
    """First the uploaded table is looked through; the page then sends its text back to be imported."""
    actor, file = _planner(), request.files.get("file")
    data: bytes | str = file.read() if file else request.form.get("table", "")
    try:
        if not data:
            raise Invalid("Choose a file first.")
        rows = point_groups.look_through(house(), actor, data)
        fine = bool(rows) and not any(row.errors for row in rows)
        if request.form.get("act") == "import" and fine:
            point_groups.import_groups(house(), actor, data)
            flash(_("Saved."), "success")
            return redirect(url_for("groups.index"), 303)
    except LiaisonError as error:
        return _list(status_of(error), error=field_errors(error).get("") or sentence(error.message, error.details))
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    return _list(200 if fine else 422, rows=rows, fine=fine, table=text)


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _form({"slug": "", "name": {}, "points": []})


@bp.post("/new")
def create() -> ResponseReturnValue:
    return _save(request.form.get("slug", "").strip(), True)


@bp.get("/<slug>")
def edit(slug: str) -> ResponseReturnValue:
    group = _own(slug)
    return _form({"slug": group.slug, "name": group.name, "points": list(group.points)}, kept=slug)


@bp.post("/<slug>")
def change(slug: str) -> ResponseReturnValue:
    _own(slug)
    return _save(slug, False)


@bp.post("/<slug>/delete")
def delete(slug: str) -> ResponseReturnValue:
    point_groups.delete_group(house(), _planner(), slug)
    flash(_("The group is thrown away."), "success")
    return redirect(url_for("groups.index"), 303)


def _own(slug: str) -> point_groups.GroupView:
    group = point_groups.get_group(house(), _planner(), slug)
    if group.built_in:
        raise NotFound()
    return group


def _save(slug: str, new: bool) -> ResponseReturnValue:
    actor = _planner()
    name = {code: request.form.get(f"name_{code}", "").strip() for code in house().network.languages}
    chosen = request.form.getlist("points")
    form = {"slug": slug, "name": name, "points": chosen}
    try:
        point_groups.save_group(house(), actor, slug, name, chosen, new)
    except (Invalid, Conflict) as error:
        return _form(form, error, "" if new else slug)
    flash(_("Saved."), "success")
    return redirect(url_for("groups.index"), 303)


def _form(form: dict[str, Any], error: LiaisonError | None = None, kept: str = "") -> ResponseReturnValue:
    actor = _planner()
    errors = field_errors(error) if error else {}
    if isinstance(error, Conflict):
        errors = {"slug": errors[""]}
    found = {name.split(".")[0]: message for name, message in errors.items()}
    page = render_template("admin/group.html", form=form, errors=found, kept=kept,
                           tree=point_tree(points.list_points(house(), actor), house().network, language()))
    return make_response(page, status_of(error) if error else 200)


def _list(status: int = 200, **more: Any) -> ResponseReturnValue:
    actor = _planner()
    values: dict[str, Any] = {"rows": None, "fine": False, "table": "", "error": "", "sentence": sentence}
    page = render_template("admin/groups.html", groups=point_groups.list_groups(house(), actor),
                           names={point.slug: point.name for point in points.list_points(house(), actor)}, **(values | more))
    return make_response(page, status)
