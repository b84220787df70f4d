"""A point's own page: who and what is there, what it is now, what comes, how it did; the picture of its room; a mobile one's route."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import require
from liaison.domain.errors import Invalid, LiaisonError, NotFound
from liaison.domain.routes import Stop, whereabouts
from liaison.domain.self_test import Verdict
from liaison.domain.text import storable
from liaison.services import mobile_points, point_cards, point_pictures, points, room_devices
from liaison.services.mobile_points import StopOverlaps, StopPlan
from liaison.services.network_states import network_states
from liaison.services.point_history import PointHistory, point_history
from liaison.services.self_tests import Check, point_checks

from .. import context, network_words
from ..errors import status_of
from ..forms import field_errors, texts
from ..limits import limited
from .admin import LINK_PROFILES, degrees
from .readiness import reason

bp = Blueprint("point", __name__, url_prefix="/network/points/<slug>")

SPARE_ROWS = 3
"""So many empty rows of the equipment list stand ready."""
SHOWN_SESSIONS = 12
CHECK_VERDICTS = {
    Verdict.GOOD: (_l("Good"), "good", "check-circle-fill"), Verdict.USABLE: (_l("Usable"), "warn", "exclamation-triangle-fill"),
    Verdict.TROUBLE: (_l("Trouble"), "bad", "exclamation-circle-fill"),
}
"""Of a self-test: word, look and sign."""


@bp.url_value_preprocessor
def refuse_unkeepable(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and not all(storable(value) for value in values.values()):
        raise NotFound()


@bp.get("")
def show(slug: str) -> ResponseReturnValue:
    return _page(slug)


@bp.post("/card")
def keep_card(slug: str) -> ResponseReturnValue:
    """The equipment's rows (``name_0``, ``detail_0``, ``count_0`` …) and the note."""
    equipment = _equipment_sent()
    try:
        point_cards.keep_card(context.house(), context.current_actor(), slug, equipment, request.form.get("note", ""))
    except Invalid as error:
        return _page(slug, error, equipment=equipment, note=request.form.get("note", ""))
    flash(_("Saved."), "success")
    return redirect(url_for(".show", slug=slug) + "#equipment", 303)


def _equipment_sent() -> list[dict[str, Any]]:
    numbers = sorted({int(name[5:]) for name in request.form if name.startswith("name_") and name[5:].isascii() and name[5:].isdigit()
                      and len(name) < 9})
    rows = [texts(f"name_{number}", f"detail_{number}", f"count_{number}") for number in numbers]
    return [{"name": name, "detail": detail, "count": int(count) if count.isascii() and count.isdigit() and len(count) < 6 else count or 1}
            for name, detail, count in (row.values() for row in rows) if name or detail]


# ---------------------------------------------------------------- the picture of the room


@bp.get("/picture")
def picture(slug: str) -> Response:
    """Its address changes with it, so a browser may keep it; nobody in between may."""
    found = point_pictures.get_picture(context.house(), context.current_actor(), slug)
    response = Response(found.data, mimetype=found.media_type)
    fresh = request.args.get("v") == found.digest[:16]
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable" if fresh else "private, no-cache"
    return response


@bp.post("/picture")
def put_picture(slug: str) -> ResponseReturnValue:
    file = request.files.get("picture")
    try:
        point_pictures.put_picture(context.house(), context.current_actor(), slug, file.read() if file else b"")
    except Invalid as error:
        return _page(slug, error)
    flash(_("Saved."), "success")
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/picture/delete")
def drop_picture(slug: str) -> ResponseReturnValue:
    point_pictures.drop_picture(context.house(), context.current_actor(), slug)
    flash(_("The picture is gone."), "success")
    return redirect(url_for(".show", slug=slug), 303)


# ---------------------------------------------------------------- the room's own PC


@bp.post("/room-pcs")
@limited("60 per minute")
def pair_room_pc(slug: str) -> ResponseReturnValue:
    """Take the PC whose screen shows the code."""
    form = texts("code", "device_name")
    try:
        room_devices.pair(context.house(), context.current_actor(), slug, form["code"], form["device_name"])
    except Invalid as error:
        return _page(slug, error, pairing=form)
    flash(_("The PC is paired. It shows its waiting page within a few seconds."), "success")
    return redirect(url_for(".show", slug=slug) + "#room-pc", 303)


@bp.post("/room-pcs/settings")
def set_room_pc(slug: str) -> ResponseReturnValue:
    """How long before the start the room's PCs go in, and with what switched on."""
    typed = request.form.get("minutes", "").strip()
    minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else -1
    try:
        room_devices.change_settings(context.house(), context.current_actor(), slug, minutes, request.form.get("camera") == "1")
    except Invalid as error:
        return _page(slug, error)
    flash(_("Saved."), "success")
    return redirect(url_for(".show", slug=slug) + "#room-pc", 303)


