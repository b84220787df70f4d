"""The page of a room's own PC, ``/room-pc``: a code until it is paired, then a waiting page that goes into sessions by itself.

Who asks is told by the PC's cookie alone; nobody is signed in there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.actor import SYSTEM
from liaison.domain.errors import NotFound, Unauthenticated
from liaison.domain.room_pc import shown_code
from liaison.domain.text import storable
from liaison.domain.words import RoomRole
from liaison.services import help_desk, readiness, room_devices, room_pc
from liaison.services.room_devices import Device
from liaison.services.room_pc import Waiting
from liaison.services.session_views import get_session

from .. import context
from ..limits import limited
from .room import boot_of, room_page, way_of

bp = Blueprint("room_pc", __name__, url_prefix="/room-pc")

COOKIE = "room_pc"
KEPT = timedelta(days=400)
"""What browsers allow at most (RFC 6265bis, section 5.5); every look at the page begins it anew."""
LONGEST_KEY = 100
LOOK_EVERY = timedelta(seconds=15)


@bp.get("")
def show() -> ResponseReturnValue:
    device = _device()
    if device is None:
        return render_template("room_pc/pairing.html", now=context.house().clock.now())
    found = room_pc.waiting(context.house(), device)
    page = make_response(render_template("room_pc/waiting.html", device=device, **_shown(found)))
    _keep(page, known_key())
    return page


@bp.post("/code")
@limited("60 per minute")
def code() -> ResponseReturnValue:
    """For the page's script: the code to show, and the key that it will make valid."""
    if _device() is not None:
        return jsonify(paired=True)
    shown = room_devices.show_code(context.house(), known_key())
    left = shown.expires_at - context.house().clock.now()
    answer = jsonify(paired=False, code=shown_code(shown.code), seconds=max(1, int(left.total_seconds())))
    _keep(answer, shown.key)
    return answer


@bp.get("/state")
def state() -> ResponseReturnValue:
    """For the page's script, every few seconds: whether it is paired, what it shows, where to go, when to ask again."""
    device = _device()
    if device is None:
        return jsonify(paired=False)
    found, now = room_pc.waiting(context.house(), device, request.args.get("left", "")), context.house().clock.now()
    day = render_template("room_pc/_day.html", **_shown(found))
    check = readiness.check_due(context.house(), device, found)
    return jsonify(paired=True, now=now.isoformat(), again_ms=_again(found, now), shown=day,
                   check=url_for(".ready", session_id=check) if check else None,
                   enter=url_for(".room", session_id=found.enter.id) if found.enter else None)


@bp.get("/session/<session_id>")
def room(session_id: str) -> ResponseReturnValue:
    """The room, entered without a question; back to the waiting page when it is not time for it."""
    device = _device()
    helps = device is not None and storable(session_id) and help_desk.is_help_desk(context.house(), session_id)
    if device is None or not (helps or session_id in room_pc.waiting(context.house(), device).open):
        return redirect(url_for(".show"))
    session = get_session(context.house(), SYSTEM, session_id)
    boot = boot_of(session, "room") | {
        "ways": [way_of(RoomRole.POINT.value, device.point)], "token": "", "control": False, "wall": False, "name": device.name,
        "token_url": url_for(".token", session_id=session_id), "pc": {"camera": device.camera or helps}}
    return room_page("room/room.html", session, boot, "main.js", url_for(".show"))


@bp.post("/help-desk")
def ask_help() -> ResponseReturnValue:
    """Into the help desk's room: somebody stands there and has pressed the button, so camera and microphone are on."""
    device = _device()
    if device is None:
        return redirect(url_for(".show"), 303)
    return redirect(url_for(".room", session_id=help_desk.open_for_pc(context.house(), device)), 303)


@bp.post("/session/<session_id>/token")
def token(session_id: str) -> ResponseReturnValue:
    """A join token for this PC: JSON ``{token, expires_at}``."""
    device = _device()
    if device is None:
        raise Unauthenticated("This PC is not paired.", remedy="Load the page again.")
    if not storable(session_id):
        raise NotFound()
    helps = help_desk.is_help_desk(context.house(), session_id)
    way = help_desk.pc_token(context.house(), device, session_id) if helps else room_pc.enter(context.house(), device, session_id)
    return jsonify(token=way["token"], expires_at=way["expires_at"].isoformat())


@bp.post("/session/<session_id>/ready")
def ready(session_id: str) -> ResponseReturnValue:
    """What this PC found when it looked at itself: ``reasons``, none when it is ready."""
    device = _device()
    if device is None:
        raise Unauthenticated("This PC is not paired.", remedy="Load the page again.")
    if not storable(session_id):
        raise NotFound()
    readiness.report(context.house(), device, session_id, request.form.getlist("reasons"))
    return jsonify(kept=True)


def _shown(found: Waiting) -> dict[str, Any]:
    return {"today": found.today, "later": found.later, "open": found.open, "now": context.house().clock.now()}


def _again(found: Waiting, now: datetime) -> int:
    """Milliseconds until the next look: every fifteen seconds, and at the moment at which it is time to go in."""
    wait = LOOK_EVERY if found.enters_at is None else min(LOOK_EVERY, found.enters_at - now)
    return max(1000, int(wait.total_seconds() * 1000) + 200)


def known_key() -> str:
    """The PC's key, or nothing that could be one."""
    key = request.cookies.get(COOKIE, "")
    return key if len(key) <= LONGEST_KEY and key.isascii() else ""


def _device() -> Device | None:
    return room_devices.device_of(context.house(), known_key())


def _keep(response: Response, key: str) -> None:
    secure = context.house().settings.base_url.startswith("https://")
    response.set_cookie(COOKIE, key, max_age=KEPT, path=bp.url_prefix or "/", secure=secure, httponly=True, samesite="Strict")
    response.headers["Cache-Control"] = "no-store"
