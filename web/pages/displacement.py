"""Taking the time of lower sessions, in booking and in changing: a page that names each of them, its points, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import require
from liaison.domain.capacity import CapacityExceeded
from liaison.domain.closures import ClosedPeriod, ConfirmationNeeded
from liaison.domain.displacement import Choice, DisplacedChanged, NotDisplaceable, choice_of
from liaison.domain.errors import BookingConflict, IllegalState, Invalid, LiaisonError, PreconditionFailed
from liaison.domain.sessions import Plan
from liaison.services import deputies, displacement, points, sessions
from liaison.services.offers import HeldForOffer
from liaison.services.session_views import SessionView

from .. import booking_form as forms
from .. import rule_words
from ..booking_form import BookingForm, FormErrors
from ..context import current_actor, house, language

bp = Blueprint("displacement", __name__)

REFUSALS = (BookingConflict, ClosedPeriod, CapacityExceeded, HeldForOffer, IllegalState, ConfirmationNeeded, Invalid,
            NotDisplaceable, DisplacedChanged, PreconditionFailed)


@bp.post("/sessions/displace")
def show() -> ResponseReturnValue:
    """Whom the session of the booking form would displace, a new one or one that is changed. Nothing is changed yet."""
    _require_planner()
    return _page(forms.from_request(request.form, house().network))


@bp.post("/sessions/displace/confirm")
def confirm() -> ResponseReturnValue:
    """Do it: as chosen for each session named."""
    _require_planner()
    form, choices = _kept(), _choices()
    if form is None:
        raise Invalid("This page was not sent whole.")
    reason = request.form.get("reason", "")
    try:
        wanted = {session_id: choice for session_id, choice in choices.items() if choice is not None}
        if len(wanted) < len(choices):
            raise Invalid(errors=[{"field": "choices", "message": "Choose for every session what becomes of it."}])
        made = _displace(form, wanted, reason)
    except REFUSALS as error:
        return _page(form, error, reason)
    flash(_("The session is changed. Everybody concerned is being told.") if _session_id()
          else _("The session is booked. Everybody concerned is being told."), "success")
    return redirect(url_for("sessions.show", session_id=made.id), 303)


def _require_planner() -> None:
    """Who books, or acts for whoever booked the session that is changed."""
    actor = deputies.standing_in(house(), current_actor(), _session_id())
    require(actor.plans, actor)


def _session_id() -> str:
    """The session that is changed; empty for a new one."""
    return request.form.get("session_id", "")


def _displace(form: BookingForm, wanted: dict[str, Choice], reason: str) -> SessionView:
    plan, version = _plan(form), forms.whole_number(request.form.get("version", "")) or 0
    if not _session_id():
        return displacement.displace(house(), current_actor(), plan, wanted, reason, form.confirm)
    changes = forms.changes_to(sessions.get_session(house(), current_actor(), _session_id()), plan)
    return displacement.displace_by_change(
        house(), current_actor(), _session_id(), changes, wanted, reason, version, form.confirm)


def _find(plan: Plan) -> list[displacement.Displaced]:
    if not _session_id():
        return displacement.find_displaced(house(), current_actor(), plan)
    changes = forms.changes_to(sessions.get_session(house(), current_actor(), _session_id()), plan)
    return displacement.find_displaced_by_change(house(), current_actor(), _session_id(), changes)


def _page(form: BookingForm, error: LiaisonError | None = None, reason: str = "") -> ResponseReturnValue:
    plan = _plan(form)
    found = _find(plan)
    names = {point.slug: point.name for point in points.list_points(house(), current_actor(), include_inactive=True)}
    page = render_template(
        "sessions/displace.html", plan=plan, displaced=found, kept=json.dumps(form.as_json()), names=names, reason=reason,
        chosen=request.form, session_id=_session_id(), version=request.form.get("version", ""),
        possible=bool(found) and all(one.displaceable for one in found),
        error=rule_words.refusal(error) if error else "")
    return make_response(page, 409 if error else 200)


def _plan(form: BookingForm) -> Plan:
    try:
        return forms.to_plan(form, house().network.zone, language())
    except FormErrors as error:
        raise Invalid(str(next(iter(error.errors.values())))) from None


def _kept() -> BookingForm | None:
    """The booking form as this page carried it; None when somebody has tampered with it."""
    try:
        kept: Any = json.loads(request.form.get("kept", ""))
        return forms.from_draft(kept) if isinstance(kept, dict) and _sound(kept) else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _sound(kept: dict[str, Any]) -> bool:
    """Of the kinds that the form is made of; what stands in it is checked like anything typed."""
    blank = BookingForm().as_json()
    return all(isinstance(value, type(blank[name])) for name, value in kept.items() if name in blank)


def _choices() -> dict[str, Choice | None]:
    """By session id, from fields named ``fate-<id>``; the ids listed in ``displaced``."""
    return {session_id: choice_of(request.form.get(f"fate-{session_id}", "")) for session_id in request.form.getlist("displaced")}
