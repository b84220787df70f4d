"""What browsers see of a room, and the difference between two views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .commands import TAKEOVER_AFTER
from .state import Peer, Removal, RoomState, stamp

View = dict[str, Any]


def view(state: RoomState) -> View:
    """The snapshot of PROTOCOL.md, without its ``session`` part."""
    lost = state.chair_lost_at
    return {
        "room": state.room, "phase": state.phase, "opened_at": stamp(state.opened_at),
        "ends_at": stamp(state.ends_at or state.plan.ends_at), "closed_at": stamp(state.closed_at),
        "peers": {key: _peer(peer) for key, peer in state.peers.items()},
        "hands": list(state.hands), "floor": state.floor, "floor_since": stamp(state.floor_since), "screen": state.screen,
        "chair": {"acting": state.acting, "lost_at": stamp(lost), "takeover_at": stamp(lost + TAKEOVER_AFTER) if lost else None},
        "agenda": {"index": state.agenda_index, "since": stamp(state.agenda_since)},
        "headcounts": dict(state.headcounts), "collisions": {key: dict(value) for key, value in state.collisions.items()},
        "removed": {key: _removal(removal) for key, removal in state.removals.items()},
    }


def for_watchers(shown: Mapping[str, Any]) -> View:
    """A view or a patch without other sessions (one that collides with a public session need not be public itself), and without
    those whom the chair removed."""
    return {key: {} if key in ("collisions", "removed") else value for key, value in shown.items()}


def _removal(removal: Removal) -> View:
    return {"peer": removal.peer, "point": removal.point, "role": removal.role, "name": removal.name, "at": stamp(removal.at)}


def _peer(peer: Peer) -> View:
    return {"peer": peer.id, "point": peer.point, "role": peer.role, "name": peer.name, "via": peer.via, "camera": peer.camera,
            "microphone": peer.microphone, "muted": peer.muted, "joined_at": stamp(peer.joined_at),
            "away_at": stamp(peer.away_at), "hand_at": stamp(peer.hand_at)}


def patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> View:
    """Keys that changed, with their new value; of ``peers`` only those that changed (None: gone)."""
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    if "peers" in changed:
        old, new = before.get("peers", {}), after["peers"]
        peers: View = {key: value for key, value in new.items() if old.get(key) != value}
        changed["peers"] = peers | dict.fromkeys(old.keys() - new.keys())
    return changed
