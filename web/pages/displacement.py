"""Taking the time of lower sessions: a page that names each of them, its points, and what becomes of it."""

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
from liaison.domain.errors import BookingConflict, IllegalState, Invalid, LiaisonError
from liaison.domain.sessions import Plan
from liaison.services import displacement, points
from liaison.services.offers import HeldForOffer

from .. import booking_form as forms
from .. import rule_words
from ..booking_form import BookingForm, FormErrors
from ..context import current_actor, house, language

bp = Blueprint("displacement", __name__)

REFUSALS = (BookingConflict, ClosedPeriod, CapacityExceeded, HeldForOffer, IllegalState, ConfirmationNeeded, Invalid,
            NotDisplaceable, DisplacedChanged)


@bp.post("/sessions/displace")
def show() -> ResponseReturnValue:
    """Whom the session of the booking form would displace. Nothing is changed yet."""
    actor = current_actor()
    require(actor.plans, actor)
    return _page(forms.from_request(request.form, house().network))


@bp.post("/sessions/displace/confirm")
def confirm() -> ResponseReturnValue:
    """Do it: as chosen for each session named."""
    actor = current_actor()
    require(actor.plans, actor)
    form, choices = _kept(), _choices()
    if form is None:
        raise Invalid("This page was not sent whole.")
    reason = request.form.get("reason", "")
    try:
        plan = _plan(form)
        wanted = {session_id: choice for session_id, choice in choices.items() if choice is not None}
        if len(wanted) < len(choices):
            raise Invalid(errors=[{"field": "choices", "message": "Choose for every session what becomes of it."}])
        made = displacement.displace(house(), actor, plan, wanted, reason, form.confirm)
    except REFUSALS as error:
        return _page(form, error, reason)
    flash(_("The session is booked. Everybody concerned is being told."), "success")
    return redirect(url_for("sessions.show", session_id=made.id), 303)


def _page(form: BookingForm, error: LiaisonError | None = None, reason: str = "") -> ResponseReturnValue:
    plan = _plan(form)
    found = displacement.find_displaced(house(), current_actor(), plan)
    names = {point.slug: point.name for point in points.list_points(house(), current_actor(), include_inactive=True)}
    page = render_template(
        "sessions/displace.html", plan=plan, displaced=found, kept=json.dumps(form.as_json()), names=names, reason=reason,
        chosen=request.form, possible=bool(found) and all(one.displaceable for one in found),
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
