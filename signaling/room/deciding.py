"""What a command is, who may give it, and what it causes; the table of all of them is in ``commands``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from liaison.domain.errors import Forbidden

from ..fields import Field, Fields, text
from .errors import NoSuchPeer
from .facts import Event
from .state import Peer, RoomState


@dataclass(frozen=True, slots=True)
class Command:
    """``by`` is the peer that commands; ``fields`` are checked by ``decide``."""

    name: str
    by: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Events to write; ``act`` is done by ``liaison.services.lifecycle`` once they are written; ``secret`` (vote, choice) is counted
    with them, outside the log."""

    events: tuple[Event, ...] = ()
    act: str | None = None
    secret: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A command on its way: all that a rule may look at."""

    state: RoomState
    peer: Peer
    fields: Mapping[str, Any]
    now: datetime

    def says(self, kind: str, /, **data: Any) -> Event:
        return Event(kind, {**data, "by": self.peer.id}, self.now)

    def other(self) -> Peer:
        """The peer named in ``peer``. Raises NoSuchPeer."""
        return self.named(self.fields["peer"])

    def named(self, key: str) -> Peer:
        """A peer of the room. Raises NoSuchPeer."""
        found = self.state.peers.get(key)
        if found is None:
            raise NoSuchPeer()
        return found

    def own_or_steering(self) -> Peer:
        """The peer named, or the one who asks; another's only for those who steer."""
        peer = self.other() if "peer" in self.fields else self.peer
        if peer.id != self.peer.id and not self.state.steers(self.peer):
            raise Forbidden("Only the chair may do this for another participant.", remedy="Ask the chair.")
        return peer


Rule = Callable[[Asked], Outcome]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``who``: a key of WHO."""

    who: str
    phases: tuple[str, ...]
    rule: Rule
    fields: Fields = field(default_factory=dict)


WHO: dict[str, Callable[[RoomState, Peer], bool]] = {
    "steering": lambda state, peer: state.steers(peer),
    "speaking": lambda _state, peer: peer.speaks,
    "deputy": lambda _state, peer: peer.role == "deputy" and peer.speaks,
    "taking_part": lambda state, peer: peer.speaks or state.conducts(peer),
    "conducting": lambda state, peer: state.conducts(peer),
    "captioning": lambda state, peer: state.conducts(peer) or peer.interprets,
    "interpreting": lambda _state, peer: peer.interprets,
    "sending": lambda _state, peer: peer.speaks or peer.interprets,
    "arranging": lambda state, peer: state.conducts(peer) or peer.interprets,
}


def one(event: Event) -> Outcome:
    return Outcome((event,))


PEER: Fields = {"peer": Field(text(64))}
MAYBE_PEER: Fields = {"peer": Field(text(64), required=False)}
