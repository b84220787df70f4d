"""Any course of a room, with crashes in the middle of writing and acts of the scheduler in between: the log alone is the truth."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DbSession

from liaison.domain.actor import SYSTEM
from liaison.domain.clock import FixedClock
from liaison.domain.errors import LiaisonError
from liaison.house import House
from liaison.services import room_log, sessions
from liaison.services.lifecycle import open_session
from liaison.store import tables as t
from signaling import rooms, secret_votes
from signaling.room.commands import COMMANDS, Command, decide
from signaling.room.entering import depart, enter, go_away
from signaling.room.events import Event, evolve
from signaling.room.state import RoomState, to_json
from signaling.room.votes import SECRET
from tests.support.conduct import PEOPLE, VALID, someone
from tests.support.people import plan

POINTS = ("big-hall", "batken-oblast", "osh-oblast", "alay-district", "naryn-oblast")
NAMES = st.sampled_from(sorted(PEOPLE))
COMMAND = st.tuples(st.just("command"), st.sampled_from(sorted(COMMANDS)), NAMES, NAMES, st.booleans())
OTHER = st.tuples(st.sampled_from(["enter", "away", "left", "lost", "scheduler", "settle"]), NAMES, st.booleans())
STEP = st.one_of(COMMAND, COMMAND, COMMAND, OTHER)


class Ticking(FixedClock):
    """No two looks at it are the same, as with a real one."""

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Crash(Exception):
    """The process dies before the transaction is written."""


class World:
    """One live room on a database, driven as web processes and the scheduler drive it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.session = sessions.book_session(house, SYSTEM, plan(*POINTS, starts_at=house.clock.now() + timedelta(minutes=5))).id
        open_session(house, SYSTEM, self.session)
        self.numbers = itertools.count(1)

    def step(self, step: Any) -> None:
        kind, *rest = step
        before = self.log()
        try:
            self.scheduler(rest[0]) if kind == "scheduler" else self.act(kind, rest, rest[-1])
        except (LiaisonError, Crash):
            assert self.log() == before, "what was refused or crashed has left nothing"
        self.check()

    def act(self, kind: str, rest: list[Any], crashes: bool) -> None:
        def run(db: DbSession, _session: t.Session, state: RoomState) -> tuple[Event, ...]:
            events = self.events(db, state, kind, rest)
            if crashes:
                raise Crash
            return events
        rooms.transact(self.house, self.session, run, "x", f"step-{next(self.numbers)}")

    def events(self, db: DbSession, state: RoomState, kind: str, rest: list[Any]) -> tuple[Event, ...]:
        now = self.house.clock.now()
        if kind == "command":
            name, by, other, _ = rest
            fields = VALID.get(name, {}) | ({"peer": other} if "peer" in COMMANDS[name].fields else {})
            outcome = decide(secret_votes.counted(db, self.session, state), Command(name, by, fields), now)
            if outcome.secret is not None:
                secret_votes.count(db, self.session, *outcome.secret)
            return outcome.events
        moves: dict[str, Callable[[], tuple[Event, ...]]] = {
            "enter": lambda: enter(state, someone(rest[0]), now, 50), "away": lambda: go_away(state, rest[0], f"link-{rest[0]}", now),
            "left": lambda: depart(state, rest[0], "left", now), "lost": lambda: depart(state, rest[0], "lost", now),
            "settle": lambda: ()}
        return moves[kind]()

    def scheduler(self, peer: str) -> None:
        """It writes without folding, as the scheduler does with a stay that has gone stale."""
        with self.house.db.write() as db:
            room_log.append(db, self.session, [("peer_left", {"peer": peer, "reason": "lost"})], self.house.clock.now(), "scheduler")

    def log(self) -> list[tuple[int, str]]:
        with self.house.db.read() as db:
            return [(row.seq, row.type) for row in room_log.events_after(db, self.session, 0)]

    def check(self) -> None:
        """Snapshot and newer events, and all events from the first: the same state; ``seq`` has no gap; secrets add up."""
        with self.house.db.read() as db:
            saved, seq = rooms.read_state(db, self.session)
            rows = room_log.events_after(db, self.session, 0)
            counts = list(db.execute(select(t.SecretCount.vote, t.SecretCount.count).where(t.SecretCount.session_id == self.session)))
        assert [row.seq for row in rows] == list(range(1, seq + 1))
        folded = RoomState(self.session, plan=saved.plan)
        for row in rows:
            folded = evolve(folded, Event(row.type, row.data, row.at))
        assert to_json(replace(folded, epoch=saved.epoch)) == to_json(saved)
        for vote in (*saved.votes, *([saved.vote] if saved.vote else [])):
            if vote.kind == SECRET and vote.outcome != "cancelled":
                assert sum(count for number, count in counts if number == vote.id) == len(vote.cast)

    def end(self) -> None:
        with self.house.db.write() as db:
            db.execute(delete(t.Booking))  # the next example books the same points


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STEP, min_size=10, max_size=40))
def test_the_fold_of_the_log_is_always_what_is_saved(house: House, steps: list[Any]) -> None:
    world = World(replace(house, clock=Ticking(house.clock.now())))
    for name in ("chair", "osh", "alay", "deputy", "secretary"):
        world.step(("enter", name, False))
    for step in steps:
        world.step(step)
    world.end()
