"""What people may do in a room, in one table: command → who, in which phase, with which fields, and what it causes.

``decide`` raises a LiaisonError and changes nothing when the command is not allowed; otherwise it returns an Outcome:
the events it causes, and, where another service owns the act (opening, ending, extending), the name of that act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from liaison.domain.errors import Forbidden, IllegalState, Invalid

from ..fields import Field, Fields, check, flag, list_of, number, one_of, text
from .errors import NoSuchPeer, NotJoined, ScreenTaken
from .events import Event, evolve
from .state import LIVE, LOBBY, Peer, RoomState

TAKEOVER_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Command:
    """``by`` is the peer that commands; ``fields`` are checked by ``decide``."""

    name: str
    by: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Events to write; ``act`` is done by ``liaison.services.lifecycle`` once they are written."""

    events: tuple[Event, ...] = ()
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A command on its way: all that a rule may look at."""

    state: RoomState
    peer: Peer
    fields: Mapping[str, Any]
    now: datetime

    def says(self, kind: str, **data: Any) -> Event:
        return Event(kind, {**data, "by": self.peer.id}, self.now)

    def other(self) -> Peer:
        """The peer named in ``peer``. Raises NoSuchPeer."""
        found = self.state.peers.get(self.fields["peer"])
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
    """One line of the table. ``who``: steering, speaking, deputy (see PROTOCOL.md)."""

    who: str
    phases: tuple[str, ...]
    rule: Rule
    fields: Fields = field(default_factory=dict)


def decide(state: RoomState, command: Command, now: datetime) -> Outcome:
    """What the command causes. Raises Invalid, Forbidden, NotJoined, NoSuchPeer, IllegalState, ScreenTaken."""
    row = COMMANDS.get(command.name)
    if row is None:
        raise Invalid(errors=[{"field": "name", "message": "This command is unknown."}])
    fields = check(dict(command.fields), row.fields)
    peer = state.peers.get(command.by)
    if peer is None:
        raise NotJoined()
    if not _WHO[row.who](state, peer):
        raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
    if state.phase not in row.phases:
        raise IllegalState()
    return row.rule(Asked(state, peer, fields, now))


def apply(state: RoomState, command: Command, now: datetime) -> tuple[RoomState, Outcome]:
    """decide, then fold what was decided."""
    outcome = decide(state, command, now)
    for event in outcome.events:
        state = evolve(state, event)
    return state, outcome


_WHO: dict[str, Callable[[RoomState, Peer], bool]] = {
    "steering": lambda state, peer: state.steers(peer),
    "speaking": lambda _state, peer: peer.speaks,
    "deputy": lambda _state, peer: peer.role == "deputy" and peer.speaks,
}


def _one(event: Event) -> Outcome:
    return Outcome((event,))


# ---------------------------------------------------------------- hands and floor


def _raise_hand(asked: Asked) -> Outcome:
    if asked.peer.id in asked.state.hands or asked.state.floor == asked.peer.id:
        return Outcome()
    return _one(asked.says("hand_raised", peer=asked.peer.id))


def _lower_hand(asked: Asked) -> Outcome:
    peer = asked.own_or_steering()
    return _one(asked.says("hand_lowered", peer=peer.id)) if peer.id in asked.state.hands else Outcome()


def _grant_floor(asked: Asked) -> Outcome:
    peer = asked.other()
    if not peer.sends:
        raise IllegalState("This participant cannot speak here.", remedy="Give the floor to somebody with a microphone.")
    return Outcome() if asked.state.floor == peer.id else _one(asked.says("floor_granted", peer=peer.id))


def _release_floor(asked: Asked) -> Outcome:
    if asked.state.floor != asked.peer.id:
        raise IllegalState("You do not have the floor.")
    return _one(asked.says("floor_released", peer=asked.peer.id))


def _take_floor_back(asked: Asked) -> Outcome:
    if asked.state.floor is None:
        return Outcome()
    return _one(asked.says("floor_released", peer=asked.state.floor))


# ---------------------------------------------------------------- microphones, cameras, screens


def _mute_peer(asked: Asked) -> Outcome:
    peer = asked.other()
    return _one(asked.says("peers_muted", peers=[peer.id])) if peer.microphone else Outcome()


def _mute_all(asked: Asked) -> Outcome:
    spared = {asked.peer.id, asked.state.floor}
    loud = [peer.id for peer in asked.state.peers.values()
            if peer.microphone and peer.id not in spared and not asked.state.steers(peer)]
    return _one(asked.says("peers_muted", peers=loud)) if loud else Outcome()


def _ask_unmute(asked: Asked) -> Outcome:
    peer = asked.other()
    if not peer.sends:
        raise IllegalState("This participant cannot speak here.")
    if peer.microphone:
        return Outcome()
    if peer.via == "whip":
        return _one(asked.says("media_set", peer=peer.id, camera=peer.camera, microphone=True))
    return _one(asked.says("unmute_asked", peer=peer.id))


def _set_media(asked: Asked) -> Outcome:
    peer = asked.peer
    if not peer.sends:
        raise Forbidden("This device steers only; it has no picture or sound.", remedy="Use the device that is in the picture.")
    camera, microphone = asked.fields.get("camera", peer.camera), asked.fields.get("microphone", peer.microphone)
    if (camera, microphone) == (peer.camera, peer.microphone):
        return Outcome()
    return _one(asked.says("media_set", peer=peer.id, camera=camera, microphone=microphone))


def _start_screen(asked: Asked) -> Outcome:
    if not asked.peer.sends:
        raise Forbidden("This device steers only; it has no picture or sound.", remedy="Use the device that is in the picture.")
    if asked.state.screen == asked.peer.id:
        return Outcome()
    if asked.state.screen is not None:
        raise ScreenTaken()
    return _one(asked.says("screen_started", peer=asked.peer.id))


def _stop_screen(asked: Asked) -> Outcome:
    peer = asked.own_or_steering()
    return _one(asked.says("screen_stopped", peer=peer.id)) if asked.state.screen == peer.id else Outcome()


# ---------------------------------------------------------------- who is in, who steers


def _remove_peer(asked: Asked) -> Outcome:
    peer = asked.other()
    if peer.id == asked.peer.id:
        raise IllegalState("You cannot remove yourself.", remedy="Leave the session instead.")
    if peer.role == "chair":
        raise Forbidden("The chair cannot be removed.", remedy="Ask the organiser.")
    account = {"user": peer.user} if peer.own and peer.user else {}  # a token of the office's names nobody
    return _one(asked.says("peer_left", peer=peer.id, reason="removed", jti=peer.jti, **account))


def _readmit_peer(asked: Asked) -> Outcome:
    removed = asked.state.removals.get(asked.fields["peer"])
    return _one(asked.says("peer_readmitted", peer=removed.peer)) if removed is not None else Outcome()


def _take_chair(asked: Asked) -> Outcome:
    state = asked.state
    if state.acting == asked.peer.id:
        return Outcome()
    if state.chair_lost_at is None or asked.now - state.chair_lost_at < TAKEOVER_AFTER:
        raise IllegalState("The chair can be taken over once it has been away for a minute.", remedy="Wait a little.")
    return _one(asked.says("chair_taken", peer=asked.peer.id))


def _return_chair(asked: Asked) -> Outcome:
    if not asked.state.steers(asked.peer):
        raise Forbidden("Your role in this session may not do this.", remedy="Ask the chair.")
    if asked.state.acting is None:
        return Outcome()
    if not asked.state.chair_lost_at:
        return _one(asked.says("chair_returned", peer=asked.state.acting))
    if asked.peer.id != asked.state.acting:
        raise IllegalState()
    return _one(asked.says("chair_returned", peer=asked.peer.id))


# ---------------------------------------------------------------- the session's course


def _open(_asked: Asked) -> Outcome:
    return Outcome(act="open_session")


def _end(_asked: Asked) -> Outcome:
    return Outcome(act="end_session")


def _extend(_asked: Asked) -> Outcome:
    return Outcome(act="extend_session")


def _agenda(step: int) -> Rule:
    def rule(asked: Asked) -> Outcome:
        index = asked.state.agenda_index + step
        if not 0 <= index < asked.state.plan.agenda_items:
            raise IllegalState("There is no such agenda item.")
        return _one(asked.says("agenda_moved", index=index))
    return rule


def _headcount(asked: Asked) -> Outcome:
    if asked.peer.point is None:
        raise IllegalState("You do not act for a point in this session.")
    data = {"point": asked.peer.point, "headcount": asked.fields["headcount"]}
    if "representatives" in asked.fields:
        data["representatives"] = [name.strip() for name in asked.fields["representatives"] if name.strip()]
    return _one(asked.says("headcount_set", **data))


def _choose(asked: Asked) -> Outcome:
    point = asked.peer.point
    if point is None or point not in asked.state.collisions:
        raise IllegalState("Your point has no other session now.")
    if asked.state.collisions[point].get("choice") == asked.fields["choice"]:
        return Outcome()
    return _one(asked.says("collision_chosen", point=point, choice=asked.fields["choice"]))


_PEER = {"peer": Field(text(64))}
_MAYBE_PEER = {"peer": Field(text(64), required=False)}
_ANY_TIME = (LOBBY, LIVE)

COMMANDS: dict[str, Row] = {
    "raise_hand": Row("speaking", (LIVE,), _raise_hand),
    "lower_hand": Row("speaking", (LIVE,), _lower_hand, _MAYBE_PEER),
    "grant_floor": Row("steering", (LIVE,), _grant_floor, _PEER),
    "release_floor": Row("speaking", (LIVE,), _release_floor),
    "take_floor_back": Row("steering", (LIVE,), _take_floor_back),
    "mute_peer": Row("steering", (LIVE,), _mute_peer, _PEER),
    "mute_all": Row("steering", (LIVE,), _mute_all),
    "ask_unmute": Row("steering", (LIVE,), _ask_unmute, _PEER),
    "remove_peer": Row("steering", _ANY_TIME, _remove_peer, _PEER),
    "readmit_peer": Row("steering", _ANY_TIME, _readmit_peer, _PEER),
    "set_media": Row("speaking", _ANY_TIME, _set_media,
                     {"camera": Field(flag, required=False), "microphone": Field(flag, required=False)}),
    "start_screen": Row("speaking", (LIVE,), _start_screen),
    "stop_screen": Row("speaking", (LIVE,), _stop_screen, _MAYBE_PEER),
    "open_session": Row("steering", (LOBBY,), _open),
    "end_session": Row("steering", (LIVE,), _end),
    "extend_session": Row("steering", (LIVE,), _extend, {"minutes": Field(number(5, 60, whole=True))}),
    "take_chair": Row("deputy", (LIVE,), _take_chair),
    "return_chair": Row("speaking", (LIVE,), _return_chair),
    "next_agenda_item": Row("steering", (LIVE,), _agenda(1)),
    "previous_agenda_item": Row("steering", (LIVE,), _agenda(-1)),
    "set_headcount": Row("speaking", _ANY_TIME, _headcount, {
        "headcount": Field(number(0, 100_000, whole=True, nullable=True)),
        "representatives": Field(list_of(text(200, 0), 100), required=False)}),
    "choose_on_collision": Row("speaking", (LIVE,), _choose, {"choice": Field(one_of("stay", "leave"))}),
}
