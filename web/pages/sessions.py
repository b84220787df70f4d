"""Sessions: the list with its filters, one session with everything about it, and what may be done with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid, LiaisonError
from liaison.domain.questions import takes_questions
from liaison.domain.recurrence_words import describe
from liaison.domain.sessions import CHANGEABLE
from liaison.domain.words import AccountRole, SessionKind, SessionStatus
from liaison.services import chat_archive, deputies, documents, invitations, points, question_desk, recordings, series_edits, sessions
from liaison.services.attendance import may_see_whole_sheet
from liaison.services.document_rights import DoorsClosed, Reader
from liaison.services.series_views import get_series
from liaison.services.sessions import SessionFilter, SessionView
from liaison.services.told_views import asking_of_session, told_of_session

from .. import dates, series_form
from ..calendar_file import calendar_answer
from ..context import current_actor, house, language
from ..errors import sentence
from ..forms import safe_next, who_comes, whole_number
from ..point_tree import point_tree
from ..words import kind_word, state_word
from .series import changed_words

bp = Blueprint("sessions", __name__)

PAGE = 30
STILL_SHOWN = timedelta(hours=12)
"""Without dates, the list begins with what ended within this time."""
LONGEST_QUERY = 200
DATES_SHOWN = 6
"""So many coming dates of its series a session's page lists."""


@bp.get("/sessions")
def index() -> ResponseReturnValue:
    actor = current_actor()
    require(actor.signed_in, actor)
    wanted, errors = _filter(request.args)
    page = sessions.list_sessions(house(), actor, wanted, request.args.get("cursor") or None, PAGE)
    tree = point_tree(points.list_points(house(), actor), house().network, language())
    return render_template(
        "sessions/list.html", page=page, args=request.args, errors=errors, tree=tree, now=house().clock.now(),
        may_plan=actor.plans, may_book=actor.plans or bool(deputies.chiefs_of(house(), actor)),
        kinds=[("", _("All kinds")), *((kind.value, kind_word(kind)) for kind in SessionKind)],
        states=[("", _("All states")), *((state.value, state_word(state)) for state in SessionStatus)],
        more=_more(page.next) if page.next else "", first=_more(None) if request.args.get("cursor") else "")


@bp.get("/sessions/<session_id>")
def show(session_id: str) -> ResponseReturnValue:
    actor = deputies.standing_in(house(), current_actor(), session_id)
    view = sessions.get_session(house(), actor, session_id)
    if not actor.signed_in:
        return redirect(url_for("public.show", session_id=session_id))
    if view.rehearses:
        return redirect(url_for(".show", session_id=view.rehearses))
    names = {point.slug: point.name for point in view.points}
    return render_template(
        "sessions/show.html", session=view, chair_point=names.get(view.chair_point or "", {}),
        scopes=series_form.SCOPES, changed_words=changed_words, **_of_series(view),
        own=[point for point in view.points if point.slug in view.own_points], now=house().clock.now(), silent=_silent(view),
        may_mend=actor.assists, asking=asking_of_session(house(), actor, session_id) if view.inside else {},
        told=told_of_session(house(), actor, session_id) if actor.sees_all else [],
        may_cancel=actor.plans and view.status == SessionStatus.CONFIRMED, may_book=actor.plans, joinable=joinable(view),
        may_see_protocol=may_see_whole_sheet(actor, view), may_read_chat=chat_archive.may_read_chat(house(), actor, view),
        may_see_recordings=recordings.may_look(house(), actor, session_id),
        may_read_notes=chat_archive.leads(house(), actor, session_id), questions=_questions(actor, view),
        watchers=house().settings.watchers, opens_halls=_opens_halls(actor, view), **documents_of(actor, view))


def _questions(actor: Actor, view: SessionView) -> str:
    """Where this reader works with the questions of citizens: at the desk, or typing for those in the hall; empty: nowhere."""
    if not takes_questions(view.public, view.kind, view.questions) or view.status == SessionStatus.CANCELLED:
        return ""
    if question_desk.may_moderate(house(), actor, view.id):
        return "desk"
    return "hall" if view.own_points and actor.role is AccountRole.OFFICER and view.status in CHANGEABLE else ""


def _opens_halls(actor: Actor, view: SessionView) -> bool:
    """Whether this reader opens halls to citizens, and sees who comes."""
    officer = bool(view.own_points) and actor.role is AccountRole.OFFICER
    return view.public and view.status != SessionStatus.CANCELLED and (officer or chat_archive.leads(house(), actor, view.id))


def documents_of(actor: Actor, view: SessionView) -> dict[str, Any]:
    """The session's documents that this reader sees, and whether the form for another one stands there."""
    try:
        found = documents.list_documents(house(), Reader(actor), view.id)
    except DoorsClosed:
        found = []
    return {"documents": found, "may_add": documents.may_add_documents(house(), actor, view.id),
            "file_megabytes": house().settings.file_megabytes}


