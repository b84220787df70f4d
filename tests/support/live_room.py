"""A web process in this one: the real application and Socket.IO server on a free port, a fake media engine, real clients."""

from __future__ import annotations

import itertools
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import socketio
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from liaison.house import House
from liaison.services import join, room_log, sessions
from liaison.services.lifecycle import open_session
from signaling.service import RoomService
from tests.fakes.fake_engine import FakeEngine
from tests.support.people import organiser, plan
from web.app import create_app

PATIENCE_S = 20.0
SERVER_LOOKS_EVERY_S = 0.02  # whether it shall end
LAST_REQUESTS_S = 2.0
OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:1\r\n"
_numbers = itertools.count(1)


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until the condition gives something true, and return it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"never: {what}")


def code(answer: dict[str, Any]) -> str:
    """The code of a refusal."""
    assert not answer["ok"], answer
    return str(answer["error"]["code"])


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are not what these tests look at."""


class _Server(ThreadedWSGIServer):
    """Knows the threads of its requests: a WebSocket's goes on for a moment after its client, to write down that it is away."""

    def __init__(self, app: Flask) -> None:
        super().__init__("127.0.0.1", 0, app, _Quiet)
        self._requests: list[threading.Thread] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._requests.append(thread)
        thread.start()

    def wait_for_requests(self) -> None:
        """Until all have ended; not for ever, for a connection that is kept alive has a thread too."""
        deadline = time.monotonic() + LAST_REQUESTS_S
        for thread in self._requests:
            thread.join(max(0.0, deadline - time.monotonic()))


