"""Half-filled forms that saved themselves."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.services import drafts

from .. import booking_form as forms
from ..context import house, local_time
from ..standing import planner

bp = Blueprint("drafts", __name__)


@bp.get("/drafts")
def index() -> ResponseReturnValue:
    actor = planner()
    kept = [(draft, forms.from_draft(draft.form)) for draft in drafts.list_drafts(house(), actor)]
    return render_template("sessions/drafts.html", drafts=kept)


@bp.post("/drafts/save")
def save() -> ResponseReturnValue:
    """For the form's script: keep what is typed so far; an untouched form is not worth a draft."""
    actor = planner()
    form = forms.from_request(request.form, house().network)
    draft_id = request.form.get("draft_id") or None
    if form.empty and draft_id is None:
        return jsonify(id=None, saved_at=None)
    draft = drafts.save_draft(house(), actor, form.as_json(), draft_id)
    return jsonify(id=draft.id, saved_at=local_time(draft.updated_at))


@bp.post("/drafts/<draft_id>/delete")
def delete(draft_id: str) -> ResponseReturnValue:
    drafts.delete_draft(house(), planner(), draft_id)
    flash(_("The draft is thrown away."), "success")
    return redirect(url_for("drafts.index"), 303)
