"""The protocol of a meeting: what its room decided and found, from the log, for those who may see its whole attendance sheet.

Officers of the other points took part, but a closed item may have been treated without them; so they are not shown it all here.
"""

from __future__ import annotations

from typing import Any

from liaison.domain.actor import Actor, require
from liaison.house import House
from liaison.services import room_log
from liaison.services.attendance import may_see_whole_sheet
from liaison.services.session_views import SessionView, get_session, load_session

from .room.events import Event
from .room.record import Record
from .room.state import stamp
from .rooms import plan_of


def meeting_protocol(house: House, actor: Actor, session_id: str) -> dict[str, Any]:
    """``{"session", "points": {slug: {lang: name}}, "agenda", "roll_calls", "quorum", "presence_checks", "votes", "speeches",
    "closed_items", "people"}``. Raises NotFound, Forbidden, Unauthenticated."""
    view = get_session(house, actor, session_id)
    require(may_see_whole_sheet(actor, view), actor)
    with house.db.read() as db:
        plan = plan_of(load_session(db, session_id))
        events = [Event(row.type, row.data, row.at) for row in room_log.events_after(db, session_id, 0)]
    facts = Record(session_id, plan).read(events).facts(view.closed_at or house.clock.now())
    for item, entry in zip(facts["agenda"], view.agenda, strict=True):
        item["title"] = dict(entry.title)
    return {"session": _session(view), "points": {point.slug: dict(point.name) for point in view.points}, **facts}


def _session(view: SessionView) -> dict[str, Any]:
    times = {name: stamp(getattr(view, name)) for name in ("starts_at", "ends_at", "opened_at", "closed_at")}
    return {"id": view.id, "number": view.number, "title": dict(view.title), "kind": view.kind, "status": str(view.status), **times}
