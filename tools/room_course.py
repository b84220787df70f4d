"""How a room's states change, found by driving one: random commands and mishaps, the same ones each time.

Each concern of the room (who speaks, the roll call, …) is reduced to a word; whenever the word changes, the cause is noted.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from liaison.domain.errors import LiaisonError
from signaling.room.commands import COMMANDS, Command, decide
from signaling.room.deciding import WHO
from signaling.room.entering import Entrance, depart, enter
from signaling.room.events import Event, evolve
from signaling.room.papers import Paper
from signaling.room.questions import APPROVED, Listed, Question
from signaling.room.roll_rules import follows
from signaling.room.state import CLOSED, LOBBY, Plan, RoomState

STEPS = 2_000
A_ROOM = 100
"""So many steps are gone before the next room begins."""
BEGIN = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
POINTS = ("big-hall", "osh", "alay", "naryn")
PEOPLE = {"chair": ("chair", "big-hall"), "deputy": ("deputy", "osh"), "alay": ("point", "alay"), "naryn": ("point", "naryn"),
          "secretary": ("secretary", None), "interpreter": ("interpreter", None), "colleague": ("interpreter", None),
          "citizen": ("watcher", None)}
ACTS = {"open_session": "session_opened", "end_session": "session_closed", "extend_session": "session_extended"}
"""What the services write for the commands that they carry out."""

QUESTIONS = {1: Listed(Question(1, "Is there work?"), APPROVED, "alay"), 2: Listed(Question(2, "Is there water?"), APPROVED)}

VALUES: dict[str, tuple[Any, ...]] = {
    "peer": (*PEOPLE, "interpreter", "colleague"), "index": (0, 1), "seconds": (30, 60), "open": (True, False), "speech_s": (60, None),
    "delegation_s": (None,),
    "subject": ("",), "order": (False, True), "why": ("",), "camera": (True, False), "microphone": (True, False), "minutes": (15,),
    "headcount": (3,), "representatives": ((),), "choice": ("yes", "no"), "point": POINTS, "mark": ("present", "absent", "represented"),
    "represented_by": POINTS, "name": ("",), "need": (2, 4, None), "title": ("A plan",), "kind": ("open", "roll_call", "secret"),
    "unit": ("point",), "majority": ("simple",), "quorum": (1,), "voter": POINTS, "confirm": (True,), "mode": ("free", "pinned"),
    "peers": (("alay",),), "page": (0, 1, 2), "document": ("plan",), "text": ("Good morning",),
    "speak": ("all", "floor"), "share": ("all", "chair"), "chat": ("all",), "files": ("all",), "video": ("all",),
    "lobby": (True, False), "locked": (False,), "points": (("big-hall", "osh"),), "language": ("ky",), "source": ("ru",),
    "mood": ("lively", "none"), "question": (1, 2), "written": (True,),
}
"""What is given in each field; a command with a field that is not here cannot be drawn, and says so."""


def _speech(state: RoomState) -> str:
    if state.speech is None:
        return "nobody speaks"
    if state.speech.order:
        return "point of order"
    return "speech" if state.speech.since else "speech paused"


def _roll(state: RoomState) -> str:
    if state.roll is None:
        return "no roll call"
    if state.roll.ended_at is not None:
        return "roll call over"
    return "point called" if state.roll.current else "roll call begun"


def _quorum(state: RoomState) -> str:
    if state.quorum is None:
        return "no rule"
    return {None: "not counted yet", True: "quorum", False: "no quorum"}[state.quorum.reached]


def _check(state: RoomState) -> str:
    if state.check is None:
        return "never asked"
    return "asked" if state.check.closed_at is None else "check over"


def _vote(state: RoomState) -> str:
    if state.vote is None:
        return "no vote"
    return "voter called" if state.vote.current else "vote open"


def _chair(state: RoomState) -> str:
    if state.acting is not None:
        return "deputy acts"
    return "chair missing" if state.chair_lost_at else "chair presides"


def _participant(state: RoomState) -> str:
    peer = state.peers.get("alay")
    if peer is None:
        return "removed" if "alay" in state.removals else "not here"
    if peer.away_at is not None:
        return "line lost"
    return "cut off" if state.cut_off(peer) else "in the room"


def _document(state: RoomState) -> str:
    if state.document is None:
        return "no document"
    return "document shown" if state.document.by else "presenter gone"


def _question(state: RoomState) -> str:
    if state.question is not None:
        return "answered now"
    return "citizen speaks" if state.speech is not None and state.speech.question is not None else "no question"


def _channel(state: RoomState) -> str:
    channel = state.channels.get("ky")
    if channel is None or not channel.peers:
        return "no interpreter"
    if channel.offered:
        return "hand-over offered"
    if channel.air is None:
        return "nobody on the air"
    return "on the air" if len(channel.peers) == 1 else "on the air with a colleague"


def _whereabouts(state: RoomState, who: str) -> str:
    peer = state.peers.get(who)
    return "gone" if peer is None else "away" if peer.away_at is not None else "here"


MACHINES: dict[str, tuple[str, Callable[[RoomState], str]]] = {
    "The session": ("lobby", lambda state: state.phase),
    "A participant": ("not here", _participant),
    "The chair": ("chair presides", _chair),
    "The floor": ("nobody speaks", _speech),
    "The list of speakers": ("open", lambda state: "open" if state.list_open else "closed"),
    "A document": ("no document", _document),
    "A question of a citizen": ("no question", _question),
    "The agenda": ("between items", lambda state: "item treated" if any(item.since for item in state.items.values()) else
                   "between items"),
    "Roll call": ("no roll call", _roll),
    "Quorum": ("no rule", _quorum),
    "Presence check": ("never asked", _check),
    "A vote": ("no vote", _vote),
    "The doors": ("open", lambda state: "closed item" if state.closed_item else "open"),
    "A channel of interpretation": ("no interpreter", _channel),
}
"""Heading → where it begins, and what word a room's state is for it."""

