"""EmbeddedEngine: the MediaEngine whose workers are this product's own processes (``liaison media``).

Only sockets, threads and queues of the standard library, so that it works in threads and under gevent alike; it never
imports the worker's code. One thread a worker reads, one delivers events.
"""

from __future__ import annotations

import itertools
import json
import logging
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from liaison.config import Settings
from signaling import local_socket
from signaling.engine import (
    EngineEvent,
    EngineRefused,
    EngineUnavailable,
    RoomDesired,
    Slot,
    SourceKind,
    SubscribeOffer,
    TapPlace,
    TapSelection,
    Want,
)

ANSWER_SECONDS = 8.0
RECONNECT_SECONDS = 0.2
QUIET_SECONDS = 10.0  # then the worker is asked whether it is still there; silent again, the line is dropped

log = logging.getLogger("liaison.engine")


@dataclass
class _Answer:
    """A request that waits."""

    done: threading.Event = field(default_factory=threading.Event)
    message: dict[str, Any] | None = None


class _Line:
    """One worker's control connection: reconnects by itself until stopped."""

    def __init__(self, engine: EmbeddedEngine, worker: int, settings: Settings) -> None:
        self.worker = worker
        self.boot_id = ""
        self.up = False
        self._engine, self._settings = engine, settings
        self._socket: socket.socket | None = None
        self._sending = threading.Lock()
        self._waiting: dict[int, _Answer] = {}
        self._left: set[str] = set()
        self._numbers = itertools.count(1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"media-{worker}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """End the line for good."""
        self._stopped.set()
        self._hang_up()
        if self._thread.is_alive():
            self._thread.join(2)

    # ------------------------------------------------------------------ requests
    def call(self, op: str, args: dict[str, Any]) -> Any:
        """Ask and wait for the answer."""
        if not self.up:
            raise EngineUnavailable(f"Media worker {self.worker} does not answer.")
        number, answer = next(self._numbers), _Answer()
        self._waiting[number] = answer
        try:
            self._send({"id": number, "op": op, "args": args})
            if not answer.done.wait(ANSWER_SECONDS) or answer.message is None:
                raise EngineUnavailable(f"Media worker {self.worker} gave no answer to {op}.")
        except OSError as exc:
            raise EngineUnavailable(f"Media worker {self.worker} cannot be reached: {exc}") from None
        finally:
            self._waiting.pop(number, None)
        return self._unpack(answer.message)

    @staticmethod
    def _unpack(message: dict[str, Any]) -> Any:
        error = message.get("error")
        if error is not None:
            raise EngineRefused(error["code"], error["detail"])
        return message.get("ok")

    def tell(self, op: str, args: dict[str, Any]) -> None:
        """Ask without waiting; lost when the worker is away."""
        with suppress(OSError):
            self._send({"id": None, "op": op, "args": args})

    def forget(self, room: str) -> None:
        """The room lives elsewhere now; said again when the worker comes back, should it have lived on out of reach."""
        self._left.add(room)
        self.tell("drop_room", {"room": room})

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._sending:
            if self._socket is None:
                raise ConnectionError("not connected")
            self._socket.sendall(line)

    # ------------------------------------------------------------------ the reading thread
    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._connect()
                for message in self._messages():
                    self._treat(message)
            except (OSError, ValueError, KeyError) as exc:
                if self.up:
                    log.warning("media worker %d is gone: %s", self.worker, exc)
            self._lost()
            self._stopped.wait(RECONNECT_SECONDS)

    def _connect(self) -> None:
        settings = self._settings
        if settings.media_control:
            made = socket.create_connection(settings.media_control_address(self.worker), QUIET_SECONDS)
        else:
            made = local_socket.connect(settings.media_socket(self.worker), QUIET_SECONDS)
        if settings.media_token:
            made.sendall(settings.media_token.encode() + b"\n")
        self._socket = made

    def _messages(self) -> Iterator[dict[str, Any]]:
        buffer, quiet = b"", 0
        while self._socket is not None:
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                quiet += 1
                if quiet > 1:
                    raise ConnectionError("it is silent") from None
                self.tell("ping", {})
                continue
            if not data:
                raise ConnectionError("it closed the line")
            quiet = 0
            *lines, buffer = (buffer + data).split(b"\n")
            yield from (json.loads(line) for line in lines)

    def _treat(self, message: dict[str, Any]) -> None:
        if "hello" in message:
            self._welcome(message["hello"])
        elif "event" in message:
            self._engine._enqueue(self, message["event"], message["data"], message.get("seq"))
        else:
            answer = self._waiting.get(message["id"])
            if answer is not None:
                answer.message = message
                answer.done.set()

    def _welcome(self, hello: dict[str, Any]) -> None:
        """The desired state goes first, so that whatever is asked next finds its room."""
        self.boot_id = str(hello["boot_id"])
        here = self._engine._rooms_of(self.worker)
        for room in self._left - {desired.room for desired in here}:
            self._send({"id": None, "op": "drop_room", "args": {"room": room}})
        self._left.clear()
        for desired in here:
            self._send({"id": None, "op": "set_room", "args": asdict(desired)})
        self.up = True
        log.info("media worker %d is there", self.worker)
        self._engine._enqueue(self, "worker_up", {}, None)

    def _hang_up(self) -> None:
        made, self._socket = self._socket, None
        if made is not None:
            with suppress(OSError):
                made.shutdown(socket.SHUT_RDWR)
            made.close()

    def _lost(self) -> None:
        was_up, self.up = self.up, False
        self._hang_up()
        for answer in list(self._waiting.values()):
            answer.done.set()
        if was_up and not self._stopped.is_set():
            self._engine._enqueue(self, "worker_down", {}, None)


class EmbeddedEngine:
    """Implements :class:`signaling.engine.MediaEngine`."""

    def __init__(self, settings: Settings) -> None:
        self._lines = [_Line(self, worker, settings) for worker in range(settings.media_workers)]
        self._desired: dict[str, RoomDesired] = {}
        self._located: dict[str, int] = {}
        self._lock = threading.Lock()
        self._started = False
        self._events: queue.SimpleQueue[EngineEvent | None] = queue.SimpleQueue()
        self._callbacks: list[Callable[[EngineEvent], None]] = []
        self._thread = threading.Thread(target=self._deliver, name="media-events", daemon=True)

    def start(self) -> None:
        if self._thread.is_alive():
            return
        self._thread.start()
        for line in self._lines:
            line.start()

    def stop(self) -> None:
        for line in self._lines:
            line.stop()
        self._events.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(2)

    def available(self, worker: int = 0) -> bool:
        return worker < len(self._lines) and self._lines[worker].up

    # ------------------------------------------------------------------ rooms
    def set_room(self, desired: RoomDesired) -> None:
        with self._lock:
            known = self._desired.get(desired.room)
            if known is not None and (desired.epoch, desired.version) <= (known.epoch, known.version):
                return
            self._desired[desired.room] = desired
        if known is not None and known.worker != desired.worker and known.worker < len(self._lines):
            self._lines[known.worker].forget(desired.room)
        self._by_number(desired.worker).call("set_room", asdict(desired))

    def drop_room(self, room: str) -> None:
        with self._lock:
            known = self._desired.pop(room, None)
        if known is not None:
            line = self._by_number(known.worker)
            line.forget(room)
            line.call("ping", {})
        else:  # an earlier life of this process may have set it, anywhere
            for line in self._lines:
                line.tell("drop_room", {"room": room})

    def _rooms_of(self, worker: int) -> list[RoomDesired]:
        with self._lock:
            return [desired for desired in self._desired.values() if desired.worker == worker]

    def _by_number(self, worker: int) -> _Line:
        if not 0 <= worker < len(self._lines):
            raise EngineRefused("bad_request", f"There is no media worker {worker}.")
        return self._lines[worker]

    def _of_room(self, room: str) -> _Line:
        with self._lock:
            desired, located = self._desired.get(room), self._located.get(room)
        if desired is None and located is None:
            raise EngineRefused("unknown_room", room)
        return self._by_number(desired.worker if desired is not None else located or 0)

    def _ask(self, op: str, room: str, peer: str, **args: Any) -> Any:
        return self._of_room(room).call(op, {"room": room, "peer": peer, **args})

    # ------------------------------------------------------------------ connections
    def publish(
        self,
        room: str,
        peer: str,
        offer_sdp: str,
        connection: str = "publish",
        kinds: Mapping[str, SourceKind] | None = None,
    ) -> str:
        named = dict(kinds) if kinds is not None else None
        return str(self._ask("publish", room, peer, offer=offer_sdp, connection=connection, kinds=named))

    def subscribe(
        self,
        room: str,
        peer: str,
        connection: str = "subscribe",
        *,
        video: int = 25,
        audio: int = 3,
        screen: int = 1,
        interpretation: int = 1,
        first_video: int = 0,
    ) -> SubscribeOffer:
        counts = {"video": video, "audio": audio, "screen": screen, "interpretation": interpretation}
        return _offer(self._ask("subscribe", room, peer, connection=connection, first_video=first_video, **counts))

    def answer(self, room: str, peer: str, connection: str, sdp: str) -> None:
        self._ask("answer", room, peer, connection=connection, sdp=sdp)

    def whep(self, room: str, peer: str, offer_sdp: str, connection: str) -> str:
        return str(self._ask("whep", room, peer, offer=offer_sdp, connection=connection))

    def trickle(
        self, room: str, peer: str, connection: str, fragment: str, sessions: Sequence[str] | None = None
    ) -> str | None:
        known = None if sessions is None else list(sessions)
        found = self._ask("trickle", room, peer, connection=connection, fragment=fragment, sessions=known)
        return None if found is None else str(found)

    def restart_ice(self, room: str, peer: str, connection: str) -> SubscribeOffer:
        return _offer(self._ask("restart_ice", room, peer, connection=connection))

    def view(self, room: str, peer: str, connection: str, wants: Mapping[str, Want | None]) -> None:
        told = {mid: asdict(want) if want is not None else None for mid, want in wants.items()}
        self._ask("view", room, peer, connection=connection, wants=told)

    def close(self, room: str, peer: str, connection: str | None = None) -> None:
        with suppress(EngineRefused):  # a room that is not known has nothing to close
            self._ask("close", room, peer, connection=connection)

    # ------------------------------------------------------------------ taps
    def locate(self, room: str, worker: int) -> None:
        with self._lock:
            self._located[room] = worker

    def tap(self, room: str, selection: TapSelection) -> TapPlace:
        return TapPlace(**self._of_room(room).call("tap", {"room": room, "selection": asdict(selection)}))

    def untap(self, room: str, tap: str) -> None:
        with suppress(EngineRefused):
            self._of_room(room).call("untap", {"room": room, "tap": tap})

    # ------------------------------------------------------------------ looking, events
    def stats(self, room: str | None = None) -> dict[str, Any]:
        if not any(line.up for line in self._lines):
            raise EngineUnavailable("No media worker answers.")
        workers: list[dict[str, Any]] = []
        rooms: dict[str, Any] = {}
        for line in self._lines:
            try:
                found = line.call("stats", {"room": room})
            except EngineUnavailable as exc:
                log.info("no statistics of media worker %d: %s", line.worker, exc)
                found = {"worker": {"worker": line.worker, "boot_id": "", "connections": 0, "rooms": 0}, "rooms": {}}
            workers.append(found["worker"])
            rooms.update(found["rooms"])
        return {"workers": workers, "rooms": rooms}

    def health(self) -> dict[int, dict[str, Any]]:
        found = {}
        for line in self._lines:
            with suppress(EngineUnavailable):
                found[line.worker] = line.call("health", {})
        return found

    def report(self, room: str, peer: str, told: Mapping[str, Any]) -> None:
        with self._lock:
            desired = self._desired.get(room)
        if desired is not None:
            self._by_number(desired.worker).tell("report", {"room": room, "peer": peer, "told": dict(told)})

    def on_event(self, callback: Callable[[EngineEvent], None]) -> None:
        self._callbacks.append(callback)

    def ack(self, boot_id: str, seq: int) -> None:
        for line in self._lines:
            if line.boot_id == boot_id:
                line.tell("ack", {"seq": seq})

    def replay(self, worker: int = 0) -> None:
        self._by_number(worker).tell("replay", {})

    def _enqueue(self, line: _Line, kind: str, data: dict[str, Any], seq: int | None) -> None:
        self._events.put(EngineEvent(kind, line.worker, line.boot_id, _with_times(kind, data), seq))

    def _deliver(self) -> None:
        while (event := self._events.get()) is not None:
            for callback in list(self._callbacks):
                try:
                    callback(event)
                except Exception:
                    # one listener's mistake must not stop the events of all rooms
                    log.exception("an event %s was not treated", event.kind)


def _offer(found: Any) -> SubscribeOffer:
    return SubscribeOffer(found["sdp"], tuple(Slot(**slot) for slot in found["slots"]))


def _with_times(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Times come as ISO 8601 in UTC."""
    told = {key: datetime.fromisoformat(v) if key in ("at", "last_seen_at") else v for key, v in data.items()}
    if kind == "alive":
        told["peers"] = {peer: datetime.fromisoformat(at) for peer, at in data["peers"].items()}
    return told
