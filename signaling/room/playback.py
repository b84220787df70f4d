"""A room's log played again: what each of its events changed on the screen of somebody who was there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .events import Event, evolve, public_data
from .state import Plan, RoomState, stamp
from .view import View, for_outside, patch, view

Json = dict[str, Any]
Sees = Callable[[RoomState], bool]
"""Whether the reader was in the room, and not cut off, at this moment."""

MOST_EVENTS = 500
MARKED = frozenset({
    "session_opened", "agenda_moved", "item_closed", "floor_granted", "vote_opened", "vote_closed", "vote_cancelled", "roll_started",
    "roll_ended", "presence_check_started", "doors_closed", "doors_opened", "screen_started", "chair_taken", "question_taken",
    "session_closed"})
"""What stands on the line of time."""


class Playback:
    """Reads a log from its beginning; ``shown`` is what the reader saw after the last event."""

    def __init__(self, room: str, plan: Plan, sees: Sees) -> None:
        self.state, self._sees = RoomState(room, plan=plan), sees
        self._view = view(self.state)
        self.shown = self._look()

    def play(self, event: Event) -> tuple[Json, View]:
        """The event's data and patch, as the reader's page was told them."""
        state, before = self.state, self.shown
        self.state = evolve(state, event)
        self._view = view(self.state, state, self._view)
        self.shown = self._look()
        return public_data(event.type, event.data) if self._sees(self.state) else {}, patch(before, self.shown)

    def mark(self, event: Event) -> Json | None:
        """The event just played, for the line of time; None: it has no place there."""
        if event.type not in MARKED or not (self._sees(self.state) or event.type == "session_closed"):
            return None
        return {"type": event.type, "at": stamp(event.at)} | self._facts(event)

    def _look(self) -> View:
        return self._view if self._sees(self.state) else for_outside(self._view)

    def _facts(self, event: Event) -> Json:
        """Names as they were then: a peer that has left is in no later state."""
        peer = self.state.peers.get(event.data.get("peer", ""))
        facts: Json = {"point": peer.point, "name": peer.name} if peer is not None else {}
        if event.type == "question_taken":
            facts |= {"title": event.data["text"], "number": event.data["number"]}
        if event.type in ("agenda_moved", "item_closed"):
            facts["index"] = event.data["index"]
        if event.type == "vote_opened":
            facts["title"] = event.data["title"]
        if event.type == "vote_closed":
            over = [vote.title for vote in self.state.votes if vote.id == event.data["vote"]]
            facts |= {"outcome": event.data["outcome"], "title": over[-1] if over else ""}
        return facts


def page(playback: Playback, rows: Iterable[tuple[int, Event]], after: int, most: int = MOST_EVENTS) -> Json:
    """The state after event number ``after`` and at most so many events that follow; ``next``: after which the next page begins.

    The first page (after 0) reads the whole log and brings its marks and its end along.
    """
    events: list[Json] = []
    marks: list[Json] = []
    snapshot, last = playback.shown, 0
    ends_at: str | None = None
    for seq, event in rows:
        data, changes = playback.play(event)
        if seq <= after:
            snapshot = playback.shown
        elif len(events) < most:
            events.append({"seq": seq, "type": event.type, "at": stamp(event.at), "data": data, "patch": changes})
        elif after:
            return {"after": after, "snapshot": snapshot, "events": events, "next": events[-1]["seq"]}
        if (mark := playback.mark(event)) is not None:
            marks.append({"seq": seq} | mark)
        last, ends_at = seq, stamp(event.at)
    more = bool(events) and events[-1]["seq"] < last
    found = {"after": after, "snapshot": snapshot, "events": events, "next": events[-1]["seq"] if more else None}
    return found if after else found | {"marks": marks, "last": last, "ends_at": ends_at}
