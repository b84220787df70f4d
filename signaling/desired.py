"""What the media engine shall do, from the room's state. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .engine import PeerDesired, RoomDesired
from .room.state import LIVE, Peer, RoomState

NO_LINKS: Mapping[str, str] = {}


def desired(state: RoomState, seq: int, worker: int, links: Mapping[str, str] = NO_LINKS) -> RoomDesired:
    """The full desired state of one room; its version is the log's ``seq``. ``links``: point → what is known of its line."""
    return RoomDesired(room=state.room, version=seq, epoch=state.epoch, open=state.phase == LIVE, worker=worker,
                       tap_open=state.phase == LIVE and state.closed_item is None,
                       channels={language: channel.air for language, channel in state.channels.items() if channel.air},
                       peers={peer.id: _peer(state, peer, links) for peer in state.peers.values()})


def _peer(state: RoomState, peer: Peer, links: Mapping[str, str]) -> PeerDesired:
    speaks_first = state.floor == peer.id or state.steers(peer)
    speaks = peer.microphone and ((peer.sends and state.may_speak(peer)) or state.interprets(peer))
    return PeerDesired(
        point=peer.point, role=peer.role, admitted=state.phase == LIVE and peer.via != "control" and not state.cut_off(peer),
        camera=peer.camera and (peer.sends or (peer.interprets and state.sign == peer.id)), microphone=speaks,
        screen=peer.sends and (state.screen == peer.id or (peer.via == "whip" and state.screen is None)),
        receive=peer.via not in ("control", "whip"), reserved=speaks and speaks_first,
        link=links.get(peer.point or "", "normal"))
