"""What is where in a session's recording: items, speakers, votes and answered questions, as far as everybody was shown them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liaison.house import House
from liaison.services import room_log
from liaison.services.broadcasts import timeline_of
from liaison.services.questions import list_questions
from liaison.services.session_views import SessionView, load_session

from .broadcast.talk import read_talk
from .room.events import Event
from .room.playback import Playback
from .room.state import LIVE, RoomState
from .rooms import plan_of

KINDS = {"session_opened": "agenda", "agenda_moved": "agenda", "floor_granted": "speaker", "vote_opened": "vote",
         "vote_closed": "vote_closed"}
"""Events of the log that stand in it, by the kind of their entry."""


def contents_of(house: House, view: SessionView) -> list[dict[str, Any]]:
    """``{"kind", "seconds", "at"}`` with ``title`` and ``index`` of an item, ``point`` and ``name`` of a speaker and whether the floor was
    ``granted``, ``title`` and ``outcome`` of a vote, ``number`` and ``text`` of a question; in the order of the recording. Empty where
    nothing was recorded."""
    timeline = timeline_of(house, view.id)
    if timeline is None:
        return []
    found = [*_of_speech(house, view, _of_room(house, view)), *(_of_questions(house, view.id) if view.public else ())]
    placed = [entry | {"seconds": entry.get("seconds", int(timeline.place(entry["at"]))), "at": entry["at"].isoformat()} for entry in found]
    return sorted(placed, key=lambda entry: (entry["seconds"], entry["at"]))


def _of_room(house: House, view: SessionView) -> list[dict[str, Any]]:
    with house.db.read() as db:
        plan = plan_of(load_session(db, view.id))
        playback = Playback(view.id, plan, _open)
        marks = []
        for row in room_log.events_after(db, view.id, 0):
            event = Event(row.type, row.data, row.at)
            playback.play(event)
            marks.append((playback.mark(event), row.at))
    return [entry for mark, at in marks if mark is not None and (entry := _entry(view, mark, at)) is not None]


def _open(state: RoomState) -> bool:
    """What viewers are shown."""
    return state.phase == LIVE and state.closed_item is None


def _entry(view: SessionView, mark: dict[str, Any], at: datetime) -> dict[str, Any] | None:
    kind = KINDS.get(mark["type"])
    if kind == "agenda":
        index = mark.get("index", 0)
        return {"kind": kind, "at": at, "index": index, "title": dict(view.agenda[index].title)} if index < len(view.agenda) else None
    if kind == "speaker":
        return _speaker(view, mark, at, granted=True)
    if kind is not None:
        return {"kind": kind, "at": at, "title": mark.get("title", ""), "outcome": mark.get("outcome")}
    return None


def _speaker(view: SessionView, said: dict[str, Any], at: datetime, granted: bool) -> dict[str, Any]:
    names = {point.slug: dict(point.name) for point in view.points}
    return {"kind": "speaker", "at": at, "point": names.get(said.get("point") or ""), "name": said.get("name", ""), "granted": granted}


def _of_speech(house: House, view: SessionView, room: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The room's, with those who spoke without having been given the floor; nobody twice in a row."""
    free = [_speaker(view, row, row["at"], granted=False) for row in read_talk(house.settings.broadcasts_folder / view.id)]
    found: list[dict[str, Any]] = []
    before: tuple[Any, Any] | None = None
    for entry in sorted([*room, *free], key=lambda entry: entry["at"]):
        who = (entry["point"], entry["name"]) if entry["kind"] == "speaker" else before
        if entry["kind"] != "speaker" or entry["granted"] or who != before:
            found.append(entry)
        before = None if entry["kind"] == "agenda" else who
    return found


def _of_questions(house: House, session_id: str) -> list[dict[str, Any]]:
    return [{"kind": "question", "at": one.answered_at, "seconds": one.seconds, "number": one.number, "text": one.text}
            for one in list_questions(house, session_id) if one.answered_at is not None and one.seconds is not None and not one.answer]
