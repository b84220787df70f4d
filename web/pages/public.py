"""For citizens: the list of public sessions, a page for each, and the way to watch. No account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.actor import ANONYMOUS
from liaison.domain.errors import Forbidden, IllegalState, NotFound, RoomFull, Unauthenticated
from liaison.domain.words import SessionStatus
from liaison.notify.push import public_key
from liaison.services import halls, join, questions, recordings
from liaison.services.broadcasts import is_shown
from liaison.services.document_rights import Reader
from liaison.services.documents import list_documents
from liaison.services.sessions import SessionFilter, SessionView, get_session
from liaison.services.views import sessions_of_period
from liaison.services.ways import configured
from signaling.contents import contents_of

from ..audience import broadcast_of
from ..calendar_file import calendar_answer
from ..context import house, known_languages
from ..errors import for_programs
from ..layout import endonym
from ..question_words import categories
from ..visitors import greet, visitor

bp = Blueprint("public", __name__, url_prefix="/public")

AHEAD, BEHIND = timedelta(days=180), timedelta(days=60)
TRY_AGAIN_S = 180


@dataclass(frozen=True)
class Programme:
    """Public sessions by what a citizen may do with them."""

    live: list[SessionView]
    coming: list[SessionView]
    past: list[SessionView]


@bp.get("/", strict_slashes=False)
def index() -> ResponseReturnValue:
    return render_template("public/list.html", programme=_programme())


@bp.get("/sessions/<session_id>")
def show(session_id: str) -> ResponseReturnValue:
    response = make_response(session_page(session_id, {}))
    known_again = questions.openness(house(), session_id).takes or halls.open_halls(house(), session_id)
    return greet(response) if known_again else response


def session_page(session_id: str, errors: dict[str, str], seat_errors: dict[str, str] | None = None, remind_error: str = "") -> str:
    """A session's own page; with ``errors`` what was asked stands in the form again, with ``seat_errors`` the registration,
    with ``remind_error`` the address for a reminder."""
    view = _public(session_id)
    names = {point.slug: point.name for point in view.points}
    return render_template("public/session.html", session=view, chair_point=names.get(view.chair_point or "", {}),
                           now=house().clock.now(), documents=list_documents(house(), Reader(ANONYMOUS), session_id),
                           broadcast=broadcast_of(house(), session_id), contents=_contents(view),
                           composite=_composite(view), errors=errors, categories=categories(),
                           kiosk=request.values.get("kiosk") == "1", sheet=request.form.get("sheet") or new_sheet(),
                           **question_parts(session_id), **seat_parts(view, seat_errors or {}),
                           remind_error=remind_error, push_key=public_key(house().settings), ways=configured(house().settings))


def _contents(view: SessionView) -> list[dict[str, Any]]:
    """What is where in the recording, once there is one that everybody may watch."""
    if view.status != SessionStatus.ENDED or not is_shown(house(), view):
        return []
    return contents_of(house(), view)


def _composite(view: SessionView) -> recordings.Composite | None:
    """The recording, where everybody may take it away."""
    try:
        return recordings.public_composite(house(), view)
    except NotFound:
        return None


def question_parts(session_id: str) -> dict[str, Any]:
    """What the list of a session's questions is made of. Raises NotFound."""
    found = questions.list_questions(house(), session_id, visitor())
    return {"session_id": session_id, "takes": questions.openness(house(), session_id),
            "standing": [one for one in found if not one.answered], "answered": [one for one in found if one.answered]}


def seat_parts(view: SessionView, errors: dict[str, str]) -> dict[str, Any]:
    """What the form for a seat in a hall is made of; no halls once the session is over."""
    going = view.status in (SessionStatus.CONFIRMED, SessionStatus.LIVE)
    return {"halls": halls.open_halls(house(), view.id) if going else [], "seat_errors": errors, "seat_sheet": new_sheet(),
            "spoken_choices": [(code, endonym(code)) for code in known_languages()]}


def new_sheet() -> str:
    """A name for a form: sent twice, it is one question, or one registration."""
    return secrets.token_urlsafe(12)


@bp.get("/sessions/<session_id>/calendar.ics")
def calendar_file(session_id: str) -> ResponseReturnValue:
    return calendar_answer(_public(session_id))


@bp.post("/sessions/<session_id>/watch")
def watch(session_id: str) -> ResponseReturnValue:
    """A way to watch: for a browser the watch page, for a program the token (201)."""
    view = _public(session_id)
    try:
        way = join.watch_token(house(), session_id)
    except RoomFull:
        if for_programs():
            raise
        return _full(view)
    except IllegalState:
        if for_programs():
            raise
        return redirect(url_for("public.show", session_id=session_id), 303)
    if for_programs():
        return jsonify(way | {"expires_at": way["expires_at"].isoformat(), "room": url_for("room.watch", session_id=session_id)}), 201
    return redirect(url_for("room.watch", session_id=session_id), 303)


def _full(view: SessionView) -> Response:
    """The clear page for the one who comes when every place is taken."""
    later = house().clock.now() + timedelta(seconds=TRY_AGAIN_S)
    response = make_response(render_template("public/full.html", session=view, later=later, places=house().settings.watchers), 503)
    response.headers["Retry-After"] = str(TRY_AGAIN_S)
    return response


def _public(session_id: str) -> SessionView:
    """As a citizen sees it, whoever reads. Raises NotFound for what is not public: nobody learns that it exists."""
    try:
        return get_session(house(), ANONYMOUS, session_id)
    except (Unauthenticated, Forbidden):
        raise NotFound() from None


def _programme() -> Programme:
    now = house().clock.now()
    found = sessions_of_period(house(), ANONYMOUS, SessionFilter(from_at=now - BEHIND, to_at=now + AHEAD, public=True))
    live = [view for view in found if view.status == SessionStatus.LIVE]
    over = [view for view in found if view.status != SessionStatus.LIVE and (view.status == SessionStatus.ENDED or view.ends_at <= now)]
    done = {view.id for view in live + over}
    return Programme(live, [view for view in found if view.id not in done], over[::-1])
