"""The protocol of a meeting: what its room decided and found, from the log, for those who may see its whole attendance sheet.

Officers of the other points took part, but a closed item may have been treated without them; so they are not shown it all here.
"""

from __future__ import annotations

from typing import Any

from liaison.domain.actor import Actor, require
from liaison.domain.notes import GENERAL
from liaison.house import House
from liaison.services import room_log
from liaison.services.attendance import may_see_whole_sheet
from liaison.services.hall_figures import hall_rows
from liaison.services.notes import may_keep_notes, newest_notes
from liaison.services.question_turns import answered_in
from liaison.services.session_views import SessionView, get_session, load_session

from .room.events import Event
from .room.record import Record
from .room.state import stamp
from .rooms import plan_of


def meeting_protocol(house: House, actor: Actor, session_id: str) -> dict[str, Any]:
    """``{"session", "points": {slug: {lang: name}}, "agenda", "roll_calls", "quorum", "presence_checks", "votes", "speeches",
    "closed_items", "documents", "questions", "people", "notes", "halls"}``. Raises NotFound, Forbidden, Unauthenticated.

    The notes, an item's own and those on the session as a whole, are there for those who may read them; else they are empty."""
    view = get_session(house, actor, session_id)
    require(may_see_whole_sheet(actor, view), actor)
    with house.db.read() as db:
        session = load_session(db, session_id)
        plan = plan_of(session)
        written = {note.item: note.text for note in newest_notes(db, session_id)} if may_keep_notes(actor, session) else {}
        asked = [{"number": row.number, "at": stamp(row.answered_at), "text": row.text, "name": row.name, "place": row.place}
                 for row in answered_in(db, session_id)]
        halls = hall_rows(db, session_id)
        events = [Event(row.type, row.data, row.at) for row in room_log.events_after(db, session_id, 0)]
    facts = Record(session_id, plan).read(events).facts(view.closed_at or house.clock.now())
    for index, (item, entry) in enumerate(zip(facts["agenda"], view.agenda, strict=True)):
        item |= {"title": dict(entry.title), "notes": written.get(index, "")}
    points = {point.slug: dict(point.name) for point in view.points}
    return {"session": _session(view), "points": points, **facts, "questions": asked, "notes": written.get(GENERAL, ""), "halls": halls}


def _session(view: SessionView) -> dict[str, Any]:
    times = {name: stamp(getattr(view, name)) for name in ("starts_at", "ends_at", "opened_at", "closed_at")}
    return {"id": view.id, "number": view.number, "title": dict(view.title), "kind": view.kind, "status": str(view.status), **times}
