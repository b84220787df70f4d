"""The board of a session's last quarter of an hour: which rooms are ready, which are not and why, and whom to call."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.errors import NotFound
from liaison.domain.readiness import State
from liaison.domain.text import storable
from liaison.services import readiness, sessions

from ..context import current_actor, house
from ..room_strings import room_strings

bp = Blueprint("readiness", __name__, url_prefix="/sessions/<session_id>/readiness")

STATES = {
    State.THERE: (_l("In the room"), "info", "door-open-fill"), State.READY: (_l("Ready"), "good", "check-circle-fill"),
    State.TROUBLE: (_l("Not ready"), "bad", "exclamation-circle-fill"), State.SILENT: (_l("Not heard of"), "warn", "question-circle-fill"),
    State.NO_PC: (_l("No room PC"), "plain", "pc-display"), State.MAINTENANCE: (_l("Maintenance"), "plain", "tools"),
}
"""Of each state: word, look and sign."""
NETWORK = {
    "network_slow": _l("The server answers the PC late."), "media_unreachable": _l("Picture and sound cannot reach the server in any way."),
    "media_udp": _l("The direct way over UDP is closed; a detour works."), "media_turn": _l("The detour over the TURN server is closed."),
}


@bp.get("")
def show(session_id: str) -> ResponseReturnValue:
    rows = readiness.board(house(), current_actor(), _known(session_id))
    session = sessions.get_session(house(), current_actor(), session_id)
    counts = [(*words, sum(row.state == state and not row.declined for row in rows)) for state, words in STATES.items()]
    return render_template("readiness/board.html", session=session, rows=rows, counts=counts, states=STATES, reason=reason,
                           open=session.status in readiness.OPEN, now=house().clock.now())


@bp.post("/again")
def again(session_id: str) -> ResponseReturnValue:
    readiness.ask_again(house(), current_actor(), _known(session_id))
    flash(_("The PCs are asked again. Their answers come within half a minute."), "success")
    return redirect(url_for(".show", session_id=session_id), 303)


def reason(code: str) -> str:
    """What a PC found wrong, in a sentence."""
    return str(NETWORK.get(code) or room_strings()[code])


def _known(session_id: str) -> str:
    if not storable(session_id):
        raise NotFound()
    return session_id
