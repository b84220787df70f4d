"""What everybody sees: the chair's arrangement of the pictures, and the sign-language interpreter's."""

from __future__ import annotations

from dataclasses import replace

from liaison.domain.errors import Forbidden, IllegalState

from .deciding import Asked, Outcome, one
from .errors import NoSuchPeer
from .facts import Event
from .stage import PINNED, TWO, Stage
from .state import RoomState

PICTURES = {TWO: 2, PINNED: 1}
"""How many peers a mode names; the others name none."""


def set_stage(asked: Asked) -> Outcome:
    mode, peers = asked.fields["mode"], tuple(asked.fields.get("peers", ()))
    if len(set(peers)) != PICTURES.get(mode, 0):
        raise IllegalState("Name as many participants as this arrangement shows: %(count)s.", count=PICTURES.get(mode, 0))
    for peer in peers:
        if peer not in asked.state.peers:
            raise NoSuchPeer()
    wanted = Stage(mode, peers, asked.fields.get("page", 0))
    if wanted == asked.state.stage:
        return Outcome()
    return one(asked.says("stage_set", mode=mode, peers=list(peers), page=wanted.page))


def set_sign(asked: Asked) -> Outcome:
    """Interpreters say it of themselves, and take it back; whoever conducts the session, of anybody."""
    peer, now = asked.fields["peer"], asked.state.sign
    if peer == now:
        return Outcome()
    if not asked.state.conducts(asked.peer) and asked.peer.id != (peer or now):
        raise Forbidden("You may only say so of yourself.", remedy="Ask the chair.")
    if peer is not None:
        asked.named(peer)
    return one(asked.says("sign_set", peer=peer))


def stage_set(state: RoomState, event: Event) -> RoomState:
    data = event.data
    peers = tuple(data.get("peers", ()))
    here = all(peer in state.peers for peer in peers)
    return replace(state, stage=Stage(data["mode"], peers, data.get("page", 0)) if here else Stage())


def sign_set(state: RoomState, event: Event) -> RoomState:
    peer = event.data.get("peer")
    return replace(state, sign=peer if peer in state.peers else None)


def left(state: RoomState, key: str) -> RoomState:
    """A peer goes: an arrangement that named it is free again."""
    if key in state.stage.peers:
        state = replace(state, stage=Stage())
    return replace(state, sign=None) if state.sign == key else state
