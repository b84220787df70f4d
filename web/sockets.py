"""Socket.IO: the shell around ``signaling.service``. Checks what comes in, answers with problems, survives everything.

Threads and simple-websocket by default; gevent and a Redis message queue where configured. Each web process follows the rooms'
logs and tells its own sockets, so nothing here is ever sent through the queue.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused  # type: ignore[attr-defined]
from flask_socketio import SocketIO
from sqlalchemy.exc import OperationalError

from liaison.domain.errors import Busy, Invalid, LiaisonError, RateLimited
from liaison.house import House
from liaison.process import get_logger
from signaling import fields
from signaling.emitter import AUDIENCES, OUTSIDE, SESSION, WATCHERS, SocketGone
from signaling.keeper import Duty
from signaling.messages import CLIENT, LONGEST_MESSAGE, LONGEST_SDP, LONGEST_TOKEN
from signaling.room.errors import SocketsFull
from signaling.service import RoomService

from . import errors
from .socket_guard import SocketGuard

if TYPE_CHECKING:
    from signaling.engine import MediaEngine

PING_S = 5
JOIN_WITHIN_S = 20.0
RATE, BURST = 30.0, 90.0
WITH_SDP = frozenset({"publish", "answer"})

log = get_logger("liaison.sockets")


class Bucket:
    """A token bucket: ``RATE`` messages a second, ``BURST`` at once."""

    def __init__(self) -> None:
        self._level, self._at = BURST, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._level = min(BURST, self._level + (now - self._at) * RATE)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Sockets:
    """This process's sockets; implements ``signaling.emitter.Emitter``."""

    def __init__(self, app: Flask, house: House, engine: MediaEngine | None) -> None:
        self._house = house
        self.most = house.settings.sockets
        self._lock = threading.Lock()
        self._open: dict[str, Bucket] = {}
        self._waiting: dict[str, float] = {}
        self.service = RoomService(house, engine, self)
        self.service.keeper.add(Duty(5.0, self._end_idle))
        self.io: Any = SocketIO(  # the published types lack half of its attributes
            app, async_mode=house.settings.socket_mode, ping_interval=PING_S, ping_timeout=PING_S, manage_session=False,
            max_http_buffer_size=LONGEST_SDP + LONGEST_MESSAGE, cors_allowed_origins=self._own_origin,  # type: ignore[arg-type]
            message_queue=house.settings.redis_url or None, async_handlers=False, logger=False, engineio_logger=False)
        self.guard = SocketGuard(self.io.server, self.most)  # type: ignore[attr-defined]
        self.io.on_event("connect", self._connected)
        self.io.on_event("disconnect", self._disconnected)
        for message in CLIENT:
            self.io.on_event(message, self._handler(message))
        self.io.on_event("*", self._unknown)

    def __len__(self) -> int:
        with self._lock:
            return len(self._open)

    # ------------------------------------------------------------ signaling.emitter.Emitter

    def to_room(self, session: str, message: str, payload: dict[str, Any], watchers: dict[str, Any] | None = None,
                outside: dict[str, Any] | None = None) -> None:
        here = self.io.server.manager.rooms.get("/", {})
        for audience, told in ((SESSION, payload), (WATCHERS, payload if watchers is None else watchers), (OUTSIDE, outside)):
            if told is not None and f"{audience}:{session}" in here:  # python-socketio would encode it for nobody
                self.io.emit(message, told, to=f"{audience}:{session}", ignore_queue=True)

    def to_link(self, link: str, message: str, payload: dict[str, Any]) -> None:
        self.io.emit(message, payload, to=link, ignore_queue=True)

    def enter(self, link: str, session: str, audience: str) -> None:
        with self._lock:
            known = link in self._open
        try:
            if not known:
                raise KeyError(link)
            for other in AUDIENCES:
                act = self.io.server.enter_room if other == audience else self.io.server.leave_room
                act(link, f"{other}:{session}", namespace="/")  # not Flask's own: the follower's thread has no request
        except (KeyError, ValueError) as exc:  # what Socket.IO says of a socket that it has forgotten
            raise SocketGone(link) from exc

    def close(self, link: str) -> None:
        """Later and elsewhere: the caller may hold a room's lock, or be about to answer this very socket."""
        self.io.start_background_task(self._close, link)

    def _close(self, link: str) -> None:
        self.io.sleep(0.3)
        with self._lock:
            known = link in self._open
        if known:
            self.io.server.disconnect(link, namespace="/")

    # ------------------------------------------------------------ connecting

    def _own_origin(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Only pages of ours open sockets here (no Origin: not a browser; the token decides)."""
        if origin is None:
            return True
        hosts = {environ.get("HTTP_HOST", "")}
        if self._house.settings.trusted_proxies:
            hosts.add(environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip())
        public = self._house.settings.public_url
        try:
            asked = urlsplit(origin)
        except ValueError:  # "http://[": no page has such an origin
            return False
        return asked.netloc in hosts - {""} or (bool(public) and asked[:2] == urlsplit(public)[:2])

    def _connected(self, auth: Any = None) -> None:
        link = request.sid  # type: ignore[attr-defined]
        try:
            self._admit(link, auth)
        except LiaisonError as exc:
            raise Refused(exc.message, errors.problem(exc)) from exc
        except OperationalError as exc:
            log.error("database", error=str(exc.orig))
            raise Refused(Busy.message, errors.problem(Busy())) from exc

    def _admit(self, link: str, auth: Any) -> None:
        given = auth if isinstance(auth, dict) else {}
        token, resume = (given.get(name) if _is_token(given.get(name)) else None for name in ("token", "resume"))
        self.service.check_door(token, resume)
        self.service.start()
        with self._lock:
            if len(self._open) >= self.most:
                raise SocketsFull()
            self._open[link] = Bucket()
            self._waiting[link] = time.monotonic()
        self._watch_life(link)

    def _watch_life(self, link: str) -> None:
        """Every packet of the socket (heartbeats too) is a sign of life; python-engineio has no hook for it."""
        server = self.io.server
        transport = server.eio.sockets.get(server.manager.eio_sid_from_sid(link, "/"))
        if transport is None:
            return
        receive, members, clock = transport.receive, self.service.members, self._house.clock

        def receive_and_note(packet: Any) -> None:
            members.seen(link, clock.now())
            receive(packet)
        transport.receive = receive_and_note

    def _disconnected(self, *_reason: Any) -> None:
        link = request.sid  # type: ignore[attr-defined]
        with self._lock:
            self._open.pop(link, None)
            self._waiting.pop(link, None)
        try:
            self.service.disconnected(link)
        except LiaisonError as exc:
            log.info("socket of a room that is gone", error=str(exc))
        except OperationalError as exc:  # the presence closes by itself when no evidence comes
            log.error("database", error=str(exc.orig))

    def _end_idle(self) -> None:
        """Sockets that never joined give their place back, and so does what never became one."""
        self.guard.end_silent()
        with self._lock:
            late = [link for link, since in self._waiting.items() if time.monotonic() - since > JOIN_WITHIN_S]
        for link in late:
            self.io.server.disconnect(link, namespace="/")

    # ------------------------------------------------------------ messages

    def _handler(self, message: str) -> Callable[..., dict[str, Any]]:
        def handle(*args: Any) -> dict[str, Any]:
            return self._answer(message, args)
        return handle

    def _unknown(self, *args: Any) -> dict[str, Any]:
        return self._answer(None, args)

    def _answer(self, message: str | None, args: tuple[Any, ...]) -> dict[str, Any]:
        """The acknowledgement: the answer's fields, or a problem. Nothing a client sends ends more than its own message."""
        link = request.sid  # type: ignore[attr-defined]
        try:
            data = self._checked(link, message, args)
            answer = self.service.handle(link, message or "", data)
            if message == "join":
                with self._lock:
                    self._waiting.pop(link, None)
            return {"ok": True, **answer}
        except LiaisonError as exc:
            return _problem(exc)
        except OperationalError as exc:
            log.error("database", message=message, error=str(exc.orig))
            return _problem(Busy())
        except Exception:
            log.exception("message failed", message=message)
            return _problem(errors.Broken())

    def _checked(self, link: str, message: str | None, args: tuple[Any, ...]) -> dict[str, Any]:
        with self._lock:
            bucket = self._open.get(link)
        if bucket is None or not bucket.take():
            raise RateLimited("You are sending too many messages.", remedy="Wait a moment.")
        if message is None:
            raise Invalid("This message is unknown.", errors=[{"field": "", "message": "This message is unknown."}])
        if len(args) > 1 or (args and not isinstance(args[0], dict)):
            raise Invalid(errors=[{"field": "", "message": "This must be an object."}])
        data = args[0] if args else {}
        if message not in WITH_SDP and _size(data) > LONGEST_MESSAGE:
            raise Invalid(errors=[{"field": "", "message": "This message is too large."}])
        return fields.check(data, CLIENT[message].fields)


def init_sockets(app: Flask, house: House, engine: MediaEngine | None) -> SocketIO:
    """Make the Socket.IO server of this process. With an engine its room service starts at once, else with the first socket."""
    sockets = Sockets(app, house, engine)
    app.extensions["liaison_rooms"] = sockets.service
    app.extensions["liaison_socket_count"] = sockets.__len__
    app.extensions["liaison_metrics"].sockets.set_function(sockets.__len__)
    if engine is not None:
        sockets.service.start()
    return cast(SocketIO, sockets.io)


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TOKEN


def _problem(error: LiaisonError) -> dict[str, Any]:
    return {"ok": False, "error": json.loads(json.dumps(errors.problem(error), default=str))}


def _size(data: Any) -> int:
    """As JSON; bytes (a binary attachment) have no place in any message."""
    try:
        return len(json.dumps(data))
    except (TypeError, ValueError, RecursionError) as exc:
        raise Invalid(errors=[{"field": "", "message": "This must be an object."}]) from exc