SELDOM = 8
"""What has come up less often is gone to at once."""

Step = tuple[str, tuple[Event, ...]]
Arrows = dict[str, dict[tuple[str, str], set[str]]]


class Course:
    """Rooms driven one after another by the same dice; at each step everything that could happen is looked at."""

    def __init__(self, seed: int = 5) -> None:
        self.dice = random.Random(seed)
        self.arrows: Arrows = {name: defaultdict(set) for name in MACHINES}
        self.seen: Counter[tuple[str, ...]] = Counter()
        self.anew()

    def anew(self) -> None:
        plan = Plan(BEGIN, BEGIN + timedelta(hours=1), (20, 10), POINTS, {"plan": Paper("The plan", 3)}, QUESTIONS)
        self.now, self.state = BEGIN, RoomState("r", plan=plan)

    def run(self, steps: int = STEPS) -> Arrows:
        for step in range(1, steps + 1):
            self.now += timedelta(seconds=self.dice.choice((1, 5, 20, 65)))
            ways = [self.look(cause, events) for cause, events in (*self.commands(), *self.mishaps(), *self.itself()) if events]
            rarest = min(ways, key=self.seldom)
            self.state = rarest if self.seldom(rarest) < SELDOM or self.dice.random() < 0.4 else self.dice.choice(ways)
            self.seen.update(self.signs(self.state))
            if self.state.phase == CLOSED or step % A_ROOM == 0:
                self.anew()
        return self.arrows

    def seldom(self, state: RoomState) -> int:
        """How often the state's rarest sign has been seen: what is seldom is gone to more often than dice would."""
        return min(self.seen[sign] for sign in self.signs(state))

    def signs(self, state: RoomState) -> list[tuple[str, ...]]:
        """Each concern's word alone, and with each person who is here, away or not: much happens only while somebody is missing."""
        words = [(name, word(state)) for name, (_, word) in MACHINES.items()]
        people = [(who, _whereabouts(state, who)) for who in PEOPLE]
        return [*words, *((*word, *person) for word in words for person in people)]

    def look(self, cause: str, events: tuple[Event, ...]) -> RoomState:
        """Note what would change; the state that it would be."""
        state = self.state
        for event in events:
            state = evolve(state, event)
        closing = state.phase != self.state.phase
        for name, (_, word) in MACHINES.items():
            old, new = word(self.state), word(state)
            if old != new and (not closing or name == "The session"):
                self.arrows[name][old, new].add(cause)
        return self.state if state.phase == CLOSED else state

    def commands(self) -> Iterator[Step]:
        for name, row in COMMANDS.items():
            for peer in self.state.peers.values():
                if WHO[row.who](self.state, peer):
                    yield name, self.command(name, peer.id)

    def command(self, name: str, by: str) -> tuple[Event, ...]:
        try:
            outcome = decide(self.state, Command(name, by, self.fields(name)), self.now)
        except LiaisonError:
            return ()
        return (*outcome.events, *((self.event(ACTS[outcome.act], reason="chair"),) if outcome.act else ()))

    def fields(self, name: str) -> dict[str, Any]:
        chosen = {key: self.dice.choice(VALUES[key]) for key, field in COMMANDS[name].fields.items()
                  if field.required or self.dice.random() < 0.5}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in chosen.items()}

    def mishaps(self) -> Iterator[Step]:
        """Somebody comes, goes, loses the line or is back; the session begins or ends by itself."""
        for who in PEOPLE:
            peer = self.state.peers.get(who)
            if peer is None:
                yield "joins", self.joins(who)
            elif peer.away_at is not None:
                yield "comes back", (self.event("peer_back", peer=who),)
                yield "is lost", depart(self.state, who, "lost", self.now)
            else:
                yield "loses the line", (self.event("peer_away", peer=who),)
                yield "leaves", depart(self.state, who, "left", self.now)

    def joins(self, who: str) -> tuple[Event, ...]:
        role, point = PEOPLE[who]
        try:
            return enter(self.state, Entrance(who, point, role, who, "browser", who, who, who), self.now, 50)
        except LiaisonError:
            return ()

    def itself(self) -> Iterator[Step]:
        if self.state.phase == LOBBY:
            yield "at its time", (self.event("session_opened"),)
        else:
            yield "at its end", (self.event("session_closed", reason="plan"),)
            yield "by itself", follows(self.state, self.now)

    def event(self, kind: str, **data: Any) -> Event:
        return Event(kind, data, self.now)
