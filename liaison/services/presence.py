"""Presence: who is in a room, told by evidence of life.

A presence opens with a live transport and ends at the last evidence (Socket.IO heartbeat, ICE consent of RFC 7675).
Evidence is written every 5 s; when all of it has been missing for 15 s the presence is closed at the last evidence. A return
within 15 s continues it and counts one drop. The functions that take ``db`` work inside another's transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update
from sqlalchemy.orm import Session as DbSession

from ..domain.words import LeaveReason, RoomRole
from ..house import House
from ..ids import new_id
from ..store import tables as t
from . import room_log

WRITTEN_EVERY = timedelta(seconds=5)
LOST_AFTER = timedelta(seconds=15)
GRACE = LOST_AFTER + WRITTEN_EVERY
"""How old written evidence may be: what is newer may still be on its way to the database."""


def open_presence(db: DbSession, *, session_id: str, peer_id: str, point_id: str | None, user_id: str | None, name: str,
                  role: str, via: str, at: datetime) -> t.Presence:
    """The peer's stay begins; one that is open already is only touched."""
    known = newest(db, peer_id)
    if known is not None and known.left_at is None:
        _touch(known, at)
        return known
    presence = t.Presence(id=new_id(), session_id=session_id, peer_id=peer_id, point_id=point_id, user_id=user_id, name=name,
                          role=str(role), via=str(via), joined_at=at, evidence_at=at, drops=0)
    db.add(presence)
    db.flush()
    return presence


def resume_presence(db: DbSession, peer_id: str, at: datetime, counts: bool = True) -> bool:
    """Continue the peer's stay after a short loss; False when there is none to continue (then open another).

    ``counts``: whether this is a drop (before the session opens nobody counts them).
    """
    known = newest(db, peer_id)
    if known is None or (known.left_at is not None and known.reason != LeaveReason.LOST):
        return False
    if at - known.evidence_at > GRACE:
        if known.left_at is None:
            _close(known, known.evidence_at, LeaveReason.LOST)
        return False
    known.left_at, known.reason = None, None
    known.drops += int(counts)
    _touch(known, at)
    return True


_SEEN = update(t.Presence).where(t.Presence.id == bindparam("row")).values(evidence_at=bindparam("seen"), left_at=None, reason=None)


def touch_presences(db: DbSession, seen: Mapping[str, datetime]) -> None:
    """Evidence of life by peer id. Late evidence reopens a stay that was thought lost, if the gap is short."""
    if not seen:
        return
    query = select(t.Presence.id, t.Presence.peer_id, t.Presence.left_at, t.Presence.evidence_at).where(
        t.Presence.peer_id.in_(list(seen)), _open_or_lost()).order_by(t.Presence.id).with_for_update(of=t.Presence)
    latest = {row.peer_id: row for row in db.execute(query)}  # of hundreds every few seconds: rows, not objects
    changes = [{"row": row.id, "seen": seen[peer]} for peer, row in latest.items()
               if row.evidence_at < seen[peer] and (row.left_at is None or timedelta(0) < seen[peer] - row.left_at <= LOST_AFTER)]
    if changes:
        db.connection().execute(_SEEN, changes)
        for known in [one for one in db.identity_map.values() if isinstance(one, t.Presence)]:
            db.expire(known, ["evidence_at", "left_at", "reason"])


def close_presence(db: DbSession, peer_id: str, at: datetime, reason: str) -> None:
    """The peer is out. A lost one ends at its last evidence; any other at ``at``. Nothing when there is no open stay."""
    known = newest(db, peer_id)
    if known is not None and known.left_at is None:
        _close(known, known.evidence_at if reason == LeaveReason.LOST else at, reason)


def close_all(db: DbSession, session_id: str, at: datetime) -> int:
    """The session has ended: everybody still there leaves with it; who had been silent for longer was lost before."""
    open_now = _locked(db, select(t.Presence).where(t.Presence.session_id == session_id, t.Presence.left_at.is_(None)))
    for presence in open_now:
        if at - presence.evidence_at > GRACE:
            _close(presence, presence.evidence_at, LeaveReason.LOST)
        else:
            _close(presence, at, LeaveReason.ENDED)
    return len(open_now)


def media_lost(db: DbSession, peer_id: str, at: datetime) -> None:
    """The socket lives, the media does not: an interval begins."""
    known = newest(db, peer_id)
    if known is not None and known.left_at is None and not any(loss.back_at is None for loss in known.media_losses):
        known.media_losses.append(t.MediaLoss(id=new_id(), lost_at=at))


def media_back(db: DbSession, peers: Mapping[str, datetime]) -> None:
    """Media flows again, by peer id: the intervals still open end."""
    query = select(t.MediaLoss, t.Presence.peer_id).join(t.Presence, t.Presence.id == t.MediaLoss.presence_id)
    for loss, peer_id in db.execute(query.where(t.Presence.peer_id.in_(list(peers)), t.MediaLoss.back_at.is_(None))):
        loss.back_at = peers[peer_id]


