"""Follows one room for its broadcast: what is to be seen, in which words, and which taps are to be read."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DbSession

from liaison.domain.errors import NotFound
from liaison.house import House
from liaison.i18n import N_, translator
from liaison.services.session_rows import bare_session
from liaison.store import tables as t
from signaling import rooms
from signaling.engine import EngineError, EngineEvent, MediaEngine, TapSelection
from signaling.room.channels import LANGUAGES
from signaling.room.questions import Question
from signaling.room.state import RoomState

from .captions import Line
from .encoders import SMALL
from .scene import BREAK, DOORS_CLOSED, ENDED, SOON, Scene, scene_of
from .shelf import Shelf
from .studio import Studio, Words
from .talk import Talk, speaker_of, write_talk

LOOK_S, WAITS_S = 0.25, 1.0
KEPT_S = 3.0
"""A picture that is no more asked for is read for so long: whoever spoke a moment ago may speak again."""
ENDED_S = 6.0
"""How long the last slate is shown."""
SLATES = {SOON: N_("The broadcast starts soon"), DOORS_CLOSED: N_("A closed item is being treated. The broadcast goes on afterwards"),
          BREAK: N_("Technical break. The broadcast goes on in a moment"), ENDED: N_("The session has ended")}
DOORS = ("doors_closed", "doors_opened")
HEIGHTS = {"large": 720, "second": 360, "sign": 180}

log = logging.getLogger("liaison.broadcast")


def words_of(house: House, session: t.Session, state: RoomState | None = None) -> Words:
    """Names, agenda and slates in the network's languages."""
    languages = house.network.languages
    first = languages[0]
    points = {invitation.point.slug: invitation.point.name for invitation in session.places}
    names = {peer.id: _local(points.get(peer.point or "", {}), first) or peer.name for peer in (state.peers.values() if state else ())}
    items = tuple(f"{number}. {_local(item.title, first)}" for number, item in enumerate(session.agenda, 1))
    slates = {slate: [translator(language)(text) for language in languages] for slate, text in SLATES.items()}
    return Words(_local(session.title, first), slates, names, items, translator(first)("A citizen"))


def _local(texts: Any, language: str) -> str:
    if isinstance(texts, str):
        return texts
    return str(texts.get(language) or next(iter(texts.values()), ""))


def _asked(asked: Question | None) -> dict[str, Any] | None:
    return None if asked is None else {"number": asked.number, "text": asked.text, "name": asked.name, "place": asked.place}


class Typed:
    """The captions of a room's log, from the moment on in which it is first looked at; nothing of a closed item."""

    def __init__(self, session_id: str, language: str) -> None:
        self._session, self._language, self._seq, self._shut = session_id, language, -1, False

    def look(self, db: DbSession, seq: int) -> list[Line]:
        """What is new up to this number."""
        if self._seq < 0:
            self._seq = seq
            self._shut = db.scalar(select(t.RoomEvent.type).where(
                t.RoomEvent.session_id == self._session, t.RoomEvent.type.in_(DOORS), t.RoomEvent.seq <= seq).order_by(
                    t.RoomEvent.seq.desc()).limit(1)) == DOORS[0]
        if seq == self._seq:
            return []
        rows = db.scalars(select(t.RoomEvent).where(
            t.RoomEvent.session_id == self._session, t.RoomEvent.type.in_(("captioned", *DOORS)), t.RoomEvent.seq > self._seq,
            t.RoomEvent.seq <= seq).order_by(t.RoomEvent.seq))
        self._seq, found = seq, list[Line]()
        for row in rows:
            if row.type in DOORS:
                self._shut = row.type == DOORS[0]
            elif not self._shut:
                found.append(Line(row.at, row.data.get("language", self._language), row.data["text"]))
        return found


class Waits:
    """How long the worker of a room waits for a core, each time that it has something to do (proc(5), schedstat)."""

    def __init__(self, engine: MediaEngine) -> None:
        self._engine, self._look_at, self._before, self._ms = engine, 0.0, (0.0, 0), 0.0

    def look(self, now: float, worker: int) -> float:
        """Milliseconds, on average over the last second; 0 while it does not answer."""
        if now < self._look_at:
            return self._ms
        self._look_at = now + WAITS_S
        told = self._told(worker)
        seconds, times = told.get("waited_seconds", 0.0), told.get("turns", 0)
        waited, turns = seconds - self._before[0], times - self._before[1]
        self._before, self._ms = (seconds, times), 1000 * waited / turns if 0 < turns < times and waited >= 0 else 0.0
        return self._ms

    def _told(self, worker: int) -> dict[str, Any]:
        try:
            return next((one for one in self._engine.stats("")["workers"] if one["worker"] == worker), {})
        except EngineError:
            return {}


