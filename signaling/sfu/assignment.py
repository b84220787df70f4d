"""Who gets what: which source every slot carries, and which of its layers."""

from __future__ import annotations

from typing import Any

from signaling.engine import CHANNEL
from signaling.sfu import demand, feedback, tapping
from signaling.sfu.core.selection import Demand, Rung, first_cost, kinds, wished, within_budget
from signaling.sfu.core.speakers import audible, seat
from signaling.sfu.model import Connection, Hub, Layer, OutSlot, Room, Source

SOURCES_SECONDS = 0.1  # between two tellings of a room's sources,
SOURCES_EACH, SOURCES_LONGEST = 0.002, 0.3  # and more the more there are: all are told to everybody each time
HEARD_AT_MOST = 3  # with more audio sections than this, a WHEP player gets each source in its own
LARGEST_PICTURE = 1 << 16  # a height that every layer falls short of


def refresh(hub: Hub, room: Room) -> None:
    """Think the whole room over."""
    tell_sources(hub, room)
    for connection in list(room.connections.values()):
        if connection.slots and not connection.closed:
            _refresh(hub, connection)
            hub.breathe()
    tapping.refresh(room)
    demand.settle(hub, room)
    demand.tell(hub, room)


def refresh_connection(hub: Hub, connection: Connection) -> None:
    """Bring one receiver's slots to what they shall carry."""
    _refresh(hub, connection)
    demand.tell(hub, connection.room)


def _refresh(hub: Hub, connection: Connection) -> None:
    slots = [slot for slot in connection.slots.values() if slot.handle]
    if not connection.room.receives(connection):
        for slot in slots:
            _carry(hub, slot, None, None)
    else:
        choose_sources(connection, slots)
        _choose_layers(hub, connection, slots)
    _tell_slots(hub, connection)


# ---------------------------------------------------------------------- sources
def choose_sources(connection: Connection, slots: list[OutSlot]) -> None:
    """Set ``source`` of every slot."""
    room = connection.room
    sound = [slot for slot in slots if slot.kind == "audio"]
    _seat(sound, _audible(connection, len(sound)))
    if connection.fills_itself:
        _seat([slot for slot in slots if slot.kind == "video"], [s for s in others(connection) if s.video])
        return
    for slot in slots:
        if slot.kind == "audio":
            continue
        source = _wanted(connection, slot)
        if slot.kind == "screen" and source is None and (slot.wanted or not slot.told):
            source = next((s for s in reversed(others(connection)) if s.kind == "screen"), None)
        slot.source = source if source is not None and room.passes(source) else None


def _wanted(connection: Connection, slot: OutSlot) -> Source | None:
    """What a slot was pointed at: a source, or a channel; nobody hears the own interpretation."""
    if slot.wanted is None or slot.kind != "interpretation":
        return connection.room.sources.get(slot.wanted or "")
    source = connection.room.channel(slot.wanted.removeprefix(CHANNEL))
    return source if source is not None and source.peer != connection.peer else None


def others(connection: Connection) -> list[Source]:
    """What the room lets pass, without the receiver's own, in the order of arrival."""
    room, wish = connection.room, connection.wish
    group = wish.group if wish is not None else None
    found = []
    for source in sorted(room.sources.values(), key=lambda s: s.number):
        owner = room.desired.peers.get(source.peer)
        together = group is not None and owner is not None and owner.group == group
        if source.peer != connection.peer and not together and room.passes(source):
            found.append(source)
    return found


def _audible(connection: Connection, places: int) -> list[Source]:
    room = connection.room
    voices = {s.id: s for s in others(connection) if s.kind == "microphone" and s.layers}
    on_air = room.desired.channels.values() if connection.fills_itself and places > HEARD_AT_MOST else ()
    # an interpreter is heard in the interpretation slot, not over the speaker; a player of everything gets those on the air
    voices = {key: s for key, s in voices.items() if s.peer in on_air or not room.interprets(s)}
    reserved = [key for key, s in voices.items() if room.desired.peers[s.peer].reserved]
    return [voices[key] for key in audible(list(voices), reserved, room.chosen, places)]


def _seat(slots: list[OutSlot], sources: list[Source]) -> None:
    seated = {slot.mid: slot.source.id for slot in slots if slot.source is not None}
    places = seat([slot.mid for slot in slots], seated, [source.id for source in sources[: len(slots)]])
    known = {source.id: source for source in sources}
    for slot in slots:
        slot.source = known[places[slot.mid]] if slot.mid in places else None


