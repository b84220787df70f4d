"""Seats in halls: a citizen's way to one, the ticket's own page, and the page on which halls are opened."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from liaison.domain.errors import IllegalState, Invalid, LiaisonError, NotFound, RateLimited
from liaison.domain.seats import OPEN_STATES, SeatState
from liaison.notify.seat_wording import ticket_text
from liaison.services import halls, seats
from liaison.services.deputies import standing_in
from liaison.services.session_views import get_session

from ..context import current_actor, house, known_languages, language
from ..errors import sentence
from ..forms import field_errors, texts, whole_number
from ..limits import limited, may_write_to
from ..security import own_page
from ..visitors import greet, visitor
from .public import session_page
from .questions import PER_ADDRESS, TRAP

bp = Blueprint("halls", __name__)

REFUSED = (IllegalState, RateLimited)


@bp.post("/public/sessions/<session_id>/seats")
@limited(PER_ADDRESS)
def take(session_id: str) -> ResponseReturnValue:
    if request.form.get(TRAP):
        return redirect(url_for("public.show", session_id=session_id, _anchor="seats"), 303)
    kiosk = request.form.get("kiosk") == "1"
    try:
        wish = _wish()
        _require_few_letters(wish.contact)
        made = seats.take_seat(house(), session_id, wish, visitor())
    except Invalid as error:
        return make_response(session_page(session_id, {}, field_errors(error)), 422)
    except REFUSED as error:
        said = {"": f"{sentence(error.message, error.details)} {sentence(error.remedy, error.details)}"}
        return make_response(session_page(session_id, {}, said), 429 if isinstance(error, RateLimited) else 409)
    return greet(make_response(redirect(url_for(".ticket", token=made.token, kiosk=1 if kiosk else None), 303)), anew=kiosk)


@bp.get("/seat/<token>")
def ticket(token: str) -> Response:
    """The address is its holder's own."""
    return _ticket(token, "")


@bp.post("/seat/<token>/give-back")
def give_back(token: str) -> ResponseReturnValue:
    """Only this form gives a seat back: programs that look through mail open links, they press nothing."""
    try:
        seats.give_back(house(), token)
    except IllegalState as error:
        return make_response(_ticket(token, sentence(error.message, error.details)), 409)
    flash(_("The seat has been given back."), "success")
    return redirect(url_for(".ticket", token=token), 303)


@bp.get("/sessions/<session_id>/halls")
def show(session_id: str) -> ResponseReturnValue:
    return _office(session_id, {})


@bp.post("/sessions/<session_id>/halls")
def open_all(session_id: str) -> ResponseReturnValue:
    """Every hall that is closed yet."""
    actor = standing_in(house(), current_actor(), session_id)
    try:
        opened = halls.open_all(house(), actor, session_id, whole_number("seats"))
    except (Invalid, IllegalState) as error:
        return make_response(_office(session_id, {"*": error}), _status(error))
    flash(ngettext("%(num)s hall has been opened.", "%(num)s halls have been opened.", opened), "success")
    return redirect(url_for(".show", session_id=session_id), 303)


@bp.post("/sessions/<session_id>/halls/<slug>")
def change(session_id: str, slug: str) -> ResponseReturnValue:
    """Open one, change it, or close it."""
    actor = standing_in(house(), current_actor(), session_id)
    try:
        if request.form.get("act") == "close":
            told = halls.close_hall(house(), actor, session_id, slug)
            flash(ngettext("The hall is closed, and %(num)s registration is told.",
                           "The hall is closed, and %(num)s registrations are told.", told), "success")
        else:
            halls.open_hall(house(), actor, session_id, slug, whole_number("seats"), request.form.get("place", ""))
            flash(_("Saved."), "success")
    except (Invalid, IllegalState) as error:
        return make_response(_office(session_id, {slug: error}), _status(error))
    return redirect(url_for(".show", session_id=session_id, _anchor=f"hall-{slug}"), 303)


# ---------------------------------------------------------------- inside


def _require_few_letters(contact: str) -> None:
    """Whoever types it: nobody is written to all day. Raises RateLimited."""
    if not may_write_to(contact):
        raise RateLimited("This address has been written to many times today.", remedy="Come again tomorrow, or give another address.")


def _wish() -> seats.Wish:
    found = texts("hall", "guest", "reach", "sheet", "spoken")
    try:
        people = whole_number("people")
    except Invalid:
        people = None
    spoken = found["spoken"] if found["spoken"] in known_languages() else language()
    return seats.Wish(found["hall"], found["guest"], people, found["reach"], found["sheet"], spoken)


def _ticket(token: str, error: str) -> Response:
    view = seats.own_seat(house(), token)
    address = url_for(".ticket", token=token, _external=True)
    picture = segno.make(ticket_text(address, view.seat.code), error="m", micro=False)
    live = view.session.status in ("confirmed", "live")
    return own_page(make_response(render_template(
        "halls/ticket.html", view=view, address=address, error=error, kiosk=request.args.get("kiosk") == "1",
        picture=picture.svg_data_uri(border=2, scale=8, xmldecl=False) if _holds(view, live) else "",
        may_give_back=live and view.seat.state in {*OPEN_STATES, SeatState.FREED})))


def _holds(view: seats.OwnSeat, live: bool) -> bool:
    return live and view.hall is not None and view.seat.state in (SeatState.HELD, SeatState.FREED, SeatState.CAME)


def _office(session_id: str, errors: dict[str, LiaisonError]) -> str:
    """``errors`` by point; ``*`` is the form for all."""
    actor = standing_in(house(), current_actor(), session_id)
    choices = halls.list_choices(house(), actor, session_id)
    said: dict[str, Any] = {name: field_errors(error) for name, error in errors.items()}
    if not choices:
        raise NotFound()
    return render_template("halls/office.html", session=get_session(house(), actor, session_id), choices=choices, errors=said)


def _status(error: LiaisonError) -> int:
    return 422 if isinstance(error, Invalid) else 409
