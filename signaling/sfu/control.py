"""The control API: JSON lines over a local socket (or TCP with a token); requests with ids, answers, pushed events.

``{"id": 7, "op": "publish", "args": {…}}`` → ``{"id": 7, "ok": …}`` or ``{"id": 7, "error": {"code", "detail"}}``;
events are ``{"event", "data"}`` with ``seq`` when they are durable. The first line from the worker says ``hello``.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from signaling import local_socket
from signaling.engine import EngineRefused, PeerDesired, RoomDesired, SubscribeOffer, TapSelection, Want
from signaling.sfu.journal import Journal
from signaling.sfu.rooms import Rooms

LONGEST_LINE = 4 << 20
MOST_UNREAD = 16 << 20  # octets that a client may leave unread before it is let go
TOKEN_SECONDS = 5.0

log = logging.getLogger("liaison.media")


class Control:
    """Serves the worker's operations to web processes."""

    def __init__(self, rooms: Rooms, worker: int, token: str = "") -> None:
        self._rooms = rooms
        self._worker = worker
        self._token = token
        self._clients: set[asyncio.StreamWriter] = set()
        self.journal: Journal
        self.greet: Callable[[], list[dict[str, Any]]] = lambda: []
        self.stats: Callable[[], dict[str, Any]] = dict

    async def serve_unix(self, path: Path) -> asyncio.Server:
        """Listen on a socket that only this user may open; a stale one is removed."""
        return await asyncio.start_unix_server(self._client, sock=local_socket.listen(path), limit=LONGEST_LINE)

    async def serve_tcp(self, host: str, port: int) -> asyncio.Server:
        """Listen on TCP; the first line of every client must be the token."""
        return await asyncio.start_server(self._client, host, port, limit=LONGEST_LINE)

    def deliver(self, event: dict[str, Any]) -> None:
        """Push an event to every client."""
        if self._clients:
            line = _line(event)
            for writer in list(self._clients):
                self._write(writer, line)

    def _write(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        if writer.transport.get_write_buffer_size() > MOST_UNREAD:
            log.warning("a control client does not read; let go")
            self._clients.discard(writer)
            writer.transport.abort()
            return
        writer.write(line)

    # ------------------------------------------------------------------ one client
    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._admitted(reader):
                self._welcome(writer)
                while line := await reader.readline():
                    self._write(writer, _line(self._treat(line)))
        except (ConnectionError, ValueError, TimeoutError) as exc:  # ValueError: a line beyond the limit
            log.info("control client gone: %s", exc)
        except asyncio.CancelledError:  # the worker stops; Python 3.11's streams would log a cancelled client as an error
            log.info("control client let go: stopping")
        finally:
            self._clients.discard(writer)
            with suppress(ConnectionError):
                writer.close()

    async def _admitted(self, reader: asyncio.StreamReader) -> bool:
        if not self._token:
            return True
        line = await asyncio.wait_for(reader.readline(), TOKEN_SECONDS)
        if hmac.compare_digest(line.strip(), self._token.encode()):
            return True
        log.warning("a control client came with a wrong token")
        return False

    def _welcome(self, writer: asyncio.StreamWriter) -> None:
        hello = {"hello": {"worker": self._worker, "boot_id": self.journal.boot_id}}
        for event in [hello, *self.journal.unacknowledged(), *self.greet()]:
            writer.write(_line(event))
        self._clients.add(writer)

    def _treat(self, line: bytes) -> dict[str, Any]:
        number = None
        try:
            request = json.loads(line)
            number = request["id"]
            return {"id": number, "ok": self._operate(str(request["op"]), dict(request.get("args") or {}))}
        except EngineRefused as exc:
            return {"id": number, "error": {"code": exc.code, "detail": exc.detail}}
        except Exception as exc:  # whatever a client's description breaks, the others go on being served
            log.exception("a control request could not be treated")
            return {"id": number, "error": {"code": "bad_request", "detail": f"{type(exc).__name__}: {exc}"}}

    def _operate(self, op: str, args: dict[str, Any]) -> Any:
        if op not in _OPERATIONS:
            raise EngineRefused("bad_request", f"There is no operation {op}.")
        return _OPERATIONS[op](self, args)

    # ------------------------------------------------------------------ operations
    def _set_room(self, args: dict[str, Any]) -> None:
        peers = {name: PeerDesired(**fields) for name, fields in args.pop("peers").items()}
        self._rooms.set_room(RoomDesired(**args, peers=peers))

    def _subscribe(self, args: dict[str, Any]) -> dict[str, Any]:
        first_video = int(args.pop("first_video"))
        counts = {kind: int(args.pop(kind)) for kind in ("video", "audio", "screen", "interpretation")}
        return _offer(self._rooms.subscribe(**args, counts=counts, first_video=first_video))  # type: ignore[arg-type]

    def _view(self, args: dict[str, Any]) -> None:
        wants = {mid: Want(**want) if want is not None else None for mid, want in args.pop("wants").items()}
        self._rooms.view(**args, wants=wants)

    def _tap(self, args: dict[str, Any]) -> dict[str, Any]:
        told = args["selection"]
        chosen = TapSelection(tuple(told["sources"]), tuple(told["kinds"]), int(told["height"]), tuple(told["channels"]))
        return asdict(self._rooms.tap(args["room"], chosen))

    def _stats(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"worker": self.stats(), "rooms": self._rooms.stats(args["room"])}

    def _replay(self, args: dict[str, Any]) -> None:
        for event in self.journal.unacknowledged():
            self.deliver(event)
        self.deliver({"event": "replayed", "data": {}})


_OPERATIONS: dict[str, Callable[[Control, dict[str, Any]], Any]] = {
    "set_room": Control._set_room,
    "drop_room": lambda self, args: self._rooms.drop_room(args["room"]),
    "publish": lambda self, args: self._rooms.publish(**args),
    "subscribe": Control._subscribe,
    "answer": lambda self, args: self._rooms.answer(**args),
    "whep": lambda self, args: self._rooms.whep(**args),
    "trickle": lambda self, args: self._rooms.trickle(**args),
    "restart_ice": lambda self, args: _offer(self._rooms.restart_ice(**args)),
    "view": Control._view,
    "close": lambda self, args: self._rooms.close(**args),
    "tap": Control._tap,
    "untap": lambda self, args: self._rooms.untap(**args),
    "stats": Control._stats,
    "health": lambda self, args: self._rooms.health(),
    "report": lambda self, args: self._rooms.report(**args),
    "ack": lambda self, args: self.journal.ack(int(args["seq"])),
    "replay": Control._replay,
    "ping": lambda self, args: {},
}


def _offer(offer: SubscribeOffer) -> dict[str, Any]:
    return {"sdp": offer.sdp, "slots": [asdict(slot) for slot in offer.slots]}


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
