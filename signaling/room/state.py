"""The state of a room: frozen dataclasses, and their JSON for the snapshot kept beside the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from .agenda import Item
from .channels import Channel
from .floor import Limits, Request, Speech
from .papers import Paper, Shown
from .questions import Listed, Question
from .roll import REPRESENTED, PresenceCheck, Quorum, Roll
from .stage import Closed, Rights, Stage
from .votes import Vote

LOBBY, LIVE, CLOSED = "lobby", "live", "closed"
CHAIR, SECRETARY, INTERPRETER = "chair", "secretary", "interpreter"
SENDING_ROLES = frozenset({"chair", "deputy", "point"})
BOT = "bot"
SPEAKING_VIAS = frozenset({"browser", "room_pc", "control", BOT})
"""Peers with a person at a page, and the bots of a rehearsal: they can be asked things."""
ENCODER_VIAS = frozenset({"whip", "whep"})


@dataclass(frozen=True, slots=True)
class Peer:
    """One connected device. ``user`` and ``jti`` say by whose right; ``link`` names the socket that holds the place now."""

    id: str
    point: str | None
    role: str
    name: str
    via: str
    joined_at: datetime
    camera: bool = False
    microphone: bool = False
    muted: bool = False
    away_at: datetime | None = None
    hand_at: datetime | None = None
    user: str | None = None
    jti: str = ""
    link: str = ""
    own: bool = True  # came with a token of the account's own, not with one that the office gave out
    held: bool = False  # waits outside until admitted

    @property
    def delegation(self) -> str:
        """Whom it speaks for: its point; without one, itself."""
        return self.point or self.id

    @property
    def sends(self) -> bool:
        """May send picture and sound at all."""
        return self.role in SENDING_ROLES and self.via not in ("control", "wall", "whep")

    @property
    def speaks(self) -> bool:
        """Takes part in the conduct: raises a hand, is asked."""
        return self.role in SENDING_ROLES and self.via in SPEAKING_VIAS

    @property
    def interprets(self) -> bool:
        """An interpreter at a page: heard in a channel, never in the room; seen only in sign language."""
        return self.role == INTERPRETER and self.via in SPEAKING_VIAS and self.via != "control"

    @property
    def publishes(self) -> bool:
        """May send picture or sound at all, as one of the meeting or as an interpreter."""
        return self.sends or self.interprets

    @property
    def presides(self) -> bool:
        """The booked chair at a page."""
        return self.role == "chair" and self.via in SPEAKING_VIAS


@dataclass(frozen=True, slots=True)
class Removal:
    """Whom the chair has removed. ``user`` may not come in again until the chair lets it; without one only the token is worthless."""

    peer: str
    point: str | None
    role: str
    name: str
    at: datetime
    user: str | None = None
    jti: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the booking says; read beside the log, never part of it."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    agenda: tuple[int, ...] = ()  # planned minutes of each item
    points: tuple[str, ...] = ()  # whoever is invited
    papers: Mapping[str, Paper] = field(default_factory=dict)  # documents by id, where a command asks for them
    questions: Mapping[int, Listed] = field(default_factory=dict)  # of citizens, by number, where a command asks for them
    played: tuple[str, ...] = ()  # of a rehearsal: points for which bots may stand


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room. ``revoked`` holds the join tokens (jti) and peers that may not come in; ``removals`` whom the chair removed, by peer.

    ``hands`` orders ``requests``; ``spoken``: seconds by delegation; ``items``: by index; ``channels``: by language; ``sign``: the
    peer whose picture is the sign-language interpreter's. A presence check is due at random, about every ``checks_minutes``.
    ``bots``: how those of a rehearsal behave; ``question``: the citizen's that is being answered.
    """

    room: str
    phase: str = LOBBY
    opened_at: datetime | None = None
    ends_at: datetime | None = None  # after an extension; else the plan's
    closed_at: datetime | None = None
    peers: Mapping[str, Peer] = field(default_factory=dict)
    hands: tuple[str, ...] = ()
    requests: Mapping[str, Request] = field(default_factory=dict)
    speech: Speech | None = None
    interrupted: Speech | None = None
    spoken: Mapping[str, float] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    list_open: bool = True
    screen: str | None = None
    document: Shown | None = None
    question: Question | None = None
    acting: str | None = None
    chair_lost_at: datetime | None = None
    agenda_index: int = 0
    agenda_since: datetime | None = None
    items: Mapping[str, Item] = field(default_factory=dict)
    roll: Roll | None = None
    quorum: Quorum | None = None
    check: PresenceCheck | None = None
    checks_minutes: int | None = None
    checks_since: datetime | None = None
    vote: Vote | None = None
    votes: tuple[Vote, ...] = ()
    stage: Stage = field(default_factory=Stage)
    sign: str | None = None
    rights: Rights = field(default_factory=Rights)
    closed_item: Closed | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    bots: str = "quiet"
    headcounts: Mapping[str, int | None] = field(default_factory=dict)
    collisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    revoked: tuple[str, ...] = ()
    removals: Mapping[str, Removal] = field(default_factory=dict)
    epoch: int = 1
    plan: Plan = Plan()

    @property
    def floor(self) -> str | None:
        """Who has the floor."""
        return self.speech.peer if self.speech else None

    def steers(self, peer: Peer) -> bool:
        """Has the chair's rights now."""
        return peer.presides or peer.id == self.acting

    def conducts(self, peer: Peer) -> bool:
        """Keeps the meeting's order: the chair, or the secretary."""
        return self.steers(peer) or (peer.role == SECRETARY and peer.via in SPEAKING_VIAS)

    def speaker_next(self) -> str | None:
        """The first in the list who is here."""
        return next((key for key in self.hands if key in self.peers and self.peers[key].away_at is None), None)

    def cut_off(self, peer: Peer) -> bool:
        """Sees and hears nothing: waits outside, or is left out of the closed item."""
        if peer.held:
            return True
        if self.closed_item is None or peer.role in (CHAIR, SECRETARY) or peer.id == self.acting:
            return False
        if peer.role in ("watcher", INTERPRETER):
            return peer.role == "watcher"
        return self.closed_item.points is not None and peer.point not in self.closed_item.points

    def may_speak(self, peer: Peer) -> bool:
        """Whether its microphone is carried now."""
        return self.rights.speak == "all" or self.steers(peer) or self.floor == peer.id

    def interprets(self, peer: Peer) -> bool:
        """Whether its microphone belongs to a channel now."""
        return peer.interprets and any(peer.id in channel.peers for channel in self.channels.values())

    def may_share(self, peer: Peer) -> bool:
        """Whether it may show its screen now."""
        allowed = {"all": True, "floor": self.floor == peer.id, "chair": False}[self.rights.share]
        return allowed or self.steers(peer)

    def may_present(self, peer: Peer) -> bool:
        """Whether it may lay out a document now."""
        if self.conducts(peer):
            return True
        return self.rights.share != "chair" and self.floor == peer.id and not self.cut_off(peer)

    def points_here(self) -> tuple[str, ...]:
        """Invited points of which somebody sits in the room, and those that another one represents."""
        there = {peer.point for peer in self.peers.values() if peer.sends and peer.away_at is None and not peer.held}
        marks = self.roll.marks if self.roll else {}
        return tuple(slug for slug in self.plan.points
                     if (slug in there and (slug not in marks or marks[slug].mark != "absent"))
                     or (slug in marks and marks[slug].mark == REPRESENTED and (marks[slug].by is None or marks[slug].by in there)))

    def of_point(self, slug: str | None) -> list[Peer]:
        """The peers of one point."""
        return [peer for peer in self.peers.values() if slug is not None and peer.point == slug]

    def keeps_out(self, user: str | None) -> bool:
        """Whether the chair has removed this account."""
        return user is not None and any(removal.user == user for removal in self.removals.values())

    def with_peer(self, peer: Peer) -> RoomState:
        return replace(self, peers={**self.peers, peer.id: peer})