class Director:
    """One thread a broadcast. ``over`` is set when the session has ended and the last slate has been seen."""

    def __init__(self, house: House, engine: MediaEngine, session_id: str, studio: Studio, shelf: Shelf) -> None:
        self._shelf, self._said = shelf, dict[str, Any]()
        self._house, self._engine, self._session, self._studio = house, engine, session_id, studio
        self._loudest: Sequence[str] = ()
        self._talk = Talk()
        self._typed = Typed(session_id, house.network.languages[0])
        self._taps: dict[str | None, tuple[str, int]] = {}  # by source: id and the height asked for
        self._waits = Waits(engine)
        self._wanted_at: dict[str, float] = {}
        self._ended_at: float | None = None
        self.over = threading.Event()

    def heard(self, event: EngineEvent) -> None:
        """Who speaks, as the worker tells it."""
        if event.kind == "speakers" and event.data.get("room") == self._session:
            self._loudest = tuple(event.data["loudest"])

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.look(time.monotonic())
            except (SQLAlchemyError, EngineError, OSError) as exc:
                log.warning("following a room for its broadcast: %s", exc)
            stop.wait(LOOK_S)

    def look(self, now: float) -> None:
        """Bring the studio to what the room is now."""
        try:
            with self._house.db.read() as db:
                state, seq = rooms.read_state(db, self._session)
                session = bare_session(db, self._session)
                if session is None or not session.broadcast:  # it was booked with one and is no more
                    self.over.set()
                    return
                worker = db.scalar(select(t.Room.worker).where(t.Room.session_id == self._session)) or 0
                self._engine.locate(self._session, worker)
                self._studio.words = words_of(self._house, session, state)
                self._shelf.captions.heard(self._typed.look(db, seq))
        except NotFound:
            self.over.set()
            return
        scene = scene_of(state, self._loudest)
        self._hear(state, scene)
        self._studio.scene = scene
        self._tell(scene)
        self._end(scene, now)
        self._settle(scene, now)
        self._studio.effort.waited(self._waits.look(now, worker))

    def _hear(self, state: RoomState, scene: Scene) -> None:
        """Whoever speaks freely stands in the recording's contents."""
        if scene.slate is not None or state.floor is not None:
            self._talk.forget()
            return
        speaker = speaker_of(state, self._loudest)
        since = self._talk.look(speaker, self._house.clock.now())
        if since is not None and speaker is not None:
            write_talk(self._shelf.folder, since, state.peers[speaker].point, state.peers[speaker].name)

    def _tell(self, scene: Scene) -> None:
        """What pages show beside the picture."""
        said = {"slate": scene.slate, "item": scene.item, "speaker": self._studio.words.speaker(scene), "question": _asked(scene.asked),
                "step": self._studio.step.name}
        if said != self._said:
            self._said = said
            self._shelf.say(**said)

    def _end(self, scene: Scene, now: float) -> None:
        if scene.slate != ENDED:
            self._ended_at = None
        elif self._ended_at is None:
            self._ended_at = now
        elif now - self._ended_at > ENDED_S:
            self.over.set()

    def _settle(self, scene: Scene, now: float) -> None:
        """Taps for all that is needed, and an end to those that are not."""
        wanted: dict[str | None, TapSelection] = {}
        step = self._studio.step
        if scene.slate is None:
            wanted[None] = TapSelection(kinds=("microphone",), channels=LANGUAGES)
            for name in ("large", "second", "sign") if step.room else ():
                if source := getattr(scene, name):
                    height = 720 if scene.even else HEIGHTS[name]
                    wanted[source] = TapSelection((source,), ("camera", "screen"), height if step.large else min(height, SMALL.height))
                    self._wanted_at[source] = now
        read = self._studio.read()
        for source in [known for known in self._taps if self._gone(known, wanted, read, now)]:
            self._drop(source)
        for source, selection in wanted.items():
            if source in self._taps and self._taps[source][1] != selection.height:
                self._drop(source, comes_again=True)
            if source not in self._taps:
                self._open(source, selection)

    def _gone(self, source: str | None, wanted: dict[str | None, TapSelection], read: set[str | None], now: float) -> bool:
        if source not in read:
            return True
        return source not in wanted and (source is None or now - self._wanted_at.get(source, 0.0) > KEPT_S)

    def _open(self, source: str | None, selection: TapSelection) -> None:
        place = self._engine.tap(self._session, selection)
        self._taps[source] = place.id, selection.height
        self._studio.connect(source, place.path)

    def _drop(self, source: str | None, comes_again: bool = False) -> None:
        tap, _height = self._taps.pop(source)
        self._studio.leave(source, comes_again)
        self._engine.untap(self._session, tap)

    def close(self) -> None:
        """End every tap."""
        for source in list(self._taps):
            try:
                self._drop(source)
            except EngineError:
                continue
