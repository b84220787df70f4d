"""What a worker says of its health: rates measured a window long, figures per connection and slot, and per peer and direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from signaling.sfu import tapping
from signaling.sfu.core.meter import share
from signaling.sfu.model import ClientReport, Connection, Hub, Layer, OutSlot, Room

WINDOW_SECONDS = 5.0
KINDS = {"microphone": "audio", "interpretation": "audio", "audio": "audio", "screen": "screen"}  # others are video


def measure(hub: Hub, now: float) -> None:
    """Close the windows that are full; called every second. Connections' windows are spread, so that no second does it all."""
    for connection in list(hub.connections.values()):
        hub.breathe()
        if not connection.measured_at:
            connection.measured_at = now - connection.handle % WINDOW_SECONDS
        if now - connection.measured_at >= WINDOW_SECONDS:
            connection.measured_at = now
            for layer in layers_of(connection):
                _measure_layer(hub, layer, now)
            for slot in connection.slots.values():
                _measure_slot(hub, slot, now)


def _measure_layer(hub: Hub, layer: Layer, now: float) -> None:
    stats = hub.core.stream_stats(layer.handle)
    layer.jitter = stats.jitter
    layer.meter.step(now, stats.octets, *_counted(stats))


def _measure_slot(hub: Hub, slot: OutSlot, now: float) -> None:
    if not slot.handle or slot.layer is None:
        slot.meter.stop()
        return
    octets = hub.core.slot_stats(slot.handle).octets
    slot.meter.step(now, octets, slot.heard[0], slot.heard[1])


def _counted(stats: Any) -> tuple[int, int]:
    """(expected, lost) of a stream since it was added; what was repaired later still counts as lost on the way."""
    expected = stats.highest - stats.first + 1 if stats.packets else 0
    return expected, max(0, expected - stats.packets)


def layers_of(connection: Connection) -> list[Layer]:
    return [layer for source in connection.sources.values() for layer in source.layers.values()]


def take_report(room: Room, peer: str, told: Mapping[str, Any]) -> None:
    """What a client says of itself (PROTOCOL.md's ``report``): the newest figures, and its freezes added up."""
    if peer not in room.desired.peers:
        return
    report = room.reports.setdefault(peer, ClientReport())
    down = told.get("down") or {}
    report.told, report.count = dict(told), report.count + 1
    report.freezes += int(down.get("freezes") or 0)
    report.frozen_ms += int(down.get("frozen_ms") or 0)


def forget_gone(room: Room) -> None:
    """Reports of peers who have left."""
    for peer in room.reports.keys() - room.desired.peers.keys():
        del room.reports[peer]


# ------------------------------------------------------------------ by peer and direction
def health(hub: Hub) -> dict[str, dict[str, Any]]:
    """{room: {peer: {point, up, down, told}}}: short, for whoever asks every few seconds; None: no such direction."""
    return {room.name: _room_health(hub, room) for room in hub.rooms.values()}


def _room_health(hub: Hub, room: Room) -> dict[str, Any]:
    forget_gone(room)
    peers: dict[str, list[Connection]] = {}
    for connection in room.connections.values():
        if connection.up:
            peers.setdefault(connection.peer, []).append(connection)
    return {peer: _peer_health(room, peer, found) for peer, found in peers.items()}


def _peer_health(room: Room, peer: str, connections: list[Connection]) -> dict[str, Any]:
    wish, report = room.desired.peers.get(peer), room.reports.get(peer)
    layers = [layer for connection in connections for layer in layers_of(connection)]
    slots = [slot for connection in connections for slot in connection.slots.values() if slot.handle]
    return {
        "point": wish.point if wish is not None else None,
        "up": _up(layers) if layers else None,
        "down": _down(connections, slots) if slots else None,
        "told": report.shown() if report is not None else None,
    }


def _up(layers: list[Layer]) -> dict[str, Any]:
    """What comes from the peer."""
    return {
        **_sums(layer.meter for layer in layers),
        "kinds": _by_kind((layer.source.kind, layer) for layer in layers),
        "jitter_ms": max(_ms(layer.jitter, layer.source.codec.clock_rate) for layer in layers),
        "asked_again": sum(layer.asked_again for layer in layers),
        "keys_asked": sum(layer.keys_asked for layer in layers),
    }


