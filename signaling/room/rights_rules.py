"""The rules of the room, who waits outside, and closed items."""

from __future__ import annotations

from dataclasses import asdict, replace

from liaison.domain.errors import IllegalState, Invalid

from . import paper_rules
from .deciding import Asked, Outcome, one
from .facts import Event
from .stage import Closed, Rights
from .state import CHAIR, SECRETARY, RoomState

INSIDERS = frozenset({CHAIR, "deputy", SECRETARY})
"""Roles that are never kept waiting."""


def set_rights(asked: Asked) -> Outcome:
    wanted = replace(asked.state.rights, **asked.fields)
    return Outcome() if wanted == asked.state.rights else one(asked.says("rights_set", **asdict(wanted)))


def admit(asked: Asked) -> Outcome:
    waiting = [asked.other().id] if "peer" in asked.fields else list(asked.state.peers)
    peers = [key for key in waiting if asked.state.peers[key].held]
    return one(asked.says("peers_admitted", peers=peers)) if peers else Outcome()


def hold(asked: Asked) -> Outcome:
    """Back to the lobby: one, or everybody who may be kept waiting."""
    state = asked.state
    named = [asked.other()] if "peer" in asked.fields else [peer for peer in state.peers.values() if not _inside(state, peer.id)]
    if any(_inside(state, peer.id) for peer in named):
        raise IllegalState("Those who conduct the session cannot be sent out of it.")
    peers = [peer.id for peer in named if not peer.held]
    return one(asked.says("peers_held", peers=peers)) if peers else Outcome()


def _inside(state: RoomState, key: str) -> bool:
    return state.peers[key].role in INSIDERS


def close_doors(asked: Asked) -> Outcome:
    points = asked.fields.get("points")
    unknown = [point for point in points or () if point not in asked.state.plan.points]
    if unknown:
        raise Invalid(errors=[{"field": "points", "message": "This point is not invited to this session."}])
    wanted = Closed(tuple(points) if points is not None else None)
    return Outcome() if wanted == asked.state.closed_item else one(asked.says("doors_closed", points=points))


def open_doors(asked: Asked) -> Outcome:
    return Outcome() if asked.state.closed_item is None else one(asked.says("doors_opened"))


# ---------------------------------------------------------------- what happened


def rights_set(state: RoomState, event: Event) -> RoomState:
    known = asdict(state.rights)
    state = replace(state, rights=Rights(**known | {key: event.data[key] for key in known if key in event.data}))
    sharing = state.peers.get(state.screen or "")
    return replace(state, screen=None) if sharing is not None and not state.may_share(sharing) else state


def _held(state: RoomState, event: Event, held: bool) -> RoomState:
    peers = dict(state.peers)
    for key in event.data["peers"]:
        if key in peers:
            peers[key] = replace(peers[key], held=held)
    return replace(state, peers=peers)


def admitted(state: RoomState, event: Event) -> RoomState:
    return _held(state, event, False)


def held(state: RoomState, event: Event) -> RoomState:
    return _held(state, event, True)


def doors_closed(state: RoomState, event: Event) -> RoomState:
    points = event.data.get("points")
    return replace(state, closed_item=Closed(None if points is None else tuple(points)), question=None)


def doors_opened(state: RoomState, _event: Event) -> RoomState:
    return paper_rules.doors_opened(replace(state, closed_item=None))