class RoomClient:
    """A page's socket: the messages it heard, and its own copy of the snapshot kept as PROTOCOL.md says."""

    def __init__(self, base: str, **auth: Any) -> None:
        self.auth = auth
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.together: list[int] = []
        self.answer: dict[str, Any] = {}
        self.snapshot: dict[str, Any] = {}
        self.seq = 0
        self._lock = threading.Lock()  # news come in another thread, and may overtake the answer to ``join``
        self.io: Any = socketio.Client(reconnection=False)
        self.io.on("*", self._hear)
        self.io.connect(base, auth=auth, transports=["websocket"], wait_timeout=PATIENCE_S)

    def _hear(self, message: str, *payload: Any) -> None:
        data = payload[0] if payload else {}
        if message == "events":  # several at once: as if they had come one by one
            self.together.append(len(data["events"]))
            for event in data["events"]:
                self._hear("event", event)
            return
        with self._lock:
            self.heard.append((message, data))
            if message == "event":
                self._follow(data)

    def _follow(self, event: dict[str, Any]) -> None:
        if not self.snapshot or event["seq"] != self.seq + 1:
            return
        changes = event["patch"]
        peers = {**self.snapshot["peers"], **changes.get("peers", {})}
        self.snapshot |= {key: value for key, value in changes.items() if key != "peers"}
        self.snapshot["peers"] = {key: peer for key, peer in peers.items() if peer is not None}
        self.seq = event["seq"]

    def call(self, message: str, data: Any = None) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], self.io.call(message, {} if data is None else data, timeout=PATIENCE_S))
        except socketio.exceptions.TimeoutError:
            stacks = "\n".join("".join(traceback.format_stack(frame)) for frame in sys._current_frames().values())
            raise AssertionError(f"no answer to {message}; the server lives in this process, whose threads are at:\n{stacks}") from None

    def join(self, **fields: Any) -> dict[str, Any]:
        answer = self.call("join", {**self.auth, **fields})
        assert answer["ok"], answer
        with self._lock:
            self.answer, self.snapshot, self.seq = answer, dict(answer["snapshot"]), answer["seq"]
            for message, early in self.heard:
                if message == "event":
                    self._follow(early)
        return answer

    @property
    def link(self) -> str:
        return str(self.io.get_sid())

    @property
    def peer(self) -> str:
        return str(self.answer["peer"])

    def command(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """Ask, and when it is granted wait until this page has heard so."""
        answer = self.call("command", {"id": f"command-{next(_numbers)}", "name": name, "fields": fields})
        if answer["ok"]:
            until(lambda: self.seq >= answer["seq"] or not self.io.connected, f"what {name} did")
        return answer

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [data for message, data in list(self.heard) if message == "event" and data["type"] == kind]

    def told(self, message: str) -> list[dict[str, Any]]:
        return [data for name, data in list(self.heard) if name == message]

    def wait_event(self, kind: str) -> dict[str, Any]:
        return cast(dict[str, Any], until(lambda: self.events(kind), f"event {kind}")[-1])

    def wait_told(self, message: str) -> dict[str, Any]:
        return cast(dict[str, Any], until(lambda: self.told(message), f"message {message}")[-1])

    def drop(self) -> None:
        """The network is cut: no leave, no goodbye."""
        transport = self.io.eio.ws
        if transport is not None and transport.sock is not None:
            with suppress(OSError):
                transport.sock.shutdown(socket.SHUT_RDWR)
        until(lambda: not self.io.connected, "the end of the client")


class LiveRoom:
    """One web process with one booked session."""

    def __init__(self, house: House, beside: LiveRoom | None = None, kind: str = "government") -> None:
        """``beside``: a further web process on the same database and engine, for the same session."""
        self._kind = kind
        self.house = house
        self.engine = beside.engine if beside else FakeEngine(house.clock.now)
        self.planner = beside.planner if beside else organiser(house)
        self.session = beside.session if beside else self._book()
        self.engine.start()
        self.app: Flask = create_app(house, self.engine)
        self.service: RoomService = self.app.extensions["liaison_rooms"]
        self._server = _Server(self.app)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(SERVER_LOOKS_EVERY_S,), daemon=True)
        self._thread.start()
        self.clients: list[RoomClient] = []
        if beside is None:
            until(lambda: self.leads, "the lease")

    @property
    def leads(self) -> bool:
        return self.service._events is not None and self.service._events.leads

    def _book(self) -> str:
        starts_at = self.house.clock.now() + timedelta(minutes=10)
        return sessions.book_session(self.house, self.planner, plan(
            "big-hall", "osh-oblast", "alay-district", public=True, kind=self._kind, starts_at=starts_at)).id

    def second_process(self) -> LiveRoom:
        """Another web process: its own port, so that it is another holder of leases."""
        settings = self.house.settings.model_copy(update={"http_port": self.house.settings.http_port + 1})
        return LiveRoom(replace(self.house, settings=settings), beside=self)

    def renew(self) -> None:
        """The keeper's turn at the leases, now."""
        assert self.service._events is not None
        self.service._events.renew()

    def alive(self, *clients: RoomClient) -> None:
        """A heartbeat of each client, written at once."""
        for client in clients:
            self.service.members.seen(client.link, self.house.clock.now())
        self.service.keeper.write_evidence()

    def stop(self) -> None:
        for client in self.clients:
            client.drop()
        self._server.wait_for_requests()  # who comes to a database late keeps it from being lent to the next test
        self._wake_follower()
        self.service.stop()
        self._server.shutdown()
        self._thread.join(5)

    def _wake_follower(self) -> None:
        """On PostgreSQL it looks up only every two seconds, unless told."""
        self.service.follower._stop.set()
        if self.house.db.dialect == "postgresql":
            with suppress(SQLAlchemyError), self.house.db.write() as db:
                db.execute(text(f"NOTIFY {room_log.CHANNEL}"))

    def token(self, role: str = "point", point: str | None = "osh-oblast", name: str = "") -> str:
        way = join.issue_token(self.house, self.planner, self.session, role=role, point=point, name=name)
        return str(way["token"])

    def open(self) -> None:
        open_session(self.house, self.planner, self.session)

    def connect(self, **auth: Any) -> RoomClient:
        client = RoomClient(self.base, **auth)
        self.clients.append(client)
        return client

    def enter(self, role: str = "point", point: str | None = "osh-oblast", **fields: Any) -> RoomClient:
        """A client that has joined."""
        client = self.connect(token=self.token(role, point))
        client.join(**fields)
        return client

    def resume(self, of: RoomClient, **fields: Any) -> RoomClient:
        client = self.connect(resume=of.answer["resume"])
        client.join(**fields)
        return client
