"""Who may write to whom in the chat, by the rules of the room; what was true of the room when something was said. Pure."""

from __future__ import annotations

from liaison.domain.chat import ALL, LEADING, PEER, Doors, Reader
from liaison.domain.errors import Forbidden, IllegalState

from .errors import NoSuchPeer
from .state import CHAIR, CLOSED, SPEAKING_VIAS, Peer, RoomState


def require_may_say(state: RoomState, peer: Peer, to: str, receiver: str | None) -> None:
    """Raises Forbidden, IllegalState (the session is over), NoSuchPeer (the one who is to be answered has left)."""
    _require_here(state, peer)
    if to == PEER:
        _require_may_answer(state, peer, receiver)
    elif not may_say(state, peer, to):
        raise _refusal(to)


def require_may_attach(state: RoomState, peer: Peer) -> None:
    """Raises Forbidden, IllegalState: no message of this participant may bring a file now."""
    _require_here(state, peer)
    if not may_attach(state, peer):
        raise Forbidden("Sending files is not allowed now.", remedy="Ask the chair.")


def _require_here(state: RoomState, peer: Peer) -> None:
    if state.phase == CLOSED:
        raise IllegalState("This session has ended.", remedy="Look at the list of sessions.")
    if not talks(peer):
        raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
    if state.cut_off(peer):
        raise Forbidden("You are not in the session now.", remedy="Wait until you are let in.")


def _refusal(to: str) -> Forbidden:
    if to == ALL:
        return Forbidden("Writing to everybody is not allowed now.", remedy="Ask the chair.")
    return Forbidden("The chat is closed now.", remedy="Ask the chair.")


def talks(peer: Peer) -> bool:
    """Takes part in the chat at all: a person at a page who does not only watch."""
    return peer.role != "watcher" and peer.via in SPEAKING_VIAS


def may_say(state: RoomState, peer: Peer, to: str) -> bool:
    """Whether the rules of the room let this participant write to all, to the chair, to the help desk."""
    allowed = {"all": True, "chair": to != ALL, "none": False}[state.rights.chat]
    return allowed or state.conducts(peer)


def may_attach(state: RoomState, peer: Peer) -> bool:
    """Whether the rules of the room let this participant's messages bring files."""
    return {"all": True, "leading": peer.role in LEADING or state.steers(peer), "none": False}[state.rights.files]


def _require_may_answer(state: RoomState, peer: Peer, receiver: str | None) -> None:
    if peer.role not in LEADING and not state.steers(peer):
        raise Forbidden("Only the chair may write to one participant.", remedy="Write to the chair.")
    other = state.peers.get(receiver or "")
    if other is None or not talks(other):
        raise NoSuchPeer()


def keys_of(peer: Peer) -> frozenset[str]:
    """What stands for a peer in messages: itself, and the account that came for itself."""
    return frozenset({peer.id, peer.user} if peer.own and peer.user else {peer.id})


def reader_of(state: RoomState, peer: Peer) -> Reader:
    """The acting chair reads as the chair does."""
    role = CHAIR if peer.id == state.acting else peer.role
    keys = keys_of(peer) | ({peer.jti} if peer.jti else set())
    return Reader(keys, role, frozenset({peer.point} if peer.point else ()))


def hears(state: RoomState, peer: Peer) -> bool:
    """Whether anything of the chat reaches it now."""
    return talks(peer) and not state.cut_off(peer)


def doors_of(state: RoomState) -> Doors | None:
    return Doors(state.closed_item.points, state.acting) if state.closed_item else None


def held_in(state: RoomState) -> frozenset[str]:
    """Whoever waits outside, so that they do not read it later either; by their tokens too, for they may come in again."""
    waiting = [peer for peer in state.peers.values() if peer.held]
    return frozenset().union(*(keys_of(peer) | ({peer.jti} if peer.jti else set()) for peer in waiting))