@bp.get("/sessions/<session_id>/calendar.ics")
def calendar_file(session_id: str) -> ResponseReturnValue:
    """The session for anybody's own calendar."""
    return calendar_answer(sessions.get_session(house(), current_actor(), session_id))


@bp.post("/sessions/<session_id>/cancel")
def cancel(session_id: str) -> ResponseReturnValue:
    scope = series_form.scope_of(request.form)
    series_edits.cancel_dates(house(), current_actor(), session_id, scope, request.form.get("reason", ""))
    flash(_("The session is cancelled. The points are being told.") if scope == "this"
          else _("The dates are cancelled. The points are being told."), "success")
    return _back(session_id)


@bp.post("/sessions/<session_id>/points/<point>/answer")
def answer(session_id: str, point: str) -> ResponseReturnValue:
    given, reason = request.form.get("answer", ""), request.form.get("reason", "")
    if given == "declined" and not reason.strip():
        flash(_("Write in a few words why the point cannot take part."), "warning")
        return _back(session_id)
    try:
        invitations.answer_invitation(house(), current_actor(), session_id, point, given, reason, who=who_comes())
    except Invalid as error:
        flash(first_sentence(error), "danger")
    else:
        flash(_("Your answer is kept. Thank you."), "success")
    return _back(session_id)


@bp.post("/sessions/<session_id>/points/<point>/headcount")
def headcount(session_id: str, point: str) -> ResponseReturnValue:
    """How many sat there, and who spoke for the point: one name a line."""
    names = request.form.get("representatives", "").splitlines()
    try:
        invitations.set_headcount(house(), current_actor(), session_id, point, whole_number("headcount"), names)
    except Invalid as error:
        flash(first_sentence(error), "danger")
    else:
        flash(_("Kept: who was there."), "success")
    return _back(session_id)


def _of_series(view: SessionView) -> dict[str, Any]:
    """How often the session's series is held, and its next dates; nothing of a session that is none."""
    if view.series_id is None or not view.inside:
        return {"series_words": "", "series_dates": ()}
    found = get_series(house(), current_actor(), view.series_id)
    return {"series_words": describe(found.rule, language()), "series_dates": found.to_come(house().clock.now())[:DATES_SHOWN]}


def _silent(view: SessionView) -> list[points.PointView]:
    """For those who book: the points of a session to come of which nobody could be told."""
    if not current_actor().plans or view.status not in CHANGEABLE:
        return []
    return sessions.points_without_recipients(house(), current_actor(), [point.slug for point in view.points])


def joinable(view: SessionView) -> bool:
    """Whether the way into the room is open: live, or the hour before the start (the lobby)."""
    if view.status == SessionStatus.LIVE:
        return True
    return view.status == SessionStatus.CONFIRMED and view.starts_at - house().clock.now() <= LOBBY_OPENS


LOBBY_OPENS = timedelta(hours=1)
"""So long before the start one may come to the lobby, to try camera and microphone."""


def first_sentence(error: LiaisonError) -> str:
    """What to say of a refused small form: the first field's words, else the error's own."""
    for item in error.details.get("errors", []):
        return sentence(item["message"], item)
    return sentence(error.message, error.details)


def _back(session_id: str) -> ResponseReturnValue:
    return redirect(safe_next(url_for("sessions.show", session_id=session_id)), 303)


def _filter(args: MultiDict[str, str]) -> tuple[SessionFilter, dict[str, str]]:
    """The filter and what of it could not be read."""
    errors: dict[str, str] = {}
    since, until = _day(args, "from", errors), _day(args, "to", errors)
    query, state = args.get("q", "")[:LONGEST_QUERY], args.get("status", "")
    narrowed = any((since, until, query, state))
    beginning = since or (None if narrowed else house().clock.now() - STILL_SHOWN)
    return SessionFilter(
        from_at=beginning, to_at=until + timedelta(days=1) if until else None, statuses=(state,) if state else (),
        kind=args.get("kind") or None, point=args.get("point") or None, q=query, mine="mine" in args,
        newest_first=narrowed and since is None), errors


def _day(args: MultiDict[str, str], name: str, errors: dict[str, str]) -> datetime | None:
    if not args.get(name):
        return None
    try:
        return dates.at(dates.picked(args.get(name)))
    except Invalid:
        errors[name] = _("This is not a date.")
        return None


def _more(cursor: str | None) -> str:
    """The address of the list's next page (or, without a cursor, of its first) with the same filters."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "cursor" and value}
    return url_for("sessions.index", **kept, **_cursor(cursor))


def _cursor(cursor: str | None) -> dict[str, Any]:
    return {"cursor": cursor} if cursor else {}