_PEER_FIELDS = tuple(f.name for f in fields(Peer))
_PEER_TIMES = ("joined_at", "away_at", "hand_at")
_STATE_TIMES = ("opened_at", "ends_at", "closed_at", "chair_lost_at", "agenda_since", "checks_since")
_PARTS: dict[str, TypeAdapter[Any]] = {
    "requests": TypeAdapter(dict[str, Request]), "speech": TypeAdapter(Speech | None), "interrupted": TypeAdapter(Speech | None),
    "limits": TypeAdapter(Limits), "items": TypeAdapter(dict[str, Item]), "roll": TypeAdapter(Roll | None),
    "quorum": TypeAdapter(Quorum | None), "check": TypeAdapter(PresenceCheck | None), "vote": TypeAdapter(Vote | None),
    "votes": TypeAdapter(tuple[Vote, ...]), "stage": TypeAdapter(Stage), "rights": TypeAdapter(Rights),
    "document": TypeAdapter(Shown | None), "question": TypeAdapter(Question | None),
    "closed_item": TypeAdapter(Closed | None), "channels": TypeAdapter(dict[str, Channel]),
}
"""Parts of the state that are values of their own, with what reads and writes their JSON."""


def instant(value: datetime | str | None) -> datetime | None:
    """A time from its JSON form (or as it is)."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def stamp(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, with a Z."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def to_json(state: RoomState) -> dict[str, Any]:
    """The snapshot: everything but the plan."""
    data = {f.name: getattr(state, f.name) for f in fields(state) if f.name != "plan"}
    data |= {name: stamp(data[name]) for name in _STATE_TIMES}
    data["peers"] = {key: _peer_json(peer) for key, peer in state.peers.items()}
    data["removals"] = {key: asdict(removal) | {"at": stamp(removal.at)} for key, removal in state.removals.items()}
    data |= {"hands": list(state.hands), "revoked": list(state.revoked), "headcounts": dict(state.headcounts),
             "collisions": {key: dict(value) for key, value in state.collisions.items()}, "spoken": dict(state.spoken)}
    return data | {name: dumped(state, name) for name in _PARTS}


def dumped(state: RoomState, part: str) -> Any:
    """The JSON of one of the state's parts."""
    return _PARTS[part].dump_python(getattr(state, part), mode="json")


