"""Booking on pages: the form for new sessions, changes and copies, and its live check."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.booking import Period, end_of
from liaison.domain.capacity import CapacityExceeded
from liaison.domain.closures import ClosedPeriod, ConfirmationNeeded
from liaison.domain.errors import BookingConflict, IllegalState, Invalid, LiaisonError, PreconditionFailed
from liaison.domain.recurrence import DAYS
from liaison.domain.recurrence_words import weekday_name
from liaison.domain.words import SessionKind
from liaison.services import (
    booking_checks,
    booking_requests,
    deputies,
    drafts,
    point_groups,
    points,
    series,
    series_edits,
    sessions,
    templates,
    views,
    waiting_list,
)
from liaison.services.offers import HeldForOffer
from liaison.services.series_views import get_series

from .. import booking_form as forms
from .. import rule_words, series_form
from ..booking_form import BookingForm, FormErrors
from ..context import current_actor, house, language, local_date
from ..errors import sentence
from ..point_tree import point_tree
from ..standing import planner, planner_of
from ..words import kind_word
from .series import changed_words

bp = Blueprint("booking", __name__)

REFUSALS = (FormErrors, Invalid, BookingConflict, PreconditionFailed, ClosedPeriod, ConfirmationNeeded,
            CapacityExceeded, HeldForOffer)
"""What the form can put beside its fields; everything else is an error page."""


@bp.get("/sessions/new")
def new() -> ResponseReturnValue:
    planner()
    kept = request.args.get("draft")
    if kept:
        draft = drafts.get_draft(house(), planner(), kept)
        return _page(forms.filled_in(forms.from_draft(draft.form), request.args), draft_id=draft.id)
    if request.args.get("template"):
        return _page(_from_template(request.args["template"]))
    asked = request.args.get("request")
    if asked:
        view = booking_requests.get_request(house(), current_actor(), asked)
        return _page(forms.from_plan(view.plan, house().network, language()), asked=view)
    return _page(forms.blank(_local_now(), request.args))


@bp.post("/sessions/new")
def create() -> ResponseReturnValue:
    planner()
    form = forms.from_request(request.form, house().network)
    draft_id = request.form.get("draft_id", "")
    asked = _asked()
    try:
        if "wait" in request.form:
            return _wait(form, draft_id)
        made = _booked(form, asked)
    except REFUSALS as error:
        errors = _errors(error) | {"displaceable": _displaceable(form, error)}
        return _page(form, errors=errors, draft_id=draft_id, asked=asked), 422
    if draft_id:
        drafts.delete_draft(house(), planner(), draft_id)
    flash(_("The series is booked. The points are being told.") if made.series_id
          else _("The session is booked. The points are being told."), "success")
    return redirect(url_for("sessions.show", session_id=made.id), 303)


def _asked() -> booking_requests.RequestView | None:
    """The request that the form answers, if any."""
    request_id = request.form.get("request_id", "")
    return booking_requests.get_request(house(), current_actor(), request_id) if request_id else None


def _booked(form: BookingForm, asked: booking_requests.RequestView | None) -> sessions.SessionView:
    if asked is None:
        return _book(form)
    plan = replace(_plan(form), timezone=asked.plan.timezone)
    return booking_requests.approve_request(
        house(), current_actor(), asked.id, plan, request.form.get("request_note", ""), form.confirm)


def _wait(form: BookingForm, draft_id: str) -> ResponseReturnValue:
    """Keep the plan on the waiting list instead of booking it."""
    kept = waiting_list.wait_for(house(), current_actor(), _plan(form), form.confirm)
    if draft_id:
        drafts.delete_draft(house(), current_actor(), draft_id)
    flash(_("The session is on the waiting list. You are told when its time frees."), "success")
    return redirect(url_for("requests.show", request_id=kept.id), 303)


@bp.get("/sessions/<session_id>/edit")
def edit(session_id: str) -> ResponseReturnValue:
    planner_of(session_id)
    view = _changeable(session_id)
    form = forms.filled_in(forms.from_session(view, house().network, language()), request.args)
    return _page(form, session=view, version=view.version, scope=series_form.scope_of(request.args))


@bp.post("/sessions/<session_id>/edit")
def change(session_id: str) -> ResponseReturnValue:
    planner_of(session_id)
    view = _changeable(session_id)
    form = forms.from_request(request.form, house().network)
    version = forms.whole_number(request.form.get("version", "")) or 0
    try:
        plan = _plan(form)
        edit = series_form.edit_of(request.form, forms.changes_to(view, plan), form.repeat, forms.local_day(plan, house().network.zone))
        series_edits.change_dates(house(), planner(), session_id, edit, version, form.confirm)
    except REFUSALS as error:
        scope, errors = series_form.scope_of(request.form), _errors(error) | {"displaceable": _displaceable(form, error)}
        return _page(form, errors=errors, session=view, version=version, scope=scope), 422
    flash(_("The session is changed. The points are being told."), "success")
    return redirect(url_for("sessions.show", session_id=session_id), 303)


@bp.get("/sessions/<session_id>/copy")
def copy(session_id: str) -> ResponseReturnValue:
    """The same session in a coming week, as a form to look over; nothing is booked yet."""
    planner_of(session_id)
    plan = sessions.copy_session(house(), planner(), session_id)
    view = sessions.get_session(house(), planner(), session_id)
    form = forms.from_session(view, house().network, language())
    form.date = plan.starts_at.astimezone(house().network.zone).date().isoformat()
    return _page(form, copied=view)


@bp.post("/sessions/check")
def check() -> ResponseReturnValue:
    """For the form's script: which points are taken at that time and by what, and which of the chosen nobody hears for."""
    planner()
    form = forms.from_request(request.form, house().network)
    starts_at, minutes = forms.local_start(form, house().network.zone), forms.whole_number(form.minutes)
    if starts_at is None or not minutes or minutes > forms.MOST_MINUTES:
        return jsonify(silent=_silent(form), **NOTHING)
    return jsonify(silent=_silent(form), **_looked_up(form, starts_at, minutes))