@bp.post("/room-pcs/<device_id>/revoke")
def revoke_room_pc(slug: str, device_id: str) -> ResponseReturnValue:
    room_devices.revoke(context.house(), context.current_actor(), slug, device_id)
    flash(_("The PC has no right here any more."), "success")
    return redirect(url_for(".show", slug=slug) + "#room-pc", 303)


# ---------------------------------------------------------------- a mobile point's route


@bp.post("/stops")
def add_stop(slug: str) -> ResponseReturnValue:
    require(mobile_points.may_route(context.current_actor()), context.current_actor())
    form = texts("near", "lat", "lon", "starts_at", "ends_at", "note", *(f"place_{code}" for code in context.house().network.languages))
    try:
        mobile_points.add_stop(context.house(), context.current_actor(), slug, _stop_plan(form))
    except Invalid as error:
        return _page(slug, error, stop=form)
    except StopOverlaps as error:
        starts, ends = (datetime.fromisoformat(str(error.details[name])) for name in ("starts_at", "ends_at"))
        words = _("The point already has a stop in this time: %(period)s.", period=context.date_range(starts, ends))
        return _page(slug, Invalid(errors=[{"field": "starts_at", "message": words}]), stop=form)
    flash(_("Saved."), "success")
    return redirect(url_for(".show", slug=slug) + "#route", 303)


@bp.post("/stops/<stop_id>/delete")
def remove_stop(slug: str, stop_id: str) -> ResponseReturnValue:
    mobile_points.remove_stop(context.house(), context.current_actor(), slug, stop_id)
    flash(_("The stop is gone."), "success")
    return redirect(url_for(".show", slug=slug) + "#route", 303)


def _stop_plan(form: dict[str, str]) -> StopPlan:
    """Place and degrees may come from a point that is chosen as near; what is typed counts more. Raises Invalid."""
    place = {code: form[f"place_{code}"] for code in context.house().network.languages if form[f"place_{code}"]}
    lat, lon = degrees(form, "lat"), degrees(form, "lon")
    if form["near"]:
        near = points.get_point(context.house(), context.current_actor(), form["near"])
        place = place or near.seat or near.name
        lat, lon = (near.lat, near.lon) if lat is None and lon is None else (lat, lon)
    return StopPlan(place, lat, lon, _moment(form, "starts_at"), _moment(form, "ends_at"), form["note"])


def _moment(form: dict[str, str], name: str) -> datetime:
    """A wall-clock moment of the network's zone. Raises Invalid."""
    try:
        found = datetime.fromisoformat(form[name])
        if found.tzinfo is not None or not 1900 <= found.year < 2200:
            raise ValueError(form[name])
        return found.replace(tzinfo=context.house().network.zone)
    except ValueError:
        raise Invalid(errors=[{"field": name, "message": "Give a date and a time."}]) from None


# ---------------------------------------------------------------- the page


def _page(slug: str, error: LiaisonError | None = None, **given: Any) -> ResponseReturnValue:
    house, actor = context.house(), context.current_actor()
    card = point_cards.point_card(house, actor, slug)
    stops = mobile_points.route_of(house, actor, slug) if card.point.kind == mobile_points.KIND else []
    status = next((one for one in network_states(house, actor) if one.point.id == card.point.id), None)
    values: dict[str, Any] = {
        "card": card, "point": card.point, "status": network_words.status_row(status) if status else None,
        "profile": LINK_PROFILES[card.point.link_profile], "kind": house.network.kinds.get(card.point.kind, {}),
        "history": _history(slug) if card.inside else None, "checks": _checks(slug) if card.inside else None,
        "check_verdicts": CHECK_VERDICTS, "reason": reason, "shown": None if request.args.get("all") == "1" else SHOWN_SESSIONS,
        "equipment": [dict(row) for row in card.equipment], "note": card.note, "spare": SPARE_ROWS,
        "session_line": network_words.session_line, "pairing": {},
        "room": room_devices.room_settings(house, actor, slug) if card.editable else None,
        "stop": {}, "errors": field_errors(error) if error else {}}
    page = render_template("network/point.html", **(values | _route(stops) | given))
    return make_response(page, status_of(error) if error else 200)


def _checks(slug: str) -> list[Check]:
    return point_checks(context.house(), context.current_actor(), slug)


def _history(slug: str) -> PointHistory:
    return point_history(context.house(), context.current_actor(), slug)


def _route(stops: list[Stop]) -> dict[str, Any]:
    """The stops to come and the last few behind, and what a form for another one needs."""
    house, actor, now = context.house(), context.current_actor(), context.house().clock.now()
    behind = [stop for stop in stops if stop.ends_at <= now]
    return {"stops": behind[-3:] + stops[len(behind):], "here": whereabouts(stops, now).now, "may_route": mobile_points.may_route(actor),
            "now": now, "towns": [("", "–"), *((point.slug, context.text(point.name)) for point in points.list_points(house, actor)
                                               if point.lat is not None and point.kind != mobile_points.KIND)]}
