"""The live room's pages: ``/room/<id>`` for those who take part, ``/watch/<id>`` for citizens.

A page carries the session's facts, the ways in and every visible word as one JSON block; picture, sound and state come over
Socket.IO (signaling/PROTOCOL.md). The token is made when the person presses Join, so a page left open never grows stale.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.errors import Forbidden, NotFound, Unauthenticated
from liaison.domain.questions import takes_questions
from liaison.domain.words import REHEARSAL, RoomRole, SessionStatus
from liaison.i18n import format_datetime
from liaison.services import chat_archive, join, question_desk
from liaison.services.attendance import may_see_whole_sheet
from liaison.services.points import list_points
from liaison.services.session_views import SessionView, get_session
from signaling.room.channels import LANGUAGES

from .. import context
from ..layout import endonym, start_page
from ..room_strings import room_strings

bp = Blueprint("room", __name__)

STEERING_ROLES = (RoomRole.CHAIR, RoomRole.DEPUTY)


@bp.get("/room/<session_id>")
def room(session_id: str) -> ResponseReturnValue:
    """The room, for an account with a way in or the bearer of a join token (``?token=``).

    ``?control=1`` is the chair's tablet: it steers, without picture and sound. ``?wall=1`` is a hall's wall screen, which only shows:
    ``&screen=1`` and ``&screen=2`` divide the small pictures between two of them, ``&sound=1`` plays the sound there too.
    """
    actor, token = context.current_actor(), request.args.get("token", "")
    ways = _ways(actor, session_id, token)
    session = _session(actor, session_id, token)
    control = request.args.get("control") == "1"
    if control:
        ways = [way for way in ways if way["role"] in STEERING_ROLES] or ways
    boot = boot_of(session, "room") | {
        "ways": ways, "token": token, "control": control, "wall": request.args.get("wall") == "1", "name": _own_name(actor, token),
    }
    if boot["wall"]:
        hall = {"screen": _screen(request.args.get("screen", "")), "sound": request.args.get("sound") == "1"}
        return room_page("room/hall.html", session, boot | hall, "hall.js", start_page(actor))
    home = url_for("sessions.show", session_id=session.rehearses) if session.rehearses and actor.signed_in else start_page(actor)
    return room_page("room/room.html", session, boot, "main.js", home, _attendance_url(actor, session), _notes_url(actor, session),
                     _questions_url(actor, session))


@bp.get("/room/<session_id>/wall")
def wall(session_id: str) -> ResponseReturnValue:
    """The wall screen of a hall: the room without controls, up to 49 small pictures on one or two screens."""
    return redirect(url_for("room.room", session_id=session_id, wall=1))


def _screen(wanted: str) -> int:
    """Which of a hall's two screens; 0: there is one."""
    return int(wanted) if wanted in ("1", "2") else 0


@bp.post("/room/<session_id>/token")
def room_token(session_id: str) -> ResponseReturnValue:
    """A join token for the way chosen on the page: JSON ``{token, expires_at}``."""
    way = join.issue_token(
        context.house(), context.current_actor(), session_id, role=request.form.get("role", "point"),
        point=request.form.get("point") or None, name=request.form.get("name", ""), page=True)
    return jsonify(token=way["token"], expires_at=way["expires_at"].isoformat())


@bp.get("/watch/<session_id>")
def watch(session_id: str) -> ResponseReturnValue:
    """Watching a public session without an account: receive only. The page asks for its token itself, also when it comes back."""
    session = get_session(context.house(), context.current_actor(), session_id)
    if not session.public:
        raise NotFound()
    return room_page("room/watch.html", session, boot_of(session, "watch"), "watch.js", f"/public/sessions/{session.id}")


@bp.post("/watch/<session_id>/token")
def watch_token(session_id: str) -> ResponseReturnValue:
    """A watcher's token: JSON ``{token, expires_at}``; RoomFull when all places are taken."""
    way = join.watch_token(context.house(), session_id)
    return jsonify(token=way["token"], expires_at=way["expires_at"].isoformat())