NOTHING: dict[str, Any] = {"taken": {}, "closed": [], "warnings": []}


def _looked_up(form: BookingForm, starts_at: datetime, minutes: int) -> dict[str, Any]:
    """What stands in the way of the form's time: sessions by point, closed periods, warnings to confirm."""
    slugs = [point.slug for point in points.list_points(house(), planner())]
    buffers = [min(forms.whole_number(text) or 0, forms.MOST_MINUTES) for text in (form.setup_minutes, form.clear_minutes)]
    conflicts = sessions.find_conflicts(
        house(), planner(), slugs, starts_at, minutes, request.form.get("session_id") or None, *buffers)
    period = Period(starts_at, end_of(starts_at, minutes))
    closed, warnings = booking_checks.find_warnings(house(), planner(), form.points, period)
    return {"taken": taken_words(conflicts), "closed": closed, "warnings": rule_words.warnings(warnings)}


def _from_template(template_id: str) -> BookingForm:
    """The form as a template has it, on the first day that its rule may have."""
    template = templates.get_template(house(), planner(), template_id)
    form = forms.blank(_local_now(), request.args)
    form.time = template.time or form.time
    soon = forms.local_start(form, house().network.zone) or _local_now()
    start = series_form.first_day(template, soon if soon > _local_now() else soon + timedelta(days=1))
    plan = templates.plan_of_template(house(), planner(), template, start)
    filled = forms.from_plan(plan, house().network, language())
    filled.repeat = series_form.from_rule(template.rule, start.replace(tzinfo=None))
    return filled


def _book(form: BookingForm) -> sessions.SessionView:
    """One session, or a series where the form says so."""
    plan = _plan(form)
    wanted = series_form.recurrence_of(form.repeat, forms.local_day(plan, house().network.zone))
    if wanted is None:
        return sessions.book_session(house(), planner(), plan, confirmed=form.confirm)
    return series.book_series(house(), planner(), plan, wanted, confirmed=form.confirm)