def _peer_json(peer: Peer) -> dict[str, Any]:
    data = {name: getattr(peer, name) for name in _PEER_FIELDS}  # asdict would copy deeply
    return data | {name: stamp(data[name]) for name in _PEER_TIMES}


def from_json(data: Mapping[str, Any], plan: Plan = Plan()) -> RoomState:
    """The inverse of to_json; unknown keys of a newer version are left out."""
    known = {f.name for f in fields(RoomState)} - {"plan"}
    values = {key: value for key, value in data.items() if key in known}
    values |= {name: instant(values.get(name)) for name in _STATE_TIMES}
    values["peers"] = {key: _peer(value) for key, value in data.get("peers", {}).items()}
    values["removals"] = {key: _removal(value) for key, value in data.get("removals", {}).items()}
    values |= {"hands": tuple(data.get("hands", ())), "revoked": tuple(data.get("revoked", ()))}
    values |= {name: part.validate_python(values[name]) for name, part in _PARTS.items() if name in values}
    if data.get("floor") and "speech" not in data:  # a snapshot of the time before speeches had a clock
        since = instant(data["floor_since"])
        values["speech"] = Speech(data["floor"], since, since) if since else None
    return RoomState(**values, plan=plan)


def _peer(data: Mapping[str, Any]) -> Peer:
    values = {key: value for key, value in data.items() if key in _PEER_FIELDS}
    return Peer(**values | {name: instant(values.get(name)) for name in _PEER_TIMES})


def _removal(data: Mapping[str, Any]) -> Removal:
    known = {f.name for f in fields(Removal)}
    values = {key: value for key, value in data.items() if key in known}
    return Removal(**values | {"at": instant(values.get("at"))})
