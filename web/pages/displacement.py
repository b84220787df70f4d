"""Taking the time of lower sessions, for one session or all dates of a series, in booking and in changing: a page that names each
of them, its points, and what becomes of it."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor
from liaison.domain.capacity import CapacityExceeded
from liaison.domain.closures import ClosedPeriod, ConfirmationNeeded
from liaison.domain.displacement import Choice, DisplacedChanged, NotDisplaceable, choice_of
from liaison.domain.errors import BookingConflict, IllegalState, Invalid, LiaisonError, PreconditionFailed
from liaison.domain.recurrence_words import describe
from liaison.domain.sessions import Plan
from liaison.services import booking_checks, booking_requests, displacement, points, series, series_displacement, sessions
from liaison.services.displacement import Answering
from liaison.services.making_way import Choices, Displaced
from liaison.services.offers import HeldForOffer
from liaison.services.series import Recurrence
from liaison.services.series_edits import Edit
from liaison.services.session_views import SessionView

from .. import booking_form as forms
from .. import rule_words, series_form
from ..booking_form import BookingForm, FormErrors
from ..context import house, language
from ..standing import planner, planner_of

bp = Blueprint("displacement", __name__)

REFUSALS = (BookingConflict, ClosedPeriod, CapacityExceeded, HeldForOffer, IllegalState, ConfirmationNeeded, Invalid,
            NotDisplaceable, DisplacedChanged, PreconditionFailed)
LEAVE = "leave"
"""Chosen for a session that stays as it is: the series leaves out its date, or keeps that date as it is."""


@dataclass(frozen=True)
class Wish:
    """What the booking form asks for: a session, one that an officer asked for (``answering``), a series (``wanted``), or a
    change (``edit``)."""

    plan: Plan
    wanted: Recurrence | None = None
    edit: Edit | None = None
    answering: Answering | None = None

    @property
    def of_series(self) -> bool:
        return self.wanted is not None or (self.edit is not None and self.edit.scope != "this")


@bp.post("/sessions/displace")
def show() -> ResponseReturnValue:
    """Whom the session or series of the booking form would displace. Nothing is changed yet."""
    _planner()
    return _page(forms.from_request(request.form, house().network))


@bp.post("/sessions/displace/confirm")
def confirm() -> ResponseReturnValue:
    """Do it: as chosen for each session named."""
    _planner()
    form = _kept()
    if form is None:
        raise Invalid("This page was not sent whole.")
    try:
        made = _displace(_without_dates(form))
    except REFUSALS as error:
        return _page(form, error)
    flash(_done(made), "success")
    return redirect(url_for("sessions.show", session_id=made.id), 303)


def _planner() -> Actor:
    """Who books, or acts for whoever booked the session that is changed."""
    return planner_of(_session_id()) if _session_id() else planner()


def _session_id() -> str:
    """The session that is changed; empty for a new one."""
    return request.form.get("session_id", "")


def _done(made: SessionView) -> str:
    if _session_id():
        return _("The session is changed. Everybody concerned is being told.")
    if made.series_id:
        return _("The series is booked. Everybody concerned is being told.")
    return _("The session is booked. Everybody concerned is being told.")


def _wish(form: BookingForm) -> Wish:
    plan = _plan(form)
    day = forms.local_day(plan, house().network.zone)
    if request.form.get("request_id"):
        asked = booking_requests.get_request(house(), _planner(), request.form["request_id"])
        return Wish(replace(plan, timezone=asked.plan.timezone), answering=Answering(asked.id, request.form.get("request_note", "")))
    if not _session_id():
        return Wish(plan, wanted=series_form.recurrence_of(form.repeat, day))
    changes = forms.changes_to(sessions.get_session(house(), _planner(), _session_id()), plan)
    return Wish(plan, edit=series_form.edit_of(request.form, changes, form.repeat, day))


def _displace(form: BookingForm) -> SessionView:
    wish, choices, reason = _wish(form), _choices(form), request.form.get("reason", "")
    if wish.edit is not None:
        version = forms.whole_number(request.form.get("version", "")) or 0
        return series_displacement.displace_by_dates(
            house(), _planner(), _session_id(), wish.edit, choices, reason, version, form.confirm)
    if wish.wanted is not None:
        return series_displacement.displace_by_series(house(), _planner(), wish.plan, wish.wanted, choices, reason, form.confirm)
    return displacement.displace(house(), _planner(), wish.plan, choices, reason, form.confirm, wish.answering)


def _find(wish: Wish) -> list[Displaced]:
    if wish.edit is not None:
        return series_displacement.find_displaced_by_dates(house(), _planner(), _session_id(), wish.edit)
    if wish.wanted is not None:
        return series_displacement.find_displaced_by_series(house(), _planner(), wish.plan, wish.wanted)
    return displacement.find_displaced(house(), _planner(), wish.plan)


def _page(form: BookingForm, error: LiaisonError | None = None) -> ResponseReturnValue:
    wish = _wish(form)
    found = _find(wish)
    names = {point.slug: point.name for point in points.list_points(house(), _planner(), include_inactive=True)}
    warned, stuck = _warnings(wish, error), [one for one in found if not one.displaceable]
    kept = replace(form, confirm=[code for code in form.confirm if code not in [item["code"] for item in warned]])
    page = render_template(
        "sessions/displace.html", plan=wish.plan, of_series=wish.of_series, displaced=found, kept=json.dumps(kept.as_json()),
        form=form, warnings=warned, names=names, chosen=request.form, session_id=_session_id(), stuck=stuck,
        possible=wish.of_series or not stuck, how_far=_how_far(wish), **_refused(error))
    return make_response(page, 409 if error else 200)


def _how_far(wish: Wish) -> str:
    """Of a series: its rule, or which of its dates are changed."""
    if wish.wanted is not None:
        return describe(series.plan_dates(house(), wish.plan, wish.wanted).rule, language())
    return str(dict(series_form.SCOPES)[wish.edit.scope]) if wish.edit is not None and wish.of_series else ""


def _warnings(wish: Wish, error: LiaisonError | None) -> list[dict[str, str]]:
    """What wants a confirmation: what was refused for want of one; of a new session also before it is refused."""
    found = error.details.get("warnings", []) if error is not None else []
    if not found and wish.edit is None and wish.wanted is None:
        found = booking_checks.find_warnings(house(), _planner(), wish.plan.all_points, wish.plan.period)[1]
    return list({item["text"]: item for item in rule_words.warnings(found)}.values())


def _refused(error: LiaisonError | None) -> dict[str, Any]:
    """What the page says of a refusal beside its warnings; of a series each date by itself."""
    if error is None or isinstance(error, ConfirmationNeeded):
        return {"error": "", "refused_dates": []}
    return {"error": rule_words.refusal(error), "refused_dates": rule_words.refused_dates(error.details.get("refused", []))}


def _plan(form: BookingForm) -> Plan:
    try:
        return forms.to_plan(form, house().network.zone, language())
    except FormErrors as error:
        raise Invalid(str(next(iter(error.errors.values())))) from None


def _kept() -> BookingForm | None:
    """The booking form as this page carried it, with what was confirmed here; None when somebody has tampered with it."""
    try:
        kept: Any = json.loads(request.form.get("kept", ""))
        form = forms.from_draft(kept) if isinstance(kept, dict) and _sound(kept) else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return form and replace(form, confirm=[*form.confirm, *request.form.getlist("confirm")])


def _sound(kept: dict[str, Any]) -> bool:
    """Of the kinds that the form is made of; what stands in it is checked like anything typed."""
    blank = BookingForm().as_json()
    return all(isinstance(value, type(blank[name])) for name, value in kept.items() if name in blank) and _sound_repeat(kept)


def _sound_repeat(kept: dict[str, Any]) -> bool:
    repeat, blank = kept.get("repeat", {}), BookingForm().as_json()["repeat"]
    texts = [*repeat.get("days", []), *repeat.get("leave_out", [])]
    return all(isinstance(value, type(blank[name])) for name, value in repeat.items() if name in blank) and all(
        isinstance(text, str) for text in texts)


def _without_dates(form: BookingForm) -> BookingForm:
    """The form without the dates whose holders are to stay as they are, and those ticked to be left out."""
    left = [day for session_id in _named() if _fate(session_id) == LEAVE for day in _dates(session_id)]
    form = deepcopy(form)
    form.repeat.leave_out += [*left, *request.form.getlist("leave_out")]
    return form


def _choices(form: BookingForm) -> Choices:
    """What becomes of those that are still in the way once the form's dates are left out. Raises Invalid."""
    left, found = set(series_form.dates_of(form.repeat.leave_out)), dict[str, Choice]()
    for session_id in _named():
        days = set(series_form.dates_of(_dates(session_id)))
        if days and days <= left:
            continue
        choice = choice_of(_fate(session_id))
        if choice is None:
            raise Invalid(errors=[{"field": "choices", "message": "Choose for every session what becomes of it."}])
        found[session_id] = choice
    return found


def _named() -> list[str]:
    return request.form.getlist("displaced")


def _fate(session_id: str) -> str:
    return request.form.get(f"fate-{session_id}", "")


def _dates(session_id: str) -> list[str]:
    """The dates of the series in whose way a session stood when the page was made."""
    return request.form.get(f"dates-{session_id}", "").split()