def taken_words(conflicts: list[dict[str, Any]]) -> dict[str, str]:
    """By point: ``Harvest report, 10:00–11:00``."""
    return {item["point"]: rule_words.holder(item["session"]) for item in reversed(conflicts)}


def _silent(form: BookingForm) -> list[str]:
    """Slugs of the chosen points that nobody hears for."""
    return [point.slug for point in sessions.points_without_recipients(house(), planner(), form.points)]


def _plan(form: BookingForm) -> Any:
    return forms.to_plan(form, house().network.zone, language())


def _changeable(session_id: str) -> sessions.SessionView:
    view = sessions.get_session(house(), planner(), session_id)
    if not view.may_change:
        raise IllegalState("An ended or cancelled session cannot be changed.", remedy="Book a new session.")
    return view


def _errors(error: Exception) -> dict[str, Any]:
    """Words by field of the form, whatever refused it. ``taken`` is by point."""
    if isinstance(error, FormErrors):
        return dict(error.errors)
    if isinstance(error, BookingConflict):
        if "refused" in error.details:
            return _errors_of_dates(error)
        return {"points": _(BookingConflict.message), "taken": taken_words(error.details["conflicts"]), "waitable": True}
    if isinstance(error, ConfirmationNeeded):
        return {"confirm": rule_words.warnings(error.details["warnings"])}
    assert isinstance(error, LiaisonError)
    if isinstance(error, CapacityExceeded | HeldForOffer):
        fits = rule_words.nearest(error.details.get("nearest_at"))
        return {"form": f"{sentence(error.message, error.details)} {fits}".strip(), "waitable": True}
    if isinstance(error, ClosedPeriod):
        return {"date": sentence(error.message, error.details)}
    found = {forms.form_field(item["field"]): sentence(item["message"], item) for item in error.details.get("errors", [])}
    return found or {"form": f"{sentence(error.message, error.details)} {sentence(error.remedy, error.details)}"}


def _displaceable(form: BookingForm, error: Exception) -> bool:
    """Whether sessions stand in the way that a higher one might displace."""
    return form.priority not in ("", "0") and isinstance(error, BookingConflict) and bool(error.details.get("conflicts"))


def _errors_of_dates(error: BookingConflict) -> dict[str, Any]:
    found: dict[str, Any] = {"repeat": rule_words.refusal(error), "dates": rule_words.refused_dates(error.details["refused"])}
    warned = error.details["warnings"]
    return found | {"confirm": rule_words.warnings(warned)} if warned else found


def _page(form: BookingForm, **extra: Any) -> str:
    actor, network = planner(), house().network
    context: dict[str, Any] = {"errors": {}, "session": None, "copied": None, "asked": None,
                               "draft_id": "", "version": 0, "scope": "this"} | extra
    context |= _of_series(context["session"])
    return render_template(
        "sessions/form.html", form=form, tree=point_tree(points.list_points(house(), actor), network, language()),
        groups=point_groups.list_groups(house(), actor), lengths=forms.LENGTHS,
        kinds=[(kind.value, kind_word(kind)) for kind in SessionKind], priorities=rule_words.priorities(),
        broadcasts=rule_words.broadcasts() if house().settings.broadcasts else [],
        people=views.people_to_conduct(house(), actor), chiefs=deputies.chiefs_of(house(), current_actor()),
        own_name=current_actor().plans, on_behalf_of=actor.on_behalf_of or "", silent=_silent(form), local_date=local_date, **context)


def _of_series(session: sessions.SessionView | None) -> dict[str, Any]:
    """Names for the parts of the form about repeating."""
    found = get_series(house(), planner(), session.series_id) if session and session.series_id else None
    now = house().clock.now()
    return {
        "series": found, "exceptions": [one for one in found.exceptions if one.ends_at > now] if found else [],
        "changed_words": changed_words, "scopes": series_form.SCOPES, "repeat_choices": series_form.CHOICES,
        "repeat_ends": series_form.ENDS, "weekdays": [(code, weekday_name(day, language())) for day, code in enumerate(DAYS)]}


def _local_now() -> datetime:
    return house().clock.now().astimezone(house().network.zone)
