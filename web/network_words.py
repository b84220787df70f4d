"""What map and board say of a point, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.point_states import PointState, Trouble, Verdict
from liaison.services.network_states import PointStatus, SessionAt

from . import context, dates

STATES = {
    PointState.TROUBLE: _l("Trouble"),
    PointState.SESSION: _l("In session"),
    PointState.MAINTENANCE: _l("Maintenance"),
    PointState.READY: _l("Ready"),
    PointState.UNCHECKED: _l("Not checked"),
}


def point_state_word(state: str) -> str:
    return str(STATES[PointState(state)])


def verdict_words(verdict: Verdict) -> str:
    """Why it is so, or since when; empty where there is nothing to say."""
    since = context.local_time(verdict.since) if verdict.since else ""
    if verdict.trouble is None:
        if verdict.state is PointState.READY:
            return _("Checked at %(time)s", time=since)
        return _("Since %(time)s", time=since) if since else ""
    return {
        Trouble.NO_MEDIA: _("Neither sound nor picture since %(time)s", time=since),
        Trouble.DROPPED: _("Dropped out at %(time)s", time=since),
        Trouble.ABSENT: _("Expected since %(time)s, not there", time=since),
        Trouble.WEAK: _("Poor connection"),
        Trouble.NOT_READY: _("Its PC found something wrong at %(time)s", time=since),
    }[verdict.trouble]


def moment_words(at: datetime) -> str:
    """``14:00`` today, ``4 Mar, 10:00`` on another day."""
    same = at.astimezone(context.house().network.zone).date() == dates.today()
    return context.local_time(at) if same else context.local_datetime(at, "d MMM")


def session_line(session: SessionAt | None) -> dict[str, str]:
    """``{text, url}`` of a session; the address is empty where the reader may not see it."""
    if session is None:
        return {"text": "", "url": ""}
    when = moment_words(session.starts_at)
    if session.title is None:
        return {"text": when, "url": ""}
    return {"text": f"{when} · {context.text(session.title)}", "url": url_for("sessions.show", session_id=session.id)}


def place_words(status: PointStatus) -> str:
    """Where it is: a mobile point with until when, or where it goes next; the others by their seat."""
    route = status.route
    if route and route.now:
        return _("%(place)s until %(time)s", place=context.text(dict(route.now.place)), time=moment_words(route.now.ends_at))
    if route and route.next:
        return _("%(place)s from %(time)s", place=context.text(dict(route.next.place)), time=moment_words(route.next.starts_at))
    return context.text(status.point.seat)


def status_row(status: PointStatus) -> dict[str, Any]:
    """One point for the page and for its script, the same words for both; ``label`` is the whole in one line."""
    name, place = context.text(status.point.name), place_words(status)
    word, why = point_state_word(status.verdict.state), verdict_words(status.verdict)
    label = ", ".join(part for part in (name, place if status.route else "", word, why) if part)
    return {"name": name, "place": place, "state": str(status.verdict.state), "word": word, "why": why, "label": label,
            "session": session_line(status.live or status.next)}


FILTERS = {"point_state_word": point_state_word}
"""Names in templates."""
