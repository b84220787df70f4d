"""Connections come, shake hands, live, and go."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from signaling.engine import EngineRefused
from signaling.sfu import assignment, sdp
from signaling.sfu.dtls import DtlsError, DtlsSession
from signaling.sfu.ice import Credentials
from signaling.sfu.model import Connection, Hub, Room, Source

CONSENT_SECONDS = 30.0  # RFC 7675 section 5.1
LOST_SECONDS = 6.0
SETUP_SECONDS = 60.0  # a connection that never comes up is forgotten
MOST_CONNECTIONS = 2000

log = logging.getLogger("liaison.media")


def iso(moment: float) -> str:
    """A POSIX time as it goes over the control API."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def open_connection(hub: Hub, room: Room, peer: str, name: str) -> Connection:
    """A new connection of a peer; an old one of the name is replaced."""
    if len(hub.connections) >= MOST_CONNECTIONS:
        raise EngineRefused("full", f"This worker carries {MOST_CONNECTIONS} connections already.")
    old = room.connections.get((peer, name))
    if old is not None:
        close(hub, old, "replaced")
    connection = Connection(hub.handle(), room, peer, name, hub.monotonic(), hub.ssrc())
    room.connections[peer, name] = connection
    hub.connections[connection.handle] = connection
    add_credentials(hub, connection, connection.local)
    hub.core.open(connection.handle)
    return connection


def add_credentials(hub: Hub, connection: Connection, credentials: Credentials) -> None:
    """The newest ICE credentials; older ones work until the newest are used."""
    connection.local = connection.credentials[credentials.ufrag] = credentials
    hub.ufrags[credentials.ufrag] = connection


def forget_credentials(hub: Hub, connection: Connection, keep: str) -> None:
    """An ICE restart is complete."""
    for ufrag in [u for u in connection.credentials if u != keep]:
        del connection.credentials[ufrag]
        hub.ufrags.pop(ufrag, None)


def local(hub: Hub, connection: Connection, setup: str | None = None) -> sdp.Local:
    """The connection's transport as session descriptions tell it."""
    credentials, fingerprint = connection.local, hub.certificate.fingerprint
    role = setup or connection.setup
    return sdp.Local(credentials.ufrag, credentials.password, fingerprint, hub.candidates, role)


# ---------------------------------------------------------------------- DTLS
def begin_handshake(hub: Hub, connection: Connection) -> None:
    """The client has shown that it knows our password: let it shake hands."""

    def send(data: bytes) -> None:
        if connection.handle in hub.connections:
            hub.core.send(connection.handle, data)
            hub.core.flush()

    connection.dtls = DtlsSession(hub.certificate, send, lambda: close(hub, connection, "closed"))
    connection.handshake = asyncio.get_running_loop().create_task(_handshake(hub, connection, connection.dtls))
    hub.run(connection.handshake)
    for record in connection.early:
        connection.dtls.feed(record)
    connection.early.clear()


async def _handshake(hub: Hub, connection: Connection, session: DtlsSession) -> None:
    role = "server" if connection.setup == "passive" else "client"
    try:
        pair = await session.handshake(role, connection.fingerprints)
    except DtlsError as exc:
        log.warning("handshake failed: %s %s/%s: %s", connection.room.name, connection.peer, connection.name, exc)
        close(hub, connection, "closed")
        return
    if connection.closed:
        return
    hub.core.secure(connection.handle, pair)
    connection.up, connection.seen_at = True, hub.monotonic()
    where = (connection.room.name, connection.peer, connection.name, session.profile)
    log.info("connected: %s %s/%s %s", *where)
    hub.emit("connected", {**place(connection), "at": iso(hub.wall())})
    hub.touch(connection.room)


def place(connection: Connection) -> dict[str, str]:
    """Which connection an event is about."""
    return {"room": connection.room.name, "peer": connection.peer, "connection": connection.name}


# ---------------------------------------------------------------------- the end
def close(hub: Hub, connection: Connection, reason: str) -> None:
    """End a connection; what it published disappears."""
    if connection.closed:
        return
    connection.closed = True
    room = connection.room
    for source in list(connection.sources.values()):
        drop_source(hub, source)
    for slot in connection.slots.values():
        if slot.handle:
            hub.core.point(slot.handle, None)
        if slot.layer is not None:
            slot.layer.slots.discard(slot)
        hub.slots.pop(slot.handle, None)
    for ufrag in connection.credentials:
        hub.ufrags.pop(ufrag, None)
    room.connections.pop((connection.peer, connection.name), None)
    if connection.dtls is not None:
        hub.run(asyncio.get_running_loop().create_task(_farewell(hub, connection, connection.dtls)))
    else:
        _gone(hub, connection)
    if connection.up:
        seen = iso(hub.wall_at(max(connection.seen_at, connection.checked_at)))
        hub.emit("disconnected", {**place(connection), "reason": reason, "last_seen_at": seen})
        log.info("disconnected: %s %s/%s: %s", room.name, connection.peer, connection.name, reason)
    connection.up = False
    hub.touch(room)


async def _farewell(hub: Hub, connection: Connection, session: DtlsSession) -> None:
    """Tell the client, then forget the transport."""
    if connection.handshake is not None:
        connection.handshake.cancel()  # nothing happens when it is done
    await session.close()
    _gone(hub, connection)


def _gone(hub: Hub, connection: Connection) -> None:
    hub.connections.pop(connection.handle, None)
    hub.core.close(connection.handle)


def drop_source(hub: Hub, source: Source) -> None:
    """A published section has ended."""
    for layer in list(source.layers.values()):
        assignment.drop_layer(hub, layer)
    source.layers.clear()
    source.connection.sources.pop(source.mid, None)
    room = source.connection.room
    if room.sources.get(source.id) is source:
        del room.sources[source.id]


# ---------------------------------------------------------------------- signs of life
def look_after(hub: Hub, connection: Connection, now: float) -> None:
    """Once a second: has it been heard of?"""
    connection.seen_at = max(connection.seen_at, connection.checked_at, hub.core.last_seen(connection.handle))
    if not connection.up:
        if now - connection.made_at > SETUP_SECONDS:
            close(hub, connection, "closed")
        return
    silent = now - connection.seen_at
    if silent > CONSENT_SECONDS:
        close(hub, connection, "consent")
    elif (silent > LOST_SECONDS) != connection.lost:
        connection.lost = not connection.lost
        moment = hub.wall_at(connection.seen_at) if connection.lost else hub.wall()
        hub.emit("media_lost" if connection.lost else "media_back", {**place(connection), "at": iso(moment)})


def tell_alive(hub: Hub, room: Room) -> None:
    """Every five seconds: when each connected peer was last heard of (RFC 7675)."""
    seen: dict[str, float] = {}
    for connection in room.connections.values():
        if connection.up:
            seen[connection.peer] = max(seen.get(connection.peer, 0.0), connection.seen_at)
    if seen:
        hub.emit("alive", {"room": room.name, "peers": {peer: iso(hub.wall_at(at)) for peer, at in seen.items()}})
