"""Records one session: reads the room's taps and writes every source into a file of its own."""

from __future__ import annotations

import logging
import selectors
import threading
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from liaison.domain.errors import NotFound
from liaison.domain.recording import TRACKS
from liaison.house import House
from liaison.services.session_rows import bare_session
from liaison.store import tables as t
from signaling import rooms
from signaling.engine import EngineError, MediaEngine, TapSelection
from signaling.kept_files import checksum
from signaling.room.channels import LANGUAGES
from signaling.room.state import CLOSED, LIVE, RoomState
from signaling.tap_reading import Tap

from .files import File, Stream
from .manifest import Manifest
from .ordering import Frame
from .payloads import track_of
from .saving import Saver

LOOK_S, FLUSH_S, WAIT_S = 0.5, 1.0, 0.2
SCREEN_HEIGHT = 1080

log = logging.getLogger("liaison.record")


class Recorder:
    """``run`` reads and writes; ``follow`` and ``saver.run``, each in a thread of its own, look at the room and put onto the disk for good
    what was written. ``over`` is set when the session has ended."""

    def __init__(self, house: House, engine: MediaEngine, session_id: str, manifest: Manifest) -> None:
        self._house, self._engine, self._session, self._manifest = house, engine, session_id, manifest
        self._selections = {
            "sound": TapSelection(kinds=("microphone",), channels=LANGUAGES),
            "cameras": TapSelection(kinds=("camera",), height=house.settings.recording_height),
            "screen": TapSelection(kinds=("screen",), height=SCREEN_HEIGHT)}
        self._taps: dict[str, tuple[str, Tap[Stream]]] = {}
        self._files: dict[tuple[str, str | None], tuple[File, dict[str, Any]]] = {}
        self._people: dict[str, tuple[str | None, str]] = {}
        self._lock = threading.RLock()
        self._number = manifest.next_number()
        self.saver = Saver(manifest, self._lock)
        self._selector = selectors.DefaultSelector()
        self._flushed = 0.0
        self.over = threading.Event()

    # ---------------------------------------------------------------- the room

    def follow(self, stop: threading.Event) -> None:
        """Until stopped: which taps there are, who sends, and when it ends; checksums while there is time."""
        while not stop.wait(LOOK_S):
            try:
                self.look()
                self._sum_up()
            except (SQLAlchemyError, EngineError, OSError) as exc:
                log.warning("following a room that is recorded: %s", exc)

    def _sum_up(self) -> None:
        with self._lock:
            track = self._manifest.without_sum()
        if track is not None:
            found = checksum(self._manifest.folder / track["file"])
            with self._lock:
                track["sha256"] = found
            self.saver.changed()

    def look(self) -> None:
        """Bring the taps to what the room is now."""
        try:
            with self._house.db.read() as db:
                state, _seq = rooms.read_state(db, self._session)
                session = bare_session(db, self._session)
                if session is None or session.recording != TRACKS or state.phase == CLOSED:
                    self.over.set()
                    return
                self._engine.locate(self._session, db.scalar(select(t.Room.worker).where(t.Room.session_id == self._session)) or 0)
        except NotFound:
            self.over.set()
            return
        self._know(state)
        if state.phase == LIVE:
            self._settle()

    def _know(self, state: RoomState) -> None:
        for peer in state.peers.values():
            self._people[peer.id] = (peer.point, peer.name)

    def _settle(self) -> None:
        """A tap of each kind that is read; one that has ended is opened anew."""
        for name, selection in self._selections.items():
            known = self._taps.get(name)
            if known is not None and known[1].ended:
                self._leave(name)
                known = None
            if known is None:
                place = self._engine.tap(self._session, selection)
                self._read_from(name, place.id, place.path)

    def _read_from(self, name: str, tap_id: str, path: str) -> None:
        tap = Tap(path, Stream, self._heard, lambda: self._shut(name), self._settled)
        with self._lock:
            self._taps[name] = (tap_id, tap)
            self._selector.register(tap, selectors.EVENT_READ, tap)

    def _leave(self, name: str) -> None:
        with self._lock:
            tap_id, tap = self._taps.pop(name)
            if not tap.ended:
                self._selector.unregister(tap)
                tap.close()
            self._settled()
        try:
            self._engine.untap(self._session, tap_id)
        except EngineError as exc:
            log.info("a tap that is left: %s", exc)

    # ---------------------------------------------------------------- reading and writing

    def run(self, stop: threading.Event) -> None:
        """Until stopped. Raises OSError where the disk takes no more."""
        try:
            while not stop.is_set():
                ready = self._selector.select(WAIT_S)
                with self._lock:
                    for key, _ in ready:
                        self._read(key.data)
                    self._flush(time.monotonic())
        finally:
            with self._lock:
                self._end(set())

    def _read(self, tap: Tap[Stream]) -> None:
        if all(known is not tap for _, known in self._taps.values()):
            return
        tap.read(time.monotonic())
        if tap.ended:
            self._selector.unregister(tap)
            tap.close()
            tap.streams.clear()
            self._settled()

    def _flush(self, now: float) -> None:
        if now - self._flushed >= FLUSH_S:
            self._flushed = now
            for file, _ in self._files.values():
                file.flush()

    def _shut(self, name: str) -> None:
        """The room lets nobody read: whatever comes later is another file."""
        tap = self._taps[name][1]
        tap.streams.clear()
        self._settled()

    def _settled(self) -> None:
        """Files of sources that are gone end."""
        self._end({stream.track for _, tap in self._taps.values() for stream in tap.streams.values()})

    def _end(self, kept: set[tuple[str, str | None]]) -> None:
        for key in self._files.keys() - kept:
            self._finish(key)

    def _heard(self, stream: Stream, taken: tuple[float, Frame]) -> None:
        at, frame = taken
        file, row = self._files.get(stream.track) or self._begin(stream, at, frame)
        file.write(at, frame)
        row["lost"] = stream.frames.lost

    def _begin(self, stream: Stream, at: float, frame: Frame) -> tuple[File, dict[str, Any]]:
        point, name = self._people.get(stream.peer, (None, ""))
        if stream.channel:
            point, name = None, ""
        track = track_of(stream.codec, frame.data, point or name, stream.channel)
        number, self._number = self._number, self._number + 1
        kind = f"channel-{stream.channel}" if stream.channel else stream.kind
        file = File(self._manifest.folder / f"{number:04d}-{kind}.mkv", track, at)
        started = datetime.fromtimestamp(at, UTC)
        row: dict[str, Any] = {
            "file": file.path.name, "kind": "channel" if stream.channel else stream.kind, "language": stream.channel,
            "source": stream.source, "peer": stream.peer, "point": point, "name": name, "codec": stream.codec,
            "width": track.width or None, "height": track.height or None, "started_at": started.isoformat(), "ended_at": None,
            "offset_seconds": self._manifest.offset(started), "seconds": None, "octets": None, "lost": 0, "sha256": None, "cut": False}
        self.saver.begun(file, row)
        self._files[stream.track] = (file, row)
        return file, row

    def _finish(self, key: tuple[str, str | None]) -> None:
        file, row = self._files.pop(key)
        if not row["name"] and row["kind"] != "channel":
            row["point"], row["name"] = self._people.get(row["peer"], (None, ""))
        self.saver.ended(file, row)

    def close(self) -> None:
        """End every tap."""
        for name in list(self._taps):
            self._leave(name)
