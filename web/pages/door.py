"""The door of a hall on an officer's telephone: the list, and what was counted, also after a while without a network.

The page holds the list; what a telephone keeps of the page to open it without a network (``kept``) knows nobody.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from liaison.domain.actor import ANONYMOUS
from liaison.domain.errors import Invalid
from liaison.services import door
from liaison.services.deputies import standing_in
from liaison.services.door import Act, ActKind, Door
from liaison.services.session_views import get_session

from ..context import current_actor, house, text
from ..door_strings import door_strings
from ..door_worker import worker_script

bp = Blueprint("door", __name__)


@bp.get("/sessions/<session_id>/halls/<slug>/door")
def show(session_id: str, slug: str) -> ResponseReturnValue:
    actor = standing_in(house(), current_actor(), session_id)
    found = door.look_at_door(house(), actor, session_id, slug)
    return render_template("halls/door.html", session=get_session(house(), actor, session_id), door=found, told=_told(found),
                           words=door_strings())


@bp.get("/sessions/<session_id>/halls/<slug>/door/kept")
def kept(session_id: str, slug: str) -> ResponseReturnValue:
    """The page without its list, without the officer's name and menu: what a telephone opens when it has no network."""
    actor = standing_in(house(), current_actor(), session_id)
    found = door.look_at_door(house(), actor, session_id, slug)
    return render_template("halls/door.html", session=get_session(house(), actor, session_id), door=found, told=None,
                           words=door_strings(), offline_page=True, actor=ANONYMOUS)


@bp.get("/sessions/door-worker.js")
def worker() -> Response:
    """The same for everybody; below it lie the doors that it may serve (Service Workers, section 2.3: the path restriction)."""
    return Response(worker_script(), mimetype="text/javascript")


@bp.get("/sessions/<session_id>/halls/<slug>/door.json")
def listed(session_id: str, slug: str) -> Response:
    actor = standing_in(house(), current_actor(), session_id)
    return jsonify(_told(door.look_at_door(house(), actor, session_id, slug), request.args.get("have", "")))


@bp.post("/sessions/<session_id>/halls/<slug>/door.json")
def count(session_id: str, slug: str) -> Response:
    """``{"acts": [{id, kind, ticket, people, at}, …]}`` → what became of each, and the list."""
    actor = standing_in(house(), current_actor(), session_id)
    outcomes, found = door.count(house(), actor, session_id, slug, _acts(request.get_json(silent=True)))
    said = [{"id": one.id, "result": one.result, "at": one.at and one.at.isoformat(), "hall": text(one.hall)} for one in outcomes]
    return jsonify({"outcomes": said} | _told(found))


def _told(found: Door, have: str = "") -> dict[str, Any]:
    """``keeps_s``: so long the telephone may keep the list; ``token`` is for sending, also from the page that it has kept. ``have``: the
    ``mark`` of the tickets that the page holds; the same ones are not sent again every few seconds over a thin link."""
    counts = found.hall.counts
    tickets = {"tickets": [{"code": one.code, "number": one.number, "name": one.name, "people": one.people, "state": one.state,
                            "came": one.came, "at": one.came_at and one.came_at.isoformat()} for one in found.tickets],
               "gone": found.gone}
    mark = blake2b(json.dumps(tickets).encode(), digest_size=8).hexdigest()
    return {"counts": {"seats": counts.seats, "free": counts.free, "registered": counts.registered(), "came": counts.came,
                       "walk_ins": counts.walk_ins, "inside": counts.inside},
            "mark": mark, "open": found.open, "keeps_s": found.keeps_s, "token": generate_csrf()} | (tickets if mark != have else {})


def _acts(sent: Any) -> list[Act]:
    """Raises Invalid for anything else than the page sends."""
    acts = sent.get("acts") if isinstance(sent, dict) else None
    if not isinstance(acts, list):
        raise _nonsense()
    return [_act(one) for one in acts]


def _act(sent: Any) -> Act:
    try:
        at = datetime.fromisoformat(sent["at"])
        made = Act(sent["id"], ActKind(sent["kind"]), sent.get("ticket", ""), sent.get("people", 1), at)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _nonsense() from None
    fine = isinstance(made.id, str) and isinstance(made.ticket, str) and type(made.people) is int and at.tzinfo is not None
    if not fine:
        raise _nonsense()
    return made


def _nonsense() -> Invalid:
    return Invalid(errors=[{"field": "acts", "message": "This is not what the door's page sends."}])
