"""What people were told of a session so far, read from the outbox itself: the ground on which the next message is decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.words import Channel, OutboxKind, OutboxStatus
from ..store import tables as t
from . import series_told
from .session_plans import state_of

LETTER_KINDS = (OutboxKind.INVITATION, OutboxKind.UPDATE, OutboxKind.CANCELLATION)
State = dict[str, str]
Way = tuple[str, Channel]
"""A recipient's key and a channel."""


@dataclass
class Told:
    """By way: what reached people (or may have) since they were last told to forget it.

    ``last``: the last such row. ``states``: the state of the session in it, None where it is not sure that it arrived.
    ``latest``: the same by recipient, over all channels. ``waiting_since``: when the oldest change was made that has not left yet;
    ``waiting_reason``: why, as people are told.
    """

    last: dict[Way, t.Outbox] = field(default_factory=dict)
    states: dict[Way, State | None] = field(default_factory=dict)
    latest: dict[str, State | None] = field(default_factory=dict)
    reached: set[Way] = field(default_factory=set)
    cancelled: set[Way] = field(default_factory=set)
    waiting_since: datetime | None = None
    waiting_reason: str = ""

    def note(self, row: t.Outbox, invites: bool) -> None:
        """One row of the outbox, in the order of their writing; ``invites``: who reads it expects the session."""
        way, left = (row.payload["recipient"], Channel(row.channel)), row.status in (OutboxStatus.SENT, OutboxStatus.CLAIMED)
        if row.status == OutboxStatus.PENDING and invites and row.session_id is not None:
            since = datetime.fromisoformat(row.payload["since"]) if "since" in row.payload else row.created_at
            self.waiting_since = min(since, self.waiting_since or since)
            self.waiting_reason = row.payload.get("reason", "") or self.waiting_reason
        if not left and not row.attempts:
            return  # nothing of it can have reached anybody
        if invites:
            self._note_told(way, row, left)
        else:
            self._note_cancelled(way, left)

    def _note_cancelled(self, way: Way, left: bool) -> None:
        self.latest[way[0]] = self.states[way] = None
        if left:
            self.cancelled.add(way)
            self.reached.discard(way)
            self.last.pop(way, None)

    def _note_told(self, way: Way, row: t.Outbox, left: bool) -> None:
        if left:
            self.reached.add(way)
            self.cancelled.discard(way)
        self.last[way] = row
        self.states[way] = self.latest[way[0]] = row.payload.get("state") if row.status == OutboxStatus.SENT else None

    def knows(self, key: str, channel: Channel) -> bool:
        """Whether the person was told of the session on this channel; one that is new to them counts as their others."""
        if (key, channel) in self.reached or (key, channel) in self.cancelled:
            return (key, channel) in self.reached
        return any(way[0] == key for way in self.reached)

    def state(self, key: str, channel: Channel) -> State | None:
        """What was last told there, or None where that is not sure."""
        return self.states[key, channel] if (key, channel) in self.states else self.latest.get(key)


def read_told(db: DbSession, session: t.Session) -> Told:
    """By letters about the session itself and about its whole series."""
    letters = [(row, row.kind != OutboxKind.CANCELLATION) for row in rows_of(db, session.id, LETTER_KINDS)]
    letters += [(row, series_told.invites(row, session.id)) for row in series_told.rows_of(db, session.series_id)]
    told = Told()
    for row, invites in sorted(letters, key=lambda pair: (pair[0].session_sequence, pair[0].created_at, pair[0].id)):
        told.note(row, invites)
    return told


def rows_of(db: DbSession, session_id: str, kinds: Iterable[OutboxKind]) -> list[t.Outbox]:
    """Rows of a session, the oldest first, as they are in the database now."""
    query = (select(t.Outbox).where(t.Outbox.session_id == session_id, t.Outbox.kind.in_(list(kinds)))
             .order_by(t.Outbox.session_sequence, t.Outbox.created_at, t.Outbox.id))
    return list(db.scalars(query.execution_options(populate_existing=True)))


def describe_state(session: t.Session, points: Iterable[str]) -> State:
    """What a message says of the session: its times, and a digest of everything else that a reader would notice."""
    plan = {name: value for name, value in state_of(session).items() if name != "status"}
    rest = {"plan": plan, "points": sorted(points)}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True, default=str).encode()).hexdigest()[:32]
    return {"starts_at": session.starts_at.isoformat(), "ends_at": session.ends_at.isoformat(), "digest": digest}


def times_of(state: State) -> dict[str, Any]:
    return {name: state[name] for name in ("starts_at", "ends_at")}
