"""Coming and going: what the server itself decides about a peer. Pure, like the commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from liaison.domain.errors import IllegalState, RoomFull

from .errors import Removed, RoomLocked
from .facts import Event
from .rights_rules import INSIDERS
from .state import CLOSED, INTERPRETER, Peer, RoomState


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody at the door, by whose token; ``peer`` is new, or the one of a resume token."""

    peer: str
    point: str | None
    role: str
    name: str
    via: str
    user: str | None
    jti: str
    link: str
    camera: bool | None = None  # none: on for who is new, as it was for who is back
    microphone: bool | None = None
    own: bool = True  # see Peer


def enter(state: RoomState, who: Entrance, now: datetime, watchers: int) -> tuple[Event, ...]:
    """Join, or come back to the same place. Raises IllegalState (closed), Removed, RoomFull (``watchers`` is the most of them)."""
    if state.phase == CLOSED:
        raise IllegalState("This session has ended.", remedy="Look at the list of sessions.")
    if who.jti in state.revoked or who.peer in state.revoked:
        raise Removed()
    known = state.peers.get(who.peer)
    if known is not None:
        return (_back(known, who, now),)
    if who.own and who.role != "chair" and state.keeps_out(who.user):
        raise Removed()
    if state.rights.locked and who.role not in INSIDERS:
        raise RoomLocked()
    if who.role == "watcher" and sum(peer.role == "watcher" for peer in state.peers.values()) >= watchers:
        raise RoomFull("All places for watching are taken.", remedy="Try again in a few minutes.")
    return (_joined(state, who, now),)


def _joined(state: RoomState, who: Entrance, now: datetime) -> Event:
    sends = Peer(who.peer, who.point, who.role, who.name, who.via, now).publishes
    return Event("peer_joined", {
        "peer": who.peer, "point": who.point, "role": who.role, "name": who.name, "via": who.via,
        "camera": sends and who.camera is not False,
        "microphone": sends and who.microphone is not False and not _second_device(state, who),
        "user": who.user, "jti": who.jti, "link": who.link, "own": who.own,
        "held": state.rights.lobby and who.role not in INSIDERS}, now)


def _second_device(state: RoomState, who: Entrance) -> bool:
    """A point's further browser starts muted, lest two devices in one room howl. Encoders cannot unmute themselves: they do not."""
    speaks = who.via != "whip" and who.role != INTERPRETER
    return speaks and any(peer.sends and peer.via != "whip" for peer in state.of_point(who.point))


def _back(known: Peer, who: Entrance, now: datetime) -> Event:
    camera = known.camera if who.camera is None else known.publishes and who.camera
    microphone = known.microphone if who.microphone is None else known.publishes and who.microphone and not known.muted
    return Event("peer_back", {"peer": who.peer, "camera": camera, "microphone": microphone, "link": who.link}, now)


def go_away(state: RoomState, peer: str, link: str, now: datetime) -> tuple[Event, ...]:
    """The socket is lost; nothing when the peer is gone or already has another socket."""
    known = state.peers.get(peer)
    if known is None or known.link != link or known.away_at is not None:
        return ()
    return (Event("peer_away", {"peer": peer}, now),)


def depart(state: RoomState, peer: str, reason: str, now: datetime) -> tuple[Event, ...]:
    """The peer is out: ``reason`` is left, lost or ended."""
    return (Event("peer_left", {"peer": peer, "reason": reason}, now),) if peer in state.peers else ()
