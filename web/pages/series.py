"""A series: its page, what a rule gives while the form is filled in, and answers for all its dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import require
from liaison.domain.errors import Invalid
from liaison.domain.recurrence_words import describe
from liaison.domain.sessions import Plan
from liaison.services import series_answers, sessions
from liaison.services.series_views import get_series, preview

from .. import booking_form as forms
from .. import rule_words, series_form
from ..booking_form import BookingForm
from ..context import current_actor, house, language, local_date, local_time
from ..errors import sentence
from ..forms import safe_next
from ..standing import planner

bp = Blueprint("series", __name__)

Refused = dict[str, Any] | None
"""What is in the way of a date, as in ``series_refusals``."""

MOST_SHOWN = 60
"""So many dates the form lists; of more it says how many there are."""


@bp.get("/series/<series_id>")
def show(series_id: str) -> ResponseReturnValue:
    actor = current_actor()
    view = get_series(house(), actor, series_id)
    require(actor.signed_in, actor)
    now = house().clock.now()
    return render_template("series/show.html", series=view, words=describe(view.rule, language()), coming=view.to_come(now),
                           past=[one for one in view.dates if one.ends_at <= now], changed_words=changed_words)


@bp.post("/sessions/dates")
def dates() -> ResponseReturnValue:
    """For the form's script: the dates of the rule chosen, and what is taken on each."""
    actor = planner()
    form = forms.from_request(request.form, house().network)
    starts_at, minutes = forms.local_start(form, house().network.zone), forms.whole_number(form.minutes)
    if starts_at is None or not minutes or minutes > forms.MOST_MINUTES:
        return jsonify(words="", dates=[], more=0)
    wanted = series_form.recurrence_of(form.repeat, starts_at.date())
    if wanted is None:
        return jsonify(words="", dates=[], more=0)
    plan = _plan_of(form, starts_at, minutes)
    try:
        found = preview(house(), actor, plan, series_form.Recurrence(wanted.rule))
    except Invalid as error:
        return jsonify(words="", dates=[], more=0, error=sentence(error.details["errors"][0]["message"], error.details["errors"][0]))
    found_dates = [(at, _of_others(refused, _own_dates())) for at, refused in found.dates]
    shown = [item for index, item in enumerate(found_dates) if index < MOST_SHOWN or item[1]]
    return jsonify(words=describe(found.rule, language()), more=len(found_dates) - len(shown), warnings=_warnings(found_dates),
                   dates=[_line(at, refused, frozenset(form.confirm)) for at, refused in shown])


def _plan_of(form: BookingForm, starts_at: datetime, minutes: int) -> Plan:
    """As much of the form's plan as bears on whether a date can be booked."""
    setup, clear = (min(forms.whole_number(text) or 0, forms.MOST_MINUTES) for text in (form.setup_minutes, form.clear_minutes))
    return Plan(title={}, kind="government", starts_at=starts_at, duration_minutes=minutes, points=tuple(form.points),
                public=form.public, record=form.record or None, broadcast=forms.broadcast_of(form),
                setup_minutes=setup, clear_minutes=clear)


def _own_dates() -> frozenset[str]:
    """Sessions of the series that the form changes: they are in nobody's way."""
    session_id = request.form.get("session_id")
    view = sessions.get_session(house(), current_actor(), session_id) if session_id else None
    if view is None or view.series_id is None:
        return frozenset()
    return frozenset(one.id for one in get_series(house(), current_actor(), view.series_id).dates)


def _of_others(refused: Refused, own: frozenset[str]) -> Refused:
    """What is in the way of a date but for the series' own sessions."""
    if refused is None or "conflicts" not in refused:
        return refused
    conflicts = [item for item in refused["conflicts"] if item["session"]["id"] not in own]
    return {**refused, "conflicts": conflicts} if conflicts else None


def _warnings(dates: Sequence[tuple[datetime, Refused]]) -> list[dict[str, str]]:
    """What a confirmation would let pass, on any of the dates."""
    return rule_words.warnings([item for _at, refused in dates for item in (refused or {}).get("warnings", ())])


@bp.post("/series/<series_id>/points/<point>/answer")
def answer(series_id: str, point: str) -> ResponseReturnValue:
    """For every date of the series to come."""
    view = get_series(house(), current_actor(), series_id)
    given, reason = request.form.get("answer", ""), request.form.get("reason", "")
    back = redirect(safe_next(url_for("series.show", series_id=series_id)), 303)
    coming = view.to_come(house().clock.now())
    if given == "declined" and not reason.strip():
        flash(_("Write in a few words why the point cannot take part."), "warning")
        return back
    if coming:
        series_answers.answer_dates(house(), current_actor(), coming[0].id, point, given, reason)
        flash(_("Your answer is kept for all dates. Thank you."), "success")
    return back


def _line(at: datetime, refused: Refused, confirmed: frozenset[str]) -> dict[str, Any]:
    """One date of the preview: ``Monday, 8 March 2027``, and what is in its way that is not confirmed."""
    local = at.astimezone(house().network.zone)
    warned = {item["code"] for item in (refused or {}).get("warnings", ())}
    free = refused is None or (bool(warned) and warned <= confirmed)
    return {"day": local.date().isoformat(), "label": f"{local_date(local, 'full')}, {local_time(at)}",
            "taken": "" if free or refused is None else rule_words.in_the_way(refused)}


CHANGED = {
    "starts_at": _l("Start"), "duration_minutes": _l("Length"), "title": _l("Title"), "description": _l("Description"),
    "agenda": _l("Agenda"), "points": _l("Points"), "optional_points": _l("Points that need not come"),
    "chair_point": _l("The chair sits at"), "chair_user": _l("Chair"), "deputy": _l("Deputy chair"), "secretary": _l("Secretary"),
    "public": _l("Public session"), "kind": _l("Kind"), "record": _l("Recording"), "broadcast": _l("Broadcast"),
}
"""What may differ on one date, as it is called elsewhere."""


def changed_words(names: Any) -> str:
    """``Start, Title``: what was changed for one date alone."""
    return ", ".join(str(CHANGED[name]) for name in names if name in CHANGED)