# ---------------------------------------------------------------------- layers
def _choose_layers(hub: Hub, connection: Connection, slots: list[OutSlot]) -> None:
    now = hub.monotonic()
    pictures: list[OutSlot] = []
    for slot in slots:
        if slot.source is None:
            _carry(hub, slot, None, None)
        elif slot.source.video:
            pictures.append(slot)
        else:
            _carry(hub, slot, slot.source, next(iter(slot.source.layers.values()), None))
    demands = _demands(connection, pictures, now)
    connection.wanted, connection.least = wished(demands), first_cost(demands)
    for slot, rung in zip(pictures, within_budget(demands, connection.budget.limit), strict=True):
        assert slot.source is not None
        if rung is None:
            _starve(hub, slot, slot.source)
        else:
            layer = _available(slot, slot.source, rung, now)
            _thin_out(hub, slot, rung, layer)
            _carry(hub, slot, slot.source, layer)


def _demands(connection: Connection, slots: list[OutSlot], now: float) -> list[Demand]:
    whole = connection.fills_itself
    heights = [LARGEST_PICTURE if whole or slot.kind == "screen" else slot.height for slot in slots]
    ranks = kinds(heights, [slot.kind == "screen" for slot in slots])
    found = []
    for slot, height, kind in zip(slots, heights, ranks, strict=True):
        assert slot.source is not None
        shown = slot.pending or slot.layer
        found.append(Demand(demand.options(slot.source, now), height, kind, shown is not None and shown.source is slot.source))
    return found


def _available(slot: OutSlot, source: Source, rung: Rung, now: float) -> Layer | None:
    """The layer that the slot shall carry: the chosen one, or the next below that can be had, else the next above.

    What is chosen, shown instead, or still shown is in demand. While the slot shows nothing, a layer that flows already
    is better than one that its sender has only been asked for.
    """
    layers = demand.offered(source)
    demand.want(source, layers[rung.layer][0], now)
    below = [(rid, layer) for rid, layer in layers[rung.layer :: -1] if demand.available(source, rid, layer, now)]
    above = [(rid, layer) for rid, layer in layers[rung.layer + 1 :] if layer is not None and layer.active(now)]
    found = [*below, *above]
    if not found:
        return layers[0][1]
    shown = slot.layer if slot.layer is not None and slot.layer.source is source else None
    flowing = [layer for _, layer in found if layer is not None and layer.flows and layer.active(now)]
    chosen = found[0] if shown is not None or not flowing else (flowing[0].rid, flowing[0])
    for rid in {found[0][0], chosen[0], shown.rid if shown is not None else chosen[0]}:
        demand.want(source, rid, now)
    return chosen[1]


def _carry(hub: Hub, slot: OutSlot, source: Source | None, layer: Layer | None) -> None:
    """Let the slot carry ``layer`` as soon as that can begin; until then it goes on with what it has, if it may."""
    now = hub.monotonic()
    if source is None:
        if slot.layer is not None or slot.pending is not None or slot.announced is not None:
            hub.core.point(slot.handle, None)
            _released(slot)
            slot.pending = None
        return
    if slot.layer is not None and not _may_go_on(slot, source, now):
        hub.core.clear(slot.handle)
        _released(slot)
    if layer is None or layer is slot.pending:
        return
    if layer is not slot.layer:
        hub.core.point(slot.handle, layer.handle)
        slot.pending = layer
        if source.video:
            hub.chased[layer.handle] = layer
            feedback.want_key(hub, layer, now)
    elif slot.pending is not None:
        hub.core.point(slot.handle, layer.handle)  # back to what it carries: nothing is waited for any more
        slot.pending = None


def _thin_out(hub: Hub, slot: OutSlot, rung: Rung, layer: Layer | None) -> None:
    """Let only the chosen temporal layers pass; a smaller layer shown instead of the chosen one passes whole."""
    chosen = slot.source is not None and layer is demand.offered(slot.source)[rung.layer][1]
    temporal = rung.temporal if chosen else None
    if temporal != slot.temporal:
        slot.temporal = temporal
        hub.core.limit_temporal(slot.handle, temporal)