def _down(connections: list[Connection], slots: list[OutSlot]) -> dict[str, Any]:
    """What goes to the peer; the first connection's round trip, estimate and budget stand for all."""
    main = next((c for c in connections if c.slots and c.round_trip_ms is not None), connections[0])
    carrying = [slot for slot in slots if slot.layer is not None]
    large = max(carrying, key=lambda slot: slot.layer.height if slot.layer else 0, default=None)
    layer = large.layer if large is not None else None
    return {
        **_sums(slot.meter for slot in carrying),
        "kinds": _by_kind((slot.kind, slot) for slot in carrying),
        "jitter_ms": max((_ms(slot.heard[2], slot.spec.clock_rate) for slot in carrying), default=0.0),
        "round_trip_ms": main.round_trip_ms,
        "estimate": main.estimate,
        "budget": budget_of(main),
        "layer": layer.rid if layer is not None else None,
        "height": layer.height if layer is not None else 0,
        "asked_again": sum(slot.asked_again for slot in slots),
        "keys_asked": sum(slot.keys_asked for slot in slots),
    }


def _sums(meters: Iterable[Any]) -> dict[str, Any]:
    found = list(meters)
    expected = sum(meter.expected for meter in found)
    return {"bitrate": sum(meter.bitrate for meter in found), "expected": expected,
            "loss": share(sum(meter.lost for meter in found), expected)}


def _by_kind(carriers: Iterable[tuple[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, carrier in carriers:
        name = KINDS.get(kind, "video")
        found[name] = found.get(name, 0) + carrier.meter.bitrate
    return found


def _ms(timestamps: int, clock_rate: int) -> float:
    return round(timestamps * 1000 / clock_rate, 1)


def budget_of(connection: Connection) -> int | None:
    """What the connection may be sent, bit/s; None: there is no limit."""
    limit = connection.budget.limit
    return None if limit == float("inf") else int(limit)


# ------------------------------------------------------------------ by connection and slot
def room_stats(hub: Hub, room: Room) -> dict[str, Any]:
    """Everything known of a room, for tests, benchmarks and the help desk."""
    peers: dict[str, dict[str, Any]] = {}
    for connection in room.connections.values():
        peers.setdefault(connection.peer, {})[connection.name] = connection_stats(hub, connection)
    taps = tapping.figures(room)
    return {"open": room.desired.open, "version": room.desired.version, "peers": peers, "taps": taps}


def connection_stats(hub: Hub, connection: Connection) -> dict[str, Any]:
    """One connection with its sources and slots."""
    meters = [*(layer.meter for layer in layers_of(connection)), *(slot.meter for slot in connection.slots.values())]
    return {
        "up": connection.up,
        "srtp": connection.dtls.profile if connection.dtls else "",
        "silent_seconds": round(hub.monotonic() - connection.seen_at, 2) if connection.up else None,
        "round_trip_ms": connection.round_trip_ms,
        "loss": round(connection.loss, 4),
        "bitrate": sum(meter.bitrate for meter in meters),
        "estimate": connection.estimate,
        "budget": budget_of(connection),
        "sources": {source.kind: _layers(hub, source.layers.values()) for source in connection.sources.values()},
        "slots": {mid: _slot(hub, slot) for mid, slot in connection.slots.items() if slot.handle},
    }


def _layers(hub: Hub, layers: Iterable[Layer]) -> dict[str, Any]:
    return {layer.rid: _layer(hub, layer) for layer in layers}


def _layer(hub: Hub, layer: Layer) -> dict[str, Any]:
    stats = hub.core.stream_stats(layer.handle)
    return {
        "packets": stats.packets,
        "lost": _counted(stats)[1],
        "loss": share(layer.meter.lost, layer.meter.expected),
        "repaired": stats.repaired,
        "duplicates": stats.duplicates,
        "jitter_ms": _ms(stats.jitter, layer.source.codec.clock_rate),
        "key_frames": stats.key_frames,
        "keys_asked": layer.keys_asked,
        "asked_again": layer.asked_again,
        "height": stats.height,
        "bitrate": layer.bitrate,
        "viewers": len(layer.slots),
    }


def _slot(hub: Hub, slot: OutSlot) -> dict[str, Any]:
    stats = hub.core.slot_stats(slot.handle)
    return {
        "source": slot.layer.source.id if slot.layer else None,
        "layer": slot.layer.rid if slot.layer else None,
        "height": slot.layer.height if slot.layer else 0,
        "packets": stats.packets,
        "octets": stats.octets,
        "bitrate": slot.meter.bitrate,
        "loss": share(slot.meter.lost, slot.meter.expected),
        "lost": slot.heard[1],
        "jitter_ms": _ms(slot.heard[2], slot.spec.clock_rate),
        "asked_again": slot.asked_again,
        "keys_asked": slot.keys_asked,
        "retransmitted": stats.retransmitted,
        "switches": stats.switches,
    }
