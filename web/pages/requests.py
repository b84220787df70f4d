"""Sessions that are asked for and waited for: officers ask, the office answers, bookers wait for a taken time."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.booking_requests import RequestKind
from liaison.domain.capacity import CapacityExceeded
from liaison.domain.closures import ClosedPeriod, ConfirmationNeeded
from liaison.domain.errors import BookingConflict, IllegalState, Invalid, LiaisonError
from liaison.domain.sessions import Plan
from liaison.domain.words import AccountRole, SessionKind
from liaison.services import booking_checks, booking_requests, points, waiting_list
from liaison.services.offers import HeldForOffer

from .. import booking_form as forms
from .. import rule_words
from ..booking_form import BookingForm, FormErrors
from ..context import current_actor, house, language
from ..errors import sentence
from ..forms import field_errors
from ..point_tree import point_tree
from ..words import kind_word

bp = Blueprint("requests", __name__, url_prefix="/requests")

REFUSALS = (BookingConflict, ClosedPeriod, CapacityExceeded, HeldForOffer, IllegalState, ConfirmationNeeded, Invalid)
"""Why an approval or an acceptance may fail: said on the request's page."""


@bp.get("")
def index() -> ResponseReturnValue:
    """What is open; with ``all=1`` what was decided as well."""
    actor = current_actor()
    require(may_look(actor), actor)
    only_open = request.args.get("all") != "1"
    asked = booking_requests.list_requests(house(), actor, RequestKind.REQUEST, only_open)
    waited = booking_requests.list_requests(house(), actor, RequestKind.WAITING, only_open) if actor.plans else []
    return render_template("requests/list.html", asked=asked, waited=waited, only_open=only_open, may_answer=actor.plans,
                           may_ask=may_ask(actor), names=_names())


def may_ask(actor: Actor) -> bool:
    return actor.role is AccountRole.OFFICER and bool(actor.points)


def may_look(actor: Actor) -> bool:
    return actor.plans or actor.role is AccountRole.OFFICER


@bp.get("/new")
def new() -> ResponseReturnValue:
    actor = current_actor()
    require(may_ask(actor), actor)
    form = forms.blank(house().clock.now().astimezone(house().network.zone), request.args)
    form.points = form.points or _own(actor)
    return _form(form, "", {})


@bp.post("/new")
def ask() -> ResponseReturnValue:
    actor, note = current_actor(), request.form.get("note", "").strip()
    require(may_ask(actor), actor)
    form = forms.from_request(request.form, house().network)
    try:
        made = booking_requests.ask_for_session(house(), actor, _plan(actor, form), note)
    except FormErrors as error:
        return make_response(_form(form, note, error.errors), 422)
    except Invalid as error:
        found = {forms.form_field(item["field"]): sentence(item["message"], item) for item in error.details.get("errors", [])}
        return make_response(_form(form, note, found), 422)
    flash(_("The office has been asked. You are told what it decides."), "success")
    return redirect(url_for(".show", request_id=made.id), 303)


@bp.get("/<request_id>")
def show(request_id: str) -> ResponseReturnValue:
    return _page(booking_requests.get_request(house(), current_actor(), request_id))


@bp.post("/<request_id>/approve")
def approve(request_id: str) -> ResponseReturnValue:
    view = booking_requests.get_request(house(), current_actor(), request_id)
    try:
        made = booking_requests.approve_request(house(), current_actor(), request_id, note=request.form.get("reason", ""),
                                                confirmed=request.form.getlist("confirm"))
    except REFUSALS as error:
        return _page(view, error)
    flash(_("The session is booked. The points are being told."), "success")
    return redirect(url_for("sessions.show", session_id=made.id), 303)


@bp.post("/<request_id>/decline")
def decline(request_id: str) -> ResponseReturnValue:
    view = booking_requests.get_request(house(), current_actor(), request_id)
    try:
        booking_requests.decline_request(house(), current_actor(), request_id, request.form.get("reason", ""))
    except (Invalid, IllegalState) as error:
        return _page(view, error)
    flash(_("The request is declined; the officer is being told."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<request_id>/withdraw")
def withdraw(request_id: str) -> ResponseReturnValue:
    """Also a place on the waiting list given up, or an offer passed on."""
    try:
        booking_requests.withdraw_request(house(), current_actor(), request_id)
        flash(_("It is withdrawn."), "success")
    except IllegalState as error:
        flash(field_errors(error)[""], "warning")
    return redirect(url_for(".index"), 303)


@bp.post("/<request_id>/accept")
def accept(request_id: str) -> ResponseReturnValue:
    """Book the time that is held."""
    view = booking_requests.get_request(house(), current_actor(), request_id)
    try:
        made = waiting_list.accept_offer(house(), current_actor(), request_id)
    except REFUSALS as error:
        return _page(view, error)
    flash(_("The session is booked. The points are being told."), "success")
    return redirect(url_for("sessions.show", session_id=made.id), 303)


def _plan(actor: Actor, form: BookingForm) -> Plan:
    """The officer chairs, at the first of the own points chosen."""
    own = [slug for slug in _own(actor) if slug in form.points]
    form.chair_point, form.chair_user, form.deputy, form.secretary = (own[0] if own else ""), str(actor.user_id), "", ""
    form.optional_points, form.priority, form.confirm = [], "0", []
    return forms.to_plan(form, house().network.zone, language())


def _own(actor: Actor) -> list[str]:
    return [point.slug for point in points.list_points(house(), actor) if point.id in actor.points]


def _names() -> dict[str, dict[str, str]]:
    return {point.slug: point.name for point in points.list_points(house(), current_actor(), include_inactive=True)}


def _form(form: BookingForm, note: str, errors: dict[str, Any]) -> str:
    tree = point_tree(points.list_points(house(), current_actor()), house().network, language())
    return render_template("requests/new.html", form=form, note=note, errors=errors, tree=tree, own=_own(current_actor()),
                           kinds=[(kind.value, kind_word(kind)) for kind in SessionKind])


def _bounds(view: booking_requests.RequestView) -> tuple[list[str], list[dict[str, Any]]]:
    return booking_checks.find_warnings(house(), current_actor(), view.plan.all_points, view.plan.period)


def _page(view: booking_requests.RequestView, error: LiaisonError | None = None) -> ResponseReturnValue:
    actor = current_actor()
    closed, warnings = _bounds(view) if actor.plans and view.open else ([], [])
    page = render_template(
        "requests/show.html", asked=view, closed=closed, warnings=rule_words.warnings(warnings), names=_names(),
        error=rule_words.refusal(error) if error else "", may_answer=actor.plans and view.kind == RequestKind.REQUEST and view.open,
        own=view.asked_by is not None and view.asked_by.id == actor.user_id)
    return make_response(page, 409 if error else 200)
