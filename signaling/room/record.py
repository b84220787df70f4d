"""What a meeting did, from the whole of its log: the facts of its protocol. Pure; names and words are the reader's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .agenda import Item
from .events import Event, evolve
from .floor_rules import spoken
from .roll import PresenceCheck, Roll
from .state import Plan, RoomState, stamp
from .view import vote_view

Json = dict[str, Any]


class Record:
    """Reads a log from its beginning and keeps what a later event of the room would cover up."""

    def __init__(self, room: str, plan: Plan) -> None:
        self.state = RoomState(room, plan=plan)
        self.people: dict[str, Json] = {}
        self.rolls: list[Roll] = []
        self.checks: list[PresenceCheck] = []
        self.quorum: list[Json] = []
        self.closed_items: list[Json] = []
        self.papers: list[Json] = []
        self.speeches: Counter[str] = Counter()

    def read(self, events: Iterable[Event]) -> Record:
        for event in events:
            before, self.state = self.state, evolve(self.state, event)
            note = getattr(self, f"_{event.type}", None)
            if note is not None:
                note(event, before)
        return self

    def facts(self, now: datetime) -> Json:
        """As JSON; of a session that goes on, as far as it has come."""
        state = self.state
        rolls = [*self.rolls, *([state.roll] if state.roll else [])]
        checks = [*self.checks, *([state.check] if state.check else [])]
        return {
            "agenda": [self._item(str(index), minutes, now) for index, minutes in enumerate(state.plan.agenda)],
            "roll_calls": [_roll(roll) for roll in rolls], "quorum": self.quorum, "presence_checks": [_check(check) for check in checks],
            "votes": [vote_view(vote) for vote in state.votes], "speeches": self._spoken(now), "closed_items": self.closed_items,
            "documents": self.papers,
            "people": self.people}

    def _item(self, index: str, minutes: int, now: datetime) -> Json:
        item = self.state.items.get(index, Item())
        return {"planned_minutes": minutes, "seconds": round(item.elapsed_s(now)), "treated": index in self.state.items,
                "closed_at": stamp(item.closed_at)}

    def _spoken(self, now: datetime) -> list[Json]:
        """Longest first; ``delegation``: a point's slug, or the peer of whoever came without one."""
        seconds = spoken(self.state, now)
        delegations = sorted({*seconds, *self.speeches}, key=lambda key: (-seconds.get(key, 0.0), key))
        return [{"delegation": key, "seconds": round(seconds.get(key, 0.0)), "times": self.speeches[key]} for key in delegations]

    # ------------------------------------------------------------ what is kept, by the event's type

    def _peer_joined(self, event: Event, _before: RoomState) -> None:
        data = event.data
        self.people[data["peer"]] = {"name": data.get("name", ""), "point": data.get("point"), "role": data["role"]}

    def _roll_started(self, _event: Event, before: RoomState) -> None:
        if before.roll is not None:
            self.rolls.append(before.roll)

    def _presence_check_started(self, _event: Event, before: RoomState) -> None:
        if before.check is not None:
            self.checks.append(before.check)

    def _quorum_changed(self, event: Event, _before: RoomState) -> None:
        self.quorum.append({"at": stamp(event.at)} | {name: event.data[name] for name in ("need", "has", "reached")})

    def _doors_closed(self, event: Event, _before: RoomState) -> None:
        self.closed_items.append({"closed_at": stamp(event.at), "opened_at": None, "points": event.data.get("points")})

    def _doors_opened(self, event: Event, _before: RoomState) -> None:
        if self.closed_items:
            self.closed_items[-1]["opened_at"] = stamp(event.at)

    def _document_shown(self, event: Event, before: RoomState) -> None:
        """Laid out anew; another page of the one that lies there is no other showing."""
        data = event.data
        if before.document is None or before.document.document != data["document"]:
            self.papers.append({"at": stamp(event.at), "document": data["document"], "title": data["title"], "by": data.get("by")})

    def _floor_granted(self, event: Event, _before: RoomState) -> None:
        peer = self.state.peers.get(event.data["peer"])
        if peer is not None:
            self.speeches[peer.delegation] += 1


def _roll(roll: Roll) -> Json:
    marks = {slug: {"mark": mark.mark, "at": stamp(mark.at), "by": mark.by, "name": mark.name} for slug, mark in roll.marks.items()}
    return {"started_at": stamp(roll.started_at), "ended_at": stamp(roll.ended_at), "marks": marks}


def _check(check: PresenceCheck) -> Json:
    return {"at": stamp(check.at), "until": stamp(check.until), "asked": list(check.asked),
            "missing": [point for point in check.asked if point not in check.answered]}