def _starve(hub: Hub, slot: OutSlot, source: Source) -> None:
    """The viewer's link is too poor for this picture: nothing is sent, and the viewer is told why."""
    if slot.layer is not None or slot.pending is not None:
        hub.core.point(slot.handle, None)
        if slot.layer is not None:
            slot.layer.slots.discard(slot)
        slot.layer = slot.pending = None
    told = {"source": source.id, "layer": None, "rtp_timestamp": None}
    if slot.announced != told:
        slot.announced = slot.connection.news[slot.mid] = told


def _may_go_on(slot: OutSlot, wanted: Source, now: float) -> bool:
    """Whether a slot keeps its present picture until the wanted one begins: not when that sends nothing at all."""
    present = slot.layer.source if slot.layer is not None else wanted
    return slot.connection.room.passes(present) and (present is wanted or wanted.active(now))


def _released(slot: OutSlot) -> None:
    if slot.layer is not None:
        slot.layer.slots.discard(slot)
        slot.layer = None
    if slot.announced is not None:
        slot.announced = None
        slot.connection.news[slot.mid] = None


def switched(hub: Hub, slot: OutSlot, layer: Layer, timestamp: int) -> None:
    """The core has begun to send ``layer`` in the slot."""
    if slot.layer is not None:
        slot.layer.slots.discard(slot)
    slot.layer, slot.pending = layer, None
    layer.slots.add(slot)
    slot.announced = {"source": layer.source.id, "layer": layer.rid, "rtp_timestamp": timestamp}
    slot.connection.news[slot.mid] = slot.announced
    hub.touch(slot.connection.room)


def drop_layer(hub: Hub, layer: Layer) -> None:
    """The stream is gone for good."""
    for slot in list(layer.slots):
        _released(slot)
    for slot in hub.slots.values():
        if slot.pending is layer:
            slot.pending = None
    for tap in list(layer.taps):
        tap.forget(layer)
    hub.layers.pop(layer.handle, None)
    hub.core.drop_stream(layer.handle)


# ---------------------------------------------------------------------- telling
def _tell_slots(hub: Hub, connection: Connection) -> None:
    news, connection.news = connection.news, {}
    if news and not connection.fills_itself:
        hub.emit("slots", _slots_event(connection, news))
    for mid, told in news.items():
        slot = connection.slots.get(mid)
        if told is not None and slot is not None:
            feedback.send_report(hub, slot)


def _slots_event(connection: Connection, slots: dict[str, dict[str, Any] | None]) -> dict[str, Any]:
    return {"room": connection.room.name, "peer": connection.peer, "connection": connection.name, "slots": slots}


def present(room: Room) -> list[tuple[str, dict[str, Any]]]:
    """The room's sources and slots as events, for whoever begins to listen now."""
    events: list[tuple[str, dict[str, Any]]] = [("sources", {"room": room.name, "sources": room.sources_told})]
    for connection in room.connections.values():
        if connection.slots and not connection.fills_itself:
            slots = {mid: slot.announced for mid, slot in connection.slots.items() if slot.announced is not None}
            events.append(("slots", _slots_event(connection, dict(slots))))
    return events + demand.present(room)


def tell_sources(hub: Hub, room: Room, again: bool = False) -> None:
    """Tell the room's sources when they changed; what changes soon after is told together, as each telling goes to everybody."""
    now = hub.monotonic()
    told = _shown_sources(room, now)
    if told == room.sources_told and not again:
        room.sources_waiting = False
        return
    pause = min(SOURCES_LONGEST, SOURCES_SECONDS + SOURCES_EACH * len(told))
    room.sources_waiting = not again and now - room.sources_told_at < pause
    if room.sources_waiting:
        return  # the clockwork's next steps come back to it
    room.sources_told, room.sources_told_at = told, now
    hub.emit("sources", {"room": room.name, "sources": told})


def _shown_sources(room: Room, now: float) -> list[dict[str, Any]]:
    told = []
    for source in sorted(room.sources.values(), key=lambda s: s.number):
        wish = room.desired.peers.get(source.peer)
        if wish is not None and getattr(wish, source.kind):
            names = tuple(layer.rid for layer in source.ordered()) or source.rids or ("",)
            told.append({"id": source.id, "peer": source.peer, "kind": source.kind, "layers": names, "active": source.active(now)})
    return told