def room_page(template: str, session: SessionView, boot: dict[str, Any], script: str, home: str, attendance_url: str = "",
              notes_url: str = "", questions_url: str = "") -> str:
    return render_template(template, session=session, title=context.text(session.title), boot=boot, script=script, home=home,
                           attendance_url=attendance_url, notes_url=notes_url, questions_url=questions_url)


def _questions_url(actor: Actor, session: SessionView) -> str:
    """Where those who lead the session find what citizens ask; empty for others, and where nothing is asked."""
    takes = takes_questions(session.public, session.kind, session.questions)
    if not takes or not question_desk.may_moderate(context.house(), actor, session.id):
        return ""
    return url_for("question_desk.show", session_id=session.id, state="approved")


def _attendance_url(actor: Actor, session: SessionView) -> str:
    """The whole attendance sheet's address, for those whom the goodbye page leads there: the chair, the secretary, the office."""
    if session.status == SessionStatus.CANCELLED or session.rehearses or not may_see_whole_sheet(actor, session):
        return ""
    return url_for("attendance.show", session_id=session.id)


def _notes_url(actor: Actor, session: SessionView) -> str:
    """The page of all notes, for those who may read them with their account."""
    return url_for("chat.show_notes", session_id=session.id) if chat_archive.leads(context.house(), actor, session.id) else ""


def _ways(actor: Actor, session_id: str, token: str) -> list[dict[str, Any]]:
    """The ways in as JSON; a token is a way of its own and needs no account."""
    if token:
        claims = join.check_token(context.house(), token)
        if claims.session != session_id:
            raise join.TokenRefused()
        return [way_of(claims.role, claims.point)]
    if not actor.signed_in:
        raise Unauthenticated()
    found = [way_of(str(way.role), way.point) for way in join.ways_in(context.house(), actor, session_id)]
    if not found:
        raise Forbidden("Your point is not invited to this session.", remedy="Ask the organiser of the session.")
    return found


def way_of(role: str, point: str | None) -> dict[str, Any]:
    """One way in; ``link`` is what the network knows of the point's line, so that a thin one is spared from the start."""
    links = {row.slug: row.link_profile for row in list_points(context.house(), SYSTEM)} if point else {}
    return {"role": role, "point": point, "link": links.get(point or "", "normal")}


def _session(actor: Actor, session_id: str, token: str) -> SessionView:
    """The session; whoever holds a token for its room sees title, time and points."""
    return get_session(context.house(), SYSTEM if token else actor, session_id)


def _own_name(actor: Actor, token: str) -> str:
    return join.check_token(context.house(), token).name if token else actor.name


def boot_of(session: SessionView, mode: str) -> dict[str, Any]:
    """What js/room/boot.js reads."""
    house, language = context.house(), context.language()
    names = {point.slug: house.network.text(point.name, language) for point in list_points(house, SYSTEM)}
    return {
        "mode": mode, "session": session.id, "number": session.number, "status": str(session.status),
        "starts_at": session.starts_at.isoformat(), "ends_at": session.ends_at.isoformat(),
        "when": format_datetime(session.starts_at, language, house.network.zone, "long"),
        "rehearsal": session.kind == REHEARSAL, "over": session.status in (SessionStatus.ENDED, SessionStatus.CANCELLED),
        "points": names, "language": language, "languages": list(house.network.languages), "timezone": house.network.timezone,
        "channels": [[code, endonym(code)] for code in LANGUAGES],
        "icons": url_for("static", filename="vendor/icons/icons.svg"), "strings": room_strings(),
        "documents_url": url_for("documents.index", session_id=session.id), "chat_url": url_for("chat.show", session_id=session.id),
        "questions": takes_questions(session.public, session.kind, session.questions), "file_megabytes": house.settings.file_megabytes,
        "token_url": url_for(f"room.{mode}_token", session_id=session.id),
    }