def present_peers(db: DbSession, session_id: str) -> set[str]:
    """The ids of peers with an open presence."""
    query = select(t.Presence.peer_id).where(t.Presence.session_id == session_id, t.Presence.left_at.is_(None))
    return set(db.scalars(query))


def count_watchers(db: DbSession, session_id: str) -> int:
    """How many watch now."""
    query = select(func.count()).select_from(t.Presence).where(
        t.Presence.session_id == session_id, t.Presence.left_at.is_(None), t.Presence.role == RoomRole.WATCHER)
    return db.scalar(query) or 0


def is_present(db: DbSession, session_id: str, user_id: str) -> bool:
    """Whether the account is in the room with any device."""
    query = select(t.Presence.id).where(
        t.Presence.session_id == session_id, t.Presence.user_id == user_id, t.Presence.left_at.is_(None)).limit(1)
    return db.scalar(query) is not None


def newest(db: DbSession, peer_id: str) -> t.Presence | None:
    """The peer's last stay."""
    query = select(t.Presence).where(t.Presence.peer_id == peer_id).order_by(t.Presence.id.desc()).limit(1)
    return db.scalars(query.with_for_update()).one_or_none()


# ---------------------------------------------------------------- the sweep of the scheduler


class _Outages:
    """When this process last saw no web process consuming evidence, by database.

    While none does, nobody can be judged lost; after one is back its clients get the time to show themselves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blind_at: dict[str, datetime] = {}

    def blind(self, url: str, leased: bool, now: datetime) -> bool:
        with self._lock:
            if not leased:
                self._blind_at[url] = now
            last = self._blind_at.get(url)
            return last is not None and now - last < GRACE


_outages = _Outages()


# asked every two seconds: put together once
_LEASES = select(t.MediaWorker.lease_until)
_STALE = select(t.Presence.session_id, t.Presence.peer_id).where(
    t.Presence.left_at.is_(None), t.Presence.evidence_at < bindparam("seen_before"))


def close_stale(house: House) -> list[str]:
    """Close what has had no evidence for 15 s (and 5 s for writing it), at the last evidence; return the peer ids.

    Each is said in its room's log (``peer_left``, reason ``lost``). Called by the scheduler every few seconds.
    """
    now = house.clock.now()
    with house.db.read() as db:
        leased = _web_lives(db, now)
        found = [(session_id, peer_id) for session_id, peer_id in db.execute(_STALE, {"seen_before": now - GRACE})]
    if _outages.blind(house.db.url, leased, now) or not found:
        return []
    by_session: dict[str, list[str]] = {}
    for session_id, peer_id in found:
        by_session.setdefault(session_id, []).append(peer_id)
    return [peer for session_id, peers in by_session.items() for peer in _close_lost(house, session_id, peers, now)]


def _web_lives(db: DbSession, now: datetime) -> bool:
    """Whether a web process holds a worker's lease; True while no media worker was ever known."""
    leases = list(db.scalars(_LEASES))
    return not leases or any(until is not None and until > now for until in leases)


def _close_lost(house: House, session_id: str, peers: Iterable[str], now: datetime) -> list[str]:
    """Look again under the room's lock: evidence may have come."""
    closed = []
    with house.db.write() as db:
        room = room_log.ensure_room(db, session_id)
        for presence in _locked(db, select(t.Presence).where(t.Presence.peer_id.in_(list(peers)), t.Presence.left_at.is_(None))):
            if now - presence.evidence_at > GRACE:
                _close(presence, presence.evidence_at, LeaveReason.LOST)
                closed.append(presence.peer_id)
        events = [("peer_left", {"peer": peer_id, "reason": str(LeaveReason.LOST)}) for peer_id in closed]
        if events:
            room_log.append(db, room.session_id, events, now, "scheduler")
    return closed


def _locked(db: DbSession, query: Select[tuple[t.Presence]]) -> list[t.Presence]:
    """Rows as they are now, locked in the order of their ids: whoever takes several takes them so, and nobody waits in a ring."""
    ordered = query.order_by(t.Presence.id).with_for_update(of=t.Presence)
    return list(db.scalars(ordered.execution_options(populate_existing=True)))


def _touch(presence: t.Presence, at: datetime) -> None:
    presence.evidence_at = max(presence.evidence_at, at)


def _close(presence: t.Presence, at: datetime, reason: str) -> None:
    presence.left_at, presence.reason = max(at, presence.joined_at), str(reason)
    for loss in presence.media_losses:
        loss.back_at = loss.back_at or presence.left_at


def _open_or_lost() -> ColumnElement[bool]:
    return t.Presence.left_at.is_(None) | (t.Presence.reason == LeaveReason.LOST)
