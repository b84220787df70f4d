"""Templates of sessions: the list, one made from a session, one thrown away. The booking form opens with one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.errors import Invalid
from liaison.domain.recurrence_words import describe
from liaison.services import point_groups, points, templates
from liaison.services.series_plans import rule_of_template

from ..context import current_actor, house, language, text
from ..forms import field_errors

bp = Blueprint("templates", __name__)


@bp.get("/templates")
def index() -> ResponseReturnValue:
    actor = current_actor()
    found = templates.list_templates(house(), actor)
    groups = {group.slug: group.name for group in point_groups.list_groups(house(), actor)}
    names = {point.slug: point.name for point in points.list_points(house(), actor)}
    words = {one.id: describe(rule, language()) if (rule := rule_of_template(house(), one.rule)) else "" for one in found}
    return render_template("sessions/templates.html", templates=found, groups=groups, names=names, words=words)


@bp.post("/sessions/<session_id>/template")
def make(session_id: str) -> ResponseReturnValue:
    """From a session; the name in the reader's language."""
    name = request.form.get("name", "").strip()
    try:
        made = templates.make_template(house(), current_actor(), session_id, {language(): name}, request.form.getlist("groups"))
    except Invalid as error:
        flash(next(iter(field_errors(error).values())), "danger")
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    flash(_("The template “%(name)s” is kept.", name=text(made.name)), "success")
    return redirect(url_for("templates.index"), 303)


@bp.post("/templates/<template_id>/delete")
def delete(template_id: str) -> ResponseReturnValue:
    templates.delete_template(house(), current_actor(), template_id)
    flash(_("The template is thrown away."), "success")
    return redirect(url_for("templates.index"), 303)
