"""Find a time: what is looked for at the top, the best times below it, each leading into the booking form filled in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.actor import require
from liaison.domain.errors import Invalid
from liaison.services import drafts, finding, point_groups, points, sessions, views
from liaison.services.finding import Found, OfferView

from .. import booking_form, dates, find_form
from ..context import current_actor, house, language
from ..find_form import FindForm
from ..forms import field_errors
from ..point_tree import point_tree

bp = Blueprint("finding", __name__)

FIELDS = {"duration_minutes": "minutes", "from": "first_day", "setup_minutes": "before", "clear_minutes": "after",
          "chair.user": "chair_user"}
"""Names of the services' fields that the form calls otherwise."""


@bp.get("/find-time")
def show() -> ResponseReturnValue:
    actor = current_actor()
    require(actor.plans, actor)
    form = _form()
    if "go" not in request.args:
        return _page(form)
    try:
        found = finding.find_times(house(), actor, find_form.to_wanted(form), form.chair_user or None, form.session or None)
    except Invalid as error:
        wrong = {FIELDS.get(name, name): words for name, words in field_errors(error).items()}
        return _page(form, errors=wrong), 422
    return _page(form, found)


@bp.post("/find-time")
def from_booking_form() -> ResponseReturnValue:
    """The button beside the booking form's date: what was typed is kept as a draft, and waits there for the time found."""
    actor = current_actor()
    require(actor.plans, actor)
    typed = booking_form.from_request(request.form, house().network)
    kept = drafts.save_draft(house(), actor, typed.as_json(), request.form.get("draft_id") or None)
    return redirect(url_for("finding.show", draft=kept.id, go=1 if typed.points else None), 303)


def _form() -> FindForm:
    form = find_form.from_args(request.args, dates.today())
    asked = bool(form.points) or "minutes" in request.args
    if form.session:
        view = sessions.get_session(house(), current_actor(), _id(form.session))
        if not asked:
            find_form.filled_from_session(form, view)
    elif form.draft:
        kept = booking_form.from_draft(drafts.get_draft(house(), current_actor(), form.draft).form)
        if not asked:
            find_form.filled_from_draft(form, kept)
    return form


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid("This is not a session.") from None


def _page(form: FindForm, found: Found | None = None, errors: dict[str, str] | None = None) -> str:
    actor, network = current_actor(), house().network
    people = [(person.id, person.label) for person in views.people_to_conduct(house(), actor)]
    return render_template(
        "finding/find.html", form=form, found=found, errors=errors or {}, groups=point_groups.list_groups(house(), actor), people=people,
        tree=point_tree(points.list_points(house(), actor), network, language()), lengths=booking_form.LENGTHS,
        spans=find_form.SPANS, weekdays=dates.weekday_choices(), book_link=lambda offer: _book_link(form, offer), titles=_titles(form))


def _titles(form: FindForm) -> dict[str, str]:
    """Of the draft that the page was opened from: a poll asks about it by the same name."""
    if not form.draft:
        return {}
    return booking_form.from_draft(drafts.get_draft(house(), current_actor(), form.draft).form).title


def _book_link(form: FindForm, offer: OfferView) -> str:
    """Into the booking form (new, draft or change) with this time and these points."""
    local = offer.starts_at.astimezone(house().network.zone)
    filled: dict[str, Any] = {"date": local.date().isoformat(), "time": f"{local:%H:%M}", "minutes": form.minutes}
    if form.session:
        return url_for("booking.edit", session_id=form.session, **filled)
    chosen: dict[str, Any] = {"points": ",".join(form.points), "optional": ",".join(form.optional_points) or None,
                              "chair_user": form.chair_user or None, "draft": form.draft or None}
    return url_for("booking.new", **filled, **chosen)
