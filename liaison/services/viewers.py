"""How many watch a broadcast and how many did: numbers by the minute, kept without anything of the person."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.audience import MINUTE, QUALITIES, Counts, Viewing, folded
from ..domain.errors import NotFound
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .broadcasts import public_session
from .document_rights import conducts
from .session_views import SessionView, load_session, require_visible, session_view

LATE = 2 * MINUTE
"""What another web process wrote so long ago still counts as now."""


def record_minute(house: House, process: str, at: datetime, counts: Counts) -> None:
    """A web process writes who was there at the end of a minute; of sessions that are live, for recordings are watched for years."""
    with house.db.write() as db:
        live = set(db.scalars(select(t.Session.id).where(t.Session.id.in_(counts), t.Session.status == SessionStatus.LIVE.value)))
        for session_id in live:
            for (quality, sound), viewers in counts[session_id].items():
                db.merge(t.ViewerMinute(session_id=session_id, at=at, process=process, quality=quality, sound=sound, viewers=viewers))


def watching_elsewhere(house: House, session_id: str, process: str) -> int:
    """How many watch through other web processes, as each of them wrote last."""
    v = t.ViewerMinute
    with house.db.read() as db:
        rows = db.execute(select(v.process, v.at, v.viewers).where(
            v.session_id == session_id, v.process != process, v.at >= house.clock.now() - LATE)).tuples().all()
    newest: dict[str, datetime] = {}
    for name, at, _ in rows:
        newest[name] = max(at, newest.get(name, at))
    return sum(viewers for name, at, viewers in rows if at == newest[name])


def viewing_of(house: House, actor: Actor, session_id: str) -> tuple[SessionView, Viewing]:
    """For those who conduct a public session, and the office. Raises NotFound, Unauthenticated, Forbidden."""
    with house.db.read() as db:
        session = require_visible(house, actor, load_session(db, session_id))
        require(actor.sees_all or conducts(session, actor), actor)
        if not (session.public or session.broadcast):
            raise NotFound()
        return session_view(house, actor, session), _viewing(db, session_id)


def open_viewing(house: House, session_id: str) -> tuple[SessionView, Viewing]:
    """For everybody, once a public session has ended. Raises NotFound."""
    view = public_session(house, session_id)
    if view.status != SessionStatus.ENDED:
        raise NotFound()
    with house.db.read() as db:
        return view, _viewing(db, session_id)


def _viewing(db: DbSession, session_id: str) -> Viewing:
    v = t.ViewerMinute
    return folded(db.execute(select(v.at, v.quality, v.sound, v.viewers).where(v.session_id == session_id)).tuples())


# ---------------------------------------------------------------- open data


def viewing_table(viewing: Viewing) -> str:
    """CSV: a row a minute."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    sounds = list(viewing.hours_by_sound())
    writer.writerow(["minute", "viewers", *QUALITIES, *(f"hear_{name}" for name in sounds)])
    for minute in viewing.minutes:
        writer.writerow([minute.at.isoformat(), minute.viewers, *(minute.qualities.get(name, 0) for name in QUALITIES),
                         *(minute.sounds.get(name, 0) for name in sounds)])
    return out.getvalue()


def viewing_data(view: SessionView, viewing: Viewing) -> dict[str, Any]:
    """The same for programs, with what it comes to."""
    most = viewing.most
    return {
        "session": {"id": view.id, "number": view.number, "title": dict(view.title), "starts_at": view.starts_at.isoformat()},
        "most": most.viewers if most else 0, "most_at": most.at.isoformat() if most else None, "mean": round(viewing.mean, 1),
        "hours": round(viewing.hours, 2),
        "hours_by_quality": {name: round(hours, 2) for name, hours in viewing.hours_by_quality().items()},
        "hours_by_sound": {name: round(hours, 2) for name, hours in viewing.hours_by_sound().items()},
        "minutes": [{"at": minute.at.isoformat(), "viewers": minute.viewers, "qualities": minute.qualities, "sounds": minute.sounds}
                    for minute in viewing.minutes]}
