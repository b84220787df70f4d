"""Private rooms of the media engine in which somebody tries out the way there and back: no session, nobody else, gone in a minute.

A trial's id carries all that is to be known of it and a seal, so any web process can serve any step of it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from liaison.domain.errors import NotFound, RoomFull
from liaison.house import House
from liaison.secret import derived_key

from .engine import EngineError, EngineUnavailable, MediaEngine, PeerDesired, RoomDesired
from .media_door import named
from .room.errors import MediaUnavailable

SECONDS = 90
"""So long a trial lasts at most."""
MOST, MOST_SENDING = 200, 6
"""So many at once in one web process, and so many that send: those cost real bandwidth beside real sessions."""
MOST_WAYS = 8
FORM = re.compile(r"trial-(\d{1,3})-(\d{10,11})-([0-9a-f]{8})-([0-9a-f]{32})")
SENDER, RECEIVER = "up", "down"
PEERS = {SENDER: PeerDesired(admitted=True, camera=True, microphone=True, receive=False), RECEIVER: PeerDesired(admitted=True)}


class TrialsFull(RoomFull):
    message = "Several computers are being checked at this moment."
    remedy = "Try again in a minute."


@dataclass(frozen=True)
class Trial:
    id: str
    worker: int
    ends_at: int

    def peer(self, which: str) -> str:
        """Peers' names are unique in a worker's world."""
        return f"{self.id}-{which}"


class Trials:
    """Those of this process. ``owner`` says who tries: one trial each, and nobody else's."""

    def __init__(self, house: House, engine: MediaEngine | None) -> None:
        self._house, self._engine = house, engine
        self._open: dict[str, tuple[str, int]] = {}  # id → owner, end
        self._sending: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, owner: str) -> str:
        """A new trial's id; an older one of the owner's ends. Raises TrialsFull, MediaUnavailable."""
        worker = self._worker()
        self.sweep()
        with self._lock:
            own = [trial for trial, (who, _) in self._open.items() if who == owner]
            if len(self._open) - len(own) >= MOST:
                raise TrialsFull()
        for trial in own:
            self._drop(trial)
        body = f"trial-{worker}-{self._now() + SECONDS}-{secrets.token_hex(4)}"
        made = f"{body}-{self._seal(body, owner)}"
        self._keep(self._known(made, owner), owner)
        return made

    def publish(self, trial_id: str, owner: str, offer: str) -> str:
        """The answer for what is sent. Raises NotFound, TrialsFull, MediaRefused, MediaUnavailable."""
        trial = self._known(trial_id, owner)
        engine = self._keep(trial, owner)
        with self._lock:
            if len(self._sending - {trial.id}) >= MOST_SENDING:
                raise TrialsFull()
            self._sending.add(trial.id)
        return named(lambda: engine.publish(trial.id, trial.peer(SENDER), offer, "publish"))

    def receive(self, trial_id: str, owner: str, way: int, offer: str) -> str:
        """The answer for one of the connections that receive: each tries another way. Raises NotFound, MediaRefused, MediaUnavailable."""
        trial = self._known(trial_id, owner)
        engine = self._keep(trial, owner)
        if not 0 <= way < MOST_WAYS:
            raise NotFound()
        return named(lambda: engine.whep(trial.id, trial.peer(RECEIVER), offer, f"whep:{way}"))

    def uplink(self, trial_id: str, owner: str) -> dict[str, Any] | None:
        """What the worker has measured of what is sent (``MediaEngine.health``'s ``up``); None: nothing arrives."""
        trial = self._known(trial_id, owner)
        engine = self._keep(trial, owner)
        try:
            peers = engine.health().get(trial.worker, {}).get(trial.id, {})
        except EngineError:
            return None
        found = peers.get(trial.peer(SENDER), {}).get("up")
        return dict(found) if found else None

    def end(self, trial_id: str, owner: str) -> None:
        """Raises NotFound."""
        self._drop(self._known(trial_id, owner).id)

    def sweep(self) -> None:
        """Drop those that are over."""
        now = self._now()
        with self._lock:
            over = [trial for trial, (_, end) in self._open.items() if end <= now]
        for trial in over:
            self._drop(trial)

    # ------------------------------------------------------------ inside

    def _now(self) -> int:
        return int(self._house.clock.now().timestamp())

    def _worker(self) -> int:
        """The one with the fewest trials of those that are there."""
        engine = self._engine
        there = [number for number in range(self._house.settings.media_workers) if engine is not None and engine.available(number)]
        if not there:
            raise MediaUnavailable()
        with self._lock:
            taken = [int(trial.split("-")[1]) for trial in self._open]
        return min(there, key=lambda number: (taken.count(number), number))

    def _seal(self, body: str, owner: str) -> str:
        return hmac.new(derived_key(self._house.settings, "trial"), f"{body}/{owner}".encode(), sha256).hexdigest()[:32]

    def _known(self, trial_id: str, owner: str) -> Trial:
        """Raises NotFound for what is no trial of the owner's, or over."""
        found = FORM.fullmatch(trial_id)
        body, _, seal = trial_id.rpartition("-")
        if found is None or not hmac.compare_digest(seal.encode(), self._seal(body, owner).encode()) or int(found[2]) <= self._now():
            raise NotFound()
        return Trial(trial_id, int(found[1]), int(found[2]))

    def _keep(self, trial: Trial, owner: str) -> MediaEngine:
        """The engine, with the trial's room in it. Raises NotFound, MediaUnavailable."""
        if self._engine is None:
            raise MediaUnavailable()
        with self._lock:
            if any(who == owner and trial_id != trial.id and end >= trial.ends_at for trial_id, (who, end) in self._open.items()):
                raise NotFound()  # a later one has taken its place
            self._open[trial.id] = owner, trial.ends_at
        peers = {trial.peer(which): desired for which, desired in PEERS.items()}
        try:
            self._engine.set_room(RoomDesired(trial.id, version=1, open=True, peers=peers, worker=trial.worker))
        except EngineUnavailable:
            raise MediaUnavailable() from None
        return self._engine

    def _drop(self, trial_id: str) -> None:
        with self._lock:
            self._open.pop(trial_id, None)
            self._sending.discard(trial_id)
        if self._engine is not None:
            try:
                self._engine.drop_room(trial_id)
            except EngineError:
                return  # a worker that is away has no rooms any more
