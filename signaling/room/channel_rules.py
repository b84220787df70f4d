"""Interpretation: who interprets into which language, who is on the air, and how one hands over to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from liaison.domain.errors import IllegalState

from .channels import Channel
from .deciding import Asked, Outcome, one
from .errors import NoSuchPeer
from .facts import Event
from .state import RoomState

EMPTY = Channel()


def enter_channel(asked: Asked) -> Outcome:
    language, source = asked.fields["language"], asked.fields.get("source")
    if source is not None and (source not in asked.state.channels or language in _made_from(asked.state, source)):
        raise IllegalState("That channel cannot be interpreted from.", remedy="Choose the room, or a channel of another language.")
    known = asked.state.channels.get(language, EMPTY)
    if asked.peer.id in known.peers and source == known.source:
        return Outcome()
    return one(asked.says("channel_entered", peer=asked.peer.id, language=language, source=source))


def _made_from(state: RoomState, language: str) -> list[str]:
    """A channel, the one that it is interpreted from, and so on."""
    found: list[str] = []
    source: str | None = language
    while source is not None and source not in found:
        found.append(source)
        source = state.channels[source].source if source in state.channels else None
    return found


def leave_channel(asked: Asked) -> Outcome:
    own = channel_of(asked.state, asked.peer.id)
    return Outcome() if own is None else one(asked.says("channel_left", peer=asked.peer.id, language=own))


def take_air(asked: Asked) -> Outcome:
    """Go on the air: when nobody is, when it was offered, or when whoever was on it has lost the line."""
    language, channel = _own(asked)
    on_air = asked.state.peers.get(channel.air or "")
    if on_air is not None and on_air.id == asked.peer.id:
        return Outcome()
    if on_air is not None and on_air.away_at is None and channel.offered != asked.peer.id:
        raise IllegalState("Your colleague is on the air.", remedy="Wait until it is handed over to you.")
    return one(asked.says("air_taken", peer=asked.peer.id, language=language))


def offer_air(asked: Asked) -> Outcome:
    """Hand over to a colleague, who then takes the air; to nobody: think better of it."""
    language, channel = _own(asked)
    peer = asked.fields["peer"]
    if channel.air != asked.peer.id:
        raise IllegalState("You are not on the air.")
    if peer is not None and (peer not in channel.peers or peer == asked.peer.id):
        raise NoSuchPeer()
    return Outcome() if peer == channel.offered else one(asked.says("air_offered", peer=peer, language=language))


def _own(asked: Asked) -> tuple[str, Channel]:
    language = channel_of(asked.state, asked.peer.id)
    if language is None:
        raise IllegalState("You do not interpret into a language yet.", remedy="Choose a channel first.")
    return language, asked.state.channels[language]


def channel_of(state: RoomState, key: str) -> str | None:
    """The language that a peer interprets into."""
    return next((language for language, channel in state.channels.items() if key in channel.peers), None)


# ---------------------------------------------------------------- what happened


def entered(state: RoomState, event: Event) -> RoomState:
    key, language = event.data["peer"], event.data["language"]
    if key not in state.peers:
        return state
    state = left(state, key, keep=language)
    known = state.channels.get(language, EMPTY)
    peers = known.peers if key in known.peers else (*known.peers, key)
    return _with(state, {language: replace(known, peers=peers, source=event.data.get("source"), air=known.air or key)})


def gone(state: RoomState, event: Event) -> RoomState:
    return left(state, event.data["peer"])


def taken(state: RoomState, event: Event) -> RoomState:
    key, language = event.data["peer"], event.data["language"]
    known = state.channels.get(language)
    if known is None or key not in known.peers:
        return state
    return _with(state, {language: replace(known, air=key, offered=None)})


def offered(state: RoomState, event: Event) -> RoomState:
    language, peer = event.data["language"], event.data["peer"]
    known = state.channels.get(language)
    if known is None or (peer is not None and peer not in known.peers):
        return state
    return _with(state, {language: replace(known, offered=peer)})


def left(state: RoomState, key: str, keep: str | None = None) -> RoomState:
    """A peer is in no channel (but ``keep``); a channel without interpreters is gone; nobody goes on the air unasked."""
    changed = {language: _left(channel, key) for language, channel in state.channels.items()
               if language != keep and key in channel.peers}
    return _with(state, changed) if changed else state


def _left(channel: Channel, key: str) -> Channel:
    return replace(channel, peers=tuple(peer for peer in channel.peers if peer != key), air=None if channel.air == key else channel.air,
                   offered=None if channel.offered == key else channel.offered)


def _with(state: RoomState, changed: Mapping[str, Channel]) -> RoomState:
    channels = {**state.channels, **changed}
    return replace(state, channels={language: channel for language, channel in channels.items() if channel.peers})
