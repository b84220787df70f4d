"""What browsers see of a room, and the difference between two views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .commands import TAKEOVER_AFTER
from .state import Peer, Removal, RoomState, dumped, stamp
from .votes import ROLL_CALL, Vote

View = dict[str, Any]


def view(state: RoomState) -> View:
    """The snapshot of PROTOCOL.md, without its ``session`` part."""
    lost = state.chair_lost_at
    return {
        "room": state.room, "phase": state.phase, "opened_at": stamp(state.opened_at),
        "ends_at": stamp(state.ends_at or state.plan.ends_at), "closed_at": stamp(state.closed_at),
        "peers": {key: _peer(peer) for key, peer in state.peers.items()},
        "hands": [key for key in state.hands if key in state.peers], "queue": [_request(state, key) for key in state.hands],
        "floor": state.floor, "floor_since": stamp(state.speech.began_at) if state.speech else None, "speech": _speech(state),
        "list": {"open": state.list_open, **asdict(state.limits), "spoken": dict(state.spoken)}, "screen": state.screen,
        "document": dumped(state, "document"),
        "chair": {"acting": state.acting, "lost_at": stamp(lost), "takeover_at": stamp(lost + TAKEOVER_AFTER) if lost else None},
        "agenda": {"index": state.agenda_index, "since": stamp(state.agenda_since), "items": dumped(state, "items")},
        "roll": dumped(state, "roll"), "quorum": dumped(state, "quorum"), "check": dumped(state, "check"),
        "checks_minutes": state.checks_minutes, "vote": vote_view(state.vote) if state.vote else None,
        "votes": [vote_view(vote) for vote in state.votes], "stage": dumped(state, "stage"), "sign": state.sign,
        "rights": dumped(state, "rights"), "closed_item": dumped(state, "closed_item"), "channels": dumped(state, "channels"),
        "headcounts": dict(state.headcounts), "collisions": {key: dict(value) for key, value in state.collisions.items()},
        "removed": {key: _removal(removal) for key, removal in state.removals.items()},
    }


def for_watchers(shown: Mapping[str, Any]) -> View:
    """A view or a patch without other sessions (one that collides with a public session need not be public itself), and without
    those whom the chair removed; of documents only public ones."""
    told = {key: {} if key in ("collisions", "removed") else value for key, value in shown.items()}
    return told | ({"document": None} if told.get("document") and not told["document"]["public"] else {})


def _request(state: RoomState, key: str) -> View:
    """A place in the list; ``here``: its device is in the room."""
    request = state.requests[key]
    return {"peer": key, "point": request.point, "name": request.name, "subject": request.subject, "order": request.order,
            "at": stamp(request.at), "spent_s": request.spent_s, "here": key in state.peers}


def _speech(state: RoomState) -> View | None:
    """The speech under way, with who goes on afterwards if it is a point of order."""
    speech = state.speech
    if speech is None:
        return None
    back = state.interrupted.peer if state.interrupted else None
    return {"peer": speech.peer, "since": stamp(speech.since), "spent_s": speech.spent_s, "limit_s": speech.limit_s,
            "yellow_s": speech.yellow_s, "subject": speech.subject, "order": speech.order, "interrupted": back}


def vote_view(vote: Vote) -> View:
    """What everybody may know: of an open vote who has voted, and what only once it is closed; of a roll call at once."""
    shown = vote.kind == ROLL_CALL or (vote.closed_at is not None and not vote.secret)
    return {
        "vote": vote.id, "title": vote.title, "kind": vote.kind, "unit": vote.unit, "majority": vote.majority, "quorum": vote.quorum,
        "voters": list(vote.voters), "voted": list(vote.cast), "cast": dict(vote.cast) if shown else {}, "current": vote.current,
        "opened_at": stamp(vote.opened_at), "closed_at": stamp(vote.closed_at),
        "counts": dict(vote.counts) if vote.closed_at else {}, "absent": list(vote.absent), "lost": list(vote.lost),
        "outcome": vote.outcome}


def _removal(removal: Removal) -> View:
    return {"peer": removal.peer, "point": removal.point, "role": removal.role, "name": removal.name, "at": stamp(removal.at)}


def _peer(peer: Peer) -> View:
    return {"peer": peer.id, "point": peer.point, "role": peer.role, "name": peer.name, "via": peer.via, "camera": peer.camera,
            "microphone": peer.microphone, "muted": peer.muted, "joined_at": stamp(peer.joined_at),
            "away_at": stamp(peer.away_at), "hand_at": stamp(peer.hand_at), "held": peer.held}


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> View:
    """Keys that changed, with their new value; of ``peers`` only those that changed (None: gone)."""
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    if "peers" in changed:
        old, new = before.get("peers", {}), after["peers"]
        peers: View = {key: value for key, value in new.items() if old.get(key) != value}
        changed["peers"] = peers | dict.fromkeys(old.keys() - new.keys())
    return changed


_NOTHING = view(RoomState(""))
_TOLD_OUTSIDE = ("room", "phase", "opened_at", "ends_at", "closed_at")


def for_outside(shown: Mapping[str, Any]) -> View:
    """A view for those who are cut off: that the session goes on, whether an item is closed, and otherwise what a room shows in
    which nothing has happened."""
    told = {key: value if key in _TOLD_OUTSIDE else _NOTHING[key] for key, value in shown.items()}
    return told | ({"closed_item": {"points": None}} if shown.get("closed_item") else {})
