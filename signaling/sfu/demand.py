"""Which layers of a source anybody wants: the others are paused at the sender, as far as it can be told.

A page is told by the ``layers`` event which of its layers to send, and starts with all. A layer is paused some seconds
after the last slot wanted it, and resumed at once. An encoder cannot be told: its layers just go on.
"""

from __future__ import annotations

from typing import Any

from signaling.sfu.core.selection import Option, guessed_height, nominal
from signaling.sfu.model import Connection, Hub, Layer, Room, Source

PAUSE_SECONDS = 4.0  # a page that is turned, a speaker who changes: what is wanted again soon is not paused


def offered(source: Source) -> list[tuple[str, Layer | None]]:
    """The source's layers by RID from small to large; None: nothing of it has ever arrived."""
    if source.layers and len(source.layers) >= len(source.rids):
        return [(layer.rid, layer) for layer in source.ordered()]
    return [(rid, source.layers.get(rid)) for rid in _names(source)]


def options(source: Source, now: float) -> list[Option]:
    """What each layer would cost; one that its sender has given up costs what is shown instead."""
    made: list[Option] = []
    for number, (rid, layer) in enumerate(offered(source)):
        height = layer.height if layer is not None else 0
        rates = layer.rates if layer is not None else ()
        if made and not available(source, rid, layer, now):
            rates = made[-1].rates
        made.append(Option(height, rates or (nominal(height or guessed_height(number)),)))
    return made


def available(source: Source, rid: str, layer: Layer | None, now: float) -> bool:
    """Whether the layer arrives, or would if it were asked for."""
    return (layer is not None and layer.active(now)) or source.paused(rid)


def want(source: Source, rid: str, now: float) -> None:
    """Some slot wants this layer now."""
    source.wanted_at[rid] = now
    if source.paused(rid):
        source.told = tuple(name for name in _names(source) if name == rid or not source.paused(name))
        source.connection.layers_news = True
        if rid in source.layers:
            source.layers[rid].resumed_at = now


def settle(hub: Hub, room: Room) -> None:
    """Pause what nobody has wanted for a while; until the room is open the smallest layers go on."""
    now = hub.monotonic()
    for source in room.sources.values():
        if not source.video or not source.pausable:
            continue
        names = _names(source)
        if source.told is None:  # it has just come, and sends all
            source.wanted_at = dict.fromkeys(names, now)
        elif not room.desired.open:
            want(source, names[0], now)
        kept = tuple(rid for rid in names if now - source.wanted_at.get(rid, -1e9) < PAUSE_SECONDS)
        if source.told is None or set(kept) < set(source.told):
            source.connection.layers_news = True
            source.told = kept


def tell(hub: Hub, room: Room) -> None:
    """Tell each sender in the room which layers to send, where that has changed."""
    for connection in room.connections.values():
        if connection.layers_news:
            connection.layers_news = False
            hub.emit("layers", event(connection))


def event(connection: Connection) -> dict[str, Any]:
    """The layers that a connection shall send, by kind of source."""
    wanted = {s.kind: list(s.told or ()) for s in connection.sources.values() if s.video and s.told is not None}
    return {"room": connection.room.name, "peer": connection.peer, "wanted": wanted}


def present(room: Room) -> list[tuple[str, dict[str, Any]]]:
    """What the room's senders have been told, for whoever begins to listen now."""
    made = [event(connection) for connection in room.connections.values()]
    return [("layers", told) for told in made if told["wanted"]]


def _names(source: Source) -> tuple[str, ...]:
    return source.rids or ("",)
